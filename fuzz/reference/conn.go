package reference

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// conn is a connection.
type conn struct {
	server *Server
	net    net.Conn
	in     *bufio.Reader
	rand   *rand.Rand

	account *account
	number  int  // of its session in the account
	busy    bool // a command is in progress; of the account's lock, like idle
	idle    bool // it is IDLE
	silent  bool // the server has fallen silent
	memory  map[string]int
	lines   []string // that were read and are to come, where a fault makes several of one

	writing sync.Mutex
	out     []byte // of the account's lock
}

// Bounds of what a client may send.
const (
	longestLine   = 64 << 10
	longestString = 16 << 20
)

// errTooLong ends a connection.
var errTooLong = errors.New("a line is too long")

// use reads from and writes to nc from now on.
func (c *conn) use(nc net.Conn) {
	c.net = nc
	c.in = bufio.NewReaderSize(nc, 4096)
}

// join makes the connection one of the account.
func (c *conn) join(a *account) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.Index(a.conns, nil)
	if i < 0 {
		i = len(a.conns)
		a.conns = append(a.conns, nil)
	}
	a.conns[i] = c
	c.account, c.number = a, i
}

// leave takes the connection from its account.
func (c *conn) leave() {
	a := c.account
	a.mu.Lock()
	defer a.mu.Unlock()
	*a.Session(c.number) = model.Session{}
	a.conns[c.number] = nil
	a.next()
}

// next lets those go on that wait for another command to be answered.
func (a *account) next() {
	close(a.turn)
	a.turn = make(chan struct{})
}

// serve reads commands and answers them, until the connection ends.
func (c *conn) serve() {
	for open := c.greet(); open; {
		open = c.turn()
	}
	c.drain()
}

// greet opens the connection, and reports whether it goes on.
func (c *conn) greet() bool { return c.answer("", nil, "") }

// turn reads a command and answers it. It reports whether the connection goes on.
func (c *conn) turn() bool {
	tag, text, err := c.read()
	switch {
	case errors.Is(err, errTooLong):
		c.send([]byte("* BYE That is too long\r\n"))
		return false
	case err != nil:
		return false
	}
	cmd := parse(text)
	if auth, ok := cmd.(model.Authenticate); ok && c.challenges(auth) {
		if auth.Lines, err = c.dialogue("+ \r\n"); err != nil {
			return false
		}
		cmd = auth
	}
	if c.idles(cmd) {
		lines, err := c.idleUntil()
		if err != nil {
			return false
		}
		if !strings.EqualFold(lines[0], "DONE") {
			cmd = model.Raw{Bytes: text + "\r\n" + lines[0]}
		}
	}
	open := c.answer(tag, cmd, text)
	if _, ok := cmd.(model.StartTLS); ok && open && c.secured() {
		return c.handshake()
	}
	return open
}

// drain reads what a client sends to a server that has fallen silent.
func (c *conn) drain() {
	if c.silent {
		_, _ = io.Copy(io.Discard, c.in)
	}
}

// parse is the command that the text spells.
func parse(text string) model.Command {
	if cmd, ok := wire.Spells(text); ok && !symbolic(cmd) {
		return cmd
	}
	return model.Raw{Bytes: text}
}

// symbolic reports whether the command has numbers that only traces have.
func symbolic(cmd model.Command) bool {
	is := func(set model.Set) bool {
		return slices.ContainsFunc(set, func(r model.Range) bool { return r.From.Symb || r.To.Symb })
	}
	var keys func([]model.SearchKey) bool
	keys = func(list []model.SearchKey) bool {
		return slices.ContainsFunc(list, func(k model.SearchKey) bool { return is(k.Set) || keys(k.Keys) })
	}
	switch cmd := cmd.(type) {
	case model.Fetch:
		return is(cmd.Set)
	case model.Store:
		return is(cmd.Set)
	case model.Copy:
		return is(cmd.Set)
	case model.UIDExpunge:
		return is(cmd.Set)
	case model.Search:
		return keys(cmd.Keys)
	}
	return false
}

// read reads a command. A line without a tag is answered at once.
func (c *conn) read() (tag, text string, err error) {
	for {
		whole, err := c.command()
		if err != nil {
			return "", "", err
		}
		tag, text, _ := strings.Cut(whole, " ")
		if tag != "" && !strings.ContainsFunc(tag, func(r rune) bool { return r == '+' || r >= 0x80 || !model.IsAStringChar(byte(r)) }) {
			return tag, text, nil
		}
		c.send([]byte("* BAD There is no tag\r\n"))
	}
}

// command reads a line, and the literals and lines that belong to it.
func (c *conn) command() (string, error) {
	var b []byte
	for {
		line, err := c.line()
		if err != nil {
			return "", err
		}
		b = append(b, line...)
		n, plus, ok := wire.CommandLiteral(line)
		if !ok || plus && !c.server.Machine.Profile.Has("LITERAL+") {
			return string(b), nil
		}
		asks := !plus
		if f := c.server.Fault; f != nil && f.Literal != nil {
			if n, asks = f.Literal(string(b), n, asks); n < 0 {
				return string(b), nil
			}
		}
		if n < 0 || n > longestString {
			return "", errTooLong
		}
		if asks {
			c.send([]byte("+ Go on\r\n"))
		}
		b = append(b, "\r\n"...)
		start := len(b)
		b = slices.Grow(b, min(n, 64<<10))
		for len(b)-start < n { // memory grows with what comes, not with what is announced
			chunk := min(n-(len(b)-start), 64<<10)
			b = append(b, make([]byte, chunk)...)
			if _, err := io.ReadFull(c.in, b[len(b)-chunk:]); err != nil {
				return "", err
			}
		}
	}
}

// line is the next line without its CRLF.
func (c *conn) line() ([]byte, error) {
	if len(c.lines) == 0 {
		line, err := c.readLine()
		f := c.server.Fault
		if err != nil || f == nil || f.Lines == nil {
			return line, err
		}
		c.lines = f.Lines(string(line))
	}
	line := c.lines[0]
	c.lines = c.lines[1:]
	return []byte(line), nil
}

// readLine reads a line. A bare LF is a part of it.
func (c *conn) readLine() ([]byte, error) {
	var b []byte
	for {
		part, err := c.in.ReadSlice('\n')
		if b = append(b, part...); len(b) > longestLine {
			return nil, errTooLong
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil:
			return nil, err
		default:
			if line, ok := strings.CutSuffix(string(b), "\r\n"); ok {
				return []byte(line), nil
			}
			return b, nil // a bare LF: it is no line of section 9, and ends all the same
		}
	}
}

// challenges reports whether AUTHENTICATE begins a dialogue.
func (c *conn) challenges(auth model.Authenticate) bool {
	ses := c.session()
	return strings.EqualFold(auth.Mechanism, "PLAIN") && len(auth.Lines) == 0 && ses.Phase == model.NotAuthenticated &&
		!c.server.Machine.RefusesLogin(ses.TLS)
}

// session is that of the connection as it is.
func (c *conn) session() model.Session {
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	return *c.account.Session(c.number)
}

// idles reports whether the command is an IDLE that is allowed.
func (c *conn) idles(cmd model.Command) bool {
	s, ok := cmd.(model.Simple)
	return ok && s.Verb == "IDLE" && c.server.Machine.Profile.Has("IDLE") && c.session().Phase >= model.Authenticated
}

// idleUntil is the line that ends IDLE.
func (c *conn) idleUntil() ([]string, error) {
	c.account.mu.Lock()
	c.idle = true
	c.account.mu.Unlock()
	lines, err := c.dialogue("+ idling\r\n")
	c.account.mu.Lock()
	c.idle = false
	c.account.mu.Unlock()
	return lines, err
}

// dialogue asks for a line of its own, and reads it.
func (c *conn) dialogue(request string) ([]string, error) {
	c.send([]byte(request))
	line, err := c.line()
	return []string{string(line)}, err
}

// secured reports whether the connection is to be under TLS, and is not.
func (c *conn) secured() bool {
	_, is := c.net.(*tls.Conn)
	return !is && c.session().TLS
}

// handshake begins TLS. What the client has sent in the clear behind STARTTLS is
// thrown away, unless a fault has it read again.
func (c *conn) handshake() bool {
	if c.server.TLS == nil {
		return false
	}
	var plain []byte
	if f := c.server.Fault; f != nil && f.KeepsPlain {
		plain, _ = c.in.Peek(c.in.Buffered())
	}
	// Octets of a TLS record that have come with the command belong to the handshake.
	rest := slices.Clone(peek(c.in))
	at := slices.IndexFunc(rest, func(b byte) bool { return b == 0x16 })
	if at < 0 {
		at = len(rest)
	}
	secure := tls.Server(&prefixed{Conn: c.net, rest: rest[at:]}, c.server.TLS)
	if err := secure.HandshakeContext(context.Background()); err != nil {
		return false
	}
	plain = slices.Clone(plain[:min(len(plain), at)])
	c.use(secure)
	if len(plain) > 0 {
		c.in = bufio.NewReaderSize(io.MultiReader(strings.NewReader(string(plain)), secure), 4096)
	}
	return true
}

// peek is what was read ahead.
func peek(r *bufio.Reader) []byte {
	b, _ := r.Peek(r.Buffered())
	return b
}

// prefixed is a connection of which some octets were read already.
type prefixed struct {
	net.Conn
	rest []byte
}

func (p *prefixed) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return p.Conn.Read(b)
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// send writes octets that are no part of an answer.
func (c *conn) send(b []byte) {
	c.account.mu.Lock()
	c.out = append(c.out, b...)
	c.account.mu.Unlock()
	c.flush()
}

// flush writes what there is to write. It is called without the account's lock.
func (c *conn) flush() {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.account.mu.Lock()
	b := c.out
	c.out = nil
	c.account.mu.Unlock()
	for len(b) > 0 {
		n := len(b)
		if c.server.Policy.Trickle {
			n = 1
		}
		if _, err := c.net.Write(b[:n]); err != nil { // the read that follows fails, too
			return
		}
		b = b[n:]
	}
}

// answer answers a command, the greeting if cmd is nil. It reports whether the
// connection goes on.
func (c *conn) answer(tag string, cmd model.Command, text string) bool {
	if a, as := c.server.owner(cmd); a != nil {
		if a != c.account {
			c.leave()
			c.join(a)
			s := a.Session(c.number)
			*s = model.Session{Phase: model.NotAuthenticated, TLS: c.isTLS()}
		}
		cmd = as
	}
	a := c.account
	a.mu.Lock()
	c.busy = true
	call := fault.Call{Conn: c.number, Machine: c.server.Machine, Account: a.Account, Tag: tag, Text: text, Cmd: cmd,
		Memory: a.memory, Own: c.memory, Yield: a.yield}
	open := c.server.exchange(c, &call)
	c.busy = false
	var told []*conn
	if c.server.Policy.Early {
		told = a.push(c)
	}
	a.next()
	a.mu.Unlock()
	c.flush()
	for _, other := range told {
		other.flush()
	}
	return open
}

func (c *conn) isTLS() bool {
	_, is := c.net.(*tls.Conn)
	return is || c.server.Machine.Profile.TLS
}

// moment is how long a fault that is a race waits for another command.
const moment = 2 * time.Millisecond

// yield lets others have the account until one of them has had an answer, or none wants
// it. It is called with the lock held.
func (a *account) yield() {
	turn := a.turn
	a.mu.Unlock()
	defer a.mu.Lock()
	timer := time.NewTimer(moment)
	defer timer.Stop()
	select {
	case <-turn:
	case <-timer.C:
	}
}

// push tells the other connections of what has become of their mailboxes, where no
// command is in progress, and is those to be flushed.
func (a *account) push(by *conn) (told []*conn) {
	for i, c := range a.conns {
		if c == nil || c == by || c.busy || a.Session(i).Box == nil {
			continue
		}
		for _, r := range a.News(c.server.Machine, i, c.idle) {
			c.write(&r)
		}
		if len(c.out) > 0 {
			told = append(told, c)
		}
	}
	return told
}
