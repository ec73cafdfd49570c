// Package sessionlog reads recorded IMAP sessions, as a packet capture, a proxy or a
// server's log of its connections has them, and makes exchanges of them that the model
// can judge.
//
//	C: a1 LOGIN mary ****
//	S: a1 OK logged in
//	C: a2 FETCH 1 BODY[TEXT]
//	S: * 1 FETCH (BODY[TEXT] {7}
//	S: Hello
//	S: )
//	S: a2 OK done
//
// A line begins with "C:" or "S:", for what the client and the server have sent; digits
// before the colon tell several connections apart ("C1:", "S2:"). One space behind the
// colon is no part of the text. A time may stand before it, in one word or two of
// digits and ".:,-+TZ[]". Blank lines, and those that begin with "#", mean nothing.
//
// Each line of the text stands for itself and a CRLF. The octets of a literal run over
// the following lines, which have the same beginning ("S:") or, everywhere in the log,
// none. Where the lines of the log end in CRLF themselves, they are taken to be as they
// were sent, and a bare LF in a literal is one.
//
// A log may begin and end at any place in a session: of a connection whose beginning is
// not there, the state is not known, until the answer to a command shows it. An "S: * OK"
// may be a greeting or not, so it tells as little. Passwords may be struck out.
//
// The first line "imaplog v1" says that the log is exact: its sessions begin with the
// greeting, and an octet that is not printable ASCII, or that is a space at either end of
// the text, is \xHH, as in trace files. [Append] writes such logs.
//
// Two files of a server that writes what it reads and what it sends apart, each line with
// the time in seconds before it ("1234567890.123456 a1 NOOP", as Dovecot's rawlog), are one
// log of one connection: see [Merge].
//
// # Commands in progress
//
// Commands and answers are matched by their tags, and responses keep their order. If a
// client does not wait for one command's end before it sends the next, it is not sure
// what an untagged response belongs to (RFC 3501 section 5.5): the exchanges of all
// commands that were in progress at the same time are Loose.
package sessionlog
