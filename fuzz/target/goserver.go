//go:build linux

package target

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Servers that are Go libraries, with the programs that serve them: those are in a
// module of their own, so that nobody has to build them.
var (
	gomem1 = goProduct("gomem1", "go-imap v1's in-memory server", "github.com/emersion/go-imap", "v1.2.")
	gluon  = goProduct("gluon", "Proton's gluon", "github.com/ProtonMail/gluon", "v0.17.")
)

func goProduct(name, text, module, tried string) *product {
	return &product{
		name: name, text: text, modes: []string{"daemon"}, module: module, tried: []string{tried},
		binaries: map[string][]string{name: {"./" + name, name}}, first: name,
		get:   "go -C fuzz/target/goservers build -o $" + ServersEnv + "/ ./" + name,
		start: startGoServers,
	}
}

// goServers are processes of a program that serves any account on loopback. A
// panic ends the process and with it all that the accounts held, so a process
// serves one account at a time.
type goServers struct {
	name    string // of the target
	program string
	env     []string
	host    *host
	timeout time.Duration

	mu     sync.Mutex
	idle   []*goServer
	serial int
}

// goServer is one of the processes.
type goServer struct {
	*process
	hold   io.Closer // its standard input: it serves until that ends
	addr   string
	served int         // accounts
	ended  atomic.Bool // a connection to the account that it serves
}

// mostServed is how many accounts a process serves: they stay in its memory.
const mostServed = 500

func startGoServers(l *launch) (*server, error) {
	h, err := newHost(l.name)
	if err != nil {
		return nil, err
	}
	return newAccounts(l.spec, &goServers{
		name: l.spec, program: l.bin[l.first], env: l.env(), host: h, timeout: l.timeout,
	}, l.timeout), nil
}

func (g *goServers) open(a *account) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := len(g.idle); n > 0 {
		a.held, g.idle = g.idle[n-1], g.idle[:n-1]
		return nil
	}
	g.serial++
	s, err := g.start(filepath.Join(g.host.dir, strconv.Itoa(g.serial)))
	if err != nil {
		return fmt.Errorf("%s: %w", g.name, err)
	}
	a.held = s
	return nil
}

// start runs a process, and waits for the line that says where it listens.
func (g *goServers) start(dir string) (*goServer, error) {
	if err := g.host.mkdir(dir); err != nil {
		return nil, err
	}
	cmd := exec.Command(g.program)
	cmd.Dir = dir
	cmd.Env = append(g.env, "HOME="+dir, dirEnv+"="+dir)
	hold, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	conn, theirs, err := socketpair()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = theirs
	p, err := g.host.start(cmd, syscall.SIGKILL)
	theirs.Close()
	if err != nil {
		conn.Close()
		return nil, err
	}
	s := &goServer{process: p, hold: hold}
	const patience = 30 * time.Second
	_ = conn.SetReadDeadline(time.Now().Add(patience)) // a failure is found by the read
	lines := bufio.NewReader(conn)
	line, err := lines.ReadString('\n')
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		conn.Close()
		s.quit()
		return nil, fmt.Errorf("it does not say where it listens: %s", p.ending())
	}
	s.addr = addr
	_ = conn.SetReadDeadline(time.Time{})
	go func() {
		defer conn.Close()
		_, _ = io.Copy(io.Discard, lines) // whatever else it says has to go somewhere
	}()
	return s, nil
}

// quit ends the process in order.
func (s *goServer) quit() {
	s.hold.Close()
	if !s.process.ended(5 * time.Second) {
		s.stop(syscall.SIGKILL)
	}
}

func (g *goServers) dial(ctx context.Context, a *account) (net.Conn, error) {
	s := a.held.(*goServer)
	dialer := net.Dialer{Timeout: g.timeout}
	conn, err := dialer.DialContext(ctx, "tcp", s.addr)
	if err != nil && s.dying() {
		s.ended.Store(true)
		return nil, ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("cannot reach %s: %w", g.name, reason(err))
	}
	return &goConn{quickAck(conn), s}, nil
}

// dying reports whether the process has ended or is about to: then its listening
// socket, which it had before any connection, has been closed.
func (s *goServer) dying() bool {
	conn, err := net.Dial("tcp", s.addr)
	if err == nil {
		conn.Close()
		return false
	}
	return s.process.ended(5 * time.Second)
}

func (g *goServers) crashed(a *account) string {
	if s := a.held.(*goServer); s.ended.Load() && s.dying() {
		return s.crash()
	}
	return ""
}

func (g *goServers) release(a *account) {
	s := a.held.(*goServer)
	if s.served++; s.served >= mostServed || s.ended.Load() && s.dying() {
		s.quit()
		return
	}
	s.ended.Store(false)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.idle = append(g.idle, s)
}

func (g *goServers) close() error {
	for _, s := range g.idle {
		s.quit()
	}
	return g.host.close()
}

// goConn is a connection that notes its end.
type goConn struct {
	net.Conn
	server *goServer
}

// CloseWrite ends what the client says.
func (c *goConn) CloseWrite() error { return closeWrite(c.Conn) }

// Read implements net.Conn.
func (c *goConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n == 0 && err != nil {
		c.server.ended.Store(true)
	}
	return n, err
}
