package model

import (
	"fmt"
	"slices"
)

var (
	ruleCapability = rule("capability-response", "6.1.1", MUST,
		"CAPABILITY is answered by one untagged CAPABILITY response before the tagged OK.", "CAPABILITY")
	ruleClose = rule("close-removes-deleted", "6.4.2", MUST,
		"CLOSE removes the messages with the \\Deleted flag, and no others.", "CLOSE")
	ruleCloseReadOnly = rule("close-read-only", "6.4.2", MUST,
		"CLOSE removes no message from a mailbox that is selected read-only.", "CLOSE")
	ruleCloseSilent = rule("close-no-expunge", "6.4.2", MUST,
		"CLOSE is not answered by EXPUNGE responses.", "CLOSE")
	ruleDeselect = rule("deselect-keeps", "6.4.2", MUST,
		"SELECT, EXAMINE and LOGOUT deselect a mailbox without removing the messages with \\Deleted.", "SELECT", "EXAMINE", "LOGOUT")
	ruleSizeTold = rule("size-told", "5.2", MUST,
		"The client is told of a new size of the selected mailbox that the server has seen.", "APPEND", "COPY")
	ruleExpunge = rule("expunge-removes-deleted", "6.4.3", MUST,
		"EXPUNGE removes all messages with the \\Deleted flag, and tells of each before the tagged OK.", "EXPUNGE")
	ruleCloseRefused = rule("close-read-only-ok", "6.4.2", MUST,
		"CLOSE of a mailbox that is selected read-only gives no error.", "CLOSE")
)

// simple judges the commands without arguments.
func (j *judge) simple() {
	j.untagged()
	switch j.name {
	case "CAPABILITY":
		j.succeeds()
		n := 0
		for _, r := range j.x.Reply.Responses {
			if _, ok := r.Data.(CapabilityData); ok {
				n++
			}
		}
		if j.outcome == OK && n == 0 {
			j.report(ruleCapability, "OK without a CAPABILITY response", "* CAPABILITY ... IMAP4rev1 ...")
		}
	case "NOOP":
		j.succeeds()
		j.sizeTold()
		j.flagsTold()
		j.movedAway()
		j.stillThere()
	case "CHECK":
		j.notBad()
		j.sizeTold()
	case "CLOSE":
		j.notBad()
		j.closeRefused()
		if j.outcome == OK {
			j.closeMailbox()
			j.leave(Authenticated)
		}
	case "EXPUNGE":
		if !j.c.View.ReadOnly {
			j.notBad()
		}
		j.c.View.added = Cause{} // which may be gone again
		j.expungeDone()
	case "UNSELECT":
		j.unselect()
	case "IDLE":
		j.idle()
	case "NAMESPACE":
		j.namespace()
	}
}

// sizeTold judges that the client has been told of a size that this very
// connection has changed. NOOP should tell, or failing that CHECK (section
// 6.3.11): one that both do not tell is not told.
func (j *judge) sizeTold() {
	v := j.c.View
	if v == nil || v.added.Rule == nil || j.outcome != OK || v.Vague || v.Orphan || v.Shared || v.Box.Vague || j.s.Vague || j.c.Unsure {
		return
	}
	if len(v.pending()) == 0 {
		v.added, v.polled = Cause{}, nil
		return
	}
	if !slices.Contains(v.polled, j.name) {
		v.polled = append(v.polled, j.name)
	}
	if len(v.polled) == 2 {
		j.reportBy(v.added, "no EXISTS, up to the OK of NOOP and CHECK", fmt.Sprintf("* %d EXISTS", len(v.Msgs)+len(v.pending())))
		v.added, v.polled = Cause{}, nil
	}
}

// succeeds reports any other end than OK of a command that cannot fail.
func (j *judge) succeeds() {
	if (j.outcome == NO || j.outcome == BAD) && !j.bye() {
		j.report(ruleSucceeds, j.shown(), "OK")
	}
}

// closeRefused reports NO as the answer to CLOSE of a mailbox that is selected
// read-only. A code may say that it is for another reason.
func (j *judge) closeRefused() {
	v, r := j.c.View, j.x.Tagged()
	if j.outcome == NO && r.Code == nil && v.ReadOnly && !v.Orphan && !v.Shared {
		j.report(ruleCloseRefused, j.shown(), "OK: the mailbox is selected read-only")
	}
}

// closeMailbox takes over what CLOSE removes.
func (j *judge) closeMailbox() {
	v := j.c.View
	if v.Orphan || j.s.Vague {
		return
	}
	if v.ReadOnly {
		v.keeps(j.by(ruleCloseReadOnly))
		return
	}
	j.s.removeDeleted(v)
	v.Box.By = j.by(ruleClose)
}

// removeDeleted takes the messages with \Deleted out of the store. If of one
// of them it is not known whether it has the flag, the mailbox is vague.
func (s *State) removeDeleted(v *View) { s.removeFrom(v, nil) }

// removeFrom is removeDeleted of some messages only, of all if within is nil.
func (s *State) removeFrom(v *View, within map[*Msg]bool) {
	b := v.Box
	if v.Vague {
		s.unsettle(b, b.lastSeq+1)
	}
	if v.Vague || v.Shared {
		b.Vague = true
	}
	kept := b.Msgs[:0:0]
	b.recent = 0
	for _, m := range b.Msgs {
		deleted := m.Flags.Has(`\deleted`)
		if within != nil && !within[m] {
			deleted = No
		}
		if deleted == Yes && (m.recommended() || m.seq > v.seen) || m.doubtful() {
			deleted = Maybe
		}
		switch deleted {
		case Yes:
			m.gone = true
			s.unsettle(b, m.seq)
			continue
		case Maybe:
			b.Vague = true
			m.gone = m.gone || v.Shared // perhaps
			s.unsettle(b, m.seq)
		}
		kept = append(kept, m)
	}
	b.Msgs = kept
}

// expungeDone judges what an EXPUNGE left behind.
func (j *judge) expungeDone() {
	v := j.c.View
	if j.outcome != OK || v.Vague || v.ReadOnly || j.s.Vague || v.Shared {
		return
	}
	for i, m := range v.Msgs {
		if m.Flags.Has(`\deleted`) == Yes && !m.gone && !m.doubtful() && m.seq <= j.seen {
			j.reportBy(m.flagCause(j.by(ruleExpunge)), fmt.Sprintf(`OK, and message %d with \Deleted is still there`, i+1),
				fmt.Sprintf("* %d EXPUNGE", i+1))
			v.Box.Vague, v.Vague = true, true
			return
		}
	}
}
