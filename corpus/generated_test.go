package corpus_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
	"github.com/imapcheck/imapcheck/properties/rapidgen"
)

// extended is a server with all extensions that bring commands, or forms of
// strings.
var extended = model.Machine{Profile: model.Profile{Delim: "/", Caps: model.Understood([]string{
	"ENABLE", "IDLE", "LITERAL+", "MOVE", "NAMESPACE", "STARTTLS", "UIDPLUS", "UNSELECT"})}}

// requireOneText requires that a file and its text are one another's only
// image.
func requireOneText(t *rapid.T, f *corpus.File) {
	text := corpus.Format(f)
	again, err := corpus.Parse(text)
	require.NoError(t, err, "%s", text)
	require.Equal(t, f, again, "%s", text)
	require.Equal(t, string(text), string(corpus.Format(again)))
	lenient, err := corpus.ParseLenient(text)
	require.NoError(t, err, "%s", text)
	require.Equal(t, f, lenient, "%s", text)
}

// What a campaign keeps of a run is the same again when it is read.
func TestFileOfARunRoundTrip(t *testing.T) {
	server, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	defer server.Close()
	d := fuzz.Driver{Target: server, Machine: extended}
	traces := rapidgen.Trace(extended, fuzz.GenerateOptions{Steps: 30, Conns: 3})
	rapid.Check(t, func(t *rapid.T) {
		f := &corpus.File{Trace: traces.Draw(t, "trace"), Caps: extended.Profile.Caps, TLS: rapid.Bool().Draw(t, "tls")}
		run, err := d.Run(t.Context(), f.Trace)
		require.NoError(t, err, "trouble of ours")
		f.Transcript = &run.Transcript
		for _, v := range run.Violations {
			f.Marks = append(f.Marks, fuzz.Mark(v))
			f.Finding = &corpus.Finding{Rule: v.ID(), Clause: v.Rule.Clause, Level: v.Rule.Level.String(),
				Command: v.Command, State: v.State.String(), Found: "target=mem"}
		}
		slices.SortStableFunc(f.Marks, func(a, b corpus.Mark) int { return cmp.Compare(a.Step, b.Step) })
		requireOneText(t, f)
	})
}

var (
	octets = rapid.Map(rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte(` \x4:,()!*`)), rapid.ByteRange(' ', '~')), 0, 12),
		func(b []byte) string { return string(b) })
	ruleName = rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._:-]{0,6}`)
	word     = rapid.StringMatching(`[!-.0-\[\]-~]{1,6}`) // printable, without "/" and "\"
	state    = rapid.OneOf(rapid.Just(""), word)
	name     = rapid.OneOf(state, rapid.Map(rapid.SliceOfN(word, 2, 2), func(w []string) string { return w[0] + " " + w[1] }))
)

// reply is anything that a server may have sent; if it sent nothing it has an
// end.
var reply = rapid.Custom(func(t *rapid.T) model.Reply {
	var r model.Reply
	for range rapid.IntRange(0, 3).Draw(t, "responses") {
		raw := rapid.SampledFrom([]string{"", "A1 ", "A2 OK ", "OK ", "BAD", "* 1 FETCH (", "* BYE ", "+ "}).Draw(t, "begins") + octets.Draw(t, "raw")
		r.Responses = append(r.Responses, wire.ParseResponse(raw))
	}
	n := len(r.Responses)
	if n == 0 || rapid.IntRange(0, 3).Draw(t, "ended") == 0 {
		r.End = model.End(rapid.IntRange(1, int(model.HungUp)).Draw(t, "end"))
	}
	if n > 0 && r.End != model.Open && rapid.Bool().Draw(t, "cut") {
		r.Responses[n-1] = model.Cut(r.Responses[n-1].Raw)
	}
	return r
})

// file is any File that keeps to what the fields demand.
func file() *rapid.Generator[*corpus.File] {
	traces := rapidgen.Trace(extended, fuzz.GenerateOptions{Steps: 8, Conns: 3})
	return rapid.Custom(func(t *rapid.T) *corpus.File {
		f := &corpus.File{Trace: traces.Draw(t, "trace")}
		f.Trace.Steps = f.Trace.Steps[:rapid.IntRange(0, 8).Draw(t, "steps")]
		if len(f.Trace.Steps) == 0 {
			f.Trace.Steps = nil
		}
		f.Trace.Fixture.Messages = rapid.IntRange(0, 1<<16).Draw(t, "messages")
		conns := rapid.SliceOfNDistinct(rapid.IntRange(0, 999), 3, 3, rapid.ID[int]).Draw(t, "numbers")
		for i := range f.Trace.Steps {
			f.Trace.Steps[i].Conn = conns[f.Trace.Steps[i].Conn]
		}
		f.Delim = rapid.OneOf(rapid.SampledFrom([]string{"", "NIL"}), rapid.StringMatching(`[!-.0-~]`)).Draw(t, "delim")
		f.TLS = rapid.Bool().Draw(t, "tls")
		f.Caps = caps(t)
		if rapid.Bool().Draw(t, "finding") {
			f.Finding = &corpus.Finding{Rule: ruleName.Draw(t, "rule"), Clause: octets.Draw(t, "clause"),
				Level: rapid.SampledFrom([]string{"MUST", "SHOULD"}).Draw(t, "level"), Found: octets.Draw(t, "found"),
				Command: name.Draw(t, "command"), State: state.Draw(t, "state")}
		}
		if rapid.Bool().Draw(t, "evidence") {
			f.Transcript = evidence(t, f.Trace)
		}
		for step := range len(f.Trace.Steps) + 1 {
			for range max(0, rapid.IntRange(-2, 2).Draw(t, "marks")) {
				f.Marks = append(f.Marks, corpus.Mark{Rule: ruleName.Draw(t, "rule"), Step: step, Command: name.Draw(t, "command"),
					State: state.Draw(t, "state"), Got: octets.Draw(t, "got"), Want: octets.Draw(t, "want")})
			}
		}
		return f
	})
}

// caps are atoms without commas, in upper case, sorted and each once.
func caps(t *rapid.T) []string {
	atom := rapid.StringMatching(`[!#$&'+\-./0-9:;<=>?@A-Z\[^_|}~]{1,6}`)
	list := rapid.SliceOfN(atom, 0, 3).Draw(t, "caps")
	slices.Sort(list)
	if list = slices.Compact(list); len(list) == 0 {
		return nil
	}
	return list
}

// evidence is of some of the steps, each of which a greeting or two may precede.
func evidence(t *rapid.T, tr model.Trace) *model.Transcript {
	out := &model.Transcript{Fixture: tr.Fixture}
	for i, st := range tr.Steps {
		for range max(0, rapid.IntRange(-3, 2).Draw(t, "greetings")) {
			out.Exchanges = append(out.Exchanges, model.Exchange{Conn: st.Conn, Step: i, Reply: reply.Draw(t, "greeting")})
		}
		if rapid.IntRange(0, 3).Draw(t, "executed") == 0 {
			continue
		}
		x := model.Exchange{Conn: st.Conn, Step: i, Tag: model.Tag(i), Cmd: st.Cmd, Delivery: st.Delivery, Reply: reply.Draw(t, "reply")}
		if rapid.IntRange(0, 3).Draw(t, "bound") == 0 {
			x.Cmd = rapid.SampledFrom(tr.Steps).Draw(t, "in its place").Cmd
		}
		out.Exchanges = append(out.Exchanges, x)
	}
	for range max(0, rapid.IntRange(-3, 2).Draw(t, "greetings")) { // and no command behind
		out.Exchanges = append(out.Exchanges, model.Exchange{Conn: rapid.IntRange(0, 999).Draw(t, "conn"), Step: len(tr.Steps), Reply: reply.Draw(t, "greeting")})
	}
	if len(out.Exchanges) == 0 {
		return nil
	}
	return out
}

func TestAnyFileRoundTrip(t *testing.T) {
	files := file()
	rapid.Check(t, func(t *rapid.T) { requireOneText(t, files.Draw(t, "file")) })
}

// Words that lines of a trace file are made of, in the spelling of Format and
// in others.
var (
	lineBegins = []string{"C0: ", "C0: ", "C1: ", "S0: ", "S0: ", "S1: ", "B0: ", "D0: ", "E0: ", "O0:", "c0:", "S1 :", "e1:  ", "!! r step=1", "!! r step=0", "# ", ""}
	lineEnds   = []string{"NOOP", "LOGIN user pass", "UID FETCH $1 (FLAGS)", "OK", "A1 OK", "* BYE", "A2 NO x", "closed", "silent", "closed in mid-line",
		"not tls", "hung up", "octets", "split 7", "CUT 0", "hangup", "", " ", `\x41`, `\x5C`, `a\`, " command=A state=B", "  got: x  want: y", "  want:  y ", "\t", "\xff"}
	heads = []string{"imaptrace v1\nfixture INBOX=0\n\n", "imaptrace v1\nfixture INBOX=2 delim=. caps=MOVE tls=yes\n", "", "fixture inbox=01 caps=b,A,b\n",
		"IMAPTRACE V1\n", "imaptrace v1\nfinding r      (RFC 3501 9, MUST)   key: A/B   found: x\nfixture INBOX=1\n", "finding r (x,should) found:\n"}
)

// What a person writes is read, or is an error. If it is read it has one
// canonical text; and the strict reader takes that text alone, apart from blank
// lines and comments.
func TestWrittenTextHasOneForm(t *testing.T) {
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(heads).Draw(t, "head")
		for range rapid.IntRange(0, 7).Draw(t, "lines") {
			text += rapid.SampledFrom(lineBegins).Draw(t, "begins") + rapid.SampledFrom(lineEnds).Draw(t, "ends") + "\n"
		}
		f, err := corpus.ParseLenient([]byte(text))
		if err != nil {
			_, strict := corpus.Parse([]byte(text))
			require.EqualError(t, strict, err.Error())
			return
		}
		read++
		requireOneText(t, f)
		if strict, err := corpus.Parse([]byte(text)); err == nil {
			require.Equal(t, f, strict)
			require.Equal(t, content(text), content(string(corpus.Format(f))))
		} else {
			require.NotEqual(t, content(text), content(string(corpus.Format(f))))
		}
	})
	t.Log(read, "texts were read")
}

// content is the text without comments and blank lines.
func content(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line != "\n" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines
}
