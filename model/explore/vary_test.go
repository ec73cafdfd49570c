package explore_test

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

// varied are a suite's programs with the arguments of the generator.
func varied(t *testing.T, a *explore.Automaton, m model.Machine, suite []explore.Word, seed uint64) []model.Trace {
	t.Helper()
	src := fuzz.NewSource(seed, 0)
	return programs(t, a, suite, &explore.Variation{Words: fuzz.Words, Propose: func(s model.State, name string, malformed bool) model.Command {
		return fuzz.Propose(m, s, src, name, malformed)
	}})
}

// programs are the traces of a suite.
func programs(t *testing.T, a *explore.Automaton, suite []explore.Word, v *explore.Variation) []model.Trace {
	t.Helper()
	var list []model.Trace
	whole := 0
	for p, err := range a.Programs(suite, v) {
		require.NoError(t, err)
		if list = append(list, p.Trace); p.Whole {
			whole++
		}
	}
	require.Equal(t, len(suite), whole)
	return list
}

// pairsOf are the pairs of labels that programs take one after the other.
func pairsOf(t *testing.T, m model.Machine, traces []model.Trace) map[[2]string]bool {
	t.Helper()
	seen := map[[2]string]bool{}
	for _, tr := range traces {
		list, err := explore.Labels(m, tr)
		require.NoError(t, err)
		for i := 1; i < len(list); i++ {
			seen[[2]string{list[i-1], list[i]}] = true
		}
	}
	return seen
}

func TestVaryCoversWhatTheSuiteCovers(t *testing.T) {
	const seed = 3
	t.Logf("seed %d", seed)
	for _, c := range profiles {
		t.Run(c.name, func(t *testing.T) {
			a, m := automaton(t, c.p), model.Machine{Profile: c.p}
			suite := explore.Transitions(&a.Mealy, 0, nil)
			assert.Equal(t, varied(t, a, m, suite, seed), varied(t, a, m, suite, seed), "the same seed")
			if c.name == "plain" {
				suite = explore.Pairs(&a.Mealy, 400, nil)
			}
			traces := varied(t, a, m, suite, seed)
			seen := pairsOf(t, m, traces)
			for _, w := range suite {
				all := labels(a, w)
				for i := 1; i < len(all); i++ {
					require.True(t, seen[[2]string{all[i-1], all[i]}], "%s, %s", all[i-1], all[i])
				}
			}
		})
	}
}

// The suite of all pairs, varied, shows of the embedded server what is known, and much
// more than the commands of the classes do.
func TestVariedPairsOnTheEmbeddedServer(t *testing.T) {
	server, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	defer server.Close()
	d := fuzz.Driver{Target: server, Machine: model.New()}
	d.Machine.Profile, err = d.Probe(t.Context())
	require.NoError(t, err)
	text, err := fs.ReadFile(corpus.Data, "known/mem.txt")
	require.NoError(t, err)
	known, err := corpus.ParseKnown(text)
	require.NoError(t, err)
	a := automaton(t, d.Machine.Profile)
	suite := explore.Pairs(&a.Mealy, 400, nil)
	keys := func(traces []model.Trace) map[string]bool {
		found := map[string]bool{}
		for _, tr := range traces {
			r, err := d.Run(t.Context(), tr)
			require.NoError(t, err)
			for _, v := range r.Violations {
				assert.True(t, known[v.Key()], "%s: got %s, want %s", v.Key(), v.Got, v.Want)
				found[v.Key()] = true
			}
		}
		return found
	}
	plain, other := keys(programs(t, a, suite, nil)), keys(varied(t, a, d.Machine, suite, 1))
	t.Logf("%d keys, varied %d", len(plain), len(other))
	assert.GreaterOrEqual(t, len(plain), 8)
	assert.Greater(t, len(other), 2*len(plain))
}
