package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

var (
	ruleStoreShows = rule("store-shows", "6.4.6", SHOULD,
		"STORE without .SILENT returns the flags that it has changed.", "STORE")
	ruleStore = rule("store-sets-flags", "6.4.6", MUST,
		"STORE sets the flags of the messages as it says.", "STORE")
)

// sinceThen is before any APPEND that this rule can meet: the rule is younger.
var sinceThen = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// isSystem reports whether a flag is one of RFC 3501 section 2.3.2 that a client can set.
func isSystem(flag string) bool {
	return containsFold(systemFlags, flag)
}

// setRule is what to blame when a command did not reach its messages: "*" in a
// UID set, a range with its larger end first, or else r.
func setRule(uid bool, set Set, r *Rule) *Rule {
	switch {
	case uid && set.HasStar():
		return ruleStar
	case set.Reversed():
		return ruleRange
	}
	return r
}

// selected are the messages of a set, and whether it is known that they are
// all: of a set of UIDs, the UIDs may not be known; a number beyond the end
// leaves the server a choice (section 9, seq-number).
func (s *State) selected(v *View, set Set, uid bool) ([]*Msg, bool) {
	if v == nil || v.Vague {
		return nil, false
	}
	last := uint32(len(v.Msgs))
	// A set may reach messages that the client was not told of yet.
	sure := len(v.pending()) == 0 && !v.Box.Vague || !uid && !set.HasStar()
	if !uid {
		var msgs []*Msg
		for i, m := range v.Msgs {
			if set.Contains(uint32(i)+1, last) {
				msgs = append(msgs, m)
			}
		}
		return msgs, sure && last > 0 && set.Max(last) <= last
	}
	if last == 0 {
		return nil, sure
	}
	largest := v.Msgs[last-1].UID
	var msgs []*Msg
	for i, m := range v.Msgs {
		switch {
		case m.UID != 0 && (largest != 0 || !set.HasStar()):
			if set.Contains(m.UID, largest) {
				msgs = append(msgs, m)
			}
		case uint32(i)+1 == last && set.HasStar():
			msgs = append(msgs, m) // "*" is the last message, whatever its UID
		default:
			sure = false
		}
	}
	return msgs, sure
}

// store judges STORE and UID STORE (section 6.4.6).
func (j *judge) store(c Store) {
	v := j.c.View
	msgs, sure := j.s.selected(v, c.Set, c.UID)
	if sure && (c.UID || len(msgs) > 0) && !v.ReadOnly {
		j.notBad()
	}
	for _, r := range j.x.Reply.Responses {
		if r.Tag == "*" && r.Code != nil && r.Code.Name == "PERMANENTFLAGS" {
			v.Perm = lower(r.Code.List) // a keyword too many, for example
		}
	}
	j.ignored(c.UID && sure && !v.ReadOnly && len(msgs) == 0 && c.Paren &&
		!slices.ContainsFunc(c.Flags, func(f string) bool { return !isSystem(f) || v.permits(f) != Yes }))
	var changed []*Msg
	if sure {
		changed = v.changing(c, msgs)
	}
	j.answered, v.recents = make(map[*Msg][]string, len(msgs)), -1
	j.s.storeFlags(v, c, msgs, sure, j.outcome, j)
	if sure && c.UID && len(msgs) == 0 && j.outcome == OK && (c.Silent || slices.ContainsFunc(j.x.Reply.Responses, isFetch)) {
		for _, m := range v.Box.Msgs { // UIDs that no message has, and yet it may have done something
			j.s.loosen(v, m, j.by(ruleReadOnly))
		}
	}
	j.s.unshown(v, msgs, sure)
	j.untagged()
	if c.Silent { // what was shown is what they were before
		j.s.unshown(v, msgs, sure)
	}
	v.knows(msgs, sure) // also if it was shown them as they were before
	if c.UID && j.outcome == OK {
		j.uidImplied(v, msgs)
	}
	j.changesShown(v, c, changed)
}

// changing are those of the messages whose flags a STORE surely changes.
func (v *View) changing(c Store, msgs []*Msg) (list []*Msg) {
	if v.Vague || v.ReadOnly || v.Shared {
		return nil
	}
	for _, m := range msgs {
		f := m.Flags
		if f.Vague || f.Fresh || m.gone || m.doubtful() || m.recommended() {
			continue
		}
		surely := func(flag string, set Tri) bool { return v.permits(flag) == Yes && isSystem(flag) && f.Has(flag) == set }
		if slices.ContainsFunc(c.Flags, func(flag string) bool { return c.Op != '-' && surely(flag, No) || c.Op == '-' && surely(flag, Yes) }) ||
			c.Op == 0 && slices.ContainsFunc(f.Set, func(flag string) bool { return !containsFold(c.Flags, flag) && surely(flag, Yes) }) {
			list = append(list, m)
		}
	}
	return list
}

// changesShown judges that a STORE without .SILENT returned the new flags.
func (j *judge) changesShown(v *View, c Store, changed []*Msg) {
	if j.outcome != OK || c.Silent || v.Vague || j.s.Vague {
		return
	}
	for _, m := range changed {
		if n := slices.Index(v.Msgs, m) + 1; n > 0 && !slices.Contains(j.answered[m], "FLAGS") {
			j.reportBy(Cause{setRule(c.UID, c.Set, ruleStoreShows), j.base(), j.phase},
				fmt.Sprintf("OK without FLAGS of message %d", n), fmt.Sprintf("* %d FETCH (FLAGS (...))", n))
			return
		}
	}
}

func (s *State) storeFlags(v *View, c Store, msgs []*Msg, sure bool, outcome Status, j *judge) {
	by := causes(j, "STORE", Selected)
	if !sure {
		for _, m := range v.Box.Msgs { // any message may be meant
			if outcome != BAD {
				s.loosen(v, m, by(ruleReadOnly))
			}
		}
		return
	}
	for _, m := range msgs {
		switch {
		case outcome == BAD:
		case v.ReadOnly:
			if c.changes(m.Flags) {
				v.touch(m, by(ruleReadOnly))
			}
		case outcome != OK || v.Shared:
			v.soften(m)
			m.Flags = Flags{Vague: true}
		default:
			if j != nil && c.Op != 0 && len(c.Flags) > 0 {
				m.trust()
			}
			if c.Op != '+' || containsFold(c.Flags, `\Seen`) {
				m.seenBy = Cause{}
			}
			m.Flags, m.peeked = v.stored(m, c), Cause{}
			if c.Op == 0 || len(c.Flags) > 0 && !m.doubtful() {
				m.FlagsBy = by(setRule(c.UID, c.Set, ruleStore))
			}
		}
	}
}

// changes reports whether the STORE may change flags that are as f.
func (c Store) changes(f Flags) bool {
	if c.Op == 0 {
		return f.Vague || f.Fresh || len(f.Maybe) > 0 || NewFlags(c.Flags).String() != f.String()
	}
	return slices.ContainsFunc(c.Flags, func(flag string) bool {
		return c.Op == '+' && f.Has(flag) != Yes || c.Op == '-' && f.Has(flag) != No
	})
}

// loosen forgets the flags of a message.
func (s *State) loosen(v *View, m *Msg, by Cause) {
	if v.ReadOnly {
		v.touch(m, by)
		return
	}
	v.soften(m)
	m.Flags = Flags{Vague: true}
}

// soften notes that any flag of m that is not permanent may have been changed
// for the session.
func (v *View) soften(m *Msg) {
	for _, f := range systemFlags {
		if v.permits(f) != Yes {
			v.soft[m] = append(v.soft[m], strings.ToLower(f))
		}
	}
}

// stored are the flags that a STORE leaves a message with. A flag that the
// mailbox does not keep permanently may or may not be set for this session.
func (v *View) stored(m *Msg, c Store) Flags {
	f := m.Flags
	change := func(flag string, to Tri) {
		if f.Has(flag) == to {
			return
		}
		if v.permits(flag) != Yes {
			if v.before[m] == nil {
				v.before[m] = map[string]Tri{}
			}
			if _, ok := v.before[m][strings.ToLower(flag)]; !ok {
				v.before[m][strings.ToLower(flag)] = m.Flags.Has(flag)
			}
			v.soft[m] = append(v.soft[m], flag)
			to = Maybe
		}
		f = f.with(flag, to)
	}
	switch c.Op {
	case '+':
		for _, flag := range c.Flags {
			change(flag, Yes)
		}
	case '-':
		for _, flag := range c.Flags {
			change(flag, No)
		}
	default:
		for _, flag := range append(append([]string(nil), f.Set...), f.Maybe...) {
			if !containsFold(c.Flags, flag) {
				change(flag, No)
			}
		}
		f.Vague, f.Fresh = false, false
		for _, flag := range c.Flags {
			change(flag, Yes)
		}
	}
	return f
}
