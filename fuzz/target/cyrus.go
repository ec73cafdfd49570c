//go:build linux

package target

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"

	"github.com/imapcheck/imapcheck/model"
)

// Cyrus runs its imapd alone on stdio, in a directory for each account, or as a
// daemon. Either asks this process whether a password is right.
var cyrus = &product{
	name:    "cyrus",
	text:    "Cyrus IMAP",
	modes:   []string{"stdio", "daemon"},
	params:  map[string][]string{"tls": {"offered", "starttls", "imaps"}},
	version: []string{"-V"},
	says:    regexp.MustCompile(`cyrus-imapd (\d[\w.]*)`),
	tried:   []string{"3.6."},
	binaries: map[string][]string{
		"master": {"usr/lib/cyrus/bin/master", "usr/lib/cyrus-imapd/master", "usr/libexec/cyrus-imapd/master"},
		"imapd":  {"usr/lib/cyrus/bin/imapd", "usr/lib/cyrus-imapd/imapd", "usr/libexec/cyrus-imapd/imapd"},
	},
	first: "master",
	get: `apt-get download cyrus-imapd cyrus-common
for f in cyrus*.deb; do dpkg-deb -x $f $IMAPCHECK_SERVERS/cyrus; done
apt-get install -y --no-install-recommends libical3 libxapian30 libpcre3`,
	start: startCyrus,
}

func startCyrus(l *launch) (*server, error) {
	if l.mode == "daemon" {
		return l.daemons(l.cyrusDaemon)
	}
	h, auth, err := cyrusHost()
	if err != nil {
		return nil, err
	}
	return newAccounts(l.spec, &stdio{
		name: l.spec, host: h, leave: auth.close,
		setup: func(_ *account, dir string) error { return cyrusFiles(h, dir) },
		command: func(a *account, dir string, serial int64) *exec.Cmd {
			cmd := exec.Command(l.bin["imapd"], "-C", filepath.Join(dir, "imapd.conf"), "-X")
			cmd.Env = l.env("HOME="+dir, "CYRUS_SERVICE=imap", "CYRUS_ID="+strconv.FormatInt(serial, 10))
			cmd.Dir = dir
			return cmd
		},
	}, l.timeout), nil
}

func (l *launch) cyrusDaemon() (*daemon, error) {
	h, auth, err := cyrusHost()
	if err != nil {
		return nil, err
	}
	return &daemon{host: h, configure: l.cyrusMaster, stop: syscall.SIGTERM, leave: auth.close}, nil
}

// cyrusHost is a host with the socket that Cyrus asks for passwords.
func cyrusHost() (*host, *authenticator, error) {
	h, err := newHost("cyrus")
	if err != nil {
		return nil, nil, err
	}
	auth, err := newAuthenticator(filepath.Join(h.dir, "auth"), model.Password)
	if err != nil {
		return nil, nil, errors.Join(err, h.close())
	}
	return h, auth, nil
}

// cyrusFiles makes the directories and the configuration of a Cyrus in dir.
func cyrusFiles(h *host, dir string) error {
	dirs := []string{filepath.Join(dir, "spool")}
	for _, name := range []string{"db", "proc", "lock", "socket", "log", "sieve"} {
		dirs = append(dirs, filepath.Join(dir, "conf", name))
	}
	if err := h.mkdir(dirs...); err != nil {
		return err
	}
	return h.write(filepath.Join(dir, "imapd.conf"), fmt.Appendf(nil, `configdirectory: %[1]s/conf
partition-default: %[1]s/spool
defaultpartition: default
proc_path: %[1]s/conf/proc
mboxname_lockpath: %[1]s/conf/lock
idlesocket: %[1]s/conf/socket/idle
sievedir: %[1]s/conf/sieve
cyrus_user: %[2]s
allowplaintext: yes
sasl_mech_list: PLAIN LOGIN
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: %[3]s/auth
autocreate_users: anyone
autocreate_quota: 0
autocreate_post: no
unixhierarchysep: yes
altnamespace: yes
tls_server_cert: %[3]s/cert.pem
tls_server_key: %[3]s/key.pem
`, dir, h.user, h.dir))
}

// cyrusMaster writes the configuration, and is the command that runs by it.
func (l *launch) cyrusMaster(d *daemon) (*exec.Cmd, error) {
	dir := filepath.Join(d.host.dir, "cyrus")
	if err := d.host.mkdir(dir); err != nil {
		return nil, err
	}
	if err := cyrusFiles(d.host, dir); err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, "imapd.conf")
	services := fmt.Appendf(nil, `START {
}
SERVICES {
  imap cmd="%[1]s -C %[2]s -U 1000 -T 60" listen="127.0.0.1:%[3]d" prefork=1 maxchild=100
  imaps cmd="%[1]s -s -C %[2]s -U 1000 -T 60" listen="127.0.0.1:%[4]d" prefork=0 maxchild=100
}
EVENTS {
}
`, l.bin["imapd"], conf, d.port, d.securePort)
	file := filepath.Join(dir, "cyrus.conf")
	if err := d.host.write(file, services); err != nil {
		return nil, err
	}
	cmd := exec.Command(l.bin["master"], "-C", conf, "-M", file, "-p", filepath.Join(dir, "master.pid"))
	cmd.Env = l.env("HOME=" + dir)
	cmd.Dir = dir
	return cmd, nil
}
