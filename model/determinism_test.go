package model_test

import (
	"path/filepath"
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

// evidence is a transcript and what is known of its server.
type evidence struct {
	m  model.Machine
	tr model.Transcript
}

// found is evidence of the embedded server, and such as no server gives.
func found(t *testing.T) *rapid.Generator[evidence] {
	server, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { server.Close() })
	d := fuzz.Driver{Target: server, Machine: extended}
	traces := rapidgen.Trace(extended, fuzz.GenerateOptions{Steps: 20, Conns: 3})
	return rapid.Custom(func(rt *rapid.T) evidence {
		if rapid.IntRange(0, 2).Draw(rt, "babble") == 0 {
			return evidence{extended, babble(rt)}
		}
		run, err := d.Run(t.Context(), traces.Draw(rt, "trace"))
		require.NoError(rt, err, "trouble of ours")
		return evidence{extended, run.Transcript}
	})
}

// scenarios is the evidence that breaks each rule, and that comes close.
func scenarios(t *testing.T) map[string]evidence {
	files, err := filepath.Glob("../properties/scenarios/*/*.trace")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	all := map[string]evidence{}
	for _, name := range files {
		f, err := corpus.ReadFile(name)
		require.NoError(t, err)
		delim := "/"
		if f.Delim != "" {
			delim = strings.TrimPrefix(f.Delim, "NIL")
		}
		all[name] = evidence{model.Machine{Profile: model.Profile{Delim: delim, Caps: f.Caps, TLS: f.TLS}}, *f.Transcript}
	}
	return all
}

// judged folds a transcript; step says what each exchange is judged in.
func (e evidence) judged(step func(model.State) model.State) (model.State, [][]model.Violation) {
	var all [][]model.Violation
	s := e.m.Init(e.tr.Fixture)
	for _, x := range e.tr.Exchanges {
		var vs []model.Violation
		s, vs = e.m.Next(step(s), x)
		all = append(all, vs)
	}
	return s, all
}

func same(s model.State) model.State { return s }

// each holds a property against random evidence, and that of every scenario.
func each(t *testing.T, holds func(require.TestingT, evidence)) {
	random := found(t)
	rapid.Check(t, func(t *rapid.T) { holds(t, random.Draw(t, "evidence")) })
	for name, e := range scenarios(t) {
		t.Run(filepath.Base(name), func(t *testing.T) { holds(t, e) })
	}
}

// The same evidence always means the same, whatever the order of maps: the
// violations, and what is known afterwards.
func TestVerdictIsDetermined(t *testing.T) {
	each(t, func(t require.TestingT, e evidence) {
		s, want := e.judged(same)
		for range 3 {
			again, got := e.judged(same)
			require.Equal(t, want, got)
			require.Equal(t, dump(s), dump(again))
		}
	})
}

// A clone knows what the original knows, and goes the same way.
func TestCloneGoesTheSameWay(t *testing.T) {
	each(t, func(t require.TestingT, e evidence) {
		s, want := e.judged(same)
		again, got := e.judged(func(s model.State) model.State {
			c := s.Clone()
			require.Equal(t, dump(s), dump(c))
			return c
		})
		require.Equal(t, want, got)
		require.Equal(t, dump(s), dump(again))
	})
}

// Whatever becomes of a clone, the original stays what it is.
func TestCloneSharesNothing(t *testing.T) {
	each(t, func(t require.TestingT, e evidence) {
		var originals []model.State
		var before []string
		e.judged(func(s model.State) model.State {
			originals, before = append(originals, s), append(before, dump(s))
			c, p := s.Clone(), s.Clone()
			for _, x := range e.tr.Exchanges[len(originals)-1:] {
				p = e.m.Predict(p, model.Step{Conn: x.Conn, Cmd: predictable(x)})
			}
			return c // which all that follows is done to
		})
		for i, s := range originals {
			require.Equal(t, before[i], dump(s), "before exchange %d", i)
		}
	})
}

// A view is that of a connection which is in Selected.
func TestViewIsOfSelected(t *testing.T) {
	each(t, func(t require.TestingT, e evidence) {
		e.judged(func(s model.State) model.State {
			for i, c := range s.Conns {
				require.LessOrEqual(t, c.Phase, model.Logout)
				require.True(t, c.View == nil || c.Phase == model.Selected, "connection %d, %s", i, c.Phase)
			}
			return s
		})
	})
}

// What is predicted of any steps, on any connections, is one thing, and is a
// state that there is; what is asked of it changes nothing.
func TestPredictIsTotalAndDetermined(t *testing.T) {
	traces := rapidgen.Trace(extended, fuzz.GenerateOptions{Steps: 25, Conns: 2})
	machines := []model.Machine{extended, model.New(), closed, imaps,
		{Profile: model.Profile{Delim: ".", Preauth: true}}, {Profile: model.Profile{Caps: []string{"MOVE", "UIDPLUS"}}}}
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(machines).Draw(t, "machine")
		tr := traces.Draw(t, "trace")
		tr.Steps = slices.Clone(tr.Steps)
		for range rapid.IntRange(0, 20).Draw(t, "more") {
			tr.Steps = append(tr.Steps, model.Step{Conn: rapid.IntRange(0, 5).Draw(t, "conn"), Cmd: wire.ParseCommand(say(t, commandWords))})
		}
		if rapid.Bool().Draw(t, "in any order") {
			tr.Steps = rapid.Permutation(tr.Steps).Draw(t, "order")
		}
		s, again := m.Init(tr.Fixture), m.Init(tr.Fixture)
		for i, st := range tr.Steps {
			was, text := dump(s), wire.FormatCommand(st.Cmd)
			bound := m.Bind(s, st.Conn, st.Cmd)
			require.Equal(t, bound, m.Bind(again, st.Conn, st.Cmd))
			require.Equal(t, text, wire.FormatCommand(st.Cmd), "Bind changed the command")
			require.Equal(t, was, dump(s), "Bind changed the state")
			s, again = m.Predict(s, st), m.Predict(again, st)
			require.Equal(t, dump(s), dump(again), "step %d", i)
			p := s.Phase(st.Conn)
			require.True(t, model.NotAuthenticated <= p && p <= model.Logout, "step %d: %s", i, p)
			for _, c := range s.Conns {
				require.Equal(t, c.Phase == model.Selected, c.View != nil, "step %d", i)
			}
		}
	})
}

// An atom, a quoted string and a literal predict the same (RFC 3501 section 4.3).
func TestPredictDoesNotSeeForms(t *testing.T) {
	traces := rapidgen.Trace(extended, fuzz.GenerateOptions{Steps: 25, Conns: 2})
	rapid.Check(t, func(t *rapid.T) {
		tr := traces.Draw(t, "trace")
		other := rapidgen.Respelled(t, tr, func(int) model.Form { return model.LiteralPlus })
		s, again := extended.Init(tr.Fixture), extended.Init(tr.Fixture)
		for i, st := range tr.Steps {
			s, again = extended.Predict(s, st), extended.Predict(again, other.Steps[i])
			require.Equal(t, dump(s), dump(again), "step %d", i)
		}
	})
}
