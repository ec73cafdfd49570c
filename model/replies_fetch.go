package model

import (
	"slices"
	"strconv"
	"strings"
)

// fetch answers FETCH and UID FETCH (section 6.4.5).
func (a *answer) fetch(c Fetch) {
	places, ok := a.ses.places(c.Set, c.UID)
	if !ok {
		a.refuse("There is no such message")
		return
	}
	items := c.items()
	sees := slices.ContainsFunc(items, func(it item) bool { return it.seen })
	for _, i := range places {
		t, asked := &a.ses.told[i], items
		if at := a.ses.box.find(t.uid); at >= 0 {
			m := &a.ses.box.mail[at]
			if sees && !a.ses.readOnly && !m.has(`\Seen`) {
				m.set(`\Seen`, true)
				if !wants(asked, "FLAGS") {
					asked = append(slices.Clone(asked), item{name: "FLAGS", origin: -1})
				}
			}
			if wants(asked, "FLAGS") {
				t.flags = m.flags
			}
		}
		content := &Msg{Body: t.body}
		atts := make([]Att, len(asked))
		for k, it := range asked {
			atts[k] = t.att(content, it)
		}
		a.show(i, asked, atts...)
	}
	a.ok(nil)
}

func wants(items []item, name string) bool {
	return slices.ContainsFunc(items, func(it item) bool { return it.name == name })
}

// att is a data item of the message, whose octets are those of content.
func (m *mail) att(content *Msg, it item) Att {
	a := Att{Name: it.name, Origin: it.origin}
	switch it.name {
	case "FLAGS":
		a.Flags = m.shown()
	case "UID":
		a.Num = m.uid
	case "RFC822.SIZE":
		a.Num = uint32(len(m.body))
	case "INTERNALDATE":
		a.Text = m.date.Format("_2-Jan-2006 15:04:05 -0700")
	case "ENVELOPE":
		a.Raw = content.envelope()
	case "BODY", "BODYSTRUCTURE":
		a.Raw = content.bodyStructure(it.name == "BODYSTRUCTURE")
	default:
		text, ok := content.text(it.name)
		switch a.Nil = !ok; {
		case a.Nil:
		case it.origin >= 0:
			a.Text = Partial(text, it.origin, it.length)
		default:
			a.Text = text
		}
	}
	return a
}

// text is a section of the message; not ok if it has none. Of octets that were not
// built from a tree, only what needs no MIME is known.
func (m *Msg) text(section string) (string, bool) {
	if m.altered(); m.tree != nil {
		texts, known := m.tree.Section(section)
		if !known {
			return "", false
		}
		return texts[0], true
	}
	header, text, _ := strings.Cut(m.Body, "\r\n\r\n")
	if header += "\r\n"; strings.Contains(m.Body, "\r\n\r\n") {
		header += "\r\n"
	}
	switch section {
	case "BODY[]", "RFC822":
		return m.Body, true
	case "BODY[TEXT]", "RFC822.TEXT", "BODY[1]":
		return text, true
	case "BODY[HEADER]", "RFC822.HEADER":
		return strings.TrimSuffix(m.Body, text), true
	}
	return "", false
}

// envelope is the ENVELOPE. Of octets that were not built from a tree nothing is said.
func (m *Msg) envelope() string {
	if m.altered(); m.tree != nil {
		return m.tree.ShowEnvelope()
	}
	return "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
}

// bodyStructure is the BODYSTRUCTURE, or the BODY if not extended.
func (m *Msg) bodyStructure(extended bool) string {
	if m.altered(); m.tree != nil {
		return m.tree.ShowStructure(extended)
	}
	text, _ := m.text("BODY[TEXT]")
	return `("TEXT" "PLAIN" NIL NIL NIL "7BIT" ` + strconv.Itoa(len(text)) + " " + strconv.Itoa(strings.Count(text, "\n")) + ")"
}
