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
	names := make(map[*Folder]string, len(r.Boxes))
	all := slices.Concat(slices.Collect(maps.Keys(r.Boxes)), slices.Collect(maps.Keys(r.Subscribed)))
	slices.Sort(all)
	for _, name := range slices.Compact(all) {
		if r.Boxes[name] == nil && !r.Subscribed[name] {
			continue
		}
		fmt.Fprintf(&b, "%q", name)
		if r.Subscribed[name] {
			b.WriteByte('+')
		}
		if f := r.Boxes[name]; f != nil {
			names[f] = name
			f.key(&b)
		}
		b.WriteByte('\n')
	}
	conns := make([]string, len(s.Conns))
	for i := range s.Conns {
		ses := Session{}
		if i < len(r.Sessions) {
			ses = r.Sessions[i]
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
var unopened = (&Conn{}).key(&Session{}, nil)

// key has of a connection what [Key] says.
func (c *Conn) key(ses *Session, names map[*Folder]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d%d", c.Phase, ses.Phase)
	for _, is := range []bool{c.Lost, c.Astray, c.Unsure, c.TLS, c.injected != nil, c.rev2, c.enabled,
		c.View != nil, c.View != nil && c.View.ReadOnly, ses.ReadOnly} {
		if is {
			b.WriteByte('y')
		} else {
			b.WriteByte('n')
		}
	}
	if ses.Box == nil {
		return b.String()
	}
	if name, there := names[ses.Box]; there {
		fmt.Fprintf(&b, "%q", name)
	} else { // deleted under the session
		ses.Box.key(&b)
	}
	for i := range ses.Told {
		fmt.Fprintf(&b, " %d", ses.Box.Find(ses.Told[i].UID))
		ses.Told[i].key(&b)
	}
	return b.String()
}

// key has the messages of the mailbox.
func (f *Folder) key(b *strings.Builder) {
	b.WriteByte('[')
	for i := range f.Mail {
		f.Mail[i].key(b)
	}
	b.WriteByte(']')
}

// key has the flags of the message.
func (m *Mail) key(b *strings.Builder) {
	b.WriteByte('(')
	for _, f := range m.Flags {
		b.WriteString(strings.ToLower(f))
		b.WriteByte(' ')
	}
	if m.Recent {
		b.WriteByte('r')
	}
	b.WriteByte(')')
}
