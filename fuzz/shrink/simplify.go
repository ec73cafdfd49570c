package shrink

import (
	"slices"

	"github.com/imapcheck/imapcheck/model"
)

// arguments simplifies the fixture, and then one command after the other.
func (s *shrinker) arguments() {
	s.fixture()
	for i := 0; i < len(s.steps()) && !s.over; i++ {
		for s.simplify(i) {
		}
	}
}

// fixture puts fewer messages into INBOX, and has the numbers of those that come later follow.
func (s *shrinker) fixture() {
	for lower := true; lower; {
		lower = false
		n := s.result.Trace.Fixture.Messages
		for _, m := range []int{0, n / 2, n - 1} {
			t := s.result.Trace
			t.Fixture.Messages = m
			if m >= 0 && (s.try(t) || m < n && s.try(later(t, uint32(n), m-n))) {
				lower = true
				break
			}
		}
	}
}

// simplify tries the simpler deliveries and commands for step i and reports whether one of
// them still fails.
func (s *shrinker) simplify(i int) bool {
	if i >= len(s.steps()) {
		return false
	}
	step := s.steps()[i]
	for _, d := range step.Delivery.Simpler() {
		if s.replace(i, model.Step{Conn: step.Conn, Cmd: step.Cmd, Delivery: d}) {
			return true
		}
	}
	for _, c := range s.o.Simpler(step.Cmd) {
		if s.replace(i, model.Step{Conn: step.Conn, Cmd: c, Delivery: step.Delivery}) {
			return true
		}
	}
	return false
}

// replace tries another step in the place of step i.
func (s *shrinker) replace(i int, step model.Step) bool {
	t := s.result.Trace
	t.Steps = slices.Clone(t.Steps)
	t.Steps[i] = step
	return s.try(t)
}
