package fuzz

import (
	"context"
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
	most     int // traces that have been started and not been asked for
	number   int // of the trace to be started next
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
	return a
}

// next is the next trace, with its result.
func (a *ahead) next() (model.Trace, Result, error) {
	for len(a.pending) < a.most {
		a.start()
	}
	r := <-a.pending[0]
	a.pending = a.pending[1:]
	return r.trace, r.result, r.err
}

func (a *ahead) start() {
	c, i := a.campaign, a.number
	out := make(chan ran, 1)
	a.pending = append(a.pending, out)
	a.number++
	a.running.Go(func() {
		t := Generate(c.Machine, NewSource(c.Seed, i), c.Generate)
		r, err := c.run(a.ctx, c.first(), t)
		out <- ran{t, r, err}
	})
}

// stop ends the traces that nobody will ask for.
func (a *ahead) stop() {
	a.cancel()
	a.running.Wait()
}
