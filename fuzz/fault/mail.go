package fault

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// kept is what becomes of messages and their flags.
var kept = []*Fault{
	{Name: "append-third-lost", Layer: Store, Clause: "6.3.11", Least: 5,
		Text: "Each third APPEND to a mailbox that is not selected is answered OK and not kept.",
		Tell: func(c *Call) {
			b := c.box(c.target())
			if !c.Is("APPEND") || !c.OK() || b == c.Session().Box || len(c.others(b)) > 0 {
				return
			}
			key := "append " + c.target()
			if c.Memory[key]++; c.Memory[key]%3 == 0 {
				b.Mail = b.Mail[:len(b.Mail)-1]
			}
		}},
	{Name: "append-flags-with-date", Level: model.SHOULD, Layer: Store, Clause: "6.3.11", Least: 3,
		Text: "APPEND with flags and a date forgets the flags.",
		Hear: func(c *Call) {
			if a, ok := c.Cmd.(model.Append); ok && a.Date != "" {
				a.Flags = nil
				c.Cmd = a
			}
		}},
	{Name: "append-date-lost", Level: model.SHOULD, Layer: Store, Clause: "6.3.11", Least: 4,
		Text: "APPEND does not keep the date.",
		Hear: func(c *Call) {
			a, ok := c.Cmd.(model.Append)
			if b := c.box(c.target()); ok && b != nil {
				a.Date = ""
				c.Cmd = a
			}
		}},
	{Name: "copy-flags-lost", Level: model.SHOULD, Layer: Store, Clause: "6.4.7", Least: 5,
		Text: "COPY does not keep flags.",
		Tell: func(c *Call) { copies(c, func(m *model.Mail) { m.Flags = nil }) }},
	{Name: "copy-clears-deleted", Level: model.SHOULD, Layer: Store, Clause: "6.4.7", Least: 5,
		Text: "COPY does not keep \\Deleted, where a message has other flags besides.",
		Tell: func(c *Call) {
			copies(c, func(m *model.Mail) {
				if len(m.Flags) > 1 {
					m.Set(`\Deleted`, false)
				}
			})
		}},
	{Name: "copy-date-lost", Level: model.SHOULD, Layer: Store, Clause: "6.4.7", Least: 5,
		Text: "COPY gives all copies the date of the first.",
		Tell: func(c *Call) {
			var first *model.Mail
			copies(c, func(m *model.Mail) {
				if first == nil {
					first = m
				}
				m.Date = first.Date
			})
		}},
	{Name: "copy-part", Layer: Store, Clause: "6.4.7", Least: 8, Conns: 2,
		Text: "COPY is refused where a message is gone, and has copied the others.",
		Tell: func(c *Call) {
			cp, ok := c.Cmd.(model.Copy)
			to := c.box(c.target())
			if !ok || c.OK() || c.code("EXPUNGEISSUED") == nil || to == nil || to == c.Was.Box {
				return
			}
			for _, m := range c.named(cp.Set, cp.UID) {
				if o := c.stored(m.UID); o != nil {
					to.Add(*o)
				}
			}
		}},
	{Name: "copyuid-from-one", Layer: Store, Clause: "RFC 4315 3", Least: 4,
		Text: "COPYUID tells UIDs that begin with 1, where the mailbox has messages already.",
		Tell: func(c *Call) {
			code := c.code("COPYUID")
			if code == nil || len(code.Sets) != 2 {
				return
			}
			n := code.Sets[1].Max(0) - low(code.Sets[1]) + 1
			set := model.Set{{From: model.Num{N: 1}, To: model.Num{N: n}}}
			if n == 1 {
				set = model.One(1)
			}
			code.Args = fmt.Sprint(code.Num, " ", code.Sets[0], " ", set)
			code.Sets = []model.Set{code.Sets[0], set}
		}},
	{Name: "appenduid-selected", Layer: Store, Clause: "RFC 4315 3", Least: 5,
		Text: "APPENDUID has the UIDVALIDITY of the mailbox that is selected.",
		Tell: func(c *Call) {
			if code := c.code("APPENDUID"); code != nil && c.Session().Box != nil {
				code.Num = c.Session().Box.Validity
				code.Args = fmt.Sprint(code.Num, " ", code.Sets[0])
			}
		}},
	{Name: "uid-reuse", Layer: Store, Clause: "2.3.1.1", Least: 5,
		Text: "The UID of the last message is given again when that was expunged.",
		Tell: func(c *Call) {
			b := c.Was.Box
			if !c.Is("EXPUNGE", "CLOSE") || !c.OK() || b == nil {
				return
			}
			b.Next = 1
			if n := len(b.Mail); n > 0 {
				b.Next = b.Mail[n-1].UID + 1
			}
		}},
	{Name: "uid-reuse-recreated", Layer: Store, Clause: "6.3.4", Least: 6,
		Text: "A mailbox that is made again has the UIDVALIDITY of the one deleted, and the UIDs.",
		Tell: func(c *Call) {
			key := "validity " + c.target()
			switch {
			case c.Is("DELETE") && c.OK():
				c.Memory[key] = int(c.Before.Boxes[c.target()].Validity)
			case c.Is("CREATE") && c.OK() && c.Memory[key] != 0:
				c.box(c.target()).Validity = uint32(c.Memory[key])
			}
		}},
	{Name: "store-adds-first", Layer: Store, Clause: "6.4.6", Least: 3,
		Text: "STORE +FLAGS sets the first of more than two flags alone.",
		Hear: func(c *Call) {
			if st, ok := c.Cmd.(model.Store); ok && st.Op == '+' && len(st.Flags) > 2 {
				st.Flags = st.Flags[:1]
				c.Cmd = st
			}
		}},
	{Name: "store-adds-replaces", Layer: Store, Clause: "6.4.6", Least: 4,
		Text: "STORE +FLAGS replaces the flags.",
		Hear: func(c *Call) { stores(c, '+', func(st *model.Store) { st.Op = 0 }) }},
	{Name: "store-removes-all", Layer: Store, Clause: "6.4.6", Least: 4,
		Text: "STORE -FLAGS of a flag that is not there removes all.",
		Hear: func(c *Call) {
			stores(c, '-', func(st *model.Store) {
				some := slices.ContainsFunc(c.named(st.Set, st.UID), func(m model.Mail) bool {
					o := c.stored(m.UID)
					return o == nil || slices.ContainsFunc(st.Flags, o.Has)
				})
				if !some && len(st.Flags) > 0 {
					st.Op, st.Flags = 0, nil
				}
			})
		}},
	{Name: "store-keyword-lost", Layer: Store, Clause: "6.4.6", Least: 5,
		Text: "STORE -FLAGS of a system flag takes the keywords, too.",
		Tell: func(c *Call) {
			st, ok := c.Cmd.(model.Store)
			if !ok || st.Op != '-' || !c.OK() || len(st.Flags) == 0 {
				return
			}
			for _, t := range c.named(st.Set, st.UID) {
				if m := c.stored(t.UID); m != nil {
					c.setFlags(m, slices.DeleteFunc(slices.Clone(m.Flags), func(f string) bool { return !strings.HasPrefix(f, `\`) }))
				}
			}
		}},
	{Name: "store-fifth-flag", Layer: Store, Clause: "6.4.6", Least: 4,
		Text: "A message has room for four flags: STORE of a fifth loses the one that sorts last.",
		Tell: func(c *Call) {
			st, ok := c.Cmd.(model.Store)
			if !ok || !c.OK() {
				return
			}
			for _, t := range c.named(st.Set, st.UID) {
				if m := c.stored(t.UID); m != nil && len(m.Flags) > 4 {
					c.setFlags(m, m.Flags[:4])
				}
			}
		}},
	{Name: "store-silent-last", Layer: Store, Clause: "6.4.6", Least: 4,
		Text: "STORE with .SILENT forgets the last of several messages.",
		Tell: func(c *Call) {
			st, ok := c.Cmd.(model.Store)
			list := c.named(st.Set, st.UID)
			if !ok || !st.Silent || !c.OK() || len(list) < 2 {
				return
			}
			uid := list[len(list)-1].UID
			if m, old := c.stored(uid), c.Before.Session(c.Conn).Box; m != nil {
				c.setFlags(m, old.Mail[old.Find(uid)].Flags)
			}
		}},
	{Name: "expunge-between", Layer: Store, Clause: "6.4.3", Least: 4,
		Text: "EXPUNGE removes what is between the first and the last message with \\Deleted, too.",
		Hear: func(c *Call) {
			ses := c.Session()
			if c.Name() != "EXPUNGE" || ses.Box == nil || ses.ReadOnly {
				return
			}
			first, last := -1, -1
			for i, m := range ses.Told {
				if o := c.stored(m.UID); o != nil && o.Has(`\Deleted`) {
					if last = i; first < 0 {
						first = i
					}
				}
			}
			for i := first + 1; i < last; i++ {
				if at := ses.Box.Find(ses.Told[i].UID); at >= 0 {
					ses.Box.Mail = slices.Delete(ses.Box.Mail, at, at+1)
				}
			}
		}},
	{Name: "uid-expunge-all", Layer: Store, Clause: "RFC 4315 2.1", Least: 4,
		Text: "UID EXPUNGE removes all messages with \\Deleted, where one of its set is among them.",
		Hear: func(c *Call) {
			e, ok := c.Cmd.(model.UIDExpunge)
			if ok && slices.ContainsFunc(c.named(e.Set, true), func(m model.Mail) bool {
				o := c.stored(m.UID)
				return o != nil && o.Has(`\Deleted`)
			}) {
				e.Set = model.Set{{From: model.Num{N: 1}, To: model.Star}}
				c.Cmd = e
			}
		}},
	{Name: "close-keeps", Layer: Store, Clause: "6.4.2", Least: 5,
		Text: "CLOSE removes nothing if more than one message has \\Deleted.",
		Hear: func(c *Call) {
			ses, n := c.Session(), 0
			if !c.Is("CLOSE") || ses.Box == nil {
				return
			}
			for i := range ses.Box.Mail {
				if ses.Box.Mail[i].Has(`\Deleted`) {
					n++
				}
			}
			if n > 1 {
				ses.ReadOnly = true
			}
		}},
	{Name: "move-leaves-last", Layer: Store, Clause: "RFC 6851 3.3", Least: 6,
		Text: "MOVE of more than one message to another mailbox leaves the last where it is.",
		Hear: func(c *Call) {
			cp, ok := c.Cmd.(model.Copy)
			list := c.named(cp.Set, cp.UID)
			gone := slices.ContainsFunc(list, func(m model.Mail) bool { return c.stored(m.UID) == nil })
			if to := c.box(c.target()); !ok || !cp.Move || gone || len(list) < 2 || c.Was.ReadOnly || to == nil || to == c.Was.Box {
				return
			}
			last := len(list) - 1
			c.Memory["last"] = int(list[last].UID)
			cp.UID, cp.Set = true, uids(list[:last])
			c.Cmd = cp
		},
		Tell: func(c *Call) {
			last := uint32(c.Memory["last"])
			delete(c.Memory, "last")
			if m := c.stored(last); last != 0 && m != nil && c.OK() {
				copied := c.box(c.target()).Add(*m)
				if code := c.code("COPYUID"); code != nil {
					code.Sets = []model.Set{append(code.Sets[0], model.One(last)...), append(code.Sets[1], model.One(copied)...)}
					code.Args = fmt.Sprint(code.Num, " ", code.Sets[0], " ", code.Sets[1])
				}
			}
		}},
}

// copies changes the messages that COPY has made.
func copies(c *Call, do func(*model.Mail)) {
	to := c.box(c.target())
	if !c.Is("COPY") || !c.OK() || to == nil {
		return
	}
	from := c.Before.Boxes[c.target()].Next
	for i := range to.Mail {
		m := &to.Mail[i]
		if m.UID < from {
			continue
		}
		do(m)
		ses := c.Session()
		for k := range ses.Told {
			if ses.Box == to && ses.Told[k].UID == m.UID {
				ses.Told[k].Flags, ses.Told[k].Date = m.Flags, m.Date
			}
		}
	}
}

// stores changes a STORE with that sign.
func stores(c *Call, op byte, do func(*model.Store)) {
	if st, ok := c.Cmd.(model.Store); ok && st.Op == op {
		do(&st)
		c.Cmd = st
	}
}

// low is the lowest number of a set without "*".
func low(set model.Set) uint32 {
	n := set[0].From.N
	for _, r := range set {
		if n = min(n, r.From.N); !r.Single {
			n = min(n, r.To.N)
		}
	}
	return n
}
