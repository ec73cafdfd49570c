package model

import (
	"encoding/base64"
	"strings"
)

// PlainLine is the client's answer to the challenge of AUTHENTICATE PLAIN
// (RFC 4616) for an account, in BASE64.
func PlainLine(user, password string) string {
	return base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))
}

// Predict is what a server that does the usual thing makes of a step, without
// any evidence: what a generator and the repair of a trace go by. Next judges
// what a server really did. Predict uses s up.
func (m Machine) Predict(s State, st Step) State {
	s.ref = nil
	c := s.conn(st.Conn)
	if c.Phase == Unopened || c.Phase == Logout {
		c.Phase = NotAuthenticated
		if m.Profile.Preauth {
			c.Phase = Authenticated
		}
		c.TLS = m.Profile.TLS
	}
	if st.Delivery.HangsUp() {
		s.closeView(c)
		c.Phase = Logout
		return s
	}
	name := st.Cmd.Name()
	if cmd, ok := st.Cmd.(StartTLS); ok {
		s.predictStartTLS(m, c, cmd)
		return s
	}
	if _, raw := st.Cmd.(Raw); raw || !Valid(name, c.Phase) || !m.knows(name) {
		return s
	}
	switch cmd := st.Cmd.(type) {
	case Simple:
		s.predictSimple(c, cmd.Verb)
	case LoginCmd:
		if cmd.User.S == User && cmd.Password.S == Password && !m.RefusesLogin(c.TLS) {
			c.Phase = Authenticated
		}
	case Authenticate:
		if cmd.Mechanism == "PLAIN" && len(cmd.Lines) == 1 && cmd.Lines[0] == PlainLine(User, Password) && !m.RefusesLogin(c.TLS) {
			c.Phase = Authenticated
		}
	case Mailbox:
		s.predictMailbox(m, c, cmd)
	case Rename:
		from, to := FoldInbox(cmd.From.S), strings.TrimSuffix(FoldInbox(cmd.To.S), m.Profile.Delim)
		if s.Exists(from) == Yes && s.Exists(to) == No && !inferior(to, from, m.Profile.Delim) {
			s.move(m, from, to, nil)
		}
	case Append:
		if n := s.name(cmd.Box.S); n.Exists == Yes && n.Box != nil {
			s.appendTo(n.Box, cmd, Cause{}, Cause{}, Cause{})
		}
	case Copy:
		msgs, _ := s.selected(c.View, cmd.Set, cmd.UID)
		if n := s.name(cmd.Box.S); n.Exists == Yes && n.Box != nil {
			s.copyTo(n.Box, msgs, msgs, nil, true, ruleCopy, nil)
			if cmd.Move && !c.View.ReadOnly {
				c.View.Box.drop(setOf(msgs))
			}
		}
	case UIDExpunge:
		if v := c.View; !v.ReadOnly && !v.Orphan {
			msgs, _ := s.selected(v, cmd.Set, true)
			s.removeFrom(v, setOf(msgs))
			v.Box.Vague = false
		}
	case Store:
		msgs, sure := s.selected(c.View, cmd.Set, cmd.UID)
		s.storeFlags(c.View, cmd, msgs, sure, OK, nil)
	}
	if v := c.View; v != nil && !v.Orphan {
		v.announce()
	}
	return s
}

// announce brings the view up to date with its mailbox. A UID is a stand-in
// here, since sets name UIDs by position.
func (v *View) announce() {
	have, all := len(v.Msgs), v.Box.Msgs
	if have > len(all) || have > 0 && v.Msgs[have-1] != all[have-1] {
		v.Msgs, have = v.Msgs[:0:0], 0
	}
	for i, msg := range all[have:] {
		msg.UID = uint32(have+i) + 1
	}
	v.Msgs, v.seen = append(v.Msgs, all[have:]...), v.Box.lastSeq
}

func (s *State) predictSimple(c *Conn, verb string) {
	switch v := c.View; verb {
	case "LOGOUT":
		s.closeView(c)
		c.Phase = Logout
	case "UNSELECT":
		s.closeView(c)
		c.Phase = Authenticated
	case "CLOSE", "EXPUNGE":
		if !v.ReadOnly && !v.Orphan {
			s.removeDeleted(v)
			v.Box.Vague = false
		}
		if verb == "CLOSE" {
			s.closeView(c)
			c.Phase = Authenticated
		}
	}
}

func (s *State) predictMailbox(m Machine, c *Conn, cmd Mailbox) {
	name := FoldInbox(cmd.Box.S)
	n := s.name(name)
	switch cmd.Verb {
	case "SELECT", "EXAMINE":
		s.closeView(c)
		c.Phase = Authenticated
		if n.Exists == Yes && n.Box != nil {
			c.Phase = Selected
			c.View = newView(name, n.Box, cmd.Verb == "EXAMINE")
		}
	case "CREATE":
		if name = strings.TrimSuffix(name, m.Profile.Delim); s.Exists(name) != Yes && !eightBit(name) && utf7Flaw(name) == "" {
			s.make(m, name, Cause{})
		}
	case "DELETE":
		if name != "INBOX" && n.Exists == Yes {
			s.remove(name, Cause{})
		}
	case "SUBSCRIBE":
		n.Subscribed = Yes
	case "UNSUBSCRIBE":
		n.Subscribed = No
	}
}
