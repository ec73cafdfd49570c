package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
)

// tree are the files in and below a folder by their paths.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		all[name] = string(b)
		return err
	}))
	return all
}

// coverageOf is what the evidence in corpora covers.
func coverageOf(t *testing.T, dirs ...string) []string {
	t.Helper()
	all := map[string]bool{}
	for _, dir := range dirs {
		f, err := corpus.ReadFolder(dir)
		require.NoError(t, err)
		for name := range fuzz.CoverOf(model.New(), f.Entries).Times {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// night is a report of --json as far as it is of interest.
type night struct {
	Commands, Traces int
	Findings         []struct {
		Key, File string
		Known     bool
	}
	Fixed []string
}

func (n *night) fresh() (keys []string) {
	for _, f := range n.Findings {
		if !f.Known {
			keys = append(keys, f.Key)
		}
	}
	return keys
}

// spend runs a campaign, which has to end with that status.
func spend(t *testing.T, want int, args ...string) (n night, stdout string) {
	t.Helper()
	args = append([]string{"fuzz", "--commands", "3000", "--json", "night.json"}, args...)
	status, stdout, stderr := invoke(args...)
	require.Equal(t, want, status, "%v\n%s%s", args, stdout, stderr)
	b, err := os.ReadFile("night.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &n))
	return n, stdout
}

// Two faults are known, a third is new; then it is known, too; then one is mended.
func TestKnownAndFixed(t *testing.T) {
	const (
		day, list, status      = "grammar:date-day-fixed/FETCH/Selected", "list-matches/LIST/Authenticated", "grammar:status-att-list/STATUS/Authenticated"
		two                    = "reference?fault=day-unpadded+list-percent-crosses"
		three                  = two + "+status-commas"
		mended                 = "reference?fault=day-unpadded+status-commas"
		own                    = "# ours\n\n" + day + "  # reported upstream: 17\n"
		nobodys, nobodysNoMore = "valid-not-bad/UID COPY/Selected", "not seen     valid-not-bad/UID COPY/Selected\n"
	)
	for _, keeps := range []struct {
		name string
		args []string
		from string
	}{
		{"in a corpus", []string{"--corpus", "c"}, "c"},
		{"in a folder", []string{"--save", "s"}, "s"},
	} {
		t.Run(keeps.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			args := func(target string) []string { return append([]string{target, "--known", "known.txt"}, keeps.args...) }
			put(t, "known.txt", own)
			_, _ = spend(t, exitFound, args(two)...)
			status1, stdout, stderr := invoke("corpus", "known", keeps.from, "--into", "known.txt")
			require.Equal(t, exitClean, status1, stderr)
			assert.Equal(t, "known.txt: 1 of 1 added\n", stdout, "what is known is not saved")
			text, err := os.ReadFile("known.txt")
			require.NoError(t, err)
			assert.Equal(t, own+list+"  # RFC 3501 6.3.8, MUST\n", string(text))

			n, _ := spend(t, exitFound, args(three)...)
			assert.Equal(t, []string{status}, n.fresh())
			assert.Len(t, n.Findings, 3)
			assert.Empty(t, n.Fixed)
			require.NotEmpty(t, n.Findings[0].File+n.Findings[1].File+n.Findings[2].File)

			put(t, "known.txt", string(text)+nobodys+"\n")
			status1, stdout, _ = invoke("corpus", "known", "night.json", "--into", "known.txt")
			require.Equal(t, exitClean, status1)
			assert.Equal(t, "known.txt: 1 of 3 added\n", stdout)
			n, stdout = spend(t, exitClean, args(three)...)
			assert.Empty(t, n.fresh())
			assert.Empty(t, n.Fixed)
			assert.Contains(t, stdout, nobodysNoMore)

			n, stdout = spend(t, exitClean, args(mended)...)
			assert.Equal(t, []string{list}, n.Fixed)
			assert.Contains(t, stdout, "\n  fixed        "+list+"\n")
			assert.Contains(t, stdout, nobodysNoMore, "without a trace nobody can say")
			assert.NotContains(t, stdout, "not seen     "+list)

			n, _ = spend(t, exitClean, append(args(three), "--commands", "1")...)
			assert.Empty(t, n.Fixed, "a trace that shows it is enough")
			for _, key := range []string{list, status} {
				assert.True(t, slices.ContainsFunc(n.Findings, func(f struct {
					Key, File string
					Known     bool
				}) bool {
					return f.Key == key && f.Known
				}), key)
			}
		})
	}
}

// What other servers have shown says nothing of this one.
func TestFixedIsOfOneServer(t *testing.T) {
	t.Chdir(t.TempDir())
	_, _ = spend(t, exitFound, "mem", "--write-known", "known.txt")
	n, stdout := spend(t, exitClean, "reference", "--known", "known.txt")
	assert.Empty(t, n.Fixed)
	assert.Contains(t, stdout, "not seen")
	n, _ = spend(t, exitClean, "mem", "--known", "known.txt", "--commands", "1")
	assert.Empty(t, n.Fixed, "the folder of --save has them all")
	assert.Greater(t, len(n.Findings), 5)
}

// A second run goes on where the first has ended, and has what the first has found.
func TestResumed(t *testing.T) {
	t.Chdir(t.TempDir())
	first, _ := spend(t, exitFound, "--corpus", "c")
	progress := func() string {
		b, err := os.ReadFile("c/progress")
		require.NoError(t, err)
		return string(b)
	}
	assert.Equal(t, "seed 1 shard 1/1 traces 75\n", progress())
	before := coverageOf(t, "c")
	second, _ := spend(t, exitFound, "--corpus", "c", "--commands", "6000")
	assert.Subset(t, second.fresh(), first.fresh())
	assert.Equal(t, 6000, second.Commands)
	assert.Regexp(t, `^seed 1 shard 1/1 traces (1[5-9]|2[0-2])\d\n$`, progress(), "those of the corpus count")
	after := coverageOf(t, "c")
	assert.Subset(t, after, before)
	assert.Greater(t, len(after), len(before))
}

// Shards have the traces that one run has, and none in common; merged, they have what all of
// them have, in whatever order.
func TestShards(t *testing.T) {
	t.Chdir(t.TempDir())
	var dirs []string
	for i := range 4 {
		dir := fmt.Sprintf("s%d", i+1)
		dirs = append(dirs, dir)
		n, _ := spend(t, exitFound, "--corpus", dir, "--shard", fmt.Sprintf("%d/4", i+1), "--commands", "5000")
		assert.Equal(t, 5000, n.Commands, "the budget is that of a shard")
	}
	merge := func(into string, dirs ...string) string {
		status, stdout, stderr := invoke(append([]string{"corpus", "merge", "--into", into}, dirs...)...)
		require.Equal(t, exitClean, status, stderr)
		return stdout
	}
	merge("a", dirs...)
	want := coverageOf(t, dirs...)
	assert.Equal(t, want, coverageOf(t, "a"))
	files := tree(t, "a")
	assert.Equal(t, "seed 1 shard 1/4 traces 125\nseed 1 shard 2/4 traces 125\nseed 1 shard 3/4 traces 125\nseed 1 shard 4/4 traces 125\n", files["progress"])
	assert.Equal(t, "0 files written to a\n", merge("a", dirs...))
	assert.Equal(t, files, tree(t, "a"))
	slices.Reverse(dirs)
	merge("b", dirs[:2]...)
	merge("b", "a")
	merge("b", dirs...)
	assert.Equal(t, files, tree(t, "b"))
	keys := map[string]bool{}
	for name, text := range files {
		f, err := corpus.Parse([]byte(text))
		if filepath.Dir(name) == "findings" && assert.NoError(t, err) {
			assert.False(t, keys[f.Finding.Key()], "%s has two files", f.Finding.Key())
			keys[f.Finding.Key()] = true
		}
	}
	assert.Greater(t, len(keys), 10)

	status, stdout, stderr := invoke("corpus", "minimize", "a", "--into", "small")
	require.Equal(t, exitClean, status, stderr)
	assert.Equal(t, want, coverageOf(t, "small"))
	assert.Equal(t, files, tree(t, "a"), "it stays")
	status, inPlace, stderr := invoke("corpus", "minimize", "a")
	require.Equal(t, exitClean, status, stderr)
	assert.Equal(t, stdout, inPlace)
	assert.Equal(t, tree(t, "small"), tree(t, "a"))
	sizes := regexp.MustCompile(`of (\d+) commands`).FindAllStringSubmatch(stdout, -1)
	require.Len(t, sizes, 2)
	t.Log(stdout)
	status, again, _ := invoke("corpus", "minimize", "small")
	require.Equal(t, exitClean, status)
	lines := strings.Split(again, "\n")
	assert.Equal(t, lines[0], lines[1], "there is no more to remove")

	status, stdout, stderr = invoke("corpus", "list", "small")
	require.Equal(t, exitClean, status, stderr)
	for alone := range strings.SplitSeq(strings.TrimSpace(stdout), ".trace  ") {
		if strings.Contains(alone, " command") {
			assert.Contains(t, alone, "\n    ", "each covers something alone")
		}
	}
}

// While one run has a corpus, no other gets it.
func TestOneRunAtATime(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "d/a.trace", "C0: NOOP\n")
	f, err := corpus.OpenFolder("c")
	require.NoError(t, err)
	for _, args := range [][]string{{"fuzz", "--corpus", "c"}, {"corpus", "merge", "--into", "c", "d"}, {"corpus", "minimize", "c"}, {"corpus", "minimize", "d", "--into", "c"}} {
		status, stdout, stderr := invoke(args...)
		assert.Equal(t, exitTrouble, status)
		assert.Empty(t, stdout)
		assert.Equal(t, "imapcheck: corpus c: another run is at work in this corpus\n", stderr)
	}
	require.NoError(t, f.Close())
	status, _, stderr := invoke("corpus", "minimize", "c")
	assert.Equal(t, exitClean, status, stderr)
}

// Check names every file that cannot be read, and judges the others.
func TestCheckNamesWhatIsCorrupt(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "c/a.trace", "what\n")
	put(t, "c/b.trace", "C0: LOGIN user pass\nC0: NOOP\n")
	put(t, "c/c.trace", "S0: * OK hello\nC0: CHECK\nS0: OK done\n")
	put(t, "c/findings/d.trace", "imaptrace v1\n!! no\n")
	const line = "c/c.trace: MUST   state-gating/CHECK/NotAuthenticated\n"
	status, stdout, stderr := invoke("corpus", "check", "c")
	assert.Equal(t, exitTrouble, status)
	assert.Equal(t, line+"4 traces: 1 with a new violation, 2 cannot be read, 1 without evidence\n", stdout)
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	require.Len(t, lines, 2)
	assert.Contains(t, lines[0], "c/a.trace: line 1: ")
	assert.Contains(t, lines[1], "c/findings/d.trace: line 2: ")

	require.NoError(t, os.Remove("c/a.trace"))
	require.NoError(t, os.Remove("c/findings/d.trace"))
	status, stdout, _ = invoke("corpus", "check", "c")
	assert.Equal(t, exitFound, status)
	assert.Equal(t, line+"2 traces: 1 with a new violation, 0 cannot be read, 1 without evidence\n", stdout)
	put(t, "known.txt", "state-gating/CHECK/NotAuthenticated # it is\n")
	status, _, _ = invoke("corpus", "check", "c", "--known", "known.txt")
	assert.Equal(t, exitClean, status)
	status, stdout, stderr = invoke("corpus", "check", "c", "--target", "reference")
	assert.Equal(t, exitClean, status, stderr)
	assert.Equal(t, "2 traces: 0 with a new violation, 0 cannot be read\n", stdout)
	status, _, _ = invoke("corpus", "check", "c", "--target", "mem")
	assert.Equal(t, exitFound, status)
}
