package model

import "maps"

// numbering tells which message of a session a message number is. The places of
// messages, from 1 in the order in which the session was told of them, never change;
// numbers do with each EXPUNGE (RFC 3501 section 7.4.1). Each call takes a time that
// hangs on no number of messages.
type numbering struct {
	size uint32 // messages that have a number
	told uint64 // messages that had one at any time
	gone map[uint64]uint64
}

// mostPlaces bounds the places: a power of two.
const mostPlaces = 1 << 34

// grow takes over that the mailbox has size messages, not fewer than before. It
// reports whether there are places for them.
func (n *numbering) grow(size uint32) bool {
	n.told += uint64(size - n.size)
	n.size = size
	return n.told < mostPlaces
}

// place is that of the message with a number from 1 to size.
func (n *numbering) place(number uint32) uint64 {
	if len(n.gone) == 0 {
		return uint64(number)
	}
	at, left := uint64(0), uint64(number)
	for step := uint64(mostPlaces); step > 0; step >>= 1 {
		if here := step - n.gone[at+step]; at+step < mostPlaces && here < left {
			at, left = at+step, left-here
		}
	}
	return at + 1
}

// remove takes the message with a number from 1 to size away. gone[i] is how many are
// gone of the places from i down to i without its lowest bit, which is left out: a
// binary indexed tree.
func (n *numbering) remove(number uint32) {
	place := n.place(number)
	if n.gone == nil {
		n.gone = map[uint64]uint64{}
	}
	for i := place; i < mostPlaces; i += i & -i {
		n.gone[i]++
	}
	n.size--
}

func (n numbering) clone() numbering {
	n.gone = maps.Clone(n.gone)
	return n
}
