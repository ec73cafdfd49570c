package shrink

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

// Candidates are what Shrink runs if nothing fails, but for the beginnings.
func TestCandidatesAreThoseOfShrink(t *testing.T) {
	for seed := range uint64(20) {
		r := random(seed)
		in := randomTrace(r, 1+r.IntN(60))
		before := format(in)
		o := Options{MaxRuns: 1 + r.IntN(400), Confirm: -1, Repair: repair, Format: format}
		var ran []string
		_, err := Shrink(context.Background(), in, wanted, func(_ context.Context, c model.Trace) ([]Failure, error) {
			if ran = append(ran, format(c)); len(ran) > 1 {
				return nil, nil
			}
			return []Failure{found(wanted, len(c.Steps)-1)}, nil
		}, o)
		require.NoError(t, err)
		s := newShrinker(context.Background(), in, wanted, nil, o)
		var list []string
		for c := range Candidates(in, o) {
			require.Negative(t, s.rankOf(c).compare(s.rank), "it is smaller")
			list = append(list, format(c))
		}
		assert.Equal(t, before, format(in), "the input is not touched")
		require.Less(t, len(list), o.MaxRuns)
		assert.Len(t, slices.Compact(slices.Sorted(slices.Values(list))), len(list), "none comes twice")
		beginnings := 0
		for n := len(in.Steps) / 2; n > 0; n /= 2 {
			beginnings++
		}
		cuts := list[min(beginnings, len(list)):]
		want := slices.DeleteFunc(ran[1:], func(text string) bool { return slices.Contains(list[:len(list)-len(cuts)], text) })
		assert.Equal(t, want[:min(len(want), len(cuts))], cuts[:min(len(want), len(cuts))])
		assert.InDelta(t, len(want), len(cuts), float64(beginnings))
	}
}

// Who begins anew with each trace that fails gets as far as Shrink.
func TestCandidatesLeadToTheMinimum(t *testing.T) {
	for seed, b := range bugs {
		in := b.failing(random(uint64(seed)), fixture)
		o := Options{MaxRuns: 400, Repair: repair, Format: format}
		ours, err := Shrink(context.Background(), in, b.key(), b.run, o)
		require.NoError(t, err)
		best, seen := in, map[string]bool{}
		for again := true; again; {
			again = false
			for c := range Candidates(best, o) {
				if seen[format(c)] {
					continue
				}
				seen[format(c)] = true
				if failures, _ := b.run(context.Background(), c); len(failures) > 0 {
					best, again = c, true
					break
				}
			}
		}
		t.Logf("%s: Shrink %d steps in %d runs, the candidates %d in %d", b.name, len(ours.Trace.Steps), ours.Runs, len(best.Steps), len(seen))
		assert.LessOrEqual(t, len(best.Steps), len(ours.Trace.Steps), b.name)
	}
}

func TestCandidatesOfNothing(t *testing.T) {
	for range Candidates(model.Trace{}, Options{}) {
		t.Error("nothing is smaller than nothing")
	}
}
