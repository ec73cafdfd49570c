package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

var (
	ruleAppend = rule("append-adds", "6.3.11", MUST,
		"APPEND adds the message to the end of the mailbox.", "APPEND")
	ruleAppendFlags = rule("append-flags", "6.3.11", SHOULD,
		"APPEND sets the flags of its list, and none without a list.", "APPEND")
	ruleAppendDate = rule("append-date", "6.3.11", SHOULD,
		"APPEND sets the internal date that it is given.", "APPEND")
	ruleDateKept = rule("date-kept", "2.3.1.1", MUST,
		"The internal date of a message, once shown, never changes.", "FETCH")
	ruleAppendRestores = rule("append-restores", "6.3.11", MUST,
		"An APPEND that fails leaves the mailbox as it was.", "APPEND")
	ruleAppendTells = rule("append-tells", "6.3.11", SHOULD,
		"APPEND to the selected mailbox is answered with the new EXISTS at once.", "APPEND")
	ruleAppendNow = rule("append-now", "6.3.11", SHOULD,
		"APPEND without a date sets the current date and time.", "APPEND")
	ruleAppendRecent = rule("append-recent", "6.3.11", SHOULD,
		"A message that was appended has \\Recent, if the server knows the flag.", "APPEND")
	ruleAppendMissing = rule("append-missing", "6.3.11", MUST,
		"APPEND to a mailbox that does not exist is an error, and does not create it.", "APPEND")
	ruleTryCreate = rule("trycreate", "6.3.11", MUST,
		"APPEND or COPY to a mailbox that does not exist is answered NO [TRYCREATE], if it could be created.", "APPEND", "COPY")
	ruleTryExists = rule("trycreate-exists", "7.1", MUST,
		"TRYCREATE is said only of a mailbox that does not exist.", "APPEND", "COPY")
	ruleStoreShows = rule("store-shows", "6.4.6", SHOULD,
		"STORE without .SILENT returns the flags that it has changed.", "STORE")
	ruleStore = rule("store-sets-flags", "6.4.6", MUST,
		"STORE sets the flags of the messages as it says.", "STORE")
)

// target is the mailbox that APPEND or COPY adds to; nil if nothing was added
// or nothing is known of it.
//
// plain says that nothing else is wrong with the command.
func (j *judge) target(name string, missing *Rule, plain bool) *Box {
	n := j.s.name(name)
	switch {
	case j.s.Vague:
		return nil
	case n.Exists == No && !j.s.level(j.m, name):
		switch tagged := j.x.Tagged(); {
		case j.outcome == OK && !plain:
			n.Exists = Maybe
		case j.outcome == OK:
			j.reportBy(n.goneCause(j.by(missing)), j.name+" "+name+": OK", "NO [TRYCREATE]: there is no such mailbox")
			n.Exists = Maybe
		case j.outcome == NO && plain && j.base() != "MOVE" && plainName(name) && (n.Created || j.s.Creates && parent(name, j.m.Profile.Delim) == "") && j.lasting() &&
			(tagged.Code == nil || tagged.Code.Name != "TRYCREATE"):
			j.report(ruleTryCreate, j.shown(), "NO [TRYCREATE]")
		}
		return nil
	case j.outcome != OK && n.Box != nil:
		if tagged := j.x.Tagged(); j.outcome == NO && n.Exists == Yes && tagged.Code != nil && tagged.Code.Name == "TRYCREATE" && !j.s.namesElsewhere(j.c) {
			j.reportBy(n.existsCause(j.by(ruleTryExists)), j.shown(), "no TRYCREATE: "+name+" exists")
			n.Exists, n.Box = Maybe, nil
			return nil
		}
		n.Box.nextFree = true
		if n.Box.more.Rule == nil {
			n.Box.more = j.by(missing.failing())
		}
		return nil
	case j.outcome != OK:
		return nil
	case !plain && n.Box == nil:
		return nil // perhaps nothing was to be added
	case n.Exists != Yes:
		n.Exists, n.ExistsBy, n.Box = Yes, j.by(ruleAppend), &Box{Vague: true}
	}
	return n.Box
}

// append judges APPEND (section 6.3.11).
func (j *judge) append(c Append) {
	name := FoldInbox(c.Box.S)
	if plainName(name) && c.Message != "" {
		j.notBad()
	}
	b := j.target(name, ruleAppendMissing, c.Message != "")
	if b != nil {
		j.s.appendTo(b, c, j.by(ruleAppend), j.by(ruleAppendFlags), j.by(ruleAppendDate))
		j.appended(j.s.name(name))
	}
	j.added(b)
	j.untagged()
	told := slices.ContainsFunc(j.x.Reply.Responses, func(r Response) bool {
		_, ok := r.Data.(Exists)
		return ok
	})
	if v := j.c.View; b != nil && !told && v != nil && v.Box == b && len(v.pending()) == 1 && !v.Vague && !v.Orphan && !v.Shared && !b.Vague && !j.s.Vague && !j.c.Unsure {
		j.report(ruleAppendTells, "OK without EXISTS", fmt.Sprintf("* %d EXISTS", len(v.Msgs)+1))
	}
}

// added notes that this connection has added messages to mailbox b, which it may
// have selected.
func (j *judge) added(b *Box) {
	if v := j.c.View; v != nil && b == v.Box {
		v.added, v.polled = j.by(ruleSizeTold), nil
	}
}

// failing is the rule on an APPEND or COPY that fails, which has the given one on
// a missing mailbox.
func (missing *Rule) failing() *Rule {
	if missing == ruleAppendMissing {
		return ruleAppendRestores
	}
	return ruleCopyRestores
}

func (s *State) appendTo(b *Box, c Append, by, flags, date Cause) {
	m := &Msg{Body: c.Message, addedBy: by, Flags: Flags{Fresh: true}, FlagsBy: flags}
	for _, f := range c.Flags {
		m.Flags = m.Flags.with(f, Maybe)
		if isSystem(f) {
			m.Flags = m.Flags.with(f, Yes)
		}
	}
	if d, err := time.Parse("_2-Jan-2006 15:04:05 -0700", c.Date); err == nil {
		m.Date, m.DateBy = d, date
	} else if c.Date == "" && by.Rule != nil {
		m.undated = Cause{ruleAppendNow, by.Command, by.State}
	}
	if s.views(b) == 0 && by.Rule != nil {
		m.fresh = Cause{ruleAppendRecent, by.Command, by.State}
	}
	b.add(m)
	b.By = by
}

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
	j.ignored(c.UID && sure && !v.ReadOnly && len(msgs) == 0 && c.Paren && !slices.ContainsFunc(c.Flags, func(f string) bool { return !isSystem(f) }))
	var changed []*Msg
	if sure {
		changed = v.changing(c, msgs)
	}
	j.answered, v.recents = make(map[*Msg][]string, len(msgs)), -1
	j.s.storeFlags(v, c, msgs, sure, j.outcome, j)
	j.untagged()
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
			if _, ok := v.before[m]; !ok {
				v.before[m] = m.Flags
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

// content judges the octets, size and date of a message.
func (j *judge) content(m *Msg, a *Att) {
	if m.gone || j.s.Vague {
		return
	}
	cause := Cause{Command: j.base(), State: j.phase}
	switch a.Name {
	case "RFC822.SIZE":
		if cause.Rule = ruleSize; !m.NoBody && int(a.Num) != len(m.Body) {
			if m.copyBy.Rule != nil {
				cause, m.NoBody = m.copyBy, true
			}
			j.reportBy(cause, fmt.Sprintf("RFC822.SIZE %d", a.Num), fmt.Sprintf("RFC822.SIZE %d", len(m.Body)))
		}
	case "INTERNALDATE":
		d, err := time.Parse("_2-Jan-2006 15:04:05 -0700", a.Text)
		if err != nil {
			return
		}
		if m.undated.Rule != nil && d.Before(sinceThen) {
			j.reportBy(m.undated, "INTERNALDATE \""+a.Text+"\"", "the date and time of the APPEND")
		}
		m.undated = Cause{}
		if m.DateBy.Rule != nil && !d.Equal(m.Date) {
			j.reportBy(m.DateBy, "INTERNALDATE \""+a.Text+"\"", "INTERNALDATE \""+m.Date.Format("_2-Jan-2006 15:04:05 -0700")+"\"")
		}
		m.Date, m.DateBy = d, Cause{ruleDateKept, "FETCH", Selected}
	case "ENVELOPE", "BODY", "BODYSTRUCTURE":
		j.structure(m, a)
	default:
		j.section(m, a)
	}
}

// structure judges an ENVELOPE, BODY or BODYSTRUCTURE: the first field that is
// wrong, if any, is reported. What was right once is right again.
func (j *judge) structure(m *Msg, a *Att) {
	tree := m.built()
	if tree == nil || m.right[a.Name] == a.Raw {
		return
	}
	r, field, want := ruleStructure, "", ""
	if a.Name == "ENVELOPE" {
		r = ruleEnvelope
		field, want = tree.Envelope(a.Raw)
	} else {
		field, want = tree.Structure(a.Raw, a.Name == "BODYSTRUCTURE")
	}
	if field != "" {
		j.reportPart(r, field, a.Name+" "+a.Raw, field+": "+want)
		return
	}
	if m.right == nil {
		m.right = map[string]string{}
	}
	m.right[a.Name] = a.Raw
}

// section judges the octets of a body section.
func (j *judge) section(m *Msg, a *Att) {
	texts := m.section(a.Name)
	for i, text := range texts {
		if a.Origin >= 0 {
			text = j.partial(a, text)
			texts = slices.Clone(texts)
			texts[i] = text
		}
		if a.Text == text || a.Nil && text == "" {
			return
		}
	}
	if len(texts) > 0 {
		j.report(ruleSection, fmt.Sprintf("%s of %d octets: %s", a.wanted(), len(a.Text), clip(a.Text)),
			fmt.Sprintf("%d octets: %s", len(texts[0]), clip(texts[0])))
		j.out[len(j.out)-1].Command = j.base()
	}
}

// clip is text as evidence: quoted, and cut after 60 octets.
func clip(s string) string {
	if len(s) > 60 {
		return fmt.Sprintf("%q...", s[:60])
	}
	return fmt.Sprintf("%q", s)
}
