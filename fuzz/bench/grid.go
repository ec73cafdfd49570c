package bench

import (
	"context"
	"fmt"
	"sync"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/fuzz/reference"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// Grid is what to measure: every fault with every generator and every seed.
type Grid struct {
	Faults     []*fault.Fault
	Generators []Generator
	Seeds      int // 1, 2, ...
	Commands   int // of one experiment, at most
	Shrink     bool
	Jobs       int // experiments at the same time; 0 is 1
	// Progress, if not nil, is called after every experiment.
	Progress func(Progress)
}

// Progress is how far a grid is, in experiments.
type Progress struct{ Done, Of, Found int }

// Experiment is one generator, with one seed, on one fault.
type Experiment struct {
	Fault     *fault.Fault
	Generator string
	Seed      uint64
	// Found says that the fault was seen within the commands of the grid; Commands is
	// the number of the command that showed it, or of all that were sent.
	Found    bool
	Commands int
	Key      string // of the violation that was seen first
	First    int    // the length of the trace that showed it
	// Final is the length of the trace when it was made minimal, in so many Runs, and
	// Trace that trace. Final is 0 if it was not.
	Final, Runs int
	Trace       model.Trace
}

// Run does all experiments, and has them in the order of faults, generators and seeds,
// whatever the number of jobs. With an error the list has zeros.
func (g *Grid) Run(ctx context.Context) ([]Experiment, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	list := make([]Experiment, len(g.Faults)*len(g.Generators)*g.Seeds)
	work := make(chan int)
	var mu sync.Mutex
	var workers sync.WaitGroup
	p := Progress{Of: len(list)}
	for range max(1, g.Jobs) {
		workers.Go(func() {
			for i := range work {
				e, err := g.experiment(ctx, i)
				if err != nil {
					cancel(err)
					return
				}
				list[i] = e
				mu.Lock()
				if p.Done++; e.Found {
					p.Found++
				}
				if g.Progress != nil {
					g.Progress(p)
				}
				mu.Unlock()
			}
		})
	}
	for i := range list {
		select {
		case work <- i:
		case <-ctx.Done():
		}
	}
	close(work)
	workers.Wait()
	return list, context.Cause(ctx)
}

// experiment is number i of the grid.
func (g *Grid) experiment(ctx context.Context, i int) (Experiment, error) {
	f := g.Faults[i/g.Seeds/len(g.Generators)]
	gen := g.Generators[i/g.Seeds%len(g.Generators)]
	e := Experiment{Fault: f, Generator: gen.Name, Seed: uint64(i%g.Seeds + 1)}
	s, err := Open(f)
	if err != nil {
		return e, err
	}
	defer s.Target.Close()
	fail := func(err error) (Experiment, error) {
		return e, fmt.Errorf("%s, %s, seed %d: %w", f.Name, e.Generator, e.Seed, err)
	}
	next := gen.Traces(s.Machine, e.Seed, fuzz.GenerateOptions{Steps: steps, Conns: max(1, f.Conns)})
	var last fuzz.Result
	for e.Commands < g.Commands {
		t := next(last)
		t.Steps = t.Steps[:min(len(t.Steps), g.Commands-e.Commands)]
		if last, err = s.Run(ctx, t); err != nil {
			return fail(err)
		}
		v := s.first(last)
		if v == nil {
			e.Commands += max(1, last.Commands) // a server that takes none is no way to go on for ever
			continue
		}
		e.Found, e.Key, e.First = true, v.Key(), len(t.Steps)
		e.Commands += sentBefore(last.Transcript, v.Step)
		if g.Shrink {
			if e.Trace, e.Runs, err = s.Shrink(ctx, t); err != nil {
				return fail(err)
			}
			e.Final = len(e.Trace.Steps)
		}
		break
	}
	return e, nil
}

// steps is the length of a trace.
const steps = 40

// sentBefore is how many commands were sent up to the end of a step.
func sentBefore(t model.Transcript, step int) (n int) {
	for _, x := range t.Exchanges {
		if x.Cmd != nil && x.Step <= step {
			n++
		}
	}
	return n
}

// Subject is the reference server with a fault, and a client of it.
type Subject struct {
	fuzz.Driver
	Fault *fault.Fault
}

// Open is the server with the fault. The model knows what that advertises.
func Open(f *fault.Fault) (*Subject, error) {
	o := reference.Usual(f, false)
	t, err := target.Reference("reference?fault="+f.Name, o)
	if err != nil {
		return nil, err
	}
	m := o.Machine
	m.Profile.Caps = model.Understood(m.Profile.Caps)
	s := &Subject{fuzz.Driver{Target: t, Machine: m}, f}
	return s, nil
}

// Level is that from which on a violation is one of the fault.
func (s *Subject) Level() model.Level { return levelOf(s.Fault) }

func levelOf(f *fault.Fault) model.Level { return max(model.MUST, f.Level) }

// first is the violation that was seen first, nil if none was.
func (s *Subject) first(r fuzz.Result) *model.Violation { return first(r.Violations, s.Level()) }

func first(list []model.Violation, l model.Level) (v *model.Violation) {
	for i := range list {
		if w := &list[i]; w.Rule.Level <= l && (v == nil || w.Step < v.Step) {
			v = w
		}
	}
	return v
}
