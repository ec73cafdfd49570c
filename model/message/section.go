package message

import (
	"slices"
	"strconv"
	"strings"
)

// Section is all the octets that the RFCs allow as the text of a body section,
// the canonical ones first. name is as in a FETCH response, in upper case and
// without the origin: "BODY[]", "RFC822.HEADER", "BODY[1.2.MIME]",
// "BODY[HEADER.FIELDS (FROM TO)]". known is false where the RFCs do not settle
// the answer: a part that does not exist, the MIME header of part 1 of a
// message without multipart, part 1 of a message that is itself of type
// message/rfc822 (section 6.4.5 numbers such parts only within a multipart, and
// servers differ).
func (m *Message) Section(name string) (texts []string, known bool) {
	switch name {
	case "RFC822":
		name = "BODY[]"
	case "RFC822.HEADER":
		name = "BODY[HEADER]"
	case "RFC822.TEXT":
		name = "BODY[TEXT]"
	}
	spec, ok := strings.CutPrefix(name, "BODY[")
	if !ok || !strings.HasSuffix(spec, "]") {
		return nil, false
	}
	spec = spec[:len(spec)-1]
	if spec == "" {
		return []string{m.octets}, true
	}
	e, message := m.root, m.root // message is what HEADER and TEXT are of
	part, self := false, false   // self: e is a message, and its text is the part
	for spec != "" && spec[0] >= '0' && spec[0] <= '9' {
		number, rest, _ := strings.Cut(spec, ".")
		n, err := strconv.Atoi(number)
		if err != nil {
			return nil, false
		}
		from := e // whose parts the number counts
		if part {
			if from = e.parent(); from == nil {
				return nil, false
			}
		}
		if e, self = from.child(n); e == nil || self && e.inner != nil {
			return nil, false
		}
		message, part, spec = e.inner, true, rest
	}
	switch {
	case spec == "":
		return []string{m.body(e)}, true
	case spec == "MIME":
		if !part || self {
			return nil, false
		}
		return m.headers(e, m.header(e)), true
	case message == nil:
		return nil, false
	case spec == "HEADER":
		return m.headers(message, m.header(message)), true
	case spec == "TEXT":
		return []string{m.body(message)}, true
	}
	if list, ok := strings.CutPrefix(spec, "HEADER.FIELDS ("); ok {
		return m.headers(message, m.subset(message, list, true)), true
	}
	if list, ok := strings.CutPrefix(spec, "HEADER.FIELDS.NOT ("); ok {
		return m.headers(message, m.subset(message, list, false)), true
	}
	return nil, false
}

// child is part n of a message or of a multipart. The text of a message that is
// no multipart is its part 1 (RFC 3501 section 6.4.5): self says so.
func (e *entity) child(n int) (part *entity, self bool) {
	switch {
	case e.parts == nil && n == 1:
		return e, true
	case n < 1 || n > len(e.parts):
		return nil, false
	}
	return e.parts[n-1], false
}

// parent is the entity whose parts the numbers below a part count, nil if there
// are none: the part itself if it is a multipart, or the message in it.
func (e *entity) parent() *entity {
	if e.parts != nil {
		return e
	}
	return e.inner
}

// headers adds to the text of a header what else is allowed. The blank line is
// in all header fetches but those of a message which has neither body nor blank
// line (RFC 3501 section 6.4.5); servers need not tell that from a message with
// an empty body.
func (m *Message) headers(e *entity, text string) []string {
	if e.bare {
		return []string{text, text + "\r\n"}
	}
	if e.split == e.end {
		return []string{text, strings.TrimSuffix(text, "\r\n")}
	}
	return []string{text}
}

// subset is the fields of a header whose names are in the list, "FROM TO)", or
// are not.
func (m *Message) subset(e *entity, list string, in bool) string {
	names := strings.Fields(strings.ReplaceAll(strings.TrimSuffix(list, ")"), `"`, ""))
	var b strings.Builder
	for i := range e.fields {
		f := &e.fields[i]
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, f.name) }) == in {
			b.WriteString(f.name + ":" + f.text + "\r\n")
		}
	}
	if !e.bare {
		b.WriteString("\r\n")
	}
	return b.String()
}

// Parts are the section part numbers that exist, in order: "1", "2", "2.1". There
// is at least one. Below part 1 of a message of type message/rfc822, which
// [Message.Section] does not know, it goes no further.
func (m *Message) Parts() []string {
	return m.root.numbers(nil, "")
}

func (e *entity) numbers(list []string, prefix string) []string {
	if e.parts == nil {
		return append(list, prefix+"1")
	}
	for i, p := range e.parts {
		number := prefix + strconv.Itoa(i+1)
		list = append(list, number)
		if below := p.parent(); below != nil {
			list = below.numbers(list, number+".")
		}
	}
	return list
}
