// Command gomem1 serves IMAP4rev1 on loopback with the server and the memory
// backend of go-imap v1, as a target for imapcheck.
//
// It is a program because that backend has no locks: two sessions at once can
// end the process, and must not end the fuzzer with it. It is a module of its
// own so that imapcheck does not depend on two generations of go-imap:
//
//	go -C fuzz/target/gomem1 build -o gomem1 .
//	sleep infinity | ./gomem1 &
//	imapcheck fuzz imap://127.0.0.1:PORT --user 'u%d' --users 1000000
//
// One line on standard output, "listening on 127.0.0.1:PORT", says where it
// is; panics are told on standard error. It serves until standard input ends or
// SIGINT or SIGTERM arrives. Every user name is an account, with the password
// "pass" and an INBOX that is empty at the first login.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/emersion/go-imap"
	"github.com/emersion/go-imap/backend"
	"github.com/emersion/go-imap/backend/memory"
	"github.com/emersion/go-imap/server"
)

// password opens every account.
const password = "pass"

func main() {
	addr := flag.String("listen", "127.0.0.1:0", "the loopback `address` to listen on; port 0 lets the kernel choose")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, eof := context.WithCancel(ctx)
	go func() {
		defer eof()
		io.Copy(io.Discard, os.Stdin) // that it ends is all that matters
	}()
	if err := run(ctx, *addr, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gomem1:", err)
		os.Exit(1)
	}
}

// run serves on addr until ctx is done, and tells w where. An address that is
// not loopback is an error: anyone can log in.
func run(ctx context.Context, addr string, w io.Writer) error {
	at, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return err
	}
	if !at.IP.IsLoopback() {
		return fmt.Errorf("%s is not loopback", addr)
	}
	l, err := net.ListenTCP("tcp", at)
	if err != nil {
		return err
	}
	s := server.New(&accounts{byName: map[string]*memory.Backend{}})
	s.AllowInsecureAuth = true // LOGIN without TLS
	defer context.AfterFunc(ctx, func() { l.Close() })()
	defer s.Close()
	if _, err := fmt.Fprintf(w, "listening on %s\n", l.Addr()); err != nil {
		l.Close()
		return err
	}
	if err := s.Serve(l); ctx.Err() == nil {
		return err
	}
	return nil
}

// accounts is a backend with an account for every user name.
type accounts struct {
	mu     sync.Mutex
	byName map[string]*memory.Backend
}

// Login makes the account at its first login.
func (a *accounts) Login(info *imap.ConnInfo, name, pass string) (backend.User, error) {
	if pass != password {
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
