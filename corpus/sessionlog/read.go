package sessionlog

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
)

const header = "imaplog v1"

// mostConns bounds the connections of a log.
const mostConns = 10000

// Read reads the exchanges of a log, those of each connection in their order. It holds
// no more of the log than the commands in progress and what answers them. The error, the
// last that comes, is the reader's, or says in one line what cannot be read and where:
// "line 7: ...".
func Read(r io.Reader) iter.Seq2[Exchange, error] { return read(file{newLines(r)}) }

func read(src source) iter.Seq2[Exchange, error] {
	return func(yield func(Exchange, error) bool) {
		r := reader{src: src, byName: map[string]*session{}, yield: yield}
		if err := r.run(); err != nil && !r.stopped {
			yield(Exchange{}, err)
		}
	}
}

// reader deals the lines of a log out to its connections.
type reader struct {
	src      source
	sessions []*session
	byName   map[string]*session
	exact    bool
	keepsEnd bool    // line ends are those that were sent
	seen     bool    // a line of a connection
	style    style   // of the lines of literals
	literal  *stream // that is in a literal, and was last to have a line
	owner    *session
	steps    int
	yield    func(Exchange, error) bool
	stopped  bool
}

// style is how a log has the lines of a literal.
type style byte

const (
	unseen   style = iota
	prefixed       // as any line
	bare           // without "C:" or "S:"
)

func (r *reader) run() error {
	for !r.stopped {
		l, err := r.src.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.line(l)
		}
		if err != nil {
			return err
		}
	}
	for _, s := range r.sessions {
		s.end()
	}
	if !r.seen && !r.exact && !r.stopped {
		return errors.New(`no line begins with "C:" or "S:"`)
	}
	return nil
}

func (r *reader) out(x Exchange) {
	x.Step = r.steps
	r.steps++
	if !r.stopped && !r.yield(x, nil) {
		r.stopped = true
	}
}

func (r *reader) line(l line) error {
	if r.within(l) {
		r.style = bare
		return r.push(r.owner, r.literal, l, l.whole)
	}
	if l.side == nobody {
		switch text := bytes.TrimSpace(l.whole); {
		case len(text) == 0 || text[0] == '#':
			return nil
		case !r.seen && l.number == 1 && string(text) == header:
			r.exact = true
			return nil
		}
		return lineError(l.number, `should begin with "C:" or "S:", got %s`, quote(l.whole))
	}
	if !r.seen {
		r.seen, r.keepsEnd = true, l.crlf
	}
	s := r.byName[l.conn]
	if s == nil {
		if len(r.sessions) == mostConns {
			return lineError(l.number, "more than %d connections", mostConns)
		}
		s = &session{index: len(r.sessions), exact: r.exact, out: r.out, client: stream{side: client}, server: stream{side: server}}
		r.sessions, r.byName[strings.Clone(l.conn)] = append(r.sessions, s), s
	}
	half := &s.client
	if l.side == server {
		half = &s.server
	}
	if half.open() && r.style == unseen {
		r.style = prefixed
	}
	return r.push(s, half, l, l.text)
}

// within reports whether the line has octets of a literal without "C:" or "S:" before
// them. Before such a literal of the client stands what asks for it.
func (r *reader) within(l line) bool {
	half := r.literal
	if half == nil || r.style == prefixed || r.style == unseen && l.side != nobody {
		return false
	}
	if half.side == server || !half.fresh || half.plus {
		return true
	}
	p := r.owner.pending
	return l.side == nobody && (len(p) == 0 || p[len(p)-1].asked > 0 || len(bytes.TrimSpace(l.whole)) > 0 && l.whole[0] != '#')
}

// push gives a session a line.
func (r *reader) push(s *session, half *stream, l line, text []byte) error {
	if s.dark {
		return nil
	}
	if r.exact {
		text = []byte(corpus.Unescape(string(text)))
	} else if s.changed && !half.within && bytes.ContainsFunc(text, func(c rune) bool { return c < ' ' && c != '\t' }) {
		s.dark = true // TLS, or compressed
		s.end()
		return nil
	}
	unit, done, err := half.push(l, text, r.keepsEnd && !l.crlf, r.exact || r.keepsEnd && half.side == client)
	if err != nil {
		return err
	}
	if half.open() {
		r.literal, r.owner = half, s
	} else if r.literal == half {
		r.literal = nil
	}
	switch {
	case half.side == client && done:
		s.command(string(unit), half.first, true)
	case half.side == client && half.fresh:
		s.command(string(half.buf[:len(half.buf)-2]), half.first, false)
		half.free = !r.exact && isLogin(s)
	case done:
		s.response(string(unit), half.first)
	}
	return nil
}

// isLogin reports whether the command that is being sent is LOGIN, whose arguments may
// be struck out.
func isLogin(s *session) bool {
	n := len(s.pending)
	return n > 0 && len(s.pending[n-1].text) > 6 && strings.EqualFold(s.pending[n-1].text[:6], "LOGIN ")
}
