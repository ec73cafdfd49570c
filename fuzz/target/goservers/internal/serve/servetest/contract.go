// Package servetest holds what is tested of each program alike: that it does
// what package serve and the programs' own comments say.
package servetest

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/target/goservers/internal/serve"
)

// Contract tests the program. The test's TestMain has to be [Main].
func Contract(t *testing.T) {
	t.Run("accounts", testAccounts)
	t.Run("its end", testEnd)
	t.Run("only loopback", testOnlyLoopback)
	t.Run("its directory", testDirectory)
}

func testAccounts(t *testing.T) {
	addr := Start(t, nil).Address(t)

	t.Run("each user has an empty INBOX", func(t *testing.T) {
		for _, user := range []string{"new1", "new2"} {
			got := Dial(t, addr).OK(t, "LOGIN "+user+" pass", `LIST "" *`, "SELECT INBOX")
			assert.Contains(t, got, "* 0 EXISTS")
			assert.Equal(t, 1, strings.Count(got, "* LIST"), got)
		}
	})
	t.Run("an account keeps its mail", func(t *testing.T) {
		Dial(t, addr).OK(t, "LOGIN mine pass", "CREATE box", Append)
		got := Dial(t, addr).OK(t, "LOGIN mine pass", `LIST "" *`, "SELECT INBOX", "FETCH 1 BODY.PEEK[TEXT]")
		assert.Contains(t, got, "box")
		assert.Contains(t, got, "* 1 EXISTS")
		assert.Contains(t, got, "BODY[TEXT] {7}\r\nhello\r\n")
	})
	t.Run("no account sees another's", func(t *testing.T) {
		Dial(t, addr).OK(t, "LOGIN one pass", "CREATE box", Append)
		got := Dial(t, addr).OK(t, "LOGIN two pass", `LIST "" *`, "SELECT INBOX")
		assert.NotContains(t, got, "box")
		assert.Contains(t, got, "* 0 EXISTS")
	})
	t.Run("several connections see one account", func(t *testing.T) {
		a, b, c := Dial(t, addr), Dial(t, addr), Dial(t, addr)
		for _, c := range []*Conn{a, b, c} {
			c.OK(t, "LOGIN shared pass", Append)
		}
		assert.Contains(t, a.OK(t, "STATUS INBOX (MESSAGES)"), "MESSAGES 3")
	})
	t.Run("another password is refused", func(t *testing.T) {
		c := Dial(t, addr)
		for range 10 {
			assert.Contains(t, c.Do(t, "LOGIN closed word"), "t NO")
		}
		assert.Contains(t, c.Do(t, `LOGIN closed ""`), "t NO")
		c.OK(t, "LOGIN closed pass")
	})
	t.Run("all flags can be kept", func(t *testing.T) {
		c := Dial(t, addr)
		c.OK(t, "LOGIN flags pass", Append, "SELECT INBOX", `STORE 1 FLAGS (\Answered \Flagged \Deleted \Seen \Draft)`, "CLOSE")
		c.OK(t, Append, "SELECT INBOX", `STORE 1 FLAGS (\Answered \Flagged \Seen \Draft)`)
		got := Dial(t, addr).OK(t, "LOGIN flags pass", "SELECT INBOX", "FETCH 1 FLAGS")
		assert.Contains(t, got, "* 1 EXISTS")
		for _, flag := range []string{`\Answered`, `\Flagged`, `\Seen`, `\Draft`} {
			assert.Contains(t, got[strings.Index(got, "* 1 FETCH"):], flag)
		}
	})
}

func testEnd(t *testing.T) {
	ends := map[string]func(*Program) error{
		"standard input": func(p *Program) error { return p.Stdin.Close() },
		"SIGTERM":        func(p *Program) error { return p.Cmd.Process.Signal(syscall.SIGTERM) },
		"SIGINT":         func(p *Program) error { return p.Cmd.Process.Signal(syscall.SIGINT) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			p := Start(t, nil)
			c := Dial(t, p.Address(t))
			c.OK(t, "LOGIN a pass", "SELECT INBOX")
			require.NoError(t, end(p))
			assert.NoError(t, p.Cmd.Wait(), "%s", &p.Stderr)
		})
	}
}

func testOnlyLoopback(t *testing.T) {
	for _, addr := range []string{"192.0.2.1:0", ":0"} {
		p := spawn(t, func(c *exec.Cmd) { c.Args = append(c.Args, "-listen", addr) })
		assert.Error(t, p.Cmd.Wait())
		assert.Contains(t, p.Stderr.String(), addr+" is not loopback")
	}
}

func testDirectory(t *testing.T) {
	given, temporary := t.TempDir(), t.TempDir()
	for _, env := range [][]string{{serve.DirEnv + "=" + given, "TMPDIR=" + temporary}, {"TMPDIR=" + temporary}} {
		p := Start(t, func(c *exec.Cmd) { c.Env = append(c.Env, env...) })
		c := Dial(t, p.Address(t))
		c.OK(t, "LOGIN a pass", Append)
		if len(env) > 1 {
			assert.Empty(t, files(t, temporary))
		}
		c.Logout(t)
		p.End(t)
		assert.Empty(t, files(t, temporary))
		assert.Empty(t, files(t, given))
	}
}

func files(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	all, err := os.ReadDir(dir)
	require.NoError(t, err)
	return all
}
