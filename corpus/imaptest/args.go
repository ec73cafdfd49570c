package imaptest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// kind is how an argument is written.
type kind uint8

const (
	atom kind = iota
	quoted
	literal
	list
)

// arg is one argument of a command or a response.
type arg struct {
	kind kind
	text string // what it stands for, "" for a list
	list []arg
}

// isNIL reports whether a is NIL, and not a string of that text.
func (a arg) isNIL() bool { return a.kind == atom && strings.EqualFold(a.text, "NIL") }

// maxDepth bounds the parentheses that are open at once.
const maxDepth = 50

var errDepth = errors.New("too many parentheses are open")

// parseArgs reads the arguments of a line, literals included.
func parseArgs(s string) ([]arg, error) {
	p := &argParser{s: s}
	args, err := p.args(0)
	if err == nil && p.i < len(s) {
		err = errors.New(`a ")" that closes nothing`)
	}
	return args, err
}

// looseArgs are the arguments of a line as far as they can be read; what cannot is one
// argument more.
func looseArgs(s string) []arg {
	p := &argParser{s: s}
	args, err := p.args(0)
	if err != nil || p.i < len(s) {
		args = append(args[:len(args):len(args)], arg{text: s[min(p.top, len(s)):]})
	}
	return args
}

type argParser struct {
	s   string
	i   int
	top int // where the last argument outside of lists begins
}

// args reads up to the end of the list, or of the line.
func (p *argParser) args(depth int) ([]arg, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	var args []arg
	for {
		for p.i < len(p.s) && p.s[p.i] == ' ' {
			p.i++
		}
		if depth == 0 {
			p.top = p.i
		}
		if p.i == len(p.s) || p.s[p.i] == ')' {
			return args, nil
		}
		a, err := p.arg(depth)
		if err != nil {
			return args, err
		}
		args = append(args, a)
	}
}

func (p *argParser) arg(depth int) (arg, error) {
	switch rest := p.s[p.i:]; {
	case rest[0] == '(':
		p.i++
		args, err := p.args(depth + 1)
		if err == nil && p.i == len(p.s) {
			err = errors.New(`a "(" without its ")"`)
		}
		p.i++
		return arg{kind: list, list: args}, err
	case rest[0] == '"':
		return p.quoted()
	default:
		if head, n, ok := announced(rest); ok {
			if len(rest) < head+n {
				return arg{}, fmt.Errorf("a literal of %d octets that are not all there", n)
			}
			p.i += head + n
			return arg{kind: literal, text: rest[head : head+n]}, nil
		}
		return p.atom(), nil
	}
}

// announced is the length of the announcement of a literal that s begins with, and its size.
func announced(s string) (head, size int, ok bool) {
	rest := strings.TrimPrefix(s, "~")
	if !strings.HasPrefix(rest, "{") {
		return 0, 0, false
	}
	line, _, found := strings.Cut(rest, "\r\n")
	digits, closed := strings.CutSuffix(line[1:], "}")
	if !found || !closed {
		return 0, 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(digits, "+"), 10, 31)
	return len(s) - len(rest) + len(line) + 2, int(n), err == nil
}

func (p *argParser) quoted() (arg, error) {
	var b strings.Builder
	for p.i++; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; {
		case c == '"':
			p.i++
			return arg{kind: quoted, text: b.String()}, nil
		case c == '\\' && p.i+1 < len(p.s):
			p.i++
			b.WriteByte(p.s[p.i])
		default:
			b.WriteByte(c)
		}
	}
	return arg{}, errors.New("a quoted string without its end")
}

// atom reads up to a space or a parenthesis. What is in the brackets of an item, as in
// BODY[HEADER.FIELDS (TO)], belongs to it; quotes do not matter there.
func (p *argParser) atom() arg {
	start := p.i
	var b strings.Builder
	for p.i < len(p.s) && !strings.ContainsRune(" ()\r\n", rune(p.s[p.i])) {
		if end := strings.IndexAny(p.s[p.i:], "]\r\n"); p.s[p.i] == '[' && p.i > start && end >= 0 && p.s[p.i+end] == ']' {
			b.WriteString(strings.ReplaceAll(p.s[p.i:p.i+end], `"`, ""))
			p.i += end
			continue
		}
		b.WriteByte(p.s[p.i])
		p.i++
	}
	if p.i == start { // a line end that belongs to no literal
		b.WriteByte(p.s[p.i])
		p.i++
	}
	return arg{text: b.String()}
}
