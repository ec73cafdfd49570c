package fuzz

import (
	"context"
	"iter"
	"sync"

	"github.com/imapcheck/imapcheck/model"
)

// ahead runs the traces of a campaign, several at a time, and gives them in the
// order of their numbers, so that what is made of them does not depend on how
// many there are.
type ahead struct {
	campaign *campaign
	ctx      context.Context
	cancel   context.CancelFunc
	most     int                        // traces that have been started and not been asked for
	number   int                        // of the trace to be started next
	given    func() (model.Trace, bool) // the next of Campaign.Traces; nil if there are none
	done     func()
	pending  []chan ran
	running  sync.WaitGroup
}

// ran is a trace that has been run.
type ran struct {
	trace  model.Trace
	result Result
	err    error
}

func (c *campaign) runAhead(ctx context.Context) *ahead {
	a := &ahead{campaign: c, most: 1}
	if c.Jobs > 1 {
		a.most = 2 * c.Jobs // so that all have work while one takes its time
	}
	a.ctx, a.cancel = context.WithCancel(ctx)
	if c.Traces != nil {
		a.given, a.done = iter.Pull(c.Traces)
	}
	return a
}

// next is the next trace, with its result; ok says that there is one.
func (a *ahead) next() (t model.Trace, r Result, ok bool, err error) {
	for len(a.pending) < a.most && a.start() {
	}
	if len(a.pending) == 0 {
		return t, r, false, nil
	}
	first := <-a.pending[0]
	a.pending = a.pending[1:]
	return first.trace, first.result, true, first.err
}

// start runs one trace more, if there is one.
func (a *ahead) start() bool {
	c, i := a.campaign, a.number
	trace := func() model.Trace { return c.trace(i) }
	if a.given != nil {
		t, ok := a.given()
		if !ok {
			return false
		}
		trace = func() model.Trace { return t }
	}
	out := make(chan ran, 1)
	a.pending = append(a.pending, out)
	a.number++
	a.running.Go(func() {
		t := trace()
		r, err := c.run(a.ctx, c.first(), t)
		out <- ran{t, r, err}
	})
	return true
}

// stop ends the traces that nobody will ask for.
func (a *ahead) stop() {
	a.cancel()
	a.running.Wait()
	if a.done != nil {
		a.done()
	}
}
