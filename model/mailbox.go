package model

import (
	"fmt"
	"strings"
)

var (
	ruleInbox = rule("inbox-exists", "5.1", SHOULD,
		"INBOX exists: it is the primary mailbox of the user.")
	ruleSelectData = rule("select-data", "6.3.1", MUST,
		"SELECT and EXAMINE send FLAGS, EXISTS and RECENT before the tagged OK.")
	ruleSelectCodes = rule("select-codes", "6.3.1", SHOULD,
		"SELECT and EXAMINE send PERMANENTFLAGS, UIDNEXT and UIDVALIDITY before the tagged OK; without them a client has defaults.")
	ruleSystemFlags = rule("flags-list-system", "7.2.6", SHOULD,
		"The FLAGS response lists at least the system flags.")
	ruleUnseen = rule("unseen-first", "7.1", MUST,
		"The UNSEEN code is the number of the first message without \\Seen.")
	ruleReadOnlyCode = rule("examine-read-only-code", "6.3.2", MUST,
		"The tagged OK of EXAMINE begins with [READ-ONLY].")
	ruleReadWriteCode = rule("select-read-write-code", "6.3.1", SHOULD,
		"The tagged OK of SELECT says whether the mailbox is READ-WRITE or READ-ONLY.")
	ruleCreate = rule("create-creates", "6.3.3", MUST,
		"CREATE is answered OK only if a new, empty mailbox of that name was made.")
	ruleCreateExtant = rule("create-extant", "6.3.3", MUST,
		"CREATE of INBOX or of a mailbox that exists is an error.")
	ruleDelete = rule("delete-removes", "6.3.4", MUST,
		"DELETE is answered OK only if the mailbox was deleted.")
	ruleDeleteInbox = rule("delete-inbox", "6.3.4", MUST,
		"DELETE of INBOX is an error.")
	ruleDeleteMissing = rule("delete-missing", "6.3.4", MUST,
		"DELETE of a name that does not exist is an error.")
	ruleDeleteInferior = rule("delete-keeps-inferiors", "6.3.4", MUST,
		"DELETE does not remove inferior names.")
	ruleDeleteSubscription = rule("delete-keeps-subscription", "6.3.9", MUST,
		"A name stays subscribed although the mailbox of that name is deleted.")
	ruleRenameSubscription = rule("rename-keeps-subscription", "6.3.9", SHOULD,
		"A name stays subscribed although the mailbox of that name is renamed; whether a server that moves the subscription removes it unilaterally is open.")
	ruleRename = rule("rename-renames", "6.3.5", MUST,
		"RENAME is answered OK only if the mailbox has its new name, its messages with it.")
	ruleRenameMissing = rule("rename-missing", "6.3.5", MUST,
		"RENAME from a name that does not exist, or to one that does, is an error.")
	ruleRenameInferior = rule("rename-inferiors", "6.3.5", MUST,
		"RENAME renames the inferior names too.")
	ruleRenameInbox = rule("rename-inbox", "6.3.5", MUST,
		"RENAME of INBOX moves its messages to the new name and leaves INBOX there, empty.")
	ruleSubscribe = rule("subscribe-adds", "6.3.6", MUST,
		"A name that was subscribed is in the answer to LSUB.")
	ruleUnsubscribe = rule("unsubscribe-removes", "6.3.7", MUST,
		"A name that was unsubscribed is not in the answer to LSUB.")
	ruleStatus = rule("status-answers", "6.3.10", MUST,
		"STATUS is answered by a STATUS response for the mailbox with the items asked for.")
	ruleStatusCounts = rule("status-counts", "6.3.10", MUST,
		"STATUS tells the numbers of messages and of unseen messages.")
)

// mailbox judges the commands whose argument is a mailbox name.
func (j *judge) mailbox(c Mailbox) {
	name := FoldInbox(c.Box.S)
	if c.Verb == "SELECT" || c.Verb == "EXAMINE" {
		j.selectBox(c.Verb == "EXAMINE", name)
		return
	}
	if c.Verb == "DELETE" {
		j.uproot(name)
	}
	j.untagged()
	if plainName(name) || c.Verb == "CREATE" && plainName(strings.TrimSuffix(name, j.m.Profile.Delim)) {
		j.notBad()
	}
	if c.Verb == "CREATE" && j.outcome == NO {
		j.half(name)
	}
	if j.outcome != OK || j.s.Vague {
		return
	}
	n := j.s.name(name)
	switch c.Verb {
	case "CREATE":
		j.create(name)
	case "DELETE":
		j.delete(name, n)
	case "SUBSCRIBE":
		n.Subscribed, n.SubscribedBy = Yes, j.by(ruleSubscribe)
	case "UNSUBSCRIBE":
		n.Subscribed, n.SubscribedBy = No, j.by(ruleUnsubscribe)
	}
}

// plainName reports whether every server that has hierarchy can take the name:
// letters and digits, in levels that are not empty.
func plainName(name string) bool {
	empty := true // the level that is being read
	for i := 0; i < len(name); i++ {
		switch c := name[i] | 0x20; {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			empty = false
		case !empty && (name[i] == '/' || name[i] == '.'):
			empty = true
		default:
			return false
		}
	}
	return !empty
}

// oddName reports whether a mailbox that the command names has an empty level
// in its name. Section 5.1 does not say which mailbox that is: the one that is
// called so without it, another, or none.
func (j *judge) oddName() bool {
	delim := j.m.Profile.Delim
	odd := func(name string) bool {
		return delim != "" && (strings.HasPrefix(name, delim) || strings.HasSuffix(name, delim) || strings.Contains(name, delim+delim))
	}
	switch c := j.x.Cmd.(type) {
	case Mailbox:
		if c.Verb == "CREATE" { // section 6.3.3 allows it one at the end
			return odd(strings.TrimSuffix(c.Box.S, delim))
		}
		return odd(c.Box.S)
	case Rename:
		return odd(c.From.S) || odd(strings.TrimSuffix(c.To.S, delim))
	case StatusCmd:
		return odd(c.Box.S)
	case Append:
		return odd(c.Box.S)
	case Copy:
		return odd(c.Box.S)
	}
	return false
}

// lasting reports whether a NO says something of the mailbox, not of the
// moment (the codes of RFC 5530).
func (j *judge) lasting() bool {
	r := j.x.Tagged()
	if r == nil || r.Status != NO {
		return false
	}
	if r.Code == nil {
		return true
	}
	switch r.Code.Name {
	case "INUSE", "UNAVAILABLE", "SERVERBUG", "LIMIT", "OVERQUOTA", "NOPERM", "EXPIRED",
		"PRIVACYREQUIRED", "CONTACTADMIN", "CORRUPTION", "ALERT":
		return false
	}
	return true
}

// missing reports a NO for a mailbox that is known to exist.
func (j *judge) missing(name string) {
	if n := j.s.Names[name]; n != nil && n.Exists == Yes && !j.s.Vague && j.lasting() {
		j.reportBy(n.ExistsBy, j.name+" "+name+": "+j.shown(), "OK: the mailbox exists")
		n.Exists, n.Box = Maybe, nil
	}
}

// found takes over that a mailbox was found under the name.
func (j *judge) found(name string) *Name {
	n := j.s.name(name)
	if n.Exists == No && n.ExistsBy.Rule != nil && !j.s.Vague {
		j.reportBy(n.ExistsBy, j.name+" "+name+": OK", "NO: there is no such mailbox")
	}
	if n.Exists != Yes {
		n.Exists, n.ExistsBy, n.Box = Yes, j.by(ruleStatus), &Box{Vague: true}
	}
	return n
}

// selectBox judges SELECT and EXAMINE: arrows 5 and 6.
func (j *judge) selectBox(readOnly bool, name string) {
	if plainName(name) {
		j.notBad()
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
	n := j.found(name)
	v := &View{Name: name, Box: n.Box, ReadOnly: readOnly,
		plain: map[*Msg]bool{}, soft: map[*Msg][]string{}, undo: map[*Msg]undo{}}
	j.c.View = v
	j.s.share(j.c, n.Box)
	tagged := j.x.Tagged()
	if code := tagged.Code; readOnly && (code == nil || code.Name != "READ-ONLY") {
		j.report(ruleReadOnlyCode, j.shown(), "OK [READ-ONLY]")
	} else if !readOnly && (code == nil || code.Name != "READ-WRITE" && code.Name != "READ-ONLY") {
		j.report(ruleReadWriteCode, j.shown(), "OK [READ-WRITE] or OK [READ-ONLY]")
	}
	v.ReadOnly = readOnly || tagged.Code != nil && tagged.Code.Name == "READ-ONLY"
	j.selectData(v, n)
}

// selectData judges the untagged data of SELECT and EXAMINE (section 6.3.1).
func (j *judge) selectData(v *View, n *Name) {
	var flags, exists, recent, perm, next, validity, unseen *Response
	for i := range j.x.Reply.Responses {
		r := &j.x.Reply.Responses[i]
		switch r.Data.(type) {
		case FlagsData:
			flags = r
		case Exists:
			exists = r
		case Recent:
			recent = r
		}
		if r.Tag == "*" && r.Code != nil {
			switch r.Code.Name {
			case "PERMANENTFLAGS":
				perm = r
			case "UIDNEXT":
				next = r
			case "UIDVALIDITY":
				validity = r
			case "UNSEEN":
				unseen = r
			}
		}
	}
	if missing := absent([]string{"FLAGS", "EXISTS", "RECENT"}, flags, exists, recent); missing != "" {
		j.report(ruleSelectData, "no "+missing, "FLAGS, EXISTS and RECENT")
	}
	if missing := absent([]string{"PERMANENTFLAGS", "UIDNEXT", "UIDVALIDITY"}, perm, next, validity); missing != "" {
		j.report(ruleSelectCodes, "no "+missing, "PERMANENTFLAGS, UIDNEXT and UIDVALIDITY")
	}
	if flags != nil {
		for _, f := range []string{`\Answered`, `\Flagged`, `\Deleted`, `\Seen`, `\Draft`} {
			if list := flags.Data.(FlagsData).Flags; !containsFold(list, f) {
				j.report(ruleSystemFlags, flags.Raw, f+" among the flags")
				break
			}
		}
	}
	if perm != nil {
		v.Perm = lower(perm.Code.List)
	}
	if exists == nil {
		v.Vague = true
		return
	}
	j.selectExists(v, exists.Data.(Exists).N)
	if n := exists.Data.(Exists).N; recent != nil && recent.Data.(Recent).N > n {
		j.report(ruleRecentCount, recent.Raw, fmt.Sprintf("at most %d", n))
	}
	if validity != nil {
		j.learnValidity(n, validity.Code.Num)
	}
	if next != nil {
		j.learnNext(v.Box, next.Code.Num)
	}
	if unseen != nil {
		j.firstUnseen(v, unseen)
	}
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
			j.reportBy(b.By, fmt.Sprintf("* %d EXISTS in %s", n, v.Name), fmt.Sprintf("* %d EXISTS", len(b.Msgs)))
		}
		if v.Shared || n > 10000 {
			v.Vague = true
			return
		}
		b.Msgs, b.Vague, b.Next, b.By = nil, false, 0, j.by(ruleExists)
		for range n {
			b.add(&Msg{NoBody: true, Flags: Flags{Vague: true}})
		}
		for _, m := range b.Msgs {
			m.minUID = 0
		}
		b.added = false
	}
	v.Msgs = append([]*Msg(nil), b.Msgs...)
	if len(v.Msgs) > 0 {
		v.seen = v.Msgs[len(v.Msgs)-1].seq
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

// create takes over a successful CREATE (section 6.3.3).
func (j *judge) create(name string) {
	j.s.Creates = true
	trimmed := strings.TrimSuffix(name, j.m.Profile.Delim)
	n := j.s.name(trimmed)
	if trimmed != name {
		// A server that needs this declaration makes a level of hierarchy that is
		// no mailbox; one that does not makes a mailbox.
		if n.Exists == No {
			n.Exists, n.Box = Maybe, nil
			n.Subscribed = min(n.Subscribed, Maybe)
			j.s.superiors(j.m, trimmed)
		}
		return
	}
	if n.Exists == Yes {
		j.reportBy(n.existsCause(j.by(ruleCreateExtant)), "CREATE "+name+": OK", "NO: "+name+" exists")
		n.Exists, n.Box = Maybe, nil
		return
	}
	j.s.make(j.m, name, j.by(ruleCreate))
}

// uproot is what becomes of views when their mailbox, or one above it, is
// deleted or renamed: nothing is known of them any more.
func (j *judge) uproot(name string) {
	if j.outcome == BAD {
		return
	}
	for i := range j.s.Conns {
		v := j.s.Conns[i].View
		if v == nil || v.Name != name && !inferior(v.Name, name, j.m.Profile.Delim) {
			continue
		}
		v.Vague, v.Box.Vague = true, true
		if j.outcome == OK && (v.Name == name || j.name == "RENAME" && name != "INBOX") {
			v.Orphan = true
		}
	}
}

// half takes over that the server failed to make a mailbox: how far it came is
// not known.
func (j *judge) half(name string) {
	name = strings.TrimSuffix(name, j.m.Profile.Delim)
	if n := j.s.name(name); n.Exists == No {
		n.Exists = Maybe
	}
	j.s.superiors(j.m, name)
}

// existsCause is what to blame when a mailbox seems not to be there: the RENAME
// of INBOX that should have left it, or else the given cause.
func (n *Name) existsCause(other Cause) Cause {
	if n.ExistsBy.Rule == ruleRenameInbox {
		return n.ExistsBy
	}
	return other
}

// goneCause is what to blame when a mailbox seems still to be there: a RENAME
// that should have taken it away, or else the given cause.
func (n *Name) goneCause(other Cause) Cause {
	if n.ExistsBy.Rule == ruleRenameInferior || n.ExistsBy.Rule == ruleRename {
		return n.ExistsBy
	}
	return other
}

// make puts a new, empty mailbox in the store, and perhaps its superiors: that
// is a SHOULD.
func (s *State) make(m Machine, name string, by Cause) {
	n := s.name(name)
	n.Exists, n.ExistsBy, n.Box, n.Created = Yes, by, &Box{By: by}, true
	if n.Subscribed == No {
		n.Subscribed = Maybe // some servers subscribe what is created
	}
	s.superiors(m, name)
}

func (s *State) superiors(m Machine, name string) {
	for p := parent(name, m.Profile.Delim); p != ""; p = parent(p, m.Profile.Delim) {
		if n := s.name(p); n.Exists == No {
			n.Exists = Maybe
		}
	}
}

// delete takes over a successful DELETE (section 6.3.4).
func (j *judge) delete(name string, n *Name) {
	switch {
	case name == "INBOX":
		j.report(ruleDeleteInbox, "OK", "NO: INBOX is not to be deleted")
		if n.Box != nil {
			j.s.orphan(n.Box)
		}
		n.Exists, n.Box, n.Subscribed = Maybe, nil, Maybe
		return
	case n.Exists == No && !j.s.level(j.m, name):
		j.reportBy(n.goneCause(j.by(ruleDeleteMissing)), "DELETE "+name+": OK", "NO: there is no such mailbox")
	}
	j.s.remove(name, j.by(ruleDelete))
	if n.Subscribed == Yes {
		n.SubscribedBy = j.by(ruleDeleteSubscription)
	}
	for other, o := range j.s.Names {
		if o.Exists == Yes && inferior(other, name, j.m.Profile.Delim) && o.ExistsBy.Rule != ruleRenameInferior {
			o.ExistsBy = j.by(ruleDeleteInferior)
		}
	}
}

// level reports whether the name is or may be a superior of another.
func (s *State) level(m Machine, name string) bool {
	for other, o := range s.Names {
		if o.Exists != No && inferior(other, name, m.Profile.Delim) {
			return true
		}
	}
	return false
}

func inferior(name, of, delim string) bool {
	return delim != "" && strings.HasPrefix(name, of+delim)
}

// remove takes a mailbox out of the store. Its last UIDs are remembered.
func (s *State) remove(name string, by Cause) {
	n := s.name(name)
	if b := n.Box; b != nil {
		s.orphan(b)
		if b.Validity != 0 {
			n.grave = &grave{b.Validity, b.lastUID}
		}
	}
	n.Exists, n.ExistsBy, n.Box = No, by, nil
}

// rename judges RENAME (section 6.3.5).
func (j *judge) rename(c Rename) {
	from, to := FoldInbox(c.From.S), strings.TrimSuffix(FoldInbox(c.To.S), j.m.Profile.Delim)
	j.uproot(from)
	j.untagged()
	if plainName(from) && plainName(to) {
		j.notBad()
	}
	if j.outcome == NO {
		j.half(to)
	}
	if j.outcome != OK || j.s.Vague {
		return
	}
	f, t := j.s.name(from), j.s.name(to)
	switch {
	case t.Exists == Yes:
		j.reportBy(t.existsCause(j.by(ruleRenameMissing)), "RENAME to "+to+": OK", "NO: "+to+" exists")
		j.s.Vague = true
		return
	case f.Exists == No && !j.s.level(j.m, from):
		j.reportBy(f.goneCause(j.by(ruleRenameMissing)), "RENAME "+from+": OK", "NO: there is no such mailbox")
		j.s.Vague = true
		return
	case inferior(to, from, j.m.Profile.Delim) || f.Exists == Maybe || t.Exists == Maybe || j.s.level(j.m, to):
		// A mailbox under itself or above others, or a name of which too little is known.
		j.s.Vague = true
		return
	}
	j.s.move(j.m, from, to, j)
}

// move takes over a RENAME. j is nil when there is no exchange to blame.
func (s *State) move(m Machine, from, to string, j *judge) {
	by := func(r *Rule) Cause {
		if j == nil {
			return Cause{r, "RENAME", Authenticated}
		}
		return j.by(r)
	}
	if from == "INBOX" {
		n := s.name(from)
		old := n.Box
		s.make(m, to, by(ruleRenameInbox))
		s.name(to).Box = moved(old, s.views(old) > 0, by(ruleRenameInbox))
		s.orphan(old)
		if n.Subscribed == Yes {
			n.SubscribedBy = by(ruleRenameInbox)
		}
		n.ExistsBy, n.Box = by(ruleRenameInbox), &Box{By: by(ruleRenameInbox), Validity: old.Validity, lastUID: old.lastUID}
		return
	}
	for _, name := range s.sorted() {
		n := s.Names[name]
		child := inferior(name, from, m.Profile.Delim)
		if name != from && !child || n.Exists == No {
			continue
		}
		cause := by(ruleRename)
		if child {
			cause = by(ruleRenameInferior)
		}
		exists, old := n.Exists, n.Box
		selected := old != nil && s.views(old) > 0
		s.remove(name, cause)
		if n.Subscribed == Yes {
			n.SubscribedBy = by(ruleRenameSubscription)
		}
		dest := s.name(to + strings.TrimPrefix(name, from))
		dest.Exists, dest.ExistsBy = exists, cause
		if dest.Subscribed == No {
			dest.Subscribed = Maybe
		}
		if old != nil {
			dest.Box = moved(old, selected, cause)
		}
	}
	s.superiors(m, to)
}

// moved is a mailbox under a new name, where its UIDs may be others. What a
// view that had it selected still does to it is not known.
func moved(old *Box, selected bool, by Cause) *Box {
	b := &Box{By: old.By, Vague: old.Vague || selected}
	b.blame(by)
	for _, m := range old.Msgs {
		d := *m
		d.UID, d.minUID = 0, 0
		b.Msgs = append(b.Msgs, &d)
	}
	b.lastSeq = old.lastSeq
	return b
}
