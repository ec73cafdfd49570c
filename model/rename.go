package model

import (
	"strings"
)

var (
	ruleRename = rule("rename-renames", "6.3.5", MUST,
		"RENAME is answered OK only if the mailbox has its new name, its messages with it.", "RENAME")
	ruleRenameMissing = rule("rename-missing", "6.3.5", MUST,
		"RENAME from a name that does not exist, or to one that does, is an error.", "RENAME")
	ruleRenameInferior = rule("rename-inferiors", "6.3.5", MUST,
		"RENAME renames the inferior names too.", "RENAME")
	ruleRenameInbox = rule("rename-inbox", "6.3.5", MUST,
		"RENAME of INBOX moves its messages to the new name and leaves INBOX there, empty, with the names below it.", "RENAME")
	ruleRenameSubscription = rule("rename-keeps-subscription", "6.3.9", SHOULD,
		"A name stays subscribed although the mailbox of that name is renamed; whether a server that moves the subscription removes it unilaterally is open.", "RENAME")
)

// rename judges RENAME (section 6.3.5).
func (j *judge) rename(c Rename) {
	from, to := FoldInbox(c.From.S), strings.TrimSuffix(FoldInbox(c.To.S), j.m.Profile.Delim)
	j.uproot(from)
	j.untagged()
	if plainName(from) && plainName(to) {
		j.notBad()
	}
	if j.outcome != BAD {
		j.s.listed = nil
	}
	if j.outcome == NO {
		j.half(to)
	}
	if j.outcome != OK || j.s.Vague {
		return
	}
	f, t := j.s.name(from), j.s.name(to)
	switch {
	case to == "INBOX" && t.ExistsBy.Rule == ruleRenameInbox:
		j.s.Vague = true // INBOX may have gone away when it was renamed, which is found elsewhere
		return
	case t.Exists == Yes:
		cause := j.by(ruleRenameMissing)
		if from != to && t.ExistsBy.Rule == ruleRenameInferior {
			cause = t.existsCause(cause)
		}
		j.reportBy(cause, "RENAME to "+to+": OK", "NO: "+to+" exists")
		if j.s.Vague = true; t.Box != nil {
			j.s.orphan(t.Box)
		}
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
	by := causes(j, "RENAME", Authenticated)
	if from == "INBOX" {
		n := s.name(from)
		old := n.Box
		s.make(m, to, by(ruleRenameInbox))
		selected := s.views(old) > 0 // what is selected now, INBOX or the new name, is the server's affair
		b := moved(old, selected, by(ruleRenameInbox))
		b.less, b.removable = by(ruleRenameInbox), len(b.Msgs)
		s.name(to).Box = b
		s.orphan(old)
		if n.Subscribed == Yes {
			n.SubscribedBy = by(ruleRenameInbox)
		}
		for other, o := range s.Names {
			if o.Exists == Yes && inferior(other, from, m.Profile.Delim) {
				o.ExistsBy = by(ruleRenameInbox)
			}
		}
		// No message is left whose UID would have to last: INBOX may have another UIDVALIDITY.
		n.ExistsBy, n.Box = by(ruleRenameInbox), &Box{By: by(ruleRenameInbox), more: by(ruleRenameInbox), Vague: selected}
		if old.Validity != 0 {
			n.grave = &grave{old.Validity, old.lastUID}
		}
		return
	}
	for _, name := range s.sorted() {
		n := s.Names[name]
		child := inferior(name, from, m.Profile.Delim)
		if name != from && !child {
			continue
		}
		if n.Exists == No {
			if n.Subscribed == Yes { // the server may move the subscriptions below
				n.SubscribedBy = by(ruleRenameSubscription)
			}
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
		dest.grave = nil // it may be this very mailbox that had the name before
		if dest.Subscribed == No {
			dest.Subscribed = Maybe
		}
		if old != nil {
			dest.Box = moved(old, selected, cause)
		}
	}
	s.emptied(m, from)
	s.superiors(m, to)
}

// moved is a mailbox under a new name, where its UIDs may be others. What a
// view that had it selected still does to it is not known.
func moved(old *Box, selected bool, by Cause) *Box {
	// Of two commands that may have taken messages away, none is to be blamed.
	b := &Box{By: by, more: old.more, Vague: old.Vague || selected || old.less.Rule != nil}
	for _, m := range old.Msgs {
		d := *m
		d.UID, d.minUID, d.uidBy, d.addedBy = 0, 0, Cause{}, Cause{}
		b.Msgs = append(b.Msgs, &d)
	}
	b.lastSeq = old.lastSeq
	return b
}
