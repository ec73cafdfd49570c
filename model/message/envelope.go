package message

// Envelope holds an ENVELOPE, octets of the parenthesized list, against the
// message. It returns the first member that is wrong ("date", "subject", "from",
// "sender", "reply-to", "to", "cc", "bcc", "in-reply-to", "message-id") and what
// is right in IMAP notation; nothing if all of it is allowed.
func (m *Message) Envelope(raw string) (field, want string) { return "", "" }
