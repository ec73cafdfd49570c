//go:build linux

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// served is a process of its own that serves at an address, until it is killed.
func served(t *testing.T, address string) (spec string, kill func()) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe, "serve", "--listen", address, "--fault", "status-commas")
	cmd.Env = append(os.Environ(), asEnv+"=imapcheck")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(kill)
	spec, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(spec), kill
}

// A server that dies in mid-run and is started again by somebody is waited for.
func TestServerIsWaitedFor(t *testing.T) {
	t.Chdir(t.TempDir())
	spec, kill := served(t, "127.0.0.1:0")
	stderr, told := io.Pipe()
	status := make(chan int)
	var stdout strings.Builder
	go func() {
		args := []string{"fuzz", spec, "--user", "user%d", "--users", "50", "--password", "pass", "--commands", "20000", "--level", "must", "--wait", "1h"}
		got := run(args, strings.NewReader(""), &stdout, told)
		told.Close()
		status <- got
	}()
	waited := false
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		switch line := lines.Text(); {
		case strings.Contains(line, "grammar:status-att-list/STATUS"):
			kill()
		case strings.Contains(line, "connection refused; waiting for it"):
			waited = true
			served(t, strings.TrimPrefix(spec, "imap://"))
		}
	}
	assert.Equal(t, exitFound, <-status)
	assert.True(t, waited)
	assert.Contains(t, stdout.String(), "20000 in ")
	assert.Contains(t, stdout.String(), "1 MUST", "%s", stdout.String())
}

// One that does not come back ends the run, which keeps what it has found.
func TestServerThatStaysAway(t *testing.T) {
	t.Chdir(t.TempDir())
	spec, kill := served(t, "127.0.0.1:0")
	stderr, told := io.Pipe()
	status := make(chan int)
	go func() {
		args := []string{"fuzz", spec, "--user", "user%d", "--users", "50", "--password", "pass", "--level", "must", "--wait", "200ms", "--json", "report.json"}
		got := run(args, strings.NewReader(""), io.Discard, told)
		told.Close()
		status <- got
	}()
	last := ""
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		if last = lines.Text(); strings.Contains(last, "grammar:status-att-list/STATUS") {
			kill()
		}
	}
	assert.Equal(t, exitTrouble, <-status)
	assert.Contains(t, last, "did not come back within 200ms")
	text, err := os.ReadFile("report.json")
	require.NoError(t, err)
	found := decoded(t, text)["findings"].([]any)
	require.NotEmpty(t, found)
	assert.FileExists(t, found[0].(map[string]any)["file"].(string))
}

// Where nothing can be written any more, what was found is in the report all the same.
func TestNoRoomForFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command("sh", "-c", `ulimit -f 0 && exec "$0" fuzz mem --commands 2000`, exe)
	cmd.Env = append(os.Environ(), asEnv+"=imapcheck")
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	assert.Equal(t, exitTrouble, cmd.ProcessState.ExitCode(), err)
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	assert.Regexp(t, `^imapcheck: save trace: .*file too large$`, lines[len(lines)-1])
	key := strings.Fields(lines[1])[1]
	assert.Contains(t, stdout.String(), key+"  (RFC", "what could not be saved")
	left, err := os.ReadDir("findings")
	require.NoError(t, err)
	assert.Empty(t, left, "nothing is half written")
}
