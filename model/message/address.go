package message

// address is an address structure of ENVELOPE: a person, or one end of a group,
// which has no host and, at the closing end, no mailbox either (RFC 3501
// section 7.4.2).
type address struct {
	name    string // the phrase, unquoted, encoded words as they are
	decoded string // the name with its encoded words decoded, if it has any
	comment string // the name is in a comment: a server may take it for one or not
	mailbox string
	host    string
}

// same compares an address structure.
func (a address) same(v value) bool {
	if v.kind != aList || len(v.list) != 4 || !v.list[1].empty() {
		return false
	}
	mailbox, host := v.list[2], v.list[3]
	switch {
	case a.host == "" && host.kind != aNil, a.mailbox == "" && mailbox.kind != aNil:
		return false // NIL is what tells a group from a person
	case a.host != "" && !host.isFold(a.host), a.mailbox != "" && !mailbox.is(a.mailbox):
		return false
	}
	return a.sameName(v.list[0])
}

// sameName compares the personal name, which a server may give decoded, and
// with its quoted pairs or without.
func (a address) sameName(v value) bool {
	escaped := escape.Replace(a.name)
	if a.name == "" {
		return v.empty() || a.comment != "" && v.is(a.comment)
	}
	return v.isCoded(a.name, a.decoded) || v.is(escaped)
}
