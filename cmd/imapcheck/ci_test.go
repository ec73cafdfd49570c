package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCIInit(t *testing.T) {
	t.Chdir(t.TempDir())
	status, stdout, stderr := invoke("ci", "init", "--server-command", "./imapd", "--shards", "3", "--", "--user", "test")
	require.Equal(t, exitClean, status, stderr)
	assert.Contains(t, stdout, "wrote  .github/workflows/imapcheck.yml\n")
	assert.Contains(t, stdout, "wrote  .imapcheck/known.txt\n")
	assert.Contains(t, stdout, "gh workflow run")
	workflow := readText(t, ".github/workflows/imapcheck.yml")
	for _, want := range []string{`COMMAND: "./imapd"`, `target: "imap://127.0.0.1:1143"`, `flags: "--user test"`, "shard: [1, 2, 3]", "cmd/imapcheck@"} {
		assert.Contains(t, workflow, want)
	}

	// What is there stays, with one clear error; the known findings stay in any case.
	require.NoError(t, os.WriteFile(".imapcheck/known.txt", []byte("mine"), 0o600))
	status, stdout, stderr = invoke("ci", "init", "--target", "mem")
	assert.Equal(t, exitTrouble, status)
	assert.Equal(t, "imapcheck: .github/workflows/imapcheck.yml is there: --force replaces it, --dir writes elsewhere\n", stderr)
	assert.Empty(t, stdout)
	assert.Equal(t, workflow, readText(t, ".github/workflows/imapcheck.yml"))
	status, stdout, stderr = invoke("ci", "init", "--target", "mem", "--force")
	assert.Equal(t, exitClean, status, stderr)
	assert.Contains(t, stdout, "kept   .imapcheck/known.txt\n")
	assert.Equal(t, "mine", readText(t, ".imapcheck/known.txt"))
	assert.NotContains(t, readText(t, ".github/workflows/imapcheck.yml"), "Start the server")
}

func readText(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}

func TestCIInitWritesAllOrNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("go.mod", []byte("// of mine\nmodule example.com/imapd\n"), 0o600))
	require.NoError(t, os.MkdirAll(".imapcheck/kubernetes/setup.yaml", 0o700))
	all := []string{"ci", "init", "--kind", "all", "--target", "mem", "--repository", "https://git.example/imapd", "--contact", "me@example.com"}
	status, _, stderr := invoke(append(all, "--force")...)
	assert.Equal(t, exitTrouble, status)
	assert.Contains(t, stderr, "setup.yaml is there, and is no file")
	assert.NoFileExists(t, ".github/workflows/imapcheck.yml")
	require.NoError(t, os.Remove(".imapcheck/kubernetes/setup.yaml"))
	status, _, stderr = invoke(all...)
	assert.Equal(t, exitClean, status, stderr)
	for _, name := range []string{".clusterfuzzlite/build.sh", ".imapcheck/oss-fuzz/build.sh"} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o755), info.Mode().Perm())
	}
	assert.Contains(t, readText(t, ".imapcheck/oss-fuzz/Dockerfile"), "git clone --depth 1 'https://git.example/imapd' $SRC/imapd")
}

func TestCIInitTrouble(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("file", nil, 0o600))
	for _, c := range []struct {
		args  []string
		lines int
		want  string
	}{
		{nil, 2, "--target TARGET or --server-command CMD is needed"},
		{[]string{"mem"}, 2, `unknown argument "mem"; flags of imapcheck fuzz come behind --`},
		{[]string{"--kind", "gitlab", "--target", "mem"}, 2, `no kind "gitlab" (known: github, clusterfuzzlite, oss-fuzz, kubernetes)`},
		{[]string{"--target", "mem", "--shards", "0"}, 2, "there has to be one shard"},
		{[]string{"--target", "mem", "--server-command", "./imapd"}, 2, "needs no command for it"},
		{[]string{"--target", "mem", "--", "--user", "a b"}, 2, "no spaces"},
		{[]string{"--target", "mem", "--dir", "absent"}, 1, "--dir absent: there is no such folder"},
		{[]string{"--target", "mem", "--dir", "file"}, 1, "--dir file: there is no such folder"},
		{[]string{"--kind", "clusterfuzzlite"}, 1, "ClusterFuzzLite and OSS-Fuzz need a Go module: open go.mod"},
		{[]string{"--kind", "kubernetes", "--server-command", "./imapd"}, 2, "the image that has the server is needed"},
	} {
		status, stdout, stderr := invoke(append([]string{"ci", "init"}, c.args...)...)
		assert.Equal(t, exitTrouble, status, c.args)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, c.want)
		assert.Equal(t, c.lines, strings.Count(stderr, "\n"), stderr)
	}
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing is written")
}
