// Package concurrent has several connections send at the same time, and judges what
// came of it.
//
// A program is groups of commands. Each connection sends those of a group in their order,
// all connections at once; the next group begins when every answer is there. What is
// judged is of two kinds: each connection's own evidence, as that of a recorded session
// is; and whether what the server has done is explained by one order of the commands
// that agrees with when each began and ended.
//
// RFC 3501 does not say that a command on several messages is done at one instant, nor
// that a session sees at once what another has done. So nothing that a session shows
// while another is open counts as what the server holds, and an order is looked for apart
// for each flag of each message, each message, each name and each mailbox's new messages:
// a STORE of three messages is three commands that may be ordered apart.
// What counts is what a session reads that is alone: before the others were opened, or
// after they have logged out.
package concurrent
