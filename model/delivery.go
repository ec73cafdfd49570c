package model

import (
	"slices"
	"strconv"
	"strings"
)

// Way is how the octets of a command go out.
type Way uint8

// The ways. Whole is the usual one: in one write, but for literals that wait.
const (
	Whole  Way = iota
	Octets     // octet by octet
	Split      // in two writes
	Burst      // in one write with the commands behind it (section 5.5)
	HangUp     // in one write, and the client does not wait for the answer
	CutOff     // not to its end, where the client hangs up

	Ways // their number
)

var wayNames = [...]string{"whole", "octets", "split", "burst", "hangup", "cut"}

// Delivery is a way. At is, for Split and CutOff, how many octets go before, of the
// command in the RFC's notation without its tag; the final CRLF is never among those of
// CutOff.
type Delivery struct {
	Way Way
	At  int
}

// Placed reports whether the delivery has a place.
func (d Delivery) Placed() bool { return d.Way == Split || d.Way == CutOff }

// String is what a trace file has for it: "octets", "split 7".
func (d Delivery) String() string {
	if d.Placed() {
		return wayNames[d.Way] + " " + itoa(d.At)
	}
	return wayNames[d.Way]
}

// ParseDelivery reads what String wrote, in any case, with a place of up to 65535; false
// for Whole and all else.
func ParseDelivery(text string) (Delivery, bool) {
	word, place, _ := strings.Cut(strings.ToLower(text), " ")
	d := Delivery{Way: Way(max(0, slices.Index(wayNames[:], word)))}
	if !d.Placed() {
		return d, d.Way != Whole && place == ""
	}
	at, err := strconv.ParseUint(strings.TrimLeft(place, " \t"), 10, 16)
	return Delivery{d.Way, int(at)}, err == nil
}

// Weight is how far d is from simple.
func (d Delivery) Weight() uint64 {
	switch d.Way {
	case Whole:
		return 0
	case Split, CutOff:
		return 2 + uint64(d.At)
	}
	return 1
}

// Simpler are the deliveries to try in place of d, the simplest first. Each has less Weight.
func (d Delivery) Simpler() (list []Delivery) {
	if d.Way == Whole {
		return nil
	}
	list = []Delivery{{}}
	if !d.Placed() {
		return list
	}
	for at := 0; at < d.At; at += (d.At - at + 1) / 2 {
		list = append(list, Delivery{d.Way, at})
	}
	return list
}

// Pipelines reports whether a NOOP may go out before the answer to c has come: the
// server does what it would have done, and where the answers say what it does not
// depend on which of the two is being answered (section 5.5). Nothing in c waits for
// the server, or has what follows read in another way, and an EXPUNGE is in its place
// during either.
func Pipelines(c Command) bool {
	if literals(&Exchange{Cmd: c}) > 0 || plus(c) {
		return false
	}
	switch c := c.(type) {
	case Raw:
		return !c.Lines() && !c.Waits() && !c.begins("IDLE", "AUTHENTICATE", "STARTTLS", "LOGOUT", "FETCH", "STORE", "SEARCH")
	case Simple:
		return c.Verb != "IDLE" && c.Verb != "LOGOUT"
	case Fetch:
		return c.UID
	case Store:
		return c.UID
	case Search:
		return c.UID
	case Mailbox, Rename, List, StatusCmd, LoginCmd, Copy, UIDExpunge, Enable, Experimental:
		return true
	}
	return false
}

var ruleCutOff = rule("cut-off", "2.2", SHOULD,
	"A command is a line that ends in CRLF: one that is cut off by the end of the connection is not executed.")

// hungUp judges an exchange that the client ended by hanging up. What the server still
// says is of no consequence, unless it says that it has executed a command without an
// end; so the store is what it was. A whole command that was not answered BAD may have been
// executed.
func (j *judge) hungUp() {
	if v := j.c.View; v != nil { // messages may have been told to the client that is gone
		v.Box.recent = 0
		for _, m := range v.Box.Msgs {
			m.fresh = Cause{}
		}
	}
	j.unwritten()
	raw, malformed := j.x.Cmd.(Raw)
	start, _ := j.x.Cmd.(StartTLS)
	one := start.Behind == nil && !(malformed && raw.Lines()) // it is no more than one line
	open := one && j.x.Delivery.Way == CutOff
	if open && j.outcome == OK {
		j.reportBy(Cause{ruleCutOff, "malformed:cut", j.phase}, j.shown(), "no OK: the line has no end")
	}
	switch {
	case open && j.outcome != OK, one && j.outcome == BAD:
		if j.name == "APPEND" || malformed && raw.begins("APPEND") {
			j.appendsNothing(true)
		}
	case j.phase != NotAuthenticated && (mutates(j.name) || malformed):
		j.s.Vague = true
	}
	j.leave(Logout)
}

// HangsUp reports whether the client hangs up behind the command.
func (d Delivery) HangsUp() bool { return d.Way == HangUp || d.Way == CutOff }

// appendsNothing makes a refused or incomplete APPEND the suspect if there are more
// messages than there should be, in whichever mailbox. Where there is one, first says which
// of the two it is.
func (j *judge) appendsNothing(first bool) {
	if j.phase == NotAuthenticated {
		return
	}
	for _, n := range j.s.Names {
		if n.Box != nil && (first || n.Box.more.Rule == nil) {
			n.Box.more = Cause{ruleAppendRestores, j.label, j.phase}
			n.Box.nextFree = true
		}
	}
}
