package message

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// piece is a bit of an answer; field says what it tells, if anything.
type piece struct{ field, text string }

// printer prints answers as a server does that gives all it can. It takes what
// it prints from the octets of the message and the list below, not from the
// code under test.
type printer struct {
	m        *Message
	extended bool
	pieces   []piece
}

func (p *printer) put(field, text string) { p.pieces = append(p.pieces, piece{field, text}) }
func (p *printer) raw(text string)        { p.put("", text) }

func (p *printer) String() string {
	var b strings.Builder
	for _, s := range p.pieces {
		b.WriteString(s.text)
	}
	return b.String()
}

// header is the unfolded text of a field, and whether there is one.
func (p *printer) header(e *entity, name string) (string, bool) {
	text := "\r\n" + p.m.octets[e.start:e.split]
	i := strings.Index(strings.ToLower(text), "\r\n"+strings.ToLower(name)+":")
	if i < 0 {
		return "", false
	}
	text = text[i+3+len(name):]
	for _, fold := range []string{"\r\n ", "\r\n\t"} {
		text = strings.ReplaceAll(text, fold, " ")
	}
	text, _, _ = strings.Cut(text, "\r\n")
	return strings.TrimSpace(text), true
}

func (p *printer) nstring(e *entity, name string) string {
	if text, ok := p.header(e, name); ok {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
	}
	return "NIL"
}

func (p *printer) people(e *entity, names ...string) string {
	for _, name := range names {
		f := e.field(name)
		if f == nil || len(f.people) == 0 {
			continue
		}
		var b strings.Builder
		for _, a := range f.people {
			part := []string{"NIL", "NIL", "NIL"}
			for i, s := range []string{a.name, a.mailbox, a.host} {
				if s != "" {
					part[i] = fmt.Sprintf("%q", s) // ASCII: quoted as in IMAP
				}
			}
			fmt.Fprintf(&b, "(%s NIL %s %s)", part[0], part[1], part[2])
		}
		return "(" + b.String() + ")"
	}
	return "NIL"
}

func (p *printer) envelope(e *entity, as string) {
	label := func(field string) string {
		if as != "" {
			return as
		}
		return field
	}
	p.raw("(")
	p.put(label("date"), p.nstring(e, "Date"))
	p.raw(" ")
	p.put(label("subject"), p.nstring(e, "Subject"))
	for _, name := range []string{"From", "Sender", "Reply-To", "To", "Cc", "Bcc"} {
		p.raw(" ")
		names := []string{name}
		if name == "Sender" || name == "Reply-To" {
			names = append(names, "From")
		}
		p.put(label(strings.ToLower(name)), p.people(e, names...))
	}
	p.raw(" ")
	p.put(label("in-reply-to"), p.nstring(e, "In-Reply-To"))
	p.raw(" ")
	p.put(label("message-id"), p.nstring(e, "Message-ID"))
	p.raw(")")
}

func (p *printer) params(list []param) string {
	var words []string
	for _, a := range list {
		words = append(words, fmt.Sprintf("%q %q", strings.ToUpper(a.name), a.value))
	}
	if len(words) == 0 {
		return "NIL"
	}
	return "(" + strings.Join(words, " ") + ")"
}

func (p *printer) structure(e *entity) {
	typ, subtype, params := "TEXT", "PLAIN", []param{{"CHARSET", "US-ASCII"}}
	if f := e.field("Content-Type"); f != nil {
		typ, subtype, _ = strings.Cut(f.value, "/")
		params = f.params
	} else if e.inner != nil {
		typ, subtype, params = "MESSAGE", "RFC822", nil
	}
	p.raw("(")
	if e.parts != nil {
		for _, part := range e.parts {
			p.structure(part)
		}
		p.raw(" ")
		p.put("subtype", `"`+subtype+`"`)
	} else {
		p.put("type", `"`+typ+`"`)
		p.raw(" ")
		p.put("subtype", `"`+subtype+`"`)
		p.raw(" ")
		p.put("parameters", p.params(params))
		p.raw(" ")
		p.put("id", p.nstring(e, "Content-ID"))
		p.raw(" ")
		p.put("description", p.nstring(e, "Content-Description"))
		p.raw(" ")
		encoding := p.nstring(e, "Content-Transfer-Encoding")
		if encoding == "NIL" {
			encoding = `"7BIT"`
		}
		p.put("encoding", encoding)
		p.raw(" ")
		body := p.m.octets[e.split:e.end]
		p.put("octets", fmt.Sprint(len(body)))
		if e.inner != nil {
			p.raw(" ")
			p.envelope(e.inner, "envelope")
			p.raw(" ")
			p.structure(e.inner)
		}
		if e.inner != nil || strings.EqualFold(typ, "text") {
			p.raw(" ")
			p.put("lines", fmt.Sprint(strings.Count(body, "\r\n")))
		}
	}
	if p.extended {
		p.extension(e, params)
	}
	p.raw(")")
}

func (p *printer) extension(e *entity, params []param) {
	p.raw(" ")
	if e.parts != nil {
		p.put("parameters", p.params(params))
	} else {
		p.put("md5", p.nstring(e, "Content-MD5"))
	}
	disposition := "NIL"
	if f := e.field("Content-Disposition"); f != nil {
		disposition = fmt.Sprintf("(%q %s)", f.value, p.params(f.params))
	}
	p.raw(" ")
	p.put("disposition", disposition)
	p.raw(" ")
	p.put("language", p.nstring(e, "Content-Language"))
	p.raw(" ")
	p.put("location", p.nstring(e, "Content-Location"))
}

// mutants are what an answer becomes when one field of it tells another thing.
func (p *printer) mutants(visit func(field, answer string)) {
	for i, was := range p.pieces {
		if was.field == "" {
			continue
		}
		switch was.field {
		case "octets", "lines":
			p.pieces[i].text = "9999"
		case "parameters":
			p.pieces[i].text = `("ZZ" "zz")`
		case "disposition":
			p.pieces[i].text = `("zz" NIL)`
		case "from", "sender", "reply-to", "to", "cc", "bcc":
			p.pieces[i].text = `((NIL NIL "zz" "example.org"))`
		case "envelope":
			p.pieces[i].text = `"zz"`
			if strings.HasPrefix(was.text, "((") {
				p.pieces[i].text = "NIL"
			}
		default:
			p.pieces[i].text = `"zz"`
		}
		visit(was.field, p.String())
		p.pieces[i] = was
	}
}

func TestEnvelopeAcceptsWhatIsRightAndNothingElse(t *testing.T) {
	for _, m := range few() {
		p := &printer{m: m}
		p.envelope(m.root, "")
		field, want := m.Envelope(p.String())
		require.Empty(t, field, "%s\nwant %s\n%s", p, want, m.octets)
		require.Empty(t, want)
		p.mutants(func(field, answer string) {
			got, want := m.Envelope(answer)
			require.Equal(t, field, got, "%s\n%s", answer, m.octets)
			require.NotEmpty(t, want)
		})
	}
}

func TestStructureAcceptsWhatIsRightAndNothingElse(t *testing.T) {
	for _, m := range few() {
		for _, extended := range []bool{false, true} {
			p := &printer{m: m, extended: extended}
			p.structure(m.root)
			field, want := m.Structure(p.String(), extended)
			require.Empty(t, field, "%s\nwant %s\n%s", p, want, m.octets)
			p.mutants(func(field, answer string) {
				got, want := m.Structure(answer, extended)
				require.Equal(t, field, got, "%s\n%s", answer, m.octets)
				require.NotEmpty(t, want)
			})
			if extended {
				field, _ = m.Structure(p.String(), false)
				require.Equal(t, "extension", field)
			}
		}
	}
}

// What is right may be cut short or be said in other ways.
func TestLatitude(t *testing.T) {
	for _, c := range []struct{ subject, field, answer string }{
		{"text", "", `("text" "plain" ("CHARSET" "US-ASCII") NIL NIL "7bit" 8 1)`},
		{"text", "", `("TEXT" "Plain" ("charset" "us-ascii") NIL "" "7BIT" 8 1 NIL)`},
		{"text", "", `("TEXT" "Plain" ("charset" {8}` + "\r\n" + `us-ascii) NIL NIL "7BIT" 8 1 NIL NIL NIL NIL ("more" 1))`},
		{"text", "parameters", `("TEXT" "PLAIN" NIL NIL NIL "7BIT" 8 1)`},
		{"text", "lines", `("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 8)`},
		{"text", "octets", `("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" "8" 1)`},
		{"text", "disposition", `("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 8 1 NIL ("inline" NIL))`},
		{"text without charset", "", `("TEXT" "PLAIN" NIL NIL NIL "7BIT" 8 1)`},
		{"text without charset", "", `("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 8 1)`},
		{"text without charset", "parameters", `("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 8 1)`},
		{"odd case", "", `("text" "plain" ("format" "flowed" "charset" "us-ascii") NIL NIL "7bit" 8 1)`},
		{"odd case", "parameters", `("text" "plain" ("format" "FLOWED" "charset" "us-ascii") NIL NIL "7bit" 8 1)`},
		{"a comment", "parameters", `("text" "plain" ("charset" "us-ascii (Plain text)") NIL NIL "7bit" 8 1)`},
		{"a digest", "", `("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 8 1 NIL NIL)`},
		{"two languages", "", `("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 8 1 NIL NIL ("en" "de-ch"))`},
		{"two languages", "", `("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 8 1 NIL NIL "en, de-CH")`},
		{"two languages", "language", `("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 8 1 NIL NIL ("en"))`},
		{"no newline at the end", "", `("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 0)`},
		{"no newline at the end", "", `("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1)`},
		{"no newline at the end", "lines", `("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 2)`},
		{"one part", "", `(("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 6 0) "MIXED" ("BOUNDARY" "b") NIL)`},
		{"one part", "parts", `(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 6 0)("TEXT" "PLAIN" NIL NIL NIL "7BIT" 6 0) "MIXED")`},
		{"one part", "type", `("TEXT" "PLAIN" NIL NIL NIL "7BIT" 6 0)`},
		{"text", "type", `(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 8 1) "MIXED")`},
		{"text", "", `not a list`},
	} {
		field, _ := titled(t, c.subject).Structure(c.answer, true)
		assert.Equal(t, c.field, field, "%s: %s", c.subject, c.answer)
	}
	const a = ` ((NIL NIL "a" "example.org")) ((NIL NIL "a" "example.org")) ((NIL NIL "a" "EXAMPLE.ORG")) `
	for _, c := range []struct{ subject, field, answer string }{
		{"one", "", `("Thu, 02 Jan 2020 03:04:05 +0000" "one"` + a + `NIL NIL NIL NIL NIL)`},
		{"one", "date", `("Thu, 02 Jan 2020 04:04:05 +0100" "one"` + a + `NIL NIL NIL NIL NIL)`},
		{"one", "message-id", `("Thu, 2 Jan 2020 03:04:05 +0000" "one"` + a + `NIL NIL NIL NIL "")`},
		{"one", "cc", `("Thu, 2 Jan 2020 03:04:05 +0000" "one"` + a + `NIL ((NIL NIL "a" "example.org")) NIL NIL NIL)`},
		{"", "", `("Thu, 2 Jan 2020 03:04:05 +0000" NIL` + a + `NIL NIL NIL NIL NIL)`},
		{"", "", `("Thu, 2 Jan 2020 03:04:05 +0000" ""` + a + `NIL NIL NIL NIL NIL)`},
		{"a fold\r\n in\r\n three", "", `("Thu, 2 Jan 2020 03:04:05 +0000" "a fold  in three"` + a + `NIL NIL NIL NIL NIL)`},
		{"=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=", "", `("Thu, 2 Jan 2020 03:04:05 +0000" "=?utf-8?b?R3LDvMOfZQ==?="` + a + `NIL NIL NIL NIL NIL)`},
		{"=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=", "subject", `("Thu, 2 Jan 2020 03:04:05 +0000" "=?utf-8?q?Gr=C3=BCsse?="` + a + `NIL NIL NIL NIL NIL)`},
		{"an encoded phrase", "", `("Thu, 2 Jan 2020 03:04:05 +0000" "an encoded phrase"` + a + "(({5}\r\nJörg NIL \"joerg\" \"example.org\")) NIL NIL NIL NIL)"},
		{"a quoted quote", "", `("Thu, 2 Jan 2020 03:04:05 +0000" "a quoted quote"` + a + `(("John \\\"Joe\\\" Doe" NIL "john" "example.org")) NIL NIL NIL NIL)`},
		{"a name in a comment", "", `("Thu, 2 Jan 2020 03:04:05 +0000" "a name in a comment"` + a + `(("Bob" NIL "bob" "example.org")) NIL NIL NIL NIL)`},
		{"an empty group", "", `("Thu, 2 Jan 2020 03:04:05 +0000" "an empty group"` + a + `((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL)) NIL NIL NIL NIL)`},
		{"an empty group", "to", `("Thu, 2 Jan 2020 03:04:05 +0000" "an empty group"` + a + `NIL NIL NIL NIL NIL)`},
		{"another sender", "sender", `("Thu, 2 Jan 2020 03:04:05 +0000" "another sender"` + a + `NIL NIL NIL NIL NIL)`},
	} {
		field, _ := titled(t, c.subject).Envelope(c.answer)
		assert.Equal(t, c.field, field, "%s: %s", c.subject, c.answer)
	}
}
