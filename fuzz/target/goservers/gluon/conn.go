//go:build cgo

package main

import (
	"context"
	"net"
	"runtime"
	"sync"
)

// maxEnds is how often gluon may be told that a client sends no more. Twice
// would do.
const maxEnds = 100

// conn is a connection that knows who has logged in on it.
type conn struct {
	net.Conn
	accounts *accounts
	spare    *user // who takes a new name, until the connection has logged in with one
	user     *user // who has logged in
	ends     int   // how often Read failed
	once     sync.Once
	done     chan struct{} // closed with the connection
}

// Read is called by one goroutine, which does nothing but read commands. Where
// the client ends in a quoted string, gluon reads on for ever, and a few such
// connections take all processors. So its goroutine is ended, and the session
// with it. The client, who has gone, cannot tell.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		c.ends++
	}
	if c.ends > maxEnds {
		runtime.Goexit()
	}
	return n, err
}

// Close is the last that a session of gluon does.
func (c *conn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		err = c.Conn.Close()
		c.accounts.leave(c)
		close(c.done)
	})
	return err
}

type connKey struct{}

// withConn is a context from which a user who is asked to log in learns the
// connection. It is why each connection has a listener of its own: the context
// of a listener is all that comes through gluon.
func withConn(ctx context.Context, c *conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// single is a listener that has one connection. Gluon closes what it has
// accepted when a listener has no more, so that is told after the connection's
// end.
type single struct {
	conn     *conn
	accepted bool
}

// Accept is called by one goroutine.
func (l *single) Accept() (net.Conn, error) {
	if !l.accepted {
		l.accepted = true
		return l.conn, nil
	}
	<-l.conn.done
	return nil, net.ErrClosed
}

func (l *single) Close() error   { return nil }
func (l *single) Addr() net.Addr { return l.conn.LocalAddr() }
