package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

// coverage is a run of suites, and how far it came.
type coverage struct {
	*suite
	begun [][]explore.Program // by suite
	err   error               // the model contradicts itself
}

// all are the traces of all suites.
func (c *coverage) all(yield func(model.Trace) bool) {
	for n := range c.suites {
		c.begun = append(c.begun, nil)
		for p, err := range c.programs(n) {
			if c.err = err; err != nil {
				return
			}
			c.begun[n] = append(c.begun[n], p)
			if !yield(p.Trace) {
				return
			}
		}
	}
}

// run is how much each suite has covered with the first traces of all, so many.
func (c *coverage) run(traces int) []int {
	list := make([]int, c.suites)
	for n, programs := range c.begun {
		programs = programs[:min(traces, len(programs))]
		traces -= len(programs)
		list[n] = c.covered(programs)
	}
	return list
}

// text is the entry of the summary, with so many traces run.
func (c *coverage) text(traces int) string {
	run, total, whole := c.run(traces), c.total(), 0
	for whole < c.suites && run[whole] == total {
		whole++
	}
	all := fmt.Sprintf("%d %s", total, c.what())
	var parts []string
	if whole > 0 {
		parts = append(parts, "all "+all+c.seeds(0, whole))
	}
	if whole < c.suites {
		parts = append(parts, fmt.Sprintf("%d of %s%s", run[whole], all, c.seeds(whole, whole+1)))
	}
	if whole+1 < c.suites {
		parts = append(parts, "none"+c.seeds(whole+1, c.suites))
	}
	text := strings.Join(parts, "; ")
	if whole < c.suites {
		text += ": not all"
	}
	return text
}

// json is the same for machines.
func (c *coverage) json(traces int) *jsonSuite {
	run, total := c.run(traces), c.total()
	some := func(n int) bool { return n < total }
	return &jsonSuite{c.suite.cover, c.extra, c.vary, total, run, !slices.ContainsFunc(run, some)}
}

// seeds are those of the suites from one number to before another.
func (c *coverage) seeds(from, to int) string {
	switch {
	case c.vary == 0:
		return ""
	case to-from == 1:
		return fmt.Sprintf(", seed %d", c.seed(from))
	}
	return fmt.Sprintf(", seeds %d to %d", c.seed(from), c.seed(to-1))
}

// cover leads a server through suites that cover the automaton of a connection.
func (a *app) cover(ctx context.Context, f *exhaustFlags, spec string) error {
	if err := f.suite.check(); err != nil {
		return err
	}
	return a.campaign(ctx, f.fuzzFlags, spec, func(c *fuzz.Campaign, result *campaignResult) (string, error) {
		s, err := f.suite.of(c.Machine)
		if err != nil {
			return "", err
		}
		q := &coverage{suite: s}
		c.Traces, result.coverage = q.all, q
		return fmt.Sprintf("exploring %s: %d %s%s", c.Target.Name(), s.total(), s.what(), q.seeds(0, s.suites)), nil
	})
}
