package model

import (
	"fmt"
)

var (
	ruleUIDStable = rule("uid-stable", "2.3.1.1", MUST,
		"The unique identifier of a message does not change during the session.", "FETCH", "STORE")
	ruleUIDAscending = rule("uid-ascending", "2.3.1.1", MUST,
		"Unique identifiers ascend strictly with the message numbers.", "FETCH", "STORE")
	ruleUIDFresh = rule("uid-fresh", "2.3.1.1", MUST,
		"A new message gets a unique identifier above all used before and not below the UIDNEXT told.", "FETCH", "STORE")
	ruleUIDNext = rule("uidnext", "2.3.1.1", MUST,
		"UIDNEXT is above every unique identifier in use, and changes when, and only when, messages are added.", "SELECT", "EXAMINE", "STATUS", "FETCH")
	ruleUIDPersist = rule("uid-persists", "2.3.1.1", SHOULD,
		"Unique identifiers persist: UIDVALIDITY of a mailbox stays.", "SELECT", "EXAMINE", "STATUS")
	ruleUIDValidity = rule("uidvalidity-grows", "2.3.1.1", MUST,
		"If UIDVALIDITY of a mailbox changes, it gets greater.", "SELECT", "EXAMINE", "STATUS")
)

// learnUID takes over the unique identifier of message n (section 2.3.1.1).
func (j *judge) learnUID(v *View, n uint32, m *Msg, uid uint32) {
	by := m.uidBy
	if m.uidBy = (Cause{}); m.UID == uid {
		return
	}
	b, found := v.Box, len(j.out)
	got := fmt.Sprintf("* %d FETCH (UID %d)", n, uid)
	switch {
	case m.UID != 0 && by.Rule != nil:
		j.reportBy(by, got, fmt.Sprintf("UID %d, as the response code had it", m.UID))
		for _, o := range v.Msgs { // what else the code has told is no better
			if o.uidBy.Rule != nil {
				o.UID, o.uidBy = 0, Cause{}
			}
		}
	case m.UID != 0:
		j.report(ruleUIDStable, got, fmt.Sprintf("UID %d as before", m.UID))
	case j.s.Vague || v.Shared:
	case uid < m.minUID:
		j.report(ruleUIDFresh, got, fmt.Sprintf("a UID of at least %d", m.minUID))
	case b.Next != 0 && m.seq <= b.nextSeq && uid >= b.Next:
		if _, by := b.taken(); by.Rule != nil { // it may be another message: those before it are gone
			j.reportBy(by, got, fmt.Sprintf("a UID below %d, or an EXPUNGE before it", b.Next))
			v.Vague, b.Vague = true, true
			return
		}
		j.report(ruleUIDNext, got+" after UIDNEXT "+fmt.Sprint(b.Next), "a UIDNEXT above the UIDs in use")
	}
	for k := n - 1; k >= 1 && k+16 > n; k-- {
		if o := v.Msgs[k-1]; o.UID != 0 && o.uidBy.Rule == nil {
			if o.UID >= uid {
				j.report(ruleUIDAscending, fmt.Sprintf("%s, message %d has UID %d", got, k, o.UID), "ascending UIDs")
			}
			break
		}
	}
	for k := n + 1; int(k) <= len(v.Msgs) && k < n+16; k++ {
		if o := v.Msgs[k-1]; o.UID != 0 && o.uidBy.Rule == nil {
			if o.UID <= uid {
				j.report(ruleUIDAscending, fmt.Sprintf("%s, message %d has UID %d", got, k, o.UID), "ascending UIDs")
			}
			break
		}
	}
	if len(j.out) > found && by.Rule == nil {
		b.forgetUIDs() // what else is known of them is no better
		return
	}
	m.UID = uid
	b.lastUID = max(b.lastUID, uid)
}

// learnValidity takes over the UIDVALIDITY of the mailbox called n.
func (j *judge) learnValidity(n *Name, validity uint32) {
	b := n.Box
	switch {
	case b.Validity == validity:
		return
	case b.Validity > validity && !j.s.Vague:
		j.report(ruleUIDValidity, fmt.Sprintf("UIDVALIDITY %d", validity), fmt.Sprintf("%d as before, or more", b.Validity))
	}
	first := b.Validity == 0
	if !first && b.Validity < validity && !j.s.Vague && !j.s.fleeting {
		j.report(ruleUIDPersist, fmt.Sprintf("UIDVALIDITY %d", validity), fmt.Sprintf("%d as before", b.Validity))
	}
	b.Validity = validity
	if !first {
		b.forgetUIDs()
	}
	if g := n.grave; g != nil && g.validity == validity {
		// The same UIDVALIDITY as a mailbox of this name had before: then the
		// UIDs have to go on above (sections 6.3.3, 6.3.4, 6.3.5).
		b.lastUID = max(b.lastUID, g.uid)
		for _, m := range b.Msgs {
			m.minUID = max(m.minUID, g.uid+1)
		}
	}
}

// forgetUIDs makes the unique identifiers of the mailbox unknown.
func (b *Box) forgetUIDs() {
	b.Next, b.lastUID = 0, 0
	for _, m := range b.Msgs {
		m.UID, m.minUID, m.uidBy = 0, 0, Cause{}
	}
}

// learnNext takes over the UIDNEXT of the mailbox.
func (j *judge) learnNext(b *Box, next uint32) {
	if b.Vague || j.s.Vague {
		b.Next = 0
		return
	}
	got := fmt.Sprintf("UIDNEXT %d", next)
	switch {
	case next <= b.lastUID:
		j.report(ruleUIDNext, got, fmt.Sprintf("more than the UID %d in use", b.lastUID))
	case b.Next != 0 && b.added && next <= b.Next:
		j.report(ruleUIDNext, got, fmt.Sprintf("more than %d: messages were added", b.Next))
	case b.Next != 0 && !b.added && !b.nextFree && next != b.Next:
		j.report(ruleUIDNext, got, fmt.Sprintf("%d as before: no message was added", b.Next))
	}
	b.Next, b.added, b.nextFree, b.nextSeq = next, false, false, b.lastSeq
}
