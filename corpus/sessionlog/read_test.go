package sessionlog_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus/sessionlog"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// shown is an exchange in a line: "~" if it is loose, the connection if not the first,
// the tag, the command, and the responses, with "/" for CRLF.
func shown(x sessionlog.Exchange) string {
	var b strings.Builder
	if x.Loose {
		b.WriteString("~")
	}
	if x.Conn > 0 {
		fmt.Fprintf(&b, "[%d] ", x.Conn)
	}
	if x.Cmd == nil {
		b.WriteString("greeting")
	} else {
		b.WriteString(x.Tag + " " + wire.FormatCommand(x.Cmd))
		if _, raw := x.Cmd.(model.Raw); raw {
			b.WriteString(" (malformed)")
		}
	}
	for _, r := range x.Reply.Responses {
		b.WriteString(" | " + r.Raw)
	}
	if x.Reply.End != model.Open {
		b.WriteString(" | " + x.Reply.End.String())
	}
	return strings.ReplaceAll(b.String(), "\r\n", "/")
}

func read(t *testing.T, text string) []string {
	var list []string
	for x, err := range sessionlog.Read(strings.NewReader(text)) {
		require.NoError(t, err, text)
		require.Len(t, x.Lines, len(x.Reply.Responses))
		list = append(list, shown(x))
	}
	return list
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, log string
		want      []string
	}{
		{"what a log may have between its lines", "# a session\n\n2026-01-02 10:11:12.5 C: a NOOP\n1234.5 S: a OK done\n",
			[]string{"~greeting", "a NOOP | a OK done"}},
		{"a greeting that need not be one", "S: * OK ready\nC: a NOOP\nS: a OK done\n",
			[]string{"~greeting | * OK ready", "a NOOP | a OK done"}},
		{"a greeting that is one", "S: * PREAUTH ready\nC: a NOOP\nS: a OK done\n",
			[]string{"greeting | * PREAUTH ready", "a NOOP | a OK done"}},
		{"an exact log", "imaplog v1\nS: * OK ready\nC: a LOGIN u \\x5Cx41\nS: a NO \\xE9\n",
			[]string{"greeting | * OK ready", `a LOGIN u \x41 (malformed) | a NO ` + "\xe9"}},
		{"no escapes in another", "S: * PREAUTH ready\nC: a LIST \"\" \\x41\nS: a OK \\x41\n",
			[]string{"greeting | * PREAUTH ready", `a LIST "" \x41 (malformed) | a OK \x41`}},
		{"two connections", "S1: * PREAUTH one\nS2: * PREAUTH two\nC2: a NOOP\nC1: a CHECK\nS1: a OK done\nS2: a OK done\n",
			[]string{"[1] greeting | * PREAUTH two", "greeting | * PREAUTH one", "a CHECK | a OK done", "[1] a NOOP | a OK done"}},
		{"news behind a completion", "C: a NOOP\nS: a OK done\nS: * 3 EXISTS\nC: b NOOP\nS: b OK done\n",
			[]string{"~greeting", "a NOOP | a OK done | * 3 EXISTS", "b NOOP | b OK done"}},
		{"several in progress", "C: a NOOP\nC: b CHECK\nS: * 3 EXISTS\nS: a OK done\nS: * 4 EXISTS\nS: b OK done\nC: c NOOP\nS: c OK done\n",
			[]string{"~greeting", "~a NOOP | * 3 EXISTS | a OK done", "~b CHECK | * 4 EXISTS | b OK done", "c NOOP | c OK done"}},
		{"in another order", "C: a NOOP\nC: b CHECK\nS: b OK done\nS: * 4 EXISTS\nS: a OK done\n",
			[]string{"~greeting", "~b CHECK | b OK done", "~a NOOP | * 4 EXISTS | a OK done"}},
		{"a literal of the client", "C: a APPEND x {7}\nS: + go\nC: Hello\nC: \nS: a OK done\n",
			[]string{"~greeting", "a APPEND x {7}/Hello/ | + go | a OK done"}},
		{"a bare one", "C: a APPEND x {7}\n\nS: + go\nHello\n\nS: a OK done\n",
			[]string{"~greeting", "a APPEND x {7}/Hello/ | + go | a OK done"}},
		{"one that does not wait", "C: a APPEND x {7+}\nHello\n\nS: a OK done\n",
			[]string{"~greeting", "a APPEND x {7+}/Hello/ | a OK done"}},
		{"one that is refused", "C: a APPEND x {7}\nS: a NO full\nC: b NOOP\nS: b OK done\n",
			[]string{"~greeting", "a APPEND x {7} (malformed) | a NO full", "b NOOP | b OK done"}},
		{"one that is sent although it is refused", "C: a APPEND x {7+}\nS: a NO full\nC: Hello\nC: \nC: b NOOP\nS: b OK done\n",
			[]string{"~greeting", "a APPEND x {7+} (malformed) | a NO full", "b NOOP | b OK done"}},
		{"a literal of the server", "C: a FETCH 1 BODY[]\nS: * 1 FETCH (BODY[] {7}\nS: S: Hi\nS:  UID 3)\nS: a OK done\n",
			[]string{"~greeting", "a FETCH 1 BODY[] | * 1 FETCH (BODY[] {7}/S: Hi/ UID 3) | a OK done"}},
		{"a bare one that looks like a log", "C: a FETCH 1 BODY[]\nS: * 1 FETCH (BODY[] {13}\nHello\nC: a\n)\nS: a OK done\n",
			[]string{"~greeting", "a FETCH 1 BODY[] | * 1 FETCH (BODY[] {13}/Hello/C: a/) | a OK done"}},
		{"line ends that were kept", "S: * PREAUTH ready\r\nC: a FETCH 1 BODY[]\r\nS: * 1 FETCH (BODY[] {6}\r\nS: Hello\nS: )\r\nS: a OK done\r\n",
			[]string{"greeting | * PREAUTH ready", "a FETCH 1 BODY[] | * 1 FETCH (BODY[] {6}/Hello\n) | a OK done"}},
		{"a password that is struck out", "C: a LOGIN {4}\nS: + go\nC: mary {16}\nS: + go\nC: ****\nS: a OK done\nC: b NOOP\nS: b OK done\n",
			[]string{"~greeting", "a LOGIN {4}/mary {16}/**** (malformed) | + go | + go | a OK done", "b NOOP | b OK done"}},
		{"AUTHENTICATE", "C: a AUTHENTICATE PLAIN\nS: + \nC: AGEAYg==\nS: a OK done\n",
			[]string{"~greeting", "a AUTHENTICATE PLAIN/AGEAYg== | +  | a OK done"}},
		{"AUTHENTICATE that is struck out", "C: a AUTHENTICATE PLAIN ****\nS: a NO no\nC: b AUTHENTICATE LOGIN\nS: + ****\nC: ****\nS: b OK done\n",
			[]string{"~greeting", "a AUTHENTICATE PLAIN | a NO no", "b AUTHENTICATE LOGIN/**** | b OK done"}},
		{"IDLE", "C: a IDLE\nS: + idling\nS: * 3 EXISTS\nC: DONE\nS: a OK done\nC: b NOOP\nS: b OK done\n",
			[]string{"~greeting", "a IDLE | + idling | * 3 EXISTS | a OK done", "b NOOP | b OK done"}},
		{"IDLE that is refused", "C: a IDLE\nS: a BAD what\nC: DONE\nC: b NOOP\nS: b OK done\n",
			[]string{"~greeting", "a IDLE | a BAD what", "b NOOP | b OK done"}},
		{"LOGOUT, and another session", "C: a LOGOUT\nS: * BYE bye\nS: a OK done\nS: * OK ready\nC: a NOOP\nS: a OK done\n",
			[]string{"~greeting", "a LOGOUT | * BYE bye | a OK done | closed", "~greeting | * OK ready", "a NOOP | a OK done"}},
		{"the end in the middle", "C: a NOOP\nS: a OK done\nC: b FETCH 1 FLAGS\nS: * 1 FETCH (FLAGS ())\nS: * 2 FE",
			[]string{"~greeting", "a NOOP | a OK done", "~b FETCH 1 FLAGS | * 1 FETCH (FLAGS ()) | * 2 FE"}},
		{"the beginning in the middle", "S: the end of a message\nS: )\nS: z OK done\nC: a NOOP\nS: a OK done\n",
			[]string{"~greeting", "~a NOOP | a OK done"}},
		{"TLS that was captured as text", "C: a STARTTLS\nS: a OK go\nC: \x16\x03\x01\nS: \x16\x03\nC: junk\n",
			[]string{"~greeting", "a STARTTLS | a OK go"}},
		{"a session that goes on under TLS", "C: a STARTTLS\nS: a OK go\nC: b NOOP\nS: b OK done\n",
			[]string{"~greeting", "a STARTTLS | a OK go", "b NOOP | b OK done"}},
		{"a command that no standard has", "C: a XFOO\nS: + more\nC: less\nS: a OK done\n",
			[]string{"~greeting", "a XFOO | + more | a OK done"}},
		{"a line that is no command", "C: \nC: a NOOP\nS: * BAD what\nS: a OK done\n",
			[]string{"~greeting", "~a NOOP | * BAD what | a OK done"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, read(t, c.log))
		})
	}
}

func TestReadWhatCannotBeRead(t *testing.T) {
	for log, want := range map[string]string{
		"":                               `no line begins with "C:" or "S:"`,
		"# nothing\n\n":                  `no line begins with "C:" or "S:"`,
		"C: a NOOP\nhello\n":             `line 2: should begin with "C:" or "S:", got "hello"`,
		"C: a NOOP\nX: hello\n":          `line 2: should begin with "C:" or "S:", got "X: hello"`,
		"C:a NOOP\n":                     `line 1: should begin with "C:" or "S:", got "C:a NOOP"`,
		"# first\nimaplog v1\nC: a NOOP": `line 2: should begin with "C:" or "S:", got "imaplog v1"`,
		"\x00\x01\n":                     `line 1: should begin with "C:" or "S:", got "\x00\x01"`,
		"S: * 1 FETCH (BODY[] {9}\nS: a\nS: b\nS: cdefgh\nS: )\n": `line 4: a literal should end before "fgh\r\n": have line ends been lost?`,
		"S: * 1 FETCH (BODY[] {3}\nS: a\nS: b)\n":                 `line 3: a literal should end before "b)\r\n": have line ends been lost?`,
	} {
		var last error
		for _, err := range sessionlog.Read(strings.NewReader(log)) {
			require.NoError(t, last, "nothing comes behind an error")
			last = err
		}
		assert.EqualError(t, last, want, "%q", log)
	}
	trouble := assert.AnError
	var last error
	for _, err := range sessionlog.Read(iotest.ErrReader(trouble)) {
		last = err
	}
	assert.ErrorIs(t, last, trouble)
}

func TestReadForgetsCommandsThatAreNotCompleted(t *testing.T) {
	var log strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&log, "C: a%d NOOP\n", i)
	}
	log.WriteString("S: a1 OK done\nS: a999 OK done\n")
	assert.Equal(t, []string{"~greeting", "~a999 NOOP | a999 OK done"}, read(t, log.String()))
}

func TestReadStops(t *testing.T) {
	n := 0
	for range sessionlog.Read(strings.NewReader(strings.Repeat("C: a NOOP\nS: a OK done\n", 10))) {
		if n++; n == 3 {
			break
		}
	}
	assert.Equal(t, 3, n)
}

func TestMerge(t *testing.T) {
	in := "1.000002 a APPEND x {7}\r\n1.000004 Hello\r\n1.000004 \r\n10.5 b NOOP\r\n10.5 c NOOP\r\n"
	out := "1.000001 * PREAUTH ready\r\n1.000003 + go\r\n1.000005 a OK done\r\n10.5 b OK done\r\n10.6 c OK done\r\n"
	var list []string
	for x, err := range sessionlog.Merge(strings.NewReader(in), strings.NewReader(out)) {
		require.NoError(t, err)
		list = append(list, shown(x))
	}
	assert.Equal(t, []string{"greeting | * PREAUTH ready", "a APPEND x {7}/Hello/ | + go | a OK done", "~b NOOP | b OK done", "~c NOOP | c OK done"}, list)
	for _, c := range [][3]string{
		{"a NOOP\n", "1.5 * OK ready\n", `in: line 1: should begin with a time in seconds and a space, got "a NOOP"`},
		{"1.5 a NOOP\n", "1.5 * OK ready\nx.5 a OK done\n", `out: line 2: should begin with a time in seconds and a space, got "x.5 a OK done"`},
	} {
		var last error
		for _, err := range sessionlog.Merge(strings.NewReader(c[0]), strings.NewReader(c[1])) {
			last = err
		}
		assert.EqualError(t, last, c[2])
	}
}

// FuzzSessionLog gives any octets to the reader: it ends, gives no more exchanges than
// there are lines, and each line of the log to one response at most.
func FuzzSessionLog(f *testing.F) {
	f.Add("S: * OK ready\nC: a LOGIN {4}\nS: + go\nC: mary ****\nS: a OK done\n")
	f.Add("imaplog v1\nC1: a FETCH 1 BODY[]\nS1: * 1 FETCH (BODY[] {3}\nS1: \\x0D\\x0Aa)\nS1: a OK done\n")
	f.Add("C: a IDLE\nS: + go\nC: DONE\nC: b NOOP\nS: b OK done\nS: a OK done\n")
	f.Add("1.5 C: a APPEND x {3+}\nabc\nS: * BYE\nS: a NO full\n")
	f.Fuzz(func(t *testing.T, log string) {
		lines := strings.Count(log, "\n") + 1
		exchanges, responses, octets := 0, 0, 0
		for x, err := range sessionlog.Read(strings.NewReader(log)) {
			if err != nil {
				require.Empty(t, x.Reply.Responses)
				require.NotContains(t, err.Error(), "\n")
				break
			}
			require.Equal(t, exchanges, x.Step)
			exchanges++
			responses += len(x.Reply.Responses)
			for i, r := range x.Reply.Responses {
				octets += len(r.Raw)
				require.True(t, 1 <= x.Lines[i] && x.Lines[i] <= lines)
			}
		}
		require.LessOrEqual(t, exchanges, 2*lines+1) // a command, and the greeting before it
		require.LessOrEqual(t, responses, lines)
		require.LessOrEqual(t, octets, 2*len(log)) // CRLF for LF
	})
}
