package target

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/imapcheck/imapcheck/model"
)

// Target is a system under test.
type Target interface {
	// Name is the specification that opens it: "mem", "imap://127.0.0.1:1143".
	Name() string
	// Open gives a fresh server, or a fresh account on it, for one trace. An
	// error is one line and means that nothing can be said about the server.
	Open(ctx context.Context, f model.Fixture) (Instance, error)
	// Close releases what is shared by the instances.
	Close() error
}

// Instance is one account as a trace finds it: INBOX with the messages of the
// fixture, no flags, no subscriptions and no other mailbox.
//
// An instance whose server is started by its target also has
//
//	Crashed() string
//
// which is what is known of the server's crash while it served the account: its
// first line says it all, and what the server wrote is behind; "" for none. An
// instance may also have
//
//	TLS() *tls.Config
//
// which is how the client speaks TLS behind STARTTLS, and whom it trusts: with a
// ServerName or InsecureSkipVerify. Without it nothing is verified.
type Instance interface {
	// Dial opens one more connection to the account. Nothing has been read from
	// it: the greeting is still to come.
	Dial(ctx context.Context) (net.Conn, error)
	// User is the account's name and password, for LOGIN.
	User() (name, password string)
	// Close ends the connections that the instance holds and releases the account.
	Close() error
}

// Options are what a target at an address needs. Targets inside this process
// ignore them.
type Options struct {
	// User is the account's name, [model.User] if empty. "%d" in it stands for
	// the numbers from 1 to Users, which are given out in turn.
	User string
	// Password is that of every account, [model.Password] if empty.
	Password string
	// Users is the number of accounts that a User with "%d" names.
	Users int
	// Timeout bounds each wait for the server while an account is prepared;
	// 10 seconds if zero.
	Timeout time.Duration
	// Wait is how long to wait for a server that has taken connections and takes none any
	// more: it may have crashed, and be started again. With 0 that is an error at once.
	Wait time.Duration
	// Notice, if not nil, is told when a server is waited for, or has ended and is started
	// again.
	Notice func(string)
	// StartTLS has every connection begin with STARTTLS, before a trace gets it.
	StartTLS bool
	// CA is a file with the certificates (PEM) that a server's is verified by, in
	// the place of the system's.
	CA string
	// Insecure takes any certificate.
	Insecure bool
	// Destroy allows an address that is not loopback, where all mail of the
	// account is lost.
	Destroy bool
}

// Open finds the target that spec names. It opens no connection.
func Open(spec string, o Options) (Target, error) {
	switch {
	case spec == "mem":
		return &mem{}, nil
	case spec == "mem:preauth":
		return &mem{preauth: true}, nil
	case spec == "mem:tls":
		return openMemTLS()
	case isReference(spec):
		return openReference(spec)
	case strings.HasPrefix(spec, "imap://"), strings.HasPrefix(spec, "imaps://"):
		return openAddress(spec, o)
	case strings.HasPrefix(spec, "exec:"):
		return openCommand(spec, o)
	}
	name, _, _ := strings.Cut(spec, "?")
	name, _, _ = strings.Cut(name, ":")
	for _, p := range products {
		if p.name == name {
			return openManaged(p, spec, o)
		}
	}
	known := []string{"mem", "mem:preauth", "mem:tls", "reference"}
	for _, p := range products {
		known = append(known, p.name)
	}
	return nil, fmt.Errorf("unknown target %q (known: %s, imap://HOST:PORT, imaps://HOST:PORT, exec:COMMAND)",
		spec, strings.Join(known, ", "))
}

// Info describes a kind of target.
type Info struct {
	Spec    string // what to give to [Open]; capitals stand for a value
	Version string // of the server, "" if it is not known
	Text    string // what it is, in a few words
	// Modes are the ways in which imapcheck can run it, the usual one first; none if
	// it does not start it. They stand behind Spec and a colon.
	Modes []string
	// Params is what may stand behind Spec and a question mark, "" for nothing.
	Params string
	// Missing is why it cannot be run here and now, "" if it can.
	Missing string
	// Get are the commands, one a line, that bring it to a Debian machine; "" if
	// nothing is missing or nobody can tell.
	Get string
}

// Known lists the kinds of targets, the default first. It runs the servers that
// are on this machine to ask for their versions.
func Known() []Info {
	version := goIMAPVersion()
	list := []Info{
		{Spec: "mem", Version: version, Text: "go-imap's in-memory server, in this process"},
		{Spec: "mem:preauth", Version: version, Text: "the same, greeting with PREAUTH"},
		{Spec: "mem:tls", Version: version, Text: "the same, with STARTTLS, and no LOGIN without it"},
	}
	list = append(list, Info{Spec: "reference", Text: "the model itself as a server, in this process", Modes: policyNames(), Params: "fault=NAME+NAME, seed=N, tls=yes"})
	for _, p := range products {
		list = append(list, p.info())
	}
	return append(list,
		Info{Spec: "imap://HOST:PORT", Text: "a server at an address; its account is emptied before each trace"},
		Info{Spec: "imaps://HOST:PORT", Text: "the same, with TLS from the start"},
		Info{Spec: "exec:COMMAND", Text: "a shell command that speaks IMAP on standard input and output"},
	)
}
