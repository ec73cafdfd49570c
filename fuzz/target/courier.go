//go:build linux

package target

import (
	"os/exec"
	"path/filepath"
	"regexp"
)

// Courier runs on stdio, where it greets with PREAUTH. Its way to the network
// asks a socket that only root can make.
var courier = &product{
	name:    "courier",
	text:    "Courier-IMAP",
	modes:   []string{"stdio"},
	version: []string{"--version"},
	says:    regexp.MustCompile(`Courier-IMAP (\d[\w.]*)`),
	tried:   []string{"5.0."},
	binaries: map[string][]string{
		"imapd": {"usr/bin/imapd", "usr/lib/courier-imap/bin/imapd"},
	},
	first: "imapd",
	get: `apt-get download courier-imap courier-base courier-authlib courier-authlib-userdb courier-authdaemon
for f in courier*.deb; do dpkg-deb -x $f $IMAPCHECK_SERVERS/courier; done
apt-get install -y --no-install-recommends libcourier-unicode4 libgamin0 libidn12 libltdl7`,
	start: startCourier,
}

func startCourier(l *launch) (Target, error) {
	h, err := newHost("courier")
	if err != nil {
		return nil, err
	}
	return newAccounts(l.spec, &stdio{
		name: l.spec, host: h,
		setup: func(_ *account, dir string) error {
			m := filepath.Join(dir, "Maildir")
			return h.mkdir(filepath.Join(m, "cur"), filepath.Join(m, "new"), filepath.Join(m, "tmp"))
		},
		command: func(a *account, dir string, _ int64) *exec.Cmd {
			cmd := exec.Command(l.bin["imapd"], "Maildir")
			cmd.Dir = dir
			cmd.Env = l.env("HOME="+dir, "AUTHENTICATED="+a.user, "IMAP_KEYWORDS=1", "IMAP_USELOCKS=1",
				"IMAP_CAPABILITY=IMAP4rev1 UIDPLUS CHILDREN NAMESPACE SORT QUOTA IDLE")
			return cmd
		},
	}, l.timeout), nil
}
