package message

import (
	"strconv"
	"strings"
)

// value is a piece of an answer in IMAP notation: NIL, a string, a number or a
// list.
type value struct {
	kind byte // of the kinds below
	text string
	list []value
}

const (
	aNil    = 'N'
	aString = '"'
	aNumber = '0'
	aList   = '('
)

// read takes a value off the front of s, which the grammar is known to allow.
func read(s string) (v value, rest string, ok bool) {
	s = strings.TrimLeft(s, " ")
	if s == "" {
		return v, s, false
	}
	switch s[0] {
	case '(':
		v.kind, s = aList, s[1:]
		for {
			s = strings.TrimLeft(s, " ")
			if strings.HasPrefix(s, ")") {
				return v, s[1:], true
			}
			var e value
			if e, s, ok = read(s); !ok {
				return v, s, false
			}
			v.list = append(v.list, e)
		}
	case '"':
		var b strings.Builder
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '"':
				return value{kind: aString, text: b.String()}, s[i+1:], true
			case '\\':
				if i++; i == len(s) {
					return v, s, false
				}
			}
			b.WriteByte(s[i])
		}
		return v, s, false
	case '{':
		size, rest, found := strings.Cut(s[1:], "}\r\n")
		n, err := strconv.Atoi(strings.TrimSuffix(size, "+"))
		if !found || err != nil || n < 0 || n > len(rest) {
			return v, s, false
		}
		return value{kind: aString, text: rest[:n]}, rest[n:], true
	}
	end := strings.IndexAny(s, " ()")
	if end < 0 {
		end = len(s)
	}
	word := s[:end]
	switch {
	case strings.EqualFold(word, "NIL"):
		return value{kind: aNil}, s[end:], true
	case word != "" && strings.Trim(word, "0123456789") == "":
		return value{kind: aNumber, text: word}, s[end:], true
	}
	return v, s, false
}

// readAll is the one value that s is.
func readAll(s string) (value, bool) {
	v, rest, ok := read(s)
	return v, ok && strings.Trim(rest, " ") == ""
}

// Canonical is an ENVELOPE, BODY or BODYSTRUCTURE in one of its spellings: every
// string quoted if it can be, single spaces, no folds. What cannot be read stays as
// it is.
func Canonical(raw string) string {
	v, ok := readAll(raw)
	if !ok {
		return raw
	}
	return v.String()
}

// String is the value in IMAP notation.
func (v value) String() string {
	switch v.kind {
	case aString:
		return quote(squeeze(v.text))
	case aNumber:
		return v.text
	case aList:
		words := make([]string, len(v.list))
		for i, e := range v.list {
			words[i] = e.String()
		}
		return "(" + strings.Join(words, " ") + ")"
	}
	return "NIL"
}

// at is element i of a list, NIL if there is none.
func (v value) at(i int) value {
	if i >= len(v.list) {
		return value{kind: aNil}
	}
	return v.list[i]
}

// empty reports whether the value is NIL or "".
func (v value) empty() bool { return v.kind == aNil || v.kind == aString && v.text == "" }

// is reports whether the value is that text, but for folds and white space.
func (v value) is(text string) bool {
	return v.kind == aString && (v.text == text || squeeze(v.text) == squeeze(text))
}

// isCoded is [value.is] for a text with encoded words: a server may give them as
// they are, decoded, or encoded anew.
func (v value) isCoded(text, decoded string) bool {
	return v.is(text) || decoded != "" && v.kind == aString && squeeze(decodeWords(squeeze(v.text))) == squeeze(decoded)
}

// isFold is [value.is] without regard to case.
func (v value) isFold(text string) bool {
	return v.kind == aString && strings.EqualFold(squeeze(v.text), squeeze(text))
}

// squeeze makes every run of white space one space, and none at the ends: that
// is how far servers unfold differently.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// escape puts a backslash before what a quoted string escapes (RFC 3501 section 9,
// quoted-specials).
var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// quote is a string in IMAP notation.
func quote(s string) string {
	for i := range len(s) {
		if c := s[i]; c == '\r' || c == '\n' || c == 0 || c > 127 {
			return "{" + strconv.Itoa(len(s)) + "}\r\n" + s
		}
	}
	return `"` + escape.Replace(s) + `"`
}

// quoteOrNil is a string, or NIL for none.
func quoteOrNil(s string) string {
	if s == "" {
		return "NIL"
	}
	return quote(s)
}
