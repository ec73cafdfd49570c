package wire

import (
	"strconv"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// octetClass is a set of the terminal classes of RFC 3501 section 9.
type octetClass uint16

const (
	clsAtom     octetClass = 1 << iota // ATOM-CHAR
	clsAString                         // ASTRING-CHAR
	clsTag                             // ASTRING-CHAR except "+"
	clsText                            // TEXT-CHAR
	clsCodeArg                         // TEXT-CHAR except "]"
	clsQuoted                          // TEXT-CHAR except quoted-specials
	clsDigit                           // DIGIT
	clsAttName                         // what the names of msg-att are made of
	clsLabel                           // tagged-label-char (RFC 4466)
	clsObjectID                        // what an objectid is made of (RFC 8474)
)

// octetClasses holds the classes of every octet.
var octetClasses = func() (t [256]octetClass) {
	for i := range t {
		c := byte(i)
		set := func(class octetClass, in bool) {
			if in {
				t[i] |= class
			}
		}
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		digit := '0' <= c && c <= '9'
		text := c != 0 && c < 0x80 && c != '\r' && c != '\n'
		set(clsAtom, model.IsAtomChar(c))
		set(clsAString, model.IsAStringChar(c))
		set(clsTag, model.IsAStringChar(c) && c != '+')
		set(clsText, text)
		set(clsCodeArg, text && c != ']')
		set(clsQuoted, text && c != '"' && c != '\\')
		set(clsDigit, digit)
		set(clsAttName, letter || digit || c == '.')
		set(clsLabel, letter || digit || strings.IndexByte("-_.:", c) >= 0)
		set(clsObjectID, letter || digit || c == '_' || c == '-')
	}
	return t
}()

// scanner reads one response from front to back, one method for each rule of
// section 9. Its first error sticks: failing moves it to the end of its input,
// where there is nothing left to read and every loop stops. Values that are
// read after an error are without meaning.
type scanner struct {
	s        string
	i        int // the next octet
	depth    int // parentheses that are open
	maxDepth int
	deep     bool // maxDepth was exceeded
	err      *model.SyntaxError
}

func (p *scanner) fail(rule, want string) { p.failAt(p.i, rule, want) }

// failAt records that the octet at i is not what rule wants. A CR or LF that is
// no part of a line end is its own offence, whatever it interrupts, except in
// a quoted string, where section 9 names it.
func (p *scanner) failAt(i int, rule, want string) {
	if p.err != nil {
		return
	}
	got := "end of response"
	if i < len(p.s) {
		got = strconv.Quote(p.s[i : i+1])
		if c := p.s[i]; (c == '\r' || c == '\n') && rule != "QUOTED-CHAR" {
			rule, want = "CRLF", "CRLF"
		}
	}
	if rfc := extensionRules[rule]; rfc != "" {
		want += " (" + rfc + ")"
	}
	p.err = &model.SyntaxError{Offset: i, Rule: rule, Want: want, Got: got}
	p.i = len(p.s)
}

// peek is the next octet; NUL, which no rule wants, at the end.
func (p *scanner) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *scanner) atEnd() bool { return p.i == len(p.s) }

// octet reads c.
func (p *scanner) octet(c byte, rule string) {
	if p.peek() != c {
		p.fail(rule, `"`+string(rune(c))+`"`)
		return
	}
	p.i++
}

func (p *scanner) sp(rule string) {
	if p.peek() != ' ' {
		p.fail(rule, "SP")
		return
	}
	p.i++
}

// skip reads c if it is next.
func (p *scanner) skip(c byte) bool {
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}

// open reads "(", close ")".
func (p *scanner) open(rule string) {
	if p.depth++; p.depth > p.maxDepth && p.peek() == '(' {
		p.deep = true
		p.fail(rule, "at most "+strconv.Itoa(p.maxDepth)+" open parentheses")
		return
	}
	p.octet('(', rule)
}

func (p *scanner) close(rule string) {
	p.depth--
	p.octet(')', rule)
}

// end is the end of the response, the CRLF that the framing took off.
func (p *scanner) end(rule string) {
	if !p.atEnd() {
		p.fail(rule, "CRLF")
	}
}

// run is the longest run of octets of a class, perhaps none.
func (p *scanner) run(class octetClass) string {
	start := p.i
	for p.i < len(p.s) && octetClasses[p.s[p.i]]&class != 0 {
		p.i++
	}
	return p.s[start:p.i]
}

func (p *scanner) atom(rule string) string {
	a := p.run(clsAtom)
	if a == "" {
		p.fail(rule, "atom")
	}
	return a
}

// text reads 1*TEXT-CHAR up to the end of the response.
func (p *scanner) text() string {
	t := p.run(clsText)
	switch {
	case !p.atEnd():
		p.fail("TEXT-CHAR", "TEXT-CHAR")
	case t == "":
		p.fail("text", "TEXT-CHAR")
	}
	return t
}

func (p *scanner) quoted() string {
	p.octet('"', "quoted")
	start := p.i
	p.run(clsQuoted)
	if p.peek() != '\\' {
		s := p.s[start:p.i]
		p.closeQuote()
		return s
	}
	var b strings.Builder
	b.WriteString(p.s[start:p.i])
	for p.skip('\\') {
		c := p.peek()
		if c != '"' && c != '\\' {
			p.fail("QUOTED-CHAR", `"\"" or "\\"`)
			return ""
		}
		p.i++
		b.WriteByte(c)
		b.WriteString(p.run(clsQuoted))
	}
	p.closeQuote()
	return b.String()
}

// closeQuote reads the DQUOTE after all the QUOTED-CHARs.
func (p *scanner) closeQuote() {
	if p.atEnd() {
		p.fail("quoted", `"\""`)
	} else if !p.skip('"') {
		p.fail("QUOTED-CHAR", "QUOTED-CHAR")
	}
}

// literal is what rule says: "literal", or "literal8" behind its "~" (RFC 3516),
// which may have NULs.
func (p *scanner) literal(rule string) string {
	p.octet('{', rule)
	n := p.number()
	p.octet('}', rule)
	if p.err != nil {
		return ""
	}
	if !strings.HasPrefix(p.s[p.i:], "\r\n") {
		p.fail(rule, "CRLF")
		return ""
	}
	p.i += 2
	if uint64(len(p.s)-p.i) < uint64(n) {
		p.failAt(len(p.s), rule, strconv.FormatUint(uint64(n), 10)+" octets")
		return ""
	}
	s := p.s[p.i : p.i+int(n)]
	if nul := strings.IndexByte(s, 0); nul >= 0 && rule == "literal" {
		p.failAt(p.i+nul, "CHAR8", "CHAR8")
		return ""
	}
	p.i += len(s)
	return s
}

// str reads a string; rule is the one to blame if there is none.
func (p *scanner) str(rule string) string {
	switch p.peek() {
	case '"':
		return p.quoted()
	case '{':
		return p.literal("literal")
	}
	p.fail(rule, "string")
	return ""
}

func (p *scanner) nstring() (s string, isNil bool) {
	if p.skipNil() {
		return "", true
	}
	if c := p.peek(); c != '"' && c != '{' {
		p.fail("nstring", "string or NIL")
		return "", false
	}
	return p.str("nstring"), false
}

// skipNil reads nil if it is next.
func (p *scanner) skipNil() bool {
	if len(p.s)-p.i >= 3 && sameFold(p.s[p.i:p.i+3], "NIL") {
		p.i += 3
		return true
	}
	return false
}

func (p *scanner) astring() string {
	if c := p.peek(); c == '"' || c == '{' {
		return p.str("astring")
	}
	s := p.run(clsAString)
	if s == "" {
		p.fail("astring", "astring")
	}
	return s
}

func (p *scanner) mailbox() string { return model.FoldInbox(p.astring()) }

// sameFold reports whether s is the ASCII keyword, in any case. Unlike
// strings.EqualFold it takes no Kelvin sign for a K.
func sameFold(s, keyword string) bool {
	if len(s) != len(keyword) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if asciiUpper(s[i]) != asciiUpper(keyword[i]) {
			return false
		}
	}
	return true
}

func asciiUpper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}

// upper7 is s with its ASCII letters in upper case; other octets stay.
func upper7(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] != asciiUpper(s[i]) {
			b := []byte(s)
			for ; i < len(b); i++ {
				b[i] = asciiUpper(b[i])
			}
			return string(b)
		}
	}
	return s
}
