package wire

import (
	"strconv"

	"github.com/imapcheck/imapcheck/model"
)

// AppendResponse appends r to dst as octets, without the CRLF that ends it. It
// writes the fields and not Raw, in the canonical form: keywords in upper case,
// strings in the shortest form that can carry them. Of a response that is within
// the grammar, ParseResponse reads the same fields back. It checks nothing: a
// text with a CR in it is written so.
func AppendResponse(dst []byte, r model.Response) []byte {
	b := respBuf(dst)
	b = append(b, r.Tag...)
	b = append(b, ' ')
	switch {
	case r.Status != model.NoStatus:
		b = append(b, r.Status.String()...)
		b = append(b, ' ')
		b.respText(r)
	case r.Data != nil:
		b.data(r.Data)
	default:
		b.respText(r)
	}
	return b
}

// respBuf is the octets of a response under construction.
type respBuf []byte

func (b *respBuf) put(s string) { *b = append(*b, s...) }

func (b *respBuf) number(n uint32) { *b = strconv.AppendUint(*b, uint64(n), 10) }

func (b *respBuf) respText(r model.Response) {
	if c := r.Code; c != nil {
		b.put("[")
		b.put(c.Name)
		switch c.Name {
		case "UIDNEXT", "UIDVALIDITY", "UNSEEN":
			b.put(" ")
			b.number(c.Num)
		case "PERMANENTFLAGS":
			b.put(" ")
			b.list(c.List)
		case "CAPABILITY":
			b.words(c.List)
		case "BADCHARSET":
			for i, s := range c.List {
				b.put([]string{" (", " "}[min(i, 1)])
				b.astring(s)
			}
			if len(c.List) > 0 {
				b.put(")")
			}
		default:
			if c.Args != "" {
				b.put(" ")
				b.put(c.Args)
			}
		}
		b.put("] ")
	}
	b.put(r.Text)
}

func (b *respBuf) data(d model.Data) {
	switch d := d.(type) {
	case model.Exists:
		b.number(d.N)
		b.put(" EXISTS")
	case model.Recent:
		b.number(d.N)
		b.put(" RECENT")
	case model.Expunge:
		b.number(d.N)
		b.put(" EXPUNGE")
	case model.FlagsData:
		b.put("FLAGS ")
		b.list(d.Flags)
	case model.ListData:
		b.mailboxList(d)
	case model.SearchData:
		b.put("SEARCH")
		for _, n := range d.Nums {
			b.put(" ")
			b.number(n)
		}
	case model.StatusData:
		b.put("STATUS ")
		b.astring(d.Name)
		b.put(" (")
		for i, it := range d.Items {
			b.gap(i)
			b.put(it.Name)
			b.put(" ")
			b.number(it.N)
		}
		b.put(")")
	case model.CapabilityData:
		b.put("CAPABILITY")
		b.words(d.Caps)
	case model.FetchData:
		b.number(d.N)
		b.put(" FETCH (")
		for i, a := range d.Atts {
			b.gap(i)
			b.att(a)
		}
		b.put(")")
	case model.OtherData:
		b.put(d.Name)
	}
}

func (b *respBuf) mailboxList(d model.ListData) {
	if d.LSub {
		b.put("LSUB ")
	} else {
		b.put("LIST ")
	}
	b.list(d.Attrs)
	if d.Delim == "" {
		b.put(" NIL ")
	} else {
		b.put(" ")
		b.str(d.Delim)
		b.put(" ")
	}
	b.astring(d.Name)
}

func (b *respBuf) att(a model.Att) {
	b.put(a.Name)
	switch a.Name {
	case "FLAGS":
		b.put(" ")
		b.list(a.Flags)
	case "UID", "RFC822.SIZE":
		b.put(" ")
		b.number(a.Num)
	case "INTERNALDATE":
		b.put(` "`)
		b.put(a.Text)
		b.put(`"`)
	case "ENVELOPE", "BODY", "BODYSTRUCTURE":
		b.put(" ")
		b.put(a.Raw)
	default:
		if a.Origin >= 0 && a.Name[len(a.Name)-1] == ']' {
			b.put("<")
			*b = strconv.AppendInt(*b, a.Origin, 10)
			b.put(">")
		}
		b.put(" ")
		if a.Nil {
			b.put("NIL")
		} else {
			b.str(a.Text)
		}
	}
}

// gap is the space before every item of a list but the first.
func (b *respBuf) gap(i int) {
	if i > 0 {
		b.put(" ")
	}
}

func (b *respBuf) list(items []string) {
	b.put("(")
	for i, s := range items {
		b.gap(i)
		b.put(s)
	}
	b.put(")")
}

func (b *respBuf) words(items []string) {
	for _, s := range items {
		b.put(" ")
		b.put(s)
	}
}

func (b *respBuf) astring(s string) {
	if a := model.A(s); a.Form == model.Atom {
		b.put(s)
	} else {
		b.str(s)
	}
}

// str is a quoted string, or a literal if s has octets that cannot be quoted.
func (b *respBuf) str(s string) {
	if (model.AString{S: s, Form: model.Quoted}).Legal().Form == model.Literal {
		b.put("{")
		*b = strconv.AppendInt(*b, int64(len(s)), 10)
		b.put("}\r\n")
		b.put(s)
		return
	}
	b.put(`"`)
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			*b = append(*b, '\\')
		}
		*b = append(*b, s[i])
	}
	b.put(`"`)
}
