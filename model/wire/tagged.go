package wire

import (
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// The responses that extensions may add items to (RFC 4466): ESEARCH, and LIST
// with extended data (RFC 5258).

// esearch is esearch-response (RFC 4466), with the data that RFC 4731 defines.
// RFC 9051 lets the tag be an astring.
func (p *scanner) esearch() model.Data {
	var d model.ESearchData
	if strings.HasPrefix(p.s[p.i:], " (") {
		p.i++
		p.open("search-correlator")
		start := p.i
		if !sameFold(p.run(clsAtom), "TAG") {
			p.failAt(start, "search-correlator", `"TAG"`)
		}
		p.sp("search-correlator")
		d.Tag = p.astring()
		p.close("search-correlator")
	}
	for first := true; p.skip(' '); first = false {
		label := p.label()
		if first && label == "UID" {
			d.UID = true
			continue
		}
		p.sp("search-return-data")
		p.searchReturn(&d, label)
	}
	return d
}

// label is tagged-ext-label, in upper case.
func (p *scanner) label() string {
	if c := p.peek(); octetClasses[c]&clsDigit != 0 || c == ':' {
		p.fail("tagged-ext-label", "a letter")
		return ""
	}
	label := upper7(p.run(clsLabel))
	if label == "" {
		p.fail("tagged-ext-label", "a letter")
	}
	return label
}

func (p *scanner) searchReturn(d *model.ESearchData, label string) {
	start := p.i
	switch label {
	case "MIN":
		d.Min = p.nzNumber()
	case "MAX":
		d.Max = p.nzNumber()
	case "COUNT":
		d.Count, d.HasCount = p.number(), true
	case "ALL":
		d.All = p.set("search-return-data", true)
	case "MODSEQ":
		d.ModSeq = p.modSequence()
	default:
		p.taggedVal()
		d.Other = append(d.Other, model.TaggedItem{Label: label, Raw: p.s[start:p.i]})
	}
}

// taggedVal is tagged-ext-val: what the data of an extension looks like.
func (p *scanner) taggedVal() {
	const rule = "tagged-ext-val"
	if p.peek() == '(' {
		p.open(rule)
		if p.peek() != ')' {
			p.taggedComp()
		}
		p.close(rule)
		return
	}
	start := p.i
	p.run(clsDigit)
	c := p.peek()
	single := p.i > start && c != ':' && c != ','
	if p.i = start; single {
		p.number63("tagged-ext-simple") // of 32 bits in RFC 4466, of 63 in RFC 9051
	} else {
		p.set("tagged-ext-simple", true)
	}
}

func (p *scanner) taggedComp() {
	const rule = "tagged-ext-comp"
	for {
		if p.peek() == '(' {
			p.open(rule)
			p.taggedComp()
			p.close(rule)
		} else {
			p.astring()
		}
		if !p.skip(' ') {
			return
		}
	}
}

// listExtended is mbox-list-extended (RFC 5258 section 6), as it came.
func (p *scanner) listExtended() string {
	const rule = "mbox-list-extended"
	start := p.i
	p.open(rule)
	if p.peek() != ')' {
		p.listItem()
		for p.skip(' ') {
			p.listItem()
		}
	}
	p.close(rule)
	return p.s[start:p.i]
}

// listItem is mbox-list-extended-item. Its tag is an atom in whatever form.
func (p *scanner) listItem() {
	const rule = "mbox-list-extended-item"
	start := p.i
	tag := p.astring()
	if p.err == nil && (tag == "" || strings.ContainsFunc(tag, notInAtom)) {
		p.failAt(start, rule, "an atom, quoted or not")
	}
	p.sp(rule)
	switch upper7(tag) {
	case "CHILDINFO":
		p.childInfo()
	case "OLDNAME":
		p.open("oldname-extended-item")
		p.mailbox()
		p.close("oldname-extended-item")
	default:
		p.taggedVal()
	}
}

func notInAtom(r rune) bool { return r >= 0x80 || !model.IsAtomChar(byte(r)) }

// childInfo is the value of childinfo-extended-item: the options are quoted.
func (p *scanner) childInfo() {
	const rule = "childinfo-extended-item"
	p.open(rule)
	for {
		if p.peek() != '"' {
			p.fail(rule, "DQUOTE")
		}
		p.quoted()
		if !p.skip(' ') {
			break
		}
	}
	p.close(rule)
}
