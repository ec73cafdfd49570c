package message

import (
	"strconv"
	"strings"
)

// ShowEnvelope is the ENVELOPE of the message, one of the right ones.
func (m *Message) ShowEnvelope() string { return m.root.showEnvelope() }

func (e *entity) showEnvelope() string {
	words := make([]string, len(members))
	for i, mem := range members {
		if mem.people {
			words[i] = showPeople(e.people(mem.field))
		} else {
			words[i] = e.showField(mem.field)
		}
	}
	return "(" + strings.Join(words, " ") + ")"
}

// showField is the text of a field, NIL if there is none.
func (e *entity) showField(name string) string {
	f := e.field(name)
	if f == nil {
		return "NIL"
	}
	return quote(squeeze(f.text))
}

// ShowStructure is the BODYSTRUCTURE of the message, or the BODY if not extended: one
// of the right ones.
func (m *Message) ShowStructure(extended bool) string { return m.showStructure(m.root, extended) }

func (m *Message) showStructure(e *entity, extended bool) string {
	typ, subtype := e.media()
	var words []string
	params := showParams(e.params("Content-Type"))
	if e.parts != nil {
		parts := ""
		for _, p := range e.parts {
			parts += m.showStructure(p, extended)
		}
		words = []string{parts, quote(subtype)}
		if extended {
			words = append(words, params)
		}
	} else {
		words = []string{quote(typ), quote(subtype), params, e.showField("Content-ID"), e.showField("Content-Description"),
			quote(e.encoding()), strconv.Itoa(e.end - e.split)}
		if e.inner != nil {
			words = append(words, e.inner.showEnvelope(), m.showStructure(e.inner, extended))
		}
		if e.inner != nil || strings.EqualFold(typ, "text") {
			low, _ := m.lines(e)
			words = append(words, strconv.Itoa(low))
		}
		if extended {
			words = append(words, e.showField("Content-MD5"))
		}
	}
	if extended {
		words = append(words, e.showDisposition(), e.showLanguage(), e.showField("Content-Location"))
	}
	return "(" + strings.Join(words, " ") + ")"
}
