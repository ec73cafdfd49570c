package target

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

// goIMAP is go-imap with one user, whose store is as new as the server.
func goIMAP(boxes ...string) *imapserver.Server {
	user := imapmemserver.NewUser(model.User, model.Password)
	for _, name := range append(boxes, "INBOX") {
		_ = user.Create(name, nil) // there is none yet
	}
	users := imapmemserver.New()
	users.AddUser(user)
	return imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return users.NewSession(), nil, nil
		},
		Logger: &crashLog{}, InsecureAuth: true,
	})
}

// A server for each trace, with the fixture and nothing else; several at a time.
func TestServe(t *testing.T) {
	var started, returned atomic.Int32
	tg, err := Serve("mine", func(l net.Listener) error {
		started.Add(1)
		defer returned.Add(1)
		return goIMAP("Sent").Serve(l)
	}, Options{})
	require.NoError(t, err)
	assert.Equal(t, "mine", tg.Name())
	assert.Greater(t, Accounts(tg), 1000)
	var open []Instance
	for _, n := range []int{2, 0, 3} {
		in, err := tg.Open(t.Context(), model.Fixture{Messages: n})
		require.NoError(t, err)
		open = append(open, in)
		for range 2 {
			conn, err := in.Dial(t.Context())
			require.NoError(t, err)
			got := talk(t, conn, "a LOGIN user pass", "b SELECT INBOX", `c LIST "" *`, "z NOOP")
			assert.Contains(t, got, fmt.Sprintf("* %d EXISTS", n))
			assert.Equal(t, 1, strings.Count(got, "* LIST"), got)
		}
	}
	for _, in := range open {
		require.NoError(t, in.Close())
	}
	require.NoError(t, tg.Close())
	assert.Equal(t, int32(3), started.Load())
	assert.Equal(t, int32(3), returned.Load(), "Close has waited")
}

func TestServeErrors(t *testing.T) {
	o := Options{Timeout: 300 * time.Millisecond}
	hold := make(chan struct{})
	defer close(hold)
	for name, c := range map[string]struct {
		serve       func(net.Listener) error
		open, close string
	}{
		"an error":      {func(net.Listener) error { return errors.New("no disk") }, "mine: its function has returned although the listener is open: no disk", ""},
		"nothing":       {func(net.Listener) error { return nil }, "mine: its function has returned although the listener is open", ""},
		"after a while": {func(l net.Listener) error { _, err := l.Accept(); return errors.Join(err, errors.New("no disk")) }, "no disk", ""},
		"closes at once": {func(l net.Listener) error {
			for {
				c, err := l.Accept()
				if err != nil {
					return err
				}
				c.Close()
			}
		}, "mine closed the connection before its greeting", ""},
		"never returns": {func(net.Listener) error { <-hold; return nil }, "mine did not send its greeting within 300ms",
			"mine: its function has not returned 300ms after its listener was closed (1 of them)"},
	} {
		t.Run(name, func(t *testing.T) {
			tg, err := Serve("mine", c.serve, o)
			require.NoError(t, err)
			_, err = tg.Open(t.Context(), model.Fixture{Messages: 1})
			assert.ErrorContains(t, err, c.open)
			assert.NotContains(t, err.Error(), "\n")
			if err := tg.Close(); c.close == "" {
				assert.NoError(t, err)
			} else {
				assert.EqualError(t, err, c.close)
			}
		})
	}
	_, err := Serve("mine", goIMAP().Serve, Options{User: "u%d"})
	assert.ErrorContains(t, err, "is a pattern")
	_, err = Serve("mine", goIMAP().Serve, Options{Insecure: true})
	assert.ErrorContains(t, err, "about TLS")
}

// What a new server refuses to show is not there; what it shows has to be right.
func TestServeTrusts(t *testing.T) {
	half := func(status string) func(net.Listener) error {
		return func(l net.Listener) error {
			c, err := l.Accept()
			if err != nil {
				return err
			}
			defer c.Close()
			_, _ = io.WriteString(c, "* OK hello\r\n")
			for in := bufio.NewScanner(c); in.Scan(); {
				tag, rest, _ := strings.Cut(in.Text(), " ")
				switch command, _, _ := strings.Cut(rest, " "); command {
				case "LIST", "LSUB":
					_, _ = io.WriteString(c, tag+" BAD what?\r\n")
				case "STATUS":
					_, _ = io.WriteString(c, strings.ReplaceAll(status, "TAG", tag))
				default:
					_, _ = io.WriteString(c, tag+" OK done\r\n")
				}
			}
			_, err = l.Accept()
			return err
		}
	}
	for status, want := range map[string]string{
		"TAG BAD what?\r\n": "",
		"TAG OK done\r\n":   "",
		"* STATUS INBOX (MESSAGES 7)\r\nTAG OK done\r\n": `preparing the account "user": mine: INBOX should hold 0 messages now, STATUS says 7`,
	} {
		tg, err := Serve("mine", half(status), Options{})
		require.NoError(t, err)
		in, err := tg.Open(t.Context(), model.Fixture{})
		if want == "" {
			require.NoError(t, err)
			require.NoError(t, in.Close())
		} else {
			assert.EqualError(t, err, want)
		}
		assert.NoError(t, tg.Close())
	}
}

// One store behind a function, which is emptied between traces; over a connection
// that holds no octets as well.
func TestDial(t *testing.T) {
	for name, dial := range map[string]func(*testing.T) func(context.Context) (net.Conn, error){
		"TCP": func(t *testing.T) func(context.Context) (net.Conn, error) {
			addr := strings.TrimPrefix(listen(t, model.Password, model.User), "imap://")
			return func(ctx context.Context) (net.Conn, error) {
				var d net.Dialer
				return d.DialContext(ctx, "tcp", addr)
			}
		},
		"net.Pipe": func(*testing.T) func(context.Context) (net.Conn, error) {
			server := goIMAP()
			return func(context.Context) (net.Conn, error) {
				client, theirs := net.Pipe()
				return client, server.Serve(&single{conn: theirs})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			tg, err := Dial("mine", dial(t), Options{})
			require.NoError(t, err)
			for _, n := range []int{2, 0} {
				in, err := tg.Open(t.Context(), model.Fixture{Messages: n})
				require.NoError(t, err)
				conn, err := in.Dial(t.Context())
				require.NoError(t, err)
				got := talk(t, conn, "a LOGIN user pass", "b SELECT INBOX", `c LIST "" *`, "d CREATE deep/er", "z NOOP")
				assert.Contains(t, got, fmt.Sprintf("* %d EXISTS", n))
				assert.Equal(t, 1, strings.Count(got, "* LIST"), got)
				require.NoError(t, in.Close())
			}
			require.NoError(t, tg.Close())
		})
	}
}

func TestDialErrors(t *testing.T) {
	for want, dial := range map[string]func(context.Context) (net.Conn, error){
		"cannot reach mine: no line": func(context.Context) (net.Conn, error) { return nil, errors.New("no line") },
		"cannot reach mine: the function that dials returned no connection and no error": func(context.Context) (net.Conn, error) {
			return nil, nil
		},
		"cannot reach mine: context deadline exceeded": func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
		"mine closed the connection before its greeting": func(context.Context) (net.Conn, error) {
			client, server := net.Pipe()
			return client, server.Close()
		},
	} {
		tg, err := Dial("mine", dial, Options{Timeout: 100 * time.Millisecond})
		require.NoError(t, err)
		_, err = tg.Open(t.Context(), model.Fixture{})
		assert.EqualError(t, err, want)
	}
}

// Octets that nobody reads are in nobody's way, and what was written before the close
// arrives.
func TestBuffered(t *testing.T) {
	near, far := net.Pipe()
	c := buffered(near)
	big := strings.Repeat("x", 1<<20)
	_, err := io.WriteString(c, big)
	require.NoError(t, err)
	sent := make(chan error, 1)
	go func() {
		_, err := io.WriteString(far, big)
		sent <- errors.Join(err, far.Close())
	}()
	require.NoError(t, <-sent, "both have written before either has read")
	got, err := io.ReadAll(c)
	require.NoError(t, err)
	assert.Len(t, got, len(big))
	require.NoError(t, c.Close())
}
