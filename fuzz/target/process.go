//go:build linux

package target

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a server that was started for us. Its process group ends with it.
type process struct {
	cmd  *exec.Cmd
	told tail          // its standard error
	done chan struct{} // closed when it has ended and cmd.ProcessState is set

	mu     sync.Mutex
	reaped bool
}

// start runs cmd in a session of its own, so that what a person types does not
// reach it, and as the host's user. It gets stop when this process ends,
// however that comes about.
func (h *host) start(cmd *exec.Cmd, stop syscall.Signal) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	cmd.Env = append(cmd.Env, h.mark())
	cmd.Stderr = &p.told
	cmd.WaitDelay = time.Second // for those that have standard error as well
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: stop, Credential: h.owner}
	if err := h.onThread(cmd.Start); err != nil {
		err = reasonOfStart(cmd.Path, err)
		if errors.Is(err, syscall.EACCES) {
			err = fmt.Errorf("%w for the user %s", err, h.user)
		}
		return nil, err
	}
	h.running.add(p)
	go func() {
		p.reap()
		h.running.remove(p)
	}()
	return p, nil
}

// processes are those that have not ended.
type processes struct {
	mu  sync.Mutex
	all map[*process]bool
}

func (r *processes) add(p *process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[*process]bool{}
	}
	r.all[p] = true
}

func (r *processes) remove(p *process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, p)
}

// kill ends them and waits for that.
func (r *processes) kill() {
	r.mu.Lock()
	all := slices.Collect(maps.Keys(r.all))
	r.mu.Unlock()
	for _, p := range all {
		p.stop(syscall.SIGKILL)
	}
}

func reasonOfStart(path string, err error) error {
	return fmt.Errorf("cannot start %s: %w", path, reason(err))
}

// reap waits for the end of the process, and ends what it has left behind. As long
// as it is not waited for, its group's number is nobody else's.
func (p *process) reap() {
	pid := p.cmd.Process.Pid
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	p.mu.Lock()
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	p.reaped = true
	p.mu.Unlock()
	_ = p.cmd.Wait() // how it ended is in ProcessState
	close(p.done)
}

// signal sends a signal to the process and its group.
func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		_ = syscall.Kill(-p.cmd.Process.Pid, s)
	}
}

// ended reports whether the process ends within d.
func (p *process) ended(d time.Duration) bool {
	select {
	case <-p.done:
		return true
	default:
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.done:
		return true
	case <-t.C:
		return false
	}
}

// stop ends the process: it is asked to, and made to if it takes its time, as
// servers do with a client that is still there.
func (p *process) stop(s syscall.Signal) {
	p.signal(s)
	if !p.ended(time.Second) {
		p.signal(syscall.SIGKILL)
		<-p.done
	}
}

// crashLine is what servers write when they find that they are broken.
var crashLine = regexp.MustCompile(`(?im)^.*(\bpanic:|assertion .*failed|stack smashing|Sanitizer|fatal error:|segmentation fault).*$`)

// crash is what is to be told of the end of a process that has ended: the signal
// that killed it, or what it wrote of a panic; "" if it just ended. The first line
// says it all, and what it wrote is behind.
func (p *process) crash() string {
	text := p.told.String()
	var why string
	if ws, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		why = fmt.Sprintf("was ended by signal %d (%v)", ws.Signal(), ws.Signal())
	} else if line := crashLine.FindString(text); line != "" {
		why = fmt.Sprintf("ended with %v: %s", p.cmd.ProcessState, strings.TrimSpace(line))
	} else {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s\n%s", filepath.Base(p.cmd.Path), why, text))
}

// ending says in one line how the process ended.
func (p *process) ending() string {
	text := p.cmd.ProcessState.String()
	if line := lastLine(p.told.String()); line != "" {
		text += ": " + line
	}
	return text
}

// tail keeps the last of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailLength = 16 << 10

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if n := len(t.text) - tailLength; n > 0 {
		t.text = append(t.text[:0], t.text[n:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

// socketpair is a connection whose other end is a file, for a process.
func socketpair() (net.Conn, *os.File, error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("making a pair of sockets: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "imapcheck"), os.NewFile(uintptr(fds[1]), "server")
	conn, err := net.FileConn(ours)
	ours.Close() // conn has a copy
	if err != nil {
		theirs.Close()
		return nil, nil, fmt.Errorf("making a pair of sockets: %w", err)
	}
	return conn, theirs, nil
}
