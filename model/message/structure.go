package message

// Structure holds a BODYSTRUCTURE, or a BODY if not extended, against the
// message. It returns the first field that is wrong ("type", "subtype",
// "parameters", "id", "description", "encoding", "octets", "lines", "envelope",
// "parts", "md5", "disposition", "language", "location", "extension") and what
// is right in IMAP notation; nothing if all of it is allowed.
func (m *Message) Structure(raw string, extended bool) (field, want string) { return "", "" }
