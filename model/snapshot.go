package model

import (
	"maps"
	"slices"
)

// Snapshot is the mail store behind a state, and what its sessions were told of it. In
// a state that answers of [Machine.Replies] have led to, it is the truth; in another
// the simplest store that agrees with what is known.
type Snapshot struct {
	Boxes    []BoxSnapshot // in the order of their names
	Sessions []SessionSnapshot
}

// BoxSnapshot is a mailbox.
type BoxSnapshot struct {
	Name string
	Mail []MailSnapshot
}

// SessionSnapshot is a connection. Mail is what it was told of its mailbox: message n is
// Mail[n-1]. Box is "" for none, and for one that is gone.
type SessionSnapshot struct {
	Box      string
	ReadOnly bool
	Mail     []MailSnapshot
}

// MailSnapshot is a message, with its flags (\Recent apart) in the order of their names:
// in a session those that were shown last.
type MailSnapshot struct {
	UID   uint32
	Flags []string
}

// Snapshot is that of the state.
func (s *State) Snapshot() Snapshot {
	r := s.ref
	if r == nil {
		r = recall(s)
	}
	var shot Snapshot
	for _, name := range slices.Sorted(maps.Keys(r.Boxes)) {
		shot.Boxes = append(shot.Boxes, BoxSnapshot{name, mailSnapshots(r.Boxes[name].Mail)})
	}
	for i := range s.Conns {
		ses := SessionSnapshot{}
		if i < len(r.Sessions) && r.Sessions[i].Box != nil {
			ses.ReadOnly, ses.Mail = r.Sessions[i].ReadOnly, mailSnapshots(r.Sessions[i].Told)
			for _, box := range shot.Boxes {
				if r.Boxes[box.Name] == r.Sessions[i].Box {
					ses.Box = box.Name
				}
			}
		}
		shot.Sessions = append(shot.Sessions, ses)
	}
	return shot
}

// Largest is how many messages the largest mailbox of the [Snapshot] has.
func (s *State) Largest() int {
	r := s.ref
	if r == nil {
		r = recall(s)
	}
	n := 0
	for _, b := range r.Boxes {
		n = max(n, len(b.Mail))
	}
	for i := range r.Sessions {
		if b := r.Sessions[i].Box; b != nil { // no name may lead to it
			n = max(n, len(b.Mail))
		}
	}
	return n
}

func mailSnapshots(list []Mail) []MailSnapshot {
	out := make([]MailSnapshot, len(list))
	for i := range list {
		out[i] = MailSnapshot{list[i].UID, list[i].Flags}
	}
	return out
}

// Forget makes what is known of the store all that there is of it: what follows is
// answered from that, also where a caller has changed the exported fields.
func (s *State) Forget() { s.ref = nil }
