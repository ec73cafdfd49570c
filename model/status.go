package model

import (
	"fmt"
	"strings"
)

var (
	ruleStatus = rule("status-answers", "6.3.10", MUST,
		"STATUS is answered by a STATUS response for the mailbox with the items asked for.", "STATUS")
	ruleStatusMost = rule("status-most", "6.3.10", MUST,
		"Not more messages are recent or unseen than there are messages.", "STATUS")
	ruleStatusCounts = rule("status-counts", "6.3.10", MUST,
		"STATUS tells the numbers of messages and of unseen messages.", "STATUS")
)

// status judges STATUS (section 6.3.10).
func (j *judge) status(c StatusCmd) {
	name := FoldInbox(c.Box.S)
	if plainName(name) {
		j.notBad()
	}
	if j.outcome == NO {
		j.missing(name)
	}
	if j.outcome != OK {
		return
	}
	n := j.found(name)
	var got *StatusData
	raw := ""
	for i := range j.x.Reply.Responses {
		r := &j.x.Reply.Responses[i]
		if d, ok := r.Data.(StatusData); ok && strings.EqualFold(d.Name, name) {
			if got == nil {
				got = &StatusData{Name: d.Name}
			}
			got.Items, raw = append(got.Items, d.Items...), r.Raw
		}
	}
	if got == nil && (eightBit(name) || utf7Flaw(name) != "") {
		return // the server may have another spelling for what is no name (section 5.1)
	}
	if got == nil {
		j.report(ruleStatus, "OK without a STATUS response for "+name, "* STATUS "+name+" (...)")
		return
	}
	have := map[string]uint32{}
	for _, item := range got.Items {
		have[item.Name] = item.N
	}
	for _, item := range c.Items {
		if _, ok := have[item]; !ok {
			j.report(ruleStatus, raw, item+" among the items")
			return
		}
	}
	if v := j.c.View; v != nil && v.Orphan && v.Name == name {
		return // it may be of the mailbox that is selected still, and had this name
	}
	j.statusCounts(n, have, raw)
}

// statusCounts compares the numbers of a STATUS response with the store.
func (j *judge) statusCounts(n *Name, have map[string]uint32, raw string) {
	b := n.Box
	if v, ok := have["UIDVALIDITY"]; ok && !j.s.Vague {
		j.learnValidity(n, v)
	}
	for _, item := range []string{"RECENT", "UNSEEN"} {
		if all, ok := have["MESSAGES"]; ok && have[item] > all {
			j.report(ruleStatusMost, raw, fmt.Sprintf("%s of at most %d", item, all))
			return
		}
	}
	if v := j.c.View; j.s.elsewhere(j.c, b) || v != nil && v.Box == b && (v.Shared || len(v.pending()) > 0) {
		return // of a selected mailbox, the server may tell what that session was told
	}
	if v, ok := have["UIDNEXT"]; ok {
		j.learnNext(b, v)
	}
	if b.Vague || j.s.Vague {
		return
	}
	if v, ok := have["RECENT"]; ok && j.c.failed.Rule == nil { // else it may be that of a mailbox that is selected still
		j.keepsRecent(b, v, raw)
	}
	if v, ok := have["MESSAGES"]; ok && int(v) != len(b.Msgs) {
		j.reportBy(b.countCause(int(v)), raw, fmt.Sprintf("MESSAGES %d", len(b.Msgs)))
		b.Vague = true
		return
	} else if ok {
		b.counted()
	}
	if v, ok := have["UNSEEN"]; ok {
		surely, perhaps := 0, 0
		for _, m := range b.Msgs {
			if m.doubtful() {
				return
			}
			switch m.Flags.Has(`\seen`) {
			case No:
				surely++
				perhaps++
			case Maybe:
				perhaps++
			}
		}
		if !j.s.readOnlyView(b) && (int(v) < surely || int(v) > perhaps) {
			cause := j.by(ruleStatusCounts)
			for _, m := range b.Msgs {
				if cause = m.flagCause(cause); m.seenBy.Rule != nil && int(v) > perhaps {
					cause = m.seenBy
				}
			}
			if b.less.Rule != nil && int(v) < surely && int(v) >= surely-b.removable {
				return // the messages may be gone: EXISTS or MESSAGES tells
			}
			if b.more.Rule != nil && int(v) > perhaps {
				return // or more may be there than should
			}
			j.reportBy(cause, raw, fmt.Sprintf("UNSEEN from %d to %d", surely, perhaps))
		}
	}
}

// readOnlyView reports whether a connection has the mailbox selected read-only
// and has touched flags there.
func (s *State) readOnlyView(b *Box) bool {
	for i := range s.Conns {
		if v := s.Conns[i].View; v != nil && v.Box == b && len(v.undo) > 0 {
			return true
		}
	}
	return false
}
