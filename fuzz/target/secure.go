package target

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"strings"
	"time"
)

// security is whether and how TLS is put on a connection before a trace gets it.
type security struct {
	implicit bool        // from the first octet, as imaps
	starttls bool        // by a STARTTLS behind the greeting
	config   *tls.Config // of the client
}

// newSecurity is that of a server with the host name. Certificates are verified
// unless the options say otherwise.
func newSecurity(implicit bool, host string, o Options) (security, error) {
	s := security{implicit: implicit, starttls: o.StartTLS,
		config: &tls.Config{ServerName: host, InsecureSkipVerify: o.Insecure}}
	switch {
	case implicit && o.StartTLS:
		return s, errors.New("imaps:// is TLS from the start: --starttls is for imap://")
	case !s.on() && (o.Insecure || o.CA != ""):
		return s, errors.New("--ca and --insecure are about TLS: give --starttls, or an address imaps://")
	case o.Insecure && o.CA != "":
		return s, errors.New("--ca and --insecure: give one of them")
	case o.CA != "":
		text, err := os.ReadFile(o.CA)
		if err != nil {
			return s, fmt.Errorf("--ca: %w", err)
		}
		s.config.RootCAs = x509.NewCertPool()
		if !s.config.RootCAs.AppendCertsFromPEM(text) {
			return s, fmt.Errorf("--ca: there is no certificate in %s", o.CA)
		}
	}
	return s, nil
}

// on reports whether traces find TLS in effect.
func (s security) on() bool { return s.implicit || s.starttls }

// client is the connection as a trace gets it: nothing has been read, as far as
// can be told, and TLS is in effect if it is to be. Each wait has the timeout.
func (s security) client(ctx context.Context, conn net.Conn, timeout time.Duration) (net.Conn, error) {
	if !s.on() {
		return conn, nil
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return nil, err
	}
	var greeting []byte
	if s.starttls {
		var err error
		if greeting, err = startTLS(conn); err != nil {
			return nil, orDone(ctx, err)
		}
	}
	c := tls.Client(conn, s.config)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, orDone(ctx, handshakeError(err))
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	return &greeted{Conn: c, greeting: greeting}, nil
}

// orDone is why ctx ended, if it has, and else err.
func orDone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// handshakeError says in a few words why there is no TLS.
func handshakeError(err error) error {
	var verify *tls.CertificateVerificationError
	if errors.As(err, &verify) {
		return fmt.Errorf("its certificate does not verify (%w): give --ca FILE or --insecure", verify.Err)
	}
	return fmt.Errorf("no TLS can be agreed on: %w", reason(err))
}

// startTLS reads the greeting and has the server begin TLS (RFC 3501 section
// 6.2.1). It reads octet by octet: what comes behind the last line is TLS.
func startTLS(conn net.Conn) (greeting []byte, err error) {
	if greeting, err = readLine(conn); err != nil {
		return nil, fmt.Errorf("its greeting: %w", err)
	}
	if !bytes.HasPrefix(greeting, []byte("* OK")) {
		return nil, fmt.Errorf("no STARTTLS after the greeting %q", greeting)
	}
	if _, err := conn.Write([]byte("S STARTTLS\r\n")); err != nil {
		return nil, fmt.Errorf("sending STARTTLS: %w", reason(err))
	}
	for {
		line, err := readLine(conn)
		if err != nil {
			return nil, fmt.Errorf("the answer to STARTTLS: %w", err)
		}
		if rest, ok := bytes.CutPrefix(line, []byte("S ")); ok {
			if !strings.HasPrefix(strings.ToUpper(string(rest)), "OK") {
				return nil, fmt.Errorf("STARTTLS was refused: %s", strings.TrimSpace(string(rest)))
			}
			return greeting, nil
		}
	}
}

// readLine reads up to a line feed.
func readLine(conn net.Conn) ([]byte, error) {
	const longest = 8192
	var line []byte
	for b := make([]byte, 1); len(line) < longest; {
		if _, err := conn.Read(b); err != nil {
			return nil, reason(err)
		}
		if line = append(line, b[0]); b[0] == '\n' {
			return line, nil
		}
	}
	return nil, errors.New("the line has no end")
}

// greeted is a connection whose greeting has been read: it is read once more.
type greeted struct {
	*tls.Conn
	greeting []byte
}

// Read implements net.Conn.
func (c *greeted) Read(b []byte) (int, error) {
	if len(c.greeting) > 0 {
		n := copy(b, c.greeting)
		c.greeting = c.greeting[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}

// certificate makes a key and a certificate for localhost and 127.0.0.1, signed by
// itself, in the form that servers read from files.
func certificate() (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(now.UnixNano()),
		Subject:               pkix.Name{CommonName: "localhost"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.AddDate(1, 0, 0),
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), nil
}
