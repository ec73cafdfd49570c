package fuzz

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// maxResponses bounds what a server may answer to one command.
const maxResponses = 100_000

const defaultTimeout = 10 * time.Second

// maxTimeouts bounds the time of one command, in timeouts of a response: a server
// that drips for longer floods.
const maxTimeouts = 10

// Session is one client connection of a trace. It sends commands and collects
// the answers as evidence, whatever they are: judging them is not its business.
// It is not safe for use by several goroutines.
type Session struct {
	ctx     context.Context
	raw     net.Conn // below TLS
	conn    net.Conn // what is written to and read from
	in      *wire.Reader
	number  int
	timeout time.Duration
	limits  wire.Limits
	tls     *tls.Config
	release func() bool        // stops watching ctx
	buf     []byte             // of the command being sent
	piece   func(left int) int // how much goes into one write
	ahead   []string           // tags of commands that were sent and not yet asked for
	early   []model.Response   // completions of those that came before their turn
	deaf    bool               // a write has failed: the server takes no more
	dead    bool               // the connection has ended, or cannot be followed any more
	hold    func()             // see DoHeld
}

// SessionOptions bound a session.
type SessionOptions struct {
	// Timeout is how long the server may take for each response; 10 seconds if
	// zero.
	Timeout time.Duration
	// Limits bound the size of a response.
	Limits wire.Limits
}

// Dial opens the connection with number conn of a trace. The session ends with
// ctx. An error says that no connection could be made.
func Dial(ctx context.Context, in target.Instance, conn int, o SessionOptions) (*Session, error) {
	c, err := in.Dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("connection %d: %w", conn, err)
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	return &Session{
		ctx:     ctx,
		raw:     c,
		conn:    c,
		in:      wire.NewReader(c, o.Limits),
		number:  conn,
		timeout: o.Timeout,
		limits:  o.Limits,
		piece:   whole,
		tls:     tlsOf(in),
		release: context.AfterFunc(ctx, func() { c.Close() }),
	}, nil
}

// Close closes the connection without a word.
func (s *Session) Close() error {
	s.release()
	s.dead = true
	return s.raw.Close()
}

// Greeting waits for the server's first response. After a BYE it waits for the
// server to close (RFC 3501 section 7.1.5).
//
// Like Do, it returns an error only for what is not the server's doing.
func (s *Session) Greeting() (model.Reply, error) {
	a := answer{s: s}
	if a.next() {
		a.done = true
		if a.bye {
			a.drain()
		}
	}
	return a.reply()
}

// Do sends a command and returns the responses up to its tagged completion. A
// literal is only sent when the server has asked for it, with a "+", unless it is
// a non-synchronizing one; a completion in the place of that ends the command
// (RFC 3501 section 7.5). IDLE is ended with DONE as soon as the server has sent
// its "+" (RFC 2177). When STARTTLS is completed with OK the session goes on in TLS,
// unless it is in TLS already. A legal command in an unusual spelling goes out as it
// is spelled, and is no other command for that.
//
// What the server has sent since the last command comes first, but for EXPUNGE
// responses that had come with the completion of that: they are behind it, since
// there they are wrong (section 7.4.1). After LOGOUT,
// and after a BYE, the responses go on until the server closes. Reply.End says
// how the connection was left:
//
//   - Closed, if the server closed it, or broke off TLS. An incomplete line is the
//     last response.
//   - Silent, if nothing came in time, or if nothing can come because the server
//     waits as well. A server that has completed LOGOUT, or said BYE and
//     completed the command, but does not close, is not silent: End is Open.
//   - Flooded, if the server sent more than the limits allow.
//   - NotTLS or TLSFailed, if no TLS came of a STARTTLS.
//
// After any of these, and after LOGOUT, the session is over: Do sends nothing,
// and End is Closed.
func (s *Session) Do(tag string, c model.Command) (model.Reply, error) {
	return s.Deliver(tag, c, model.Delivery{})
}

// Deliver is Do for a command that goes out in another way. The tags are those of the
// NOOPs that go out behind a [model.Burst]: whoever gives them calls Do for each next.
// If the client hangs up, the reply is what the server still said, and the session is
// over; End is HungUp however the server took it.
func (s *Session) Deliver(tag string, c model.Command, d model.Delivery, tags ...string) (model.Reply, error) {
	if s.dead {
		return model.Reply{End: model.Closed}, s.ctx.Err()
	}
	a := answer{s: s, tag: tag}
	if len(s.ahead) > 0 && s.ahead[0] == tag {
		return a.overdue()
	}
	s.buf = wire.AppendCommand(s.buf[:0], tag, c)
	if d.Way == model.HangUp || d.Way == model.CutOff {
		return a.hangUp(d)
	}
	s.piece = portions(d, len(tag)+1)
	c = spelled(c)
	var lines []string
	auth, isAuth := c.(model.Authenticate)
	if isAuth {
		lines = auth.Lines
		s.buf = s.buf[:bytes.IndexByte(s.buf, '\n')+1] // each of the lines waits
	}

	chunks := wire.Chunks(s.buf)
	if len(chunks) == 1 {
		for _, next := range tags {
			s.buf = wire.AppendCommand(s.buf, next, model.Simple{Verb: "NOOP"})
		}
		chunks[0], s.ahead = s.buf, tags
	}
	for i, chunk := range chunks {
		s.send(chunk)
		if i < len(chunks)-1 && !a.awaitContinuation() {
			if a.done && a.bye {
				a.drain()
			}
			return a.reply()
		}
	}
	for isAuth && a.awaitContinuation() {
		line := "*" // cancels the exchange (RFC 3501 section 6.2.2)
		if len(lines) > 0 {
			line, lines = lines[0], lines[1:]
		}
		s.buf = append(append(s.buf[:0], line...), "\r\n"...)
		s.send(s.buf)
	}
	if isIdle(c) && a.awaitContinuation() {
		if s.hold != nil {
			s.hold()
		}
		s.send([]byte("DONE\r\n"))
	}
	for !a.done && a.next() {
	}
	if a.secure(c) {
		a.handshake()
		return a.reply()
	}
	for a.done && len(s.ahead) == 0 && s.in.Expunge() && a.next() { // with no command in progress
	}
	if a.done && (a.bye || isLogout(c) && a.status == model.OK) {
		a.drain()
	}
	return a.reply()
}

// DoHeld is Do, but that the session stays in IDLE until hold returns, which is called when
// the server has sent its "+". What the server sends meanwhile is read behind that.
func (s *Session) DoHeld(tag string, c model.Command, hold func()) (model.Reply, error) {
	s.hold = hold
	defer func() { s.hold = nil }()
	return s.Do(tag, c)
}

func isLogout(c model.Command) bool {
	simple, ok := c.(model.Simple)
	return ok && strings.EqualFold(simple.Verb, "LOGOUT")
}

// isIdle reports whether a server may take c for IDLE and wait for DONE: also if
// it is spelled in another way, or is malformed and the server reads liberally.
func isIdle(c model.Command) bool {
	switch c := c.(type) {
	case model.Simple:
		return c.Verb == "IDLE"
	case model.Raw:
		return len(c.Bytes) >= 4 && strings.EqualFold(c.Bytes[:4], "IDLE")
	}
	return false
}

// send writes b. A failure is not reported: it means that the server has closed
// the connection or does not read, which shows when its answer is read.
func (s *Session) send(b []byte) {
	if s.deaf {
		return
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(s.timeout)); err != nil {
		s.deaf = true
		return
	}
	for len(b) > 0 && !s.deaf {
		n := s.piece(len(b))
		if _, err := s.conn.Write(b[:n]); err != nil {
			s.deaf = true
		}
		b = b[n:]
	}
}

// answer collects the responses to one command.
type answer struct {
	s         *Session
	tag       string // "" for the greeting
	responses []model.Response
	done      bool         // the command is complete
	status    model.Status // of the completion
	bye       bool         // the server has said BYE
	until     time.Time    // when the answer has to be there, however it drips
	end       model.End
	err       error
}

// reply is what was collected.
func (a *answer) reply() (model.Reply, error) {
	if a.end != model.Open || a.err != nil {
		a.s.dead = true
	}
	return model.Reply{Responses: a.responses, End: a.end}, a.err
}

// awaitContinuation reads until the server asks for more. It reports false if
// the command was completed, or the connection ended, instead.
func (a *answer) awaitContinuation() bool {
	for !a.done && a.next() {
		if last := &a.responses[len(a.responses)-1]; isContinuation(last) {
			return true
		}
	}
	return false
}

// drain reads until the server closes. That it does not is no silence: it has
// answered. The session is over all the same.
func (a *answer) drain() {
	for a.next() {
	}
	if a.end == model.Silent {
		a.end = model.Open
	}
	a.s.dead = true
}

// next reads one response, and reports whether there was one.
func (a *answer) next() bool {
	s := a.s
	if a.end != model.Open || a.err != nil {
		return false
	}
	if len(a.responses) >= maxResponses {
		a.end = model.Flooded
		return false
	}
	now := time.Now()
	if a.until.IsZero() {
		a.until = now.Add(maxTimeouts * s.timeout)
	} else if now.After(a.until) {
		a.end = model.Flooded
		return false
	}
	// A failure to set the deadline is found by the read that follows.
	_ = s.conn.SetReadDeadline(now.Add(s.timeout))
	r, err := s.in.Next()
	if err != nil {
		a.stop(r, err)
		return false
	}
	if slices.Contains(s.ahead, r.Tag) { // which the server has completed before this one
		s.early = append(s.early, r)
		return a.next()
	}
	a.responses = append(a.responses, r)
	switch {
	case r.Status == model.BYE && r.Tag == "*":
		a.bye = true
	case a.tag != "" && hasTag(&r, a.tag):
		a.done, a.status = true, r.Status
	}
	return true
}

// stop turns the error that ended the reading into an end of the reply, or into
// an error if it is not the server's doing. r holds the octets of a response
// that was not complete.
func (a *answer) stop(r model.Response, err error) {
	var flood *wire.LimitError
	switch {
	case a.s.ctx.Err() != nil:
		a.err = fmt.Errorf("connection %d: %w", a.s.number, a.s.ctx.Err())
		return
	case errors.As(err, &flood):
		a.end = model.Flooded
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		a.end = model.Closed
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, target.ErrStalled):
		a.end = model.Silent
	case a.s.brokenOff(err):
		a.end = model.Closed
	default:
		a.err = fmt.Errorf("connection %d: reading a response: %w", a.s.number, err)
		return
	}
	if r.Raw != "" {
		a.responses = append(a.responses, model.Cut(r.Raw[:min(len(r.Raw), maxIncomplete)]))
	}
}

// maxIncomplete is how many octets of an incomplete response are kept.
const maxIncomplete = 4096

// hasTag reports whether r completes the command with that tag. A completion
// with a flaw is one all the same: the server will not send another.
func hasTag(r *model.Response, tag string) bool {
	if r.Tag == tag {
		return true
	}
	rest, ok := strings.CutPrefix(r.Raw, tag)
	return ok && r.Syntax != nil && (rest == "" || rest[0] == ' ')
}

// isContinuation reports whether r asks for more, even if it does so in the
// wrong words.
func isContinuation(r *model.Response) bool { return strings.HasPrefix(r.Raw, "+") }
