// Package model is the reference model of an IMAP4rev1 server (RFC 3501): the
// four connection states of section 3, the mail store behind them, and the
// judgement of every answer.
//
// The model is pure. It does no I/O, reads no clock and starts no goroutine.
// Its centre is [Machine.Next]: given what is known of a server (a [State]) and
// what just happened on one connection (an [Exchange]), it says what is known
// afterwards and which clauses of the RFC the answer broke. A server has many
// legal answers, so the model does not predict one: it accepts or refuses the
// one it is shown, and learns from it.
//
// [Machine.Replies] goes the other way: it gives right answers to a command, which
// Next accepts.
//
// Program, evidence and judgement are three types: [Trace] is what to do,
// [Transcript] is what happened, and a list of [Violation] is what it means.
package model
