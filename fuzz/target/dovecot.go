//go:build linux

package target

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"text/template"

	"github.com/imapcheck/imapcheck/model"
)

// Dovecot runs as a daemon, with any user name and one password, or as its imap
// program alone on stdio, where it greets with PREAUTH.
var dovecot = &product{
	name:  "dovecot",
	text:  "Dovecot",
	modes: []string{"daemon", "stdio"},
	params: map[string][]string{
		"format": {"maildir", "sdbox", "mdbox", "mbox"},
		"tls":    {"offered", "starttls", "imaps"},
	},
	version: []string{"--version"},
	says:    regexp.MustCompile(`^(\d[\w.]*)`),
	tried:   []string{"2.3."},
	binaries: map[string][]string{
		"dovecot": {"dovecot", "usr/sbin/dovecot"},
		"imap":    {"usr/lib/dovecot/imap", "usr/libexec/dovecot/imap"},
	},
	first: "dovecot",
	get:   "apt-get install -y --no-install-recommends dovecot-imapd",
	start: startDovecot,
}

// location is the value of mail_location for mail in the user's home.
func location(format, home string) string {
	if format == "mbox" {
		return "mbox:" + home + "/mail:INBOX=" + home + "/inbox"
	}
	return format + ":" + home + "/" + format
}

func startDovecot(l *launch) (*server, error) {
	if l.mode == "daemon" {
		return l.daemons(l.dovecotDaemon)
	}
	h, err := newHost("dovecot")
	if err != nil {
		return nil, err
	}
	return newAccounts(l.spec, &stdio{name: l.spec, host: h, command: l.dovecotImap}, l.timeout), nil
}

func (l *launch) dovecotDaemon() (*daemon, error) {
	h, err := newHost("dovecot")
	if err != nil {
		return nil, err
	}
	return &daemon{
		host: h, configure: l.dovecotMaster, stop: syscall.SIGTERM,
		mail: func(user string) string { return filepath.Join(h.dir, "mail", user) },
		log:  filepath.Join(h.dir, "log"),
		crash: func(user string) *regexp.Regexp {
			return regexp.MustCompile(`(?m)^.*imap\(` + regexp.QuoteMeta(user) + `\)[^\n]*(Panic|Fatal): .*$`)
		},
	}, nil
}

// dovecotImap is one process of the imap program, which needs no configuration.
func (l *launch) dovecotImap(a *account, dir string, _ int64) *exec.Cmd {
	cmd := exec.Command(l.bin["imap"], "-O",
		"-o", "mail_location="+location(l.params["format"], dir), "-o", "mail_fsync=never",
		"-o", "namespace=inbox", "-o", "namespace/inbox/inbox=yes", "-o", "namespace/inbox/separator=/")
	cmd.Env = l.env("USER="+a.user, "HOME="+dir)
	cmd.Dir = dir
	return cmd
}

// dovecotConfig keeps everything in one directory. Without the anvil listener a
// failed LOGIN would delay the next ones.
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
ssl = yes
ssl_cert = <{{.Dir}}/cert.pem
ssl_key = <{{.Dir}}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_username_chars =
mail_fsync = never
mail_max_userip_connections = 1000
mail_location = {{.Location}}
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
    address = 127.0.0.1
    port = {{.SecurePort}}
    ssl = yes
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

// dovecotMaster writes the configuration, and is the command that runs by it.
func (l *launch) dovecotMaster(d *daemon) (*exec.Cmd, error) {
	h := d.host
	if err := h.mkdir(filepath.Join(h.dir, "run"), filepath.Join(h.dir, "mail")); err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err := dovecotConfig.Execute(&text, map[string]any{
		"Dir": h.dir, "User": h.user, "Group": h.group, "Password": model.Password,
		"Port": d.port, "SecurePort": d.securePort, "Location": location(l.params["format"], "~"),
	})
	if err != nil {
		return nil, err
	}
	file := filepath.Join(h.dir, "dovecot.conf")
	if err := h.write(file, text.Bytes()); err != nil {
		return nil, err
	}
	cmd := exec.Command(l.bin["dovecot"], "-F", "-c", file)
	cmd.Env = l.env()
	return cmd, nil
}
