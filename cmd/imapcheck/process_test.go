package main

import (
	"os/exec"
	"syscall"
)

// own gives a program a process group of its own, so that [end] ends what it has started,
// too.
func own(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func end(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	_ = cmd.Wait()
}
