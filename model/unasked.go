package model

import "strings"

var (
	ruleUnasked = rule("extension-unasked", "7.2.1", MUST,
		"Until the client issues a command that uses a capability, responses are those of RFC 3501.")
	ruleXUnasked = rule("x-unasked", "6.5.1", MUST,
		"Untagged responses whose name begins with X are sent only if the client issued an experimental command.")
)

// requests are the data of extensions, and what is in a command that uses the
// capability. A command that has it, well-formed or not, may have asked.
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
		if data == "" || r.Syntax != nil {
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
