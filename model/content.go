package model

import (
	"fmt"
	"slices"
	"time"
)

var (
	ruleDateKept = rule("date-kept", "2.3.1.1", MUST,
		"The internal date of a message, once shown, never changes.", "FETCH")
	ruleSize = rule("size-is-octets", "2.3.4", MUST,
		"RFC822.SIZE is the number of octets of the message.", "FETCH")
	ruleSection = rule("section-octets", "6.4.5", MUST,
		"A body section has just the octets of that part of the message.", "FETCH")
	ruleEnvelope = rule("envelope", "7.4.2", MUST,
		"ENVELOPE has the fields of the message's header, and From in the place of a missing Sender or Reply-To.", "FETCH")
	ruleStructure = rule("body-structure", "7.4.2", MUST,
		"BODY and BODYSTRUCTURE have the MIME structure of the message, with the size of each part in octets and lines.", "FETCH")
)

// content judges the octets, size and date of a message.
func (j *judge) content(m *Msg, a *Att) {
	if m.gone || j.s.Vague {
		return
	}
	cause := Cause{Command: j.base(), State: j.phase}
	switch a.Name {
	case "RFC822.SIZE":
		if m.altered() && int(a.Num) == len(m.Body) {
			m.kept = true
		}
		if cause.Rule = ruleSize; !m.NoBody && !m.altered() && int(a.Num) != len(m.Body) {
			if other := j.mistaken(m, int(a.Num)); other.Rule != nil {
				cause, m.NoBody = other, true
			}
			j.reportBy(cause, fmt.Sprintf("RFC822.SIZE %d", a.Num), fmt.Sprintf("RFC822.SIZE %d", len(m.Body)))
		}
	case "INTERNALDATE":
		d, err := time.Parse("_2-Jan-2006 15:04:05 -0700", a.Text)
		if err != nil {
			return
		}
		if m.undated.Rule != nil && d.Before(sinceThen) {
			j.reportBy(m.undated, "INTERNALDATE \""+a.Text+"\"", "the date and time of the APPEND")
		}
		m.undated = Cause{}
		if m.DateBy.Rule != nil && !d.Equal(m.Date) {
			j.reportBy(m.DateBy, "INTERNALDATE \""+a.Text+"\"", "INTERNALDATE \""+m.Date.Format("_2-Jan-2006 15:04:05 -0700")+"\"")
		}
		m.Date, m.DateBy = d, Cause{ruleDateKept, "FETCH", Selected}
	case "ENVELOPE", "BODY", "BODYSTRUCTURE":
		j.structure(m, a)
	default:
		j.section(m, a)
	}
}

// mistaken is what to blame if m has size octets because it is not the message
// that it is taken for: the COPYUID that says which of several copies it is, if
// one of those has that size, or what added it, if nothing has shown that it is there.
func (j *judge) mistaken(m *Msg, size int) Cause {
	if v := j.c.View; m.copyBy.Rule != nil && v != nil {
		if slices.ContainsFunc(v.Box.Msgs, func(o *Msg) bool {
			return o != m && o.copyBy == m.copyBy && len(o.Body) == size
		}) {
			return m.copyBy
		}
	}
	return m.addedBy
}

// structure judges an ENVELOPE, BODY or BODYSTRUCTURE: the first field that is
// wrong, if any, is reported. What was right once is right again.
func (j *judge) structure(m *Msg, a *Att) {
	tree := m.built()
	if tree == nil || m.right[a.Name] == a.Raw {
		return
	}
	r, field, want := ruleStructure, "", ""
	if a.Name == "ENVELOPE" {
		r = ruleEnvelope
		field, want = tree.Envelope(a.Raw)
	} else {
		field, want = tree.Structure(a.Raw, a.Name == "BODYSTRUCTURE")
	}
	if field != "" {
		j.reportPart(r, field, a.Name+" "+a.Raw, field+": "+want)
		return
	}
	if m.right == nil {
		m.right = map[string]string{}
	}
	m.right[a.Name] = a.Raw
}

// section judges the octets of a body section.
func (j *judge) section(m *Msg, a *Att) {
	texts := m.section(a.Name)
	first := ""
	for i, text := range texts {
		if a.Origin >= 0 {
			text = j.partial(a, text)
		}
		if a.Text == text || a.Nil && text == "" {
			return
		}
		if i == 0 {
			first = text
		}
	}
	if len(texts) > 0 {
		j.report(ruleSection, fmt.Sprintf("%s of %d octets: %s", a.wanted(), len(a.Text), clip(a.Text)),
			fmt.Sprintf("%d octets: %s", len(first), clip(first)))
		j.out[len(j.out)-1].Command = j.base()
	}
}

// clip is text as evidence: quoted, and cut after 60 octets.
func clip(s string) string {
	if len(s) > 60 {
		return fmt.Sprintf("%q...", s[:60])
	}
	return fmt.Sprintf("%q", s)
}
