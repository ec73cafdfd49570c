package target

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

// tlsServers serve the same account on loopback: at one address with TLS from the
// start, at the other with STARTTLS, and no LOGIN before it. The file holds the
// certificate.
func tlsServers(t *testing.T) (imaps, imap, file string) {
	t.Helper()
	web := httptest.NewTLSServer(nil) // it has a certificate for 127.0.0.1
	t.Cleanup(web.Close)
	config := &tls.Config{Certificates: web.TLS.Certificates}
	file = filepath.Join(t.TempDir(), "cert.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	require.NoError(t, os.WriteFile(file, cert, 0o600))

	users := imapmemserver.New()
	u := imapmemserver.NewUser(model.User, model.Password)
	require.NoError(t, u.Create("INBOX", nil))
	users.AddUser(u)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return users.NewSession(), nil, nil
		},
		TLSConfig: config,
		Logger:    log.New(io.Discard, "", 0),
	})
	t.Cleanup(func() { server.Close() })
	listen := func(wrap func(net.Listener) net.Listener) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		go server.Serve(wrap(l))
		return l.Addr().String()
	}
	imaps = "imaps://" + listen(func(l net.Listener) net.Listener { return tls.NewListener(l, config) })
	return imaps, "imap://" + listen(func(l net.Listener) net.Listener { return l }), file
}

func TestSecureAddresses(t *testing.T) {
	imaps, imap, file := tlsServers(t)
	const unverified = "its certificate does not verify (x509: certificate signed by unknown authority): give --ca FILE or --insecure"
	for _, c := range []struct {
		name, spec string
		o          Options
		want       string // "" for none
	}{
		{"imaps", imaps, Options{CA: file}, ""},
		{"imaps, insecure", imaps, Options{Insecure: true}, ""},
		{"imaps, unverified", imaps, Options{}, imaps + ": " + unverified},
		{"STARTTLS", imap, Options{StartTLS: true, CA: file}, ""},
		{"STARTTLS, insecure", imap, Options{StartTLS: true, Insecure: true}, ""},
		{"STARTTLS, unverified", imap, Options{StartTLS: true}, imap + ": " + unverified},
		{"another name", strings.Replace(imaps, "127.0.0.1", "localhost", 1), Options{CA: file},
			"its certificate does not verify (x509: certificate is valid for example.com, *.example.com, not localhost)"},
		{"no TLS there", strings.Replace(imap, "imap:", "imaps:", 1), Options{CA: file},
			"no TLS can be agreed on: tls: first record does not look like a TLS handshake"},
		{"not in the clear", imap, Options{}, imap + " takes no LOGIN in the clear: give --starttls"},
		{"no STARTTLS there", listen(t, model.Password, model.User), Options{StartTLS: true, Insecure: true}, "STARTTLS was refused: NO"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tg, err := Open(c.spec, c.o)
			require.NoError(t, err)
			in, err := tg.Open(t.Context(), model.Fixture{Messages: 1})
			if c.want != "" {
				assert.ErrorContains(t, err, c.want)
				return
			}
			require.NoError(t, err)
			defer in.Close()
			conn, err := in.Dial(t.Context())
			require.NoError(t, err)
			got := talk(t, conn, "a LOGIN user pass", "z STATUS INBOX (MESSAGES)")
			assert.Contains(t, got, "(MESSAGES 1)")
			assert.NotContains(t, got, "STARTTLS", "TLS is in effect")
		})
	}
}

func TestSecureOptions(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(empty, []byte("no certificate\n"), 0o600))
	for _, c := range []struct {
		spec string
		o    Options
		want string
	}{
		{"imaps://127.0.0.1", Options{StartTLS: true}, "imaps:// is TLS from the start: --starttls is for imap://"},
		{"imap://127.0.0.1", Options{Insecure: true}, "--ca and --insecure are about TLS: give --starttls, or an address imaps://"},
		{"imap://127.0.0.1", Options{CA: empty}, "--ca and --insecure are about TLS: give --starttls, or an address imaps://"},
		{"imaps://127.0.0.1", Options{CA: empty, Insecure: true}, "--ca and --insecure: give one of them"},
		{"imaps://127.0.0.1", Options{CA: empty}, "--ca: there is no certificate in " + empty},
		{"imaps://127.0.0.1", Options{CA: empty + "x"}, "--ca: open " + empty + "x: no such file or directory"},
	} {
		_, err := Open(c.spec, c.o)
		assert.EqualError(t, err, c.want)
	}
}
