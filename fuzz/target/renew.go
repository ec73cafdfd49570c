package target

import (
	"context"
	"errors"
	"net"
	"sync"
)

// renewed is a system that is started anew after so many accounts, because it
// keeps what they held: a run of a night would fill the memory. So is one that has ended
// of its own accord, which is said.
type renewed struct {
	start  func() (system, error)
	most   int // accounts
	notice func(string)

	mu      sync.Mutex
	current *era
	old     map[*era]bool // those that are over and still have accounts
}

// era is one of the systems, from its start to the release of its last account.
type era struct {
	system
	opened, released int
}

// newRenewed starts the first system.
func newRenewed(most int, notice func(string), start func() (system, error)) (*renewed, error) {
	first, err := start()
	if err != nil {
		return nil, err
	}
	return &renewed{start: start, most: most, notice: notice, current: &era{system: first}, old: map[*era]bool{}}, nil
}

func (r *renewed) open(a *account) error {
	e, err := r.era()
	if err != nil {
		return err
	}
	a.era = e
	if err := e.open(a); err != nil {
		return errors.Join(err, r.leave(e))
	}
	return nil
}

// era is the one for another account.
func (r *renewed) era() (*era, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ending := ""
	if mortal, ok := r.current.system.(interface{ ended() string }); ok {
		ending = mortal.ended()
	}
	if ending != "" && r.notice != nil {
		r.notice("the server ended with " + ending + "; it is started again")
	}
	if r.current.opened >= r.most || ending != "" {
		next, err := r.start()
		if err != nil {
			return nil, err
		}
		r.old[r.current] = true
		if err := r.end(r.current); err != nil {
			return nil, errors.Join(err, next.close())
		}
		r.current = &era{system: next}
	}
	r.current.opened++
	return r.current, nil
}

// leave ends the era if the account was its last.
func (r *renewed) leave(e *era) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.released++
	return r.end(e)
}

// end stops the system of an era that is over and has no account.
func (r *renewed) end(e *era) error {
	if !r.old[e] || e.opened > e.released {
		return nil
	}
	delete(r.old, e)
	return e.close()
}

func (r *renewed) dial(ctx context.Context, a *account) (net.Conn, error) { return a.era.dial(ctx, a) }
func (r *renewed) crashed(a *account) string                              { return a.era.crashed(a) }

func (r *renewed) release(a *account) {
	a.era.release(a)
	_ = r.leave(a.era) // a directory that stays is no trace's fault
}

func (r *renewed) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.current.close()
	for e := range r.old {
		err = errors.Join(err, e.close())
	}
	return err
}
