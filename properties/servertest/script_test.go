package servertest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// The scripts of testdata are modules of their own, outside this one, in which the
// commands are run that an author of a server would run.
func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("go test is built and run a dozen times")
	}
	top, err := filepath.Abs("../..")
	require.NoError(t, err)
	goMod, goSum := moduleOutside(t, top)
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
	require.NoError(t, err)
	folders := strings.Fields(string(out))
	require.Len(t, folders, 2)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("GOCACHE", folders[0])
			env.Setenv("GOMODCACHE", folders[1])
			env.Setenv("GOFLAGS", "-mod=mod") // for what only tests of this module need
			env.Setenv("GOPROXY", "off")
			env.Setenv("GOTOOLCHAIN", "local")
			if err := os.WriteFile(env.Cd+"/go.mod", goMod, 0o666); err != nil {
				return err
			}
			return os.WriteFile(env.Cd+"/go.sum", goSum, 0o666)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"replay": replay},
	})
}

// moduleOutside is a module that needs this one, and the same versions of others.
func moduleOutside(t *testing.T, top string) (goMod, goSum []byte) {
	t.Helper()
	own, err := os.ReadFile(top + "/go.mod")
	require.NoError(t, err)
	goSum, err = os.ReadFile(top + "/go.sum")
	require.NoError(t, err)
	text := strings.Replace(string(own), "module github.com/imapcheck/imapcheck\n", "module example.org/mymail\n", 1)
	return []byte(text + "\nrequire github.com/imapcheck/imapcheck v0.0.0\n\nreplace github.com/imapcheck/imapcheck => " + top + "\n"), goSum
}

// replayLine is the command of a finding whose trace file was saved.
var replayLine = regexp.MustCompile(`(?m)^ *replay: +(IMAPCHECK_REPLAY=\S*/([a-z-]+)-[0-9a-f]{12}\.trace go test -run \S+)$`)

// replay runs the command that the last one has printed for a finding of a rule, which
// has to fail.
func replay(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: replay RULE")
	}
	for _, m := range replayLine.FindAllStringSubmatch(ts.ReadFile("stdout"), -1) {
		if m[2] == args[0] {
			err := ts.Exec("sh", "-c", m[1])
			if err == nil {
				ts.Fatalf("%s has not failed", m[1])
			}
			return
		}
	}
	ts.Fatalf("no command to replay %s", args[0])
}
