package wire

import (
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// msgAtt is msg-att: the data items of a FETCH response. Of a broken one it
// returns the items before the break.
func (p *scanner) msgAtt() []model.Att {
	p.open("msg-att")
	atts := make([]model.Att, 0, 4)
	for {
		a := p.att()
		if p.err != nil {
			return atts
		}
		if atts = append(atts, a); !p.skip(' ') {
			break
		}
	}
	p.close("msg-att")
	return atts
}

// att is one msg-att-dynamic or msg-att-static.
func (p *scanner) att() model.Att {
	start := p.i
	name := upper7(p.run(clsAttName))
	if name == "BODY" && p.peek() == '[' {
		return p.bodySection(start)
	}
	a := model.Att{Name: name, Origin: -1}
	switch name {
	case "FLAGS":
		p.sp("msg-att-dynamic")
		a.Flags = p.flags("msg-att-dynamic", "flag-fetch")
	case "UID":
		p.sp("msg-att-static")
		a.Num = p.nzNumber()
	case "RFC822.SIZE":
		p.sp("msg-att-static")
		a.Num = p.number()
	case "INTERNALDATE":
		p.sp("msg-att-static")
		a.Text = p.dateTime()
	case "RFC822", "RFC822.HEADER", "RFC822.TEXT":
		p.sp("msg-att-static")
		a.Text, a.Nil = p.nstring()
	case "ENVELOPE":
		p.sp("msg-att-static")
		from := p.i
		p.envelope()
		a.Raw = p.s[from:p.i]
	case "BODY", "BODYSTRUCTURE":
		p.sp("msg-att-static")
		from := p.i
		p.body(name == "BODYSTRUCTURE")
		a.Raw = p.s[from:p.i]
	default:
		p.extensionAtt(&a, start)
	}
	return a
}

// bodySection is BODY section ["<" number ">"] SP nstring; start is where its
// name begins.
func (p *scanner) bodySection(start int) model.Att {
	p.octet('[', "section")
	fields := p.sectionSpec()
	p.octet(']', "section")
	a := model.Att{Name: p.s[start:p.i], Origin: -1}
	if fields == "" {
		a.Name = upper7(a.Name)
	} else {
		a.Name = upper7(a.Name[:strings.IndexByte(a.Name, '(')]) + fields + "]"
	}
	if p.skip('<') {
		a.Origin = int64(p.number())
		p.octet('>', "msg-att-static")
	}
	p.sp("msg-att-static")
	a.Text, a.Nil = p.nstring()
	return a
}

// sectionSpec is what is between the brackets of a section, perhaps nothing. It
// returns the header-list, if there is one whose form is not the usual.
func (p *scanner) sectionSpec() (fields string) {
	if p.peek() == ']' {
		return ""
	}
	part := false
	for octetClasses[p.peek()]&clsDigit != 0 {
		part = true
		p.nzNumber()
		if !p.skip('.') {
			return ""
		}
	}
	rule := "section-msgtext"
	if part {
		rule = "section-text"
	}
	start := p.i
	switch name := p.run(clsAttName); {
	case sameFold(name, "HEADER"), sameFold(name, "TEXT"):
	case sameFold(name, "MIME") && part:
	case sameFold(name, "HEADER.FIELDS"), sameFold(name, "HEADER.FIELDS.NOT"):
		p.sp("section-msgtext")
		return p.headerList()
	default:
		p.failAt(start, rule, rule)
	}
	return ""
}

// headerList is header-list. It returns the list anew, names in upper case and
// as atoms where they can be, if upper case alone does not make it so.
func (p *scanner) headerList() string {
	p.open("header-list")
	var room [8]string
	names, asIs := room[:0], true
	for {
		c := p.peek()
		asIs = asIs && c != '"' && c != '{'
		names = append(names, p.astring())
		if !p.skip(' ') {
			break
		}
	}
	p.close("header-list")
	if asIs || p.err != nil {
		return ""
	}
	return headerNames(names)
}

// headerNames is a header-list of the names: atoms where they can be.
func headerNames(names []string) string {
	b := []byte{'('}
	for i, n := range names {
		if i > 0 {
			b = append(b, ' ')
		}
		b = model.AppendAString(b, upper7(n))
	}
	return string(append(b, ')'))
}

// dateTime is date-time, and returns what is between its quotes.
func (p *scanner) dateTime() string {
	p.octet('"', "date-time")
	start := p.i
	if p.skip(' ') {
		p.fixed(1, "date-day-fixed")
	} else {
		p.fixed(2, "date-day-fixed")
	}
	p.octet('-', "date-time")
	p.month()
	p.octet('-', "date-time")
	p.fixed(4, "date-year")
	p.sp("date-time")
	p.fixed(2, "time")
	p.octet(':', "time")
	p.fixed(2, "time")
	p.octet(':', "time")
	p.fixed(2, "time")
	p.sp("date-time")
	if !p.skip('+') && !p.skip('-') {
		p.fail("zone", `"+" or "-"`)
	}
	p.fixed(4, "zone")
	text := p.s[start:p.i]
	p.octet('"', "date-time")
	return text
}

// fixed reads n digits.
func (p *scanner) fixed(n int, rule string) {
	for ; n > 0; n-- {
		if octetClasses[p.peek()]&clsDigit == 0 {
			p.fail(rule, "DIGIT")
			return
		}
		p.i++
	}
}

func (p *scanner) month() {
	const months = "JanFebMarAprMayJunJulAugSepOctNovDec"
	if len(p.s)-p.i >= 3 {
		for m := 0; m < len(months); m += 3 {
			if sameFold(p.s[p.i:p.i+3], months[m:m+3]) {
				p.i += 3
				return
			}
		}
	}
	p.fail("date-month", "date-month")
}
