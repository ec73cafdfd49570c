package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// maxResponses bounds the answer to one command of an admin.
const maxResponses = 100_000

// adminLimits are generous: an account to be emptied may hold much.
var adminLimits = wire.Limits{Line: 1 << 20, Literal: 1 << 20, Total: 16 << 20, Depth: 100}

// admin is the connection that prepares an account. It is lenient where the
// judge is strict: a server with a flaw in its greeting can still be tested.
type admin struct {
	name    string // of the server, for errors
	conn    net.Conn
	in      *wire.Reader
	timeout time.Duration
	secret  string // must not be in any error
	young   bool   // of the account: see [server]
	tags    int
	buf     []byte
}

// dialAdmin connects and reads the greeting. preauth says that no LOGIN is needed.
func (in *account) dialAdmin(ctx context.Context) (a *admin, preauth bool, err error) {
	t := in.target
	conn, err := t.system.dial(ctx, in)
	if err != nil {
		return nil, false, err
	}
	a = &admin{
		name: t.name, conn: conn, in: wire.NewReader(conn, adminLimits),
		timeout: t.options.Timeout, secret: t.options.Password, young: t.young,
	}
	if preauth, err = a.greeting(); err != nil {
		a.close()
		return nil, false, err
	}
	return a, preauth, nil
}

// close ends the connection. A process that served it is waited for: what it has
// still to write is there before a trace begins.
func (a *admin) close() {
	a.conn.Close()
	if p, ok := a.conn.(interface{ wait(time.Duration) }); ok {
		p.wait(a.timeout)
	}
}

func (a *admin) greeting() (preauth bool, err error) {
	r, err := a.read("its greeting")
	if err != nil {
		return false, err
	}
	tag, status, _ := split(r.Raw)
	switch {
	case tag == "*" && status == "OK":
		return false, nil
	case tag == "*" && status == "PREAUTH":
		return true, nil
	case tag == "*" && status == "BYE":
		return false, fmt.Errorf("%s turns connections away: %s", a.name, a.clean(r.Raw))
	}
	return false, fmt.Errorf("%s is not an IMAP server: its greeting is %s", a.name, a.clean(r.Raw))
}

// refused is the error for a command that the server completed with NO or BAD.
type refused struct{ what, answer string }

func (e *refused) Error() string { return e.what + " was refused: " + e.answer }

// do sends a command and collects the responses before its completion. What
// says in an error what was being done.
func (a *admin) do(what string, c model.Command) ([]model.Response, error) {
	a.tags++
	tag := fmt.Sprintf("P%d", a.tags)
	a.buf = wire.AppendCommand(a.buf[:0], tag, c)
	var all []model.Response
	chunks := wire.Chunks(a.buf)
	for i, chunk := range chunks {
		if err := a.write(chunk); err != nil {
			return nil, fmt.Errorf("%s: sending %s: %w", a.name, what, reason(err))
		}
		for {
			r, err := a.read("the answer to " + what)
			if err != nil {
				return nil, err
			}
			first, status, text := split(r.Raw)
			if first == tag && status == "OK" && i == len(chunks)-1 {
				return all, nil
			}
			if first == tag {
				return nil, &refused{what, strings.TrimSpace(status + " " + a.clean(text))}
			}
			if first == "+" && i < len(chunks)-1 {
				break
			}
			if all = append(all, r); len(all) > maxResponses {
				return nil, fmt.Errorf("%s answers %s with more than %d responses", a.name, what, maxResponses)
			}
		}
	}
	return nil, fmt.Errorf("%s: %s: nothing to send", a.name, what)
}

func (a *admin) write(b []byte) error {
	if err := a.conn.SetWriteDeadline(time.Now().Add(a.timeout)); err != nil {
		return err
	}
	_, err := a.conn.Write(b)
	return err
}

// read reads one response. What is awaited goes into the error.
func (a *admin) read(what string) (model.Response, error) {
	if err := a.conn.SetReadDeadline(time.Now().Add(a.timeout)); err != nil {
		return model.Response{}, fmt.Errorf("%s: waiting for %s: %w", a.name, what, reason(err))
	}
	r, err := a.in.Next()
	var flood *wire.LimitError
	switch {
	case err == nil:
		return r, nil
	case errors.As(err, &flood):
		err = fmt.Errorf("%s floods the client in %s: %w", a.name, what, err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = fmt.Errorf("%s did not send %s within %v", a.name, what, a.timeout)
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("%s closed the connection in the middle of a line of %s: %s", a.name, what, a.clean(r.Raw))
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		err = fmt.Errorf("%s closed the connection before %s", a.name, what)
	default:
		err = fmt.Errorf("%s: waiting for %s: %w", a.name, what, reason(err))
	}
	return model.Response{}, err
}

// Spellings are the forms in which LOGIN sends a password, and a server may
// repeat it: as it is, and in a quoted string.
func Spellings(password string) []string {
	return []string{password, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(password)}
}

// clean is text as one short printable line that does not hold the password.
// The password that everybody knows is not worth hiding.
func (a *admin) clean(text string) string {
	if a.secret != model.Password {
		for _, s := range Spellings(a.secret) {
			if strings.Contains(text, s) {
				return "(not shown: it holds the password)"
			}
		}
	}
	const most = 200
	if len(text) > most {
		text = text[:most] + "..."
	}
	return strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, text), "?")
}

// split cuts a response into its tag, its second word in upper case, and the rest.
func split(raw string) (tag, word, rest string) {
	tag, rest, _ = strings.Cut(raw, " ")
	word, rest, _ = strings.Cut(rest, " ")
	return tag, strings.ToUpper(word), rest
}
