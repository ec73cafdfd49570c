package message

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Match is what SEARCH has to find. key is BCC, BODY, CC, FROM, SUBJECT, TEXT, TO
// or HEADER with a field name; inUTF8 says that the search has CHARSET UTF-8. must
// means that every conforming server finds the message, and without may none
// does; between the two lies what RFC 3501 section 6.4.4 leaves open: texts
// across a line end, encoded words and transfer encodings outside of CHARSET
// UTF-8, how an address is put together, what of a nested message is body, and
// whether HEADER looks into parts.
func (m *Message) Match(key, field, text string, inUTF8 bool) (must, may bool) {
	n := newNeedle(text, inUTF8)
	switch strings.ToUpper(key) {
	case "BCC", "CC", "FROM", "TO", "SUBJECT":
		must, may = m.root.matchField(key, n)
		return must, may || text == ""
	case "HEADER":
		if text == "" && m.root.field(field) != nil {
			return true, true
		}
		must, may = m.root.matchField(field, n)
		m.root.each(func(e *entity, _ bool) {
			_, inside := e.matchField(field, n) // that of a part is one of the message's to some servers
			may = may || inside
		})
		return must, may
	case "BODY":
		return m.matchBody(n)
	case "TEXT":
		must, may = m.matchBody(n)
		for i := range m.root.fields {
			if must {
				return true, true
			}
			f := &m.root.fields[i]
			sure, open := f.match(n)
			must, may = sure, may || open
		}
		return must, may || n.open(m.header(m.root))
	}
	return false, true
}

// needle is a text that is searched for.
type needle struct {
	text  string
	utf8  bool
	exact bool   // servers agree on where it is: no white space but single spaces within, no quotes
	core  string // see letters
	vague bool   // its core is not all of it
}

func newNeedle(text string, inUTF8 bool) needle {
	n := needle{text: text, utf8: inUTF8}
	var known bool
	n.core, known = letters(text)
	n.exact = text != "" && text == squeeze(text) && !strings.ContainsAny(text, "\\\"\x00\x7f") && (inUTF8 || ascii(text))
	n.vague = !known || !inUTF8 && !ascii(text)
	return n
}

// in reports whether every server finds the needle in the text: it has no line
// ends, so it is within one line.
func (n needle) in(text string) bool {
	return n.exact && containsFold(text, n.text)
}

// open reports whether a server may find the needle in the text: it is there
// when both are reduced to their letters and digits.
func (n needle) open(text string) bool {
	if n.vague || n.core == "" {
		return true
	}
	core, _ := letters(text)
	return strings.Contains(core, n.core)
}

// matchField matches the fields of one name.
func (e *entity) matchField(name string, n needle) (must, may bool) {
	for i := range e.fields {
		if f := &e.fields[i]; strings.EqualFold(f.name, name) {
			sure, open := f.match(n)
			must, may = must || sure, may || open
		}
	}
	return must, may
}

func (f *field) match(n needle) (must, may bool) {
	switch {
	case f.people != nil:
		must = slices.ContainsFunc(f.people, func(a address) bool {
			return a.host != "" && (n.in(a.mailbox) || n.in(a.host)) || a.decoded == "" && n.in(a.name) || n.utf8 && n.in(a.decoded)
		})
	case f.decoded != "":
		must = n.utf8 && n.in(f.decoded)
	default:
		must = n.in(f.text)
	}
	may = must || n.open(f.text) || n.open(f.decoded) ||
		slices.ContainsFunc(f.people, func(a address) bool { return n.open(a.show()) })
	return must, may
}

// show is an address as it is told with all that it has.
func (a address) show() string {
	name := a.name + a.comment
	if a.decoded != "" {
		name = a.decoded
	}
	return name + a.mailbox + a.host
}

// matchBody matches the body. Text within a nested message, and what frames
// the parts, is body to some servers only.
func (m *Message) matchBody(n needle) (must, may bool) {
	var all strings.Builder // what the parts say, one behind the other
	m.root.each(func(e *entity, nested bool) {
		for i := range e.fields {
			if e != m.root {
				all.WriteString(e.fields[i].decoded)
				for _, a := range e.fields[i].people {
					all.WriteString(a.show())
				}
			}
		}
		if e.parts != nil || e.inner != nil {
			return
		}
		typ, subtype := e.media()
		all.WriteString(e.plain)
		if strings.EqualFold(subtype, "html") {
			all.WriteString(untagged(e.plain))
		}
		if !nested && strings.EqualFold(typ, "text") && strings.EqualFold(subtype, "plain") {
			must = must || n.in(e.plain) && (n.utf8 || e.text == e.plain)
		}
	})
	return must, must || n.open(m.body(m.root)) || n.open(all.String())
}

// each visits the tree; nested tells what is in a message within the message.
func (e *entity) each(visit func(e *entity, nested bool)) { e.visit(visit, false) }

func (e *entity) visit(visit func(e *entity, nested bool), nested bool) {
	visit(e, nested)
	for _, p := range e.parts {
		p.visit(visit, nested)
	}
	if e.inner != nil {
		e.inner.visit(visit, true)
	}
}

// untagged is HTML without its tags.
func untagged(s string) string {
	var b strings.Builder
	for s != "" {
		text, rest, _ := strings.Cut(s, "<")
		b.WriteString(text)
		_, s, _ = strings.Cut(rest, ">")
	}
	return b.String()
}

// plainLetters are the letters of the messages that are not ASCII, without
// their marks: servers may compare them so.
var plainLetters = map[rune]byte{'ä': 'a', 'Ä': 'a', 'é': 'e', 'É': 'e', 'ï': 'i', 'ö': 'o', 'Ö': 'o', 'ü': 'u', 'Ü': 'u', 'ñ': 'n'}

// letters reduces a text to its ASCII letters and digits in lower case; known
// is false if there are others than those of plainLetters in it.
func letters(s string) (core string, known bool) {
	b := make([]byte, 0, len(s))
	known = true
	for i := 0; i < len(s); i++ {
		switch c := lower(s[i]); {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			b = append(b, c)
		case c > 127:
			r, size := utf8.DecodeRuneInString(s[i:])
			i += size - 1
			if c, ok := plainLetters[r]; ok {
				b = append(b, c)
			} else {
				known = false
			}
		}
	}
	return string(b), known
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 })
}

// containsFold reports whether sub is in s without regard to the case of ASCII.
func containsFold(s, sub string) bool {
	for i := 0; i+len(sub) <= len(s); i++ {
		if equalFold(s[i:i+len(sub)], sub) {
			return true
		}
	}
	return false
}

func equalFold(a, b string) bool {
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}
