package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// address is a server at a TCP address.
type address struct {
	name    string // of the target
	host    string
	addr    string // what to dial
	timeout time.Duration
	destroy bool
	secure  security
	patience
}

// openAddress is the server of an "imap://" or "imaps://" specification.
func openAddress(spec string, o Options) (Target, error) {
	scheme, rest, _ := strings.Cut(spec, "://")
	hostport := strings.TrimSuffix(rest, "/")
	if strings.Contains(rest, "@") {
		return nil, errors.New("an address holds no user and no password: give --user and --password-file")
	}
	standard := map[string]string{"imap": "143", "imaps": "993"}[scheme]
	if _, _, err := net.SplitHostPort(hostport); err != nil && !strings.HasSuffix(hostport, ":") {
		hostport = net.JoinHostPort(strings.Trim(hostport, "[]"), standard)
	}
	host, port, err := net.SplitHostPort(hostport)
	if err != nil || host == "" || strings.ContainsAny(host, "/?# ") {
		return nil, fmt.Errorf("%q is not of the form %s://HOST:PORT", spec, scheme)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return nil, fmt.Errorf("%q has no port from 1 to 65535", spec)
	}
	if !o.Destroy && !isLoopback(host) {
		return nil, refusal(host)
	}
	addr := net.JoinHostPort(host, port)
	a := &address{name: scheme + "://" + addr, host: host, addr: addr, destroy: o.Destroy}
	if a.secure, err = newSecurity(scheme == "imaps", host, o); err != nil {
		return nil, err
	}
	t, err := newServer(a.name, a, o)
	if err != nil {
		return nil, err
	}
	a.timeout = t.options.Timeout
	a.wait, a.notice = o.Wait, o.Notice
	return t, nil
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

func (t *address) open(*account) error     { return nil }
func (t *address) crashed(*account) string { return "" }
func (t *address) release(*account)        {}
func (t *address) close() error            { return nil }

func (t *address) dial(ctx context.Context, a *account) (net.Conn, error) {
	return t.patience.dial(ctx, t.name, a, t.connect)
}

// connect connects, within the timeout. A name is no proof of where it leads, so
// the address that was reached is looked at again.
func (t *address) connect(ctx context.Context) (net.Conn, error) {
	dialer := net.Dialer{Timeout: t.timeout}
	conn, err := dialer.DialContext(ctx, "tcp", t.addr)
	if err != nil {
		return nil, fmt.Errorf("cannot reach %s: %w", t.name, reason(err))
	}
	if !t.destroy {
		if a, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
			conn.Close()
			return nil, refusal(t.host)
		}
	}
	secured, err := t.secure.client(ctx, quickAck(conn), t.timeout)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("%s: %w", t.name, err)
	}
	return secured, nil
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
