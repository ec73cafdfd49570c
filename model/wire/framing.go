package wire

import (
	"math"

	"github.com/imapcheck/imapcheck/model"
)

var crlf = []byte("\r\n")

// literals tells which lines of a response go on in a literal. Only response-data
// has literals: a human-readable text may well end in "{5}", and to wait for
// five octets behind it would be to wait for ever. The exception is the list of
// astrings in the BADCHARSET code, as long as its parenthesis is open.
type literals struct {
	kind lineKind
}

type lineKind uint8

const (
	lineUnknown lineKind = iota // no line seen yet
	linePlain                   // no literals
	lineData                    // literals outside quoted strings
	lineCharset                 // the same, up to the closing parenthesis
)

// next is the size of the literal that line, without its CRLF, announces. Lines
// are to be given in the order of the response.
func (l *literals) next(line []byte) (n int, ok bool) {
	if l.kind == lineUnknown {
		l.kind, line = classify(line)
	}
	n, ok = announced(line)
	if !ok || l.kind == linePlain || model.OpenQuote(line) {
		return 0, false
	}
	if l.kind == lineCharset && listClosed(line) {
		return 0, false
	}
	return n, true
}

// classify is the kind of the response that line begins, and the part of line
// that strings can be in. It forgives extra spaces: a status response that has
// them is wrong, but no less a status response.
func classify(line []byte) (lineKind, []byte) {
	word, rest := cutWord(line)
	untagged := string(word) == "*"
	if string(word) == "+" {
		return linePlain, rest
	}
	word, rest = cutWord(rest)
	if statusOf(string(word)) == 0 {
		if untagged {
			return lineData, rest
		}
		return linePlain, rest
	}
	word, rest = cutWord(rest)
	if sameFold(string(word), "[BADCHARSET") && len(rest) > 0 && rest[0] == '(' {
		return lineCharset, rest[1:]
	}
	return linePlain, rest
}

// cutWord is the octets of line before its first run of spaces, and those behind.
func cutWord(line []byte) (word, rest []byte) {
	i := 0
	for i < len(line) && line[i] != ' ' {
		i++
	}
	word = line[:i]
	for i < len(line) && line[i] == ' ' {
		i++
	}
	return word, line[i:]
}

// announced is n if line ends in "{n}". It is the largest int if n is larger.
func announced[T string | []byte](line T) (n int, ok bool) {
	end := len(line) - 1
	if end < 2 || line[end] != '}' {
		return 0, false
	}
	start := end
	for start > 0 && octetClasses[line[start-1]]&clsDigit != 0 {
		start--
	}
	if start == end || start == 0 || line[start-1] != '{' {
		return 0, false
	}
	for _, c := range []byte(line[start:end]) {
		d := int(c - '0')
		if n > (math.MaxInt-d)/10 {
			return math.MaxInt, true
		}
		n = n*10 + d
	}
	return n, true
}

// listClosed reports whether there is a ")" in line outside of quoted strings.
func listClosed(line []byte) bool {
	in := false
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '"':
			in = !in
		case line[i] == '\\' && in:
			i++
		case line[i] == ')' && !in:
			return true
		}
	}
	return false
}
