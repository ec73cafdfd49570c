package fuzz

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
)

// point is a transition of the automaton, or a shape of an answer, that a step has shown.
type point struct {
	name string
	step int
}

// points are those of a transcript, in order. The transitions are those of its verdict.
func points(t *model.Transcript, transitions []string) []point {
	var list []point
	for i := range t.Exchanges {
		x := &t.Exchanges[i]
		if model.Transition(model.Unopened, *x) != "" && len(transitions) > 0 { // it depends on no state whether there is one
			list = append(list, point{"transition " + transitions[0], x.Step})
			transitions = transitions[1:]
		}
		for _, shape := range model.Shapes(*x) {
			list = append(list, point{"shape " + shape, x.Step})
		}
	}
	return list
}

// pointsOf are those of a file that has evidence.
func pointsOf(m model.Machine, f *corpus.File) []point {
	return points(f.Transcript, properties.Judge(MachineOf(m, f), *f.Transcript).Transitions)
}

// Covers are the transitions of the automaton and the shapes of answers ([model.Shapes]) that
// the evidence of a trace file has, in order, each once; none without evidence.
func Covers(m model.Machine, f *corpus.File) []string {
	if f.Transcript == nil {
		return nil
	}
	var names []string
	for _, p := range pointsOf(m, f) {
		names = append(names, p.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Cover is what the entries of a corpus cover.
type Cover struct {
	Sets  [][]string     // of each entry: see [Covers]
	Times map[string]int // how many entries have it
}

// CoverOf judges the evidence of the entries.
func CoverOf(m model.Machine, entries []corpus.Entry) Cover {
	c := Cover{Times: map[string]int{}}
	for _, e := range entries {
		set := Covers(m, e.File)
		c.Sets = append(c.Sets, set)
		for _, name := range set {
			c.Times[name]++
		}
	}
	return c
}

// Alone is what no other entry than the i-th covers.
func (c *Cover) Alone(i int) []string {
	var list []string
	for _, name := range c.Sets[i] {
		if c.Times[name] == 1 {
			list = append(list, name)
		}
	}
	return list
}

// Count is how many transitions and how many shapes are covered.
func (c *Cover) Count() (transitions, shapes int) {
	for name := range c.Times {
		if strings.HasPrefix(name, "transition ") {
			transitions++
		} else {
			shapes++
		}
	}
	return transitions, shapes
}
