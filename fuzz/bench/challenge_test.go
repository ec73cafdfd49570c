package bench

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/fault"
)

// One of each layer and each least length that is proven of any is among them.
func TestChallengeIsOfEveryKind(t *testing.T) {
	kind := func(f *fault.Fault) string { return fmt.Sprint(f.Layer, " ", f.Least) }
	var kinds []string
	list := Challenge()
	for _, f := range list {
		require.NotNil(t, f)
		kinds = append(kinds, kind(f))
	}
	for _, b := range proofs(t) {
		f := fault.Find(b.Fault)
		if b.Proven() {
			assert.Contains(t, kinds, kind(f), f.Name)
		} else {
			assert.NotContains(t, list, f, "it is not proven")
		}
	}
}

// The first trace that shows a fault is made as short as can be, in few runs, and to the
// same whatever the seed.
func TestShrinkChallenge(t *testing.T) {
	g := Grid{Faults: Challenge(), Generators: Generators()[:1], Seeds: 20, Commands: 20_000, Shrink: true, Jobs: 2}
	if testing.Short() {
		g.Seeds = 3
	}
	list, err := g.Run(t.Context())
	require.NoError(t, err)
	found, least := 0, 0
	for _, r := range Rows(list) {
		t.Logf("%s: found %d/%d, length %d (%d of %d), %d different, %d runs", r.Fault.Name, r.Found, r.Runs, r.Final, r.Least, r.Fault.Least, r.Distinct, r.ShrinkRuns)
		found, least = found+r.Found, least+r.Least
		assert.Equal(t, r.Found, r.Least, "%s: those as short as can be", r.Fault.Name)
		assert.LessOrEqual(t, r.Distinct, 1, r.Fault.Name)
	}
	var runs []int
	for _, e := range list {
		if e.Found {
			runs = append(runs, e.Runs)
		}
	}
	assert.GreaterOrEqual(t, found*100, 90*len(list))
	assert.GreaterOrEqual(t, least*100, 95*found, "those that end at the proven least")
	assert.LessOrEqual(t, middle(runs), 100)
}
