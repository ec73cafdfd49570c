package wire_test

import (
	"bytes"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

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

// commands are those of a generated trace.
func commands(m model.Machine, steps int) *rapid.Generator[[]model.Command] {
	return rapid.Map(rapidgen.Trace(m, fuzz.GenerateOptions{Steps: steps}), func(t model.Trace) []model.Command {
		var list []model.Command
		for _, st := range t.Steps {
			list = append(list, st.Cmd)
		}
		return list
	})
}

// What the generator makes is what is read back from its text.
func TestGeneratedCommandRoundTrip(t *testing.T) {
	generated := commands(extended, 30)
	rapid.Check(t, func(t *rapid.T) {
		for _, c := range generated.Draw(t, "commands") {
			text := wire.FormatCommand(c)
			require.Equal(t, c, wire.ParseCommand(text), "%q", text)
		}
	})
}

// The round trip above sees every command, and strings in every form.
func TestGeneratedCommandsAreAllThereAre(t *testing.T) {
	names, forms := map[string]bool{}, map[model.Form]bool{}
	generated := commands(extended, 40)
	for seed := range 150 {
		for _, c := range generated.Example(seed) {
			if _, raw := c.(model.Raw); raw {
				continue
			}
			names[c.Name()] = true
			for _, a := range strs(reflect.ValueOf(c)) {
				forms[a.Form] = true
			}
		}
	}
	for _, name := range extended.Profile.Commands() {
		require.True(t, names[name], name)
	}
	require.Len(t, forms, 4)
}

// strs are the strings of a command, those of its search keys included.
func strs(v reflect.Value) (list []model.AString) {
	if v.Type() == reflect.TypeFor[model.AString]() {
		return []model.AString{v.Interface().(model.AString)}
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			list = append(list, strs(v.Field(i))...)
		}
	case reflect.Slice:
		for i := range v.Len() {
			list = append(list, strs(v.Index(i))...)
		}
	case reflect.Interface:
		if !v.IsNil() {
			list = strs(v.Elem())
		}
	}
	return list
}

// waits is how often the client waits for the server inside a command.
func waits(c model.Command) int {
	n := 0
	for _, a := range strs(reflect.ValueOf(c)) {
		if a.Form == model.Literal {
			n++
		}
	}
	if c, ok := c.(model.Append); ok && !c.Plus {
		n++
	}
	return n
}

// What is sent is the text behind a tag, without the further lines of an
// AUTHENTICATE, in one chunk more than there are literals that wait.
func TestGeneratedCommandIsSentAsItIsWritten(t *testing.T) {
	generated := commands(extended, 30)
	rapid.Check(t, func(t *rapid.T) {
		for _, c := range generated.Draw(t, "commands") {
			line := wire.FormatCommand(c)
			if auth, ok := c.(model.Authenticate); ok {
				line = wire.FormatCommand(model.Authenticate{Mechanism: auth.Mechanism})
			}
			sent := wire.AppendCommand([]byte("before"), "A1", c)
			require.Equal(t, "beforeA1 "+line+"\r\n", string(sent))

			chunks := wire.Chunks(sent)
			require.Equal(t, string(sent), string(bytes.Join(chunks, nil)))
			if _, raw := c.(model.Raw); !raw {
				require.Len(t, chunks, 1+waits(c), "%q", sent)
			}
		}
	})
}

// octets are strings of what a literal can carry: all but NUL (RFC 3501
// section 9, CHAR8).
var octets = rapid.Map(rapid.SliceOfN(rapid.OneOf(
	rapid.ByteRange(1, 255), rapid.SampledFrom([]byte("\r\n\"\\{}()%*] a\x7f\x80"))), 0, 8),
	func(b []byte) string { return string(b) })

// carries reports whether a form can carry the octets: 1*ASTRING-CHAR, a quoted
// string of TEXT-CHARs, a literal of CHAR8 (RFC 3501 section 9).
func carries(f model.Form, s string) bool {
	switch f {
	case model.Atom:
		return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
			return r <= ' ' || r >= 0x7f || strings.ContainsRune(`(){%*"\`, r)
		})
	case model.Quoted:
		return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 || r == '\r' || r == '\n' })
	}
	return true
}

// A string goes out in its form, or in the next that can carry its octets, and
// comes back as that, wherever a command has it (section 4.3).
func TestAStringGoesOutInTheFirstFormThatCarriesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := model.AString{S: octets.Draw(t, "octets"), Form: model.Form(rapid.IntRange(0, 3).Draw(t, "form"))}
		legal := a
		for !carries(legal.Form, a.S) {
			legal.Form++
		}
		require.Equal(t, legal, a.Legal())

		sent, back := holding(a), holding(legal)
		for i, c := range sent {
			text := wire.FormatCommand(c)
			require.Equal(t, back[i], wire.ParseCommand(text), "%q", text)
			require.Len(t, wire.Chunks(wire.AppendCommand(nil, "A1", c)), 1+waits(back[i]), "%q", text)
		}
	})
}

// holding are commands with the string in every place that one has.
func holding(a model.AString) []model.Command {
	b, one := model.A("b"), model.One(1)
	pattern := a // an atom that it has may hold wildcards
	pattern.Form = max(a.Form, model.Quoted)
	key := func(k string, args ...model.AString) model.SearchKey { return model.SearchKey{Key: k, Args: args} }
	return []model.Command{
		model.LoginCmd{User: a, Password: b}, model.LoginCmd{User: b, Password: a}, model.LoginCmd{User: a, Password: a},
		model.Mailbox{Verb: "SELECT", Box: a}, model.Rename{From: a, To: b}, model.Rename{From: b, To: a},
		model.List{Verb: "LSUB", Ref: a, Pattern: model.AString{S: "%"}}, model.List{Verb: "LIST", Ref: b, Pattern: pattern.Legal()},
		model.StatusCmd{Box: a, Items: []string{"UNSEEN"}}, model.Append{Box: a, Message: a.S},
		model.Copy{Set: one, Box: a}, model.Copy{UID: true, Set: one, Box: a, Move: true},
		model.Search{Keys: []model.SearchKey{key("SUBJECT", a), key("HEADER", b, a), key("HEADER", a, b),
			{Key: "OR", Keys: []model.SearchKey{key("TO", a), {Key: "NOT", Keys: []model.SearchKey{key("BODY", a)}}}}}},
	}
}

// What a server sends and the parser takes, the encoder writes so that it is the
// same again; and the reader finds the same responses in the stream, in whatever
// pieces it comes.
func TestResponsesOfAServerRoundTrip(t *testing.T) {
	server, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	defer server.Close()
	d := fuzz.Driver{Target: server, Machine: model.New()}
	d.Machine.Profile, err = d.Probe(t.Context())
	require.NoError(t, err)
	traces := rapidgen.Trace(d.Machine, fuzz.GenerateOptions{Steps: 25, Conns: 2})
	rapid.Check(t, func(t *rapid.T) {
		run, err := d.Run(t.Context(), traces.Draw(t, "trace"))
		require.NoError(t, err, "trouble of ours")
		var all []model.Response
		var stream []byte
		for _, x := range run.Transcript.Exchanges {
			for _, r := range x.Reply.Responses {
				if r.IsCut() {
					continue
				}
				all, stream = append(all, r), append(append(stream, r.Raw...), "\r\n"...)
				if r.Syntax != nil {
					continue
				}
				again := wire.ParseResponse(string(wire.AppendResponse(nil, r)))
				again.Raw = r.Raw
				require.Equal(t, r, again)
			}
		}
		for _, src := range []io.Reader{bytes.NewReader(stream), iotest.OneByteReader(bytes.NewReader(stream))} {
			rd := wire.NewReader(src, wire.Limits{})
			for _, want := range all {
				got, err := rd.Next()
				require.NoError(t, err)
				require.Equal(t, want, got)
			}
			_, err := rd.Next()
			require.ErrorIs(t, err, io.EOF)
		}
	})
}
