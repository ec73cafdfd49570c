//go:build linux

package target

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
)

// Mailutils is GNU imap4d, on stdio, where it greets with PREAUTH.
var mailutils = &product{
	name:    "mailutils",
	text:    "GNU Mailutils imap4d",
	modes:   []string{"stdio"},
	version: []string{"--version"},
	says:    regexp.MustCompile(`GNU Mailutils\) (\d[\w.]*)`),
	tried:   []string{"3.15"},
	binaries: map[string][]string{
		"imap4d": {"imap4d", "usr/sbin/imap4d"},
	},
	first: "imap4d",
	get: `apt-get download mailutils-imap4d mailutils-common libmailutils9
for f in *mailutils*.deb; do dpkg-deb -x $f $IMAPCHECK_SERVERS/mailutils; done
apt-get install -y --no-install-recommends libgsasl18 libmariadb3 guile-3.0-libs`,
	start: startMailutils,
}

const mailutilsConfig = `mode inetd;
preauth stdio;
preauth-only yes;
mailbox { mail-spool "%[1]s"; mailbox-type maildir; };
locking { type null; };
namespace personal { prefix "" { directory "%[1]s/home"; delimiter "/"; mailbox-type maildir; }; };
tcp-wrappers { enable no; };
logging { syslog no; };
`

func startMailutils(l *launch) (Target, error) {
	h, err := newHost("mailutils")
	if err != nil {
		return nil, err
	}
	return newAccounts(l.spec, &stdio{
		name: l.spec, host: h,
		setup: func(_ *account, dir string) error {
			inbox := filepath.Join(dir, h.user) // it serves the user that it runs as
			if err := h.mkdir(filepath.Join(dir, "home"), filepath.Join(inbox, "cur"),
				filepath.Join(inbox, "new"), filepath.Join(inbox, "tmp")); err != nil {
				return err
			}
			return h.write(filepath.Join(dir, "imap4d.conf"), fmt.Appendf(nil, mailutilsConfig, dir))
		},
		command: func(a *account, dir string, _ int64) *exec.Cmd {
			cmd := exec.Command(l.bin["imap4d"], "--config-file="+filepath.Join(dir, "imap4d.conf"))
			cmd.Dir = dir
			cmd.Env = l.env("HOME="+dir, "USER="+h.user)
			return cmd
		},
	}, l.timeout), nil
}
