//go:build cgo

package main

import (
	"context"

	"github.com/imapcheck/imapcheck/fuzz/target/goservers/internal/serve"
)

// user is a user of gluon: what gluon knows of him, and of his mail elsewhere,
// goes through here.
type user struct {
	*remote
	accounts *accounts
	id       string // gluon's own

	// These are guarded by accounts.mu.
	name  string
	conns int    // how many connections have logged in
	left  uint64 // when the last of them ended
}

// Authorize says whether a LOGIN is this user's. Gluon asks all until one says
// yes, in no order.
func (u *user) Authorize(ctx context.Context, name string, password []byte) bool {
	c, ok := ctx.Value(connKey{}).(*conn)
	return ok && string(password) == serve.Password && u.accounts.admit(c, name, u)
}
