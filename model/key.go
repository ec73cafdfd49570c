package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Key is equal for two states just if they are the same for the protocol, but for
// symmetries: which connection is which, and which numbers the server has chosen.
//
// In it are, of each connection, its phase, whether that is known, and what it was
// told of the messages of its mailbox, in order: which of them each is, the flags
// that it was shown with, and whether it is gone by now; and the store: the names that
// exist or are subscribed, and the messages of each mailbox with their flags, in order.
//
// Not in it are UIDs and UIDVALIDITY (UIDs ascend; no more depends on them), the
// octets and dates of messages (they are kept and shown, and decide nothing), what
// LIST and CAPABILITY have shown, and all that [Machine.Next] remembers in order to
// judge: causes, how often a client has asked for news in vain, and what it takes for
// possible of a server. Two states with one key have the same right answers, with those
// numbers and octets in them; that Next judges an answer alike is not said.
func Key(s State) string {
	r := s.ref
	if r == nil {
		r = recall(&s)
	}
	var b strings.Builder
	names := make(map[*folder]string, len(r.boxes))
	all := slices.Concat(slices.Collect(maps.Keys(r.boxes)), slices.Collect(maps.Keys(r.subscribed)))
	slices.Sort(all)
	for _, name := range slices.Compact(all) {
		if r.boxes[name] == nil && !r.subscribed[name] {
			continue
		}
		fmt.Fprintf(&b, "%q", name)
		if r.subscribed[name] {
			b.WriteByte('+')
		}
		if f := r.boxes[name]; f != nil {
			names[f] = name
			f.key(&b)
		}
		b.WriteByte('\n')
	}
	conns := make([]string, len(s.Conns))
	for i := range s.Conns {
		ses := session{}
		if i < len(r.sessions) {
			ses = r.sessions[i]
		}
		conns[i] = s.Conns[i].key(&ses, names)
	}
	// One that was never opened is the same whether its number was heard of or not.
	conns = slices.DeleteFunc(conns, func(c string) bool { return c == unopened })
	slices.Sort(conns)
	b.WriteString(strings.Join(conns, "\n"))
	return b.String()
}

// unopened is the key of a connection that was never opened.
var unopened = (&Conn{}).key(&session{}, nil)

// key has of a connection what [Key] says.
func (c *Conn) key(ses *session, names map[*folder]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d%d", c.Phase, ses.phase)
	for _, is := range []bool{c.Lost, c.Astray, c.Unsure, c.TLS, c.injected != nil, c.rev2, c.enabled,
		c.View != nil, c.View != nil && c.View.ReadOnly, ses.readOnly} {
		if is {
			b.WriteByte('y')
		} else {
			b.WriteByte('n')
		}
	}
	if ses.box == nil {
		return b.String()
	}
	if name, there := names[ses.box]; there {
		fmt.Fprintf(&b, "%q", name)
	} else { // deleted under the session
		ses.box.key(&b)
	}
	for i := range ses.told {
		fmt.Fprintf(&b, " %d", ses.box.find(ses.told[i].uid))
		ses.told[i].key(&b)
	}
	return b.String()
}

// key has the messages of the mailbox.
func (f *folder) key(b *strings.Builder) {
	b.WriteByte('[')
	for i := range f.mail {
		f.mail[i].key(b)
	}
	b.WriteByte(']')
}

// key has the flags of the message.
func (m *mail) key(b *strings.Builder) {
	b.WriteByte('(')
	for _, f := range m.flags {
		b.WriteString(strings.ToLower(f))
		b.WriteByte(' ')
	}
	if m.recent {
		b.WriteByte('r')
	}
	b.WriteByte(')')
}
