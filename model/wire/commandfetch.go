package wire

import (
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att /
// "(" fetch-att *(SP fetch-att) ")")
func (p *cmdParser) fetch(uid bool) model.Command {
	c := model.Fetch{UID: uid}
	p.sp()
	c.Set = p.set(uid)
	p.sp()
	if c.Paren = p.peek() == '('; !c.Paren {
		c.Items = []string{p.macroOrAtt()}
		return c
	}
	p.expect("(")
	c.Items = append(c.Items, p.fetchAtt())
	for p.peek() == ' ' {
		p.sp()
		c.Items = append(c.Items, p.fetchAtt())
	}
	p.expect(")")
	return c
}

func (p *cmdParser) macroOrAtt() string {
	start := p.pos
	switch name := strings.ToUpper(p.take(attChar)); name {
	case "ALL", "FULL", "FAST":
		return name
	}
	p.pos = start
	return p.fetchAtt()
}

// fetchAtt is a fetch-att in its one canonical spelling: words and field
// names in upper case, field names as atoms where they can be.
func (p *cmdParser) fetchAtt() string {
	name := strings.ToUpper(p.take1(attChar))
	switch name {
	case "ENVELOPE", "FLAGS", "INTERNALDATE", "UID", "BODYSTRUCTURE",
		"RFC822", "RFC822.HEADER", "RFC822.SIZE", "RFC822.TEXT":
		return name
	case "BODY":
		if p.peek() != '[' {
			return name
		}
	case "BODY.PEEK":
	default:
		p.fail()
	}
	return name + p.section() + p.partial()
}

// section = "[" [section-spec] "]"
func (p *cmdParser) section() string {
	p.expect("[")
	b := []byte{'['}
	for digit(p.peek()) {
		b = append(b, p.number(1)...)
		if p.peek() != '.' {
			p.expect("]")
			return string(b) + "]"
		}
		p.expect(".")
		b = append(b, '.')
	}
	part := len(b) > 1
	text := strings.ToUpper(p.take(attChar))
	b = append(b, text...)
	switch text {
	case "HEADER", "TEXT":
	case "HEADER.FIELDS", "HEADER.FIELDS.NOT":
		p.sp()
		b = p.headerList(append(b, ' '))
	case "MIME":
		if !part {
			p.fail()
		}
	case "":
		if part {
			p.fail()
		}
	default:
		p.fail()
	}
	p.expect("]")
	return string(b) + "]"
}

// headerList = "(" header-fld-name *(SP header-fld-name) ")"
func (p *cmdParser) headerList(b []byte) []byte {
	p.expect("(")
	sep := byte('(')
	for {
		name := p.astring().S
		b = appendString(append(b, sep), model.A(upper(name)))
		if sep = p.peek(); sep != ' ' {
			break
		}
		p.sp()
	}
	p.expect(")")
	return append(b, ')')
}

// partial = ["<" number "." nz-number ">"]
func (p *cmdParser) partial() string {
	if p.peek() != '<' {
		return ""
	}
	start := p.pos
	p.expect("<")
	p.number(0)
	p.expect(".")
	p.number(1)
	p.expect(">")
	return p.s[start:p.pos]
}

// upper leaves 8-bit octets alone, which strings.ToUpper does not.
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

const dateMonths = "|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|"

// dateText = date-day "-" date-month "-" date-year, with a day of one or two
// digits, but of at least least.
func (p *cmdParser) dateText(least int) string {
	start := p.pos
	if day := p.take1(digit); len(day) < least || len(day) > 2 {
		p.fail()
	}
	p.expect("-")
	month := strings.ToUpper(p.take1(func(c byte) bool { return attChar(c) && c != '.' }))
	if !strings.Contains(dateMonths, "|"+month+"|") {
		p.fail()
	}
	p.expect("-")
	p.digits(4)
	return p.s[start:p.pos]
}

// dateTime = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP
// zone DQUOTE. The result is without the quotes.
func (p *cmdParser) dateTime() string {
	p.expect(`"`)
	start := p.pos
	if p.peek() == ' ' {
		p.sp()
		if text := p.dateText(1); strings.IndexByte(text, '-') != 1 {
			p.fail()
		}
	} else {
		p.dateText(2)
	}
	p.sp()
	p.digits(2)
	p.expect(":")
	p.digits(2)
	p.expect(":")
	p.digits(2)
	p.sp()
	if c := p.peek(); c == '+' || c == '-' {
		p.pos++
	} else {
		p.fail()
	}
	p.digits(4)
	text := p.s[start:p.pos]
	p.expect(`"`)
	return text
}

// digits reads exactly n digits.
func (p *cmdParser) digits(n int) {
	if len(p.take(digit)) != n {
		p.fail()
	}
}

// attChar reports whether c can be in the name of a fetch-att.
func attChar(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || digit(c) || c == '.'
}

func listChar(c byte) bool { return model.IsAStringChar(c) || c == '%' || c == '*' }

func base64Char(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || digit(c) || c == '+' || c == '/'
}
