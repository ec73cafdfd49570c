package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExploreIsAll(t *testing.T) {
	t.Chdir(t.TempDir())
	status, stdout, stderr := invoke("explore", "mem", "--depth", "2", "--write-known", "known.txt")
	assert.Equal(t, exitFound, status)
	assert.Contains(t, stderr, "exploring mem to depth 2, with 27 commands\n")
	assert.Contains(t, stdout, "sequences    all 729 of depth 2, of 27 commands\n")
	assert.Contains(t, stdout, "commands     1458 in 729 traces")
	assert.Contains(t, stdout, "MUST state-gating/CHECK/NotAuthenticated  (RFC 3501 3)")
	saved, err := filepath.Glob("findings/state-gating-*.trace")
	require.NoError(t, err)
	assert.NotEmpty(t, saved)

	status, stdout, _ = invoke("explore", "mem", "--depth", "2", "--known", "known.txt", "--jobs", "3")
	assert.Equal(t, exitClean, status)
	assert.Contains(t, stdout, "sequences    all 729 of depth 2, of 27 commands\n")
}

func TestExploreLeavesOutWhatIsTheSame(t *testing.T) {
	t.Chdir(t.TempDir())
	explored := func(args ...string) map[string]any {
		_, stdout, _ := invoke(append([]string{"explore", "mem", "--depth", "2", "--sessions", "2", "--begin", "login", "--json", "-"}, args...)...)
		return decoded(t, []byte(stdout))
	}
	some, all := explored(), explored("--plain")
	assert.Equal(t, map[string]any{"depth": 2., "sessions": 2., "run": 2916., "all": true, "of": "2916"}, all["sequences"])
	run := some["sequences"].(map[string]any)["run"].(float64)
	assert.LessOrEqual(t, run, 2916./2)
	assert.Equal(t, map[string]any{"depth": 2., "sessions": 2., "run": run, "all": true, "of": "2916"}, some["sequences"])
	keys := func(report map[string]any) (list []any) {
		for _, f := range report["findings"].([]any) {
			list = append(list, f.(map[string]any)["key"])
		}
		return list
	}
	assert.ElementsMatch(t, keys(all), keys(some))
}

func TestExploreSaysThatItIsNotAll(t *testing.T) {
	t.Chdir(t.TempDir())
	status, stdout, _ := invoke("explore", "mem", "--depth", "8", "--duration", "1s", "--level", "must")
	assert.Equal(t, exitFound, status)
	assert.Regexp(t, `sequences    \d+ of depth 8 were begun, of at most 282429536481: not all`, stdout)
}

func TestExploreTargetUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for flag, want := range map[string]string{
		"--depth=0":     "--depth 0: a sequence has one command or more",
		"--messages=-1": "--messages -1: it cannot be negative",
		"--begin=x":     "--begin x: it is greeting, login or select",
		"--sessions=0":  "--sessions 0: a trace has one connection or more",
		"--states=9":    "--states means nothing with a TARGET",
	} {
		status, stdout, stderr := invoke("explore", "mem", flag)
		assert.Equal(t, exitTrouble, status, flag)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, want)
	}
}
