package shrink

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

func format(t model.Trace) string { return fmt.Sprintf("%#v", t) }

// outline is the commands' names with their connections, for a log.
func outline(t model.Trace) string {
	var out []string
	for _, step := range t.Steps {
		out = append(out, fmt.Sprint(step.Conn, " ", step.Cmd.Name(), named(step.Cmd)))
	}
	return strings.Join(out, "; ")
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

var fixture = model.Fixture{Messages: 2}

func TestShrinkReachesTheMinimum(t *testing.T) {
	const seeds = 20
	total, minimal := 0, 0
	var runs []int
	for _, b := range bugs {
		want := b.minimum(fixture)
		require.Positive(t, want, b.name)
		for seed := range uint64(seeds) {
			in := b.failing(random(seed), fixture)
			got, err := Shrink(context.Background(), in, b.key(), b.run, Options{Repair: repair})
			require.NoError(t, err)
			require.Equal(t, 5, got.Confirmed)
			require.Equal(t, 5, got.Tries)
			require.GreaterOrEqual(t, len(got.Trace.Steps), want, "the search is wrong")
			total++
			runs = append(runs, got.Runs)
			if len(got.Trace.Steps) == want {
				minimal++
			} else {
				t.Logf("%s, seed %d: %d steps, minimum %d, %d runs: %s", b.name, seed, len(got.Trace.Steps), want, got.Runs, outline(got.Trace))
			}
			for _, box := range distinct(boxesOf(got.Trace.Steps)) {
				assert.Contains(t, []string{"INBOX", "a", "b"}, box)
			}
		}
	}
	slices.Sort(runs)
	median := runs[len(runs)/2]
	t.Logf("minimal: %d of %d; runs: median %d, largest %d", minimal, total, median, runs[len(runs)-1])
	assert.GreaterOrEqual(t, 100*minimal, 95*total)
	assert.LessOrEqual(t, median, 150)
}
