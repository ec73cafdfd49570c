package model

import (
	"fmt"
	"slices"
)

var (
	ruleCopy = rule("copy-adds", "6.4.7", MUST,
		"COPY adds the messages to the end of the destination.", "COPY")
	ruleCopyFlags = rule("copy-flags", "6.4.7", SHOULD,
		"COPY preserves the flags of the messages.", "COPY", "MOVE")
	ruleCopyDate = rule("copy-date", "6.4.7", SHOULD,
		"COPY preserves the internal date of the messages.", "COPY", "MOVE")
	ruleCopyMissing = rule("copy-missing", "6.4.7", SHOULD,
		"COPY to a mailbox that does not exist is an error, and does not create it.", "COPY", "MOVE")
	ruleCopyRestores = rule("copy-restores", "6.4.7", MUST,
		"A COPY that fails leaves the destination as it was.", "COPY")
	ruleMove = ruleOf("move-moves", "RFC 6851 3.3", MUST,
		"MOVE adds the messages to the destination and removes them from the selected mailbox.", "MOVE")
)

// copy judges COPY and UID COPY (section 6.4.7), and MOVE and UID MOVE (RFC 6851).
func (j *judge) copy(c Copy) {
	v := j.c.View
	name := FoldInbox(c.Box.S)
	msgs, sure := j.s.selected(v, c.Set, c.UID)
	if plainName(name) && sure && (c.UID || len(msgs) > 0) && !(c.Move && v.ReadOnly) {
		j.notBad()
	}
	if len(msgs) == 0 && sure {
		j.ignored(c.UID && !c.Move && j.s.Exists(name) == Yes && (name == "INBOX" || j.s.name(name).Created) && j.s.name(name).existsCause(Cause{}).Rule == nil && name != v.Name && name != "NIL" && plainName(name))
		if n := j.s.name(name); n.Box != nil && n.Box.more.Rule == nil && j.outcome == OK {
			n.Box.more = j.by(ruleCopy)
		}
		j.untagged()
		return
	}
	sure = sure && !slices.ContainsFunc(msgs, func(m *Msg) bool { return m.gone }) && !c.Set.overlaps()
	b := j.target(name, ruleCopyMissing, sure)
	if b != nil {
		r := ruleCopy
		if c.Move {
			r = ruleMove
		}
		plain := sure && !v.Vague && !v.ReadOnly && !v.Shared
		var order []*Msg
		var uids []uint32
		if plain {
			order, uids = j.copied(j.s.name(name), c, msgs)
		}
		if order == nil && len(msgs) == 1 && plain {
			order = msgs
		}
		by := setRule(c.UID, c.Set, r)
		if uids != nil {
			by = r // COPYUID has shown that the set reached them
		}
		j.s.copyTo(b, msgs, order, uids, plain, by, j)
	}
	j.added(b)
	if b == v.Box && !c.Move && j.outcome == OK {
		suspects := msgs
		if !sure {
			suspects = v.Msgs
		}
		for _, m := range suspects {
			m.copied = j.by(ruleExpungeDeleted)
		}
	}
	if c.Move {
		j.move(c, name, msgs, sure)
		return
	}
	j.untagged()
}

// move judges what MOVE takes away. One that fails may have moved some of the
// messages (RFC 6851 section 3.3).
func (j *judge) move(c Copy, name string, msgs []*Msg, sure bool) {
	v := j.c.View
	if sure {
		j.within = setOf(msgs)
	}
	judged := !v.Vague && !v.Shared && !j.s.Vague
	if most := j.movable(c.Set, max(len(v.Msgs), j.mostTold())); most < j.expunges() && !(sure && judged) {
		if judged {
			by := j.by(ruleMove)
			if i := slices.IndexFunc(v.Msgs, func(m *Msg) bool { return m.copied.Rule != nil }); i >= 0 {
				by = v.Msgs[i].copied
			}
			j.reportBy(by, fmt.Sprintf("%d EXPUNGE responses", j.expunges()), fmt.Sprintf("at most %d", most))
		}
		v.Vague, v.Box.Vague = true, true
	}
	if to := j.s.name(name).Box; j.outcome != OK && to != nil {
		to.more, to.Vague = Cause{}, to.Vague || j.outcome == NO
	}
	if to := j.s.name(name).Box; to == v.Box || !sure && !c.UID && j.outcome != BAD {
		v.Vague, v.Box.Vague = true, true // which message is which is not known
	}
	j.untagged()
	if j.outcome != OK || !sure || v.Vague || v.ReadOnly || j.s.Vague || v.Shared {
		return
	}
	// The EXPUNGE may come later, though a NOOP is the time for it.
	v.polledMove = 0
	v.moved, v.movedBy = v.moved[:0:0], j.by(setRule(c.UID, c.Set, ruleMove))
	for _, m := range msgs {
		if slices.Contains(v.Msgs, m) {
			v.moved = append(v.moved, m)
		}
	}
}

// movedAway judges, at the second NOOP, that what a MOVE was to take away is gone.
func (j *judge) movedAway() {
	v := j.c.View
	if v == nil || len(v.moved) == 0 || j.outcome != OK {
		return
	}
	if v.polledMove++; v.polledMove < 2 {
		return
	}
	for _, m := range v.moved {
		if n := slices.Index(v.Msgs, m) + 1; n > 0 && !v.Vague && !v.Shared && !v.Orphan && !j.s.Vague && !j.c.Unsure {
			j.reportBy(v.movedBy, fmt.Sprintf("message %d is still there", n), fmt.Sprintf("* %d EXPUNGE", n))
			v.Box.Vague, v.Vague = true, true
		}
	}
	v.moved = nil
}

// stillThere notes that NOOP has told of no EXPUNGE of the messages of the view.
func (j *judge) stillThere() {
	if v := j.c.View; v != nil && j.outcome == OK {
		v.Box.stillThere()
	}
}

// stillThere says that no COPY of a message is to blame if it goes from here on.
func (b *Box) stillThere() {
	for _, m := range b.Msgs {
		m.copied = Cause{}
	}
}

// movable is how many messages a MOVE may take away: what its set can name, or
// what its COPYUID code has.
func (j *judge) movable(set Set, all int) int {
	most := set.size(all)
	if code, _ := j.uidCode("COPYUID"); code != nil && len(code.Sets) == 2 {
		most = min(most, code.Sets[0].size(all))
	}
	return most
}

// mostTold is the largest number of messages that the reply tells of.
func (j *judge) mostTold() (n int) {
	for _, r := range j.x.Reply.Responses {
		if e, ok := r.Data.(Exists); ok {
			n = max(n, int(e.N))
		}
	}
	return n
}

// expunges is the number of EXPUNGE responses.
func (j *judge) expunges() (n int) {
	for _, r := range j.x.Reply.Responses {
		if isExpunge(r) {
			n++
		}
	}
	return n
}

// copyTo adds copies of the messages. order and uids are those of the copies; nil
// is not known: a server may take a set in any order (section 9, sequence-set).
func (s *State) copyTo(b *Box, msgs, order []*Msg, uids []uint32, sure bool, r *Rule, j *judge) {
	by := causes(j, "COPY", Selected)
	fresh := Cause{}
	if j != nil && j.base() == "COPY" && !s.held(FoldInbox(j.x.Cmd.(Copy).Box.S), b) {
		fresh = by(ruleCopyRecent)
	}
	raw := ""
	if uids != nil {
		_, raw = j.uidCode("COPYUID")
	}
	for i := range msgs {
		if order == nil {
			b.add(&Msg{addedBy: by(r), fresh: fresh, NoBody: true, Flags: Flags{Vague: true}, FlagsBy: by(ruleCopyFlags)})
			continue
		}
		m := order[i]
		d := &Msg{addedBy: by(r), fresh: fresh, Body: m.Body, NoBody: m.NoBody, Flags: m.Flags, FlagsBy: by(ruleCopyFlags), Date: m.Date}
		if m.DateBy.Rule != nil {
			d.DateBy = by(ruleCopyDate)
		}
		if m.doubtful() || s.touched(m) {
			d.Flags = Flags{Vague: true}
		}
		if r == ruleStar || r == ruleRange { // there may be no such copy, and another message in its place
			d.NoBody, d.Flags, d.DateBy = true, Flags{Vague: true}, Cause{}
		}
		for _, f := range m.Flags.Set {
			if !isSystem(f) {
				d.Flags = d.Flags.with(f, Maybe)
			}
		}
		b.add(d)
		if uids != nil && len(msgs) > 1 {
			d.copyBy = by(ruleCopyUID)
		}
		if uids != nil && !b.Vague {
			j.assign(b, d, uids[i], raw, by(ruleCopyUID))
		}
	}
	b.By = by(r)
	if !sure {
		b.Vague = true
	}
}
