package message

import (
	"fmt"
	"strconv"
)

// source is a splitmix64 generator.
type source uint64

func (s *source) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// intN is a number below n.
func (s *source) intN(n int) int { return int(s.next() % uint64(n)) }

// oneIn is true one time in n.
func (s *source) oneIn(n int) bool { return s.intN(n) == 0 }

func pick[T any](s *source, list []T) T { return list[s.intN(len(list))] }

// garden grows one tree.
type garden struct {
	source
	left       int // leaves that it may still have: they bound its size
	boundaries int
}

const (
	maxDepth  = 4
	maxLeaves = 7
)

// grow is the random tree of a number, the same for ever. It begins with a
// Message-ID that has the number.
func grow(n uint64) *entity {
	g := &garden{source: source(n), left: maxLeaves}
	id := text("Message-ID", "<imapcheck."+strconv.FormatUint(n, 10)+"@example.org>")
	return g.content(g.envelope(id), true, maxDepth)
}

var (
	parties = []party{
		bare("ann@example.org"), bare("bob@example.com"), named("Carol", "carol@example.net"),
		named("Dave of Dale", "dave@example.org"), quoted("Eve, the first", "eve@example.com"),
		quoted(`Frank "F" Ford`, "frank@example.net"), encoded("=?UTF-8?Q?J=C3=B6rg?=", "Jörg", "joerg@example.org"),
		remarked("hal@example.com", "Hal"),
	}
	groups = []party{
		group("undisclosed-recipients"), group("friends", parties[0], parties[2]), group("team", parties[1]),
	}
	subjects = []field{
		text("Subject", "plain words"), text("Subject", "Re: an answer"), text("Subject", "folded\r\n here"),
		text("Subject", "folded\r\n\twith a tab"), text("Subject", ""), coded("Subject", "=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
		coded("Subject", "a =?utf-8?b?Y2Fmw6k=?= today", "a café today"), text("Subject", "\"quoted\" \\ slashed"),
	}
	extras = []field{
		text("Comments", "a remark"), text("X-Folded", "one\r\n two\r\n\tthree"), {name: "X-Empty"},
		text("References", "<0@example.org>\r\n <1@example.org>"), {name: "Return-Path", text: " <>"},
		text("Keywords", "alpha, beta"),
	}
	details = []field{
		text("Content-ID", "<part@example.org>"), text("Content-Description", "Some part"),
		content("Content-Disposition", "attachment", param{"filename", "a file.txt"}),
		content("Content-Disposition", "inline"), language("en"), language("en", "de-CH"),
		text("Content-Location", "http://example.org/part"),
	}
	forms = []string{dateFull, dateTwoDigits, dateNoWeekday, dateNoSeconds, dateFull}
	texts = []string{
		"", "Hello.\r\n", "No newline", "Two\r\nlines.\r\n", "\r\n\r\nBetween empty lines.\r\n\r\n", ".\r\n..\r\n",
		"From here on\r\n--x\r\n", "Trailing space \r\n\ttabbed\r\n", ") NIL {3}\r\n\"\\\r\n",
	}
)

var (
	leaves = []*entity{
		printable("Caf=C3=A9 with a soft=\r\n line break.\r\n", "Café with a soft line break.\r\n", charset("text/plain", "utf-8")),
		leaf("Grüße aus dem Café.\r\n", charset("text/plain", "UTF-8"), transfer("8bit")),
		leaf("<p>Hello, <b>bold</b> world.</p>\r\n", charset("text/html", "us-ascii")),
		base64Text("\x00\x01data\xff", media("application/octet-stream", param{"name", "data.bin"})),
		base64Text("Hidden in base64: naïve.\r\n", charset("text/plain", "utf-8")),
	}
	plainText = charset("text/plain", "us-ascii")
)

// envelope is a header but for what belongs to MIME, with first at the start.
func (g *garden) envelope(first ...field) []field {
	list := append(make([]field, 0, 12), first...)
	if g.oneIn(8) {
		list = append(list, people("From", ", ", parties[0], parties[1]), people("Sender", "", parties[0]))
	} else {
		list = append(list, people("From", "", pick(&g.source, parties)))
	}
	for _, name := range []string{"To", "Cc", "Bcc", "Reply-To"} {
		if !g.oneIn(3) {
			continue
		}
		var to []party
		for range 1 + g.intN(3) {
			to = append(to, pick(&g.source, parties))
		}
		if name != "Reply-To" && g.oneIn(4) {
			to = append(to, pick(&g.source, groups))
		}
		list = append(list, people(name, pick(&g.source, []string{", ", ",\r\n ", ",\r\n\t"}), to...))
	}
	zone, form := pick(&g.source, zones), pick(&g.source, forms)
	if zone == est && g.oneIn(2) {
		form = dateNamedZone
	}
	list = append(list, sent(1+g.intN(28), g.intN(24), form, zone))
	if !g.oneIn(8) {
		list = append(list, pick(&g.source, subjects))
	}
	if g.oneIn(4) {
		list = append(list, text("In-Reply-To", "<1@example.org>"))
	}
	for range g.intN(3) {
		list = append(list, pick(&g.source, extras))
	}
	return list
}

// content gives an entity a body. message tells a message, which says that it is
// MIME, from a part.
func (g *garden) content(header []field, message bool, depth int) *entity {
	kind := g.intN(10)
	if depth == 0 || g.left <= 1 {
		kind %= 5
	}
	if message && kind > 0 {
		header = append(header, version())
	}
	switch {
	case kind == 0:
		g.left--
		return leaf(pick(&g.source, texts), header...)
	case kind < 5:
		g.left--
		return g.leaf(append(header, g.details()...))
	case kind < 8:
		return g.multi(header, depth)
	}
	return embed(g.content(g.envelope(), true, depth-1), append(header, g.details()...)...)
}

// multi is a multipart.
func (g *garden) multi(header []field, depth int) *entity {
	subtype := pick(&g.source, []string{"mixed", "mixed", "alternative", "related", "digest", "parallel"})
	g.boundaries++
	boundary := fmt.Sprintf(pick(&g.source, []string{"b%02d", "=_b%02d", "two words %02d"}), g.boundaries)
	var parts []*entity
	for range 1 + g.intN(3) {
		switch {
		case len(parts) > 0 && g.left <= 1:
		case subtype == "digest":
			parts = append(parts, digested(g.content(g.envelope(), true, depth-1)))
		default:
			parts = append(parts, g.content(nil, false, depth-1))
		}
	}
	e := multi(subtype, boundary, append(header, g.details()...), parts...)
	if g.oneIn(4) {
		e.preamble = "Before all parts.\r\n"
	}
	if g.oneIn(4) {
		e.epilogue = "\r\nBehind all parts.\r\n"
	}
	return e
}

// leaf is an entity without parts.
func (g *garden) leaf(header []field) *entity {
	if i := g.intN(len(leaves) + 2); i < len(leaves) {
		e := *leaves[i]
		e.fields = append(header, e.fields...)
		return &e
	}
	return leaf(pick(&g.source, texts), append(header, plainText)...)
}

// details are some of the fields that tell more of a part.
func (g *garden) details() []field {
	var list []field
	for i := range details {
		f := &details[i]
		again := len(list) > 0 && list[len(list)-1].name == f.name
		if !again && g.oneIn(8) {
			list = append(list, *f)
		}
	}
	return list
}
