package target

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/imapcheck/imapcheck/model"
)

// mem is go-imap's in-memory server, one for each instance: the server's logger
// does not say which connection it speaks of, so sharing a server would blame
// a panic on whichever trace happens to run.
type mem struct {
	preauth bool
	tls     *tls.Config // of STARTTLS, without which nobody is let in; nil if it has none
}

// serverTLS is the server's side of TLS in this process. Its certificate is made when
// it is first asked for.
var serverTLS = sync.OnceValues(func() (*tls.Config, error) {
	cert, key, err := certificate()
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	// The quickest key exchange: a campaign negotiates often.
	return &tls.Config{Certificates: []tls.Certificate{pair}, CurvePreferences: []tls.CurveID{tls.X25519}}, nil
})

// openMemTLS is the target that offers STARTTLS.
func openMemTLS() (Target, error) {
	config, err := serverTLS()
	if err != nil {
		return nil, fmt.Errorf("mem:tls: %w", err)
	}
	return &mem{tls: config}, nil
}

func (t *mem) Name() string {
	switch {
	case t.preauth:
		return "mem:preauth"
	case t.tls != nil:
		return "mem:tls"
	}
	return "mem"
}

func (t *mem) Close() error { return nil }

func (t *mem) Open(ctx context.Context, f model.Fixture) (Instance, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	user := imapmemserver.NewUser(model.User, model.Password)
	if err := user.Create("INBOX", nil); err != nil {
		return nil, fmt.Errorf("%s: creating INBOX: %w", t.Name(), err)
	}
	for i := range f.Messages {
		message := strings.NewReader(model.FixtureMessage(i))
		if _, err := user.Append("INBOX", message, &imap.AppendOptions{Time: model.FixtureDate(i)}); err != nil {
			return nil, fmt.Errorf("%s: appending message %d: %w", t.Name(), i+1, err)
		}
	}

	users := imapmemserver.New()
	users.AddUser(user)
	in := &memInstance{}
	in.server = imapserver.New(&imapserver.Options{
		Caps: imap.CapSet{
			imap.CapIMAP4rev1: {}, imap.CapNamespace: {}, imap.CapUIDPlus: {}, imap.CapMove: {}, imap.CapChildren: {},
		},
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			if t.preauth {
				return imapmemserver.NewUserSession(user), &imapserver.GreetingData{PreAuth: true}, nil
			}
			return users.NewSession(), nil, nil
		},
		Logger:       &in.crash,
		TLSConfig:    t.tls,
		InsecureAuth: t.tls == nil,
	})
	return in, nil
}

type memInstance struct {
	server *imapserver.Server
	crash  crashLog

	mu     sync.Mutex
	conns  []net.Conn // the clients' ends
	closed bool
}

func (in *memInstance) Dial(ctx context.Context) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	client, server := newPipe()
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return nil, net.ErrClosed
	}
	if err := in.server.Serve(&single{conn: server}); err != nil {
		return nil, err
	}
	in.conns = append(in.conns, client)
	return client, nil
}

func (in *memInstance) User() (name, password string) { return model.User, model.Password }

func (in *memInstance) Crashed() string { return in.crash.String() }

// Close closes the clients' ends. The server's goroutines see the end of their
// input and go.
func (in *memInstance) Close() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	for _, c := range in.conns {
		c.Close()
	}
	in.conns = nil
	return nil
}

// single is a listener with one connection. Serving it starts the connection's
// goroutine and returns, so that an instance needs no goroutine that accepts.
type single struct{ conn net.Conn }

func (l *single) Accept() (net.Conn, error) {
	c := l.conn
	if l.conn = nil; c == nil {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (l *single) Close() error   { return nil }
func (l *single) Addr() net.Addr { return pipeAddr{} }

// crashLog is a server's logger that keeps the panics, the first with its stack.
// The server logs a panic before it closes the connection, so a client that
// has seen the end of the connection finds it here.
type crashLog struct {
	mu   sync.Mutex
	text string
}

// Printf implements imapserver.Logger.
func (l *crashLog) Printf(format string, args ...any) {
	if !strings.HasPrefix(format, "panic ") {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if text := fmt.Sprintf(format, args...); l.text == "" {
		l.text = text
	} else {
		line, _, _ := strings.Cut(text, "\n")
		l.text = strings.TrimSuffix(l.text, "\n") + "\n" + line
	}
}

// String is the text of the panics, "" if there was none.
func (l *crashLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text
}

// goIMAPVersion is the version of go-imap that is linked in, "" if the build
// does not say.
func goIMAPVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == "github.com/emersion/go-imap/v2" {
			if m.Replace != nil {
				return m.Replace.Version
			}
			return m.Version
		}
	}
	return ""
}
