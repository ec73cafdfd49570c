package model

import (
	"slices"
	"strings"
)

var (
	ruleInbox = rule("inbox-exists", "5.1", SHOULD,
		"INBOX exists: it is the primary mailbox of the user.", "SELECT", "EXAMINE", "STATUS", "LIST")
	ruleCreate = rule("create-creates", "6.3.3", MUST,
		"CREATE is answered OK only if a new, empty mailbox of that name was made.", "CREATE")
	ruleCreateExtant = rule("create-extant", "6.3.3", MUST,
		"CREATE of INBOX or of a mailbox that exists is an error.", "CREATE")
	ruleDelete = rule("delete-removes", "6.3.4", MUST,
		"DELETE is answered OK only if the mailbox was deleted.", "DELETE")
	ruleDeleteInbox = rule("delete-inbox", "6.3.4", MUST,
		"DELETE of INBOX is an error.", "DELETE")
	ruleDeleteMissing = rule("delete-missing", "6.3.4", MUST,
		"DELETE of a name that does not exist is an error.", "DELETE")
	ruleDeleteInferior = rule("delete-keeps-inferiors", "6.3.4", MUST,
		"DELETE does not remove inferior names.", "DELETE")
	ruleDeleteNoselect = rule("delete-noselect", "6.3.4", MUST,
		"DELETE of a name that is \\Noselect and has inferior names is an error.", "DELETE")
	ruleDeleteSubscription = rule("delete-keeps-subscription", "6.3.9", MUST,
		"A name stays subscribed although the mailbox of that name is deleted: LSUB returns it once there is another.", "DELETE")
	ruleLSubDeleted = rule("lsub-keeps-deleted", "6.3.9", SHOULD,
		"LSUB returns a subscribed name although the mailbox of that name is deleted; that it returns a subset may mean that it need not.", "DELETE")
	ruleSubscribe = rule("subscribe-adds", "6.3.6", MUST,
		"A name that was subscribed is in the answer to LSUB.", "SUBSCRIBE")
	ruleUnsubscribe = rule("unsubscribe-removes", "6.3.7", MUST,
		"A name that was unsubscribed is not in the answer to LSUB.", "UNSUBSCRIBE")
)

// mailbox judges the commands whose argument is a mailbox name.
func (j *judge) mailbox(c Mailbox) {
	name := FoldInbox(c.Box.S)
	if c.Verb == "SELECT" || c.Verb == "EXAMINE" {
		if !plainName(name) {
			j.usable(c.Box.S, true)
		}
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
	attrs := j.s.listed[c.Box.S]
	if (c.Verb == "CREATE" || c.Verb == "DELETE") && j.outcome != BAD {
		j.s.listed = nil
	}
	if c.Verb == "CREATE" && j.outcome == OK {
		j.madeName(c.Box.S)
	}
	if c.Verb == "CREATE" && j.outcome == NO {
		j.half(name)
	}
	if n := j.s.name(name); c.Verb == "DELETE" && j.outcome == NO && n.Exists == Yes && j.s.level(j.m, name) {
		n.Exists, n.Box = Maybe, nil // its messages may be gone, the name with others below it not
	}
	if j.outcome != OK || j.s.Vague {
		return
	}
	n := j.s.name(name)
	switch c.Verb {
	case "CREATE":
		j.create(name)
	case "DELETE":
		j.delete(name, n, containsFold(attrs, `\Noselect`))
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
// in its name, or is not spelled in modified UTF-7. Section 5.1 does not say which
// mailbox that is: the one that is called so without it, another, or none.
func (j *judge) oddName() bool {
	delim := j.m.Profile.Delim
	odd := func(name string) bool {
		if j.s.recased(name) {
			return true // whether case matters is the server's affair (section 5.1)
		}
		if eightBit(name) || utf7Flaw(name) != "" {
			return true // what the server takes it for is its own affair (section 5.1.3)
		}
		return delim != "" && (strings.HasPrefix(name, delim) || strings.HasSuffix(name, delim) || strings.Contains(name, delim+delim))
	}
	if c, ok := j.x.Cmd.(Mailbox); ok && c.Verb == "CREATE" { // section 6.3.3 allows it one at the end
		return odd(strings.TrimSuffix(c.Box.S, delim))
	}
	return slices.ContainsFunc(BoxNames(j.x.Cmd), odd)
}

// recased reports whether a name is known in another case, and not in this one.
func (s *State) recased(name string) bool {
	if name = FoldInbox(name); s.Names[name] != nil {
		return false
	}
	for other := range s.Names {
		if strings.EqualFold(other, name) {
			return true
		}
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
	return r.Code == nil || r.Code.Name == "NONEXISTENT"
}

// missing reports a NO [NONEXISTENT] for a mailbox that is known to exist.
func (j *judge) missing(name string) {
	if v := j.c.View; v != nil && v.Name == name && j.name == "STATUS" {
		return // section 6.3.10: it is not for the selected mailbox
	}
	if tagged := j.x.Tagged(); tagged.Code == nil || tagged.Code.Name != "NONEXISTENT" {
		return // it may be there, and not accessible (section 6.3.1)
	}
	if n := j.s.Names[name]; n != nil && n.Exists == Yes && !j.s.Vague {
		j.reportBy(n.ExistsBy, j.name+" "+name+": "+j.shown(), "OK: the mailbox exists")
		n.Exists, n.Box = Maybe, nil
	}
}

// found takes over that a mailbox was found under the name.
func (j *judge) found(name string) *Name {
	n := j.s.name(name)
	// STATUS may answer for a mere level of hierarchy, too.
	level := j.name == "STATUS" && j.s.level(j.m, name)
	if v := j.c.View; v != nil && v.Orphan && v.Name == name {
		level = true // and for one that this session has open still
	}
	if n.Exists == No && n.ExistsBy.Rule != nil && !j.s.Vague && !level {
		j.reportBy(n.ExistsBy, j.name+" "+name+": OK", "NO: there is no such mailbox")
	}
	if n.Exists != Yes {
		n.grave = nil // it may never have gone
		if n.Box = (&Box{Vague: true}); !level || j.name != "STATUS" {
			n.Exists, n.ExistsBy = Yes, j.by(ruleStatus)
		}
	}
	return n
}

// create takes over a successful CREATE (section 6.3.3).
func (j *judge) create(name string) {
	trimmed := strings.TrimSuffix(name, j.m.Profile.Delim)
	j.s.Creates = j.s.Creates || parent(trimmed, j.m.Profile.Delim) == ""
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
// that should have left or put it there, or else the given cause.
func (n *Name) existsCause(other Cause) Cause {
	switch n.ExistsBy.Rule {
	case ruleRenameInbox, ruleRenameInferior, ruleRename:
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
	n.Exists, n.ExistsBy, n.Box, n.Created, n.level = Yes, by, &Box{By: by}, true, false
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

// delete takes over a successful DELETE (section 6.3.4). noselect says that LIST
// has shown the name with that attribute.
func (j *judge) delete(name string, n *Name, noselect bool) {
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
	case (noselect || n.Exists == No && n.ExistsBy.Rule == ruleDelete) && !j.s.namesElsewhere(j.c):
		if below := j.s.below(j.m, name); below != "" {
			j.report(ruleDeleteNoselect, "DELETE "+name+": OK", "NO: it is no mailbox, and "+below+" is below it")
		}
	}
	j.s.remove(name, j.by(ruleDelete))
	j.s.emptied(j.m, name)
	n.level = false
	if n.Subscribed == Yes {
		n.SubscribedBy, n.missed = j.by(ruleDeleteSubscription), false
	}
	for other, o := range j.s.Names {
		if o.Exists == Yes && inferior(other, name, j.m.Profile.Delim) && o.ExistsBy.Rule != ruleRenameInferior {
			o.ExistsBy = j.by(ruleDeleteInferior)
		}
	}
}

// emptied notes that a mailbox is gone from below its superiors. Where those are
// no mailboxes they may stay, \Noselect, until they are deleted (section 6.3.4).
func (s *State) emptied(m Machine, name string) {
	for p := parent(name, m.Profile.Delim); p != ""; p = parent(p, m.Profile.Delim) {
		s.name(p).level = true
	}
}

// level reports whether the name is or may be a level of hierarchy.
func (s *State) level(m Machine, name string) bool {
	if n := s.Names[name]; n != nil && n.level {
		return true
	}
	for other, o := range s.Names {
		if o.Exists != No && inferior(other, name, m.Profile.Delim) {
			return true
		}
	}
	return false
}

// below is a mailbox that surely exists below the name, "" if none does.
func (s *State) below(m Machine, name string) string {
	for _, other := range s.sorted() {
		if s.Names[other].Exists == Yes && inferior(other, name, m.Profile.Delim) {
			return other
		}
	}
	return ""
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
