//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/target"
)

// asEnv makes this program another one: imapcheck, or a server on standard input
// and output whose greeting is the value.
const asEnv = "IMAPCHECK_TEST_AS"

func TestMain(m *testing.M) {
	switch as := os.Getenv(asEnv); as {
	case "":
		os.Unsetenv(githubActions) // it would add to the reports
		os.Exit(m.Run())
	case "imapcheck":
		main()
	default:
		os.Unsetenv(asEnv)
		serveStdio(as)
	}
}

// serveStdio serves an account that nobody has used on standard input and output,
// or turns the client away. It panics, or is killed, in the place of some commands.
func serveStdio(greeting string) {
	if greeting == "BYE" {
		fmt.Print("* BYE no more\r\n")
		return
	}
	user := imapmemserver.NewUser("mary", "sesame")
	if err := user.Create("INBOX", nil); err != nil {
		log.Fatal(err)
	}
	users := imapmemserver.New()
	users.AddUser(user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			if greeting == "PREAUTH" {
				return imapmemserver.NewUserSession(user), &imapserver.GreetingData{PreAuth: true}, nil
			}
			return users.NewSession(), nil, nil
		},
		InsecureAuth: true,
		Logger:       log.New(io.Discard, "", 0),
	})
	l := &stdioListener{conns: make(chan net.Conn, 1)}
	c := &stdioServer{in: bufio.NewReader(os.Stdin), ended: make(chan struct{})}
	l.conns <- c
	go server.Serve(l)
	<-c.ended
}

type stdioListener struct{ conns chan net.Conn }

func (l *stdioListener) Accept() (net.Conn, error) { return <-l.conns, nil }
func (l *stdioListener) Close() error              { return nil }
func (l *stdioListener) Addr() net.Addr            { return &net.UnixAddr{} }

type stdioServer struct {
	in    *bufio.Reader
	line  []byte
	ended chan struct{}
}

// Read implements net.Conn. It hands on lines, but for those that crash.
func (c *stdioServer) Read(b []byte) (int, error) {
	if len(c.line) == 0 {
		line, err := c.in.ReadBytes('\n')
		if err != nil {
			return 0, err
		}
		switch {
		case strings.Contains(string(line), " UNSUBSCRIBE INBOX"):
			go panic("the index is out of order")
			select {}
		case strings.Contains(string(line), " SUBSCRIBE INBOX"):
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		c.line = line
	}
	n := copy(b, c.line)
	c.line = c.line[n:]
	return n, nil
}

func (c *stdioServer) Write(b []byte) (int, error)      { return os.Stdout.Write(b) }
func (c *stdioServer) LocalAddr() net.Addr              { return &net.UnixAddr{} }
func (c *stdioServer) RemoteAddr() net.Addr             { return &net.UnixAddr{} }
func (c *stdioServer) SetDeadline(time.Time) error      { return nil }
func (c *stdioServer) SetReadDeadline(time.Time) error  { return nil }
func (c *stdioServer) SetWriteDeadline(time.Time) error { return nil }

func (c *stdioServer) Close() error {
	defer func() { _ = recover() }() // closed before
	close(c.ended)
	return nil
}

// server is the specification of a server on standard input and output.
func server(t *testing.T, greeting string) string {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	return "exec:" + asEnv + "=" + greeting + " exec " + exe
}

func TestExec(t *testing.T) {
	t.Chdir(t.TempDir())
	login := []string{"--user", "mary", "--password", "sesame"}
	for _, greeting := range []string{"OK", "PREAUTH"} {
		args := append([]string{"fuzz", server(t, greeting), "--commands", "300", "--no-shrink", "--timeout", "500ms"}, login...)
		status, stdout, stderr := invoke(args...)
		assert.Equal(t, exitFound, status, stderr)
		assert.Contains(t, stdout, "* "+greeting+" [CAPABILITY")
		assert.NotContains(t, stdout+stderr, "sesame")
	}
	for _, c := range []struct{ spec, want string }{
		{server(t, "BYE"), "turns connections away: * BYE no more"},
		{"exec:/no/such/server --really", "does not run: exit status 127: /bin/sh: 1: /no/such/server: not found"},
		{"exec: ", "exec: needs a command"},
	} {
		status, stdout, stderr := invoke("fuzz", c.spec)
		assert.Equal(t, exitTrouble, status, c.spec)
		assert.Empty(t, stdout, c.spec)
		assert.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
		assert.Contains(t, stderr, c.want)
	}
}

// How the process of a server ended goes into the finding.
func TestCrashesAreFound(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ command, want string }{
		{"SUBSCRIBE INBOX", "was ended by signal 9 (killed)"},
		{"UNSUBSCRIBE INBOX", "panic: the index is out of order"},
	} {
		require.NoError(t, os.WriteFile("crash.trace", []byte("C0: NOOP\nC0: "+c.command+"\nC0: NOOP\n"), 0o644))
		status, stdout, stderr := invoke("shrink", "crash.trace", "--target", server(t, "PREAUTH"), "--level", "must")
		assert.Equal(t, exitClean, status, stderr)
		assert.Contains(t, stdout, "bye-before-close:panic/")
		assert.Contains(t, stdout, c.want)
		assert.Contains(t, stdout, "shrunk from 3 commands to 1")
	}
}

// onWrite calls do at the first write.
type onWrite struct {
	strings.Builder
	do func()
}

func (w *onWrite) Write(b []byte) (int, error) {
	if w.do != nil {
		w.do()
		w.do = nil
	}
	return w.Builder.Write(b)
}

func TestInterrupt(t *testing.T) {
	t.Chdir(t.TempDir())
	var out strings.Builder
	stderr := onWrite{do: func() { assert.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGINT)) }}
	status := run([]string{"fuzz", "--duration", "1h"}, strings.NewReader(""), &out, &stderr)
	assert.NotEqual(t, exitTrouble, status, stderr.String())
	assert.Contains(t, out.String(), "Summary")
	assert.Contains(t, out.String(), "an interrupt")
}

// present skips the test on a machine that lacks the server.
func present(t *testing.T, spec string) {
	t.Helper()
	for _, i := range target.Known() {
		if i.Spec == spec && i.Missing != "" {
			t.Skip(spec, ": ", i.Missing)
		}
	}
}

// Whatever ends imapcheck in the middle of a run, the servers that it has started
// end too, and their directory goes.
func TestServersDoNotOutlive(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	for _, spec := range []string{"dovecot", "dovecot:stdio", "cyrus", "cyrus:daemon", "courier", "mailutils", "gomem1", "gluon"} {
		for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
			t.Run(fmt.Sprintf("%s, %v", spec, s), func(t *testing.T) {
				name, _, _ := strings.Cut(spec, ":")
				present(t, name)
				t.Parallel()
				dir, err := os.MkdirTemp("", "kill") // short enough for sockets
				require.NoError(t, err)
				defer os.RemoveAll(dir)
				require.NoError(t, os.Chmod(dir, 0o755)) // for another user
				stderr, err := os.Create(filepath.Join(dir, "stderr"))
				require.NoError(t, err)
				defer stderr.Close()
				cmd := exec.Command(exe, "fuzz", spec, "--duration", "1h", "--jobs", "2", "--save", "")
				cmd.Env = append(os.Environ(), asEnv+"=imapcheck", "TMPDIR="+dir)
				cmd.Dir = dir
				cmd.Stderr = stderr
				said := func() string {
					text, err := os.ReadFile(stderr.Name())
					require.NoError(t, err)
					return string(text)
				}
				require.NoError(t, cmd.Start())
				var sessions map[string]bool
				require.Eventually(t, func() bool {
					sessions = sessionsOf(t, dir)
					// One is that of the process that keeps the directory, another of a server.
					return strings.Contains(said(), "fuzzing") && len(sessions) > 1
				}, time.Minute, time.Millisecond)
				require.NoError(t, cmd.Process.Signal(s))
				var exit *exec.ExitError
				if err := cmd.Wait(); s == syscall.SIGKILL {
					require.ErrorAs(t, err, &exit)
				} else if errors.As(err, &exit) {
					assert.Equal(t, exitFound, exit.ExitCode(), said())
				}
				assert.Eventually(t, func() bool { return len(sessionsOf(t, dir)) == 0 && len(members(t, sessions)) == 0 },
					30*time.Second, 20*time.Millisecond, "%v", members(t, sessions))
				assert.Eventually(t, func() bool {
					left, err := filepath.Glob(filepath.Join(dir, "imapcheck-*"))
					return err == nil && len(left) == 0
				}, 30*time.Second, 20*time.Millisecond)
			})
		}
	}
}

// sessionsOf are the sessions of the processes that work in dir.
func sessionsOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	processes(t, func(p string, session string) {
		line, _ := os.ReadFile(p + "/cmdline")
		env, _ := os.ReadFile(p + "/environ")
		if strings.Contains(string(line)+string(env), dir+"/imapcheck-") {
			all[session] = true
		}
	})
	return all
}

// members are the processes of the sessions.
func members(t *testing.T, sessions map[string]bool) (list []string) {
	t.Helper()
	processes(t, func(p string, session string) {
		if sessions[session] {
			line, _ := os.ReadFile(p + "/cmdline")
			list = append(list, string(line))
		}
	})
	return list
}

// processes calls f with all processes that run, and the session of each.
func processes(t *testing.T, f func(dir, session string)) {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	for _, p := range dirs {
		stat, err := os.ReadFile(p + "/stat")
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest) // state, parent, group, session
		if len(fields) > 3 && fields[0] != "Z" {
			f(p, fields[3])
		}
	}
}
