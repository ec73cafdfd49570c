package message

// Section is all the octets that the RFCs allow as the text of a body section,
// the canonical ones first. name is as in a FETCH response, in upper case and
// without the origin: "BODY[]", "RFC822.HEADER", "BODY[1.2.MIME]",
// "BODY[HEADER.FIELDS (FROM TO)]". known is false where the RFCs do not settle
// the answer: a part that does not exist, the MIME header of part 1 of a
// message without multipart.
func (m *Message) Section(name string) (texts []string, known bool) {
	switch name {
	case "BODY[]", "RFC822":
		return []string{m.octets}, true
	}
	return nil, false
}

// Parts are the section part numbers that exist, in order: "1", "2", "2.1".
func (m *Message) Parts() []string { return nil }
