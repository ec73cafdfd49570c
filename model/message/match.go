package message

// Match is what SEARCH has to find. key is BCC, BODY, CC, FROM, SUBJECT, TEXT, TO
// or HEADER with a field name; utf8 says that the search has CHARSET UTF-8. must
// means that every conforming server finds the message, and without may none
// does; between the two lies what RFC 3501 section 6.4.4 leaves open.
func (m *Message) Match(key, field, text string, utf8 bool) (must, may bool) { return false, true }

// Words are strings worth a search: some of header fields, of bodies, of nested
// parts, some in another case, and one that is nowhere. Those with octets above
// 127 are UTF-8 and need a literal and CHARSET UTF-8.
func (m *Message) Words() []string { return nil }
