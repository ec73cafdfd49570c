//go:build linux

package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// stdio is a server that speaks IMAP on its standard input and output: a process
// for every connection, and a directory for every account.
type stdio struct {
	name  string // of the target
	host  *host
	setup func(a *account, dir string) error // makes the account's files; may be nil
	// command is what serves one connection; serial is another number for each.
	command func(a *account, dir string, serial int64) *exec.Cmd

	serial atomic.Int64
	spoken atomic.Bool  // a process has said something
	leave  func() error // ends what the processes needed; may be nil
	gone   sync.WaitGroup
}

// home is what an account has.
type home struct {
	dir   string
	mu    sync.Mutex
	conns []*stdioConn
}

func (s *stdio) open(a *account) error {
	dir := filepath.Join(s.host.dir, "a"+strconv.Itoa(a.number))
	a.held = &home{dir: dir}
	err := s.host.mkdir(dir)
	if err == nil && s.setup != nil {
		err = s.setup(a, dir)
	}
	return err
}

func (s *stdio) dial(ctx context.Context, a *account) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h := a.held.(*home)
	conn, theirs, err := socketpair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd := s.command(a, h.dir, s.serial.Add(1))
	cmd.Stdin, cmd.Stdout = theirs, theirs
	p, err := s.host.start(cmd, syscall.SIGKILL)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	c := &stdioConn{Conn: conn, process: p, server: s}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns = append(h.conns, c)
	return c, nil
}

// crashed waits for the processes that have ended their connections, since how
// they end is told a moment later.
func (s *stdio) crashed(a *account) string {
	h := a.held.(*home)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.conns {
		if c.ended.Load() && c.process.ended(a.target.options.Timeout) {
			if text := c.process.crash(); text != "" {
				return text
			}
		}
	}
	return ""
}

// release kills what is left of the account's processes, and removes its files
// behind the back of the next trace.
func (s *stdio) release(a *account) {
	h := a.held.(*home)
	h.mu.Lock()
	conns := h.conns
	h.mu.Unlock()
	s.gone.Add(1)
	go func() {
		defer s.gone.Done()
		for _, c := range conns {
			c.process.signal(syscall.SIGKILL)
		}
		for _, c := range conns {
			<-c.process.done
		}
		os.RemoveAll(h.dir) // what is left goes with the host's directory
	}()
}

func (s *stdio) close() error {
	s.gone.Wait()
	var err error
	if s.leave != nil {
		err = s.leave()
	}
	return errors.Join(err, s.host.close())
}

// stdioConn is a connection to a process.
type stdioConn struct {
	net.Conn
	process *process
	server  *stdio
	ended   atomic.Bool // the process has closed its end
}

// CloseWrite ends what the client says.
func (c *stdioConn) CloseWrite() error { return closeWrite(c.Conn) }

// Read implements net.Conn. If no process has ever said a word, the first that
// ends has not failed as a server: it does not run at all.
func (c *stdioConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && !c.server.spoken.Load() {
		c.server.spoken.Store(true)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		c.ended.Store(true)
		if !c.server.spoken.Load() && c.process.ended(time.Second) {
			return n, fmt.Errorf("%s does not run: %s", c.server.name, c.process.ending())
		}
	}
	return n, err
}

// wait waits for the end of the process, which it brings about after d.
func (c *stdioConn) wait(d time.Duration) {
	if !c.process.ended(d) {
		c.process.stop(syscall.SIGKILL)
	}
}
