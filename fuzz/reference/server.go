// Package reference is the model run forwards: an IMAP server that answers as
// [model.Account] does. It conforms to RFC 3501 strictly, and of what that leaves to a
// server makes the choices of a [Policy]. A bug of package fault can be planted in it.
package reference

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/model"
)

// Caps are the capabilities of a server that is not told otherwise.
var Caps = []string{"ENABLE", "IDLE", "LITERAL+", "MOVE", "NAMESPACE", "UIDPLUS", "UNSELECT"}

// Options are what a server is like.
type Options struct {
	Machine model.Machine
	Fixture model.Fixture // of each account
	Policy  Policy
	Seed    uint64 // of the policy's choices
	// Users is the number of accounts "user1", "user2", ... besides "user".
	Users int
	// TLS is what STARTTLS leads to; nil if it is not offered.
	TLS *tls.Config
	// Fault is a bug; nil for none.
	Fault *fault.Fault
}

// Usual are the options of a server that is not told otherwise but its fault, which may
// be nil. One that is secure offers STARTTLS and lets nobody in without it. TLS is left to
// the caller.
func Usual(f *fault.Fault, secure bool) Options {
	o := Options{Machine: model.New(), Fault: f}
	caps := slices.Clone(Caps)
	if f != nil {
		caps = append(caps, f.Caps...)
	}
	if secure {
		caps = append(caps, "STARTTLS", "LOGINDISABLED")
	}
	o.Machine.Profile.Caps = model.Understood(caps)
	return o
}

// Server is a server. Its accounts live as long as it does.
type Server struct {
	Options

	mu       sync.Mutex
	accounts map[string]*account
	conns    int
	crash    string
}

// account is an account and the connections to it.
type account struct {
	mu sync.Mutex
	*model.Account
	conns  []*conn // by number; nil for one that has ended
	memory map[string]int
	turn   chan struct{} // closed, and made anew, when a command was answered
}

// New is a server without connections.
func New(o Options) *Server {
	return &Server{Options: o, accounts: map[string]*account{}}
}

// Serve accepts connections until ctx ends, and closes the listener and all of them.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	var running sync.WaitGroup
	defer running.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	context.AfterFunc(ctx, func() { l.Close() })
	for {
		c, err := l.Accept()
		switch {
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return err
		}
		running.Go(func() {
			defer context.AfterFunc(ctx, func() { c.Close() })()
			s.ServeConn(c)
		})
	}
}

// Crashed is what the server said when it crashed, "" if it has not.
func (s *Server) Crashed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.crash
}

func (s *Server) crashed(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.crash == "" {
		s.crash = text
	}
}

// ServeConn serves one connection, to its end.
func (s *Server) ServeConn(nc net.Conn) {
	s.mu.Lock()
	number := s.conns
	s.conns++
	s.mu.Unlock()
	c := &conn{server: s, rand: rand.New(rand.NewPCG(s.Seed, uint64(number))), memory: map[string]int{}}
	c.use(nc)
	defer func() { c.net.Close() }()
	c.join(s.account(model.User))
	defer func() { c.leave() }()
	c.serve()
}

// account is that of the name, nil if there is none.
func (s *Server) account(name string) *account {
	if name != model.User {
		n := 0
		if _, err := fmt.Sscanf(name, "user%d", &n); err != nil || n < 1 || n > s.Users || name != fmt.Sprint("user", n) {
			return nil
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[name]
	if a == nil {
		a = &account{Account: s.Machine.Account(s.Fixture), memory: map[string]int{}, turn: make(chan struct{})}
		s.accounts[name] = a
	}
	return a
}

// owner is the account that a command logs in to, and the command as if it were the
// first one's.
func (s *Server) owner(cmd model.Command) (*account, model.Command) {
	switch c := cmd.(type) {
	case model.LoginCmd:
		if a := s.account(c.User.S); a != nil && c.Password.S == model.Password {
			c.User.S = model.User
			return a, c
		}
	case model.Authenticate:
		if len(c.Lines) == 0 {
			break
		}
		plain, _ := base64.StdEncoding.DecodeString(c.Lines[0])
		parts := strings.Split(string(plain), "\x00")
		if len(parts) != 3 || parts[2] != model.Password {
			break
		}
		if a := s.account(parts[1]); a != nil {
			c.Lines = []string{model.PlainLine(model.User, model.Password)}
			return a, c
		}
	}
	return nil, cmd
}
