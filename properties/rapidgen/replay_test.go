package rapidgen_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/properties/rapidgen"
)

// knownOf names, in the environment of a test that another runs, the file of what is known.
const knownOf = "IMAPCHECK_TEST_KNOWN"

// What the server of the tests that fail is known for, but for this.
const newKey = "delete-inbox/DELETE/Authenticated"

// inner is a campaign of a test that another runs.
func inner(t *testing.T) *fuzz.Campaign {
	t.Helper()
	known := os.Getenv(knownOf)
	if known == "" {
		t.Skip("TestReplay runs it")
	}
	c := campaign(t, known)
	c.Save = "findings"
	return c
}

func TestFailingMachine(t *testing.T) {
	checker := fuzz.NewChecker(inner(t))
	rapid.Check(t, func(t *rapid.T) {
		t.Repeat(rapidgen.NewMachine(t, checker, fuzz.GenerateOptions{Conns: 2}).Actions())
	})
}

func TestFailingTrace(t *testing.T) {
	checker := fuzz.NewChecker(inner(t))
	traces := rapidgen.Trace(checker.Machine(), fuzz.GenerateOptions{Conns: 2})
	rapid.Check(t, func(t *rapid.T) { rapidgen.Check(t, checker, traces.Draw(t, "trace")) })
}

// run is a run of one of them, in a directory of its own.
type run struct {
	dir, output string
}

func runTest(t *testing.T, known, name string, flags ...string) run {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	r := run{dir: t.TempDir()}
	cmd := exec.CommandContext(t.Context(), exe, append([]string{"-test.run=^" + name + "$", "-test.timeout=1m"}, flags...)...)
	cmd.Dir, cmd.Env = r.dir, append(os.Environ(), knownOf+"="+known)
	out, err := cmd.CombinedOutput()
	r.output = string(out)
	require.Error(t, err, "it fails\n%s", r.output)
	return r
}

// one is the one file of a pattern in the run's directory, and its text.
func (r run) one(t *testing.T, pattern string) (name, text string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(r.dir, pattern))
	require.NoError(t, err)
	require.Len(t, files, 1, "%s\n%s", pattern, r.output)
	b, err := os.ReadFile(files[0])
	require.NoError(t, err)
	return files[0], string(b)
}

// A failure can be had again by rapid's fail file and by its seed: the same finding.
func TestReplay(t *testing.T) {
	keys, err := corpus.ReadKnown(knownFile)
	require.NoError(t, err)
	require.Contains(t, keys, newKey)
	delete(keys, newKey)
	known := filepath.Join(t.TempDir(), "known.txt")
	require.NoError(t, os.WriteFile(known, []byte(strings.Join(slices.Sorted(maps.Keys(keys)), "\n")), 0o600))

	for _, name := range []string{"TestFailingMachine", "TestFailingTrace"} {
		t.Run(name, func(t *testing.T) {
			first := runTest(t, known, name, "-rapid.seed=5", "-rapid.checks=1000", "-rapid.shrinktime=0s")
			assert.Contains(t, first.output, "[rapid] failed after")
			assert.Contains(t, first.output, "MUST "+newKey)
			finding, text := first.one(t, "findings/*.trace")
			assert.Contains(t, first.output, "imapcheck replay findings/"+filepath.Base(finding))
			fail, record := first.one(t, "testdata/rapid/*/*.fail")
			assert.Contains(t, record, newKey, "the fail file says what it is of")
			seed := regexp.MustCompile(`-rapid\.seed=\d+`).FindString(first.output)
			require.NotEmpty(t, seed)

			for _, again := range []string{"-rapid.failfile=" + fail, seed} {
				r := runTest(t, known, name, again, "-rapid.checks=1", "-rapid.nofailfile", "-rapid.shrinktime=0s")
				assert.Contains(t, r.output, "[rapid] failed after 0 tests", again)
				_, same := r.one(t, "findings/"+filepath.Base(finding))
				assert.Equal(t, text, same, again)
			}
		})
	}
}
