package fuzz

import (
	"context"
	"slices"
	"sync"

	"github.com/imapcheck/imapcheck/model"
)

// Checker judges traces that somebody else makes: a library for property-based
// testing, a fuzzing engine, a folder of files. What breaks a rule and is not known it
// makes minimal, confirms and saves, as a campaign does. A finding is made once; the
// next trace that shows it gets the same one, so that a trace which has failed fails
// again in the same words. It is safe for use by several goroutines.
type Checker struct {
	// Visit, if not nil, is called with the transitions of every run that is judged.
	// With that of package guide, Go's fuzzing engine sees how far the model has come.
	Visit func(transitions []string)

	mu   sync.Mutex
	c    *campaign
	idle int // results in a row without a command
}

// NewChecker is a checker for what c says of the target, the level, what is known, and
// how findings are made. Its budget and its generator are not used.
func NewChecker(c *Campaign) *Checker {
	r := c.begin()
	r.newOnly = true
	return &Checker{c: r}
}

// Driver is how the checker runs traces, and the model that it judges them by.
func (k *Checker) Driver() *Driver { return &k.c.Driver }

// Check drives the target through a trace. The findings are those of which the trace
// shows the key, and what else has been found on the way to them. An error is never the
// server's fault.
func (k *Checker) Check(ctx context.Context, t model.Trace) ([]*Finding, error) {
	r, err := k.c.run(ctx, k.c.first(), t)
	if err != nil {
		return nil, err
	}
	return k.Judge(ctx, t, r)
}

// Judge is Check with the result of a run that has been.
func (k *Checker) Judge(ctx context.Context, t model.Trace, r Result) ([]*Finding, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, err := k.c.patiently(ctx, t, r)
	if err != nil {
		return nil, err
	}
	k.c.count(r)
	if k.Visit != nil {
		k.Visit(r.Transitions)
	}
	before := len(k.c.report.Findings)
	err = k.c.keep(ctx, k.c.report.Traces-1, t, r)
	list := slices.Clone(k.c.report.Findings[before:])
	for _, v := range r.Violations {
		if f := k.c.found[v.Key()]; f != nil && !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return slices.DeleteFunc(list, func(f *Finding) bool { return f.Known }), err
}

// Report is what has been checked and found so far.
func (k *Checker) Report() Report {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.c.finish()
	r := k.c.report
	r.Findings, r.Unconfirmed = slices.Clone(r.Findings), slices.Clone(r.Unconfirmed)
	return r
}
