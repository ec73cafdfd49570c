// Command gomem1 serves IMAP4rev1 on loopback with the server and the memory
// backend of go-imap v1, as a target for imapcheck:
//
//	go -C fuzz/target/goservers build -o gomem1.bin ./gomem1
//	sleep infinity | ./gomem1.bin &
//	imapcheck fuzz imap://127.0.0.1:PORT --user 'u%d' --users 1000000
//
// Package serve says how it is started and ended. Every user name is an
// account, with the password "pass" and an INBOX that is empty at the first
// login.
//
// It is a program, in a module of its own, because imapcheck must not depend on
// two generations of go-imap, and because that server can be made to end its
// process: the backend has no locks, and a panic in a goroutine that only
// writes is not recovered.
package main

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/emersion/go-imap"
	"github.com/emersion/go-imap/backend"
	"github.com/emersion/go-imap/backend/memory"
	"github.com/emersion/go-imap/server"

	"github.com/imapcheck/imapcheck/fuzz/target/goservers/internal/serve"
)

func main() {
	serve.Main("gomem1", func(_ context.Context, l net.Listener) error {
		s := server.New(&accounts{byName: map[string]*memory.Backend{}})
		s.AllowInsecureAuth = true // LOGIN without TLS
		return s.Serve(l)          // the connections end with the process
	})
}

// accounts is a backend with an account for every user name.
type accounts struct {
	mu     sync.Mutex
	byName map[string]*memory.Backend
}

// Login makes the account at its first login.
func (a *accounts) Login(info *imap.ConnInfo, name, pass string) (backend.User, error) {
	if pass != serve.Password {
		return nil, errors.New("the password is wrong")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if be := a.byName[name]; be != nil {
		return only(be, info)
	}
	be := memory.New()
	user, err := only(be, info)
	if err != nil {
		return nil, err
	}
	inbox, err := user.GetMailbox("INBOX")
	if err != nil {
		return nil, err
	}
	inbox.(*memory.Mailbox).Messages = nil // it begins with one
	a.byName[name] = be
	return user, nil
}

// only is the one user that a memory backend has.
func only(be *memory.Backend, info *imap.ConnInfo) (backend.User, error) {
	return be.Login(info, "username", "password")
}
