package target

import (
	"context"
	"fmt"
	"io"
	"net"
	"syscall"
)

// Dial is a server that is reached by a function: in this process, behind a
// connection that is made in some way of its own, at an address. dial makes one more
// connection, of which nothing has been read; it may be called while others are open,
// and by several goroutines. All connections lead to one store. The account that o
// names is emptied before each trace and filled with the fixture by IMAP commands,
// like that of a server at an address: all its mail is lost, wherever it is.
//
// A connection of memory that holds no octets, as [net.Pipe] makes it, is given
// buffers, since a server and a client that both write would wait for each other.
// A panic in a goroutine of a server in this process ends the process.
func Dial(name string, dial func(context.Context) (net.Conn, error), o Options) (Target, error) {
	d := &dialer{name: name, connect: dial}
	var err error
	if d.secure, err = newSecurity(false, "localhost", o); err != nil {
		return nil, err
	}
	t, err := newServer(name, d, o)
	if err != nil {
		return nil, err
	}
	d.options = t.options
	return t, nil
}

// dialer is a server behind a function.
type dialer struct {
	name    string // of the target
	connect func(context.Context) (net.Conn, error)
	options Options
	secure  security
}

func (d *dialer) open(*account) error     { return nil }
func (d *dialer) crashed(*account) string { return "" }
func (d *dialer) release(*account)        {}
func (d *dialer) close() error            { return nil }

func (d *dialer) dial(ctx context.Context, _ *account) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.options.Timeout)
	defer cancel()
	conn, err := d.connect(ctx)
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot reach %s: %w", d.name, reason(err))
	case conn == nil:
		return nil, fmt.Errorf("cannot reach %s: the function that dials returned no connection and no error", d.name)
	}
	secured, err := d.secure.client(ctx, buffered(quickAck(conn)), d.options.Timeout)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("%s: %w", d.name, err)
	}
	return secured, nil
}

// buffered is a connection that holds what either side writes until the other reads
// it. One of the operating system does, within reason.
func buffered(conn net.Conn) net.Conn {
	if _, ok := conn.(syscall.Conn); ok {
		return conn
	}
	near, far := newPipe()
	near.pipe.relayed = true
	go func() {
		_, _ = io.Copy(far, conn) // however it ends, no more comes
		far.Close()
	}()
	go func() {
		_, _ = io.Copy(conn, far)
		conn.Close()
	}()
	return near
}
