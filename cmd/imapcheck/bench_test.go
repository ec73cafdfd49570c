package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/fault"
)

// benched is a fault that every seed shows at once.
func benched(t *testing.T) *fault.Fault {
	t.Helper()
	for _, f := range fault.All() {
		if f.Layer == fault.Dialogue && f.Least > 0 && f.Least < 3 && !f.Racy {
			return f
		}
	}
	t.Skip("there are no faults")
	return nil
}

func TestBench(t *testing.T) {
	t.Chdir(t.TempDir())
	f := benched(t)
	args := []string{"bench", "--faults", f.Name, "--generators", "imapcheck,random", "--seeds", "2", "--commands", "3000", "--shrink", "--csv", "runs.csv"}
	status, stdout, stderr := invoke(args...)
	assert.Equal(t, exitClean, status)
	assert.Contains(t, stderr, "measuring 1 fault, 2 generators, 2 seeds, at most 3000 commands each\n")
	assert.Regexp(t, `(?m)^`+f.Name+` +imapcheck +\d/2 `, stdout)
	assert.Regexp(t, `(?m)^random +1 +`, stdout)
	csv, err := os.ReadFile("runs.csv")
	require.NoError(t, err)
	assert.Equal(t, 5, strings.Count(string(csv), "\n"), "a title, and a line for every run")

	_, again, _ := invoke(append(args, "--jobs", "4")...)
	assert.Equal(t, stdout, again)
}

func TestBenchProves(t *testing.T) {
	f := benched(t)
	status, stdout, _ := invoke("bench", "--prove", "--faults", f.Name, "--commands", "3000")
	assert.Equal(t, exitClean, status)
	assert.Regexp(t, `^`+f.Name+`: \d, proven: no trace of fewer commands shows it, of an alphabet of \d+ `, stdout)
	assert.Contains(t, stdout, "1 of 1 proven, ")
}

func TestBenchGenerators(t *testing.T) {
	var names []string
	for _, g := range benchGenerators() {
		names = append(names, g.Name)
	}
	assert.Equal(t, []string{"imapcheck", "rapid", "gopter", "go-fuzz", "random"}, names)
}

func TestBenchUsage(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--seeds 0", "--seeds 0: it is 1 or more"},
		{"--jobs 0", "--jobs 0: it is 1 or more"},
		{"--generators x", `--generators x: there is none of that name (known: imapcheck, rapid, gopter, go-fuzz, random)`},
		{"--faults no-such", "--faults no-such: there is no such fault and no such layer"},
		{"--prove --csv x", "--csv means nothing with --prove"},
		{"--depth 3", "--depth means nothing without --prove"},
	} {
		status, stdout, stderr := invoke(append([]string{"bench"}, strings.Fields(c.args)...)...)
		assert.Equal(t, exitTrouble, status)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, c.want)
	}
}
