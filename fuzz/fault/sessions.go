package fault

import (
	"slices"

	"github.com/imapcheck/imapcheck/model"
)

var sessions = slices.Concat(taken, racy)

// taken are the faults that several sessions show which take turns.
var taken = []*Fault{
	{Name: "expunge-untold", Layer: Sessions, Clause: "7.4.1", Least: 7, Conns: 2,
		Text: "Of what another session has expunged nobody is told, and the numbers are those without it.",
		Hear: func(c *Call) {
			if !c.Is("EXPUNGE", "CLOSE") {
				vanish(c.Session())
			}
		}},
	{Name: "append-untold-to-others", Layer: Sessions, Clause: "5.2", Least: 6, Conns: 2,
		Text: "Of a message that another connection has added no EXISTS tells.",
		Tell: func(c *Call) {
			if !c.Is("APPEND", "COPY") {
				c.withhold()
			}
		}},
	{Name: "flags-untold", Level: model.SHOULD, Layer: Sessions, Clause: "5.2", Least: 7, Conns: 2,
		Text: "Of flags that another session has changed nobody is told who does not ask.",
		Tell: func(c *Call) {
			if c.Is("NOOP", "CHECK", "IDLE") {
				drop[model.FetchData](c)
			}
		}},
	{Name: "noop-takes-news", Layer: Sessions, Clause: "5.2", Least: 7, Conns: 2,
		Text: "The messages that are there at the NOOP of one session no other is told of any more.",
		Tell: func(c *Call) {
			b := c.Session().Box
			if !c.Is("NOOP") || b == nil {
				return
			}
			for _, ses := range c.others(b) {
				for _, m := range c.Session().Told {
					if last := len(ses.Told) - 1; last < 0 || ses.Told[last].UID < m.UID {
						ses.Told = append(ses.Told, m)
					}
				}
			}
		}},
	{Name: "uidvalidity-of-session", Layer: Sessions, Clause: "2.3.1.1", Least: 4, Conns: 2,
		Text: "UIDVALIDITY is larger by one for every other connection.",
		Tell: func(c *Call) {
			if code := c.code("UIDVALIDITY"); code != nil {
				code.Num += uint32(c.Conn % 2)
			}
		}},
	{Name: "close-closes-all", Layer: Sessions, Clause: "6.4.2", Least: 6, Conns: 2,
		Text: "CLOSE of a mailbox returns all sessions that have it to the authenticated state.",
		Tell: func(c *Call) {
			if c.Is("CLOSE") && c.OK() {
				for _, ses := range c.others(c.Was.Box) {
					*ses = model.Session{Phase: model.Authenticated, TLS: ses.TLS}
				}
			}
		}},
	{Name: "examine-made-writable", Layer: Sessions, Clause: "6.3.2", Least: 7, Conns: 2,
		Text: "SELECT by one session makes the access of those read-write that have the mailbox by EXAMINE.",
		Tell: func(c *Call) {
			if c.Is("SELECT") && c.OK() {
				for _, ses := range c.others(c.Session().Box) {
					ses.ReadOnly = false
				}
			}
		}},
	{Name: "store-from-cache", Layer: Sessions, Clause: "6.4.6", Least: 7, Conns: 2,
		Text: "STORE changes the flags that the session was told of, not those that another has set since.",
		Hear: func(c *Call) {
			st, ok := c.Cmd.(model.Store)
			if !ok || st.Op == 0 || c.Was.ReadOnly {
				return
			}
			for _, t := range c.named(st.Set, st.UID) {
				if m := c.stored(t.UID); m != nil {
					m.Flags = t.Flags
				}
			}
		}},
	{Name: "append-resurrects-seen", Layer: Sessions, Clause: "6.4.3", Least: 8, Conns: 2,
		Text: "APPEND to the selected mailbox brings back what another session has expunged and this one does not know of.",
		Hear: func(c *Call) {
			if b := c.Session().Box; c.Is("APPEND") && b != nil && c.box(c.target()) == b {
				restore(b, c.Was.Told)
			}
		}},
	{Name: "subscribed-in-session", Layer: Sessions, Clause: "6.3.6", Least: 4, Conns: 2,
		Text: "A subscription counts for the connection that has made it, until another makes it.",
		Tell: func(c *Call) {
			if c.Is("SUBSCRIBE") && c.OK() {
				c.Memory["by "+c.target()] = c.Conn + 1
			}
			if c.Is("LSUB") {
				c.Drop(func(r *model.Response) bool {
					d, ok := r.Data.(model.ListData)
					by := c.Memory["by "+d.Name]
					return ok && c.Account.Subscribed[d.Name] && by != 0 && by != c.Conn+1
				})
			}
		}},
	{Name: "number-of-mailbox", Layer: Sessions, Clause: "2.3.1.2", Least: 7, Conns: 2,
		Text: "STORE takes a message number for that of the mailbox, not of the session that does not know of an EXPUNGE.",
		Hear: func(c *Call) {
			st, ok := c.Cmd.(model.Store)
			b := c.Session().Box
			if !ok || st.UID || b == nil || c.Was.ReadOnly || st.Set.Max(1) > uint32(len(c.Was.Told)) {
				return
			}
			var set model.Set
			for i, m := range b.Mail {
				n := slices.IndexFunc(c.Was.Told, func(t model.Mail) bool { return t.UID == m.UID })
				if n >= 0 && st.Set.Contains(uint32(i)+1, uint32(len(c.Was.Told))) {
					set = append(set, model.One(uint32(n)+1)...)
				}
			}
			if len(set) > 0 {
				st.Set = set
				c.Cmd = st
			}
		}},
}
