// Package wire is the octets of IMAP4rev1: the data formats of RFC 3501
// section 4 and the grammar of its section 9, in both directions.
//
// From the server, a [Reader] cuts the stream into responses and parses each.
// The parser is an oracle, so it is strict: what section 9 does not produce is
// reported, with the octet and the rule that failed, and never repaired. Cutting
// is another matter: a broken response must not take its neighbours with it, so
// the reader finds the end of a line without asking whether the line is right.
//
// Package wire does no I/O of its own; a Reader reads what it is given.
package wire
