package fuzz

import (
	"context"
	"fmt"

	"github.com/imapcheck/imapcheck/model"
)

// Machine is the model that the checker judges by.
func (k *Checker) Machine() model.Machine { return k.c.Machine }

// First is the finding of the first violation of a trace that counts, nil if there is
// none: unlike those of [Checker.Check] it is the same each time that it is asked for.
func (k *Checker) First(ctx context.Context, t model.Trace) (*Finding, error) {
	r, err := k.c.run(ctx, k.c.first(), t)
	if err == nil {
		r, err = k.c.patiently(ctx, t, r)
	}
	if err != nil {
		return nil, err
	}
	k.count(t, r)
	if err := k.settle(ctx, t, r); err != nil {
		return nil, err
	}
	return k.firstOf(r), nil
}

// unsettled reports whether a result has violations that nothing was made of yet.
func (k *Checker) unsettled(r Result) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, v := range r.Violations {
		if k.c.wanted(v) && !k.c.Known[v.Key()] && !k.c.seen[v.Key()] {
			return true
		}
	}
	return false
}

// settle makes findings of what is new in the result of a trace.
func (k *Checker) settle(ctx context.Context, t model.Trace, r Result) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.c.keep(ctx, max(0, k.c.report.Traces-1), t, r)
}

// firstOf is the finding of the first violation that has one.
func (k *Checker) firstOf(r Result) *Finding {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, v := range r.Violations {
		if f := k.c.found[v.Key()]; f != nil && !f.Known {
			return f
		}
	}
	return nil
}

// count adds a result to the report.
func (k *Checker) count(t model.Trace, r Result) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.c.count(r)
	if k.idle++; r.Commands > 0 || len(t.Steps) == 0 {
		k.idle = 0
	}
}

// mostIdleWalks bounds the walks in a row in which the server takes no command.
const mostIdleWalks = 20

// Start opens a fresh account for a walk whose violations the checker makes findings
// of, which the caller closes. An error is also that the server takes no commands: it
// greets every connection with BYE, say.
func (k *Checker) Start(ctx context.Context, f model.Fixture) (*CheckedWalk, error) {
	k.mu.Lock()
	idle, greeting := k.idle, k.c.report.Greeting
	k.mu.Unlock()
	if idle >= mostIdleWalks {
		return nil, fmt.Errorf("%s took no command in %d walks: %s", k.c.Target.Name(), idle, greeting)
	}
	w, err := k.c.Start(ctx, f)
	if err != nil {
		return nil, err
	}
	return &CheckedWalk{checker: k, ctx: ctx, walk: w}, nil
}

// CheckedWalk is a [Walk] up to the first finding of a [Checker]. It is not safe for use
// by several goroutines.
type CheckedWalk struct {
	checker *Checker
	ctx     context.Context
	walk    *Walk
	closed  bool // the account is released
	counted bool
	finding *Finding
}

// Step drives the target through one more step, as [Walk.Step] does. It returns the
// finding of the first violation that counts, minimal and confirmed, nil as long as
// there is none; the steps behind that do nothing. The same steps give the same finding.
func (w *CheckedWalk) Step(st model.Step) (*Finding, error) {
	if w.finding != nil {
		return w.finding, nil
	}
	broken, err := w.walk.Step(st)
	if err != nil || len(broken) == 0 {
		return nil, err
	}
	if w.checker.unsettled(w.Result()) {
		// There may be no second account to make the trace minimal on.
		w.release()
		if err := w.checker.settle(w.ctx, w.Trace(), w.Result()); err != nil {
			return nil, err
		}
	}
	w.finding = w.checker.firstOf(w.Result())
	if w.closed && w.finding == nil {
		err = w.resume()
	}
	return w.finding, err
}

// resume goes the way again, on a fresh account.
func (w *CheckedWalk) resume() error {
	again, err := w.checker.c.Start(w.ctx, w.Trace().Fixture)
	if err != nil {
		return err
	}
	old := w.Trace()
	w.walk, w.closed = again, false
	for _, st := range old.Steps {
		if _, err := again.Step(st); err != nil {
			return err
		}
	}
	return nil
}

// Trace has the steps so far.
func (w *CheckedWalk) Trace() model.Trace { return w.walk.Trace() }

// Result is the evidence so far, and its judgement.
func (w *CheckedWalk) Result() Result { return w.walk.Result() }

// Close ends the connections, releases the account, and adds the walk to the report of
// the checker. To close a walk again does nothing.
func (w *CheckedWalk) Close() {
	w.release()
	if !w.counted {
		w.counted = true
		w.checker.count(w.Trace(), w.Result())
	}
}

func (w *CheckedWalk) release() {
	if !w.closed {
		w.closed = true
		w.walk.Close()
	}
}
