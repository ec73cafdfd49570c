package model

import (
	"strconv"
	"strings"
)

// Append appends the response to dst as octets, without the CRLF that ends it. It
// writes the fields and not Raw, in the canonical form: keywords in upper case,
// strings in the shortest form that can carry them. It checks nothing: a text with
// a CR in it is written so.
func (r *Response) Append(dst []byte) []byte {
	b := respBuf(dst)
	b = append(b, r.Tag...)
	b = append(b, ' ')
	switch {
	case r.Status != NoStatus:
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

func (b *respBuf) number(n uint32) { b.number63(uint64(n)) }

func (b *respBuf) number63(n uint64) { *b = strconv.AppendUint(*b, n, 10) }

func (b *respBuf) respText(r *Response) {
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
			b.rest(c.Args)
		}
		b.put("] ")
	}
	b.put(r.Text)
}

func (b *respBuf) data(d Data) {
	switch d := d.(type) {
	case Exists:
		b.number(d.N)
		b.put(" EXISTS")
	case Recent:
		b.number(d.N)
		b.put(" RECENT")
	case Expunge:
		b.number(d.N)
		b.put(" EXPUNGE")
	case FlagsData:
		b.put("FLAGS ")
		b.list(d.Flags)
	case ListData:
		b.mailboxList(d)
	case SearchData:
		b.put("SEARCH")
		for _, n := range d.Nums {
			b.put(" ")
			b.number(n)
		}
		if d.ModSeq != 0 {
			b.put(" (MODSEQ ")
			b.number63(d.ModSeq)
			b.put(")")
		}
	case StatusData:
		b.put("STATUS ")
		b.astring(d.Name)
		b.put(" (")
		for i, it := range d.Items {
			b.gap(i)
			b.statusItem(it)
		}
		b.put(")")
	case CapabilityData:
		b.put("CAPABILITY")
		b.words(d.Caps)
	case FetchData:
		b.number(d.N)
		b.put(" FETCH (")
		for i, a := range d.Atts {
			b.gap(i)
			b.att(a)
		}
		b.put(")")
	default:
		b.extension(d)
	}
}

func (b *respBuf) mailboxList(d ListData) {
	if d.LSub {
		b.put("LSUB ")
	} else {
		b.put("LIST ")
	}
	b.list(d.Attrs)
	b.put(" ")
	b.delimiter(d.Delim)
	b.put(" ")
	b.astring(d.Name)
	b.rest(d.Extended)
}

func (b *respBuf) att(a Att) {
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
	case "ENVELOPE", "BODY", "BODYSTRUCTURE", "MODSEQ":
		b.put(" ")
		b.put(a.Raw)
	default:
		if a.Origin >= 0 && a.Name[len(a.Name)-1] == ']' {
			b.put("<")
			*b = strconv.AppendInt(*b, a.Origin, 10)
			b.put(">")
		}
		b.put(" ")
		switch {
		case strings.HasPrefix(a.Name, "BINARY.SIZE["):
			b.number(a.Num)
		case a.Nil:
			b.put("NIL")
		case strings.HasPrefix(a.Name, "BINARY[") && strings.IndexByte(a.Text, 0) >= 0:
			b.put("~")
			b.literal(a.Text)
		default:
			b.str(a.Text)
		}
	}
}

// rest is what follows a space, if there is anything.
func (b *respBuf) rest(s string) {
	if s != "" {
		b.put(" ")
		b.put(s)
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

// AppendAString appends s as an astring: an atom if it can be, or else a quoted
// string, or else a literal.
func AppendAString(dst []byte, s string) []byte {
	b := respBuf(dst)
	b.astring(s)
	return b
}

func (b *respBuf) words(items []string) {
	for _, s := range items {
		b.put(" ")
		b.put(s)
	}
}

func (b *respBuf) astring(s string) {
	if a := A(s); a.Form == Atom {
		b.put(s)
	} else {
		b.str(s)
	}
}

// str is a quoted string, or a literal if s has octets that cannot be quoted.
func (b *respBuf) str(s string) {
	if (AString{S: s, Form: Quoted}).Legal().Form == Literal {
		b.literal(s)
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

func (b *respBuf) literal(s string) {
	b.put("{")
	*b = strconv.AppendInt(*b, int64(len(s)), 10)
	b.put("}\r\n")
	b.put(s)
}

func (b *respBuf) statusItem(it StatusItem) {
	b.put(it.Name)
	b.put(" ")
	switch {
	case it.Name == "HIGHESTMODSEQ", it.Name == "SIZE", it.Name == "DELETED-STORAGE":
		b.number63(it.Long)
	case it.Name == "MAILBOXID":
		b.put("(" + it.ID + ")")
	case it.Nil:
		b.put("NIL")
	default:
		b.number(it.N)
	}
}

// extension is the data of an extension.
func (b *respBuf) extension(d Data) {
	switch d := d.(type) {
	case NamespaceData:
		b.put("NAMESPACE")
		for _, list := range [][]Namespace{d.Personal, d.Other, d.Shared} {
			b.put(" ")
			b.namespace(list)
		}
	case EnabledData:
		b.put("ENABLED")
		b.words(d.Caps)
	case VanishedData:
		b.put("VANISHED ")
		if d.Earlier {
			b.put("(EARLIER) ")
		}
		b.put(d.Set.String())
	case ESearchData:
		b.esearch(d)
	case OtherData:
		b.put(d.Name)
		b.rest(d.Raw)
	}
}

func (b *respBuf) namespace(list []Namespace) {
	if list == nil {
		b.put("NIL")
		return
	}
	b.put("(")
	for _, n := range list {
		b.put("(")
		b.str(n.Prefix)
		b.put(" ")
		b.delimiter(n.Delim)
		b.rest(n.Extension)
		b.put(")")
	}
	b.put(")")
}

func (b *respBuf) esearch(d ESearchData) {
	b.put("ESEARCH")
	if d.Tag != "" {
		b.put(" (TAG ")
		b.str(d.Tag)
		b.put(")")
	}
	if d.UID {
		b.put(" UID")
	}
	item := func(label string, n uint64, present bool) {
		if present {
			b.put(" " + label + " ")
			b.number63(n)
		}
	}
	item("MIN", uint64(d.Min), d.Min != 0)
	item("MAX", uint64(d.Max), d.Max != 0)
	if d.All != nil {
		b.put(" ALL " + d.All.String())
	}
	item("COUNT", uint64(d.Count), d.HasCount)
	item("MODSEQ", d.ModSeq, d.ModSeq != 0)
	for _, o := range d.Other {
		b.put(" " + o.Label + " " + o.Raw)
	}
}

// delimiter is a hierarchy delimiter, NIL for none.
func (b *respBuf) delimiter(d string) {
	if d == "" {
		b.put("NIL")
	} else {
		b.str(d)
	}
}
