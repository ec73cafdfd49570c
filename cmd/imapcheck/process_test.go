package main

import (
	"os/exec"
	"syscall"
	"time"
)

// own gives a program a process group of its own, so that [end] ends what it has started,
// too.
func own(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// end waits for a program that has been told to end, and makes it if it does not.
func end(cmd *exec.Cmd) {
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	<-ended
}
