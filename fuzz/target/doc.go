// Package target opens the systems under test: IMAP servers inside this
// process and servers at an address. Every trace gets a fresh account, whose
// INBOX holds what the trace's fixture says and nothing else.
package target
