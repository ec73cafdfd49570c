package imaptest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Script is a scripted test.
type Script struct {
	Name string // of the file, without its folder
	// Mailbox is the mailbox of the set-up, an atom with "/" for the delimiter; "" for
	// "imaptest".
	Mailbox string
	Header
	Groups []Group
	// Notes are what the reader of the trace has to know, in the order of the lines.
	Notes []Note
}

// Note is what a script asks for and a trace does not do.
type Note struct {
	Line int // from 1
	Text string
}

// Group is commands that go out on a connection before an answer is read, and what is
// expected of the answers.
type Group struct {
	Conn     int // from 0
	Commands []Command
	Expected []Untagged
	Output   []string // lines of "!output"
}

// Command is a command of a script.
type Command struct {
	Line int // from 1
	Tag  int // of a command that is named by a tagN; 0 for none
	// Text is the command, with its variables; a literal is announced as the client would.
	Text  string
	Reply *Reply // nil while it is not known
}

// Reply is the completion of a command.
type Reply struct {
	Line   int
	Status string // OK, NO, BAD, or "" for any
	Prefix string // how the text begins
}

// Untagged is an untagged response.
type Untagged struct {
	Line int
	Sign byte   // '*' it comes, '!' it does not, '?' it may
	Text string // without the sign
}

// Parse reads a script. name is what errors, and the places of what is expected, call
// it. lookup tells the environment, for !ifenv. An error is one line, "NAME:LINE: ...".
func Parse(name, text string, lookup func(string) (string, bool)) (*Script, error) {
	p := &parser{script: &Script{Name: name, Header: Header{Connections: 1, Messages: AllMessages, State: Selected}}, lookup: lookup}
	lines := splitLines(text)
	for len(lines) > 0 {
		p.n = lines[0].n
		if err := p.line(&lines); err != nil {
			return nil, p.errorf(p.n, "%w", err)
		}
	}
	return p.finish()
}

// textLine is a line of a script.
type textLine struct {
	n    int // from 1
	text string
	end  string // LF, CRLF, or "" at the end of the file
}

func splitLines(text string) []textLine {
	var lines []textLine
	for s := range strings.Lines(text) {
		l := textLine{n: len(lines) + 1, text: s}
		for _, end := range []string{"\r\n", "\n"} {
			if body, ok := strings.CutSuffix(s, end); ok {
				l.text, l.end = body, end
				break
			}
		}
		lines = append(lines, l)
	}
	return lines
}

type parser struct {
	script *Script
	lookup func(string) (string, bool)
	n      int // of the line
	body   bool
	head   map[string]bool // keys of the header that there were
	tests  []test
	group  *Group // nil before the first
}

// test is an !ifenv that has no !endif yet.
type test struct {
	line         int
	skip, second bool
	outer        bool // what stands around it is passed over
}

func (p *parser) errorf(n int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: "+format, append([]any{p.script.Name, n}, args...)...)
}

func (p *parser) note(format string, args ...any) {
	p.script.Notes = append(p.script.Notes, Note{p.n, fmt.Sprintf(format, args...)})
}

// line reads a line, and those of its literals.
func (p *parser) line(lines *[]textLine) error {
	text, err := joinLiterals(lines)
	switch {
	case err != nil:
		return err
	case text == "":
		p.body = true
		return nil
	case text[0] == '#':
		return nil
	case !p.body:
		return p.header(text)
	}
	if done, err := p.directive(text); done || err != nil {
		return err
	}
	if p.skips() {
		return nil
	}
	return p.command(text)
}

// joinLiterals takes a line and what its literals run over.
func joinLiterals(lines *[]textLine) (string, error) {
	first := (*lines)[0]
	*lines = (*lines)[1:]
	if strings.HasPrefix(first.text, "#") {
		return first.text, nil
	}
	var b strings.Builder
	for rest := first.text; ; {
		head, opens := strings.CutSuffix(rest, "{{{")
		if !opens {
			b.WriteString(rest)
			return b.String(), nil
		}
		b.WriteString(head)
		body, after, err := literalBody(lines, strings.HasSuffix(head, "~"))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "{%d}\r\n%s", len(body), body)
		rest = after
	}
}

// literalBody takes the lines of a literal, and returns what stands behind its end. They
// end in CRLF, those of a binary literal as they do in the file; the last one's end is
// no part of it.
func literalBody(lines *[]textLine, binary bool) (body, after string, err error) {
	var b strings.Builder
	end := ""
	for ; len(*lines) > 0; *lines = (*lines)[1:] {
		l := (*lines)[0]
		if after, ok := strings.CutPrefix(l.text, "}}}"); ok {
			*lines = (*lines)[1:]
			return b.String(), after, nil
		}
		b.WriteString(end)
		b.WriteString(l.text)
		if end = "\r\n"; binary {
			end = l.end
		}
	}
	return "", "", errors.New("a {{{ without its }}}")
}

// finish checks what only the end of the script can tell.
func (p *parser) finish() (*Script, error) {
	s := p.script
	if len(p.tests) > 0 {
		return nil, p.errorf(p.tests[0].line, "an !ifenv without its !endif")
	}
	if c := p.unanswered(); c != nil {
		return nil, p.errorf(c.Line, "no completion is expected of the command")
	}
	if p.group == nil {
		return nil, p.errorf(max(p.n, 1), "there is no command")
	}
	return s, s.check()
}

// unanswered is the first command of the group without a completion.
func (p *parser) unanswered() *Command {
	if p.group != nil {
		for i := range p.group.Commands {
			if c := &p.group.Commands[i]; c.Reply == nil {
				return c
			}
		}
	}
	return nil
}

// number is the number from 1 to most that s is.
func number(s string, most int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && 1 <= n && n <= most && isDigit(s[0])
}

// IsScript reports whether the octets of a file can only be a script's: text, in which a
// line is one of a header or says what a command is answered with.
func IsScript(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	for _, l := range splitLines(string(b)) {
		if key, _, ok := strings.Cut(l.text, ":"); ok && isKey(key) {
			return true
		}
		_, rest := connOf(l.text)
		_, rest = tagOf(rest)
		if _, ok := replyOf(rest); ok {
			return true
		}
	}
	return false
}
