package fuzz

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// talker is a client that sends lines and reads answers.
type talker struct {
	t testing.TB
	net.Conn
	in *bufio.Reader
	n  int
}

func talk(t testing.TB, in target.Instance) *talker {
	conn, err := in.Dial(context.Background())
	require.NoError(t, err)
	c := &talker{t: t, Conn: conn, in: bufio.NewReader(conn)}
	_, err = c.in.ReadString('\n')
	require.NoError(t, err)
	return c
}

func (c *talker) send(command string) {
	c.n++
	_, err := fmt.Fprintf(c, "t%d %s\r\n", c.n, command)
	require.NoError(c.t, err)
}

// answer reads to the completion of the last command.
func (c *talker) answer() string {
	var b strings.Builder
	for {
		line, err := c.in.ReadString('\n')
		require.NoError(c.t, err)
		if rest, done := strings.CutPrefix(line, fmt.Sprintf("t%d ", c.n)); done {
			return b.String() + rest
		}
		b.WriteString(line)
	}
}

func (c *talker) does(commands ...string) (last string) {
	for _, command := range commands {
		c.send(command)
		last = c.answer()
	}
	return last
}

const appends = "APPEND INBOX {14+}\r\nSubject: x\r\n\r\n"

// overlaps are two commands that races go wrong with.
var overlaps = map[string]struct {
	before []string // on the first connection, with INBOX selected
	a, b   string
	after  string
	wrong  func(a, b, after string) bool
}{
	"race-store": {nil, `STORE 1 +FLAGS.SILENT (\Flagged)`, `STORE 1 +FLAGS.SILENT (\Draft)`, "UID FETCH 1 FLAGS",
		func(_, _, after string) bool {
			return !strings.Contains(after, `\Flagged`) || !strings.Contains(after, `\Draft`)
		}},
	"race-copy": {[]string{"CREATE a"}, "COPY 1 a", `STORE 1 +FLAGS.SILENT (\Draft)`, "UID FETCH 1 FLAGS",
		func(_, _, after string) bool { return !strings.Contains(after, `\Draft`) }},
	"race-append": {nil, appends, appends, "NOOP",
		func(a, b, _ string) bool {
			_, one, _ := strings.Cut(a, "APPENDUID")
			_, other, _ := strings.Cut(b, "APPENDUID")
			return one == other
		}},
	"race-append-resurrects": {[]string{`STORE 1 +FLAGS (\Deleted)`}, appends, "EXPUNGE", "STATUS INBOX (MESSAGES)",
		func(_, _, after string) bool { return strings.Contains(after, "MESSAGES 3") }},
	"race-expunge": {[]string{`STORE 1 +FLAGS (\Deleted)`}, "EXPUNGE", appends, "STATUS INBOX (MESSAGES)",
		func(_, _, after string) bool { return strings.Contains(after, "MESSAGES 1") }},
	"race-create": {nil, "CREATE a", "CREATE a", "NOOP",
		func(a, b, _ string) bool { return strings.Contains(a, "OK") && strings.Contains(b, "OK") }},
	"race-delete": {[]string{"CREATE a"}, "DELETE a", "DELETE a", "NOOP",
		func(a, b, _ string) bool { return strings.Contains(a, "OK") && strings.Contains(b, "OK") }},
	"race-move": {[]string{"CREATE a"}, "MOVE 1 a", "MOVE 1 a", "STATUS a (MESSAGES)",
		func(_, _, after string) bool { return strings.Contains(after, "MESSAGES 2") }},
	"race-subscribe": {nil, "SUBSCRIBE a", "SUBSCRIBE b", `LSUB "" *`,
		func(_, _, after string) bool { return strings.Count(after, "* LSUB") < 2 }},
}

// goesWrong has the two commands sent at once, so often, and reports whether it ever
// came out wrong.
func goesWrong(t *testing.T, spec, name string, times int) bool {
	tg, err := target.Open(spec, target.Options{})
	require.NoError(t, err)
	defer tg.Close()
	o := overlaps[name]
	for range times {
		in, err := tg.Open(context.Background(), model.Fixture{Messages: 2})
		require.NoError(t, err)
		a, b := talk(t, in), talk(t, in)
		for _, c := range []*talker{a, b} {
			c.does("LOGIN user pass", "SELECT INBOX")
		}
		a.does(o.before...)
		a.send(o.a)
		b.send(o.b)
		first, second := a.answer(), b.answer()
		wrong := o.wrong(first, second, talkLast(t, in, o.after))
		in.Close()
		if wrong {
			return true
		}
	}
	return false
}

// talkLast is the answer that a new session has.
func talkLast(t *testing.T, in target.Instance, command string) string {
	return talk(t, in).does("LOGIN user pass", "EXAMINE INBOX", command)
}

// Two commands that overlap show each race, and never go wrong without it.
func TestRacesShowWhenCommandsOverlap(t *testing.T) {
	for _, f := range fault.All() {
		if !f.Racy || f.Layer != fault.Sessions {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, overlaps, f.Name)
			assert.True(t, goesWrong(t, "reference?fault="+f.Name, f.Name, 5000))
			assert.False(t, goesWrong(t, "reference", f.Name, 20))
		})
	}
}
