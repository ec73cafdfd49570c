//go:build cgo

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"

	"github.com/ProtonMail/gluon"
	"github.com/ProtonMail/gluon/db"

	"github.com/imapcheck/imapcheck/fuzz/target/goservers/internal/serve"
)

// accounts gives each name that logs in a user of gluon.
//
// Gluon finds the user of a LOGIN by asking each, and holds a lock meanwhile, so
// that none can be added then. So each connection brings a spare one with it,
// who will take a name that nobody has.
type accounts struct {
	server *gluon.Server
	dir    string
	keep   int // so many accounts stay when they have no connection

	spares chan *user // new ones; closed when there will be no more
	err    error      // why that is; to be read after the close

	mu     sync.Mutex
	unused []*user // spares that their connections did not need
	byName map[string]*user
	clock  uint64 // ticks when a connection ends
}

func newAccounts(server *gluon.Server, dir string, keep int) *accounts {
	return &accounts{server: server, dir: dir, keep: keep, spares: make(chan *user), byName: map[string]*user{}}
}

// supplying has spare users made until ctx is done. The function that it
// returns waits for the end of that.
func (a *accounts) supplying(ctx context.Context) (wait func()) {
	go func() {
		defer close(a.spares)
		for {
			a.forget(ctx)
			u, err := a.add(ctx)
			if err != nil {
				a.err = fmt.Errorf("adding a user: %w", err)
				return
			}
			select {
			case a.spares <- u:
			case <-ctx.Done():
				a.err = ctx.Err()
				return
			}
		}
	}()
	return func() {
		for range a.spares {
		}
	}
}

// add makes a user with an INBOX and no name.
func (a *accounts) add(ctx context.Context) (*user, error) {
	u := &user{accounts: a, remote: newRemote()}
	inbox := u.remote.announceInbox()
	id, err := a.server.AddUser(ctx, u, []byte(serve.Password))
	if err != nil {
		return nil, err
	}
	u.id = id
	if err, ok := inbox.WaitContext(ctx); ok && err != nil {
		return nil, err
	}
	return u, ctx.Err()
}

// forget removes the account that has been without a connection for longest,
// if there are too many.
func (a *accounts) forget(ctx context.Context) {
	u := a.oldest()
	if u == nil {
		return
	}
	// A user that cannot be removed does no harm but for the room he takes.
	if err := a.server.RemoveUser(ctx, u.id, true); err != nil {
		fmt.Fprintln(os.Stderr, "gluon: removing a user:", err)
	}
	// Gluon only puts the files aside.
	if err := db.DeleteDeferredDBFiles(a.dir); err != nil {
		fmt.Fprintln(os.Stderr, "gluon: deleting the database of a user:", err)
	}
}

// oldest takes the name away from the user whom forget should remove.
func (a *accounts) oldest() *user {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.byName) <= a.keep {
		return nil
	}
	var oldest *user
	for _, u := range a.byName {
		if u.conns == 0 && (oldest == nil || u.left < oldest.left) {
			oldest = u
		}
	}
	if oldest != nil {
		delete(a.byName, oldest.name)
	}
	return oldest
}

// connect makes nc a connection that can log in as anyone.
func (a *accounts) connect(ctx context.Context, nc net.Conn) (*conn, error) {
	c := &conn{Conn: nc, accounts: a, done: make(chan struct{})}
	if c.spare = a.reuse(); c.spare != nil {
		return c, nil
	}
	select {
	case u, ok := <-a.spares:
		if !ok {
			return nil, a.err
		}
		c.spare = u
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (a *accounts) reuse() *user {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.unused) == 0 {
		return nil
	}
	last := len(a.unused) - 1
	u := a.unused[last]
	a.unused = a.unused[:last]
	return u
}

// admit says whether u is the user for name on the connection c: the one that
// has the name or, if nobody has, the connection's spare one. That it is, is a
// login.
func (a *accounts) admit(c *conn, name string, u *user) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch a.byName[name] {
	case u:
	case nil:
		if u != c.spare {
			return false
		}
		c.spare = nil
		u.name = name
		a.byName[name] = u
	default:
		return false
	}
	c.user = u
	u.conns++
	return true
}

// leave takes back what a connection held.
func (a *accounts) leave(c *conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c.spare != nil {
		a.unused = append(a.unused, c.spare)
	}
	if c.user != nil {
		a.clock++
		c.user.left = a.clock
		c.user.conns--
	}
}
