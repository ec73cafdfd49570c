package target

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

// talk sends lines and returns everything up to the completion of the last,
// whose tag is "z". The greeting is skipped.
func talk(t testing.TB, conn net.Conn, lines ...string) string {
	t.Helper()
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	in := bufio.NewReader(conn)
	_, err := in.ReadString('\n')
	require.NoError(t, err)
	_, err = fmt.Fprint(conn, strings.Join(lines, "\r\n")+"\r\n")
	require.NoError(t, err)
	var all strings.Builder
	for {
		line, err := in.ReadString('\n')
		all.WriteString(line)
		if err != nil || strings.HasPrefix(line, "z ") {
			return all.String()
		}
	}
}

func TestMemFixture(t *testing.T) {
	tg, err := Open("mem", Options{})
	require.NoError(t, err)
	assert.Equal(t, "mem", tg.Name())
	for _, n := range []int{0, 1, 7} {
		in, err := tg.Open(t.Context(), model.Fixture{Messages: n})
		require.NoError(t, err)
		user, password := in.User()
		conn, err := in.Dial(t.Context())
		require.NoError(t, err)
		got := talk(t, conn, "a LOGIN "+user+" "+password, "b SELECT INBOX",
			"c FETCH 1:* (FLAGS INTERNALDATE BODY.PEEK[])", `z LIST "" *`)
		assert.Contains(t, got, fmt.Sprintf("* %d EXISTS\r\n", n))
		assert.Equal(t, 1, strings.Count(got, "* LIST "), "INBOX alone")
		for i := range n {
			assert.Contains(t, got, model.FixtureMessage(i))
			assert.Contains(t, got, model.FixtureDate(i).Format("_2-Jan-2006 15:04:05 -0700"))
		}
		assert.Equal(t, n, strings.Count(got, "FLAGS ()")-strings.Count(got, "* FLAGS ()"))
		require.NoError(t, in.Close())
		_, err = in.Dial(t.Context())
		assert.ErrorIs(t, err, net.ErrClosed)
	}
	require.NoError(t, tg.Close())
}

func TestMemInstancesAreApart(t *testing.T) {
	tg, err := Open("mem:preauth", Options{})
	require.NoError(t, err)
	assert.Equal(t, "mem:preauth", tg.Name())
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			in, err := tg.Open(t.Context(), model.Fixture{})
			require.NoError(t, err)
			defer in.Close()
			one, err := in.Dial(t.Context())
			require.NoError(t, err)
			talk(t, one, "a CREATE box", "z NOOP")
			two, err := in.Dial(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 2, strings.Count(talk(t, two, `z LIST "" *`), "* LIST "))
		})
	}
	all.Wait()
}

// With STARTTLS nobody is let in without it.
func TestMemTLS(t *testing.T) {
	tg, err := Open("mem:tls", Options{})
	require.NoError(t, err)
	assert.Equal(t, "mem:tls", tg.Name())
	config, err := serverTLS()
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(config.Certificates[0].Certificate[0])
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	for range 2 {
		in, err := tg.Open(t.Context(), model.Fixture{Messages: 1})
		require.NoError(t, err)
		defer in.Close()
		conn, err := in.Dial(t.Context())
		require.NoError(t, err)
		got := talk(t, conn, "a CAPABILITY", "b LOGIN user pass", "z STARTTLS")
		assert.Contains(t, got, " STARTTLS LOGINDISABLED\r\n")
		assert.Contains(t, got, "b NO ")
		assert.Contains(t, got, "z OK ")
		secure := tls.Client(conn, &tls.Config{RootCAs: roots, ServerName: "localhost"})
		require.NoError(t, secure.HandshakeContext(t.Context()), "the certificate is that of the process")
		_, err = fmt.Fprint(secure, "c LOGIN user pass\r\n")
		require.NoError(t, err)
		line, err := bufio.NewReader(secure).ReadString('\n')
		require.NoError(t, err)
		assert.Contains(t, line, "c OK ")
	}
}

// TestMemCrash uses a flaw of go-imap v2.0.0-beta.8: the end of a partial FETCH
// overflows.
func TestMemCrash(t *testing.T) {
	tg, err := Open("mem:preauth", Options{})
	require.NoError(t, err)
	crash := func(lines ...string) string {
		in, err := tg.Open(t.Context(), model.Fixture{Messages: 1})
		require.NoError(t, err)
		defer in.Close()
		conn, err := in.Dial(t.Context())
		require.NoError(t, err)
		talk(t, conn, append([]string{"a SELECT INBOX"}, lines...)...)
		return in.(interface{ Crashed() string }).Crashed()
	}
	text := crash("z FETCH 1 BODY[]<1.9223372036854775807>")
	assert.Contains(t, text, "out of range")
	assert.Contains(t, text, "imapserver.(*Conn).readCommand", "the stack")
	assert.Empty(t, crash("z NOOP"), "of another instance")
}

func TestMemLogsWithoutPanic(t *testing.T) {
	var l crashLog
	l.Printf("failed to read command: %v", "x")
	assert.Empty(t, l.String())
	l.Printf("panic handling command: %v\n%s", "first", "stack")
	l.Printf("panic handling command: %v\n%s", "second", "stack")
	assert.Equal(t, "panic handling command: first\nstack\npanic handling command: second", l.String())
}

func BenchmarkMemNoop(b *testing.B) {
	tg, err := Open("mem", Options{})
	require.NoError(b, err)
	in, err := tg.Open(b.Context(), model.Fixture{})
	require.NoError(b, err)
	defer in.Close()
	conn, err := in.Dial(b.Context())
	require.NoError(b, err)
	talk(b, conn, "z NOOP")
	roundTrips(b, conn)
}

func BenchmarkMemOpen(b *testing.B) {
	tg, err := Open("mem", Options{})
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		in, err := tg.Open(b.Context(), model.Fixture{Messages: 2})
		if err != nil {
			b.Fatal(err)
		}
		in.Close()
	}
}
