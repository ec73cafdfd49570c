//go:build linux

package target

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

// managed are the servers that are started here, in every way that they can be.
var managed = []string{
	"dovecot", "dovecot?format=sdbox", "dovecot?tls=starttls", "dovecot?tls=imaps",
	"dovecot:stdio", "dovecot:stdio?format=sdbox", "dovecot:stdio?format=mdbox", "dovecot:stdio?format=mbox",
	"cyrus", "cyrus:daemon", "cyrus:daemon?tls=imaps", "cyrus:daemon?tls=starttls",
	"courier", "mailutils", "gomem1", "gluon",
}

// open opens a managed target, or skips the test on a machine that lacks it.
func open(t *testing.T, spec string) Target {
	t.Helper()
	name, _, _ := strings.Cut(spec, "?")
	name, _, _ = strings.Cut(name, ":")
	for _, p := range products {
		if _, err := p.find(); p.name == name && err != nil {
			t.Skip(err)
		}
	}
	tg, err := Open(spec, Options{})
	require.NoError(t, err)
	return tg
}

// Every account is fresh and holds the fixture, two connections reach the same
// one, and nothing is left of it behind the target.
func TestManagedServer(t *testing.T) {
	for _, spec := range managed {
		t.Run(spec, func(t *testing.T) {
			t.Parallel()
			tg := open(t, spec)
			dir := hostOf(tg).dir
			assert.DirExists(t, dir)
			assert.Equal(t, spec, tg.Name())
			for _, n := range []int{2, 0} {
				in, err := tg.Open(t.Context(), model.Fixture{Messages: n})
				require.NoError(t, err)
				user, password := in.User()
				for range 2 {
					conn, err := in.Dial(t.Context())
					require.NoError(t, err)
					got := talk(t, conn, fmt.Sprintf("a LOGIN %s %s", user, password), "b CREATE INBOX.x", "c EXAMINE INBOX",
						"d FETCH 1:* (INTERNALDATE BODY.PEEK[])", `z LSUB "" *`)
					conn.Close() // Courier is slow to open a mailbox twice
					assert.Contains(t, got, fmt.Sprintf("* %d EXISTS", n))
					for i := range n {
						assert.Contains(t, got, model.FixtureMessage(i))
						assert.Contains(t, got, model.FixtureDate(i).UTC().Format("2006"))
					}
				}
				assert.Empty(t, in.(interface{ Crashed() string }).Crashed())
				require.NoError(t, in.Close())
			}
			require.NoError(t, tg.Close())
			assert.NoDirExists(t, dir)
			assert.Empty(t, processesIn(t, dir))
		})
	}
}

// hostOf is where a target's servers run.
func hostOf(t Target) *host {
	system := t.(*server).system
	if r, ok := system.(*renewed); ok {
		system = r.current.system
	}
	switch s := system.(type) {
	case *stdio:
		return s.host
	case *daemon:
		return s.host
	case *goServers:
		return s.host
	}
	return nil
}

// processesIn are the processes that were started with the directory in an
// argument or in their environment, or that such a process has started.
func processesIn(t *testing.T, dir string) (found []string) {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	for _, p := range dirs {
		line, _ := os.ReadFile(p + "/cmdline")
		env, _ := os.ReadFile(p + "/environ")
		if strings.Contains(string(line)+string(env), dir) {
			found = append(found, filepath.Base(p)+" "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

// Targets are opened and closed again and again, and nothing is left of any.
// IMAPCHECK_STARTS says how often; the gate has a thousand.
func TestManagedServersLeaveNothing(t *testing.T) {
	starts, err := strconv.Atoi(os.Getenv("IMAPCHECK_STARTS"))
	if err != nil {
		starts = 20
	}
	var specs []string
	for _, p := range products {
		if _, err := p.find(); err != nil {
			continue
		}
		for _, mode := range p.modes {
			specs = append(specs, p.name+":"+mode)
		}
	}
	if len(specs) == 0 {
		t.Skip("no server is on this machine")
	}
	for i := range starts {
		tg, err := Open(specs[i%len(specs)], Options{})
		require.NoError(t, err)
		in, err := tg.Open(t.Context(), model.Fixture{Messages: i % 2})
		require.NoError(t, err, tg.Name())
		conn, err := in.Dial(t.Context())
		require.NoError(t, err)
		if i%3 > 0 { // one in three is closed as soon as it was opened
			user, password := in.User()
			talk(t, conn, fmt.Sprintf("a LOGIN %s %s", user, password), "b SELECT INBOX", "z NOOP")
		}
		dir := hostOf(tg).dir
		if i%2 > 0 { // the target's Close is enough
			require.NoError(t, in.Close())
		}
		require.NoError(t, tg.Close(), tg.Name())
		require.NoDirExists(t, dir)
		require.Empty(t, processesIn(t, dir))
	}
	t.Logf("%d starts of %v", starts, specs)
}

// program makes a shell script of the name below dir.
func program(t *testing.T, dir, name, script string) {
	t.Helper()
	name = filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte("#!/bin/sh\n"+script+"\n"), 0o755))
}

func TestServersThatCannotBeStarted(t *testing.T) {
	none, odd := t.TempDir(), t.TempDir()
	t.Setenv("PATH", none)
	for _, name := range []string{"master", "imapd"} {
		program(t, odd, "cyrus/usr/lib/cyrus/bin/"+name, "echo cyrus-imapd 3.99.1")
	}
	program(t, odd, "courier/usr/bin/imapd", "echo usage: imapd; exit 1")
	program(t, odd, "mailutils/usr/sbin/imap4d", "[ $1 = --version ] && echo 'imap4d (GNU Mailutils) 3.15' || { echo out of order >&2; exit 3; }")
	program(t, odd, "gluon", "echo")
	t.Setenv(ServersEnv, odd)
	t.Setenv("TMPDIR", "")
	for _, c := range []struct{ spec, want string }{
		{"gomem1", `gomem1 is not on this machine: "imapcheck targets" tells how to get it`},
		{"cyrus", "cyrus 3.99.1 was never tried (3.6.x was): start it by hand, and name its address"},
		{"courier", odd + "/courier/usr/bin/imapd does not tell its version: exit status 1: usage: imapd"},
		{"gluon", "could not read Go build info from " + odd + "/gluon: unrecognized file format"},
		{"courier:daemon", `"courier:daemon": courier runs as stdio`},
		{"dovecot:", `"dovecot:": dovecot runs as daemon or stdio`},
		{"dovecot?format=dbx", `"dovecot?format=dbx": behind the "?" may stand format=maildir|sdbox|mdbox|mbox and tls=offered|starttls|imaps`},
		{"courier?tls=imaps", `"courier?tls=imaps": behind the "?" may stand nothing`},
		{"dovecot:stdio?tls=imaps", `"dovecot:stdio?tls=imaps": there is no TLS on stdio`},
		{"cyrus?tls=imaps&tls=imaps", `"cyrus?tls=imaps&tls=imaps": behind the "?" may stand tls=offered|starttls|imaps`},
	} {
		_, err := Open(c.spec, Options{})
		assert.EqualError(t, err, c.want)
	}
	tg, err := Open("mailutils", Options{})
	require.NoError(t, err)
	require.NoError(t, os.Chmod(odd, 0o755))
	require.NoError(t, os.Chmod(filepath.Dir(odd), 0o755))
	_, err = tg.Open(t.Context(), model.Fixture{Messages: 1})
	assert.ErrorContains(t, err, "mailutils does not run: exit status 3: out of order")
	require.NoError(t, tg.Close())
}

func TestRenewal(t *testing.T) {
	tg := open(t, "dovecot")
	defer tg.Close()
	r := tg.(*server).system.(*renewed)
	r.most = 3
	first := hostOf(tg).dir
	var open []Instance
	for range 4 { // one more than an era has
		in, err := tg.Open(t.Context(), model.Fixture{Messages: 1})
		require.NoError(t, err)
		open = append(open, in)
	}
	second := hostOf(tg).dir
	assert.NotEqual(t, first, second)
	for i, in := range open {
		if i < 3 {
			assert.DirExists(t, first, "an account is open there")
		}
		conn, err := in.Dial(t.Context())
		require.NoError(t, err)
		user, password := in.User()
		assert.Contains(t, talk(t, conn, fmt.Sprintf("a LOGIN %s %s", user, password), "z STATUS INBOX (MESSAGES)"), "(MESSAGES 1)")
		if i < 3 {
			require.NoError(t, in.Close())
		}
	}
	assert.NoDirExists(t, first)
	assert.DirExists(t, second)
}

// A daemon that ends is started again: the account is gone, and the next is of another.
func TestManagedDaemonThatEnds(t *testing.T) {
	for _, spec := range []string{"dovecot", "cyrus:daemon"} {
		t.Run(spec, func(t *testing.T) {
			tg := open(t, spec)
			defer tg.Close()
			r := tg.(*server).system.(*renewed)
			var told []string
			r.notice = func(line string) { told = append(told, line) }
			in, err := tg.Open(t.Context(), model.Fixture{Messages: 1})
			require.NoError(t, err)
			defer in.Close()
			first := r.current.system.(*daemon)
			first.process.signal(syscall.SIGKILL)
			<-first.process.done
			_, err = in.Dial(t.Context())
			require.ErrorIs(t, err, ErrGone)
			next, err := tg.Open(t.Context(), model.Fixture{Messages: 1})
			require.NoError(t, err)
			defer next.Close()
			_, err = next.Dial(t.Context())
			require.NoError(t, err)
			require.Len(t, told, 1)
			assert.Contains(t, told[0], "signal: killed")
		})
	}
}
