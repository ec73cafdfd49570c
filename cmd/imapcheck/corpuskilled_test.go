//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
)

// announced are the trace files of the findings that a run has told of.
var announced = regexp.MustCompile(`(?m)^(?:MUST|SHOULD) +(\S+(?: \S+)*)  (\S+\.trace)$`)

// A run can be killed at any time: what it has told of is there, and what it has not
// written to the end is not.
func TestKilled(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	t.Chdir(dir)
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	told, entries := 0, 0
	for i := range 30 {
		name := fmt.Sprintf("c%d", i/6) // five are begun, and resumed five times
		stderr, err := os.Create(filepath.Join(dir, "stderr"))
		require.NoError(t, err)
		cmd := exec.Command(exe, "fuzz", "--corpus", name, "--commands", "0", "--jobs", fmt.Sprint(1+i%2), "--seed", fmt.Sprint(seed), "--timeout", "2s")
		cmd.Env = append(os.Environ(), asEnv+"=imapcheck")
		cmd.Stderr = stderr
		require.NoError(t, cmd.Start())
		if i%3 > 0 { // else it may be killed while it begins
			require.Eventually(t, func() bool {
				info, err := stderr.Stat()
				return err == nil && info.Size() > 0
			}, time.Minute, time.Millisecond)
		}
		kill := time.AfterFunc(time.Duration(r.IntN(700))*time.Millisecond, func() { cmd.Process.Kill() })
		err = cmd.Wait()
		kill.Stop()
		stderr.Close()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		require.Equal(t, -1, exit.ExitCode(), "it was killed")

		said, err := os.ReadFile("stderr")
		require.NoError(t, err)
		for _, m := range announced.FindAllStringSubmatch(string(said), -1) {
			f, err := corpus.ReadFile(m[2])
			require.NoError(t, err, "run %d", i)
			assert.Equal(t, m[1], f.Finding.Key())
			told++
		}
		status, stdout, checked := invoke("corpus", "check", name)
		if _, err := os.Stat(name); err == nil {
			require.NotEqual(t, exitTrouble, status, "run %d: %s", i, stdout+checked)
		}
		if f, err := corpus.ReadFolder(name); err == nil {
			entries = max(entries, len(f.Entries))
		}
	}
	t.Logf("%d findings were told of, up to %d entries", told, entries)
	assert.Positive(t, told)
	assert.Positive(t, entries)
	for i := range 5 {
		name := fmt.Sprintf("c%d", i)
		n, _ := spend(t, exitFound, "--corpus", name, "--seed", fmt.Sprint(seed), "--timeout", "2s")
		assert.Positive(t, n.Traces)
		for file := range tree(t, name) {
			assert.False(t, strings.HasSuffix(file, ".tmp"), "%s is left", file)
		}
		status, _, _ := invoke("corpus", "check", name)
		assert.Equal(t, exitFound, status)
	}
}

// A disk that takes no more ends the run with one line, and what was written stays.
func TestDiskFull(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell to set a limit")
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	put(t, "c/mine.trace", "C0: LOGIN user pass\nC0: NOOP\n")
	cmd := exec.Command(sh, "-c", `ulimit -f 4 && exec "$0" fuzz --corpus c --commands 20000`, exe) // 2 or 4 KiB a file
	cmd.Env = append(os.Environ(), asEnv+"=imapcheck")
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Run(), &exit)
	require.Equal(t, exitTrouble, exit.ExitCode(), errs.String())
	lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
	assert.Regexp(t, "^imapcheck: save trace: write c/.*: file too large$", lines[len(lines)-1])
	assert.NotContains(t, errs.String(), "goroutine")
	assert.Contains(t, out.String(), "Summary")
	files := tree(t, "c")
	assert.Equal(t, "C0: LOGIN user pass\nC0: NOOP\n", files["mine.trace"])
	assert.Greater(t, len(files), 3)
	for name := range files {
		assert.NotContains(t, name, ".tmp")
	}
	status, _, stderr := invoke("corpus", "check", "c")
	assert.NotEqual(t, exitTrouble, status, stderr)
}
