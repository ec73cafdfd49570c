package sessionlog

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Exchange is an exchange of a log. Its Step is the number of the exchange, and its Conn
// that of the connection in the order in which the log has them, both from 0.
type Exchange struct {
	model.Exchange
	// Line is where the command begins; of a greeting, the first line of the connection.
	Line int
	// Lines are those where the responses begin.
	Lines []int
}

// LineOf is the line of the last response that begins the evidence, or that the evidence
// begins; the command's if there is none.
func (x *Exchange) LineOf(got string) int {
	got = strings.TrimSuffix(got, "...")
	for i, r := range slices.Backward(x.Reply.Responses) {
		raw := r.Raw
		if r.Tag == x.Tag {
			raw = strings.TrimPrefix(raw, x.Tag+" ")
		}
		if got != "" && raw != "" && (strings.HasPrefix(raw, got) || strings.HasPrefix(got, raw)) {
			return x.Lines[i]
		}
	}
	return x.Line
}

// pending is a command in progress.
type pending struct {
	tag, text string // text is the command as far as it was sent
	whole     bool   // text is all of it
	line      int
	asked     int // continuation requests
	lines     []string
}

// dialogue reports whether the command goes on in lines of its own.
func (p *pending) dialogue() bool {
	word, _, _ := strings.Cut(strings.ToUpper(p.text), " ")
	return p.whole && (word == "AUTHENTICATE" || word == "IDLE" || !slices.Contains(model.CommandNames, word) && word != "UID")
}

func (p *pending) is(name string) bool { return p.whole && strings.EqualFold(p.text, name) }

// mostPending bounds the commands in progress. That the first of more was not completed is
// forgotten.
const mostPending = 256

// session is one connection.
type session struct {
	index          int
	exact          bool // the log begins with its greeting
	client, server stream
	begun          bool
	partial        bool       // the log may not have all commands that were sent
	settled        bool       // one of them was completed
	refused        bool       // the command that is being sent was answered already
	pending        []*pending // in the order sent
	crowded        bool       // there were several at a time since there was none
	now            Exchange   // responses since the last exchange
	held           *Exchange  // the last one, to which responses may be added
	bye            bool
	changed        bool // what follows may be TLS, or compressed
	dark           bool // it is
	out            func(Exchange)
}

// gather adds a response to what is to be judged next.
func (x *Exchange) gather(r model.Response, line int) {
	x.Reply.Responses, x.Lines = append(x.Reply.Responses, r), append(x.Lines, line)
}

// begin begins a session whose greeting may have been r; nil for none.
func (s *session) begin(r *model.Response, line int) {
	s.end()
	s.begun, s.bye, s.crowded, s.changed = true, false, false, false
	s.settled, s.refused = false, false
	s.held = &Exchange{Line: line}
	s.held.Conn = s.index
	greets := r != nil && (s.exact || r.Syntax == nil && r.Tag == "*" && (r.Status == model.PREAUTH || r.Status == model.BYE))
	s.held.Loose, s.partial = !greets, !greets || !s.exact
	if r != nil && (greets || r.Syntax == nil && r.Tag == "*") {
		s.held.gather(*r, line)
		s.bye = r.Status == model.BYE
	}
}

// flush hands on the exchange that was held.
func (s *session) flush() {
	if s.held == nil {
		return
	}
	x := s.held
	if s.held = nil; s.bye {
		x.Reply.End, s.begun = model.Closed, false
	}
	s.out(*x)
}

// end ends the session where the log does: what a command in progress has brought so far
// is judged, and not that it was not completed.
func (s *session) end() {
	s.flush()
	if len(s.pending) > 0 && len(s.now.Reply.Responses) > 0 {
		s.crowded = true
		s.emit(s.pending[0])
		s.flush()
	}
	s.pending, s.now = nil, Exchange{}
}

// command takes over what the client has sent: all of a command, or its beginning.
func (s *session) command(raw string, line int, whole bool) {
	if n := len(s.pending); s.refused || n > 0 && !s.pending[n-1].whole { // it goes on
		if p := s.pending; whole && !s.refused {
			_, p[n-1].text, _ = strings.Cut(raw, " ")
			p[n-1].whole = true
		}
		s.refused = s.refused && !whole
		return
	}
	if p := s.waiting(raw); p != nil {
		p.lines = append(p.lines, raw)
		s.partial = s.partial || !p.is("IDLE") && !p.authenticates() // it may have been a command
		return
	}
	if strings.EqualFold(raw, "DONE") || raw == "*" {
		return // the IDLE, or AUTHENTICATE, was refused in the meantime
	}
	if s.flush(); !s.begun {
		s.begin(nil, line)
		s.flush()
	}
	tag, text, _ := strings.Cut(raw, " ")
	if tag == "" || strings.ContainsFunc(tag, func(r rune) bool { return r == '+' || r >= 0x80 || !model.IsAStringChar(byte(r)) }) {
		s.partial, s.crowded = true, true // the server answers it as it likes
		return
	}
	if s.crowded = s.crowded || len(s.pending) > 0; len(s.pending) == mostPending {
		s.pending, s.partial = slices.Delete(s.pending, 0, 1), true
	}
	s.pending = append(s.pending, &pending{tag: tag, text: text, whole: whole, line: line})
}

// authenticates reports whether the command is AUTHENTICATE.
func (p *pending) authenticates() bool {
	word, _, _ := strings.Cut(p.text, " ")
	return strings.EqualFold(word, "AUTHENTICATE")
}

// waiting is the command that a line of the client belongs to, nil for none.
func (s *session) waiting(raw string) *pending {
	for _, p := range slices.Backward(s.pending) {
		if p.is("IDLE") {
			if strings.EqualFold(raw, "DONE") {
				return p
			}
		} else if p.dialogue() && p.asked > len(p.lines) {
			return p
		}
	}
	return nil
}

// response takes over what the server has sent.
func (s *session) response(raw string, line int) {
	r := wire.ParseResponse(raw)
	greets := r.Tag == "*" && (r.Status == model.OK || r.Status == model.PREAUTH) && !s.exact && len(s.pending) == 0
	if !s.begun || greets {
		if s.begin(&r, line); len(s.held.Lines) > 0 {
			return
		}
	}
	switch i := slices.IndexFunc(s.pending, func(p *pending) bool { return p.tag == r.Tag }); {
	case i >= 0:
		s.now.gather(r, line)
		s.complete(i)
		return
	case s.partial && (r.Tag != "*" && r.Tag != "+" && r.Syntax == nil || !s.settled && r.Syntax != nil):
		if s.crowded = true; s.held != nil { // it answers a command that the log does not have
			s.held.Loose = true
		}
		return
	case r.Tag == "+":
		s.ask()
	}
	s.bye = s.bye || r.Tag == "*" && r.Status == model.BYE
	if s.held != nil {
		s.held.gather(r, line)
		return
	}
	s.now.gather(r, line)
}

// ask gives a continuation request to the command that it is for.
func (s *session) ask() {
	for _, p := range slices.Backward(s.pending) {
		if !p.whole || p.dialogue() {
			p.asked++
			return
		}
	}
}

// complete takes a command out of those in progress.
func (s *session) complete(i int) {
	p := s.pending[i]
	s.settled = true
	if !p.whole && s.client.fresh && !s.client.plus && p.asked == 0 {
		s.client.within, s.client.need = false, 0 // its literal was refused, and is not sent
	} else if !p.whole {
		s.refused = true
	}
	s.pending = slices.Delete(s.pending, i, i+1)
	if s.emit(p); len(s.pending) > 0 {
		s.flush()
		return
	}
	s.crowded = false
}

// emit makes an exchange of a command and the responses since the last one.
func (s *session) emit(p *pending) {
	x := s.now
	s.now = Exchange{}
	x.Conn, x.Tag, x.Line, x.Loose = s.index, p.tag, p.line, s.crowded || s.partial && len(s.pending) > 0
	if strings.Contains(p.text, "\r\n") {
		x.Sent = p.text
	}
	if x.Cmd = p.command(); x.Cmd.Name() == "AUTHENTICATE" {
		p.redacted(&x)
	}
	ok := x.Outcome() == model.OK
	if _, malformed := x.Cmd.(model.Raw); !ok && (malformed && strings.Contains(p.text, "}") || strings.Contains(p.text, "+}\r\n")) {
		s.partial = true // the server may take octets of its literals for commands
	}
	switch word, _, _ := strings.Cut(strings.ToUpper(p.text), " "); {
	case word == "LOGOUT" && ok:
		s.bye = true // the close that follows is not in the log
	case (word == "STARTTLS" || word == "COMPRESS") && ok:
		s.changed = true
	}
	s.held = &x
}

// command is what the client has sent.
func (p *pending) command() model.Command {
	words := strings.Fields(p.text)
	if len(words) > 1 && p.whole && strings.EqualFold(words[0], "AUTHENTICATE") {
		return model.Authenticate{Mechanism: words[1], Lines: p.lines}
	}
	if c, ok := wire.Spells(p.text); ok && p.whole {
		return c
	}
	return model.Raw{Bytes: p.text}
}

// redacted leaves the challenges out of an AUTHENTICATE whose lines are struck out:
// they may be as well.
func (p *pending) redacted(x *Exchange) {
	if !slices.ContainsFunc(p.lines, func(line string) bool {
		_, err := base64.StdEncoding.DecodeString(line)
		return err != nil && line != "*"
	}) {
		return
	}
	n := 0
	for i, r := range x.Reply.Responses {
		if r.Tag != "+" {
			x.Reply.Responses[n], x.Lines[n] = r, x.Lines[i]
			n++
		}
	}
	x.Reply.Responses, x.Lines = x.Reply.Responses[:n], x.Lines[:n]
}
