//go:build linux

package target

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// daemon is a server that listens on loopback, as long as the target is open.
type daemon struct {
	*address
	host             *host
	port, securePort int
	// configure makes the files of the server, and the command that runs it in the
	// foreground.
	configure func(*daemon) (*exec.Cmd, error)
	stop      syscall.Signal
	// mail is the directory of a user's mail; nil if it is not to be removed alone.
	mail func(user string) string
	// log is the server's log, and crash finds in it a crash in serving the user;
	// without a log none is seen.
	log   string
	crash func(user string) *regexp.Regexp
	leave func() error // ends what the server needed; may be nil

	process *process
	pool    *x509.CertPool // with the server's certificate
}

// daemons are the accounts of a daemon, which is started anew now and then. Make
// gives it what it needs, but for what run does.
func (l *launch) daemons(make func() (*daemon, error)) (*server, error) {
	const accounts = 2000
	r, err := newRenewed(accounts, l.notice, func() (system, error) {
		d, err := make()
		if err != nil {
			return nil, err
		}
		const tries = 3
		for range tries { // another may take the port that was free
			if err = d.run(l); err == nil {
				return d, nil
			}
		}
		return nil, errors.Join(err, d.end())
	})
	if err != nil {
		return nil, err
	}
	return newAccounts(l.spec, r, l.timeout), nil
}

func (d *daemon) run(l *launch) error {
	var err error
	if d.port, d.securePort, err = freePorts(); err != nil {
		return err
	}
	if err := d.certify(); err != nil {
		return err
	}
	d.address = &address{name: l.spec, host: "127.0.0.1", addr: loopback(d.port), timeout: l.timeout}
	d.secure.config = &tls.Config{ServerName: "127.0.0.1", RootCAs: d.pool}
	switch l.params["tls"] {
	case "starttls":
		d.secure.starttls = true
	case "imaps":
		d.secure.implicit, d.addr = true, loopback(d.securePort)
	}
	cmd, err := d.configure(d)
	if err != nil {
		return err
	}
	if d.process, err = d.host.start(cmd, d.stop); err != nil {
		return err
	}
	if err := d.await(); err != nil {
		d.process.stop(d.stop)
		return err
	}
	return nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// freePorts are two that nobody listens on.
func freePorts() (a, b int, err error) {
	var ports [2]int
	for i := range ports {
		l, err := net.Listen("tcp", loopback(0))
		if err != nil {
			return 0, 0, err
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports[0], ports[1], nil
}

// certify makes the files cert.pem and key.pem.
func (d *daemon) certify() error {
	cert, key, err := certificate()
	if err != nil {
		return err
	}
	d.pool = x509.NewCertPool()
	d.pool.AppendCertsFromPEM(cert)
	return errors.Join(
		d.host.write(filepath.Join(d.host.dir, "cert.pem"), cert),
		d.host.write(filepath.Join(d.host.dir, "key.pem"), key),
	)
}

// await waits for the greeting. There is no event to wait for before the server
// listens, so it is asked again and again.
func (d *daemon) await() error {
	const patience, again = 30 * time.Second, 5 * time.Millisecond
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if d.process.ended(again) {
			return fmt.Errorf("it ended with %s", d.process.ending())
		}
		ctx, cancel := context.WithDeadline(context.Background(), end)
		ok := d.greets(ctx)
		cancel()
		if ok {
			return nil
		}
	}
	return fmt.Errorf("it does not greet within %v: %s", patience, lastLine(d.process.told.String()))
}

func (d *daemon) greets(ctx context.Context) bool {
	conn, err := d.connect(ctx)
	if err != nil {
		return false
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(d.timeout)); err != nil {
		return false
	}
	_, err = io.ReadFull(conn, make([]byte, 4))
	return err == nil
}

// dial says that the account is gone where the server has ended, also if a process that
// it has left still listens.
func (d *daemon) dial(ctx context.Context, _ *account) (net.Conn, error) {
	if d.ended() != "" {
		return nil, ErrGone
	}
	conn, err := d.connect(ctx)
	if err != nil && d.process.ended(time.Second) {
		return nil, ErrGone
	}
	return conn, err
}

// ended is how the server has ended, "" while it runs.
func (d *daemon) ended() string {
	if !d.process.ended(0) {
		return ""
	}
	return d.process.ending()
}

// open notes where the account begins in the log.
func (d *daemon) open(a *account) error {
	var from int64
	if info, err := os.Stat(d.log); err == nil {
		from = info.Size()
	}
	a.held = from
	return nil
}

func (d *daemon) crashed(a *account) string {
	if d.log == "" {
		return ""
	}
	f, err := os.Open(d.log)
	if err != nil {
		return "" // without a log there is no crash in it
	}
	defer f.Close()
	text, _ := io.ReadAll(io.NewSectionReader(f, a.held.(int64), math.MaxInt64-a.held.(int64)))
	return strings.Join(d.crash(a.user).FindAllString(string(text), -1), "\n")
}

func (d *daemon) release(a *account) {
	if d.mail != nil {
		os.RemoveAll(d.mail(a.user)) // what is left goes with the host's directory
	}
}

func (d *daemon) close() error {
	d.process.stop(d.stop)
	return d.end()
}

// end takes away what a daemon that has stopped has left.
func (d *daemon) end() error {
	var err error
	if d.leave != nil {
		err = d.leave()
	}
	return errors.Join(err, d.host.close())
}
