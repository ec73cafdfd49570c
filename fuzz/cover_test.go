package fuzz

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
)

// grownOf runs traces, and makes entries of them as they are.
func grownOf(t *testing.T, d Driver, n int) (entries []corpus.Entry) {
	t.Helper()
	for i := range n {
		trace := Generate(d.Machine, NewSource(3, i), GenerateOptions{Conns: 1 + i%2})
		r, err := d.Run(t.Context(), trace)
		require.NoError(t, err)
		entries = append(entries, corpus.Entry{Path: fmt.Sprint(i), File: fileOf(&d, trace, r.Transcript, r.Violations)})
	}
	return entries
}

// What was covered live is covered by the file.
func TestCoversIsTheSameOffline(t *testing.T) {
	d := memDriver(t)
	for i := range 50 {
		trace := Generate(d.Machine, NewSource(4, i), GenerateOptions{Conns: 1 + i%3})
		r, err := d.Run(t.Context(), trace)
		require.NoError(t, err)
		live := map[string]bool{}
		for _, p := range points(&r.Transcript, r.Transitions) {
			live[p.name] = true
			assert.True(t, p.step >= 0 && p.step <= len(trace.Steps))
		}
		for _, name := range r.Transitions {
			assert.True(t, live["transition "+name], name)
		}
		f, err := corpus.Parse(corpus.Format(fileOf(&d, trace, r.Transcript, r.Violations)))
		require.NoError(t, err)
		assert.Equal(t, slices.Sorted(maps.Keys(live)), Covers(model.New(), f))
	}
	assert.Empty(t, Covers(model.New(), &corpus.File{Trace: Generate(d.Machine, NewSource(1, 1), GenerateOptions{})}))
}

// A minimised corpus covers the same with a fifth of the commands, whatever the order of
// its entries; none of those that stay can go.
func TestMinimize(t *testing.T) {
	entries := grownOf(t, memDriver(t), 500) // 20,000 commands
	bare := corpus.Entry{Path: "bare", File: &corpus.File{Trace: entries[0].File.Trace}}
	entries = append(entries, bare)
	full := CoverOf(model.New(), entries)
	texts := func(entries []corpus.Entry) (texts []string) {
		for _, e := range entries {
			texts = append(texts, string(corpus.Format(e.File)))
		}
		slices.Sort(texts)
		return texts
	}
	few := Minimize(model.New(), entries)
	assert.Contains(t, few, bare, "what it covers is not known")
	cover := CoverOf(model.New(), few)
	assert.Equal(t, slices.Sorted(maps.Keys(full.Times)), slices.Sorted(maps.Keys(cover.Times)))
	steps := func(list []corpus.Entry) (n int) {
		for _, e := range list {
			n += len(e.File.Trace.Steps)
		}
		return n
	}
	t.Logf("%d of %d traces, %d of %d commands", len(few), len(entries), steps(few), steps(entries))
	assert.LessOrEqual(t, steps(few)*5, steps(entries))
	cut := 0
	for i, e := range few {
		if e.Path == "bare" {
			continue
		}
		assert.NotEmpty(t, cover.Alone(i))
		again, err := corpus.Parse(corpus.Format(e.File))
		require.NoError(t, err)
		judged := JudgeFile(model.New(), again)
		assert.Empty(t, judged.New)
		assert.Empty(t, judged.Lost)
		if e.Path == "" {
			cut++
		}
	}
	assert.Positive(t, cut)
	least := Minimize(model.New(), few)
	assert.Equal(t, texts(few), texts(least), "there is no more to leave out")
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	assert.Equal(t, texts(few), texts(Minimize(model.New(), entries)))
}

// Where one trace begins like another, and was answered in another way, both stay.
func TestMinimizeKeepsWhatOneTraceHasShownTwice(t *testing.T) {
	const begins = "S0: * PREAUTH hello\nC0: SELECT INBOX\nS0: "
	var entries []corpus.Entry
	for i, text := range []string{
		begins + "OK [READ-WRITE] done\n",
		begins + "* 3 EXISTS\nS0: NO not now\nC0: NOOP\nS0: OK done\n",
		"S0: * PREAUTH hello\nC0: NOOP\nS0: * 1 EXISTS\nS0: * 1 RECENT\nS0: * OK [ALERT] so\nS0: OK done\n",
	} {
		f, err := corpus.ParseLenient([]byte(text))
		require.NoError(t, err)
		entries = append(entries, corpus.Entry{Path: fmt.Sprint(i), File: f})
	}
	few := Minimize(model.New(), entries)
	want, got := CoverOf(model.New(), entries), CoverOf(model.New(), few)
	assert.Equal(t, slices.Sorted(maps.Keys(want.Times)), slices.Sorted(maps.Keys(got.Times)))
	traces := map[string]bool{}
	for _, e := range few {
		id := formatTrace(e.File.Trace)
		assert.False(t, traces[id], "two files of one name")
		traces[id] = true
	}
}
