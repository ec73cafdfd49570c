package bench

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The first trace that shows a sample is made as short as can be, in few runs, and to
// the same whatever the seed.
func TestShrinkChallenge(t *testing.T) {
	g := Grid{Faults: samples, Generators: Generators()[:1], Seeds: 20, Commands: 20_000, Shrink: true, Jobs: 2}
	if testing.Short() {
		g.Seeds = 5
	}
	list, err := g.Run(t.Context())
	require.NoError(t, err)
	found, least, one := 0, 0, 0
	var runs []int
	for _, r := range Rows(list) {
		t.Logf("%s: found %d/%d, length %d (%d of %d), %d different, %d runs", r.Fault.Name, r.Found, r.Runs, r.Final, r.Least, r.Fault.Least, r.Distinct, r.ShrinkRuns)
		found, least = found+r.Found, least+r.Least
		if r.Distinct == 1 {
			one++
		}
	}
	for _, e := range list {
		if e.Found {
			runs = append(runs, e.Runs)
		}
	}
	slices.Sort(runs)
	assert.GreaterOrEqual(t, least*100, 90*found, "those that end at the proven least")
	assert.LessOrEqual(t, runs[len(runs)/2], 100)
	assert.GreaterOrEqual(t, one, 3, "faults with one trace for all seeds")
}
