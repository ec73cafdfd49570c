package fuzz

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// patience is the timeout of a session that ends so, after those responses: short
// where the timeout is what is tested, and long where a slow machine would
// disturb the test.
func patience(end model.End, responses string) time.Duration {
	if end == model.Silent || end == model.Open && strings.Contains(responses, "* BYE") {
		return 100 * time.Millisecond
	}
	return time.Minute
}

func simple(verb string) model.Command { return model.Simple{Verb: verb} }

var login = model.LoginCmd{User: model.A(model.User), Password: model.A(model.Password)}

// openMem is a session with go-imap's server whose greeting has been read.
func openMem(t testing.TB, spec string) *Session {
	t.Helper()
	tg, err := target.Open(spec, target.Options{})
	require.NoError(t, err)
	in, err := tg.Open(t.Context(), model.Fixture{Messages: 2})
	require.NoError(t, err)
	s, err := Dial(t.Context(), in, 0, SessionOptions{Timeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() {
		s.Close()
		in.Close()
		tg.Close()
	})
	reply, err := s.Greeting()
	require.NoError(t, err)
	require.Len(t, reply.Responses, 1)
	require.Equal(t, model.Open, reply.End)
	return s
}

// raws are the responses as the server sent them, one a line.
func raws(r model.Reply) string {
	var b strings.Builder
	for _, x := range r.Responses {
		b.WriteString(x.Raw)
		b.WriteByte('\n')
	}
	return b.String()
}

// do sends a command that has to leave the connection in the state end.
func do(t *testing.T, s *Session, tag string, c model.Command, end model.End) model.Reply {
	t.Helper()
	reply, err := s.Do(tag, c)
	require.NoError(t, err)
	require.Equal(t, end, reply.End, "%s", raws(reply))
	return reply
}

func TestSessionWithMem(t *testing.T) {
	s := openMem(t, "mem")
	r := do(t, s, "A1", simple("NOOP"), model.Open)
	assert.Equal(t, "A1 OK NOOP completed\n", raws(r))

	r = do(t, s, "A2", model.LoginCmd{
		User:     model.AString{S: model.User, Form: model.Literal},
		Password: model.AString{S: model.Password, Form: model.Literal},
	}, model.Open)
	require.Len(t, r.Responses, 3, raws(r))
	assert.Equal(t, "+", r.Responses[0].Tag)
	assert.Equal(t, "+", r.Responses[1].Tag)
	assert.Equal(t, model.OK, r.Responses[2].Status)

	r = do(t, s, "A3", model.Mailbox{Verb: "SELECT", Box: model.A("INBOX")}, model.Open)
	assert.Contains(t, raws(r), "* 2 EXISTS\n")
	assert.Equal(t, "A3", r.Responses[len(r.Responses)-1].Tag)

	r = do(t, s, "A4", model.Fetch{Set: model.One(1), Items: []string{"RFC822.SIZE", "INTERNALDATE"}}, model.Open)
	assert.Contains(t, raws(r), fmt.Sprintf("RFC822.SIZE %d", len(model.FixtureMessage(0))))
	assert.Contains(t, raws(r), model.FixtureDate(0).Format("_2-Jan-2006 15:04:05"))

	r = do(t, s, "A5", model.Append{Box: model.A("INBOX"), Message: "Subject: x\r\n\r\n"}, model.Open)
	assert.Contains(t, raws(r), "* 3 EXISTS\n")

	r = do(t, s, "A6", simple("LOGOUT"), model.Closed)
	assert.Len(t, r.Responses, 2, raws(r))
	r = do(t, s, "A7", simple("NOOP"), model.Closed)
	assert.Empty(t, r.Responses, "the session is over")
}

func TestSessionPreauth(t *testing.T) {
	s := openMem(t, "mem:preauth")
	r := do(t, s, "A1", model.StatusCmd{Box: model.A("INBOX"), Items: []string{"MESSAGES"}}, model.Open)
	assert.Contains(t, raws(r), "MESSAGES 2")
}

func TestSessionAuthenticate(t *testing.T) {
	const right, wrong = "AHVzZXIAcGFzcw==", "AHVzZXIAbm8=" // user and pass, user and no
	for _, c := range []struct {
		name   string
		lines  []string
		status model.Status
	}{
		{"right", []string{right}, model.OK},
		{"wrong", []string{wrong}, model.NO},
		{"cancelled", []string{"*"}, model.BAD},
		{"no line", nil, model.BAD},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openMem(t, "mem")
			r := do(t, s, "A1", model.Authenticate{Mechanism: "PLAIN", Lines: c.lines}, model.Open)
			require.Len(t, r.Responses, 2, raws(r))
			assert.True(t, isContinuation(&r.Responses[0]))
			assert.Equal(t, c.status, r.Responses[1].Status)
			do(t, s, "A2", simple("NOOP"), model.Open)
		})
	}
	t.Run("unknown mechanism", func(t *testing.T) {
		s := openMem(t, "mem")
		r := do(t, s, "A1", model.Authenticate{Mechanism: "X-NONE", Lines: []string{right}}, model.Open)
		require.Len(t, r.Responses, 1, "refused before a line was asked for")
	})
}

// A command in an unusual spelling has the dialogue of the command.
func TestSessionSpelling(t *testing.T) {
	s := openMem(t, "mem:tls")
	do(t, s, "A1", model.Raw{Bytes: "StartTLS"}, model.Open)
	assert.True(t, s.underTLS())
	for _, c := range []struct {
		text      string
		responses int
		status    model.Status
	}{
		{"authenticate plain", 2, model.BAD}, // cancelled
		{"AUTHeNTICATE PLAIN\r\nAHVzZXIAbm8=", 2, model.NO},
		{"Authenticate Plain\r\nAHVzZXIAcGFzcw==", 2, model.OK},
		{"list {0}\r\n {1}\r\n*", 4, model.OK},
		{"idle", 2, model.OK},
	} {
		r := do(t, s, "A2", model.Raw{Bytes: c.text}, model.Open)
		require.Len(t, r.Responses, c.responses, raws(r))
		assert.Equal(t, c.status, r.Responses[c.responses-1].Status, c.text)
	}
	r := do(t, s, "A3", model.Raw{Bytes: "logOut"}, model.Closed)
	assert.Len(t, r.Responses, 2, raws(r))
}

// TestSessionHang: a command that announces a literal and sends none leaves the
// server waiting, which the pipe tells without any timer.
func TestSessionHang(t *testing.T) {
	s := openMem(t, "mem")
	start := time.Now()
	r := do(t, s, "A1", model.Raw{Bytes: "LOGIN {4}"}, model.Silent)
	assert.Less(t, time.Since(start), 10*time.Second)
	assert.Len(t, r.Responses, 1, raws(r))
	do(t, s, "A2", simple("NOOP"), model.Closed)
}

// TestSessionBye: go-imap answers an unknown command before LOGIN with BAD, BYE
// and the end. What comes after the completion belongs to the next command.
func TestSessionBye(t *testing.T) {
	s := openMem(t, "mem")
	r := do(t, s, "A1", model.Experimental{Verb: "XYZZY"}, model.Open)
	assert.Len(t, r.Responses, 1)
	r = do(t, s, "A2", simple("NOOP"), model.Closed)
	assert.Equal(t, "* BYE Unknown command\n", raws(r))
}

func TestSessionsShareAnAccount(t *testing.T) {
	tg, err := target.Open("mem:preauth", target.Options{})
	require.NoError(t, err)
	in, err := tg.Open(t.Context(), model.Fixture{Messages: 1})
	require.NoError(t, err)
	defer in.Close()
	var s [2]*Session
	for i := range s {
		s[i], err = Dial(t.Context(), in, i, SessionOptions{})
		require.NoError(t, err)
		defer s[i].Close()
		_, err = s[i].Greeting()
		require.NoError(t, err)
		do(t, s[i], "A1", model.Mailbox{Verb: "SELECT", Box: model.A("INBOX")}, model.Open)
	}
	do(t, s[0], "A2", model.Append{Box: model.A("INBOX"), Message: "Subject: x\r\n\r\n"}, model.Open)
	r := do(t, s[1], "A3", simple("NOOP"), model.Open)
	assert.Contains(t, raws(r), "* 2 EXISTS\n")
}

func TestSessionContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := dial(t, ctx, SessionOptions{Timeout: time.Minute}, func(c net.Conn, in *bufio.Reader) {
		fmt.Fprint(c, "* OK hi\r\n")
		in.ReadString('\n')
		cancel()
		io.Copy(io.Discard, in)
	})
	_, err := s.Greeting()
	require.NoError(t, err)
	_, err = s.Do("A1", simple("NOOP"))
	assert.ErrorIs(t, err, context.Canceled)
	_, err = s.Do("A2", simple("NOOP"))
	assert.ErrorIs(t, err, context.Canceled)
}

// oneConn is an instance at a TCP address.
type oneConn struct{ addr string }

func (o oneConn) Dial(ctx context.Context) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", o.addr)
}
func (oneConn) User() (name, password string) { return model.User, model.Password }
func (oneConn) Close() error                  { return nil }

// dial connects to a server on loopback that follows a script. The connection
// is closed when the script ends.
func dial(t *testing.T, ctx context.Context, o SessionOptions, script func(net.Conn, *bufio.Reader)) *Session {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	over := make(chan struct{})
	go func() {
		defer close(over)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		script(c, bufio.NewReader(c))
	}()
	s, err := Dial(ctx, oneConn{l.Addr().String()}, 0, o)
	require.NoError(t, err)
	t.Cleanup(func() {
		s.Close()
		l.Close()
		<-over
	})
	return s
}

func TestSessionDialFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l.Close()
	_, err = Dial(t.Context(), oneConn{l.Addr().String()}, 3, SessionOptions{})
	assert.ErrorContains(t, err, "connection 3: ")
}

// hold keeps the connection open until the client closes it.
func hold(in *bufio.Reader) { io.Copy(io.Discard, in) }

func TestSessionWithBadGreeting(t *testing.T) {
	limits := wire.Limits{Line: 1000, Literal: 1000, Total: 5000, Depth: 10}
	for _, c := range []struct {
		name   string
		script func(net.Conn, *bufio.Reader)
		want   string
		end    model.End
	}{
		{"none", func(c net.Conn, in *bufio.Reader) { hold(in) }, "", model.Silent},
		{"closed before it", func(net.Conn, *bufio.Reader) {}, "", model.Closed},
		{"closed within it", func(c net.Conn, in *bufio.Reader) { fmt.Fprint(c, "* OK h") }, "* OK h\n", model.Closed},
		{"stops within it", func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* OK h")
			hold(in)
		}, "* OK h\n", model.Silent},
		{"BYE", func(c net.Conn, in *bufio.Reader) { fmt.Fprint(c, "* BYE go\r\n") }, "* BYE go\n", model.Closed},
		{"BYE and more", func(c net.Conn, in *bufio.Reader) { fmt.Fprint(c, "* BYE go\r\n* OK\r\n") }, "* BYE go\n* OK\n", model.Closed},
		{"BYE but open", func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* BYE go\r\n")
			hold(in)
		}, "* BYE go\n", model.Open},
		{"not IMAP", func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "220 ESMTP\r\n")
			hold(in)
		}, "220 ESMTP\n", model.Open},
		{"byte by byte", func(c net.Conn, in *bufio.Reader) {
			trickle(c, "* OK hi\r\n")
			hold(in)
		}, "* OK hi\n", model.Open},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := dial(t, t.Context(), SessionOptions{Timeout: patience(c.end, c.want), Limits: limits}, c.script)
			r, err := s.Greeting()
			require.NoError(t, err)
			assert.Equal(t, c.end, r.End)
			assert.Equal(t, c.want, raws(r))
			if n := len(r.Responses); n > 0 && strings.HasSuffix(c.name, "within it") {
				require.NotNil(t, r.Responses[n-1].Syntax)
				assert.Equal(t, 6, r.Responses[n-1].Syntax.Offset)
			}
		})
	}
	t.Run("flood", func(t *testing.T) {
		t.Parallel()
		s := dial(t, t.Context(), SessionOptions{Limits: limits}, func(c net.Conn, in *bufio.Reader) {
			forever(c, "* OK ")
		})
		r, err := s.Greeting()
		require.NoError(t, err)
		assert.Equal(t, model.Flooded, r.End)
		require.Len(t, r.Responses, 1)
		assert.NotNil(t, r.Responses[0].Syntax)
		assert.True(t, strings.HasPrefix(r.Responses[0].Raw, "* OK "))
	})
}

// trickle writes text in pieces of one octet.
func trickle(c net.Conn, text string) {
	for i := range len(text) {
		if _, err := c.Write([]byte{text[i]}); err != nil {
			return
		}
	}
}

// forever writes text until the client has gone.
func forever(c net.Conn, text string) {
	text = strings.Repeat(text, 1000)
	for {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
	}
}

func TestSessionWithBadServer(t *testing.T) {
	limits := wire.Limits{Line: 1000, Literal: 1000, Total: 5000, Depth: 10}
	literal := model.Mailbox{Verb: "CREATE", Box: model.AString{S: "box", Form: model.Literal}}
	for _, c := range []struct {
		name   string
		cmd    model.Command
		script func(c net.Conn, in *bufio.Reader) // after the command's first line
		want   string                             // "?" if it depends
		end    model.End
	}{
		{"no answer", simple("NOOP"), func(c net.Conn, in *bufio.Reader) { hold(in) }, "", model.Silent},
		{"closed", simple("NOOP"), func(c net.Conn, in *bufio.Reader) {}, "", model.Closed},
		{"closed in mid-line", simple("NOOP"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* 1 EXISTS\r\nA1 O")
		}, "* 1 EXISTS\nA1 O\n", model.Closed},
		{"closed in a literal", simple("NOOP"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* 1 FETCH (BODY[] {9}\r\nabc")
		}, "* 1 FETCH (BODY[] {9}\r\nabc\n", model.Closed},
		{"flood without a line end", simple("NOOP"), func(c net.Conn, in *bufio.Reader) {
			forever(c, "x")
		}, "?", model.Flooded},
		{"flood of a literal", simple("NOOP"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* 1 FETCH (BODY[] {4000000000}\r\n")
			forever(c, "x")
		}, "?", model.Flooded},
		{"flood of responses", simple("NOOP"), func(c net.Conn, in *bufio.Reader) {
			forever(c, "* 1 EXISTS\r\n")
		}, "?", model.Flooded},
		{"stalls after an announced literal", literal, func(c net.Conn, in *bufio.Reader) { hold(in) }, "", model.Silent},
		{"stalls after the literal", literal, func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "+ go\r\n")
			hold(in)
		}, "+ go\n", model.Silent},
		{"closes after an announced literal", literal, func(c net.Conn, in *bufio.Reader) {}, "", model.Closed},
		{"completes in the place of +", literal, func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* OK wait\r\nA1 NO too long\r\n")
			hold(in)
		}, "* OK wait\nA1 NO too long\n", model.Open},
		{"wrong tag", simple("NOOP"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "A10 OK done\r\n")
			hold(in)
		}, "A10 OK done\n", model.Silent},
		{"+ unasked", simple("NOOP"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "+ go\r\nA1 OK done\r\n")
			hold(in)
		}, "+ go\nA1 OK done\n", model.Open},
		{"a completion with a flaw", simple("NOOP"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "A1 FINE done\r\n")
			hold(in)
		}, "A1 FINE done\n", model.Open},
		{"a completion with a bare LF", simple("NOOP"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "A1 OK done\n")
			hold(in)
		}, "A1 OK done\n\n", model.Open},
		{"byte by byte", simple("NOOP"), func(c net.Conn, in *bufio.Reader) {
			trickle(c, "* 1 FETCH (BODY[] {3}\r\nabc)\r\nA1 OK done\r\n")
			hold(in)
		}, "* 1 FETCH (BODY[] {3}\r\nabc)\nA1 OK done\n", model.Open},
		{"BYE", simple("NOOP"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* BYE shutdown\r\nA1 OK done\r\n* OK still here\r\n")
		}, "* BYE shutdown\nA1 OK done\n* OK still here\n", model.Closed},
		{"EXPUNGE with the completion", simple("NOOP"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "A1 OK done\r\n* 1 EXPUNGE\r\n* 1 EXISTS\r\n")
			hold(in)
		}, "A1 OK done\n* 1 EXPUNGE\n", model.Open},
		{"BYE without an end", simple("NOOP"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* BYE shutdown\r\n")
			hold(in)
		}, "* BYE shutdown\n", model.Silent},
		{"LOGOUT without an end", simple("LOGOUT"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* BYE bye\r\nA1 OK done\r\n")
			hold(in)
		}, "* BYE bye\nA1 OK done\n", model.Open},
		{"LOGOUT without BYE", simple("LOGOUT"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "A1 OK done\r\n")
		}, "A1 OK done\n", model.Closed},
		{"LOGOUT refused", simple("LOGOUT"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "A1 BAD what\r\n")
			hold(in)
		}, "A1 BAD what\n", model.Open},
		{"LOGOUT then BYE", simple("LOGOUT"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "A1 OK done\r\n* BYE bye\r\n")
		}, "A1 OK done\n* BYE bye\n", model.Closed},
		{"asks on and on", model.Authenticate{Mechanism: "X", Lines: []string{"YQ=="}}, func(c net.Conn, in *bufio.Reader) {
			var said []string
			for range 3 {
				fmt.Fprint(c, "+ \r\n")
				line, _ := in.ReadString('\n')
				said = append(said, strings.TrimSpace(line))
			}
			fmt.Fprintf(c, "A1 BAD %s\r\n", strings.Join(said, " "))
			hold(in)
		}, "+ \n+ \n+ \nA1 BAD YQ== * *\n", model.Open},
		{"IDLE", simple("IDLE"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* OK wait\r\n+ idling\r\n* 3 EXISTS\r\n")
			line, _ := in.ReadString('\n')
			fmt.Fprintf(c, "A1 OK %q\r\n", line)
			hold(in)
		}, "* OK wait\n+ idling\n* 3 EXISTS\nA1 OK \"DONE\\r\\n\"\n", model.Open},
		{"IDLE in lower case", model.Raw{Bytes: "idle"}, func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "+ idling\r\n")
			line, _ := in.ReadString('\n')
			fmt.Fprintf(c, "A1 OK %q\r\n", line)
			hold(in)
		}, "+ idling\nA1 OK \"DONE\\r\\n\"\n", model.Open},
		{"IDLE that is malformed", model.Raw{Bytes: "IDLE ("}, func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "A1 BAD what\r\n")
			hold(in)
		}, "A1 BAD what\n", model.Open},
		{"IDLE refused", simple("IDLE"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "A1 NO not now\r\n")
			hold(in)
		}, "A1 NO not now\n", model.Open},
		{"IDLE without a +", simple("IDLE"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* 3 EXISTS\r\n")
			hold(in)
		}, "* 3 EXISTS\n", model.Silent},
		{"IDLE without an end", simple("IDLE"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "+ idling\r\n")
			hold(in)
		}, "+ idling\n", model.Silent},
		{"IDLE and BYE", simple("IDLE"), func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* BYE autologout\r\n")
		}, "* BYE autologout\n", model.Closed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := dial(t, t.Context(), SessionOptions{Timeout: patience(c.end, c.want), Limits: limits}, func(conn net.Conn, in *bufio.Reader) {
				fmt.Fprint(conn, "* OK hi\r\n")
				in.ReadString('\n')
				c.script(conn, in)
			})
			_, err := s.Greeting()
			require.NoError(t, err)
			r, err := s.Do("A1", c.cmd)
			require.NoError(t, err)
			assert.Equal(t, c.end, r.End)
			if c.want != "?" {
				assert.Equal(t, c.want, raws(r))
			}
			if r.End != model.Open {
				r, err = s.Do("A2", simple("NOOP"))
				require.NoError(t, err)
				assert.Equal(t, model.Reply{End: model.Closed}, r)
			}
		})
	}
}

// pieces is a connection that keeps what is written to it, piece by piece.
type pieces struct {
	net.Conn
	written []string
}

func (p *pieces) Write(b []byte) (int, error) {
	p.written = append(p.written, string(b))
	return p.Conn.Write(b)
}

// TestSessionPlus: a non-synchronizing literal goes out with its command, and
// nobody asks for it (RFC 7888).
func TestSessionPlus(t *testing.T) {
	const sent = "A1 LOGIN {4+}\r\nuser {4+}\r\npass\r\n"
	s := dial(t, t.Context(), SessionOptions{Timeout: time.Minute}, func(c net.Conn, in *bufio.Reader) {
		fmt.Fprint(c, "* OK hi\r\n")
		io.ReadFull(in, make([]byte, len(sent)))
		fmt.Fprint(c, "A1 OK done\r\n")
		hold(in)
	})
	_, err := s.Greeting()
	require.NoError(t, err)
	log := &pieces{Conn: s.conn}
	s.conn = log
	do(t, s, "A1", model.LoginCmd{
		User:     model.AString{S: "user", Form: model.LiteralPlus},
		Password: model.AString{S: "pass", Form: model.LiteralPlus},
	}, model.Open)
	assert.Equal(t, []string{sent}, log.written)
}

// TestSessionWriteFails: a server that closes before it has read everything
// may still have said why.
func TestSessionWriteFails(t *testing.T) {
	s := dial(t, t.Context(), SessionOptions{}, func(c net.Conn, in *bufio.Reader) {
		fmt.Fprint(c, "* OK hi\r\n")
		in.ReadString('\n')
		fmt.Fprint(c, "A1 OK done\r\n* BYE tired\r\n")
	})
	_, err := s.Greeting()
	require.NoError(t, err)
	do(t, s, "A1", simple("NOOP"), model.Open)
	r := do(t, s, "A2", model.Raw{Bytes: strings.Repeat("x", 8<<20)}, model.Closed)
	assert.Equal(t, "* BYE tired\n", raws(r))
}

func BenchmarkNoop(b *testing.B) {
	s := openMem(b, "mem")
	noop := simple("NOOP")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Do("A1", noop); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
}

// BenchmarkFresh opens a fresh account, logs in, sends NOOP and logs out.
func BenchmarkFresh(b *testing.B) {
	tg, err := target.Open("mem", target.Options{})
	require.NoError(b, err)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	cmds := []model.Command{login, simple("NOOP"), simple("LOGOUT")}
	b.ReportAllocs()
	for b.Loop() {
		in, err := tg.Open(ctx, model.Fixture{Messages: 2})
		if err != nil {
			b.Fatal(err)
		}
		s, err := Dial(ctx, in, 0, SessionOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Greeting(); err != nil {
			b.Fatal(err)
		}
		for _, c := range cmds {
			if _, err := s.Do("A1", c); err != nil {
				b.Fatal(err)
			}
		}
		s.Close()
		in.Close()
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sessions/s")
}
