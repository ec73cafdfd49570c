// Package message has mail messages (RFC 5322, MIME) that are built from a tree
// rather than parsed, so that what an IMAP server has to say about them is known
// by construction: every body section, ENVELOPE, BODY and BODYSTRUCTURE, and
// what SEARCH finds. Where the RFCs leave a server a choice, all of it is right.
//
// The package is pure: no I/O, clock or goroutine, and nothing in it changes.
package message
