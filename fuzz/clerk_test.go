package fuzz

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// credentials are a server's certificate, and a client's trust in it.
func credentials(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, &tls.Config{RootCAs: roots, ServerName: "example.com"}
}

// line is a connection as a clerk holds it: what it writes to, and what it reads.
type line struct {
	out net.Conn
	in  *bufio.Reader
}

// clerk is a server with a few commands, to try what comes of STARTTLS. It calls start with the tag of a STARTTLS,
// and goes on with the line that start returns, if any.
type clerk struct {
	start   func(c net.Conn, in *bufio.Reader, tag string) *line
	caps    string // capabilities besides IMAP4rev1
	refuses string // the name of a command
}

func (k clerk) serve(c net.Conn) {
	defer c.Close()
	l := &line{c, bufio.NewReader(c)}
	fmt.Fprint(l.out, "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n")
	authenticated := false
	for {
		text, err := l.in.ReadString('\n')
		if err != nil {
			return
		}
		words := strings.Fields(text)
		if len(words) < 2 {
			return // it is no command
		}
		tag, status := words[0], "OK"
		switch words[1] {
		case k.refuses:
			status = "NO"
		case "CAPABILITY":
			fmt.Fprintf(l.out, "* CAPABILITY %s\r\n", strings.TrimSpace("IMAP4rev1 "+k.caps))
		case "STARTTLS":
			if l = k.start(l.out, l.in, tag); l == nil {
				return
			}
			continue
		case "LOGIN":
			authenticated = true
		case "LOGOUT":
			fmt.Fprintf(l.out, "* BYE bye\r\n%s OK bye\r\n", tag)
			return
		case "LIST":
			if !authenticated {
				status = "NO"
			}
		}
		fmt.Fprintf(l.out, "%s %s done\r\n", tag, status)
	}
}

// Open implements target.Target: every connection has a clerk of its own.
func (k clerk) Open(context.Context, model.Fixture) (target.Instance, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return k.accept(l), nil
}

// accept serves the connections of a listener until that is closed.
func (k clerk) accept(l net.Listener) clerkInstance {
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go k.serve(c)
		}
	}()
	return clerkInstance{oneConn{l.Addr().String()}, l}
}

func (clerk) Name() string { return "clerk" }
func (clerk) Close() error { return nil }

type clerkInstance struct {
	oneConn
	l net.Listener
}

func (i clerkInstance) Close() error { return i.l.Close() }

// upgrade is a conforming start: what was behind STARTTLS is thrown away.
func upgrade(config *tls.Config) func(net.Conn, *bufio.Reader, string) *line {
	return func(c net.Conn, _ *bufio.Reader, tag string) *line {
		fmt.Fprintf(c, "%s OK begin\r\n", tag)
		conn := tls.Server(c, config)
		return &line{conn, bufio.NewReader(conn)}
	}
}

// pending are the octets that a reader holds already.
func pending(in *bufio.Reader) io.Reader {
	b, _ := in.Peek(in.Buffered())
	return strings.NewReader(string(b))
}

// from is a connection that reads from elsewhere.
type from struct {
	net.Conn
	io.Reader
}

func (f from) Read(b []byte) (int, error) { return f.Reader.Read(b) }
