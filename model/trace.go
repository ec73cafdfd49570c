package model

import (
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Fixture is what the server holds before the first step of a trace: one
// account, whose INBOX has Messages messages, the first ones of
// [FixtureMessage].
type Fixture struct {
	Messages int
}

// Step is one command on one connection. A connection is opened by the first
// step that uses it.
type Step struct {
	Conn     int
	Cmd      Command
	Delivery Delivery
}

// Trace is a program: what to do, from a known beginning.
type Trace struct {
	Fixture Fixture
	Steps   []Step
}

// End says how the server left the connection at the end of an exchange.
type End uint8

// The ends. Open is the usual one.
const (
	Open    End = iota
	Closed      // the server closed the connection
	Silent      // the server neither answered nor closed: a hang
	Flooded     // the server sent more than the reader's bounds allow
	// NotTLS: behind the OK of STARTTLS the server sent something else than TLS. The
	// first line of it is the last response.
	NotTLS
	TLSFailed // behind the OK of STARTTLS the server spoke TLS, and no connection came of it
	HungUp    // the client has hung up, as [Delivery] says
)

var endNames = [...]string{"", "closed", "silent", "flooded", "not TLS", "TLS failed", "hung up"}

// String is what a trace file has for it, "" for Open.
func (e End) String() string { return endNames[e] }

// ParseEnd is the end, other than Open, that a trace file has the words for, in any
// case.
func ParseEnd(words string) (End, bool) {
	for e := Closed; int(e) < len(endNames); e++ {
		if strings.EqualFold(words, endNames[e]) {
			return e, true
		}
	}
	return Open, false
}

// Reply is all that the server sent from one command to the next.
type Reply struct {
	Responses []Response
	End       End
}

// Cut is a response that the server did not end: the octets that came, as
// evidence.
func Cut(raw string) Response {
	return Response{Raw: raw, Syntax: &SyntaxError{Offset: len(raw), Rule: "CRLF", Want: "the end of the line", Got: cutGot}}
}

const cutGot = "nothing more"

// IsCut reports whether r was made by [Cut].
func (r *Response) IsCut() bool { return r.Syntax != nil && r.Syntax.Got == cutGot }

// Exchange is a command and the server's answer to it. Cmd is the bound command:
// what was really sent. It is nil for the greeting.
type Exchange struct {
	Conn int
	Step int // index in the trace; that of the first step on the connection for a greeting
	Tag  string
	Cmd  Command
	Sent string // the octets of Cmd, where it was spelled in an unusual way; "" else
	// Delivery is how Cmd was sent. Behind a HangUp or CutOff the connection is closed,
	// and what came before that is the reply.
	Delivery Delivery
	Reply    Reply
	// Loose says that it is not known what the reply belongs to: of a command, that
	// others were in progress at the same time; of a greeting, that the record may
	// have begun in the middle of a session.
	Loose bool
	// Until is how many steps of the trace had begun when the reply was there, if others
	// had begun behind this one, on other connections; 0 if none had.
	Until int
}

// Returned is how many steps of the trace had begun when the reply was there.
func (x *Exchange) Returned() int { return max(x.Until, x.Step+1) }

// Overlaps reports whether commands of the transcript were in progress at the same time.
func (t *Transcript) Overlaps() bool {
	for i := range t.Exchanges {
		if t.Exchanges[i].Until > 0 {
			return true
		}
	}
	return false
}

// Transcript is the evidence: what was sent and what came back, in order.
type Transcript struct {
	Fixture   Fixture
	Exchanges []Exchange
}

// Tag is the tag of a trace's step: "A1" for the first.
func Tag(step int) string { return "A" + itoa(step+1) }

// Tagged is the response that completes the command: the first with its tag,
// also if the rest of it breaks the grammar.
func (x *Exchange) Tagged() *Response {
	for i := range x.Reply.Responses {
		if r := &x.Reply.Responses[i]; r.Tag == x.Tag {
			return r
		}
	}
	return nil
}

// cut parts the responses behind the completion.
func (x *Exchange) cut() (before, behind []Response) {
	rs := x.Reply.Responses
	for i := range rs {
		if rs[i].Tag == x.Tag {
			return rs[:i+1], rs[i+1:]
		}
	}
	return rs, nil
}

// Outcome is the status of the completion, NoStatus if there was none.
func (x *Exchange) Outcome() Status {
	if r := x.Tagged(); r != nil {
		return r.Status
	}
	return NoStatus
}

// Credentials of the account that every trace logs in to. A target that has
// others puts them in when a step is bound.
const (
	User     = "user"
	Password = "pass"
)

// FoldInbox is name with every case of INBOX in upper case (RFC 3501 section 5.1).
func FoldInbox(name string) string {
	if strings.EqualFold(name, "INBOX") {
		return "INBOX"
	}
	return name
}
