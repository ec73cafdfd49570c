package message

// address is an address structure of ENVELOPE, or one end of a group
// (RFC 3501 section 7.4.2).
type address struct {
	name    string // the phrase, unquoted, encoded words as they are
	decoded string // the name with its encoded words decoded, if it has any
	comment string // the name is in a comment: it may be taken as one or not
	mailbox string
	host    string
	group   int8 // +1 opens the group that mailbox names, -1 closes it
}
