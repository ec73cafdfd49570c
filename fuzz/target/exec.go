//go:build linux

package target

import (
	"errors"
	"os"
	"os/exec"
	"strings"
)

// Variables that a command of an "exec:" target finds in its environment.
const (
	dirEnv  = "IMAPCHECK_DIR"  // a directory of this trace alone, empty at first
	userEnv = "IMAPCHECK_USER" // the account's name
)

// openCommand is the server that the shell command of an "exec:" specification
// speaks for on its standard input and output, as the user and in the directory
// of this process. What the command serves is not known, so the account is
// emptied before each trace.
func openCommand(spec string, o Options) (Target, error) {
	line := strings.TrimSpace(strings.TrimPrefix(spec, "exec:"))
	if line == "" {
		return nil, errors.New("exec: needs a command")
	}
	h, err := newHost("exec")
	if err != nil {
		return nil, err
	}
	h.owner = nil
	s := &stdio{name: spec, host: h}
	s.command = func(a *account, dir string, _ int64) *exec.Cmd {
		cmd := exec.Command("/bin/sh", "-c", line)
		cmd.Env = append(os.Environ(), dirEnv+"="+dir, userEnv+"="+a.user)
		return cmd
	}
	t, err := newServer(spec, s, o)
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return t, nil
}
