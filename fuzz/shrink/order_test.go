package shrink

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

// found is a failure at a step.
func found(key string, step int) Failure { return Failure{Key: key, Step: step} }

const wanted = "wanted"

func randomTrace(r *rand.Rand, n int) model.Trace {
	steps := alphabet("INBOX", "inbox", "Work/2024", "Old mail")
	t := model.Trace{Fixture: model.Fixture{Messages: r.IntN(9)}}
	for range n {
		t.Steps = append(t.Steps, steps[r.IntN(len(steps))])
	}
	return t
}

// TestShrinkRandomVerdicts lets a coin decide what fails: the shrinker must keep
// its promises whatever it is told.
func TestShrinkRandomVerdicts(t *testing.T) {
	for seed := range uint64(300) {
		r := random(seed)
		in := randomTrace(r, 1+r.IntN(60))
		o := Options{MaxRuns: 1 + r.IntN(400), Confirm: 3}
		if r.IntN(2) == 0 {
			o.Repair = repair
		}
		if r.IntN(2) == 0 {
			o.Shortcut = func(t model.Trace, upTo int) []model.Trace {
				return []model.Trace{{Fixture: t.Fixture, Steps: t.Steps[upTo:]}, t, {}}
			}
		}
		var runs []model.Trace
		var accepted int // index in runs
		bias := 1 + r.IntN(4)
		got, err := Shrink(context.Background(), in, wanted, func(_ context.Context, c model.Trace) ([]Failure, error) {
			runs = append(runs, c)
			if len(runs) > 1 && r.IntN(bias) > 0 {
				return nil, nil
			}
			accepted = len(runs) - 1
			return []Failure{found("wanted", r.IntN(len(c.Steps)+3)-1)}, nil
		}, o)
		require.NoError(t, err)
		require.LessOrEqual(t, got.Runs, o.MaxRuns, "seed %d", seed)
		require.Len(t, runs, got.Runs+3, "seed %d: the confirmation is not counted", seed)
		distinct := map[string]bool{}
		for _, c := range runs[:got.Runs] {
			require.False(t, distinct[format(c)], "seed %d: a candidate was run twice", seed)
			distinct[format(c)] = true
		}
		for _, c := range runs[got.Runs:] {
			require.Equal(t, got.Trace, c, "seed %d: something else was confirmed", seed)
		}
		if accepted < got.Runs {
			require.Equal(t, runs[accepted], got.Trace, "seed %d: not the last that failed", seed)
			require.Zero(t, got.Confirmed)
		}
	}
}

// always fails at the last step.
func always(_ context.Context, t model.Trace) ([]Failure, error) {
	return []Failure{found("wanted", len(t.Steps)-1)}, nil
}

func TestShrinkOfWhatAlwaysFails(t *testing.T) {
	got, err := Shrink(context.Background(), randomTrace(random(1), 50), wanted, always, Options{})
	require.NoError(t, err)
	assert.Zero(t, got.Trace.Fixture)
	assert.LessOrEqual(t, len(got.Trace.Steps), 1)
}

func TestShrinkSpendsTheBudget(t *testing.T) {
	for _, budget := range []int{1, 2, 7, 20} {
		b := bugs[3]
		in := b.failing(random(1), fixture)
		got, err := Shrink(context.Background(), in, b.key(), b.run, Options{MaxRuns: budget, Confirm: 2, Repair: repair})
		require.NoError(t, err)
		assert.Equal(t, budget, got.Runs)
		assert.Equal(t, 2, got.Confirmed)
		list, _ := b.run(context.Background(), got.Trace)
		require.Len(t, list, 1)
		assert.Equal(t, got.Failure.Step, list[0].Step)
	}
}

func TestShrinkStops(t *testing.T) {
	b := bugs[0]
	in := b.failing(random(1), fixture)
	trouble := errors.New("no route to host")
	for name, want := range map[string]error{"environment": trouble, "cancel": context.Canceled} {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		runs := 0
		got, err := Shrink(ctx, in, b.key(), func(ctx context.Context, t model.Trace) ([]Failure, error) {
			if runs++; runs == 30 {
				if want == trouble {
					return nil, trouble
				}
				cancel()
			}
			return b.run(ctx, t)
		}, Options{Repair: repair})
		require.ErrorIs(t, err, want, name)
		assert.Equal(t, 30, runs, name)
		assert.Equal(t, 30, got.Runs, name)
		assert.Less(t, len(got.Trace.Steps), len(in.Steps), "%s: what was reached is kept", name)
		assert.Equal(t, b.key(), got.Failure.Key, name)
		assert.Zero(t, got.Tries, name)
	}
}

func TestShrinkNeedsAFailure(t *testing.T) {
	in := randomTrace(random(1), 9)
	never := func(context.Context, model.Trace) ([]Failure, error) { return nil, nil }
	got, err := Shrink(context.Background(), in, wanted, never, Options{})
	require.ErrorIs(t, err, ErrNotReproduced)
	assert.Equal(t, in, got.Trace)
	assert.Equal(t, 1, got.Runs)
}

func TestShrinkConfirms(t *testing.T) {
	n := 0
	flaky := func(_ context.Context, t model.Trace) ([]Failure, error) {
		if n++; n%2 == 0 {
			return nil, nil
		}
		return always(context.Background(), t)
	}
	got, err := Shrink(context.Background(), model.Trace{}, wanted, flaky, Options{Confirm: 8})
	require.NoError(t, err)
	assert.Equal(t, 4, got.Confirmed)
	assert.Equal(t, 8, got.Tries)
}

// TestShrinkKeepsOthers: a trace without CREATE shows another bug.
func TestShrinkKeepsOthers(t *testing.T) {
	has := func(t model.Trace, name string) bool {
		for _, step := range t.Steps {
			if step.Cmd.Name() == name {
				return true
			}
		}
		return false
	}
	run := func(_ context.Context, t model.Trace) ([]Failure, error) {
		last := len(t.Steps) - 1
		switch {
		case has(t, "CREATE") && has(t, "DELETE"):
			return []Failure{found("wanted", last)}, nil
		case has(t, "DELETE"):
			return []Failure{found("other", last)}, nil
		}
		return nil, nil
	}
	got, err := Shrink(context.Background(), randomTrace(random(5), 80), wanted, run, Options{})
	require.NoError(t, err)
	assert.Len(t, got.Trace.Steps, 2)
	require.Len(t, got.Others, 1)
	other := got.Others["other"]
	assert.Len(t, other.Steps, 1)
	assert.Equal(t, "DELETE", other.Steps[0].Cmd.Name())
}

func TestShrinkIsDeterministic(t *testing.T) {
	for seed, b := range bugs {
		in := b.failing(random(uint64(seed)), fixture)
		before := format(in)
		var logs [2][]string
		var results [2]Result
		for i := range results {
			var err error
			results[i], err = Shrink(context.Background(), in, b.key(), func(ctx context.Context, t model.Trace) ([]Failure, error) {
				logs[i] = append(logs[i], format(t))
				return b.run(ctx, t)
			}, Options{Repair: repair})
			require.NoError(t, err)
		}
		assert.Equal(t, results[0], results[1])
		assert.Equal(t, logs[0], logs[1], "the same candidates in the same order")
		assert.Equal(t, before, format(in), "the input is not touched")
	}
}
