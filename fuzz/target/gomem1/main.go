// Command gomem1 serves IMAP4rev1 on loopback with the server and the memory
// backend of go-imap v1, as a target for imapcheck:
//
//	go -C fuzz/target/gomem1 build -o gomem1 .
//	sleep infinity | ./gomem1 &
//	imapcheck fuzz imap://127.0.0.1:PORT --user 'u%d' --users 1000000
//
// One line on standard output, "listening on 127.0.0.1:PORT", says where it
// is; panics are told on standard error. It serves until standard input ends or
// SIGINT or SIGTERM arrives. Every user name is an account, with the password
// "pass" and an INBOX that is empty at the first login.
//
// It is a module of its own so that imapcheck does not depend on two
// generations of go-imap, and a program because that server can be made to end
// its process: the backend has no locks, and a panic in a goroutine that only
// writes is not recovered. The process that listens therefore does not serve. A
// child does, on the same socket, and when it has panicked another takes its
// place: connections end, as the client of a crash sees it, accounts are as if
// they had never been used, and no later connection is refused.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
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

// childEnv is set in the environment of the process that serves.
const childEnv = "GOMEM1_CHILD"

// panicked is the exit status of a Go program after a panic or a fatal error.
const panicked = 2

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
	var err error
	if os.Getenv(childEnv) != "" {
		err = child(ctx)
	} else {
		err = run(ctx, *addr, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gomem1:", err)
		os.Exit(1)
	}
}

// run listens on addr, tells w where, and has children serve until ctx is done.
// An address that is not loopback is an error: anyone can log in.
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
	defer l.Close()
	socket, err := l.File()
	if err != nil {
		return err
	}
	defer socket.Close()
	if _, err := fmt.Fprintf(w, "listening on %s\n", l.Addr()); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if err := serveIn(ctx, socket); err != nil {
			return err
		}
	}
	return nil
}

// serveIn runs one child until it panics or ctx is done. The end of its
// standard input is the end of this process, however that comes about.
func serveIn(ctx context.Context, socket *os.File) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), childEnv+"=1")
	cmd.ExtraFiles = []*os.File{socket}
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		return err
	}
	var exit *exec.ExitError
	if err := cmd.Run(); ctx.Err() == nil && !(errors.As(err, &exit) && exit.ExitCode() == panicked) {
		return fmt.Errorf("the process that serves ended: %w", err)
	}
	return nil
}

// child serves on the socket of its parent until ctx is done.
func child(ctx context.Context) error {
	l, err := net.FileListener(os.NewFile(3, "socket"))
	if err != nil {
		return err
	}
	s := server.New(&accounts{byName: map[string]*memory.Backend{}})
	s.AllowInsecureAuth = true // LOGIN without TLS
	defer s.Close()
	defer context.AfterFunc(ctx, func() { l.Close() })()
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
