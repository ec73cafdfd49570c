package fuzz

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// grow runs a campaign on the corpus in dir.
func grow(t *testing.T, dir string, change func(*Campaign)) *Report {
	t.Helper()
	f, err := corpus.OpenFolder(dir)
	require.NoError(t, err)
	defer f.Close()
	c := Campaign{Driver: memDriver(t), Seed: 7, Commands: 2000, Level: model.MUST, Corpus: f, Save: f.FindingsDir(), NoShrink: true}
	c.Session.Timeout = 2 * time.Second
	if change != nil {
		change(&c)
	}
	r, err := c.Run(t.Context())
	require.NoError(t, err)
	return r
}

func entriesOf(t *testing.T, dir string) []corpus.Entry {
	t.Helper()
	f, err := corpus.ReadFolder(dir)
	require.NoError(t, err)
	return f.Entries
}

// Each entry was added for something, has evidence that is judged the same again, and the
// whole covers every transition that the campaign has taken, but those of a server that hangs.
func TestCorpusGrows(t *testing.T) {
	dir := t.TempDir()
	r := grow(t, dir, nil)
	entries := entriesOf(t, dir)
	require.NotEmpty(t, entries)
	steps := 0
	for _, e := range entries {
		steps += len(e.File.Trace.Steps)
		require.NotNil(t, e.File.Transcript, e.Path)
		judged := JudgeFile(model.New(), e.File)
		assert.Empty(t, judged.New, e.Path)
		assert.Empty(t, judged.Lost, e.Path)
		for _, x := range e.File.Transcript.Exchanges {
			assert.NotEqual(t, model.Silent, x.Reply.End, e.Path)
		}
	}
	assert.Less(t, steps, r.Commands/2, "they are cut")
	cover := CoverOf(model.New(), entries)
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(r.Coverage.Times)) {
		if cover.Times["transition "+name] == 0 {
			missing = append(missing, name)
		}
	}
	assert.LessOrEqual(t, len(missing), 2, "%v", missing)
	again := t.TempDir()
	grow(t, again, func(c *Campaign) { c.Jobs = 3 })
	assert.Equal(t, namesIn(t, dir), namesIn(t, again), "with any number of jobs")
}

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := corpus.FolderFiles(dir)
	require.NoError(t, err)
	for _, name := range list {
		name, err := filepath.Rel(dir, name)
		require.NoError(t, err)
		names = append(names, name)
	}
	return names
}

// Two campaigns of half the length run the traces that one of the whole length does.
func TestCorpusResumes(t *testing.T) {
	count := func(dir string, i, n int) int {
		f, err := corpus.ReadFolder(dir)
		require.NoError(t, err)
		return f.Done(corpus.Shard{Seed: 7, I: i, N: n})
	}
	halves := t.TempDir()
	grow(t, halves, func(c *Campaign) { c.Commands = 990 })
	first := count(halves, 1, 1)
	assert.Equal(t, 24, first, "the last was cut short, and will be run again")
	grow(t, halves, func(c *Campaign) { c.Commands = 0; c.Progress = stopAfter(c, 200) })
	assert.Greater(t, count(halves, 1, 1), first)
	grow(t, halves, func(c *Campaign) { c.Shard, c.Shards, c.Commands, c.Progress = 2, 3, 0, stopAfter(c, 400) })
	assert.Positive(t, count(halves, 2, 3))
	assert.Zero(t, count(halves, 1, 3))
}

// stopAfter ends a campaign that has no other end behind so many traces.
func stopAfter(c *Campaign, traces int) func(Progress) {
	return func(p Progress) {
		if p.Traces >= traces {
			c.Commands = p.Commands
		}
	}
}

// The shards of a seed have, together, the traces that one run has.
func TestShardsAreDisjoint(t *testing.T) {
	d := memDriver(t)
	text := func(c *Campaign, n int) (list []string) {
		r := c.begin()
		for i := range n {
			list = append(list, formatTrace(r.trace(i)))
		}
		return list
	}
	whole := text(&Campaign{Driver: d, Seed: 9}, 30)
	parts := map[string]bool{}
	for i := range 3 {
		for _, trace := range text(&Campaign{Driver: d, Seed: 9, Shard: i + 1, Shards: 3}, 10) {
			assert.False(t, parts[trace])
			parts[trace] = true
		}
	}
	slices.Sort(whole)
	assert.Equal(t, whole, slices.Sorted(maps.Keys(parts)))
}

// The traces of a corpus are run first, and judged; a trace without evidence gets it.
func TestCorpusIsRunFirst(t *testing.T) {
	dir := t.TempDir()
	var first *Finding
	grow(t, dir, func(c *Campaign) {
		c.NoShrink = false
		c.Found = func(f *Finding) {
			if first == nil {
				first = f
			}
		}
	})
	require.NotNil(t, first)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "findings")))
	for _, e := range entriesOf(t, dir) {
		require.NoError(t, os.Remove(e.Path))
	}
	_, err := corpus.Save(dir, &corpus.File{Trace: first.Trace})
	require.NoError(t, err)
	r := grow(t, dir, func(c *Campaign) { c.Commands = len(first.Trace.Steps) })
	require.NotEmpty(t, r.Findings)
	assert.Equal(t, first.Key, r.Findings[0].Key)
	assert.Equal(t, 1, r.Traces)
	entries := entriesOf(t, dir)
	require.Len(t, entries, 1)
	assert.NotNil(t, entries[0].File.Transcript)
}

// A finding that cannot be saved is in the report all the same, and the trouble is told,
// also if the run is ended at the same time.
func TestFindingIsReportedWhenItCannotBeSaved(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := Campaign{Driver: memDriver(t), Seed: 7, Commands: 2000, Level: model.SHOULD, Save: file, NoShrink: true}
	r, err := c.Run(ctx)
	require.ErrorContains(t, err, "save trace: ")
	assert.False(t, errors.Is(err, context.Canceled))
	require.Len(t, r.Findings, 1)
	assert.Empty(t, r.Findings[0].File)
}

// dying is a server that takes no command in some traces.
type dying struct {
	target.Target
	from, opened int
}

func (d *dying) Open(ctx context.Context, f model.Fixture) (target.Instance, error) {
	if d.opened++; d.opened > d.from {
		return byeTarget{d.Target}.Open(ctx, f)
	}
	return d.Target.Open(ctx, f)
}

// A key is fixed if all its witnesses ran to their ends and showed nothing like it.
func TestFixed(t *testing.T) {
	d := memDriver(t)
	regressions := load(t, "regressions/mem")
	shown := regressions[0].File
	key := shown.Finding.Key()
	harmless := load(t, "seeds")[0].File.Trace
	const absent = "valid-not-bad/UID COPY/Selected"
	run := func(d Driver, level model.Level, witnesses map[string][]model.Trace) *Report {
		c := Campaign{Driver: d, Seed: 7, Commands: 1, Level: level, Known: map[string]bool{key: true, absent: true}, Witnesses: witnesses}
		r, err := c.Run(t.Context())
		require.NoError(t, err)
		assert.Zero(t, r.New())
		return r
	}
	r := run(d, model.SHOULD, map[string][]model.Trace{key: {harmless, shown.Trace}, absent: {harmless}})
	assert.Equal(t, []string{absent}, r.Fixed)
	require.True(t, slices.ContainsFunc(r.Findings, func(f *Finding) bool { return f.Key == key && f.Known }))
	assert.Empty(t, run(d, model.SHOULD, nil).Fixed)
	assert.Empty(t, run(d, model.SHOULD, map[string][]model.Trace{absent: nil}).Fixed)

	gone := Campaign{Driver: d, Seed: 7, Commands: 1, Level: model.SHOULD, Known: map[string]bool{absent: true},
		Witnesses: map[string][]model.Trace{absent: {harmless}}}
	gone.Target = &dying{Target: d.Target, from: 2} // a trace, and again what the budget leaves of it
	r, err := gone.Run(t.Context())
	require.NoError(t, err)
	assert.Empty(t, r.Fixed, "a server that takes no command has shown nothing")
}

// A trace tells nothing of a server that does not greet as the one did that it is of, or has
// not what it offered.
func TestCanShow(t *testing.T) {
	d := memDriver(t)
	f := load(t, "regressions/mem")[0].File
	assert.True(t, d.CanShow(f))
	other := d
	other.Machine.Profile.Preauth = true
	assert.False(t, other.CanShow(f))
	other = d
	other.Machine.Profile.TLS = true
	assert.False(t, other.CanShow(f))
	other = d
	other.Machine.Profile.Caps = nil
	assert.Equal(t, len(f.Caps) == 0, other.CanShow(f))
	bare := *f
	bare.Transcript = nil
	assert.False(t, d.CanShow(&bare))
}
