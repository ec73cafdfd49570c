package model

import (
	"fmt"
	"slices"
)

var (
	ruleUIDExpunge = ruleOf("uid-expunge-removes", "RFC 4315 2.1", MUST,
		"UID EXPUNGE removes the messages of its set that have \\Deleted, and tells of each.", "EXPUNGE")
	ruleUIDExpungeSet = ruleOf("uid-expunge-only-set", "RFC 4315 2.1", MUST,
		"UID EXPUNGE leaves messages alone whose unique identifier is not in its set.", "EXPUNGE")
	ruleAppendUID = ruleOf("appenduid", "RFC 4315 3", MUST,
		"The APPENDUID code has the unique identifier that the message got.", "APPEND")
	ruleCopyUID = ruleOf("copyuid", "RFC 4315 3", MUST,
		"The COPYUID code has the unique identifiers of just the messages copied, and in the same order those of the copies.", "COPY", "MOVE")
	ruleUIDCodes = ruleOf("uidplus-codes", "RFC 4315 3", SHOULD,
		"A server with UIDPLUS tells the new unique identifiers in an APPENDUID or COPYUID code.", "APPEND", "COPY")
)

// uidExpunge judges UID EXPUNGE (RFC 4315 section 2.1).
func (j *judge) uidExpunge(c UIDExpunge) {
	v := j.c.View
	msgs, sure := j.s.selected(v, c.Set, true)
	if sure && !v.ReadOnly {
		j.notBad()
	}
	if sure {
		j.within = setOf(msgs)
	}
	j.untagged()
	v.added = Cause{} // which may be gone again
	if j.outcome != OK || !sure || v.Vague || v.ReadOnly || j.s.Vague || v.Shared {
		return
	}
	for _, m := range msgs {
		if m.Flags.Has(`\deleted`) == Yes && !m.gone && !m.doubtful() {
			n := slices.Index(v.Msgs, m) + 1
			r := setRule(true, c.Set, ruleUIDExpunge)
			cause := Cause{r, j.base(), j.phase}
			if r == ruleUIDExpunge {
				cause = m.flagCause(cause)
			}
			j.reportBy(cause, fmt.Sprintf(`OK, and message %d with \Deleted is still there`, n),
				fmt.Sprintf("* %d EXPUNGE", n))
			v.Box.Vague, v.Vague = true, true
			return
		}
	}
}

func setOf(msgs []*Msg) map[*Msg]bool {
	set := make(map[*Msg]bool, len(msgs))
	for _, m := range msgs {
		set[m] = true
	}
	return set
}

// uidCode is the APPENDUID or COPYUID code of the reply, nil if it has none. A
// MOVE may have it in an untagged OK (RFC 6851 section 4.3).
func (j *judge) uidCode(name string) (*Code, string) {
	for i := range j.x.Reply.Responses {
		r := &j.x.Reply.Responses[i]
		if r.Status == OK && r.Code != nil && r.Code.Name == name && (r.Tag == j.x.Tag || j.outcome == OK) {
			return r.Code, r.Raw
		}
	}
	return nil, ""
}

// uncoded reports that a server with UIDPLUS did not tell the new identifiers.
func (j *judge) uncoded(b *Box, name string) {
	if b.sticky && j.m.Profile.Has("UIDPLUS") && !j.s.fleeting {
		j.report(ruleUIDCodes, j.shown(), "OK ["+name+" ...]")
	}
}

// appended takes over the code of an APPEND that put the last message into the
// mailbox called n.
func (j *judge) appended(n *Name) {
	code, raw := j.uidCode("APPENDUID")
	if code == nil {
		j.uncoded(n.Box, "APPENDUID")
		return
	}
	j.learnValidity(n, code.Num)
	n.Box.sticky = true
	if b := n.Box; len(code.Sets) == 1 && !b.Vague {
		uids, ok := code.Sets[0].numbers(1)
		if !ok || len(uids) != 1 || !code.Sets[0][0].Single {
			j.report(ruleAppendUID, raw, "one unique identifier")
			return
		}
		j.assign(b, b.Msgs[len(b.Msgs)-1], uids[0], raw, j.by(ruleAppendUID))
	}
}

// assign takes over the unique identifier that a code has for a new message.
func (j *judge) assign(b *Box, m *Msg, uid uint32, raw string, by Cause) {
	if uid < m.minUID {
		j.report(ruleUIDFresh, raw, fmt.Sprintf("a UID of at least %d", m.minUID))
	}
	m.UID, m.uidBy, m.addedBy = uid, by, Cause{}
	b.lastUID = max(b.lastUID, uid)
}

// copied is what the code of a COPY or MOVE tells of the copies: the originals,
// in the order of the copies, and the copies' unique identifiers. It is nil if
// there is no such code, or if it is not known which messages they are.
func (j *judge) copied(n *Name, c Copy, msgs []*Msg) (order []*Msg, uids []uint32) {
	code, raw := j.uidCode("COPYUID")
	if code == nil {
		if j.outcome == OK && len(msgs) > 0 && !c.Set.HasStar() && !c.Set.Reversed() { // of which a server may find none
			j.uncoded(n.Box, "COPYUID")
		}
		return nil, nil
	}
	j.learnValidity(n, code.Num)
	n.Box.sticky = true
	if len(code.Sets) != 2 {
		return nil, nil
	}
	from, ok1 := code.Sets[0].numbers(len(msgs))
	to, ok2 := code.Sets[1].numbers(len(msgs))
	if !ok1 || !ok2 || len(from) != len(msgs) || len(to) != len(msgs) {
		j.reportBy(Cause{setRule(c.UID, c.Set, ruleCopyUID), j.base(), j.phase}, raw, fmt.Sprintf("two sets of %d unique identifiers", len(msgs)))
		return nil, nil
	}
	byUID := make(map[uint32]*Msg, len(msgs))
	for _, m := range msgs {
		if m.UID == 0 {
			return nil, nil
		}
		byUID[m.UID] = m
	}
	copies := make([]int, len(to))
	for i, uid := range from {
		if byUID[uid] == nil {
			j.report(ruleCopyUID, raw, fmt.Sprintf("no UID %d: it is no message of the set, or named twice", uid))
			return nil, nil
		}
		order = append(order, byUID[uid])
		delete(byUID, uid)
		copies[i] = i
	}
	slices.SortFunc(copies, func(a, b int) int { return int(int64(to[a]) - int64(to[b])) })
	for _, i := range copies {
		uids = append(uids, to[i])
	}
	if len(slices.Compact(slices.Clone(uids))) != len(uids) {
		j.report(ruleCopyUID, raw, "another unique identifier for each copy")
		return nil, nil
	}
	sorted := make([]*Msg, len(order))
	for k, i := range copies {
		sorted[k] = order[i]
	}
	return sorted, uids
}

// size is how many messages a set of unique identifiers can name; all is how
// many there are.
func (s Set) size(all int) (n int) {
	for _, r := range s {
		switch from, to := int(r.From.N), int(r.To.N); {
		case r.Single:
			n++
		case r.From == Star || r.To == Star:
			return all
		default:
			n += max(from-to, to-from) + 1
		}
	}
	return min(n, all)
}

// numbers are the numbers of a set without "*", in its order, a range in rising
// order whichever end comes first (RFC 4315 section 3). It is not ok if there
// are more than most.
func (s Set) numbers(most int) (list []uint32, ok bool) {
	for _, r := range s {
		from, to := r.From.N, r.To.N
		if r.Single {
			to = from
		}
		if from > to {
			from, to = to, from
		}
		if uint64(to-from) >= uint64(most) || len(list)+int(to-from)+1 > most {
			return nil, false
		}
		for n := from; ; n++ {
			if list = append(list, n); n == to {
				break
			}
		}
	}
	return list, true
}
