package validate

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is a program that runs in a group of its own, all of which ends with the test.
type process struct {
	cmd *exec.Cmd
	out *os.File
}

// start runs a program in a folder, with env on top of what every program needs.
func start(t *testing.T, dir string, env map[string]string, name string, args ...string) *process {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "out")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	p := &process{exec.CommandContext(ctx, name, args...), out}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, out, out
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + os.TempDir()}
	for k, v := range env {
		p.cmd.Env = append(p.cmd.Env, k+"="+v)
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() {
		cancel()
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // what it has left in the background
		_ = out.Close()
	})
	return p
}

// wait returns the exit status.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return p.cmd.ProcessState.ExitCode()
}

// said is what it has written.
func (p *process) said(t *testing.T) string {
	t.Helper()
	return string(bytes.TrimSpace(read(t, p.out.Name())))
}
