package properties_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
	"github.com/imapcheck/imapcheck/properties"
	"github.com/imapcheck/imapcheck/properties/rapidgen"
)

// embedded is a driver of the embedded server, and traces for it.
func embedded(t *testing.T) (fuzz.Driver, *rapid.Generator[model.Trace]) {
	server, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { server.Close() })
	d := fuzz.Driver{Target: server, Machine: model.New()}
	d.Machine.Profile, err = d.Probe(t.Context())
	require.NoError(t, err)
	return d, rapidgen.Trace(d.Machine, fuzz.GenerateOptions{Steps: 25, Conns: 2})
}

// now is the date of a message that had none when it was appended.
var now = regexp.MustCompile(`INTERNALDATE "[^"]*"`)

// said is what a server says to each command, response for response, without
// continuation requests. It has its words in order: flags have none.
func said(tr model.Transcript) (list [][]string) {
	for _, x := range tr.Exchanges {
		one := []string{x.Reply.End.String()}
		for _, r := range x.Reply.Responses {
			if r.Tag != "+" {
				words := strings.FieldsFunc(now.ReplaceAllString(r.Raw, "INTERNALDATE"), func(c rune) bool { return strings.ContainsRune(" ()", c) })
				slices.Sort(words)
				one = append(one, strings.Join(words, " "))
			}
		}
		list = append(list, one)
	}
	return list
}

// accepted are the steps that were completed with OK.
func accepted(tr model.Transcript) map[int]bool {
	list := map[int]bool{}
	for _, x := range tr.Exchanges {
		list[x.Step] = x.Cmd != nil && x.Outcome() == model.OK
	}
	return list
}

// An atom, a quoted string and a literal are the same string to the server (RFC
// 3501 section 4.3, and 9 astring), and so is a literal that does not wait, where
// that is offered. Of literals in commands that it refuses nothing is said: this
// server may leave their octets for the next.
func TestServerDoesNotSeeForms(t *testing.T) {
	d, traces := embedded(t)
	require.True(t, d.Machine.Profile.Has("LITERAL-"))
	rapid.Check(t, func(t *rapid.T) {
		plain := rapidgen.Respelled(t, traces.Draw(t, "trace"), func(int) model.Form { return model.Quoted })
		first, err := d.Run(t.Context(), plain)
		require.NoError(t, err, "trouble of ours")
		ok := accepted(first.Transcript)
		again, err := d.Run(t.Context(), rapidgen.Respelled(t, plain, func(i int) model.Form {
			switch c := plain.Steps[i].Cmd; {
			case !ok[i]:
				return model.Quoted
			case model.Valid(c.Name(), model.NotAuthenticated) || len(wire.FormatCommand(c)) > 4096:
				return model.Literal // it is not offered before login, nor for more octets
			}
			return model.LiteralPlus
		}))
		require.NoError(t, err, "trouble of ours")
		requireSame(t, first, again)
	})
}

// The judge does not see them either: the same answers mean the same, whatever the
// server was asked in. What it asks for in the midst of a command is left out, and
// so are literals that a judge has a reason to see: one that does not wait may be
// refused, and a pattern of LIST is now and then not read (clean/list-literal).
func TestJudgeDoesNotSeeForms(t *testing.T) {
	d, traces := embedded(t)
	rapid.Check(t, func(t *rapid.T) {
		trace := traces.Draw(t, "trace")
		tr := hostile(t, trace)
		if rapid.Bool().Draw(t, "the embedded server") {
			run, err := d.Run(t.Context(), trace)
			require.NoError(t, err, "trouble of ours")
			tr = run.Transcript
		}
		respelled := func() model.Transcript {
			out := model.Transcript{Fixture: tr.Fixture, Exchanges: slices.Clone(tr.Exchanges)}
			for i := range out.Exchanges {
				x := &out.Exchanges[i]
				x.Reply.Responses = slices.DeleteFunc(slices.Clone(x.Reply.Responses), func(r model.Response) bool { return r.Tag == "+" })
				if x.Cmd == nil {
					continue
				}
				last := model.Literal
				if x.Cmd.Name() == "LIST" {
					last = model.Quoted
				}
				one := model.Trace{Steps: []model.Step{{Cmd: x.Cmd}}}
				x.Cmd = rapidgen.Respelled(t, one, func(int) model.Form { return last }).Steps[0].Cmd
			}
			return out
		}
		require.Equal(t, properties.Judge(d.Machine, respelled()), properties.Judge(d.Machine, respelled()))
	})
}

// Keywords have no case (section 9), to the server and to the judge.
func TestNobodySeesCase(t *testing.T) {
	d, traces := embedded(t)
	rapid.Check(t, func(t *rapid.T) {
		trace := traces.Draw(t, "trace")
		first, err := d.Run(t.Context(), trace)
		require.NoError(t, err, "trouble of ours")
		small := model.Trace{Fixture: trace.Fixture, Steps: slices.Clone(trace.Steps)}
		for i, st := range small.Steps {
			if rapid.Bool().Draw(t, "in lower case") {
				small.Steps[i].Cmd = inLowerCase(st.Cmd)
			}
		}
		again, err := d.Run(t.Context(), small)
		require.NoError(t, err, "trouble of ours")
		if !requireSame(t, first, again) {
			return
		}
		for i, x := range again.Transcript.Exchanges {
			first.Transcript.Exchanges[i].Reply = x.Reply // which is the same, but for the order of flags
		}
		require.Equal(t, properties.Judge(d.Machine, again.Transcript), properties.Judge(d.Machine, first.Transcript))
	})
}

// inLowerCase is a command with its name in lower case: one that no symbol has to be
// bound of, and that the session need not know.
func inLowerCase(c model.Command) model.Command {
	name, text := c.Name(), wire.FormatCommand(c)
	switch name {
	case "LOGOUT", "AUTHENTICATE", "STARTTLS", "IDLE", "X":
		return c
	}
	if _, raw := c.(model.Raw); raw || strings.Contains(text, "$") {
		return c
	}
	return model.Raw{Bytes: strings.ToLower(name) + strings.TrimPrefix(text, name)}
}

// requireSame requires that two runs show the same. Whether this server panics
// depends on the order of its maps; then there is nothing to compare, and it is
// false.
func requireSame(t *rapid.T, a, b fuzz.Result) bool {
	if a.Crash != "" || b.Crash != "" {
		return false
	}
	require.Equal(t, said(a.Transcript), said(b.Transcript))
	return true
}
