package model

import (
	"strconv"
	"strings"
)

// bodyExtended reports whether a BODYSTRUCTURE, which the grammar allows, has
// data behind the body location of one of its parts (section 9, body-extension).
func bodyExtended(raw string) bool {
	p := bodyReader{s: raw}
	p.body()
	return p.extended
}

// bodyReader reads the nested lists of a body structure.
type bodyReader struct {
	s        string
	i        int
	extended bool
}

// more reports whether the list that is being read has another element, and
// steps over what is before it.
func (p *bodyReader) more() bool {
	for p.i < len(p.s) && p.s[p.i] == ' ' {
		p.i++
	}
	return p.i < len(p.s) && p.s[p.i] != ')'
}

// body reads one body: its own fields, and the four of the extension data that
// section 7.4.2 defines for both kinds of body.
func (p *bodyReader) body() {
	p.i++ // the parenthesis
	multipart := p.i < len(p.s) && p.s[p.i] == '('
	for multipart && p.i < len(p.s) && p.s[p.i] == '(' {
		p.body()
	}
	n, most := 0, 7+4 // body-type-basic
	if multipart {
		most = 1 + 4
	}
	media := ""
	for ; p.more(); n++ {
		if n == 8 && media == "MESSAGE/RFC822/" && p.s[p.i] == '(' {
			p.body()
			continue
		}
		text := p.value()
		if n < 2 && !multipart {
			media += strings.ToUpper(text) + "/"
		}
		switch {
		case n != 1 || multipart:
		case strings.HasPrefix(media, "TEXT/"):
			most = 8 + 4
		case media == "MESSAGE/RFC822/":
			most = 10 + 4
		}
	}
	p.i++
	p.extended = p.extended || n > most
}

// value reads one element, and returns the text of a string.
func (p *bodyReader) value() string {
	switch p.s[p.i] {
	case '(':
		for p.i++; p.more(); {
			p.value()
		}
		p.i++
		return ""
	case '"':
		var b strings.Builder
		for p.i++; p.i < len(p.s) && p.s[p.i] != '"'; p.i++ {
			if p.s[p.i] == '\\' {
				p.i++
			}
			if p.i < len(p.s) {
				b.WriteByte(p.s[p.i])
			}
		}
		p.i++
		return b.String()
	case '{':
		digits, rest, _ := strings.Cut(p.s[p.i+1:], "}\r\n")
		n, _ := strconv.Atoi(digits)
		p.i = len(p.s) - len(rest)
		start := p.i
		p.i = min(p.i+max(n, 0), len(p.s))
		return p.s[start:p.i]
	}
	start := p.i
	for p.i < len(p.s) && p.s[p.i] != ' ' && p.s[p.i] != ')' && (p.s[p.i] != '(' || p.i == start) {
		p.i++
	}
	return p.s[start:p.i]
}
