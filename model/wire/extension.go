package wire

import (
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// extensionRules says of the rules that are not those of RFC 3501 where they are
// from.
var extensionRules = map[string]string{
	"Namespace": "RFC 2342", "Namespace_Response": "RFC 2342", "Namespace_Response_Extension": "RFC 2342",
	"id_response": "RFC 2971", "id_params_list": "RFC 2971",
	"section-binary": "RFC 3516", "literal8": "RFC 3516",
	"resp-code-apnd": "RFC 4315", "resp-code-copy": "RFC 4315",
	"search-correlator": "RFC 4466", "search-return-data": "RFC 4466",
	"status-att-val": "RFC 4466", "tagged-ext-label": "RFC 4466",
	"tagged-ext-comp": "RFC 4466", "tagged-ext-simple": "RFC 4466", "tagged-ext-val": "RFC 4466",
	"childinfo-extended-item": "RFC 5258", "mbox-list-extended": "RFC 5258", "mbox-list-extended-item": "RFC 5258",
	"expunged-resp": "RFC 7162", "fetch-mod-resp": "RFC 7162", "known-uids": "RFC 7162",
	"mod-sequence-value": "RFC 7162", "mod-sequence-valzer": "RFC 7162", "search-sort-mod-seq": "RFC 7162",
	"number64":              "RFC 8438",
	"objectid":              "RFC 8474",
	"oldname-extended-item": "RFC 9051",
}

// extension is an untagged response that RFC 3501 does not have; start is where
// its name begins.
func (p *scanner) extension(name string, start int) model.Data {
	behind := p.i
	switch name {
	case "NAMESPACE":
		return p.namespaces()
	case "ENABLED":
		return p.enabled()
	case "VANISHED":
		return p.vanished()
	case "ESEARCH":
		return p.esearch()
	case "ID":
		p.id()
	default:
		if !isExtension(name) {
			p.failAt(start, "response-data", "the name of a response")
			return nil
		}
		p.opaque()
	}
	return model.OtherData{Name: name, Raw: strings.TrimPrefix(p.s[behind:p.i], " ")}
}

// isExtension reports whether name is an untagged response whose content is
// left to others: an experimental one, or one of a standards-track extension.
func isExtension(name string) bool {
	switch name {
	case "QUOTA", "QUOTAROOT", // RFC 2087
		"ACL", "LISTRIGHTS", "MYRIGHTS", // RFC 4314
		"SORT", "THREAD", // RFC 5256
		"LANGUAGE", "COMPARATOR", // RFC 5255
		"GENURLAUTH", "URLFETCH", // RFC 4467
		"METADATA", "ANNOTATION", "CONVERSION": // RFC 5464, 5257, 5259
		return true
	}
	return name != "" && name[0] == 'X'
}

// namespaces is Namespace_Response (RFC 2342 section 6).
func (p *scanner) namespaces() model.Data {
	var d model.NamespaceData
	for _, list := range []*[]model.Namespace{&d.Personal, &d.Other, &d.Shared} {
		p.sp("Namespace_Response")
		*list = p.namespace()
	}
	return d
}

func (p *scanner) namespace() []model.Namespace {
	const rule = "Namespace"
	if p.skipNil() {
		return nil
	}
	var list []model.Namespace
	p.open(rule)
	for {
		p.open(rule)
		n := model.Namespace{Prefix: p.str(rule)}
		p.sp(rule)
		n.Delim = p.delimiter(rule)
		n.Extension = p.namespaceExtensions()
		p.close(rule)
		if p.err != nil {
			return list
		}
		if list = append(list, n); p.peek() != '(' {
			break
		}
	}
	p.close(rule)
	return list
}

// namespaceExtensions is *(Namespace_Response_Extension), as it came.
func (p *scanner) namespaceExtensions() string {
	const rule = "Namespace_Response_Extension"
	start := p.i
	for p.skip(' ') {
		p.str(rule)
		p.sp(rule)
		p.open(rule)
		p.str(rule)
		for p.skip(' ') {
			p.str(rule)
		}
		p.close(rule)
	}
	return strings.TrimPrefix(p.s[start:p.i], " ")
}

// enabled is enable-data (RFC 5161).
func (p *scanner) enabled() model.Data {
	var d model.EnabledData
	for p.skip(' ') {
		c := p.atom("capability")
		if p.err != nil {
			break
		}
		d.Caps = append(d.Caps, c)
	}
	return d
}

// id is what follows the name of an id_response (RFC 2971 section 4).
func (p *scanner) id() {
	p.sp("id_response")
	if p.skipNil() {
		return
	}
	p.open("id_params_list")
	if p.peek() != ')' {
		for {
			p.str("id_params_list")
			p.sp("id_params_list")
			p.nstring()
			if !p.skip(' ') {
				break
			}
		}
	}
	p.close("id_params_list")
}

// vanished is expunged-resp (RFC 7162).
func (p *scanner) vanished() model.Data {
	const rule, earlier = "expunged-resp", "(EARLIER)"
	var d model.VanishedData
	p.sp(rule)
	if p.peek() == '(' {
		if len(p.s)-p.i < len(earlier) || !sameFold(p.s[p.i:p.i+len(earlier)], earlier) {
			p.fail(rule, `"`+earlier+`"`)
			return nil
		}
		p.i += len(earlier)
		d.Earlier = true
		p.sp(rule)
	}
	d.Set = p.set("known-uids", false)
	return d
}

// searchModSeq is search-sort-mod-seq (RFC 7162).
func (p *scanner) searchModSeq() uint64 {
	const rule = "search-sort-mod-seq"
	p.open(rule)
	start := p.i
	if !sameFold(p.run(clsAtom), "MODSEQ") {
		p.failAt(start, rule, `"MODSEQ"`)
	}
	p.sp(rule)
	n := p.modSequence()
	p.close(rule)
	return n
}

// objectID is objectid (RFC 8474).
func (p *scanner) objectID() string {
	start := p.i
	id := p.run(clsObjectID)
	if len(id) < 1 || len(id) > 255 {
		p.failAt(start, "objectid", `1 to 255 letters, digits, "_" and "-"`)
	}
	return id
}

// extensionAtt is a data item of an extension, whose name begins at start and has
// been read.
func (p *scanner) extensionAtt(a *model.Att, start int) {
	const rule = "fetch-mod-resp"
	section := p.peek() == '['
	switch {
	case a.Name == "MODSEQ":
		p.sp(rule)
		from := p.i
		p.open(rule)
		p.modSequence()
		p.close(rule)
		a.Raw = p.s[from:p.i]
	case section && a.Name == "BINARY":
		p.binary(a, start)
	case section && a.Name == "BINARY.SIZE":
		p.sectionBinary(a, start)
		p.sp("msg-att-static")
		a.Num = p.number()
	default:
		p.failAt(start, "msg-att", "the name of a data item")
	}
}

// sectionBinary is section-binary (RFC 3516), which a.Name gets.
func (p *scanner) sectionBinary(a *model.Att, start int) {
	const rule = "section-binary"
	p.octet('[', rule)
	if p.peek() != ']' {
		p.nzNumber()
		for p.skip('.') {
			p.nzNumber()
		}
	}
	p.octet(']', rule)
	a.Name = upper7(p.s[start:p.i])
}

// binary is BINARY of a section (RFC 3516). Section 4.3 has the origin octet,
// which the syntax forgets.
func (p *scanner) binary(a *model.Att, start int) {
	p.sectionBinary(a, start)
	if p.skip('<') {
		a.Origin = int64(p.number())
		p.octet('>', "msg-att-static")
	}
	p.sp("msg-att-static")
	if p.skip('~') {
		a.Text = p.literal("literal8")
	} else {
		a.Text, a.Nil = p.nstring()
	}
}
