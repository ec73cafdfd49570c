package servertest

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz/target"
)

// NewTarget starts a server, or finds one. It is called for every family of rules and
// for every other part of a run; each target is closed when its part is over.
type NewTarget = func() (target.Target, error)

// serverName is what errors call a server that has no address.
const serverName = "server"

// Listener is a server of this process that takes a listener: see [target.Serve].
// serve is called for every trace, so a store that it makes is a fresh one:
//
//	servertest.Listener(func(l net.Listener) error { return newServer().Serve(l) }, target.Options{})
func Listener(serve func(net.Listener) error, o target.Options) NewTarget {
	return func() (target.Target, error) { return target.Serve(serverName, serve, o) }
}

// Conn is a server that is reached by a function: see [target.Dial]. The account is
// emptied before each trace.
func Conn(dial func(context.Context) (net.Conn, error), o target.Options) NewTarget {
	return func() (target.Target, error) { return target.Dial(serverName, dial, o) }
}

// Address is a server at an address, "imap://HOST:PORT" or "imaps://HOST:PORT". The
// account is emptied before each trace: all its mail is lost.
func Address(url string, o target.Options) NewTarget {
	return func() (target.Target, error) {
		if !strings.HasPrefix(url, "imap://") && !strings.HasPrefix(url, "imaps://") {
			return nil, fmt.Errorf("the address %q does not begin with imap:// or imaps://", url)
		}
		return target.Open(url, o)
	}
}

// Spec is any target that the command line has, by its specification there:
// "dovecot:stdio", "exec:my-imapd --stdio".
func Spec(spec string, o target.Options) NewTarget {
	return func() (target.Target, error) { return target.Open(spec, o) }
}
