package shrink

import (
	"slices"

	"github.com/imapcheck/imapcheck/model"
)

// joined has one FETCH or STORE in the place of two.
func (s *shrinker) joined() {
	for j := len(s.steps()) - 1; j > 0; j-- {
		for i := j - 1; i >= 0 && j < len(s.steps()); i-- {
			a, b := s.steps()[i], s.steps()[j]
			if a.Conn != b.Conn {
				continue
			}
			if both := join(a.Cmd, b.Cmd); both != nil {
				steps := slices.Clone(s.steps())
				steps[j].Cmd = both
				if s.try(s.with(slices.Delete(steps, i, i+1))) {
					break
				}
			}
		}
	}
}

// join is a command that does what a and b do, or nil.
func join(a, b model.Command) model.Command {
	switch b := b.(type) {
	case model.Store:
		switch a := a.(type) {
		case model.Store:
			b.UID, b.Op, b.Set = a.UID || b.UID, a.Op, union(a.Set, b.Set)
			b.Flags = union(a.Flags, b.Flags)
			b.Paren = len(b.Flags) != 1
			return b
		case model.Fetch:
			b.UID = true
			return b
		}
	case model.Fetch:
		switch a := a.(type) {
		case model.Store:
			if len(a.Flags) > 0 {
				a.UID = true
				return a
			}
			b.UID, b.Set = a.UID || b.UID, union(a.Set, b.Set)
			return b
		case model.Fetch:
			b.UID, b.Set = a.UID || b.UID, union(a.Set, b.Set)
			b.Items = union(a.Items, b.Items)
			b.Paren = len(b.Items) > 1
			return b
		}
	}
	return nil
}

// union is a and what b has beyond it.
func union[S ~[]T, T comparable](a, b S) S {
	out := slices.Clone(a)
	for _, v := range b {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// shown has a FETCH of flags in the place of a STORE of the same messages, and of the step
// behind it or before it.
func (s *shrinker) shown() {
	for i := len(s.steps()) - 1; i >= 0; i-- {
		if i >= len(s.steps()) {
			continue
		}
		c, ok := s.steps()[i].Cmd.(model.Store)
		if !ok {
			continue
		}
		for _, other := range []int{i + 1, i - 1} {
			if other >= len(s.steps()) || other < 0 {
				continue
			}
			steps := slices.Clone(s.steps())
			steps[i].Cmd = model.Fetch{UID: c.UID, Set: c.Set, Items: []string{"FLAGS"}}
			if s.try(s.with(slices.Delete(steps, other, other+1))) {
				break
			}
		}
	}
}

// renumbered cuts what changes the numbers of messages, and has the step of the failure
// name all of them; or that step, where one message more shows it earlier.
func (s *shrinker) renumbered() {
	all := model.Set{{From: model.Num{N: 1}, To: model.Star}}
	for i := s.failing() - 1; i >= 0; i-- {
		if i >= s.failing() || !renumbers(s.steps()[i].Cmd) {
			continue
		}
		steps := slices.Clone(s.steps())
		c, ok := withSet(steps[s.failing()].Cmd, all)
		if !ok {
			return
		}
		steps[s.failing()].Cmd = c
		s.try(s.with(slices.Delete(steps, i, i+1)))
	}
	if n := s.failing(); n > 1 {
		t := s.with(s.steps()[:n])
		t.Fixture.Messages++
		s.try(t)
	}
}

// renumbers reports whether a command can change which messages numbers stand for.
func renumbers(c model.Command) bool {
	switch c.Name() {
	case "APPEND", "COPY", "UID COPY", "MOVE", "UID MOVE", "EXPUNGE", "UID EXPUNGE", "CLOSE":
		return true
	}
	return false
}

// withSet is a command of a set with another one, and whether it is such a command.
func withSet(c model.Command, set model.Set) (model.Command, bool) {
	switch c := c.(type) {
	case model.Fetch:
		c.Set = set
		return c, true
	case model.Store:
		c.Set = set
		return c, true
	case model.Copy:
		c.Set = set
		return c, true
	}
	return c, false
}
