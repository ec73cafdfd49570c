package fuzz

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// anyTLS is how a session speaks TLS with a target that does not say how. It
// verifies nothing and refuses nothing: what a server negotiates is its own affair,
// and a trace that is sent to an address in the clear has nothing to protect.
var anyTLS = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, CipherSuites: cipherSuites()}

func cipherSuites() (ids []uint16) {
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		ids = append(ids, s.ID)
	}
	return ids
}

// tlsOf is the client's side of TLS with an instance.
func tlsOf(in target.Instance) *tls.Config {
	if t, ok := in.(interface{ TLS() *tls.Config }); ok {
		return t.TLS()
	}
	return anyTLS
}

// underTLS reports whether TLS is in effect: behind STARTTLS, or as the target dials.
func (s *Session) underTLS() bool {
	_, ok := s.conn.(interface{ ConnectionState() tls.ConnectionState })
	return ok
}

// secure reports whether the session goes on in TLS after the answer: a STARTTLS,
// or what a server may take for one, was completed with OK in the clear.
func (a *answer) secure(c model.Command) bool {
	return a.done && a.status == model.OK && !a.bye && c.Name() == "STARTTLS" && !a.s.underTLS()
}

// handshake begins TLS behind the OK of STARTTLS (RFC 3501 section 6.2.1). If
// nothing comes of it, that is evidence: the end is NotTLS behind the first line of
// what the server sent instead, TLSFailed if it spoke TLS, and else how the
// connection ended.
func (a *answer) handshake() {
	s := a.s
	first := &opening{Conn: s.conn, r: s.in.Rest()}
	conn := tls.Client(first, s.tls)
	// A failure to set the deadline is found by what follows.
	_ = s.conn.SetDeadline(time.Now().Add(s.timeout))
	err := conn.HandshakeContext(s.ctx)
	var verification *tls.CertificateVerificationError
	switch {
	case err == nil:
		first.over = true
		s.conn, s.in = conn, wire.NewReader(conn, s.limits)
	case s.ctx.Err() != nil:
		a.stop(model.Response{}, err)
	case errors.As(err, &verification):
		a.err = fmt.Errorf("connection %d: %w", s.number, err) // whom to trust is not for the server to say
	case first.isTLS():
		a.end = model.TLSFailed
	case len(first.seen) > 0:
		a.end = model.NotTLS
		a.responses = append(a.responses, firstLine(first.seen))
	default:
		a.stop(model.Response{}, err)
	}
}

// opening is a connection on which TLS begins. It keeps the first octets that the
// server sends.
type opening struct {
	net.Conn
	r    io.Reader // what comes from the server
	seen []byte
	over bool // TLS is in effect
}

// Write implements net.Conn. That the server has gone shows when it is read, behind
// what it has sent.
func (o *opening) Write(b []byte) (int, error) {
	n, err := o.Conn.Write(b)
	if !o.over {
		return len(b), nil
	}
	return n, err
}

// Read implements net.Conn.
func (o *opening) Read(b []byte) (int, error) {
	n, err := o.r.Read(b)
	o.seen = append(o.seen, b[:min(n, maxIncomplete-len(o.seen))]...)
	return n, err
}

// isTLS reports whether the server began with a TLS record (RFC 8446 section 5.1).
func (o *opening) isTLS() bool {
	const changeCipherSpec, applicationData = 20, 23
	return len(o.seen) > 0 && o.seen[0] >= changeCipherSpec && o.seen[0] <= applicationData &&
		(len(o.seen) == 1 || o.seen[1] == 3)
}

// firstLine is the first line of octets that came in the place of TLS.
func firstLine(b []byte) model.Response {
	line, _, whole := bytes.Cut(b, []byte("\n"))
	if !whole {
		return model.Cut(string(line))
	}
	if text, ok := bytes.CutSuffix(line, []byte("\r")); ok {
		return wire.ParseResponse(string(text))
	}
	return wire.ParseResponse(string(line) + "\n")
}

// brokenOff reports whether an error is of TLS itself, and so the server's doing: an
// alert, or octets that are not TLS. The errors of the network have a number.
func (s *Session) brokenOff(err error) bool {
	var number syscall.Errno
	return s.underTLS() && !errors.As(err, &number) && !errors.Is(err, net.ErrClosed)
}
