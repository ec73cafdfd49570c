package explore_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

// profiles are servers of different offers.
var profiles = []struct {
	name   string
	p      model.Profile
	states []string
}{
	{"plain", model.New().Profile,
		[]string{"Logout", "NotAuthenticated", "Authenticated", "Selected", "Selected read-only", "Selected or not"}},
	{"preauth", model.Profile{Delim: "/", Preauth: true},
		[]string{"Logout", "Authenticated", "Selected", "Selected read-only", "Selected or not"}},
	{"extended", model.Profile{Delim: ".", Caps: model.Understood([]string{"ENABLE", "IDLE", "LITERAL+", "MOVE", "NAMESPACE", "UIDPLUS", "UNSELECT"})},
		[]string{"Logout", "NotAuthenticated", "Authenticated", "Selected", "Selected read-only", "Selected or not"}},
}

func automaton(t *testing.T, p model.Profile) *explore.Automaton {
	t.Helper()
	a, err := explore.NewAutomaton(model.Machine{Profile: p})
	require.NoError(t, err)
	return a
}

func TestAutomatonStates(t *testing.T) {
	for _, c := range profiles {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.states, automaton(t, c.p).States) })
	}
}

// The figure of RFC 3501 section 3: what leads from where to where.
func TestAutomatonHasTheArrowsOfTheFigure(t *testing.T) {
	a := automaton(t, model.New().Profile)
	var arrows []string
	for _, e := range a.Edges() {
		if to := a.Next[e.From][e.Input]; to != e.From && !strings.Contains(a.States[e.From]+a.States[to], "or not") {
			arrows = append(arrows, a.States[e.From]+" -"+a.Inputs[e.Input]+"-> "+a.States[to])
		}
	}
	fromLogout := func(s string) bool {
		return strings.HasPrefix(s, "Logout") && strings.HasSuffix(s, "> NotAuthenticated")
	}
	require.True(t, slices.ContainsFunc(arrows, fromLogout)) // a new connection
	arrows = slices.DeleteFunc(arrows, fromLogout)
	assert.Equal(t, []string{
		"Logout -AUTHENTICATE-> Authenticated",
		"Logout -LOGIN-> Authenticated",
		"NotAuthenticated -LOGOUT-> Logout",
		"NotAuthenticated -AUTHENTICATE-> Authenticated",
		"NotAuthenticated -LOGIN-> Authenticated",
		"Authenticated -LOGOUT-> Logout",
		"Authenticated -SELECT-> Selected",
		"Authenticated -EXAMINE-> Selected read-only",
		"Selected -LOGOUT-> Logout",
		"Selected -SELECT no-> Authenticated",
		"Selected -EXAMINE-> Selected read-only",
		"Selected -EXAMINE no-> Authenticated",
		"Selected -CLOSE-> Authenticated",
		"Selected read-only -LOGOUT-> Logout",
		"Selected read-only -SELECT-> Selected",
		"Selected read-only -SELECT no-> Authenticated",
		"Selected read-only -EXAMINE no-> Authenticated",
		"Selected read-only -CLOSE-> Authenticated",
	}, arrows)
}

// labels are what the automaton says that a word does.
func labels(a *explore.Automaton, w explore.Word) []string {
	var list []string
	at := a.Start
	for _, i := range w {
		list = append(list, a.Labels[at][i])
		at = a.Next[at][i]
	}
	return list
}

// requireReplayed plays a suite to the model, and is the labels that it has seen: at
// the end of each trace just those of the word.
func requireReplayed(t *testing.T, a *explore.Automaton, p model.Profile, suite []explore.Word) map[string]bool {
	t.Helper()
	seen := map[string]bool{}
	for i, tr := range programs(t, a, suite, nil) {
		got, err := explore.Labels(model.Machine{Profile: p}, tr)
		require.NoError(t, err)
		want := labels(a, suite[i])
		require.Equal(t, want, got[len(got)-len(want):])
		for _, l := range got {
			seen[l] = true
		}
	}
	return seen
}

func TestTransitionSuite(t *testing.T) {
	for _, c := range profiles {
		t.Run(c.name, func(t *testing.T) {
			a := automaton(t, c.p)
			suite := explore.Transitions(&a.Mealy, 0, nil)
			require.Len(t, suite, 1)
			assert.Less(t, len(suite[0]), len(a.Edges())*5/4)
			edges, _ := covered(t, &a.Mealy, suite)
			assert.Len(t, edges, len(a.Edges()))
			seen := requireReplayed(t, a, c.p, suite)
			for _, l := range (model.Machine{Profile: c.p}).Reachable() {
				if !strings.Contains(l, " greeting ") {
					assert.True(t, seen[l], l)
				}
			}
		})
	}
}

func TestPairSuite(t *testing.T) {
	p := model.New().Profile
	a := automaton(t, p)
	suite := explore.Pairs(&a.Mealy, 400, nil)
	_, pairs := covered(t, &a.Mealy, suite)
	assert.Len(t, pairs, len(a.Pairs()))
	assert.Less(t, length(suite), len(pairs)*3/2)
	for _, w := range suite {
		assert.LessOrEqual(t, len(w), 400)
	}
	requireReplayed(t, a, p, suite)
}

func TestWpSuite(t *testing.T) {
	for _, c := range profiles {
		t.Run(c.name, func(t *testing.T) {
			a := automaton(t, c.p)
			m, _ := a.Sound()
			assert.Equal(t, slices.DeleteFunc(slices.Clone(c.states), func(s string) bool { return s == "Selected or not" }), m.States)
			for i, name := range a.Inputs {
				lost := name == "SELECT malformed" || name == "EXAMINE malformed"
				assert.NotEqual(t, lost, slices.Contains(m.Inputs, a.Inputs[i]), name)
			}
			suite, err := a.Wp(0)
			require.NoError(t, err)
			seen := requireReplayed(t, a, c.p, suite)
			for s := range m.States {
				for _, name := range m.Inputs {
					assert.True(t, seen[a.Labels[slices.Index(a.States, m.States[s])][slices.Index(a.Inputs, name)]])
				}
			}
		})
	}
}

// Every automaton with one fault in an output or in the state behind a transition is
// found out, and none that has no fault.
func TestWpSuiteKillsEveryMutant(t *testing.T) {
	for _, c := range profiles {
		t.Run(c.name, func(t *testing.T) {
			m, _ := automaton(t, c.p).Sound()
			var outputs []string
			for _, out := range slices.Concat(m.Out...) {
				if !slices.Contains(outputs, out) {
					outputs = append(outputs, out)
				}
			}
			suite, err := explore.Wp(m, 0)
			require.NoError(t, err)
			killed := 0
			mutants(m, outputs, false, func(mutant *explore.Mealy) {
				require.NotEqual(t, same(m, mutant), kills(suite, m, mutant))
				killed++
			})
			assert.Equal(t, len(m.Edges())*(len(outputs)-1+len(m.States)-1), killed)
		})
	}
}

// The same with a state more, which a transition leads to in the place of the right
// one: for a few inputs.
func TestWpSuiteKillsMutantsWithAStateMore(t *testing.T) {
	m, _ := automaton(t, model.New().Profile).Sound()
	few := &explore.Mealy{States: m.States, Start: m.Start}
	keep := func(list []string) (out []string) {
		for i, name := range m.Inputs {
			if slices.Contains([]string{"NOOP", "LOGOUT", "LOGIN", "SELECT", "SELECT no", "EXAMINE", "CLOSE", "STORE"}, name) {
				out = append(out, list[i])
			}
		}
		return out
	}
	few.Inputs = keep(m.Inputs)
	for s := range m.States {
		few.Out = append(few.Out, keep(m.Out[s]))
		var next []int
		for i, name := range m.Inputs {
			if slices.Contains(few.Inputs, name) {
				next = append(next, m.Next[s][i])
			}
		}
		few.Next = append(few.Next, next)
	}
	suite, err := explore.Wp(few, 1)
	require.NoError(t, err)
	killed := 0
	mutants(few, []string{"ok", "not ok"}, true, func(mutant *explore.Mealy) {
		require.NotEqual(t, same(few, mutant), kills(suite, few, mutant))
		killed++
	})
	assert.Greater(t, killed, 1500)
}

func TestSuitesAreTheSameEachTime(t *testing.T) {
	p := profiles[2].p
	a, b := automaton(t, p), automaton(t, p)
	assert.Equal(t, programs(t, a, explore.Transitions(&a.Mealy, 50, nil), nil), programs(t, b, explore.Transitions(&b.Mealy, 50, nil), nil))
	v, err := a.Wp(0)
	require.NoError(t, err)
	w, err := b.Wp(0)
	require.NoError(t, err)
	assert.Equal(t, v, w)
}
