package fuzz

import (
	"context"
	"errors"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// Walk is a run of a trace whose steps are chosen while it goes on. It is not safe for
// use by several goroutines.
type Walk struct {
	run   *run
	trace model.Trace
	ended bool
}

// Start opens a fresh account for a walk, which the caller closes.
func (d *Driver) Start(ctx context.Context, f model.Fixture) (*Walk, error) {
	r, err := d.open(ctx, f)
	if err != nil {
		return nil, err
	}
	return &Walk{run: r, trace: model.Trace{Fixture: f}}, nil
}

// Step drives the target through one more step, as [Driver.Run] does, and returns the
// rules that were broken. Once the server is gone for good, steps do nothing. An error
// is never the server's fault.
func (w *Walk) Step(st model.Step) ([]model.Violation, error) {
	if w.ended {
		return nil, nil
	}
	before := len(w.run.Violations)
	err := w.run.step(len(w.trace.Steps), st)
	w.trace.Steps = append(w.trace.Steps, st)
	if errors.Is(err, target.ErrGone) {
		w.ended, err = true, nil
	}
	w.run.autopsy(0)
	return w.run.Violations[before:], err
}

// Trace has the steps so far.
func (w *Walk) Trace() model.Trace { return w.trace }

// Result is the evidence so far, and its judgement.
func (w *Walk) Result() Result { return w.run.Result }

// Close ends the connections and releases the account.
func (w *Walk) Close() { w.run.close() }
