package shrink

import "slices"

// arguments simplifies the fixture, and then one command after the other.
func (s *shrinker) arguments() {
	s.fixture()
	for i := 0; i < len(s.steps()) && !s.over; i++ {
		for s.simplify(i) {
		}
	}
}

// fixture puts fewer messages into INBOX.
func (s *shrinker) fixture() {
	for lower := true; lower; {
		lower = false
		n := s.result.Trace.Fixture.Messages
		for _, m := range []int{0, n / 2, n - 1} {
			t := s.result.Trace
			if t.Fixture.Messages = m; m >= 0 && s.try(t) {
				lower = true
				break
			}
		}
	}
}

// simplify tries the simpler commands for step i and reports whether one of
// them still fails.
func (s *shrinker) simplify(i int) bool {
	if i >= len(s.steps()) {
		return false
	}
	for _, c := range s.o.Simpler(s.steps()[i].Cmd) {
		t := s.result.Trace
		t.Steps = slices.Clone(t.Steps)
		t.Steps[i].Cmd = c
		if s.try(t) {
			return true
		}
	}
	return false
}
