package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// Between two attempts to reach a server that is gone there is at first so much time, then
// twice that, and so on.
const soon, seldom = 50 * time.Millisecond, 5 * time.Second

// patience is that with a server which has taken connections and takes none any more: it
// has crashed, and somebody may start it again.
type patience struct {
	wait    time.Duration // in all; 0 is no patience
	notice  func(string)
	reached atomic.Bool
}

// dial connects. An account that has had connections is not waited for: what it
// held may be gone with the server.
func (p *patience) dial(ctx context.Context, name string, a *account, connect func(context.Context) (net.Conn, error)) (net.Conn, error) {
	conn, err := connect(ctx)
	if err == nil {
		p.reached.Store(true)
		return conn, nil
	}
	switch {
	case p.wait <= 0 || !p.reached.Load() || !isGone(err):
		return nil, err
	case a.begun():
		return nil, ErrGone
	}
	if p.notice != nil {
		p.notice(fmt.Sprintf("%v; waiting for it for %v", err, p.wait))
	}
	ctx, cancel := context.WithTimeoutCause(ctx, p.wait, fmt.Errorf("%s did not come back within %v: %w", name, p.wait, err))
	defer cancel()
	for pause := soon; ; pause = min(2*pause, seldom) {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(pause):
		}
		if conn, err = connect(ctx); err == nil || !isGone(err) {
			return conn, err
		}
	}
}

// isGone reports whether nobody has taken the connection.
func isGone(err error) bool {
	for _, e := range []syscall.Errno{syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ETIMEDOUT} {
		if errors.Is(err, e) {
			return true
		}
	}
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// begun reports whether the account has had a connection.
func (in *account) begun() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.conns) > 0
}
