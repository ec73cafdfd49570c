package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/imapcheck/imapcheck/model"
)

const defaultTimeout = 10 * time.Second

// address is a server at a TCP address. It has one account, or as many as the
// pattern in Options.User names.
type address struct {
	spec    string // with the port
	host    string
	addr    string // what to dial
	options Options
	pattern bool // options.User holds "%d"

	mu   sync.Mutex
	last int          // number of the account that was given out last
	busy map[int]bool // the accounts of the instances that are open
}

func openAddress(spec string, o Options) (Target, error) {
	hostport := strings.TrimSuffix(strings.TrimPrefix(spec, "imap://"), "/")
	if _, _, err := net.SplitHostPort(hostport); err != nil && !strings.HasSuffix(hostport, ":") {
		hostport = net.JoinHostPort(strings.Trim(hostport, "[]"), "143")
	}
	host, port, err := net.SplitHostPort(hostport)
	if err != nil || host == "" || strings.ContainsAny(host, "/@?# ") {
		return nil, fmt.Errorf("%q is not of the form imap://HOST:PORT", spec)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return nil, fmt.Errorf("%q has no port from 1 to 65535", spec)
	}
	if !o.Destroy && !isLoopback(host) {
		return nil, refusal(host)
	}
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
	addr := net.JoinHostPort(host, port)
	return &address{
		spec: "imap://" + addr, host: host, addr: addr,
		options: o, pattern: pattern, busy: map[int]bool{},
	}, nil
}

func refusal(host string) error {
	return fmt.Errorf("refusing to touch %s: it is not loopback; "+
		"give --i-may-destroy-this-account if all mail of the account may be lost", host)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func (t *address) Name() string { return t.spec }
func (t *address) Close() error { return nil }

// Open empties the next account and puts the fixture into it.
func (t *address) Open(ctx context.Context, f model.Fixture) (Instance, error) {
	number, err := t.take()
	if err != nil {
		return nil, err
	}
	in := &account{target: t, number: number, user: t.options.User}
	if t.pattern {
		in.user = strings.Replace(in.user, "%d", strconv.Itoa(number), 1)
	}
	if err := in.prepare(ctx, f); err != nil {
		t.release(number)
		return nil, err
	}
	return in, nil
}

// take reserves the next account that no instance holds.
func (t *address) take() (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	count := 1
	if t.pattern {
		count = t.options.Users
	}
	for range count {
		t.last = t.last%count + 1
		if !t.busy[t.last] {
			t.busy[t.last] = true
			return t.last, nil
		}
	}
	return 0, fmt.Errorf("%s: all accounts are in use (%d): traces that run at the same time need one each", t.spec, count)
}

func (t *address) release(number int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.busy, number)
}

// dial connects, within the timeout. A name is no proof of where it leads, so
// the address that was reached is looked at again.
func (t *address) dial(ctx context.Context) (net.Conn, error) {
	dialer := net.Dialer{Timeout: t.options.Timeout}
	conn, err := dialer.DialContext(ctx, "tcp", t.addr)
	if err != nil {
		return nil, fmt.Errorf("cannot reach %s: %w", t.spec, reason(err))
	}
	if !t.options.Destroy {
		if a, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
			conn.Close()
			return nil, refusal(t.host)
		}
	}
	return quickAck(conn), nil
}

// reason is what the system said, without the address that net puts before it.
func reason(err error) error {
	var errno syscall.Errno
	var op *net.OpError
	switch {
	case errors.As(err, &errno):
		return errno
	case errors.As(err, &op):
		return op.Err
	}
	return err
}

// account is one account at an address, held until Close.
type account struct {
	target *address
	number int
	user   string

	mu     sync.Mutex
	conns  []net.Conn
	closed bool
}

func (in *account) User() (name, password string) { return in.user, in.target.options.Password }

func (in *account) Dial(ctx context.Context) (net.Conn, error) {
	conn, err := in.target.dial(ctx)
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
	in.target.release(in.number)
	return nil
}
