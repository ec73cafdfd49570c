package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// twice is a CREATE that succeeds twice.
const twice = `imaptrace v1
fixture INBOX=0

S0: * PREAUTH a
C0: NOOP
S0: OK a
S1: * PREAUTH b
C1: NOOP
S1: OK b
C0: CREATE a
C1: CREATE a
S1: OK b
S0: OK a
!! order-names step=4 command=CREATE state=Authenticated  got: two  want: one
`

func TestReplayOfWhatOverlaps(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("a.trace", []byte(twice), 0o600))
	status, stdout, _ := invoke("replay", "a.trace")
	assert.Equal(t, exitClean, status, stdout)
	assert.Equal(t, "a.trace: ok: same 1 violation\n", stdout)

	status, _, stderr := invoke("shrink", "a.trace", "--target", "mem")
	assert.Equal(t, exitTrouble, status)
	assert.Contains(t, stderr, "a.trace: commands overlap in it")

	status, stdout, _ = invoke("replay", "a.trace", "--target", "mem:preauth", "--level", "must")
	assert.Equal(t, exitClean, status, stdout)
	assert.Contains(t, stdout, "C1: CREATE a")
}

func TestFuzzConcurrent(t *testing.T) {
	known, err := filepath.Abs("../../corpus/known/mem.txt")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	status, stdout, stderr := invoke("fuzz", "mem", "--concurrent", "--sessions", "4", "--commands", "3000", "--known", known)
	assert.Equal(t, exitClean, status, stdout)
	assert.Contains(t, stderr, "fuzzing mem, up to 4 sessions at the same time, seed 1, 3000 commands")
	assert.Contains(t, stdout, "findings")
	assert.NotContains(t, stdout, "transitions")
	status, stdout, _ = invoke("fuzz", "mem", "--concurrent", "--commands", "500", "--no-shrink", "--json", "-")
	assert.Equal(t, exitFound, status)
	assert.NotEmpty(t, decoded(t, []byte(stdout))["findings"])
}

func TestFuzzConcurrentUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{{"--sessions", "1"}, {"--sessions", "9"}, {"--steps", "5"}, {"--jobs", "2"}} {
		status, _, stderr := invoke(append([]string{"fuzz", "mem", "--concurrent"}, args...)...)
		assert.Equal(t, exitTrouble, status, args)
		assert.NotEmpty(t, stderr)
	}
}
