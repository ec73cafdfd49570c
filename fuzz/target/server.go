package target

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/imapcheck/imapcheck/model"
)

const defaultTimeout = 10 * time.Second

// ErrGone is the error of Dial when the server has crashed and has lost what the
// account held: nothing can be said of what it would answer now.
var ErrGone = errors.New("the server has crashed, and the account is gone with it")

// system is what a server's connections are made to.
type system interface {
	// open makes ready what an account needs before its first connection.
	open(a *account) error
	// dial opens a connection to the account.
	dial(ctx context.Context, a *account) (net.Conn, error)
	// crashed is what the server, in serving the account, told of a crash; "" if
	// there was none.
	crashed(a *account) string
	// release takes away what open and dial made for the account.
	release(a *account)
	// close stops what was started.
	close() error
}

// server is a target whose accounts are reached over connections: to an address,
// or to processes that were started for it.
type server struct {
	name    string
	system  system
	options Options // with defaults in place
	blank   bool    // an account that was given out first has never been used
	young   bool    // an account is most likely new: what cannot be looked at is not there
	version string  // of the server, "" if it is not known
	pattern bool    // options.User holds "%d"

	mu   sync.Mutex
	last int          // number of the account that was given out last
	busy map[int]bool // the accounts of the instances that are open
}

// newServer has one account, or as many as the pattern in o.User names.
func newServer(name string, s system, o Options) (*server, error) {
	if o.User == "" {
		o.User = model.User
	}
	if o.Password == "" {
		o.Password = model.Password
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	pattern := strings.Contains(o.User, "%d")
	if pattern && o.Users < 1 {
		return nil, fmt.Errorf("the user name %q is a pattern: say how many accounts there are", o.User)
	}
	return &server{name: name, system: s, options: o, pattern: pattern, busy: map[int]bool{}}, nil
}

// newAccounts has a new account for every trace.
func newAccounts(name string, s system, timeout time.Duration) *server {
	return &server{
		name: name, system: s, blank: true, pattern: true, busy: map[int]bool{},
		options: Options{User: "u%d", Users: math.MaxInt, Password: model.Password, Timeout: timeout},
	}
}

// Accounts is the number of instances that a target can have open at the same time.
func Accounts(t Target) int {
	switch s, ok := t.(*server); {
	case !ok:
		return math.MaxInt
	case s.pattern:
		return s.options.Users
	}
	return 1
}

// Version is that of a target's server, "" if it is not known.
func Version(t Target) string {
	switch t := t.(type) {
	case *mem:
		return goIMAPVersion()
	case *server:
		return t.version
	}
	return ""
}

func (t *server) Name() string { return t.name }
func (t *server) Close() error { return t.system.close() }

// Open puts the fixture into the next account, which it empties first if it may
// have been used.
func (t *server) Open(ctx context.Context, f model.Fixture) (Instance, error) {
	// A process that the last account has crashed may have taken its time.
	in, err := t.open(ctx, f)
	for tries := 1; errors.Is(err, ErrGone) && tries < 5; tries++ {
		in, err = t.open(ctx, f)
	}
	return in, err
}

func (t *server) open(ctx context.Context, f model.Fixture) (Instance, error) {
	number, err := t.take()
	if err != nil {
		return nil, err
	}
	in := &account{target: t, number: number, user: t.options.User}
	if t.pattern {
		in.user = strings.Replace(in.user, "%d", strconv.Itoa(number), 1)
	}
	if err := t.system.open(in); err != nil {
		t.release(number)
		return nil, err
	}
	if t.blank && f.Messages == 0 {
		return in, nil
	}
	if err := in.prepare(ctx, f); err != nil {
		in.Close()
		return nil, err
	}
	return in, nil
}

// take reserves the next account that no instance holds.
func (t *server) take() (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	count := 1
	if t.pattern {
		count = t.options.Users
	}
	for range min(count, len(t.busy)+1) {
		t.last = t.last%count + 1
		if !t.busy[t.last] {
			t.busy[t.last] = true
			return t.last, nil
		}
	}
	return 0, fmt.Errorf("%s: all accounts are in use (%d): traces that run at the same time need one each", t.name, count)
}

func (t *server) release(number int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.busy, number)
}

// account is one account, held until Close.
type account struct {
	target *server
	number int
	user   string
	held   any  // what the system keeps for it
	era    *era // of a system that is renewed

	mu     sync.Mutex
	conns  []net.Conn
	closed bool
}

func (in *account) User() (name, password string) { return in.user, in.target.options.Password }

// Crashed is what the server told of a crash.
func (in *account) Crashed() string { return in.target.system.crashed(in) }

func (in *account) Dial(ctx context.Context) (net.Conn, error) {
	conn, err := in.target.system.dial(ctx, in)
	if err != nil {
		return nil, err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		conn.Close()
		return nil, net.ErrClosed
	}
	in.conns = append(in.conns, conn)
	return conn, nil
}

func (in *account) Close() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return nil
	}
	in.closed = true
	for _, c := range in.conns {
		c.Close()
	}
	in.target.system.release(in)
	in.target.release(in.number)
	return nil
}
