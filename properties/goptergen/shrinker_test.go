package goptergen_test

import (
	"slices"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/prop"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/goptergen"
)

const knownFile = "../../corpus/known/mem.txt"

// campaign is one against the embedded server.
func campaign(t testing.TB) *fuzz.Campaign {
	t.Helper()
	mem, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { mem.Close() })
	d := fuzz.Driver{Target: mem, Machine: model.New()}
	d.Machine.Profile, err = d.Probe(t.Context())
	require.NoError(t, err)
	return &fuzz.Campaign{Driver: d, Level: model.MUST}
}

// counted is a property that looks for one violation, and counts its runs.
type counted struct {
	*fuzz.Campaign
	t    *testing.T
	key  string
	runs int
	seen map[string]bool
}

// holds is the property that a trace does not break the rule.
func (c *counted) holds(trace model.Trace) bool {
	c.runs++
	text := string(corpus.Format(&corpus.File{Trace: trace}))
	assert.False(c.t, c.seen[text], "nothing is tried twice\n%s", text)
	c.seen[text] = true
	r, err := c.Driver.Run(c.t.Context(), trace)
	require.NoError(c.t, err)
	return !slices.ContainsFunc(r.Violations, func(v model.Violation) bool { return v.Key() == c.key })
}

// Gopter makes a trace as short as a campaign does.
func TestGopterShrinksAsWeDo(t *testing.T) {
	c := campaign(t)
	var steps, runs, ourSteps, ourRuns, found float64
	for _, key := range []string{
		"delete-inbox/DELETE/Authenticated", "rename-inbox/RENAME/Authenticated", "rename-inferiors/RENAME/Authenticated",
		"examine-read-only/STORE/Selected", "state-gating/CHECK/NotAuthenticated", "close-read-only/CLOSE/Selected",
	} {
		for seed := range int64(2) {
			parameters := gopter.DefaultTestParametersWithSeed(seed + 1)
			parameters.MinSuccessfulTests = 3000
			look := counted{Campaign: c, t: t, key: key, seen: map[string]bool{}}
			result := prop.ForAll(look.holds, goptergen.Trace(c.Machine, fuzz.GenerateOptions{})).Check(parameters)
			require.Equal(t, gopter.TestFailed, result.Status, key)
			arg := result.Args[0]
			best, first := arg.Arg.(model.Trace), arg.OrigArg.(model.Trace)
			ours, err := c.Shrink(t.Context(), key, first)
			require.NoError(t, err)
			assert.Len(t, best.Steps, len(ours.Trace.Steps), "%s\n%s", key, corpus.Format(&corpus.File{Trace: best}))
			found++
			steps += float64(len(best.Steps))
			runs += float64(look.runs - result.Succeeded - 1)
			ourSteps += float64(len(ours.Trace.Steps))
			ourRuns += float64(ours.ShrinkRuns)
		}
	}
	t.Logf("%.0f findings: %.2f steps in %.0f runs by gopter, %.2f steps in %.0f runs by a campaign",
		found, steps/found, runs/found, ourSteps/found, ourRuns/found)
}
