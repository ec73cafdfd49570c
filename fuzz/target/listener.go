package target

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Serve is a server of this process that takes a listener: serve accepts connections
// until the listener is closed, and then returns, as the Serve of most servers does.
// It is called once for every trace, in a goroutine, with a new listener on loopback,
// and ought to make a new store each time: so no trace meets what another has left.
// The account that o names is emptied and filled with the fixture by IMAP commands, as
// [Dial] does it, so that a store which is kept, or has mailboxes from the beginning, is
// no false alarm; but where the server refuses to show what is there, nothing is.
//
// When a trace ends its connections are closed and then the listener. An error that
// serve returns earlier means that nothing can be said about the server; that it has
// not returned a while after is one of Close. A panic in a goroutine of the server
// ends the process, unless the server recovers it.
func Serve(name string, serve func(net.Listener) error, o Options) (Target, error) {
	l := &listening{name: name, serve: serve}
	var err error
	if l.secure, err = newSecurity(false, "127.0.0.1", o); err != nil {
		return nil, err
	}
	t, err := newServer(name, l, o)
	if err != nil {
		return nil, err
	}
	l.options, t.young = t.options, true
	if !t.pattern {
		t.pattern, t.options.Users = true, math.MaxInt // a server each: the same name again and again
	}
	return t, nil
}

// listening is a server in this process, one for every account.
type listening struct {
	name    string // of the target
	serve   func(net.Listener) error
	options Options
	secure  security
	running sync.WaitGroup
	left    atomic.Int64 // servers that have not returned
}

// listener is one of the servers.
type listener struct {
	net.Listener
	done  chan struct{} // closed when it has returned
	err   error         // what it returned
	spoke atomic.Bool   // a connection has brought something
}

func (l *listening) open(a *account) error {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	s := &listener{Listener: socket, done: make(chan struct{})}
	l.left.Add(1)
	l.running.Go(func() {
		defer l.left.Add(-1)
		s.err = l.serve(socket)
		socket.Close() // who waits to be accepted learns that nobody will
		close(s.done)
	})
	a.held = s
	return nil
}

// over is why the server has returned, in one line; nil if it has not.
func (l *listening) over(s *listener) error {
	select {
	case <-s.done:
	default:
		return nil
	}
	if s.err == nil {
		return fmt.Errorf("%s: its function has returned although the listener is open", l.name)
	}
	return fmt.Errorf("%s: its function has returned although the listener is open: %w", l.name, s.err)
}

func (l *listening) dial(ctx context.Context, a *account) (net.Conn, error) {
	s := a.held.(*listener)
	dialer := net.Dialer{Timeout: l.options.Timeout}
	conn, err := dialer.DialContext(ctx, "tcp", s.Addr().String())
	if err != nil {
		if over := l.wait(ctx, s); over != nil {
			return nil, over
		}
		return nil, fmt.Errorf("cannot reach %s: %w", l.name, reason(err))
	}
	secured, err := l.secure.client(ctx, &served{quickAck(conn), l, s}, l.options.Timeout)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("%s: %w", l.name, err)
	}
	return secured, nil
}

// wait is [listening.over] of a server that refuses connections: it may be about to
// return.
func (l *listening) wait(ctx context.Context, s *listener) error {
	select {
	case <-s.done:
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
	return l.over(s)
}

func (l *listening) crashed(*account) string { return "" }

// release closes the listener; the connections are closed already.
func (l *listening) release(a *account) { a.held.(*listener).Close() }

// close waits for the servers to return.
func (l *listening) close() error {
	gone := make(chan struct{})
	go func() {
		l.running.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-time.After(l.options.Timeout):
		return fmt.Errorf("%s: its function has not returned %v after its listener was closed (%d of them)",
			l.name, l.options.Timeout, l.left.Load())
	}
}

// served is a connection to a server in this process.
type served struct {
	net.Conn
	system *listening
	server *listener
}

// CloseWrite ends what the client says.
func (c *served) CloseWrite() error { return closeWrite(c.Conn) }

// Read implements net.Conn. If the server has never said a word and has returned, it
// has not failed as a server: it does not run at all.
func (c *served) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.server.spoke.Store(true)
	}
	if err == nil || c.server.spoke.Load() {
		return n, err
	}
	over := c.system.over(c.server)
	if over == nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		over = c.system.wait(context.Background(), c.server)
	}
	return n, cmp.Or(over, err)
}
