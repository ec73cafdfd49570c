package message

import (
	"slices"
	"strconv"
	"strings"
)

// Structure holds a BODYSTRUCTURE, or a BODY if not extended, against the
// message. It returns the first field that is wrong ("type", "subtype",
// "parameters", "id", "description", "encoding", "octets", "lines", "envelope",
// "parts", "md5", "disposition", "language", "location", "extension") and what
// is right in IMAP notation; nothing if all of it is allowed.
func (m *Message) Structure(raw string, extended bool) (field, want string) {
	v, ok := readAll(raw)
	if !ok || v.kind != aList {
		return "", "" // the grammar's business
	}
	return m.structure(m.root, v, extended)
}

// check is one field of a body structure.
type check struct {
	name string
	ok   bool
	want string
}

// first is the first check that failed.
func first(checks []check) (field, want string) {
	for _, c := range checks {
		if !c.ok {
			return c.name, c.want
		}
	}
	return "", ""
}

func (m *Message) structure(e *entity, v value, extended bool) (field, want string) {
	if e.parts != nil {
		return m.multipart(e, v, extended)
	}
	typ, subtype := e.media()
	kind, sub := v.at(0), v.at(1)
	field, want = first([]check{
		{"type", kind.isFold(typ), quote(typ)},
		{"subtype", sub.isFold(subtype), quote(subtype)},
		{"parameters", e.sameParams(v.at(2)), showParams(e.params("Content-Type"))},
		e.checkText("id", "Content-ID", v.at(3)),
		e.checkText("description", "Content-Description", v.at(4)),
		{"encoding", e.sameEncoding(v.at(5)), quote(e.encoding())},
		{"octets", v.at(6).number() == e.end-e.split, strconv.Itoa(e.end - e.split)},
	})
	if field != "" {
		return field, want
	}
	i := 7
	if e.inner != nil {
		if field, want = e.inner.envelope(v.at(i)); field != "" {
			return "envelope", field + " " + want
		}
		if field, want = m.structure(e.inner, v.at(i+1), extended); field != "" {
			return field, want
		}
		i += 2
	}
	if e.inner != nil || strings.EqualFold(typ, "text") {
		if low, high := m.lines(e); v.at(i).number() < low || v.at(i).number() > high {
			return "lines", strconv.Itoa(low)
		}
		i++
	}
	md5 := e.checkText("md5", "Content-MD5", v.at(i))
	// Nobody need tell the MD5, but for what stands behind it there has to be something.
	return e.extension(v, i, extended, check{"md5", v.at(i).kind == aNil || md5.ok, md5.want})
}

// multipart compares the structure of a multipart: its parts, and then the
// subtype.
func (m *Message) multipart(e *entity, v value, extended bool) (field, want string) {
	n := 0
	for n < len(v.list) && v.list[n].kind == aList {
		n++
	}
	if n != len(e.parts) {
		if n == 0 {
			return "type", "the " + strconv.Itoa(len(e.parts)) + " parts of a multipart"
		}
		return "parts", strconv.Itoa(len(e.parts)) + " parts"
	}
	for i, p := range e.parts {
		if field, want = m.structure(p, v.list[i], extended); field != "" {
			return field, want
		}
	}
	_, subtype := e.media()
	if !v.at(n).isFold(subtype) {
		return "subtype", quote(subtype)
	}
	return e.extension(v, n+1, extended,
		check{"parameters", e.sameParams(v.at(n + 1)), showParams(e.params("Content-Type"))})
}

// extension compares the extension data, which start at element i with one of
// their own and go on with the three that all kinds of parts have. A server may
// leave them out from any point on; BODY has none (RFC 3501 section 9).
func (e *entity) extension(v value, i int, extended bool, own check) (field, want string) {
	if len(v.list) <= i {
		return "", ""
	}
	if !extended {
		return "extension", "none in BODY"
	}
	location := e.checkText("location", "Content-Location", v.at(i+3)) // which nobody need know, as the MD5
	checks := []check{
		own,
		{"disposition", e.sameDisposition(v.at(i + 1)), e.showDisposition()},
		{"language", e.sameLanguage(v.at(i + 2)), e.showLanguage()},
		{"location", v.at(i+3).kind == aNil || location.ok, location.want},
	}
	return first(checks[:min(len(v.list)-i, len(checks))])
}

// checkText compares a field of free text; NIL or "" is right if there is none.
func (e *entity) checkText(name, header string, got value) check {
	f := e.field(header)
	if f == nil || squeeze(f.text) == "" {
		return check{name, got.empty(), "NIL"}
	}
	return check{name, got.isCoded(f.text, f.decoded), quote(squeeze(f.text))}
}

// sameEncoding compares the transfer encoding. Where the header names none, 7BIT
// is the default (RFC 2045 section 6.1), and 8BIT is no less true of the octets.
func (e *entity) sameEncoding(v value) bool {
	return v.isFold(e.encoding()) || e.field("Content-Transfer-Encoding") == nil && v.isFold("8BIT")
}

func (e *entity) encoding() string {
	if f := e.field("Content-Transfer-Encoding"); f != nil {
		return squeeze(f.text)
	}
	return "7BIT"
}

// lines is the number of lines of the body as transferred. One without a final
// line end counts or not.
func (m *Message) lines(e *entity) (low, high int) {
	body := m.body(e)
	low = strings.Count(body, "\n")
	if body != "" && !strings.HasSuffix(body, "\n") {
		return low, low + 1
	}
	return low, low
}

// number is the number that the value is, -1 if it is none.
func (v value) number() int {
	if v.kind != aNumber {
		return -1
	}
	n, err := strconv.Atoi(v.text)
	if err != nil {
		return -1
	}
	return n
}

func (e *entity) params(name string) []param {
	if f := e.field(name); f != nil {
		return f.params
	}
	return nil
}

// sameParams compares the parameters of the type. Text without charset has
// US-ASCII by default (RFC 2045 section 5.2), which a server may say or not.
func (e *entity) sameParams(got value) bool {
	want := e.params("Content-Type")
	if sameParams(got, want) {
		return true
	}
	typ, _ := e.media()
	charset := slices.ContainsFunc(want, func(p param) bool { return strings.EqualFold(p.name, "charset") })
	return strings.EqualFold(typ, "text") && !charset &&
		sameParams(got, append(slices.Clone(want), param{"charset", "us-ascii"}))
}

// sameParams compares a list of attributes and values, in any order. Only the
// values have a case, and that of charset has none (RFC 2045 section 5.1).
func sameParams(got value, want []param) bool {
	if len(want) == 0 {
		return got.kind == aNil
	}
	if got.kind != aList || len(got.list) != 2*len(want) {
		return false
	}
	for _, p := range want {
		found := false
		for i := 0; i < len(got.list) && !found; i += 2 {
			val := got.list[i+1]
			found = got.list[i].isFold(p.name) &&
				(val.is(p.value) || strings.EqualFold(p.name, "charset") && val.isFold(p.value))
		}
		if !found {
			return false
		}
	}
	return true
}

func showParams(list []param) string {
	if len(list) == 0 {
		return "NIL"
	}
	words := make([]string, 0, 2*len(list))
	for _, p := range list {
		words = append(words, quote(p.name), quote(p.value))
	}
	return "(" + strings.Join(words, " ") + ")"
}

func (e *entity) sameDisposition(got value) bool {
	f := e.field("Content-Disposition")
	if f == nil {
		return got.kind == aNil
	}
	return got.kind == aList && len(got.list) == 2 && got.list[0].isFold(f.value) && sameParams(got.list[1], f.params)
}

func (e *entity) showDisposition() string {
	f := e.field("Content-Disposition")
	if f == nil {
		return "NIL"
	}
	return "(" + quote(f.value) + " " + showParams(f.params) + ")"
}

// sameLanguage compares the language tags, a list or the text of the field.
func (e *entity) sameLanguage(got value) bool {
	f := e.field("Content-Language")
	switch {
	case f == nil:
		return got.empty()
	case got.kind == aNil: // it holds the place of what a server does not tell
		return true
	case got.kind == aString:
		return got.isFold(f.text)
	}
	return got.kind == aList && slices.EqualFunc(got.list, f.tags, value.isFold)
}

func (e *entity) showLanguage() string {
	f := e.field("Content-Language")
	if f == nil {
		return "NIL"
	}
	words := make([]string, len(f.tags))
	for i, t := range f.tags {
		words[i] = quote(t)
	}
	return "(" + strings.Join(words, " ") + ")"
}
