package wire

import (
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// numbered is what begins with a number: EXISTS and RECENT of mailbox-data, and
// message-data. Only the latter has an nz-number, which is known behind it.
func (p *scanner) numbered() model.Data {
	first := p.i
	n := p.number()
	p.sp("response-data")
	start := p.i
	name := upper7(p.run(clsAtom))
	if p.err != nil {
		return nil
	}
	switch name {
	case "EXISTS":
		return model.Exists{N: n}
	case "RECENT":
		return model.Recent{N: n}
	case "EXPUNGE", "FETCH":
	default:
		p.failAt(start, "response-data", "EXISTS, RECENT, EXPUNGE or FETCH")
		return nil
	}
	if p.s[first] == '0' {
		p.failAt(first, "nz-number", "1-9")
		return nil
	}
	if name == "EXPUNGE" {
		return model.Expunge{N: n}
	}
	p.sp("message-data")
	return model.FetchData{N: n, Atts: p.msgAtt()}
}

// list is mailbox-list.
func (p *scanner) list(lsub bool) model.Data {
	p.sp("mailbox-data")
	d := model.ListData{LSub: lsub}
	p.open("mailbox-list")
	d.Attrs = p.listFlags()
	p.close("mailbox-list")
	p.sp("mailbox-list")
	d.Delim = p.delimiter("mailbox-list")
	p.sp("mailbox-list")
	d.Name = p.mailbox()
	if strings.HasPrefix(p.s[p.i:], " (") {
		p.i++
		d.Extended = p.listExtended()
	}
	if p.err != nil {
		return nil
	}
	return d
}

// listFlags is mbx-list-flags: at most one mbx-list-sflag among the rest.
func (p *scanner) listFlags() []string {
	var flags []string
	if p.peek() == ')' {
		return nil
	}
	selectability := false
	for {
		start := p.i
		if p.peek() != '\\' {
			p.fail("mbx-list-flags", `"\\"`)
			return nil
		}
		p.i++
		p.atom("mbx-list-flags")
		if p.err != nil {
			return nil
		}
		f := p.s[start:p.i]
		if sameFold(f, `\Noselect`) || sameFold(f, `\Marked`) || sameFold(f, `\Unmarked`) {
			if selectability {
				p.failAt(start, "mbx-list-flags", "one mbx-list-sflag")
				return nil
			}
			selectability = true
		}
		if flags = append(flags, f); !p.skip(' ') {
			return flags
		}
	}
}

// delimiter is the hierarchy delimiter: one QUOTED-CHAR, or NIL; rule has it.
func (p *scanner) delimiter(rule string) string {
	if p.skipNil() {
		return ""
	}
	if p.peek() != '"' {
		p.fail(rule, "DQUOTE or NIL")
		return ""
	}
	p.i++
	start := p.i
	switch c := p.peek(); {
	case octetClasses[c]&clsQuoted != 0:
		p.i++
	case c == '\\':
		p.i++
		start = p.i
		if c := p.peek(); c != '"' && c != '\\' {
			p.fail("QUOTED-CHAR", `"\"" or "\\"`)
			return ""
		}
		p.i++
	default:
		p.fail("QUOTED-CHAR", "QUOTED-CHAR")
		return ""
	}
	delim := p.s[start:p.i]
	p.octet('"', rule)
	return delim
}

// search is the SEARCH response. Behind numbers there may be their highest
// mod-sequence (RFC 7162).
func (p *scanner) search() model.Data {
	var d model.SearchData
	for p.skip(' ') {
		if d.Nums != nil && p.peek() == '(' {
			d.ModSeq = p.searchModSeq()
			break
		}
		n := p.nzNumber()
		if p.err != nil {
			break
		}
		d.Nums = append(d.Nums, n)
	}
	return d
}

// status is the STATUS response. An empty list is legal.
func (p *scanner) status() model.Data {
	p.sp("mailbox-data")
	d := model.StatusData{Name: p.mailbox()}
	p.sp("mailbox-data")
	p.open("mailbox-data")
	for p.peek() != ')' && !p.atEnd() {
		if d.Items != nil {
			p.sp("status-att-list")
		}
		d.Items = append(d.Items, p.statusItem())
	}
	p.close("mailbox-data")
	if p.err != nil {
		return nil
	}
	return d
}

// statusItem is one item of status-att-list, those of extensions included.
func (p *scanner) statusItem() model.StatusItem {
	start := p.i
	it := model.StatusItem{Name: upper7(p.run(clsAtom))}
	switch it.Name {
	case "MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED": // the last by RFC 9051
		p.sp("status-att-list")
		it.N = p.number()
	case "HIGHESTMODSEQ":
		p.sp("status-att-val")
		it.Long = p.number63("mod-sequence-valzer")
	case "SIZE", "DELETED-STORAGE":
		p.sp("status-att-val")
		it.Long = p.number63("number64")
	case "APPENDLIMIT":
		p.sp("status-att-val")
		if it.Nil = p.skipNil(); !it.Nil {
			it.N = p.number()
		}
	case "MAILBOXID":
		p.sp("status-att-val")
		p.open("status-att-val")
		it.ID = p.objectID()
		p.close("status-att-val")
	default:
		p.failAt(start, "status-att", "status-att")
	}
	return it
}

// opaque is what follows the name of a response that has no rule in section 9.
// It ends as every line does, and its literals are those that the framing saw.
func (p *scanner) opaque() {
	if p.atEnd() {
		return
	}
	p.sp("response-data")
	for {
		line := p.s[p.i:]
		n := strings.IndexAny(line, "\r\n")
		if n < 0 {
			p.i = len(p.s)
			return
		}
		size, ok := announced(line[:n])
		if !ok || model.OpenQuote(line[:n]) || !strings.HasPrefix(line[n:], "\r\n") {
			p.failAt(p.i+n, "CRLF", "CRLF")
			return
		}
		p.i += n + 2
		if len(p.s)-p.i < size {
			p.failAt(len(p.s), "literal", "the octets of the literal")
			return
		}
		p.i += size
	}
}
