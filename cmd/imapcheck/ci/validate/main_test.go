package validate

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// top is that of imapcheck's repository.
const top = "../../../.."

func TestMain(m *testing.M) {
	status, err := withProgram(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// withProgram puts imapcheck, built from this tree, on the path.
func withProgram(run func() int) (int, error) {
	bin, err := os.MkdirTemp("", "imapcheck-bin-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(bin)
	build := exec.Command("go", "build", "-o", filepath.Join(bin, "imapcheck"), "./cmd/imapcheck")
	build.Dir = top
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("go build: %w\n%s", err, out)
	}
	if err := os.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH")); err != nil {
		return 0, err
	}
	return run(), nil
}

// variants are command lines that make files of different kinds.
var variants = map[string][]string{
	"embedded": {"--target", "mem"},
	"exec":     {"--target", "exec:./imapd --stdio", "--build-command", "make && echo 'it''s built' \"$HOME\"", "--image", "registry.example/imapd:1"},
	"address": {"--server-command", `./imapd --listen 127.0.0.1:1143 --motd "it's: up" # yes`, "--image", "registry.example/imapd:1",
		"--", "--user", "u%d", "--users", "9"},
	"one shard": {"--server-command", "./imapd", "--target", "imaps://localhost:1993", "--shards", "1", "--image", "imapd"},
}

// project is a user's, with all files of a variant in it.
func project(t *testing.T, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/imapd\n\ngo 1.26\n"), 0o600))
	initialize(t, dir, append([]string{"--kind", "all", "--repository", "https://git.example/imapd.git", "--contact", "me@example.com"}, args...)...)
	return dir
}

// initialize runs "imapcheck ci init".
func initialize(t *testing.T, dir string, args ...string) {
	t.Helper()
	out, err := exec.Command("imapcheck", append([]string{"ci", "init", "--dir", dir}, args...)...).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// files are those below a folder whose names match.
func files(t *testing.T, dir, pattern string) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if ok, _ := filepath.Match(pattern, filepath.Base(name)); ok && !d.IsDir() {
			names = append(names, name)
		}
		return err
	}))
	return names
}

// need skips a test on a machine without a program; the gate has it.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("there is no %s: apt-get install %[1]s", program)
	}
	return path
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return b
}
