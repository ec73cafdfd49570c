package corpus

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// build makes a file of the given steps, "0 NOOP" each, and puts evidence in
// the transcript.
func build(messages int, steps []string, exchanges ...model.Exchange) *File {
	f := &File{Trace: model.Trace{Fixture: model.Fixture{Messages: messages}}}
	for _, s := range steps {
		f.Trace.Steps = append(f.Trace.Steps, model.Step{Conn: int(s[0] - '0'), Cmd: wire.ParseCommand(s[2:])})
	}
	if len(exchanges) > 0 {
		f.Transcript = &model.Transcript{Fixture: f.Trace.Fixture, Exchanges: exchanges}
	}
	return f
}

func greeting(conn, step int, end model.End, raws ...string) model.Exchange {
	x := model.Exchange{Conn: conn, Step: step}
	x.Reply.End = end
	for _, raw := range raws {
		x.Reply.Responses = append(x.Reply.Responses, wire.ParseResponse(raw))
	}
	return x
}

func exchanged(conn, step int, cmd string, end model.End, raws ...string) model.Exchange {
	x := greeting(conn, step, end, raws...)
	x.Cmd, x.Tag = wire.ParseCommand(cmd), model.Tag(step)
	return x
}

var goldenFiles = map[string]func() *File{
	"bare":  func() *File { return build(0, []string{"0 NOOP", "0 ", "1 LOGOUT"}) },
	"empty": func() *File { return &File{} },
	"extended": func() *File {
		f := build(1, []string{"0 MOVE 1 {1+}\r\na"},
			exchanged(0, 0, "MOVE 1 {1+}\r\na", model.Open, "* OK [COPYUID 1 1 1]", "* 1 EXPUNGE", "A1 OK"))
		f.Delim, f.Caps = ".", []string{"LITERAL+", "MOVE", "UIDPLUS"}
		return f
	},
	"expected": func() *File {
		f := build(0, []string{"0 NOOP", "1 CHECK", "0 UID FETCH ${a} (FLAGS)", "0 LOGOUT"},
			exchanged(0, 0, "NOOP", model.Open, "A1 OK"), exchanged(0, 2, "UID FETCH 7 (FLAGS)", model.Open, "A3 OK"))
		f.Trace.Steps[0].Delivery.Way, f.Transcript.Exchanges[0].Delivery.Way = model.Burst, model.Burst
		f.Expectations = []Expectation{{0, "x:1 ok"}, {0, "x:2 * 1 fetch {2}\r\na "}, {1, " "}, {2, "?? no"}, {3, "!!"}}
		return f
	},
	"reopened": func() *File {
		return build(0, []string{"0 NOOP", "0 LOGOUT", "1 NOOP", "0 NOOP"},
			greeting(0, 0, model.Closed, "* BYE come later"),
			greeting(0, 1, model.Open, "* OK ready"),
			exchanged(0, 1, "LOGOUT", model.Open, "* BYE", "A2 OK"),
			greeting(0, 3, model.Silent),
			exchanged(0, 3, "NOOP", model.Open, "A4 OK"))
	},
	"full": func() *File {
		f := build(2,
			[]string{
				`0 LOGIN "user" "pass"`, "0 SELECT INBOX", `1 LOGIN {4}` + "\r\nuser pass", "0 UID STORE $1,$2 FLAGS (\\Deleted)",
				"1 SELECT INBOX", "0 EXPUNGE", "0 FETCH 1  ", "1 NOOP", "0 LOGOUT",
			},
			greeting(0, 0, model.Open, "* OK [CAPABILITY IMAP4rev1] ready"),
			exchanged(0, 0, `LOGIN "user" "pass"`, model.Open, "A1 OK done"),
			exchanged(0, 1, "SELECT INBOX", model.Open, "* 2 EXISTS", "A2 OK [READ-WRITE] done"),
			greeting(1, 2, model.Open, "* PREAUTH hi"),
			exchanged(1, 2, "LOGIN {4}\r\nuser pass", model.Open, "+ go on", "A3 NO", "A3 OK "),
			exchanged(0, 3, "UID STORE 17,18 FLAGS (\\Deleted)", model.Open,
				"* 1 FETCH (FLAGS (\\Deleted) UID 17)", "OK no tag", "A4  OK", "A4 ok lower", "A9 BAD other", "BAD"),
			exchanged(0, 5, "EXPUNGE", model.Silent,
				"* 1 EXPUNGE", "* 2 EXPUNGE", "", " lead and trail ", `\x41 \n \`, "nul \x00 high \xff del \x7f", "* 1 FETCH (BODY[] {4}\r\na\r\nb)"),
			exchanged(1, 7, "NOOP", model.Closed, "* BYE"),
			greeting(2, 9, model.Flooded, "* OK", "x"),
		)
		f.Finding = &Finding{Rule: "expunge-renumbers", Clause: "RFC 3501 7.4.1", Level: "MUST", Command: "EXPUNGE", State: "Selected", Found: "seed=4711 target=mem confirmed=5/5"}
		f.Marks = []Mark{
			{Rule: "greeting-first", Step: 0, Command: "?", State: "Unopened", Got: "two  of  them ", Want: "one"},
			{Rule: "expunge-renumbers", Step: 6, Command: "EXPUNGE", State: "Selected", Got: "* 2 EXPUNGE", Want: "the number after renumbering, 1"},
			{Rule: "grammar:text", Step: 6, Command: "EXPUNGE", State: "Selected", Want: "a response"},
			{Rule: "last", Step: 9, Command: "UID COPY"},
		}
		return f
	},
}

// TestGolden compares with testdata; IMAPCHECK_UPDATE=1 writes it anew.
func TestGolden(t *testing.T) {
	for name, file := range goldenFiles {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name+".trace")
			got := Format(file())
			if os.Getenv("IMAPCHECK_UPDATE") != "" {
				require.NoError(t, os.MkdirAll("testdata", 0o777))
				require.NoError(t, os.WriteFile(path, got, 0o666))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got))
			f, err := Parse(want)
			require.NoError(t, err)
			assert.Equal(t, file(), f)
			f, err = ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, file(), f)
		})
	}
}

func TestKey(t *testing.T) {
	assert.Equal(t, "r/UID FETCH/Selected", Finding{Rule: "r", Command: "UID FETCH", State: "Selected"}.Key())
}

func TestEscape(t *testing.T) {
	for s, want := range map[string]string{
		"":              "",
		"plain text":    "plain text",
		" ":             `\x20`,
		"  ":            `\x20\x20`,
		"   ":           `\x20 \x20`,
		"a  b":          "a  b",
		"\r\n":          `\x0D\x0A`,
		`\`:             `\`,
		`\\x`:           `\\x`,
		`\x41`:          `\x5Cx41`,
		`\x4g`:          `\x4g`,
		`\xaf`:          `\xaf`,
		"\\x4\x80":      `\x4\x80`,
		`\\x41`:         `\\x5Cx41`,
		"\x00\x7f\xff~": `\x00\x7F\xFF~`,
	} {
		assert.Equal(t, want, escape(s))
		assert.Equal(t, s, unescape(want))
	}
	assert.Equal(t, `a \x20 \x20b`, escapeField("a    b"))
}

func TestEscapeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := genOctets().Draw(t, "s")
		for _, text := range []string{escape(s), escapeField(s)} {
			if unescape(text) != s || strings.Trim(text, " ") != text {
				t.Fatalf("%q is escaped as %q", s, text)
			}
		}
		if strings.Contains(escapeField(s), "  ") {
			t.Fatalf("%q has two spaces", escapeField(s))
		}
		tag := rapid.SampledFrom([]string{"", "A1"}).Draw(t, "tag")
		text := formatResponse(s, tag)
		if raw, ok := parseResponse(text, tag); !ok || raw != s {
			t.Fatalf("%q of %q is read from %q as %q", s, tag, text, raw)
		}
	})
}

func TestFileRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := genFile().Draw(t, "file")
		text := Format(f)
		got, err := Parse(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !assert.ObjectsAreEqual(f, got) {
			t.Fatalf("not the same\n%s\n%s\n%#v\n%#v", text, Format(got), f, got)
		}
		if again := Format(got); string(again) != string(text) {
			t.Fatalf("%s\n%s", text, again)
		}
		lenient, err := ParseLenient([]byte(strings.ReplaceAll(string(text), "\n", " \r\n")))
		if err != nil || !assert.ObjectsAreEqual(f, lenient) {
			t.Fatalf("lenient: %v\n%s", err, text)
		}
	})
}

func genOctets() *rapid.Generator[string] {
	part := rapid.OneOf(
		rapid.SampledFrom([]string{"A1 OK", "A2 NO ", "OK", "NO x", "BAD", "A1", " ", "  ", `\`, `\x`, "41", "\r\n", "* 1 EXISTS", "got:", "want: ", ", MUST)", "key: a/b"}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 4), func(b []byte) string { return string(b) }),
	)
	return rapid.Map(rapid.SliceOfN(part, 0, 4), func(parts []string) string { return strings.Join(parts, "") })
}

func genCommand() *rapid.Generator[model.Command] {
	text := rapid.OneOf(
		rapid.SampledFrom([]string{"NOOP", "LOGIN user pass", "STARTTLS", "STARTTLS\r\nx1 NOOP", "STARTTLS\r\nx2 NOOP", "SELECT {3}\r\na b", "LOGIN {1+}\r\na b", "UID EXPUNGE $1", "IDLE", "UID FETCH $1 (FLAGS)", "AUTHENTICATE PLAIN\r\nAAAA", "APPEND a {2}\r\n\xff\n"}),
		genOctets(),
	)
	return rapid.Map(text, wire.ParseCommand)
}

func genReply() *rapid.Generator[model.Reply] {
	return rapid.Custom(func(t *rapid.T) model.Reply {
		var r model.Reply
		for _, raw := range rapid.SliceOfN(genOctets(), 0, 3).Draw(t, "responses") {
			r.Responses = append(r.Responses, wire.ParseResponse(raw))
		}
		least := 0
		if len(r.Responses) == 0 {
			least = 1
		}
		r.End = model.End(rapid.IntRange(least, int(model.TLSFailed)).Draw(t, "end"))
		if n := len(r.Responses); n > 0 && r.End != model.Open && rapid.Bool().Draw(t, "cut") {
			r.Responses[n-1] = model.Cut(r.Responses[n-1].Raw)
		}
		return r
	})
}

// genFile makes files that keep to what the fields of File demand.
func genFile() *rapid.Generator[*File] {
	return rapid.Custom(func(t *rapid.T) *File {
		f := &File{}
		f.Trace.Fixture.Messages = rapid.IntRange(0, 3).Draw(t, "messages")
		f.Delim = rapid.SampledFrom([]string{"", ".", "NIL", `\`}).Draw(t, "delim")
		f.Caps = rapid.SampledFrom([][]string{nil, nil, {"IDLE"}, {"LITERAL+", "MOVE", "UTF8=ACCEPT"}, {"=", "NIL"}}).Draw(t, "caps")
		f.TLS = rapid.Bool().Draw(t, "tls")
		if rapid.Bool().Draw(t, "finding") {
			f.Finding = &Finding{
				Rule:   rapid.SampledFrom([]string{"expunge-renumbers", "grammar:text", "x"}).Draw(t, "rule"),
				Clause: genOctets().Draw(t, "clause"), Level: rapid.SampledFrom([]string{"MUST", "SHOULD"}).Draw(t, "level"),
				Command: rapid.SampledFrom([]string{"", "NOOP", "UID FETCH", "?"}).Draw(t, "command"),
				State:   rapid.SampledFrom([]string{"", "Selected", "Phase(?)"}).Draw(t, "state"), Found: genOctets().Draw(t, "found"),
			}
		}
		evidence := rapid.Bool().Draw(t, "evidence")
		var exchanges []model.Exchange
		open := map[int]bool{}
		for step := range rapid.IntRange(0, 5).Draw(t, "steps") {
			st := model.Step{Conn: rapid.IntRange(0, 2).Draw(t, "conn"), Cmd: genCommand().Draw(t, "cmd")}
			f.Trace.Steps = append(f.Trace.Steps, st)
			if !evidence {
				continue
			}
			// A connection that is open can be opened again.
			if rapid.IntRange(0, 3).Draw(t, "greeting") == 0 || !open[st.Conn] && rapid.Bool().Draw(t, "opened") {
				exchanges = append(exchanges, model.Exchange{Conn: st.Conn, Step: step, Reply: genReply().Draw(t, "greeted")})
			}
			open[st.Conn] = true
			if rapid.IntRange(0, 3).Draw(t, "executed") > 0 {
				cmd := st.Cmd
				if rapid.IntRange(0, 3).Draw(t, "bound") == 0 {
					cmd = genCommand().Draw(t, "bound to")
				}
				exchanges = append(exchanges, model.Exchange{Conn: st.Conn, Step: step, Tag: model.Tag(step), Cmd: cmd, Reply: genReply().Draw(t, "reply")})
			}
		}
		if evidence && rapid.Bool().Draw(t, "greeting only") {
			exchanges = append(exchanges, model.Exchange{Conn: rapid.SampledFrom([]int{0, 7}).Draw(t, "conn"), Step: len(f.Trace.Steps), Reply: genReply().Draw(t, "greeted")})
		}
		for i := range exchanges {
			x := &exchanges[i]
			most := slices.IndexFunc(f.Trace.Steps[min(x.Step+1, len(f.Trace.Steps)):], func(st model.Step) bool { return st.Conn == x.Conn })
			if most < 0 {
				most = len(f.Trace.Steps) - x.Step - 1
			}
			if x.Cmd != nil && most > 0 && rapid.Bool().Draw(t, "overlaps") {
				x.Until = x.Step + 1 + rapid.IntRange(1, most).Draw(t, "until")
			}
		}
		if len(exchanges) > 0 {
			f.Transcript = &model.Transcript{Fixture: f.Trace.Fixture, Exchanges: exchanges}
		}
		for step := range f.Trace.Steps {
			for range rapid.IntRange(0, 1).Draw(t, "expectations") {
				f.Expectations = append(f.Expectations, Expectation{step, "x" + genOctets().Draw(t, "expected")})
			}
		}
		for step := range len(f.Trace.Steps) + 1 {
			if rapid.IntRange(0, 2).Draw(t, "marked") == 0 {
				f.Marks = append(f.Marks, Mark{
					Rule: "expunge-renumbers", Step: step,
					Command: rapid.SampledFrom([]string{"", "NOOP", "UID FETCH", "?"}).Draw(t, "command"),
					State:   rapid.SampledFrom([]string{"", "Selected"}).Draw(t, "state"),
					Got:     genOctets().Draw(t, "got"), Want: genOctets().Draw(t, "want"),
				})
			}
		}
		return f
	})
}

func TestLenient(t *testing.T) {
	text := strings.Join([]string{
		"", "\t# by hand", " FIXTURE inbox = 2  Caps = uidplus,MOVE,move TLS =Yes",
		"!! late step=2  want: x", "!! early step=1  got: a  b",
		"c0:login  \"user\" \"pass\"", "C0 : NOOP", "c1: LOGIN user pass",
		"S1: A3 OK done", "s0:* BYE \\x41", "S0: OK", "E0: not tls",
	}, "\r\n")
	f, err := ParseLenient([]byte(text))
	require.NoError(t, err)
	want := build(2, []string{`0 login  "user" "pass"`, "0 NOOP", "1 LOGIN user pass"},
		exchanged(0, 1, "NOOP", model.NotTLS, "* BYE A", "A2 OK"),
		exchanged(1, 2, "LOGIN user pass", model.Open, "A3 OK done"))
	want.Transcript.Exchanges[0].Until = 3
	want.Caps, want.TLS = []string{"MOVE", "UIDPLUS"}, true
	want.Marks = []Mark{{Rule: "early", Step: 1, Got: "a  b"}, {Rule: "late", Step: 2, Want: "x"}}
	assert.Equal(t, want, f)

	f, err = ParseLenient([]byte("imapTrace V1\nfinding a (RFC 3501 6, must) found: here\n"))
	require.NoError(t, err)
	assert.Equal(t, &File{Finding: &Finding{Rule: "a", Clause: "RFC 3501 6", Level: "MUST", Found: "here"}}, f)
}

// Replies stand where they came, and keep their own tags.
func TestOverlap(t *testing.T) {
	text := head + "S0: * PREAUTH a\nC0: NOOP\nS1: * PREAUTH b\nC1: CHECK\nS1: OK b\nS0: * 1 EXISTS\nS0: OK a\nC1: CLOSE\nC0: NOOP\nS0: OK\n!! x step=4\nS1: OK c\n"
	f, err := Parse([]byte(text))
	require.NoError(t, err)
	var until []int
	for _, x := range f.Transcript.Exchanges {
		if x.Cmd != nil {
			until = append(until, x.Until)
			assert.Equal(t, model.OK, x.Outcome())
		}
	}
	assert.Equal(t, []int{2, 0, 4, 0}, until)
	assert.True(t, f.Transcript.Overlaps())
}

// Comments and blank lines are nothing, to the strict reader too.
func TestComments(t *testing.T) {
	f, err := Parse([]byte("# one\n\nimaptrace v1\n# two\nfixture INBOX=1\nC0: NOOP\n\n# three: \xff\nS0: OK\n"))
	require.NoError(t, err)
	assert.Equal(t, build(1, []string{"0 NOOP"}, exchanged(0, 0, "NOOP", model.Open, "A1 OK")), f)
}

func TestErrorsAreOneLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := Format(genFile().Draw(t, "file"))
		i := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		text[i] = rapid.Byte().Draw(t, "octet")
		if _, err := Parse(text); err != nil {
			var n int
			_, scan := fmt.Sscanf(err.Error(), "line %d: ", &n)
			if scan != nil || n < 1 || strings.ContainsAny(err.Error(), "\r\n") {
				t.Fatalf("%q", err)
			}
		}
	})
}
