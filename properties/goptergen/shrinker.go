package goptergen

import (
	"github.com/leanovate/gopter"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/shrink"
	"github.com/imapcheck/imapcheck/model"
)

// shrinker makes one generated trace smaller. Gopter asks for the smaller values of it,
// and again for those of the first that fails, and so on.
type shrinker struct {
	machine model.Machine
	first   model.Trace     // as it was generated
	offered map[string]bool // the traces that gopter has been given, as text
	options shrink.Options
}

// most bounds the traces that are offered of one that was generated.
const most = 1000

// shrink is a [gopter.Shrinker].
func (s *shrinker) shrink(value any) gopter.Shrink {
	t, ok := value.(model.Trace)
	if !ok {
		return gopter.NoShrink
	}
	if s.offered == nil {
		s.options = fuzz.ShrinkOptions(s.machine, s.first)
		s.offered = map[string]bool{s.options.Format(s.first): true}
	}
	c := candidates{of: t, options: s.options}
	return func() (any, bool) {
		for len(s.offered) <= most {
			t, ok := c.next()
			if !ok {
				break
			}
			if text := s.options.Format(t); !s.offered[text] {
				s.offered[text] = true
				return t, true
			}
		}
		return nil, false
	}
}

// candidates are those of a trace, made as they are asked for.
type candidates struct {
	of      model.Trace
	options shrink.Options
	made    []model.Trace
	given   int
	all     bool // there are no more than those that were made
}

// few is how many candidates are made at first: mostly one of them fails.
const few = 16

// next is the next candidate. When those that were made have been given, they are made
// again with as many more as that has cost.
func (c *candidates) next() (model.Trace, bool) {
	if c.given == len(c.made) && !c.all {
		want := max(few, 2*len(c.made))
		c.made = c.made[:0]
		for t := range shrink.Candidates(c.of, c.options) {
			if c.made = append(c.made, t); len(c.made) == want {
				break
			}
		}
		c.all = len(c.made) < want
	}
	if c.given >= len(c.made) {
		return model.Trace{}, false
	}
	c.given++
	return c.made[c.given-1], true
}
