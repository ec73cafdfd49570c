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
	ruleAppendRestores = rule("append-restores", "6.3.11", MUST,
		"An APPEND that fails leaves the mailbox as it was.", "APPEND")
	ruleAppendTells = rule("append-tells", "6.3.11", SHOULD,
		"APPEND to the selected mailbox is answered with the new EXISTS at once.", "APPEND")
	ruleAppendNow = rule("append-now", "6.3.11", SHOULD,
		"APPEND without a date sets the current date and time.", "APPEND")
	ruleAppendMissing = rule("append-missing", "6.3.11", MUST,
		"APPEND to a mailbox that does not exist is an error, and does not create it.", "APPEND")
	ruleTryCreate = rule("trycreate", "6.3.11", MUST,
		"APPEND or COPY to a mailbox that does not exist is answered NO [TRYCREATE], if it could be created.", "APPEND", "COPY")
	ruleTryExists = rule("trycreate-exists", "7.1", MUST,
		"TRYCREATE is said only of a mailbox that does not exist.", "APPEND", "COPY")
)

// target is the mailbox that APPEND or COPY adds to; nil if nothing was added
// or nothing is known of it.
//
// plain says that nothing else is wrong with the command.
func (j *judge) target(name string, missing *Rule, plain bool) *Box {
	n := j.s.name(name)
	if j.outcome == OK && containsFold(j.s.listed[name], `\Noselect`) {
		j.s.listed = nil // it is a mailbox now
	}
	switch {
	case j.s.Vague:
		return nil
	case n.Exists == No && !j.s.level(j.m, name):
		v := j.c.View // whose mailbox may be gone, and the NO about that
		switch tagged := j.x.Tagged(); {
		case j.outcome == OK && !plain:
			n.Exists = Maybe
		case j.outcome == OK:
			j.reportBy(n.goneCause(j.by(missing)), j.name+" "+name+": OK", "NO [TRYCREATE]: there is no such mailbox")
			n.Exists = Maybe
		case j.outcome == NO && plain && j.base() != "MOVE" && plainName(name) && (n.Created || j.s.Creates && parent(name, j.m.Profile.Delim) == "") && j.lasting() &&
			(v == nil || v.Name != name) && (tagged.Code == nil || tagged.Code.Name != "TRYCREATE"):
			j.report(ruleTryCreate, j.shown(), "NO [TRYCREATE]")
		}
		return nil
	case j.outcome != OK && n.Box != nil:
		if tagged := j.x.Tagged(); j.outcome == NO && n.Exists == Yes && tagged.Code != nil && tagged.Code.Name == "TRYCREATE" && !j.s.namesElsewhere(j.c) {
			j.reportBy(n.existsCause(j.by(ruleTryExists)), j.shown(), "no TRYCREATE: "+name+" exists")
			n.Exists, n.Box = Maybe, nil
			return nil
		}
		if n.Box.nextFree = true; j.outcome == NO {
			n.Box.fewer(j.by(missing.failing()), len(n.Box.Msgs))
		}
		if n.Box.more.Rule == nil {
			n.Box.more = j.by(missing.failing())
		}
		return nil
	case j.outcome != OK:
		return nil
	case !plain && n.Box == nil:
		return nil // perhaps nothing was to be added
	case n.Exists != Yes:
		n.Exists, n.ExistsBy, n.Box, n.grave = Yes, j.by(ruleAppend), &Box{Vague: true}, nil
	}
	return n.Box
}

// append judges APPEND (section 6.3.11).
func (j *judge) append(c Append) {
	name := FoldInbox(c.Box.S)
	if plainName(name) && complete(c.Message) {
		j.notBad()
	}
	b := j.target(name, ruleAppendMissing, c.Message != "")
	if b != nil {
		j.s.appendTo(b, c, j.by(ruleAppend), j.by(ruleAppendFlags), j.by(ruleAppendDate))
		if m := b.Msgs[len(b.Msgs)-1]; j.c.failed.Rule != nil {
			m.fresh = Cause{} // a mailbox that is selected still may have taken it
		}
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

// complete reports whether a message has the header fields that it has to have
// (RFC 2822 section 3.6). An APPEND of another has an argument that should not be
// (section 6.3.11), and to call it invalid by BAD is the server's affair.
func complete(msg string) bool {
	header, _, _ := strings.Cut(strings.ToLower("\r\n"+msg), "\r\n\r\n")
	return strings.Contains(header, "\r\ndate:") && strings.Contains(header, "\r\nfrom:")
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
	if by.Rule != nil && !s.held(FoldInbox(c.Box.S), b) {
		m.fresh = Cause{ruleAppendRecent, by.Command, by.State}
	}
	b.add(m)
	b.By = by
}
