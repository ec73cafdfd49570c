package message

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"
)

// The words that trees are made of. Each writes a thing and knows what it means.

// text is a field whose text means itself.
func text(name, s string) field { return field{name: name, text: " " + s} }

// coded is a field with encoded words (RFC 2047).
func coded(name, s, decoded string) field {
	return field{name: name, text: " " + s, decoded: " " + decoded}
}

// The forms of Date.
const (
	dateFull       = "Mon, 2 Jan 2006 15:04:05 -0700"
	dateTwoDigits  = "Mon, 02 Jan 2006 15:04:05 -0700"
	dateNoWeekday  = "2 Jan 2006 15:04:05 -0700"
	dateNoSeconds  = "Mon, 2 Jan 2006 15:04 -0700"
	dateNamedZone  = "Mon, 2 Jan 2006 15:04:05 MST"
	dateWithRemark = "Mon, 2 Jan 2006 15:04:05 -0700 (local)"
)

var (
	est   = time.FixedZone("EST", -5*60*60) // an obsolete zone of RFC 2822 section 4.3
	west  = time.FixedZone("", -8*60*60)
	east  = time.FixedZone("", 5*60*60+30*60)
	zones = []*time.Location{time.UTC, est, west, east}
)

// sent is the Date field of a day of January 2020, in one of the forms.
func sent(day, hour int, form string, zone *time.Location) field {
	second := 5
	if form == dateNoSeconds {
		second = 0
	}
	t := time.Date(2020, time.January, day, hour, 4, second, 0, zone)
	return field{name: "Date", text: " " + t.Format(form), date: t}
}

// party is an address or a group as it is written, and what it means.
type party struct {
	text string
	list []address
}

func at(addr string) address {
	mailbox, host, _ := strings.Cut(addr, "@")
	return address{mailbox: mailbox, host: host}
}

// bare is an address without a name.
func bare(addr string) party { return party{addr, []address{at(addr)}} }

// named is an address whose name is made of atoms.
func named(name, addr string) party {
	a := at(addr)
	a.name = name
	return party{name + " <" + addr + ">", []address{a}}
}

// quoted is an address whose name is a quoted string.
func quoted(name, addr string) party {
	p := named(name, addr)
	p.text = quote(name) + " <" + addr + ">"
	return p
}

// encoded is an address whose name is an encoded word.
func encoded(name, decoded, addr string) party {
	p := named(name, addr)
	p.list[0].decoded = decoded
	return p
}

// remarked is an address with its name in a comment.
func remarked(addr, comment string) party {
	a := at(addr)
	a.comment = comment
	return party{addr + " (" + comment + ")", []address{a}}
}

// group is a group of addresses.
func group(name string, members ...party) party {
	p := people("", ", ", members...)
	list := append([]address{{mailbox: name}}, p.people...)
	return party{name + ":" + p.text + ";", append(list, address{})}
}

// people is an address field.
func people(name, separator string, parties ...party) field {
	f := field{name: name}
	for i, p := range parties {
		if i > 0 {
			f.text += separator
		} else {
			f.text = " "
		}
		f.text += p.text
		f.people = append(f.people, p.list...)
	}
	return f
}

// from is the sender of most messages.
func from() field { return people("From", "", bare("a@example.org")) }

// content is a field with a value and parameters.
func content(name, value string, params ...param) field {
	f := field{name: name, text: " " + value, value: value, params: params}
	for _, p := range params {
		f.text += "; " + p.name + "="
		if strings.ContainsAny(p.value, "()<>@,;:\\\"/[]?= ") {
			f.text += quote(p.value)
		} else {
			f.text += p.value
		}
	}
	return f
}

// media is Content-Type.
func media(value string, params ...param) field { return content("Content-Type", value, params...) }

// charset is the Content-Type of text in a charset.
func charset(value, charset string) field { return media(value, param{"charset", charset}) }

// transfer is Content-Transfer-Encoding.
func transfer(encoding string) field { return text("Content-Transfer-Encoding", encoding) }

// language is Content-Language.
func language(tags ...string) field {
	f := text("Content-Language", strings.Join(tags, ", "))
	f.tags = tags
	return f
}

// version says that the fields of RFC 2045 are meant.
func version() field { return text("MIME-Version", "1.0") }

// fields is a header.
func fields(list ...field) []field { return list }

// leaf is an entity whose body is as it is.
func leaf(body string, header ...field) *entity {
	return &entity{fields: header, text: body, plain: body}
}

// printable is text in quoted-printable; body is how it is transferred.
func printable(body, plain string, header ...field) *entity {
	return &entity{fields: append(header, transfer("quoted-printable")), text: body, plain: plain}
}

// base64Text is data in base64.
func base64Text(data string, header ...field) *entity {
	code := base64.StdEncoding.EncodeToString([]byte(data))
	var b strings.Builder
	for len(code) > 76 {
		b.WriteString(code[:76] + "\r\n")
		code = code[76:]
	}
	b.WriteString(code + "\r\n")
	return &entity{fields: append(header, transfer("base64")), text: b.String(), plain: data}
}

// multi is a multipart with its Content-Type behind the other fields.
func multi(subtype, boundary string, header []field, parts ...*entity) *entity {
	for _, p := range parts {
		p.digest = subtype == "digest"
	}
	header = append(header, media("multipart/"+subtype, param{"boundary", boundary}))
	if slices.ContainsFunc(parts, (*entity).eightBit) {
		header = append(header, transfer("8bit"))
	}
	return &entity{fields: header, boundary: boundary, parts: parts, epilogue: "\r\n"}
}

// embed is a message/rfc822 with its Content-Type behind the other fields.
func embed(inner *entity, header ...field) *entity {
	header = append(header, media("message/rfc822"))
	if inner.eightBit() {
		header = append(header, transfer("8bit"))
	}
	return &entity{fields: header, inner: inner}
}

// digested is a part of a digest that holds a message and says no more than it
// has to.
func digested(inner *entity) *entity {
	if inner.eightBit() {
		return embed(inner)
	}
	return &entity{inner: inner}
}

// eightBit reports whether an entity says that it has octets above 127. What
// holds one has to say so too (RFC 2045 section 6.4).
func (e *entity) eightBit() bool {
	f := e.field("Content-Transfer-Encoding")
	return f != nil && f.text == " 8bit"
}
