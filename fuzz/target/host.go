//go:build linux

package target

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// host is where servers of ours run: a private directory, an ordinary user, and
// processes that end when this one does.
type host struct {
	dir     string
	owner   *syscall.Credential // of the servers; nil is our own
	user    string              // its name
	group   string
	running processes

	keeper *exec.Cmd
	hold   io.WriteCloser
	work   chan func()
}

// newHost makes a directory in memory, if the system has such a place. As root it
// has the servers run as nobody.
func newHost(name string) (*host, error) {
	who, err := user.Current()
	if err != nil {
		return nil, err
	}
	h := &host{}
	if who.Uid == "0" {
		if who, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("servers do not run as root: %w", err)
		}
		uid, _ := strconv.ParseUint(who.Uid, 10, 32)
		gid, _ := strconv.ParseUint(who.Gid, 10, 32)
		h.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	h.user = who.Username
	group, err := user.LookupGroupId(who.Gid)
	if err != nil {
		return nil, err
	}
	h.group = group.Name
	if h.dir, err = os.MkdirTemp(memory(), "imapcheck-"+name+"-"); err != nil {
		return nil, err
	}
	const longest = 70 // what a server puts behind it has to fit into the address of a socket
	if len(h.dir) > longest {
		err = fmt.Errorf("%s is too long a path for the sockets of servers: set another TMPDIR", h.dir)
	} else if err = h.give(h.dir); err == nil {
		err = h.keep()
	}
	if err != nil {
		os.RemoveAll(h.dir)
		return nil, err
	}
	h.work = make(chan func())
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for f := range h.work {
			f()
		}
	}()
	return h, nil
}

// memory is a place for temporary files in memory, "" if none is known.
func memory() string {
	const place, tmpfs = "/dev/shm", 0x01021994
	var fs syscall.Statfs_t
	if os.Getenv("TMPDIR") != "" || syscall.Statfs(place, &fs) != nil || fs.Type != tmpfs || syscall.Access(place, 2) != nil {
		return ""
	}
	return place
}

// keep starts the process that removes the directory if this one is killed and
// cannot: the end of its input without a word tells it. The processes have been
// told by the system then (see start), but for those that had gone their own way.
func (h *host) keep() error {
	const script = `read -r _ && exit
sleep 1
for p in /proc/[0-9]*; do
	grep -qs "^$1$" "$p/environ" -z && kill -9 "${p#/proc/}"
done
rm -rf -- "$0"; sleep 1; rm -rf -- "$0"`
	h.keeper = exec.Command("/bin/sh", "-c", script, h.dir, h.mark())
	h.keeper.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var err error
	if h.hold, err = h.keeper.StdinPipe(); err != nil {
		return err
	}
	if err = h.keeper.Start(); err != nil {
		return reasonOfStart(h.keeper.Path, err)
	}
	return nil
}

// onThread runs f on a thread that lives as long as the host does: the signal of
// a parent's death is that of the death of the thread that started the child.
func (h *host) onThread(f func() error) error {
	result := make(chan error, 1)
	h.work <- func() { result <- f() }
	return <-result
}

// mkdir makes directories, with all above them, for the servers.
func (h *host) mkdir(dirs ...string) error {
	for _, dir := range dirs {
		if _, err := os.Stat(dir); err == nil {
			continue
		}
		if parent := filepath.Dir(dir); parent != h.dir {
			if err := h.mkdir(parent); err != nil {
				return err
			}
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		if err := h.give(dir); err != nil {
			return err
		}
	}
	return nil
}

// write makes a file for the servers.
func (h *host) write(name string, text []byte) error {
	if err := os.WriteFile(name, text, 0o600); err != nil {
		return err
	}
	return h.give(name)
}

func (h *host) give(name string) error {
	if h.owner == nil {
		return nil
	}
	return os.Chown(name, int(h.owner.Uid), int(h.owner.Gid))
}

// close ends the processes that have not been stopped, and removes the directory.
func (h *host) close() error {
	h.running.kill()
	for h.killStrays() { // until there is none that could start another
	}
	close(h.work)
	err := os.RemoveAll(h.dir)
	_, _ = io.WriteString(h.hold, "done\n")
	h.hold.Close()
	_ = h.keeper.Wait() // there is nothing left that it could fail in
	return err
}

// mark is in the environment of all that the host starts, and of what they start.
func (h *host) mark() string { return "IMAPCHECK_HOST=" + h.dir }

// killStrays ends what a server has started and let go: a process in a session of
// its own has the mark all the same. It reports whether there was any.
func (h *host) killStrays() (found bool) {
	environments, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, name := range environments {
		text, err := os.ReadFile(name)
		if err != nil || !slices.Contains(strings.Split(string(text), "\x00"), h.mark()) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil {
			found = syscall.Kill(pid, syscall.SIGKILL) == nil || found
		}
	}
	return found
}
