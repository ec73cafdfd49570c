//go:build cgo

// Command gluon serves IMAP4rev1 on loopback with Proton's gluon, as a target
// for imapcheck:
//
//	go -C fuzz/target/goservers build -o gluon.bin ./gluon
//	sleep infinity | ./gluon.bin &
//	imapcheck fuzz imap://127.0.0.1:PORT --user 'u%d' --users 1000000
//
// Package serve says how it is started and ended. Every user name is an
// account, with the password "pass" and an INBOX that is empty at the first
// login. An account takes three open files and a third of a megabyte, so one
// that has no connection, and is not among the last few hundred that had one,
// is forgotten: the name is new again.
//
// Gluon keeps its mail in SQLite databases, in the directory $IMAPCHECK_DIR/gluon,
// which is emptied first, or in a new one where temporary files go. An account is
// made in half the time on a tmpfs. SQLite is in C, and takes a minute or more to
// compile.
package main

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"

	"github.com/ProtonMail/gluon"
	"github.com/sirupsen/logrus"

	"github.com/imapcheck/imapcheck/fuzz/target/goservers/internal/serve"
)

func main() { serve.Main("gluon", run) }

func run(ctx context.Context, l net.Listener) error {
	dir, err := stateDir()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return serveIn(ctx, l, dir, 256)
}

// serveIn serves with gluon's files in dir, and keeps so many accounts that
// have no connection.
func serveIn(ctx context.Context, l net.Listener, dir string, keep int) error {
	logrus.SetOutput(io.Discard) // it is told of each command that cannot be parsed
	// A panic ends the process: gluon recovers one only if it is given a handler.
	server, err := gluon.New(
		gluon.WithDataDir(dir),
		gluon.WithDatabaseDir(dir),
		gluon.WithDelimiter(delimiter),
		gluon.WithIdleBulkTime(0),  // IDLE tells at once
		gluon.WithLoginJailTime(0), // refused logins do not delay others
		gluon.WithVersionInfo(0, 17, 1, "gluon", "Proton", "https://github.com/ProtonMail/gluon"),
	)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	a := newAccounts(server, dir, keep)
	defer a.supplying(ctx)()
	defer cancel()
	for {
		nc, err := l.Accept()
		if err != nil {
			return err
		}
		c, err := a.connect(ctx, nc)
		if err != nil {
			nc.Close()
			return err
		}
		if err := server.Serve(withConn(ctx, c), &single{conn: c}); err != nil {
			c.Close()
			return err
		}
	}
}

// stateDir is an empty directory for gluon's files.
func stateDir() (string, error) {
	parent := os.Getenv(serve.DirEnv)
	if parent == "" {
		return os.MkdirTemp("", "imapcheck-gluon-")
	}
	dir := filepath.Join(parent, "gluon")
	// A process that panicked has left its files, and no account outlives it.
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o700)
}
