package fuzz

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"syscall"
	"testing"
	"text/template"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// dovecotConfig runs a whole Dovecot on loopback in one directory, with any
// user name and one password. Without the anvil listener a failed LOGIN would
// delay the next ones.
var dovecotConfig = template.Must(template.New("").Parse(`
base_dir = {{.Dir}}/run
state_dir = {{.Dir}}/run
log_path = {{.Dir}}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {{.User}}
default_login_user = {{.User}}
default_internal_group = {{.Group}}
mail_uid = {{.User}}
mail_gid = {{.Group}}
first_valid_uid = 1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_username_chars =
mail_fsync = never
mail_max_userip_connections = 1000
mail_location = maildir:~/Maildir
passdb {
  driver = static
  args = password={{.Password}}
}
userdb {
  driver = static
  args = home={{.Dir}}/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
}
service imap-login {
  chroot =
  inet_listener imap {
    address = 127.0.0.1
    port = {{.Port}}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
`))

// startDovecot runs Dovecot in a private directory until the test ends, and
// returns its address and the file that it logs to. Without Dovecot the test is
// skipped.
func startDovecot(t *testing.T) (addr, log string) {
	t.Helper()
	binary, err := exec.LookPath("dovecot")
	if err != nil {
		if binary, err = exec.LookPath("/usr/sbin/dovecot"); err != nil {
			t.Skip("Dovecot is not installed (Debian: apt-get install dovecot-imapd)")
		}
	}
	// Not t.TempDir: its path can be too long for a socket, and Dovecot's other
	// user has to get there.
	dir, err := os.MkdirTemp("", "imapcheck-dovecot-")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	who, err := user.Current()
	require.NoError(t, err)
	if who.Uid == "0" { // it refuses uid 0 for mail
		who, err = user.Lookup("nobody")
		require.NoError(t, err)
	}
	group, err := user.LookupGroupId(who.Gid)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	require.NoError(t, l.Close())

	mail := filepath.Join(dir, "mail")
	require.NoError(t, os.Mkdir(mail, 0o777))
	require.NoError(t, os.Chmod(mail, 0o777))
	require.NoError(t, os.Chmod(dir, 0o755))
	var config bytes.Buffer
	require.NoError(t, dovecotConfig.Execute(&config, map[string]any{
		"Dir": dir, "User": who.Username, "Group": group.Name, "Password": model.Password, "Port": port}))
	file := filepath.Join(dir, "dovecot.conf")
	require.NoError(t, os.WriteFile(file, config.Bytes(), 0o644))

	cmd := exec.Command(binary, "-F", "-c", file)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		assert.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		_ = cmd.Wait() // ended by our own signal
	})
	addr = fmt.Sprintf("127.0.0.1:%d", port)
	require.Eventually(t, func() bool { return greets(addr) }, 30*time.Second, 20*time.Millisecond,
		"Dovecot does not answer: %s", &output)
	return addr, filepath.Join(dir, "log")
}

// greets reports whether a server at the address says something.
func greets(addr string) bool {
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return false
	}
	defer c.Close()
	if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return false
	}
	_, err = io.ReadFull(c, make([]byte, 4))
	return err == nil
}

// dovecots are the MUSTs that Dovecot 2.3.19 does break: each was read against the
// clause, with its trace.
var dovecots = map[string]string{
	"grammar:TEXT-CHAR": "it decodes the name of a mailbox in a text",
	"rename-missing":    "it renames a level of hierarchy that is no mailbox onto a name that exists",
	"rename-renames":    "it renames a level of hierarchy that is no mailbox onto a name that exists",
	"enable-response":   "it sends no ENABLED response if nothing was enabled",
	"state-gating":      "it accepts ENABLE before login",
	"examine-read-only": "MOVE takes messages out of a mailbox that is selected read-only",
	"section-octets":    "the header of a message without a blank line gets one",
}

// Dovecot is strict about RFC 3501: a MUST that it is said to break is most
// likely our error. This is the test of the judge's soundness.
func TestDovecotBreaksNoMust(t *testing.T) {
	addr, log := startDovecot(t)
	tg, err := target.Open("imap://"+addr, target.Options{User: "u%d", Users: 1 << 30})
	require.NoError(t, err)
	defer tg.Close()
	for seed := range uint64(2) {
		c := Campaign{Driver: Driver{Target: tg, Machine: model.New()}, Seed: 100 + seed, Commands: 2500, Level: model.MUST}
		r, err := c.Run(context.Background())
		require.NoError(t, err)
		assert.GreaterOrEqual(t, r.Commands, 2500)
		assert.Greater(t, r.Coverage.Hit, r.Coverage.Total/2)
		for _, f := range r.Findings {
			if text, err := os.ReadFile(log); f.Violation.Rule.ID == "bye-before-close" && err == nil && bytes.Contains(text, []byte("Panic:")) {
				t.Logf("seed %d: Dovecot crashed, says its own log; that is for its maintainers", 100+seed)
				continue
			}
			if why := dovecots[f.Violation.ID()]; why != "" {
				t.Logf("seed %d: %s: %s: %s", 100+seed, f.Key, why, f.Violation.Got)
				continue
			}
			t.Errorf("seed %d: %s: got %s, want %s\n%s", 100+seed, f.Key, f.Violation.Got, f.Violation.Want, formatTrace(f.Trace))
		}
	}
}
