package model

import (
	"slices"
	"strings"
)

var (
	ruleUnasked = rule("extension-unasked", "7.2.1", MUST,
		"Until the client issues a command that uses a capability, responses are those of RFC 3501; data of one that is advertised are let pass.")
	ruleXUnasked = rule("x-unasked", "6.5.1", MUST,
		"Untagged responses whose name begins with X are sent only if the client issued an experimental command.")
)

// requests are the data of extensions, and what is in a command that uses the
// capability. A command that has it, well-formed or not, may have asked.
//
// The data of a capability that the server advertises are let pass, although
// section 7.2.1 wants them to be asked for: its clients are prepared for them.
var requests = []struct {
	data  string
	words []string
}{
	{"ESEARCH", []string{"RETURN", "ESEARCH", "CONTEXT", "PARTIAL", "IMAP4REV2"}},
	{"VANISHED", []string{"QRESYNC", "UIDONLY"}},
	{"MODSEQ", []string{"MODSEQ", "CONDSTORE", "QRESYNC", "CHANGEDSINCE"}},
	{"ENABLED", []string{"ENABLE"}},
	{"NAMESPACE", []string{"NAMESPACE"}},
	{"ID", []string{"ID"}},
	{"QUOTA", []string{"QUOTA"}},
	{"QUOTAROOT", []string{"QUOTA"}},
	{"ACL", []string{"ACL"}},
	{"LISTRIGHTS", []string{"RIGHTS"}},
	{"MYRIGHTS", []string{"RIGHTS"}},
	{"SORT", []string{"SORT"}},
	{"THREAD", []string{"THREAD"}},
	{"GENURLAUTH", []string{"URLAUTH"}},
	{"URLFETCH", []string{"URLFETCH"}},
	{"METADATA", []string{"METADATA", "NOTIFY"}},
	{"ANNOTATION", []string{"ANNOTAT"}},
	{"CONVERSION", []string{"CONVERT"}},
	{"X", []string{"X"}},
}

// asksUnicode is the bit of a command that may ask for names in UTF-8 (RFC 6855).
const asksUnicode = 1 << 31

// asks are the requests, by their places in the list, that a command may be.
func asks(c Command) (bits uint32) {
	text := ""
	switch c := c.(type) {
	case Simple:
		text = c.Verb
	case StartTLS:
		if c.Behind != nil {
			return asks(c.Behind)
		}
		return 0
	case Enable:
		text = "ENABLE " + strings.Join(c.Caps, " ")
	case Experimental:
		text = "X"
	case Raw:
		text = c.Bytes
	default:
		return 0
	}
	text = strings.ToUpper(text)
	if strings.Contains(text, "UTF8=") || strings.Contains(text, "IMAP4REV2") {
		bits = asksUnicode
	}
	for i, r := range requests {
		for _, w := range r.words {
			if strings.Contains(text, w) {
				bits |= 1 << i
			}
		}
	}
	return bits
}

// unasked reports the data of extensions that the client did not ask for on this
// connection.
func (j *judge) unasked() {
	for i := range j.x.Reply.Responses {
		r := &j.x.Reply.Responses[i]
		data := dataOf(r)
		if data == "" || r.Syntax != nil || j.c.offers(data) {
			continue
		}
		for k, q := range requests {
			switch {
			case q.data != data || j.c.asked&(1<<k) != 0:
			case data == "X":
				j.report(ruleXUnasked, r.Raw, "no such response before an experimental command")
				return
			default:
				j.reportPart(ruleUnasked, data, clipRaw(r.Raw), "no "+data+" before a command that asks for it")
				return
			}
		}
	}
}

// offers reports whether the server advertises a capability whose data these are.
// Of one that has not listed its capabilities, or not since the state of the
// connection changed, that is not known.
func (c *Conn) offers(data string) bool {
	if data == "X" {
		return false
	}
	if c.caps == nil {
		return true
	}
	return slices.ContainsFunc(c.caps, func(name string) bool {
		name = strings.ToUpper(name)
		switch data {
		case "MODSEQ", "VANISHED":
			return name == "CONDSTORE" || name == "QRESYNC" || name == "UIDONLY"
		case "ENABLED":
			return name == "ENABLE"
		case "LISTRIGHTS", "MYRIGHTS":
			return name == "ACL" || strings.HasPrefix(name, "RIGHTS=")
		case "GENURLAUTH", "URLFETCH":
			return strings.HasPrefix(name, "URLAUTH")
		case "ANNOTATION":
			return strings.HasPrefix(name, "ANNOTATE")
		case "CONVERSION":
			return name == "CONVERT"
		case "ESEARCH":
			return name == "ESEARCH" || name == "IMAP4REV2" || strings.HasPrefix(name, "CONTEXT=")
		}
		return strings.HasPrefix(name, strings.TrimSuffix(data, "ROOT"))
	})
}

// dataOf is the kind of data of an extension that a response has, "" for none.
func dataOf(r *Response) string {
	switch d := r.Data.(type) {
	case ESearchData:
		return "ESEARCH"
	case VanishedData:
		return "VANISHED"
	case EnabledData:
		return "ENABLED"
	case NamespaceData:
		return "NAMESPACE"
	case SearchData:
		if d.ModSeq != 0 {
			return "MODSEQ"
		}
	case FetchData:
		for i := range d.Atts {
			if d.Atts[i].Name == "MODSEQ" {
				return "MODSEQ"
			}
		}
	case OtherData:
		if strings.HasPrefix(d.Name, "X") {
			return "X"
		}
		return d.Name
	}
	return ""
}
