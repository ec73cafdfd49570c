package message

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// nowhere is in no message.
const nowhere = "xyzzyplugh"

// Words are strings worth a search: some of header fields, of bodies, of nested
// parts, some in another case, and one that is nowhere. Those with octets above
// 127 are UTF-8 and need a literal and CHARSET UTF-8.
func (m *Message) Words() []string {
	var list []string
	add := func(text string) {
		if w := word(text); w != "" && utf8.ValidString(w) && !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	m.root.each(func(e *entity, _ bool) {
		for i := range e.fields {
			f := &e.fields[i]
			for _, a := range f.people {
				add(a.name)
				add(a.decoded)
				add(a.mailbox)
				add(a.host)
			}
			if f.people == nil && f.date.IsZero() {
				add(f.decoded)
				add(f.text)
			}
		}
		if e.parts == nil && e.inner == nil {
			add(e.plain)
			add(e.text)
		}
	})
	for i, w := range list {
		if i%3 == 2 && ascii(w) {
			list[i] = strings.ToUpper(w)
		}
	}
	return append(list, nowhere)
}

// word is the longest word of a text, the first of that length, and no more of
// it than a person would type.
func word(text string) string {
	best := ""
	for _, w := range strings.FieldsFunc(text, func(r rune) bool {
		return r <= ' ' || strings.ContainsRune("\"\\()<>,;:=?%*{}[]", r)
	}) {
		if len(w) > len(best) {
			best = w
		}
	}
	if len(best) > 16 && ascii(best) {
		best = best[:16]
	}
	return best
}
