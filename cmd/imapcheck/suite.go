package main

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

// The lengths of traces that are kept, which are to be few, and of those that are run: a
// server that closes a connection where it should not leaves the path of a trace, and what
// follows is not what was meant.
const (
	stepsKept = 400
	stepsRun  = 40
)

const mostExtra = 1 // two are half a million traces and more

// covers are the values of --cover.
var covers = []string{"transitions", "pairs", "wp"}

// suiteFlags say which suite is wanted.
type suiteFlags struct {
	cover        string
	extra, steps int
	vary         uint64 // the first seed; 0 for none
	suites       int
}

func (f *suiteFlags) add(flags *pflag.FlagSet, steps int) {
	flags.StringVar(&f.cover, "cover", "", "what a suite covers: `"+strings.Join(covers, "|")+"`")
	flags.IntVar(&f.extra, "extra", 0, fmt.Sprintf("states (`K`) that the server may have more than the model, up to %d (for wp)", mostExtra))
	flags.IntVar(&f.steps, "steps", steps, "commands (`N`) of a trace of a suite, those to make ready not counted; 0 is no end")
	flags.Uint64Var(&f.vary, "vary", 0, "choose other arguments by the seed `N`, with which commands end in the same way; 0 is no choice")
	flags.IntVar(&f.suites, "suites", 1, "suites (`N`), each with a seed of its own: that of --vary, the next, and so on")
}

func (f *suiteFlags) check() error {
	switch {
	case f.cover == "":
		return usagef("--cover: say what is to be covered, %s", strings.Join(covers, ", "))
	case !slices.Contains(covers, f.cover):
		return usagef("--cover %s: it is one of %s", f.cover, strings.Join(covers, ", "))
	case f.extra < 0 || f.extra > mostExtra:
		return usagef("--extra %d: 0 to %d states more", f.extra, mostExtra)
	case f.extra > 0 && f.cover != "wp":
		return usagef("--extra: only --cover wp has a use for it")
	case f.steps < 0:
		return usagef("--steps %d: it cannot be negative", f.steps)
	case f.suites < 1:
		return usagef("--suites %d: one suite or more", f.suites)
	case f.suites > 1 && f.vary == 0:
		return usagef("--suites %d: without --vary all are the same", f.suites)
	}
	return nil
}

// suite is one that covers the automaton of a machine, once for each seed.
type suite struct {
	*suiteFlags
	*explore.Automaton
	machine model.Machine
	wp      []explore.Word
}

func (f *suiteFlags) of(m model.Machine) (*suite, error) {
	a, err := explore.NewAutomaton(m)
	if err != nil {
		return nil, fmt.Errorf("the model contradicts itself: %w", err)
	}
	s := &suite{suiteFlags: f, Automaton: a, machine: m}
	if f.cover == "wp" {
		s.wp, err = a.Wp(f.extra)
	}
	return s, err
}

// words are those of a suite, in an order of the choices.
func (s *suite) words(choose explore.Choose) []explore.Word {
	switch s.cover {
	case "transitions":
		return explore.Transitions(&s.Mealy, s.steps, choose)
	case "pairs":
		return explore.Pairs(&s.Mealy, s.steps, choose)
	}
	return s.wp
}

// programs are those of suite number n, from 0 on.
func (s *suite) programs(n int) iter.Seq2[explore.Program, error] {
	if s.vary == 0 {
		return s.Programs(s.words(nil), nil)
	}
	src := fuzz.NewSource(s.seed(n), 0)
	v := &explore.Variation{
		Propose: func(at model.State, name string, malformed bool) model.Command {
			return fuzz.Propose(s.machine, at, src, name, malformed)
		},
	}
	if s.cover != "wp" {
		v.Words = fuzz.Words
	}
	programs := s.Programs(s.words(src.IntN), v)
	return func(yield func(explore.Program, error) bool) {
		for p, err := range programs {
			if err == nil {
				p.Trace.Steps = append(p.Trace.Steps, s.breakOff(p.Trace, src)...)
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

// breakOff is how a varied trace ends: no transition of an automaton is half a command.
func (s *suite) breakOff(t model.Trace, src fuzz.Source) []model.Step {
	at := s.machine.Init(t.Fixture)
	for _, st := range t.Steps {
		at = s.machine.Predict(at, st)
	}
	return fuzz.BreakOff(s.machine, at, src)
}

func (s *suite) seed(n int) uint64 { return s.vary + uint64(n) }

// what is that which the suite covers, by name.
func (s *suite) what() string {
	switch s.cover {
	case "transitions":
		return "transitions"
	case "pairs":
		return "pairs of transitions"
	}
	return fmt.Sprintf("sequences of the partial W-method for %d states more", s.extra)
}

// total is how many of these there are.
func (s *suite) total() int {
	switch s.cover {
	case "transitions":
		return len(s.Edges())
	case "pairs":
		return len(s.Pairs())
	}
	return len(s.wp)
}

// covered is how many of these the programs cover.
func (s *suite) covered(list []explore.Program) int {
	edges, pairs, whole := map[explore.Edge]bool{}, map[[2]explore.Edge]bool{}, 0
	for _, p := range list {
		if p.Whole {
			whole++
		}
		path := s.Path(p.Word)
		for i, e := range path {
			if edges[e] = true; i > 0 {
				pairs[[2]explore.Edge{path[i-1], e}] = true
			}
		}
	}
	switch s.cover {
	case "transitions":
		return len(edges)
	case "pairs":
		return len(pairs)
	}
	return whole
}
