package target

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

// listen serves go-imap with the users on loopback and returns the spec.
func listen(t *testing.T, password string, names ...string) string {
	t.Helper()
	users := imapmemserver.New()
	for _, name := range names {
		u := imapmemserver.NewUser(name, password)
		require.NoError(t, u.Create("INBOX", nil))
		users.AddUser(u)
	}
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return users.NewSession(), nil, nil
		},
		Logger:       &crashLog{},
		InsecureAuth: true,
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return "imap://" + l.Addr().String()
}

func TestAddressEmptiesTheAccount(t *testing.T) {
	tg, err := Open(listen(t, model.Password, model.User), Options{})
	require.NoError(t, err)
	for round := range 2 {
		for _, n := range []int{3, 0} {
			in, err := tg.Open(t.Context(), model.Fixture{Messages: n})
			require.NoError(t, err, "round %d", round)
			conn, err := in.Dial(t.Context())
			require.NoError(t, err)
			got := talk(t, conn, "a LOGIN user pass", `b LIST "" *`, `c LSUB "" *`, "d SELECT INBOX",
				"e FETCH 1:* (FLAGS INTERNALDATE BODY.PEEK[])",
				"f CREATE deep", "g CREATE deep/er", `h CREATE "deep/er/still more"`, "i SUBSCRIBE deep/er",
				"j SUBSCRIBE INBOX", "k COPY 1:* deep/er", "z NOOP")
			list, _, _ := strings.Cut(got, "b OK")
			assert.Equal(t, 1, strings.Count(list, "* LIST "), got)
			assert.NotContains(t, got, "* LSUB", "no subscription is left")
			assert.Contains(t, got, fmt.Sprintf("* %d EXISTS", n))
			for i := range n {
				assert.Contains(t, got, model.FixtureMessage(i))
				assert.Contains(t, got, model.FixtureDate(i).Format("_2-Jan-2006 15:04:05 -0700"))
			}
			assert.Equal(t, n, strings.Count(got, "FLAGS ()")-strings.Count(got, "* FLAGS ()"))
			require.NoError(t, in.Close())
			require.NoError(t, in.Close(), "twice")
		}
	}
}

func TestAddressAccountsInTurn(t *testing.T) {
	const secret = `hunter"2 \`
	spec := listen(t, secret, "u1x", "u2x", "u3x")
	tg, err := Open(spec+"/", Options{User: "u%dx", Users: 3, Password: secret})
	require.NoError(t, err)
	assert.Equal(t, spec, tg.Name())
	open := func() Instance {
		in, err := tg.Open(t.Context(), model.Fixture{Messages: 1})
		require.NoError(t, err)
		return in
	}
	name := func(in Instance) string {
		name, password := in.User()
		assert.Equal(t, secret, password)
		return name
	}
	for _, want := range []string{"u1x", "u2x", "u3x", "u1x"} {
		in := open()
		assert.Equal(t, want, name(in))
		in.Close()
	}
	a, b, c := open(), open(), open()
	assert.Equal(t, "u2x u3x u1x", name(a)+" "+name(b)+" "+name(c))
	_, err = tg.Open(t.Context(), model.Fixture{})
	assert.ErrorContains(t, err, "all accounts are in use (3)")
	b.Close()
	assert.Equal(t, "u3x", name(open()))
	_, err = b.Dial(t.Context())
	assert.ErrorIs(t, err, net.ErrClosed)
}

func TestOpenErrors(t *testing.T) {
	for _, c := range []struct {
		spec string
		o    Options
		want string // "" for none
	}{
		{"foo", Options{}, `unknown target "foo" (known: mem, mem:preauth, mem:tls, reference, dovecot, cyrus, courier, mailutils, gomem1, gluon, ` +
			"imap://HOST:PORT, imaps://HOST:PORT, exec:COMMAND)"},
		{"", Options{}, `unknown target "" (known: mem, mem:preauth, mem:tls, reference, dovecot, cyrus, courier, mailutils, gomem1, gluon, ` +
			"imap://HOST:PORT, imaps://HOST:PORT, exec:COMMAND)"},
		{"imap://", Options{}, `"imap://" is not of the form imap://HOST:PORT`},
		{"imap://:143", Options{}, `"imap://:143" is not of the form imap://HOST:PORT`},
		{"imap://me@127.0.0.1", Options{}, "an address holds no user and no password: give --user and --password-file"},
		{"imap://127.0.0.1:imap", Options{}, `"imap://127.0.0.1:imap" has no port from 1 to 65535`},
		{"imap://127.0.0.1:0", Options{}, `"imap://127.0.0.1:0" has no port from 1 to 65535`},
		{"imap://127.0.0.1:", Options{}, `"imap://127.0.0.1:" has no port from 1 to 65535`},
		{"imap://127.0.0.1", Options{User: "u%d"}, `the user name "u%d" is a pattern: say how many accounts there are`},
		{"imap://mail.example.org", Options{}, "refusing to touch mail.example.org: it is not loopback; " +
			"give --i-may-destroy-this-account if all mail of the account may be lost"},
		{"imap://mail.example.org", Options{Destroy: true}, ""},
		{"imap://localhost:1143", Options{}, ""},
		{"imap://[::1]:1143", Options{}, ""},
		{"imap://[::1]", Options{}, ""},
		{"imap://127.9.9.9", Options{}, ""},
	} {
		_, err := Open(c.spec, c.o)
		if c.want == "" {
			assert.NoError(t, err, c.spec)
			continue
		}
		assert.EqualError(t, err, c.want, c.spec)
	}
}

func TestKnown(t *testing.T) {
	known := Known()
	require.NotEmpty(t, known)
	assert.Equal(t, "mem", known[0].Spec, "the default comes first")
	for _, i := range known {
		assert.NotEmpty(t, i.Text)
	}
}

// misbehave is a server on loopback that follows a script on each connection.
func misbehave(t *testing.T, script func(net.Conn, *bufio.Reader)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				script(c, bufio.NewReader(c))
			}()
		}
	}()
	return "imap://" + l.Addr().String()
}

func TestAddressErrors(t *testing.T) {
	hold := func(in io.Reader) { io.Copy(io.Discard, in) }
	say := func(text string) func(net.Conn, *bufio.Reader) {
		return func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, text)
			hold(in)
		}
	}
	// answers says OK to every command but those that have another answer here.
	answers := func(other map[string]string) func(net.Conn, *bufio.Reader) {
		return func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* OK\r\n") // a flaw, but an IMAP server
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				tag, verb, _ := split(strings.TrimSpace(line))
				answer, ok := other[verb] // TAG in it stands for the command's tag
				if !ok {
					answer = "TAG OK done\r\n"
				}
				fmt.Fprint(c, strings.ReplaceAll(answer, "TAG", tag))
			}
		}
	}
	for _, c := range []struct {
		name   string
		script func(net.Conn, *bufio.Reader)
		want   string // SPEC stands for the spec
	}{
		{"no greeting", say(""), "SPEC did not send its greeting within 100ms"},
		{"closed before it", func(net.Conn, *bufio.Reader) {}, "SPEC closed the connection before its greeting"},
		{"closed within it", func(c net.Conn, _ *bufio.Reader) { fmt.Fprint(c, "* O") },
			"SPEC closed the connection in the middle of a line of its greeting: * O"},
		{"not IMAP", say("220 mail ESMTP \x07\r\n"), "SPEC is not an IMAP server: its greeting is 220 mail ESMTP ?"},
		{"BYE", say("* BYE full\r\n"), "SPEC turns connections away: * BYE full"},
		{"flood", func(c net.Conn, in *bufio.Reader) {
			for piece := strings.Repeat("x", 1<<16); ; {
				if _, err := io.WriteString(c, piece); err != nil {
					return
				}
			}
		}, "SPEC floods the client in its greeting: wire: response exceeds the limit of 1048576 for its line"},
		{"login refused", answers(map[string]string{"LOGIN": "TAG NO [ALERT] go away\r\n"}),
			`LOGIN as "user" was refused: NO [ALERT] go away`},
		{"login refused with the password", answers(map[string]string{"LOGIN": "TAG BAD LOGIN user sesame\r\n"}),
			`LOGIN as "user" was refused: BAD (not shown: it holds the password)`},
		{"login unanswered", func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* OK hi\r\n")
			hold(in)
		}, `SPEC did not send the answer to LOGIN as "user" within 100ms`},
		{"closed in mid-line", func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* OK hi\r\n")
			in.ReadString('\n')
			fmt.Fprint(c, "P1 O")
		}, `SPEC closed the connection in the middle of a line of the answer to LOGIN as "user": P1 O`},
		{"mailbox that stays", answers(map[string]string{
			"LIST": "* LIST () \"/\" INBOX\r\n* LIST () \"/\" keep\r\nTAG OK done\r\n", "DELETE": "TAG NO never\r\n",
		}), `preparing the account "user": DELETE "keep" was refused: NO never`},
		{"subscription that stays", answers(map[string]string{
			"LSUB": "* LSUB () \"/\" keep\r\nTAG OK done\r\n",
		}), `preparing the account "user": SPEC: LSUB still shows "keep" after UNSUBSCRIBE`},
		{"unreadable mailbox", answers(map[string]string{"LIST": "* LIST x\r\nTAG OK done\r\n"}),
			`preparing the account "user": SPEC: cannot make out the mailbox in * LIST x`},
		{"messages that stay", answers(map[string]string{
			"STATUS": "* STATUS INBOX (MESSAGES 4)\r\nTAG OK done\r\n",
		}), `preparing the account "user": SPEC: INBOX should hold 0 messages now, STATUS says 4`},
		{"no count", answers(nil),
			`preparing the account "user": SPEC: STATUS does not say how many messages INBOX holds`},
		{"read-only", answers(map[string]string{
			"SELECT": "* 2 EXISTS\r\nTAG OK [READ-ONLY] done\r\n", "STORE": "TAG NO read-only\r\n",
		}), `preparing the account "user": STORE 1:* +FLAGS.SILENT (\Deleted) was refused: NO read-only`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			spec := misbehave(t, c.script)
			timeout := 100 * time.Millisecond
			if !strings.Contains(c.want, "within 100ms") {
				timeout = 10 * time.Second
			}
			tg, err := Open(spec, Options{Password: "sesame", Timeout: timeout})
			require.NoError(t, err)
			for range 2 { // a failure releases the account
				_, err = tg.Open(t.Context(), model.Fixture{})
				assert.EqualError(t, err, strings.ReplaceAll(c.want, "SPEC", spec))
			}
		})
	}
}

func TestAddressUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l.Close()
	spec := "imap://" + l.Addr().String()
	tg, err := Open(spec, Options{})
	require.NoError(t, err)
	_, err = tg.Open(t.Context(), model.Fixture{})
	assert.EqualError(t, err, "cannot reach "+spec+": connection refused")
}

func TestAddressContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	spec := misbehave(t, func(c net.Conn, in *bufio.Reader) {
		fmt.Fprint(c, "* OK hi\r\n")
		in.ReadString('\n')
		cancel()
		in.ReadString('\n')
	})
	tg, err := Open(spec, Options{Timeout: time.Minute})
	require.NoError(t, err)
	_, err = tg.Open(ctx, model.Fixture{})
	assert.ErrorIs(t, err, context.Canceled)
}
