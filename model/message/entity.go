package message

import (
	"strings"
	"time"
)

// field is a header field, with what it means.
type field struct {
	name string
	text string // what is behind the colon, folds included, without the last CRLF

	decoded string    // the text with its encoded words decoded, if it has any
	people  []address // of an address field
	date    time.Time // of Date
	value   string    // of Content-Type and Content-Disposition, without the parameters
	params  []param   // of the same
	tags    []string  // of Content-Language
}

// param is a parameter of a MIME field; its value is not quoted.
type param struct{ name, value string }

// entity is a node of the tree: a message, or a part of one. It has either
// parts, or an inner message, or text.
type entity struct {
	fields []field
	bare   bool   // no blank line ends the header; there is no body
	digest bool   // a part of multipart/digest: message/rfc822 by default (RFC 2046 section 5.1.5)
	text   string // the body of a leaf, as transferred
	plain  string // the same, its transfer encoding undone

	boundary           string
	preamble, epilogue string // with the line ends that set them apart from the boundaries
	parts              []*entity

	inner *entity // of message/rfc822

	start, split, end int // octets of the message: header, body, and behind
}

// field is the first field of that name, nil if there is none.
func (e *entity) field(name string) *field {
	for i := range e.fields {
		if strings.EqualFold(e.fields[i].name, name) {
			return &e.fields[i]
		}
	}
	return nil
}

// media is the type and subtype, those of RFC 2045 section 5.2 if there is no
// Content-Type.
func (e *entity) media() (typ, subtype string) {
	if f := e.field("Content-Type"); f != nil {
		typ, subtype, _ = strings.Cut(f.value, "/")
		return typ, subtype
	}
	if e.digest {
		return "message", "rfc822"
	}
	return "text", "plain"
}

// build lays the octets of a tree out.
func build(root *entity) *Message {
	var b strings.Builder
	b.Grow(4096)
	root.write(&b)
	return &Message{octets: b.String(), root: root}
}

func (e *entity) write(b *strings.Builder) {
	e.start = b.Len()
	for i := range e.fields {
		f := &e.fields[i]
		b.WriteString(f.name)
		b.WriteByte(':')
		b.WriteString(f.text)
		b.WriteString("\r\n")
	}
	if !e.bare {
		b.WriteString("\r\n")
	}
	e.split = b.Len()
	switch {
	case e.inner != nil:
		e.inner.write(b)
	case e.parts != nil:
		b.WriteString(e.preamble)
		for i, p := range e.parts {
			if i > 0 {
				b.WriteString("\r\n")
			}
			b.WriteString("--" + e.boundary + "\r\n")
			p.write(b)
		}
		b.WriteString("\r\n--" + e.boundary + "--" + e.epilogue)
	default:
		b.WriteString(e.text)
	}
	e.end = b.Len()
}
