package message

import (
	"slices"
	"strings"
	"time"
)

// Read is the message of any octets, as far as RFC 2822 and RFC 2045 can be made out in
// them. It is for what Find does not know: that of [New] knows itself better.
func Read(octets string) *Message {
	m := &Message{octets: octets}
	m.root = m.read(0, len(octets), false, 0)
	return m
}

// mostNested bounds how deep parts are in each other.
const mostNested = 50

// read is the entity between two octets; digest says that it is part of one.
func (m *Message) read(start, end int, digest bool, depth int) *entity {
	e := &entity{digest: digest, bare: true, start: start, split: end, end: end}
	for at := start; at < end; {
		next := m.fieldEnd(at, end)
		line := strings.TrimSuffix(m.octets[at:next], "\r\n")
		if at = next; line == "" {
			e.bare, e.split = false, at
			break
		}
		if name, text, ok := strings.Cut(line, ":"); ok {
			e.fields = append(e.fields, readField(name, text))
		}
	}
	e.text = m.body(e)
	e.plain = e.text
	typ, subtype := e.media()
	boundary := ""
	for _, p := range e.params("Content-Type") {
		if strings.EqualFold(p.name, "boundary") {
			boundary = p.value
		}
	}
	switch {
	case e.bare || depth == mostNested:
	case strings.EqualFold(typ, "multipart") && boundary != "":
		e.boundary = boundary
		m.readParts(e, strings.EqualFold(subtype, "digest"), depth+1)
	case strings.EqualFold(typ, "message") && strings.EqualFold(subtype, "rfc822"):
		e.inner = m.read(e.split, end, false, depth+1)
	}
	if strings.EqualFold(typ, "multipart") && e.parts == nil || strings.EqualFold(typ, "message") && strings.EqualFold(subtype, "rfc822") && e.inner == nil {
		e.drop("Content-Type") // it is not what it says (RFC 2045 section 5.2)
	}
	return e
}

// drop takes the meaning of a field away.
func (e *entity) drop(name string) {
	if f := e.field(name); f != nil {
		f.value, f.params = "text/plain", nil
	}
	e.digest = false
}

// fieldEnd is where the field or blank line that begins at an octet ends, folds
// included.
func (m *Message) fieldEnd(at, end int) int {
	for first := true; ; first = false {
		i := strings.Index(m.octets[at:end], "\r\n")
		if i < 0 {
			return end
		}
		at += i + 2
		if first && i == 0 || at == end || m.octets[at] != ' ' && m.octets[at] != '\t' {
			return at
		}
	}
}

// readParts are the parts of a multipart (RFC 2046 section 5.1.1). The line end before
// a boundary belongs to it.
func (m *Message) readParts(e *entity, digest bool, depth int) {
	from := -1
	for at := e.split; at < e.end; {
		next := e.end
		if i := strings.Index(m.octets[at:e.end], "\r\n"); i >= 0 {
			next = at + i + 2
		}
		rest, found := strings.CutPrefix(m.octets[at:next], "--"+e.boundary)
		last := strings.HasPrefix(rest, "--")
		if found && strings.Trim(strings.TrimPrefix(rest, "--"), " \t\r\n") == "" {
			if from >= 0 {
				e.parts = append(e.parts, m.read(from, max(from, at-2), digest, depth))
			}
			if from = next; last {
				return
			}
		}
		at = next
	}
	if from >= 0 {
		e.parts = append(e.parts, m.read(from, e.end, digest, depth))
	}
}

// dateForms are those of Date, comments taken out.
var dateForms = []string{"Mon, _2 Jan 2006 15:04:05 -0700", "_2 Jan 2006 15:04:05 -0700", "Mon, _2 Jan 2006 15:04 -0700",
	"_2 Jan 2006 15:04 -0700", "Mon, _2 Jan 2006 15:04:05 MST", "_2 Jan 2006 15:04:05 MST"}

// readField is what a header field means.
func readField(name, text string) field {
	f := field{name: strings.TrimRight(name, " \t"), text: text}
	if words := decodeWords(text); words != text {
		f.decoded = words
	}
	switch strings.ToLower(f.name) {
	case "date":
		plain, _ := uncommented(text)
		for _, form := range dateForms {
			if t, err := time.Parse(form, squeeze(plain)); err == nil {
				f.date = t
				break
			}
		}
	case "from", "sender", "reply-to", "to", "cc", "bcc":
		f.people = readPeople(text)
	case "content-type", "content-disposition":
		list := split(text, ';')
		f.value = strings.Join(strings.Fields(list[0]), "")
		for _, p := range list[1:] {
			if name, value, ok := strings.Cut(p, "="); ok {
				f.params = append(f.params, param{strings.TrimSpace(name), unquoted(strings.TrimSpace(value))})
			}
		}
		if typ, subtype, ok := strings.Cut(f.value, "/"); f.name != "" && strings.EqualFold(f.name, "Content-Type") && (!ok || typ == "" || subtype == "") {
			f.value, f.params = "text/plain", nil // RFC 2045 section 5.2
		}
	case "content-language":
		for _, tag := range split(text, ',') {
			f.tags = append(f.tags, strings.TrimSpace(tag))
		}
	}
	return f
}

// readPeople are the addresses of a field, groups among them.
func readPeople(text string) (list []address) {
	for _, part := range split(text, ',') {
		if i := outside(part, ':'); i >= 0 { // a group begins
			list = append(list, address{mailbox: unquoted(strings.TrimSpace(part[:i]))})
			part = part[i+1:]
		}
		closed := false
		if i := outside(part, ';'); i >= 0 {
			part, closed = part[:i], true
		}
		if a, ok := readAddress(part); ok {
			list = append(list, a)
		}
		if closed {
			list = append(list, address{})
		}
	}
	return list
}

// readAddress is one address, with its name before it or in a comment behind.
func readAddress(text string) (a address, ok bool) {
	spec, remark := uncommented(text)
	if i := outside(spec, '<'); i >= 0 {
		a.name = unquoted(squeeze(spec[:i]))
		spec, _, _ = strings.Cut(spec[i+1:], ">")
		if _, to, route := strings.Cut(spec, ":"); route && strings.HasPrefix(spec, "@") {
			spec = to
		}
	} else {
		a.name = remark
	}
	i := strings.LastIndexByte(spec, '@')
	if i < 0 {
		return a, false
	}
	a.mailbox, a.host = unquoted(strings.TrimSpace(spec[:i])), strings.TrimSpace(spec[i+1:])
	return a, a.mailbox != "" && a.host != ""
}

// outside is the place of the first c that is in no quoted string and no comment, -1 for none.
func outside(s string, c byte) int {
	quoted, depth := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '"' && depth == 0:
			if quoted = !quoted; quoted && c == '"' {
				return i
			}
		case quoted:
		case s[i] == c && depth == 0:
			return i
		case s[i] == '(':
			depth++
		case s[i] == ')' && depth > 0:
			depth--
		}
	}
	return -1
}

// split cuts at every c that is in no quoted string and no comment, and takes comments out where
// c is not the comma of addresses.
func split(s string, c byte) (list []string) {
	for {
		i := outside(s, c)
		if i < 0 {
			list = append(list, s)
			break
		}
		list, s = append(list, s[:i]), s[i+1:]
	}
	if c == ',' {
		return list
	}
	for i := range list {
		list[i], _ = uncommented(list[i])
	}
	return list
}

// uncommented is s without its comments, and the text of the last.
func uncommented(s string) (plain, remark string) {
	for {
		i := outside(s, '(')
		if i < 0 {
			return s, remark
		}
		n := slices.Index([]byte(s[i:]), ')')
		for depth, k := 0, i; k < len(s); k++ {
			if s[k] == '\\' {
				k++
			} else if s[k] == '(' {
				depth++
			} else if s[k] == ')' {
				if depth--; depth == 0 {
					n = k - i
					break
				}
			}
		}
		if n < 0 {
			return s[:i], remark
		}
		remark = s[i+1 : i+n]
		s = s[:i] + " " + s[i+n+1:]
	}
}

// unquoted is the text of a quoted string; of anything else it is that.
func unquoted(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '\\' && i+1 < len(s)-1 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
