package model

import (
	"fmt"
	"slices"
	"strings"
)

var (
	ruleExists = rule("exists-counts", "7.3.1", MUST,
		"EXISTS says how many messages the mailbox has.")
	ruleShrink = rule("exists-never-shrinks", "5.2", MUST,
		"EXISTS never makes the mailbox smaller: only EXPUNGE does.")
	ruleExpungeNumber = rule("expunge-number", "7.4.1", MUST,
		"EXPUNGE names a message of the view, as numbered after the EXPUNGE responses before it.")
	ruleExpungeWhen = rule("expunge-when", "7.4.1", MUST,
		"EXPUNGE is not sent while FETCH, STORE or SEARCH is answered, nor before a command is complete.")
	ruleExpungeDeleted = rule("expunge-only-deleted", "6.4.3", MUST,
		"Only messages with the \\Deleted flag are removed.")
	ruleFetchNumber = rule("fetch-number", "2.3.1.2", MUST,
		"The number in a FETCH response is that of a message of the view.")
	ruleSessionFlags = rule("session-flags-end", "7.1", MUST,
		"A change of a flag that PERMANENTFLAGS does not list ends with the session.", "STORE")
	ruleFlagsKept = rule("flags-kept", "2.3.2", MUST,
		"The flags of a message, once shown, stay until a command changes them.", "FETCH", "STORE")
	ruleReadOnly = rule("examine-read-only", "6.3.2", MUST,
		"Nothing that a client does in a mailbox opened by EXAMINE changes its permanent state.", "EXAMINE")
)

// newView is a view of a mailbox before it has shown any message.
func newView(name string, b *Box, readOnly bool) *View {
	return &View{Name: name, Box: b, ReadOnly: readOnly, recents: -1, told: -1,
		before: map[*Msg]map[string]Tri{}, flags: map[*Msg]Flags{}, late: map[*Msg]int{}, recent: map[*Msg]bool{}, soft: map[*Msg][]string{}, undo: map[*Msg]undo{}}
}

// untagged takes over the untagged data of the exchange (section 7.2 to 7.4)
// into the view of the connection.
func (j *judge) untagged() {
	v := j.c.View
	if v == nil || v.Orphan {
		return
	}
	j.places()
	peak := len(v.Msgs)
	var recent *Response
	for i := range j.x.Reply.Responses {
		r := &j.x.Reply.Responses[i]
		if r.Syntax != nil {
			continue
		}
		switch d := r.Data.(type) {
		case Exists:
			j.exists(v, d.N)
			peak = max(peak, len(v.Msgs))
		case Recent:
			recent = r
			v.told, j.s.marks = int(d.N), j.s.marks || d.N > 0
		case Expunge:
			j.expunged(v, d.N, r.Raw, i)
		case VanishedData: // in the place of EXPUNGE, where the client has enabled QRESYNC
			v.Vague, v.Box.Vague = true, true
		case FetchData:
			j.fetched(v, d, r.Raw)
		}
		if r.Status == OK && r.Tag == "*" && r.Code != nil && r.Code.Name == "PERMANENTFLAGS" {
			v.Perm = lower(r.Code.List)
		}
		if r.Status == OK && r.Code != nil && (r.Code.Name == "READ-ONLY" && !v.ReadOnly || r.Code.Name == "READ-WRITE" && v.ReadOnly) {
			v.Vague = true // the access has changed (section 7.1): when, is not known
		}
	}
	for m, recent := range j.recent {
		v.recent[m] = recent
	}
	// RECENT may come before the EXISTS that it goes with, even an answer before.
	peak = max(peak, len(v.Msgs)+len(v.pending()))
	j.recentAgrees(v)
	if recent == nil {
		j.recentTold(v)
	}
	for m, recent := range j.recent {
		if j.sees && !recent && v.told != 0 { // it may have shown no more than the flag that it sets
			delete(v.recent, m)
		}
	}
	if recent != nil && !v.Vague && !v.Box.Vague && !v.Shared && !j.s.Vague && uint64(recent.Data.(Recent).N) > uint64(peak) {
		j.report(ruleRecentCount, recent.Raw, fmt.Sprintf("at most %d", peak))
	}
}

func lower(list []string) []string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = strings.ToLower(e)
	}
	return out
}

// places notes where in the reply the completion is, and the last continuation
// request: what comes before or behind them is asked of many responses.
func (j *judge) places() {
	j.tagged, j.asked = len(j.x.Reply.Responses), -1
	for i, r := range j.x.Reply.Responses {
		switch {
		case r.Tag == "+":
			j.asked = i
		case r.Tag == j.x.Tag && i < j.tagged:
			j.tagged = i
		}
	}
}

// exists takes over the size of the mailbox (sections 5.2 and 7.3.1).
func (j *judge) exists(v *View, n uint32) {
	have := uint32(len(v.Msgs))
	if n < have {
		if !v.Vague {
			j.report(ruleShrink, fmt.Sprintf("* %d EXISTS", n), fmt.Sprintf("at least %d", have))
		}
		v.Vague = true
	}
	if v.Vague || n == have {
		return
	}
	v.recents = -1
	pending := v.pending()
	if int64(n-have) > int64(len(pending)) {
		if !j.s.Vague && !v.Box.Vague && !v.Shared {
			cause := j.by(ruleExists)
			if v.Box.more.Rule != nil {
				cause = v.Box.more
			}
			j.reportBy(cause, fmt.Sprintf("* %d EXISTS", n), fmt.Sprintf("* %d EXISTS", int(have)+len(pending)))
		}
		v.Vague = true
		return
	}
	if v.Box.Vague && (v.Shared || int(n-have) != len(pending)) {
		v.Vague = true // which they are is not known
		return
	}
	if int(n-have) == len(pending) { // else it is not known which is missing
		for _, m := range pending {
			m.addedBy = Cause{}
		}
	}
	v.Msgs = append(v.Msgs, pending[:n-have]...)
	v.seen = v.Msgs[len(v.Msgs)-1].seq
}

// expunged takes message n out of the view (section 7.4.1). i is the place of
// the response in the reply.
func (j *judge) expunged(v *View, n uint32, raw string, i int) {
	switch {
	case i > j.tagged:
		j.report(ruleExpungeWhen, raw, "no EXPUNGE while no command is in progress")
	case !j.valid:
	case j.name == "FETCH" || j.name == "STORE" || j.name == "SEARCH":
		j.report(ruleExpungeWhen, raw, "no EXPUNGE in answer to "+j.name)
	case j.name == "CLOSE" && !v.Shared:
		j.report(ruleCloseSilent, raw, "no EXPUNGE in answer to CLOSE")
	default:
		if i < j.asked && j.name != "IDLE" { // RFC 2177 has it there, too
			j.report(ruleExpungeWhen, raw, "no EXPUNGE before the command is complete")
		}
	}
	if v.Vague {
		j.s.unsettle(v.Box, v.Box.lastSeq+1)
		v.Box.Vague = true
		return
	}
	m := v.at(n)
	if m == nil {
		j.report(ruleExpungeNumber, raw, fmt.Sprintf("a number from 1 to %d", len(v.Msgs)))
		j.s.unsettle(v.Box, v.Box.lastSeq+1)
		v.Box.Vague = true
		return
	}
	v.recents = -1
	v.Msgs = slices.Delete(v.Msgs, int(n)-1, int(n))
	if m.gone || j.s.Vague {
		return
	}
	moved := j.base() == "MOVE" && (j.within == nil || j.within[m]) || slices.Contains(v.moved, m)
	switch {
	case m.copied.Rule != nil && !moved && !v.Shared && !j.s.touched(m) && !m.doubtful() && !m.recommended() && m.Flags.Has(`\deleted`) == No:
		j.reportBy(m.copied, raw+", a message with the flags "+m.Flags.String(), "no EXPUNGE of it")
	case v.ReadOnly && !v.Shared:
		by := j.by(ruleReadOnly)
		if m.copied.Rule != nil && !moved {
			by = Cause{ruleReadOnly, m.copied.Command, m.copied.State}
		}
		j.reportBy(by, raw, "no message removed: the mailbox is selected read-only")
		if j.base() == "MOVE" {
			v.Vague, v.Box.Vague = true, true
			return
		}
	case moved:
	case j.base() == "MOVE":
		// Another message may go at the same time (RFC 6851 section 3.3), but not one
		// that nobody wants to have removed.
		if !v.Shared && !j.s.touched(m) && m.Flags.Has(`\deleted`) == No {
			j.report(ruleMove, raw+", a message with the flags "+m.Flags.String(), "no EXPUNGE of it")
		}
		v.Vague, v.Box.Vague = true, true
		return
	case j.name == "UID EXPUNGE" && j.within != nil && !j.within[m] && !v.Shared:
		j.report(ruleUIDExpungeSet, fmt.Sprintf("%s, a message with the UID %d", raw, m.UID), "no EXPUNGE of it")
	case !j.s.touched(m) && m.Flags.Has(`\deleted`) == No:
		j.reportBy(m.flagCause(j.by(ruleExpungeDeleted)), raw+", a message with the flags "+m.Flags.String(), "no EXPUNGE of it")
	}
	j.s.expunge(v.Box, m)
	v.Box.By = j.by(ruleExpunge)
}

// fetched takes over a FETCH response (section 7.4.2).
func (j *judge) fetched(v *View, d FetchData, raw string) {
	if v.Vague {
		return
	}
	m := v.at(d.N)
	if m == nil {
		j.report(ruleFetchNumber, raw, fmt.Sprintf("a number from 1 to %d", len(v.Msgs)))
		v.Vague = true
		return
	}
	if j.sees && slices.ContainsFunc(d.Atts, func(a Att) bool { return parseItem(a.Name).seen }) {
		j.s.beforeSeen(v, []*Msg{m}, true, j.base()) // whether it was asked for this one or not
	}
	for i := range d.Atts {
		switch a := &d.Atts[i]; a.Name {
		case "UID":
			j.learnUID(v, d.N, m, a.Num)
		case "FLAGS":
			j.learnFlags(v, d.N, m, a.Flags)
		default:
			j.content(m, a)
		}
	}
	if j.answered != nil {
		for i := range d.Atts {
			j.answered[m] = append(j.answered[m], d.Atts[i].wanted())
		}
	}
}

// wanted is the name of the item with its origin octet.
func (a *Att) wanted() string {
	if a.Origin >= 0 {
		return fmt.Sprintf("%s<%d>", a.Name, a.Origin)
	}
	return a.Name
}

// learnFlags compares the flags shown with those known, and believes them.
func (j *judge) learnFlags(v *View, n uint32, m *Msg, flags []string) {
	recent := containsFold(flags, `\Recent`)
	alone := !v.Shared
	tried := j.base() == "STORE" || recent && j.s.recent
	if was, shown := v.recent[m]; shown && was != recent && alone && !j.s.Vague && tried {
		want := `\Recent, as the message was shown before`
		if recent {
			want = `no \Recent: the message was shown without it before`
		}
		j.reportBy(Cause{ruleRecent, "STORE", Selected}, fmt.Sprintf("* %d FETCH (FLAGS (%s))", n, strings.Join(flags, " ")), want)
	}
	if j.recent == nil {
		j.recent = map[*Msg]bool{}
	}
	j.recent[m] = recent
	if len(j.s.Conns) > 1 {
		j.s.spread(v, m, NewFlags(flags))
	}
	if m.gone || j.s.touched(m) {
		return
	}
	cause := m.FlagsBy
	wrong := alone && !j.s.Vague && !j.s.judged(m.Flags).Allows(j.s.clientFlags(flags))
	// What shows the flags may set \Seen itself, and show no more than that: then the
	// command before it may have done what it should.
	bare := j.sees && !slices.ContainsFunc(NewFlags(flags).Set, func(f string) bool { return f != `\seen` })
	switch {
	case !wrong, bare && cause.Rule != ruleFlagsKept:
	default:
		if j.base() == "MOVE" && containsFold(flags, `\Deleted`) && m.Flags.Has(`\deleted`) == No {
			cause = j.by(ruleMove) // which sets it for no message
		} else if m.seenBy.Rule != nil && m.Flags.Has(`\seen`) == Yes && !containsFold(flags, `\Seen`) {
			cause = m.seenBy
		} else if m.peeked.Rule != nil && !m.doubtful() && !m.recommended() && m.Flags.Has(`\seen`) == No && containsFold(flags, `\Seen`) {
			cause = m.peeked
		}
		j.reportBy(cause, fmt.Sprintf("* %d FETCH (FLAGS (%s))", n, strings.Join(sortedFold(flags), " ")),
			"the flags "+m.Flags.String())
	}
	was := m.Flags
	m.FlagsBy, m.peeked, m.seenBy = Cause{ruleFlagsKept, "FETCH", Selected}, Cause{}, Cause{}
	if m.Flags = NewFlags(flags); wrong { // which of the two is right, what follows tells
		m.Flags = m.Flags.unlike(was)
	}
	for _, f := range was.Maybe {
		if bare && f != `\seen` {
			m.Flags = m.Flags.with(f, Maybe)
		}
	}
	m.Flags.Vague = bare && was.Vague
	if !alone {
		m.Flags = Flags{Vague: true} // the view may be behind
	}
	if j.sees && m.Flags.Has(`\seen`) == No {
		m.Flags = m.Flags.with(`\seen`, Maybe) // shown from before it was set
	}
}

func sortedFold(flags []string) []string {
	out := slices.Clone(flags)
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return out
}

// permits is what is known of whether a STORE of the flag lasts (section 7.1,
// PERMANENTFLAGS).
func (v *View) permits(flag string) Tri {
	flag = strings.ToLower(flag)
	if v.Perm == nil && strings.HasPrefix(flag, `\`) || slices.Contains(v.Perm, flag) ||
		!strings.HasPrefix(flag, `\`) && slices.Contains(v.Perm, `\*`) {
		return Yes
	}
	return Maybe
}

// touch notes, before a command of a read-only view changes what the session
// shows of a message's flags, what they have to be afterwards.
func (v *View) touch(m *Msg, by Cause) {
	if m.FlagsBy.Rule == ruleReadOnly && by.Command == "FETCH" {
		by = m.FlagsBy // nothing was shown since a STORE may have changed any flag
	}
	switch u, done := v.undo[m]; {
	case !done && m.recommended(): // perhaps it never had them
		v.undo[m] = undo{Flags{Vague: true}, by}
	case !done:
		v.undo[m] = undo{m.Flags, by}
	case by.Command == "STORE":
		v.undo[m] = undo{u.flags, by}
	}
}

// closeView ends the view of a connection, if it has one.
func (s *State) closeView(c *Conn) {
	v := c.View
	c.View = nil
	if v == nil {
		return
	}
	for m, u := range v.undo {
		if v.Shared {
			u.flags = Flags{Vague: true} // another view may have changed them
		}
		m.Flags, m.FlagsBy = u.flags, u.by
	}
	for m, flags := range v.soft {
		for _, f := range slices.Concat(flags, m.Flags.Set) {
			switch was, ok := v.before[m][strings.ToLower(f)]; {
			case v.permits(f) == Yes:
			case ok && v.Perm != nil && !slices.Contains(v.Perm, `\*`) && !v.Shared && was != Maybe:
				m.Flags, m.FlagsBy = m.Flags.with(f, was), Cause{ruleSessionFlags, "STORE", Selected}
			default:
				m.Flags = m.Flags.with(f, Maybe)
			}
		}
	}
}
