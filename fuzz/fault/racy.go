package fault

import (
	"slices"

	"github.com/imapcheck/imapcheck/model"
)

// racy are the faults that only commands show which overlap: something is read, others
// have their turn, and it is written back.
var racy = []*Fault{
	{Name: "race-store", Layer: Sessions, Clause: "6.4.6", Least: 6, Conns: 2, Racy: true,
		Text: "STORE writes back the flags that it has read: those that another sets meanwhile are lost.",
		Hear: func(c *Call) {
			if st, ok := c.Cmd.(model.Store); ok && !c.Was.ReadOnly {
				c.writeBack(c.named(st.Set, st.UID))
			}
		}},
	{Name: "race-copy", Layer: Sessions, Clause: "6.4.7", Least: 6, Conns: 2, Racy: true,
		Text: "COPY writes back the flags of the originals: those that another sets meanwhile are lost.",
		Hear: func(c *Call) {
			if cp, ok := c.Cmd.(model.Copy); ok && !cp.Move {
				c.writeBack(c.named(cp.Set, cp.UID))
			}
		}},
	{Name: "race-append", Layer: Sessions, Clause: "2.3.1.1", Least: 4, Conns: 2, Racy: true,
		Text: "Two APPENDs that overlap give both messages one UID.",
		Hear: func(c *Call) {
			if b := c.box(c.target()); c.Is("APPEND") && b != nil {
				next := b.Next
				c.Yield()
				b.Next = next
			}
		}},
	{Name: "race-append-resurrects", Layer: Sessions, Clause: "6.4.3", Least: 6, Conns: 2, Racy: true,
		Text: "APPEND writes back the messages of the mailbox: what another expunges meanwhile is there again.",
		Hear: func(c *Call) {
			if b := c.box(c.target()); c.Is("APPEND") && b != nil {
				list := slices.Clone(b.Mail)
				c.Yield()
				restore(b, list)
			}
		}},
	{Name: "race-expunge", Layer: Sessions, Clause: "6.4.3", Least: 5, Conns: 2, Racy: true,
		Text: "EXPUNGE writes back the messages that stay: what another adds meanwhile is lost.",
		Hear: func(c *Call) {
			ses := c.Session()
			if b := ses.Box; c.Is("EXPUNGE") && b != nil && !ses.ReadOnly {
				next := b.Next
				c.Yield()
				b.Mail = slices.DeleteFunc(b.Mail, func(m model.Mail) bool { return m.UID >= next })
			}
		}},
	{Name: "race-create", Layer: Sessions, Clause: "6.3.3", Least: 4, Conns: 2, Racy: true,
		Text: "Two CREATEs of one name that overlap both succeed.",
		Hear: func(c *Call) {
			if name := c.target(); c.Is("CREATE") && c.Account.Boxes[name] == nil {
				c.Yield()
				delete(c.Account.Boxes, name)
			}
		}},
	{Name: "race-delete", Layer: Sessions, Clause: "6.3.4", Least: 5, Conns: 2, Racy: true,
		Text: "Two DELETEs of one mailbox that overlap both succeed.",
		Hear: func(c *Call) {
			if b := c.box(c.target()); c.Is("DELETE") && b != nil {
				c.Yield()
				c.Account.Boxes[c.target()] = b
			}
		}},
	{Name: "race-move", Layer: Sessions, Clause: "RFC 6851 3.3", Least: 7, Conns: 2, Racy: true,
		Text: "Two MOVEs of one message that overlap both move it: then there are two.",
		Hear: func(c *Call) {
			cp, ok := c.Cmd.(model.Copy)
			b := c.Session().Box
			if to := c.box(c.target()); !ok || !cp.Move || c.Was.ReadOnly || b == nil || to == nil || to == b {
				return
			}
			var list []model.Mail
			for _, m := range c.named(cp.Set, cp.UID) {
				if o := c.stored(m.UID); o != nil {
					list = append(list, *o)
				}
			}
			c.Yield()
			restore(b, list)
		}},
	{Name: "race-subscribe", Layer: Sessions, Clause: "6.3.6", Least: 5, Conns: 2, Racy: true,
		Text: "SUBSCRIBE writes back the list that it has read: another's name is lost.",
		Hear: func(c *Call) {
			if !c.Is("SUBSCRIBE") {
				return
			}
			before := c.Account.Clone().Subscribed
			c.Yield()
			c.Account.Subscribed = before
		}},
}

// writeBack lets others have the account, and then gives messages the flags that they
// had.
func (c *Call) writeBack(list []model.Mail) {
	flags := map[uint32][]string{}
	for _, t := range list {
		if m := c.stored(t.UID); m != nil {
			flags[t.UID] = m.Flags
		}
	}
	c.Yield()
	for uid, f := range flags {
		if m := c.stored(uid); m != nil {
			m.Flags = f
		}
	}
}
