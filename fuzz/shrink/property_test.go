package shrink_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/shrink"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/rapidgen"
)

const key = "wanted"

// needs is a Run that fails where commands of these names follow one another, with
// anything between them, and the fixture has so many messages. It shows other
// failures as well.
func needs(messages int, names []string) shrink.Run {
	return func(_ context.Context, t model.Trace) (found []shrink.Failure, err error) {
		n := 0
		for i, st := range t.Steps {
			if st.Cmd.Name() == "NOOP" {
				found = append(found, shrink.Failure{Key: "other", Step: i})
			}
			if n < len(names) && st.Cmd.Name() == names[n] {
				if n++; n == len(names) && t.Fixture.Messages >= messages {
					found = append(found, shrink.Failure{Key: key, Step: i})
				}
			}
		}
		return found, nil
	}
}

// requireShrunk requires of a result what is promised: it fails with the key, it
// is not larger, and, if the budget was not spent, no step of it can go.
func requireShrunk(t *rapid.T, key string, run shrink.Run, in model.Trace, got shrink.Result, budget int) {
	fails := func(tr model.Trace) (shrink.Failure, bool) {
		found, err := run(t.Context(), tr)
		require.NoError(t, err)
		i := slices.IndexFunc(found, func(f shrink.Failure) bool { return f.Key == key })
		if i < 0 {
			return shrink.Failure{}, false
		}
		return found[i], true
	}
	f, ok := fails(got.Trace)
	require.True(t, ok, "the result does not fail with %s", key)
	require.Equal(t, f, got.Failure)
	require.Equal(t, got.Tries, got.Confirmed)
	require.LessOrEqual(t, got.Runs, budget)

	require.LessOrEqual(t, len(got.Trace.Steps), len(in.Steps))
	if len(got.Trace.Steps) == len(in.Steps) {
		require.LessOrEqual(t, got.Trace.Fixture.Messages, in.Fixture.Messages)
	}
	for other, tr := range got.Others {
		require.NotEqual(t, key, other)
		found, err := run(t.Context(), tr)
		require.NoError(t, err)
		require.True(t, slices.ContainsFunc(found, func(f shrink.Failure) bool { return f.Key == other }), "the trace for %s", other)
	}
	if got.Runs == budget {
		return
	}
	require.Equal(t, len(got.Trace.Steps)-1, f.Step, "steps behind the failure")
	for i := range got.Trace.Steps {
		less := model.Trace{Fixture: got.Trace.Fixture, Steps: slices.Delete(slices.Clone(got.Trace.Steps), i, i+1)}
		_, ok := fails(less)
		require.False(t, ok && len(less.Steps) > 0, "step %d can go: %v", i, got.Trace.Steps)
	}
	if got.Trace.Fixture.Messages > 0 {
		less := got.Trace
		less.Fixture.Messages--
		_, ok := fails(less)
		require.False(t, ok, "a message can go")
	}
}

// options are those of a campaign for a trace, with a repair and shortcuts or
// without.
func options(t *rapid.T, m model.Machine, tr model.Trace) shrink.Options {
	o := shrink.Options{MaxRuns: rapid.SampledFrom([]int{10, 300, 1000}).Draw(t, "runs"), Confirm: 1}
	if rapid.Bool().Draw(t, "repair") {
		o.Repair = m.Repairer(tr)
	}
	if rapid.Bool().Draw(t, "shortcut") {
		o.Shortcut = m.Shortcut
	}
	return o
}

// Commands in an order, and messages, are all that is left of what fails for
// them.
func TestShrinkKeepsTheKey(t *testing.T) {
	m := model.New()
	traces := rapidgen.Trace(m, fuzz.GenerateOptions{Steps: 25, Conns: 3})
	rapid.Check(t, func(t *rapid.T) {
		in := traces.Draw(t, "trace")
		var names []string
		for _, st := range in.Steps {
			if rapid.IntRange(0, 5).Draw(t, "needed") == 0 {
				names = append(names, st.Cmd.Name())
			}
		}
		if len(names) == 0 {
			names = []string{in.Steps[0].Cmd.Name()}
		}
		run := needs(rapid.IntRange(0, in.Fixture.Messages).Draw(t, "messages"), names)
		o := options(t, m, in)
		was := fmt.Sprint(in)
		got, err := shrink.Shrink(t.Context(), in, key, run, o)
		require.NoError(t, err)
		require.Equal(t, was, fmt.Sprint(in), "the input is not touched")
		requireShrunk(t, key, run, in, got, o.MaxRuns)
		if got.Runs < o.MaxRuns {
			require.Len(t, got.Trace.Steps, len(names))
		}
	})
}

// What the embedded server was seen to do wrong, it does in the shrunk trace.
func TestShrinkKeepsTheKeyOfAServer(t *testing.T) {
	server, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	defer server.Close()
	m := model.New()
	d := fuzz.Driver{Target: server, Machine: m}
	traces := rapidgen.Trace(m, fuzz.GenerateOptions{Steps: 15, Conns: 2})
	run := func(ctx context.Context, t model.Trace) (found []shrink.Failure, err error) {
		r, err := d.Run(ctx, t)
		for _, v := range r.Violations {
			found = append(found, shrink.Failure{Key: v.Key(), Step: v.Step})
		}
		return found, err
	}
	rapid.Check(t, func(t *rapid.T) {
		in := traces.Draw(t, "trace")
		found, err := run(t.Context(), in)
		require.NoError(t, err)
		if len(found) == 0 {
			return
		}
		key := rapid.SampledFrom(found).Draw(t, "failure").Key
		o := options(t, m, in)
		got, err := shrink.Shrink(t.Context(), in, key, run, o)
		require.NoError(t, err)
		requireShrunk(t, key, run, in, got, o.MaxRuns)
	})
}
