// Package corpus reads and writes the trace file: program, evidence and
// judgement in one text, in the notation of RFC 3501.
//
//	imaptrace v1
//	finding expunge-renumbers      (RFC 3501 7.4.1, MUST)   key: EXPUNGE/Selected   found: seed=4711
//	fixture INBOX=2 delim=. caps=MOVE,UIDPLUS tls=yes
//
//	S0: * OK ready
//	C0: LOGIN "user" "pass"
//	S0: OK done
//	C0: UID STORE $1 FLAGS (\Seen)
//	D0: split 7
//	B0: UID STORE 17 FLAGS (\Seen)
//	E0: closed
//	!! bye-before-close step=2 command=UID STORE state=NotAuthenticated  got: close  want: BYE
//
// The digits are the number of the connection. A C line is a step of the
// trace, a D line below it says how it goes out if not as usual: "octets" (one by
// one), "split 7" (in two writes, the first of 7 octets), "burst" (in one write with
// the next), "hangup" (and the client hangs up), "cut 7" (the client hangs up behind 7
// octets). A B line below that is what was sent in its place (symbolic numbers bound), S lines are what the server said, and an E line is how it left the
// connection, if not open: "closed", "silent", "flooded", and behind the OK of a
// STARTTLS "not TLS" or "TLS failed"; "hung up" says that the client did ("closed in mid-line" if the last S line is
// not a whole response). S lines that stand before the first C line of their
// connection are its greeting; where a connection was opened again, a line "O0:"
// stands before the new greeting. A tag that is the step's own ("A2" for the
// second C line of the file) is left out before OK, NO and BAD. A step without
// S and E lines in a file that has some was not executed. Where C lines of other
// connections stand between a command and its reply, they were sent before it was there.
// "STARTTLS\x0D\x0Ax1 NOOP"
// is a STARTTLS with octets behind it, in the clear; else a connection is under TLS
// from the OK of STARTTLS on, or with "tls=yes" from the start.
//
// A "??" line behind a C line and its D line is what the author of the trace expects of the
// answer, in a language that the model does not know: see package imaptest.
//
// An octet that is not printable ASCII is \xHH, in upper-case hex; so is a
// space at either end of the text, and so is a backslash that would begin such
// an escape. Every string of octets has one spelling. Blank lines and lines
// that begin with "#" mean nothing.
package corpus

import "github.com/imapcheck/imapcheck/model"

// File is the content of a trace file.
type File struct {
	// Finding says why the file is kept; nil for a plain trace.
	Finding *Finding
	// Trace has all C lines.
	Trace model.Trace
	// Delim is the hierarchy delimiter of the server that the evidence is of, if
	// it is not "/": one character, or "NIL" for a server without hierarchy.
	Delim string
	// Caps are the extensions of that server that the evidence is judged by: atoms
	// without commas, in upper case, sorted and each once; nil for none.
	Caps []string
	// TLS says that the connections of that server are under TLS from the start.
	TLS bool
	// Transcript has the steps that were executed; nil if the file has no
	// S and no E line. It has the fixture of Trace, the steps that it refers to
	// ascend, every exchange has responses or an end, and a greeting has the
	// number of the next step on its connection, or the number of steps.
	Transcript *model.Transcript
	// Marks are the "!!" lines, in the order of their steps.
	Marks []Mark
	// Expectations are the "??" lines, in the order of their steps.
	Expectations []Expectation
}

// Expectation is what the author of a trace expects of the answer to a step.
type Expectation struct {
	Step int    // index of the C line
	Text string // not empty
}

// Finding is what a trace shows.
type Finding struct {
	Rule   string // id of the rule: letters, digits, "-", ".", "_", ":"
	Clause string // e.g. "RFC 3501 7.4.1"
	Level  string // MUST or SHOULD
	// Command and State are those of model.Violation. Both can be empty; they
	// hold no "/".
	Command, State string
	Found          string // how it was found, e.g. "seed=4711 target=mem confirmed=5/5"
}

// Key names the bug, as model.Violation.Key does: rule/command/state.
func (f Finding) Key() string { return f.Rule + "/" + f.Command + "/" + f.State }

// Mark is a violation as the file has it.
type Mark struct {
	Rule string
	// Step is the number of the C line over the whole file, from 1. Zero is the
	// greeting.
	Step int
	// Command and State are as in Finding. Command has one word or two.
	Command, State string
	Got, Want      string
}
