package message

import (
	"slices"
	"strings"
	"time"
)

// members are the members of an ENVELOPE in order, with the fields they are of.
var members = []struct {
	name   string
	field  string
	people bool
}{
	{"date", "Date", false},
	{"subject", "Subject", false},
	{"from", "From", true},
	{"sender", "Sender", true},
	{"reply-to", "Reply-To", true},
	{"to", "To", true},
	{"cc", "Cc", true},
	{"bcc", "Bcc", true},
	{"in-reply-to", "In-Reply-To", false},
	{"message-id", "Message-ID", false},
}

// Envelope holds an ENVELOPE, octets of the parenthesized list, against the
// message. It returns the first member that is wrong ("date", "subject", "from",
// "sender", "reply-to", "to", "cc", "bcc", "in-reply-to", "message-id") and what
// is right in IMAP notation; nothing if all of it is allowed.
func (m *Message) Envelope(raw string) (field, want string) {
	v, ok := readAll(raw)
	if !ok || v.kind != aList {
		return "", "" // the grammar's business
	}
	return m.root.envelope(v)
}

func (e *entity) envelope(v value) (field, want string) {
	for i, mem := range members {
		got := v.at(i)
		switch {
		case mem.people:
			if list := e.people(mem.field); !samePeople(got, list) {
				return mem.name, showPeople(list)
			}
		case !e.sameField(got, mem.field):
			f := e.field(mem.field)
			if f == nil {
				return mem.name, "NIL"
			}
			return mem.name, quote(squeeze(f.text))
		}
	}
	return "", ""
}

// sameField compares a member that is a string (RFC 3501 section 7.4.2): NIL if
// there is no such field.
func (e *entity) sameField(got value, name string) bool {
	f := e.field(name)
	if f == nil {
		return got.kind == aNil
	}
	if squeeze(f.text) == "" {
		return got.empty() || got.is("")
	}
	return got.isCoded(f.text, f.decoded) ||
		!f.date.IsZero() && got.kind == aString && sameDate(got.text, f.date)
}

// sameDate reports whether a server wrote the date anew, as is its right: what
// has to be right is the time and the zone.
func sameDate(text string, date time.Time) bool {
	for _, layout := range []string{time.RFC1123Z, "Mon, _2 Jan 2006 15:04:05 -0700", "_2 Jan 2006 15:04:05 -0700"} {
		if t, err := time.Parse(layout, squeeze(text)); err == nil {
			_, zone := t.Zone()
			_, same := date.Zone()
			return t.Equal(date) && zone == same
		}
	}
	return false
}

// people is the address list of a field. Sender and Reply-To are those of From
// if they are absent or empty (RFC 3501 section 7.4.2).
func (e *entity) people(name string) []address {
	f := e.field(name)
	if (f == nil || len(f.people) == 0) && (name == "Sender" || name == "Reply-To") {
		f = e.field("From")
	}
	if f == nil {
		return nil
	}
	return f.people
}

func samePeople(got value, list []address) bool {
	if len(list) == 0 {
		return got.kind == aNil
	}
	return got.kind == aList && slices.EqualFunc(got.list, list, func(v value, a address) bool { return a.same(v) })
}

func showPeople(list []address) string {
	if len(list) == 0 {
		return "NIL"
	}
	var b strings.Builder
	b.WriteByte('(')
	for _, a := range list {
		b.WriteString("(" + quoteOrNil(a.name) + " NIL " + quoteOrNil(a.mailbox) + " " + quoteOrNil(a.host) + ")")
	}
	return b.String() + ")"
}
