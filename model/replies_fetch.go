package model

import (
	"slices"

	"github.com/imapcheck/imapcheck/model/message"
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
		t, asked := &a.ses.Told[i], items
		if at := a.ses.Box.Find(t.UID); at >= 0 {
			m := &a.ses.Box.Mail[at]
			if sees && !a.ses.ReadOnly && !m.Has(`\Seen`) {
				m.Set(`\Seen`, true)
				if !wants(asked, "FLAGS") {
					asked = append(slices.Clone(asked), item{name: "FLAGS", origin: -1})
				}
			}
			if wants(asked, "FLAGS") {
				t.Flags = m.Flags
			}
		}
		atts := make([]Att, len(asked))
		for k, it := range asked {
			atts[k] = t.att(it)
		}
		a.show(i, asked, atts...)
	}
	a.ok(nil)
}

func wants(items []item, name string) bool {
	return slices.ContainsFunc(items, func(it item) bool { return it.name == name })
}

// att is a data item of the message.
func (m *Mail) att(it item) Att {
	a := Att{Name: it.name, Origin: it.origin}
	switch it.name {
	case "FLAGS":
		a.Flags = m.shown()
	case "UID":
		a.Num = m.UID
	case "RFC822.SIZE":
		a.Num = uint32(len(m.Body))
	case "INTERNALDATE":
		a.Text = m.Date.Format("_2-Jan-2006 15:04:05 -0700")
	case "ENVELOPE":
		a.Raw = m.tree().ShowEnvelope()
	case "BODY", "BODYSTRUCTURE":
		a.Raw = m.tree().ShowStructure(it.name == "BODYSTRUCTURE")
	default:
		texts, known := m.tree().Section(it.name)
		if a.Nil = !known; known {
			a.Text = texts[0]
		}
		if known && it.origin >= 0 {
			a.Text = Partial(a.Text, it.origin, it.length)
		}
	}
	return a
}

// tree is the message as it was built, or else as it is read.
func (m *Mail) tree() *message.Message {
	if t := message.Find(m.Body); t != nil {
		return t
	}
	return message.Read(m.Body)
}
