package model

import (
	"fmt"
	"slices"
	"strings"
)

var ruleFlagsTold = rule("flags-told", "5.2", SHOULD,
	"A session is told, without asking for it, what another does to the flags of messages.", "NOOP")

// spread takes over the flags that a session was shown of a message. Each other
// session that was shown others has to hear of it.
func (s *State) spread(v *View, m *Msg, flags Flags) {
	v.flags[m] = flags
	delete(v.late, m)
	for i := range s.Conns {
		o := s.Conns[i].View
		if o == nil || o == v || o.Box != v.Box || v.ReadOnly {
			continue
		}
		if was, shown := o.flags[m]; shown && slices.ContainsFunc(systemFlags, func(f string) bool {
			return v.permits(f) == Yes && was.Has(f) != flags.Has(f)
		}) {
			o.late[m] = 0
		} else {
			delete(o.late, m)
		}
	}
}

// knows notes that the session itself may change the flags of messages, of any where it
// is not sure which: it need not be told what it does.
func (v *View) knows(msgs []*Msg, sure bool) {
	if !sure {
		msgs = v.Msgs
	}
	for _, m := range msgs {
		delete(v.flags, m)
		delete(v.late, m)
	}
}

// unshown notes that the session may change the flags of messages with nobody being shown
// them: to the others they may be now what they were told last.
func (s *State) unshown(v *View, msgs []*Msg, sure bool) {
	if !sure {
		msgs = v.Msgs
	}
	for i := range s.Conns {
		if o := s.Conns[i].View; o != nil && o != v && o.Box == v.Box {
			for _, m := range msgs {
				delete(o.late, m)
			}
		}
	}
}

// flagsTold judges that a session which asks for news twice has then heard of the
// flags that another session was shown.
func (j *judge) flagsTold() {
	v := j.c.View
	if v == nil || len(v.late) == 0 || j.outcome != OK || v.Vague || v.Orphan || j.s.Vague || j.c.Unsure {
		return
	}
	for i, m := range v.Msgs {
		n, late := v.late[m]
		if !late || m.gone {
			continue
		}
		if v.late[m]++; n == 1 {
			delete(v.late, m)
			j.report(ruleFlagsTold, fmt.Sprintf("no flags of message %d, which had (%s) here", i+1, strings.Join(v.flags[m].Set, " ")),
				"the flags that another session was shown")
			return
		}
	}
}

// orphaned doubts what a mailbox holds if the command may change it: a mailbox that was
// deleted or renamed while it was selected may still be selected, or else the one that
// has its name now.
func (j *judge) orphaned() {
	v := j.c.View
	if v == nil || !v.Orphan || !mutates(j.name) || Valid(j.name, Authenticated) {
		return
	}
	if n := j.s.Names[v.Name]; n != nil && n.Box != nil {
		n.Box.Vague = true
	}
}
