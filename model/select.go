package model

import (
	"fmt"
	"slices"
	"strings"
)

var (
	ruleSelectData = rule("select-data", "6.3.1", MUST,
		"SELECT and EXAMINE send FLAGS, EXISTS and RECENT before the tagged OK.", "SELECT", "EXAMINE")
	ruleSelectCodes = rule("select-codes", "6.3.1", SHOULD,
		"SELECT and EXAMINE send PERMANENTFLAGS, UIDNEXT and UIDVALIDITY before the tagged OK; without them a client has defaults.", "SELECT", "EXAMINE")
	ruleSystemFlags = rule("flags-list-system", "7.2.6", SHOULD,
		"The FLAGS response lists at least the system flags.", "SELECT", "EXAMINE")
	ruleUnseen = rule("unseen-first", "7.1", MUST,
		"The UNSEEN code is the number of the first message without \\Seen.", "SELECT", "EXAMINE")
	ruleKeywords = rule("flags-list-keywords", "7.2.6", SHOULD,
		"The FLAGS response lists the keywords that messages of the mailbox have.", "SELECT", "EXAMINE")
	ruleSelectUnseen = rule("select-unseen", "6.3.1", SHOULD,
		"SELECT and EXAMINE send the UNSEEN code if a message has no \\Seen.", "SELECT", "EXAMINE")
	rulePermanent = rule("permanentflags-listed", "7.1", SHOULD,
		"PERMANENTFLAGS are flags of the FLAGS response, and perhaps \\*.", "SELECT", "EXAMINE")
	ruleReadOnlyCode = rule("examine-read-only-code", "6.3.2", MUST,
		"The tagged OK of EXAMINE begins with [READ-ONLY].", "EXAMINE")
	ruleReadWriteCode = rule("select-read-write-code", "6.3.1", SHOULD,
		"The tagged OK of SELECT says whether the mailbox is READ-WRITE or READ-ONLY.", "SELECT")
)

// selectBox judges SELECT and EXAMINE: arrows 5 and 6.
func (j *judge) selectBox(readOnly bool, name string) {
	if plainName(name) {
		j.notBad()
	}
	if v := j.c.View; v != nil && slices.ContainsFunc(j.x.Reply.Responses, isExpunge) {
		v.Box.Vague = true // late news of the mailbox that is left
	}
	switch j.outcome {
	case OK:
	case NO:
		j.leave(Authenticated)
		j.missing(name)
		return
	default:
		j.untagged()
		j.c.Unsure = j.phase == Selected
		return
	}
	j.leave(Selected)
	j.noselect(name)
	n := j.found(name)
	v := newView(name, n.Box, readOnly)
	j.c.View = v
	j.s.share(j.c, n.Box)
	if !readOnly {
		defer func() { n.Box.recent, n.Box.recentBy = 0, Cause{} }() // this session takes it
	}
	tagged := j.x.Tagged()
	if code := tagged.Code; readOnly && (code == nil || code.Name != "READ-ONLY") {
		j.report(ruleReadOnlyCode, j.shown(), "OK [READ-ONLY]")
	} else if !readOnly && (code == nil || code.Name != "READ-WRITE" && code.Name != "READ-ONLY") {
		j.report(ruleReadWriteCode, j.shown(), "OK [READ-WRITE] or OK [READ-ONLY]")
	}
	v.ReadOnly = readOnly || tagged.Code != nil && tagged.Code.Name == "READ-ONLY"
	j.selectData(v, n)
}

// opening is what SELECT and EXAMINE have to tell of a mailbox, as far as it came.
type opening struct{ flags, exists, recent, perm, next, validity, unseen *Response }

// opened collects the untagged data of SELECT and EXAMINE.
func (j *judge) opened() (o opening) {
	codes := map[string]**Response{"PERMANENTFLAGS": &o.perm, "UIDNEXT": &o.next, "UIDVALIDITY": &o.validity, "UNSEEN": &o.unseen}
	for i := range j.x.Reply.Responses {
		r := &j.x.Reply.Responses[i]
		switch r.Data.(type) {
		case FlagsData:
			o.flags = r
		case Exists:
			o.exists = r
		case Recent:
			o.recent = r
		}
		if r.Tag != "*" || r.Code == nil {
			continue
		}
		if code := codes[r.Code.Name]; code != nil {
			*code = r
		}
		j.s.fleeting = j.s.fleeting || r.Code.Name == "UIDNOTSTICKY"
	}
	return o
}

// selectData judges the untagged data of SELECT and EXAMINE (section 6.3.1).
func (j *judge) selectData(v *View, n *Name) {
	o := j.opened()
	if missing := absent([]string{"FLAGS", "EXISTS", "RECENT"}, o.flags, o.exists, o.recent); missing != "" {
		j.report(ruleSelectData, "no "+missing, "FLAGS, EXISTS and RECENT")
	}
	if missing := absent([]string{"PERMANENTFLAGS", "UIDNEXT", "UIDVALIDITY"}, o.perm, o.next, o.validity); missing != "" {
		j.report(ruleSelectCodes, "no "+missing, "PERMANENTFLAGS, UIDNEXT and UIDVALIDITY")
	}
	j.systemFlags(o.flags)
	if o.perm != nil {
		v.Perm = lower(o.perm.Code.List)
		j.permanent(o.perm, o.flags)
	}
	if o.exists == nil {
		v.Vague = true
		return
	}
	j.selectExists(v, o.exists.Data.(Exists).N)
	if o.recent != nil {
		j.selectRecent(v, o.recent, o.exists.Data.(Exists).N)
	}
	if o.validity != nil {
		v.Box.sticky = v.Box.sticky || !j.s.fleeting
		j.learnValidity(n, o.validity.Code.Num)
	} else {
		v.Box.forgetUIDs() // without it there are no unique identifiers that last
	}
	if o.next != nil {
		j.learnNext(v.Box, o.next.Code.Num)
	}
	if o.flags != nil {
		j.keywords(v, o.flags)
	}
	if o.unseen != nil {
		j.firstUnseen(v, o.unseen)
	} else {
		j.noUnseen(v)
	}
}

// systemFlags judges that the FLAGS response, if there is one, has the system flags.
func (j *judge) systemFlags(flags *Response) {
	if flags == nil {
		return
	}
	for _, f := range systemFlags {
		if !containsFold(flags.Data.(FlagsData).Flags, f) {
			j.report(ruleSystemFlags, flags.Raw, f+" among the flags")
			return
		}
	}
}

// selectRecent judges and takes over the number of RECENT.
func (j *judge) selectRecent(v *View, r *Response, most uint32) {
	n := r.Data.(Recent).N
	if n > most {
		j.report(ruleRecentCount, r.Raw, fmt.Sprintf("at most %d", most))
	}
	j.keepsRecent(v.Box, n, r.Raw)
	v.recents, v.told, j.s.marks = int(n), int(n), j.s.marks || n > 0
	j.freshRecent(v, n, r.Raw)
}

func absent(names []string, rs ...*Response) string {
	var missing []string
	for i, r := range rs {
		if r == nil {
			missing = append(missing, names[i])
		}
	}
	return strings.Join(missing, ", ")
}

// selectExists makes the view of a mailbox that has just been selected.
func (j *judge) selectExists(v *View, n uint32) {
	b := v.Box
	switch {
	case j.s.Vague:
		v.Vague = true
		return
	case b.Vague || int(n) != len(b.Msgs):
		if !b.Vague && !v.Shared {
			j.reportBy(b.countCause(int(n)), fmt.Sprintf("* %d EXISTS in %s", n, v.Name), fmt.Sprintf("* %d EXISTS", len(b.Msgs)))
		}
		if v.Shared || n > 10000 {
			v.Vague = true
			return
		}
		b.Msgs, b.Vague, b.Next, b.By, b.recent = nil, false, 0, j.by(ruleExists), 0
		for range n {
			b.add(&Msg{NoBody: true, Flags: Flags{Vague: true}})
		}
		for _, m := range b.Msgs {
			m.minUID = 0
		}
		b.added = false
	}
	b.counted()
	v.Msgs = append([]*Msg(nil), b.Msgs...)
	if len(v.Msgs) > 0 {
		v.seen = v.Msgs[len(v.Msgs)-1].seq
		v.first = v.seen
	}
}

// keywords judges that FLAGS lists the keywords that messages were shown with.
func (j *judge) keywords(v *View, flags *Response) {
	if v.Vague || v.Shared || j.s.Vague {
		return
	}
	for i, m := range v.Msgs {
		for _, f := range m.Flags.Set {
			if m.FlagsBy.Rule == ruleFlagsKept && !strings.HasPrefix(f, "$") && !isSystem(f) && !containsFold(flags.Data.(FlagsData).Flags, f) {
				j.report(ruleKeywords, flags.Raw, fmt.Sprintf("%s among the flags: message %d has it", f, i+1))
				return
			}
		}
	}
}

// permanent compares PERMANENTFLAGS with FLAGS.
func (j *judge) permanent(perm, flags *Response) {
	if flags == nil {
		return
	}
	for _, f := range perm.Code.List {
		if f != `\*` && !containsFold(flags.Data.(FlagsData).Flags, f) {
			j.report(rulePermanent, perm.Raw, "only flags of "+flags.Raw)
			return
		}
	}
}

// noUnseen judges that SELECT has no UNSEEN code.
func (j *judge) noUnseen(v *View) {
	if v.Vague || v.Shared || j.s.Vague {
		return
	}
	for i, m := range v.Msgs {
		if m.Flags.Has(`\seen`) == No && m.FlagsBy.Rule == ruleFlagsKept && !j.s.touched(m) {
			j.report(ruleSelectUnseen, "OK without an UNSEEN code", fmt.Sprintf("OK [UNSEEN %d]", i+1))
			return
		}
	}
}

// firstUnseen judges the UNSEEN code of SELECT.
func (j *judge) firstUnseen(v *View, r *Response) {
	if v.Vague || v.Shared {
		return
	}
	m := v.at(r.Code.Num)
	want := ""
	if m == nil {
		want = fmt.Sprintf("a number from 1 to %d", len(v.Msgs))
	} else if m.Flags.Has(`\seen`) == Yes {
		want = fmt.Sprintf("another number: message %d has \\Seen", r.Code.Num)
	} else {
		for i, o := range v.Msgs[:r.Code.Num-1] {
			if o.Flags.Has(`\seen`) == No {
				want, m = fmt.Sprintf("UNSEEN %d: that message has no \\Seen", i+1), o
				break
			}
		}
	}
	if want != "" {
		j.reportBy(m.flagCause(j.by(ruleUnseen)), r.Raw, want)
	}
}
