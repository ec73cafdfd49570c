package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

var (
	ruleFetch = rule("fetch-answers", "6.4.5", MUST,
		"FETCH that is answered OK returns every item asked for, of every message of the set.", "FETCH")
	ruleStar = rule("star-is-last", "9", MUST,
		"\"*\" is the last message: a UID range with it is never empty unless the mailbox is.", "FETCH", "STORE", "COPY", "SEARCH")
	ruleRange = rule("range-either-way", "9", MUST,
		"A range is the same whichever end comes first: 4:2 is 2:4.", "FETCH", "STORE", "COPY", "SEARCH")
	ruleSeen = rule("fetch-sets-seen", "6.4.5", MUST,
		"FETCH of a body section without PEEK sets \\Seen.", "FETCH")
	rulePeek = rule("peek-keeps-seen", "6.4.5", MUST,
		"FETCH of BODY.PEEK, RFC822.HEADER or of no body section does not set \\Seen.", "FETCH")
	ruleSeenShown = rule("seen-shown", "6.4.5", SHOULD,
		"FETCH that sets \\Seen shows the new flags.", "FETCH")
	ruleAbsent = rule("uid-absent-ignored", "6.4.8", MUST,
		"A unique identifier that no message has is ignored, without an error.", "FETCH", "STORE", "COPY")
	ruleOrigin = rule("origin-unasked", "7.4.2", MUST,
		"An origin octet is in a FETCH response only if the client asked for a part of the section.", "FETCH")
	ruleImplied = rule("uid-implied", "6.4.8", MUST,
		"FETCH responses to a UID command have the UID, whether asked for or not.", "FETCH", "STORE")
)

// item is one data item that FETCH asks for.
type item struct {
	name           string // as in Att.Name
	origin, length int64  // of "<origin.length>"; -1 for none
	seen           bool   // sets \Seen
}

// parseItem takes "BODY.PEEK[TEXT]<0.10>" apart.
func parseItem(s string) item {
	it := item{name: s, origin: -1, length: -1}
	if i := strings.LastIndexByte(s, '<'); i > 0 && strings.HasSuffix(s, ">") {
		o, l, _ := strings.Cut(s[i+1:len(s)-1], ".")
		it.origin, _ = strconv.ParseInt(o, 10, 64)
		it.length, _ = strconv.ParseInt(l, 10, 64)
		it.name = s[:i]
	}
	if rest, ok := strings.CutPrefix(it.name, "BODY.PEEK["); ok {
		it.name = "BODY[" + rest
		return it
	}
	it.seen = strings.HasPrefix(it.name, "BODY[") || it.name == "RFC822" || it.name == "RFC822.TEXT"
	return it
}

// items are the data items of a FETCH, its macro expanded (section 6.4.5).
func (c Fetch) items() []item {
	names := c.Items
	if len(names) == 1 {
		switch names[0] {
		case "ALL":
			names = []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"}
		case "FAST":
			names = []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE"}
		case "FULL":
			names = []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"}
		}
	}
	list := make([]item, len(names))
	for i, n := range names {
		list[i] = parseItem(n)
	}
	return list
}

// fetch judges FETCH and UID FETCH (section 6.4.5).
func (j *judge) fetch(c Fetch) {
	v := j.c.View
	items := c.items()
	msgs, sure := j.s.selected(v, c.Set, c.UID)
	if sure && (c.UID || len(msgs) > 0) && !slices.ContainsFunc(msgs, func(m *Msg) bool { return m.lacks(items) }) {
		j.notBad()
	}
	j.ignored(c.UID && sure && len(msgs) == 0 && !slices.ContainsFunc(items, item.part))
	last := v.at(uint32(len(v.Msgs)))
	if len(v.pending()) > 0 {
		last = nil // the server may mean another
	}
	var unseen []*Msg
	if sure {
		unseen = v.changing(Store{Op: '+', Flags: []string{`\Seen`}}, msgs)
	}
	seen := slices.ContainsFunc(items, func(it item) bool { return it.seen })
	if seen && j.outcome != BAD {
		j.s.beforeSeen(v, msgs, sure, j.base())
		v.knows(msgs, sure)
		j.s.unshown(v, msgs, sure)
	} else if sure && !v.ReadOnly {
		for _, m := range msgs {
			if m.FlagsBy.Rule != ruleStore { // which may not have taken \Seen away
				m.peeked = Cause{rulePeek, j.base(), j.phase}
			}
		}
	}
	j.sees = seen
	j.answered = make(map[*Msg][]string, len(msgs))
	origin := j.origins(items)
	j.untagged()
	if seen && sure && j.outcome == OK {
		msgs := slices.DeleteFunc(slices.Clone(msgs), func(m *Msg) bool { return m.lacksAllSeen(items) })
		unseen = slices.DeleteFunc(unseen, func(m *Msg) bool { return m.lacksAllSeen(items) })
		j.s.afterSeen(v, msgs, Cause{setRule(c.UID, c.Set, ruleSeen), j.base(), Selected})
	}
	if seen && !j.s.Vague {
		j.seenShown(v, unseen)
	}
	if origin || j.outcome != OK || v.Vague || v.Shared || !sure && !(c.UID && c.Set.HasStar() && len(msgs) > 0) {
		return
	}
	if c.UID {
		j.uidImplied(v, msgs)
	}
	for _, m := range msgs {
		if m.gone || !sure && m != last {
			continue
		}
		for _, it := range items {
			want := it.name
			if it.origin >= 0 {
				want = fmt.Sprintf("%s<%d>", it.name, it.origin)
			}
			if slices.Contains(j.answered[m], want) || m.lacks([]item{it}) || eightBit(want) {
				continue // eightBit: of names that no header field can have (RFC 2822 section 2.2)
			}
			r := ruleFetch
			if len(j.answered[m]) == 0 && (m == last || c.Set.Reversed()) {
				r = setRule(c.UID || m == last && c.Set.Reversed(), c.Set, ruleFetch)
			}
			n := slices.Index(v.Msgs, m) + 1
			j.reportBy(Cause{r, j.base(), j.phase}, fmt.Sprintf("OK without %s of message %d", want, n),
				fmt.Sprintf("* %d FETCH (... %s ...)", n, want))
			return
		}
	}
}

// lacksAllSeen reports whether the message may not have the sections that would
// set \Seen: then it need not be set.
func (m *Msg) lacksAllSeen(items []item) bool {
	return !slices.ContainsFunc(items, func(it item) bool { return it.seen && !m.lacks([]item{it}) })
}

// part reports whether an item is a section of a part, by its number.
func (it item) part() bool {
	part, ok := strings.CutPrefix(it.name, "BODY[")
	return ok && part[0] >= '1' && part[0] <= '9'
}

// ignored reports that a command for UIDs that no message has was refused, if it
// was such a command.
func (j *judge) ignored(absent bool) {
	if absent && j.outcome == NO && !j.c.View.Vague && !j.c.View.Shared && !j.s.Vague && j.lasting() {
		j.report(ruleAbsent, j.shown(), "OK: a unique identifier that no message has is ignored")
	}
}

// seenShown judges that a FETCH which set \Seen shows the new flags.
func (j *judge) seenShown(v *View, unseen []*Msg) {
	if j.outcome != OK || v.Vague {
		return
	}
	for _, m := range unseen {
		if n := slices.Index(v.Msgs, m) + 1; n > 0 && len(j.answered[m]) > 0 && !slices.Contains(j.answered[m], "FLAGS") {
			j.reportBy(Cause{ruleSeenShown, j.base(), j.phase}, fmt.Sprintf("OK without FLAGS of message %d", n), `FLAGS with \Seen`)
			return
		}
	}
}

// lacks reports whether an item is a section that the message may not have: a
// part that does not exist, or the header of one that is no message. Section
// 6.4.5 does not say what is returned for it.
func (m *Msg) lacks(items []item) bool {
	return slices.ContainsFunc(items, func(it item) bool { return it.part() && m.section(it.name) == nil })
}

// beforeSeen is what is known of \Seen while such a FETCH is answered: the
// FLAGS that it returns may be from before or after.
func (s *State) beforeSeen(v *View, msgs []*Msg, sure bool, name string) {
	if !sure {
		msgs = v.Box.Msgs
	}
	for _, m := range msgs {
		switch {
		case v.ReadOnly:
			v.touch(m, Cause{ruleReadOnly, name, Selected})
		case m.Flags.Has(`\seen`) == No:
			m.Flags = m.Flags.with(`\seen`, Maybe)
			if v.permits(`\seen`) != Yes { // the server may set it for good all the same
				v.soft[m] = append(v.soft[m], `\seen`)
				delete(v.before[m], `\seen`)
			}
		}
	}
}

// afterSeen is what is known of \Seen after such a FETCH.
func (s *State) afterSeen(v *View, msgs []*Msg, by Cause) {
	if v.ReadOnly || v.Vague || v.Shared {
		return
	}
	for _, m := range msgs {
		if m.Flags.Has(`\seen`) != Yes && v.permits(`\seen`) == Yes {
			m.trust()
			m.Flags = m.Flags.with(`\seen`, Yes)
			if !m.doubtful() {
				m.FlagsBy, m.seenBy = by, by
			}
		}
	}
}

// origins judges the origin octets of the FETCH responses (section 7.4.2), and
// reports whether there was one that was not asked for.
func (j *judge) origins(items []item) bool {
	asked := slices.ContainsFunc(items, func(it item) bool { return it.origin >= 0 })
	for _, r := range j.x.Reply.Responses {
		d, ok := r.Data.(FetchData)
		if !ok || asked {
			continue
		}
		for i := range d.Atts {
			if d.Atts[i].Origin >= 0 {
				j.report(ruleOrigin, d.Atts[i].wanted(), d.Atts[i].Name)
				return true
			}
		}
	}
	return false
}

// partial is what a FETCH response with an origin octet has to hold, of a
// section that is text in whole.
func (j *judge) partial(a *Att, text string) (want string) {
	asked := false
	if c, ok := j.x.Cmd.(Fetch); ok {
		for _, it := range c.items() {
			if it.name == a.Name && it.origin == a.Origin {
				asked = true
				if want = Partial(text, it.origin, it.length); want == a.Text {
					break
				}
			}
		}
	}
	if !asked {
		return a.Text // origins reports it
	}
	return want
}

// uidImplied judges that the answer to a UID command has the UIDs.
func (j *judge) uidImplied(v *View, msgs []*Msg) {
	if v.Vague || v.Shared {
		return
	}
	asked := make(map[*Msg]bool, len(msgs))
	for _, m := range msgs {
		asked[m] = true
	}
	for _, r := range j.x.Reply.Responses { // one with a UID may have an unsolicited one beside it
		if d, ok := r.Data.(FetchData); ok && hasUID(d) {
			delete(asked, v.at(d.N))
		}
	}
	for i := range j.x.Reply.Responses {
		r := &j.x.Reply.Responses[i]
		if _, ok := r.Data.(Expunge); ok {
			return // the numbers before it were others
		}
		d, ok := r.Data.(FetchData)
		if !ok || r.Syntax != nil || !asked[v.at(d.N)] {
			continue
		}
		if !hasUID(d) {
			j.report(ruleImplied, clipRaw(r.Raw), "UID among the items")
			return
		}
	}
}

func hasUID(d FetchData) bool {
	return slices.ContainsFunc(d.Atts, func(a Att) bool { return a.Name == "UID" })
}

func isExpunge(r Response) bool {
	_, ok := r.Data.(Expunge)
	return ok
}

func isFetch(r Response) bool {
	_, ok := r.Data.(FetchData)
	return ok
}

func clipRaw(s string) string { return clipTo(s, 200) }

func clipTo(s string, most int) string {
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
