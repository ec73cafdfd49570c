package fault

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// named is what becomes of mailboxes and their names.
var named = []*Fault{
	{Name: "list-percent-crosses", Layer: Store, Clause: "6.3.8", Least: 3,
		Text: "% in a pattern with other characters matches the hierarchy delimiter, too.",
		Hear: func(c *Call) {
			if l, ok := c.Cmd.(model.List); ok && l.Verb == "LIST" && len(l.Pattern.S) > 1 {
				l.Pattern.S = strings.ReplaceAll(l.Pattern.S, "%", "*")
				c.Cmd = l
			}
		}},
	{Name: "lsub-forgets-deleted", Level: model.SHOULD, Layer: Store, Clause: "6.3.6", Least: 5,
		Text: "DELETE takes the mailbox from the subscribed ones.",
		Tell: func(c *Call) {
			if c.Is("DELETE") && c.OK() {
				delete(c.Account.Subscribed, c.target())
			}
		}},
	{Name: "lsub-existing", Layer: Store, Clause: "6.3.9", Least: 3,
		Text: "LSUB returns subscribed mailboxes that exist, and no others.",
		Tell: func(c *Call) {
			l, ok := c.Cmd.(model.List)
			if !ok || l.Verb != "LSUB" {
				return
			}
			c.Drop(func(r *model.Response) bool {
				d, ok := r.Data.(model.ListData)
				return ok && c.Account.Subscribed[d.Name] && c.Account.Boxes[d.Name] == nil
			})
		}},
	{Name: "lsub-percent", Layer: Store, Clause: "6.3.9", Least: 3,
		Text: "LSUB with % does not return the level above a mailbox that is subscribed.",
		Tell: func(c *Call) {
			if l, ok := c.Cmd.(model.List); !ok || l.Verb != "LSUB" {
				return
			}
			c.Drop(func(r *model.Response) bool {
				d, ok := r.Data.(model.ListData)
				return ok && slices.Contains(d.Attrs, `\Noselect`)
			})
		}},
	{Name: "rename-leaves-inferiors", Layer: Store, Clause: "6.3.5", Least: 5,
		Text: "RENAME leaves inferiors two levels below where they are.",
		Tell: func(c *Call) {
			r, ok := c.Cmd.(model.Rename)
			from := model.FoldInbox(r.From.S)
			if !ok || !c.OK() || from == "INBOX" {
				return
			}
			for name, b := range c.Before.Boxes {
				if !c.inferior(name, from) || strings.Count(name, c.Machine.Profile.Delim) < strings.Count(from, c.Machine.Profile.Delim)+2 {
					continue
				}
				to := r.To.S + strings.TrimPrefix(name, from)
				if now := c.Account.Boxes[to]; now != nil && now.Validity == b.Validity {
					delete(c.Account.Boxes, to)
					c.Account.Boxes[name] = now
				}
			}
		}},
	{Name: "rename-inbox-copies", Layer: Store, Clause: "6.3.5", Least: 3,
		Text: "RENAME of INBOX leaves the messages there, too.",
		Tell: func(c *Call) {
			if r, ok := c.Cmd.(model.Rename); ok && c.OK() && model.FoldInbox(r.From.S) == "INBOX" {
				restore(c.Account.Boxes["INBOX"], c.Before.Boxes["INBOX"].Mail)
			}
		}},
	{Name: "rename-inbox-inferiors", Layer: Store, Clause: "6.3.5", Least: 4,
		Text: "RENAME of INBOX renames the mailboxes below it.",
		Tell: func(c *Call) {
			r, ok := c.Cmd.(model.Rename)
			if !ok || !c.OK() || model.FoldInbox(r.From.S) != "INBOX" {
				return
			}
			for name := range c.Before.Boxes {
				if b := c.Account.Boxes[name]; c.inferior(name, "INBOX") && b != nil {
					delete(c.Account.Boxes, name)
					c.Account.Boxes[r.To.S+strings.TrimPrefix(name, "INBOX")] = b
				}
			}
		}},
	{Name: "rename-unsubscribes", Layer: Store, Clause: "6.3.6", Least: 4,
		Text: "RENAME takes the old name from the subscribed ones.",
		Tell: func(c *Call) {
			if c.Is("RENAME") && c.OK() {
				delete(c.Account.Subscribed, c.target())
			}
		}},
	{Name: "delete-takes-inferiors", Layer: Store, Clause: "6.3.4", Least: 4,
		Text: "DELETE deletes the mailboxes below, too.",
		Tell: func(c *Call) {
			if c.Is("DELETE") && c.OK() {
				for name := range c.Before.Boxes {
					if c.inferior(name, c.target()) {
						delete(c.Account.Boxes, name)
					}
				}
			}
		}},
	{Name: "create-unsubscribes", Layer: Store, Clause: "6.3.6", Least: 4,
		Text: "CREATE takes the name from the subscribed ones.",
		Tell: func(c *Call) {
			if c.Is("CREATE") && c.OK() {
				delete(c.Account.Subscribed, c.target())
			}
		}},
	{Name: "status-unseen-deleted", Layer: Store, Clause: "6.3.10", Least: 4,
		Text: "STATUS counts as UNSEEN what is neither seen nor deleted.",
		Tell: func(c *Call) {
			each(c, func(d *model.StatusData) {
				for i := range d.Items {
					if d.Items[i].Name != "UNSEEN" {
						continue
					}
					for _, m := range c.box(d.Name).Mail {
						if m.Has(`\Deleted`) && !m.Has(`\Seen`) {
							d.Items[i].N--
						}
					}
				}
			})
		}},
	{Name: "status-messages-stale", Layer: Store, Clause: "6.3.10", Least: 5,
		Text: "STATUS counts as MESSAGES those that were there when the mailbox was last opened, and what was added.",
		Tell: func(c *Call) {
			key := "expunged " + c.target()
			switch {
			case c.Is("SELECT", "EXAMINE", "DELETE", "RENAME"):
				delete(c.Memory, key)
			case c.Was.Box != nil && c.Is("EXPUNGE", "CLOSE", "MOVE"):
				for name, b := range c.Account.Boxes {
					if b == c.Was.Box && c.Before.Boxes[name] != nil {
						c.Memory["expunged "+name] += max(0, len(c.Before.Boxes[name].Mail)-len(b.Mail))
					}
				}
			case c.Is("STATUS"):
				each(c, func(d *model.StatusData) {
					for i := range d.Items {
						if d.Items[i].Name == "MESSAGES" {
							d.Items[i].N += uint32(c.Memory[key])
						}
					}
				})
			}
		}},
	{Name: "inbox-case", Layer: Store, Clause: "5.1", Least: 3,
		Text: "COPY and MOVE find INBOX under that name in upper case alone.",
		Hear: func(c *Call) {
			if cp, ok := c.Cmd.(model.Copy); ok && model.FoldInbox(cp.Box.S) == "INBOX" && cp.Box.S != "INBOX" {
				cp.Box = model.A("INBOX " + cp.Box.S) // which there is not
				c.Cmd = cp
			}
		}},
	{Name: "append-upper-level", Layer: Store, Clause: "6.3.11", Least: 4,
		Text: "APPEND to a mailbox whose name has two levels puts the message into the upper one.",
		Hear: func(c *Call) {
			a, ok := c.Cmd.(model.Append)
			if !ok || c.box(a.Box.S) == nil || strings.Count(a.Box.S, c.Machine.Profile.Delim) != 1 {
				return
			}
			upper, _, _ := strings.Cut(a.Box.S, c.Machine.Profile.Delim)
			if c.box(upper) != nil {
				a.Box.S = upper
				c.Cmd = a
			}
		}},
}
