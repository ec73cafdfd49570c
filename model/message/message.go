package message

import (
	"strconv"
	"strings"
)

// Message is a message with all that is known of it. It never changes.
type Message struct {
	octets string
	root   *entity
}

// Count is the number of hand-made messages.
func Count() int { return len(handMade) }

// New is message n, the same for ever: below [Count] a hand-made one, the
// simplest first, and from there on a random tree that grows from n.
func New(n uint64) *Message {
	if n < uint64(len(handMade)) {
		return handMade[n]
	}
	return build(grow(n))
}

// idStart is how a random tree begins: its number follows.
const idStart, idEnd = "Message-ID: <imapcheck.", "@example.org>\r\n"

// Find is the message with just these octets, nil if it is none of New's. It
// knows a random tree whose number a hand-made message has taken since.
func Find(octets string) *Message {
	if m := byOctets[octets]; m != nil {
		return m
	}
	n, ok := Number(octets)
	if !ok {
		return nil
	}
	if m := build(grow(n)); m.octets == octets {
		return m
	}
	return nil
}

// Number is the number that the octets of a random tree begin with.
func Number(octets string) (n uint64, ok bool) {
	rest, ok := strings.CutPrefix(octets, idStart)
	if !ok {
		return 0, false
	}
	number, _, ok := strings.Cut(rest, idEnd)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(number, 10, 64)
	return n, err == nil
}

var (
	handMade = makeAll()
	byOctets = index(handMade)
)

func index(list []*Message) map[string]*Message {
	m := make(map[string]*Message, len(list))
	for _, msg := range list {
		m[msg.octets] = msg
	}
	return m
}

// Octets is the message as APPEND sends it.
func (m *Message) Octets() string { return m.octets }

// SentDate is the day of the Date field as it is written there, without regard
// to time and zone (RFC 3501 section 6.4.4, SENTON); ok is false if there is
// no Date.
func (m *Message) SentDate() (year, month, day int, ok bool) {
	f := m.root.field("Date")
	if f == nil || f.date.IsZero() {
		return 0, 0, 0, false
	}
	y, mon, d := f.date.Date()
	return y, int(mon), d, true
}

// header is the header of a message or part, the blank line included.
func (m *Message) header(e *entity) string { return m.octets[e.start:e.split] }

// body is what follows the header of a message or part.
func (m *Message) body(e *entity) string { return m.octets[e.split:e.end] }
