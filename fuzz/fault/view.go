package fault

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

var view = []*Fault{
	{Name: "expunge-old-numbers", Layer: View, Clause: "7.4.1", Least: 4,
		Text: "The EXPUNGE responses of one answer have the numbers from before it.",
		Tell: func(c *Call) {
			var gone []uint32
			each(c, func(e *model.Expunge) {
				for _, n := range gone {
					if n <= e.N {
						e.N++
					}
				}
				gone = append(gone, e.N)
			})
		}},
	{Name: "expunge-last-untold", Layer: View, Clause: "6.4.3", Least: 4,
		Text: "An EXPUNGE that removes more than one message does not tell of the last.",
		Tell: func(c *Call) {
			n, at := 0, -1
			for i, r := range c.Reply.Responses {
				if _, ok := r.Data.(model.Expunge); ok {
					n, at = n+1, i
				}
			}
			if n > 1 && c.Is("EXPUNGE") {
				c.Reply.Responses = slices.Delete(c.Reply.Responses, at, at+1)
			}
		}},
	{Name: "expunge-in-fetch", Layer: View, Clause: "7.4.1", Least: 6, Conns: 2,
		Text: "FETCH tells of what another session has expunged.",
		Tell: func(c *Call) { departs(c, "FETCH") }},
	{Name: "expunge-in-search", Layer: View, Clause: "7.4.1", Least: 6, Conns: 2,
		Text: "SEARCH tells of what another session has expunged.",
		Tell: func(c *Call) { departs(c, "SEARCH") }},
	{Name: "exists-for-expunge", Layer: View, Clause: "5.2", Least: 4,
		Text: "An EXPUNGE that empties the mailbox is told of by EXISTS.",
		Tell: func(c *Call) {
			if c.Is("EXPUNGE") && c.OK() && len(c.Session().Told) == 0 && len(c.Was.Told) > 0 {
				drop[model.Expunge](c)
				c.tell(model.Exists{})
			}
		}},
	{Name: "first-message-untold", Layer: View, Clause: "5.2", Least: 5,
		Text: "Of a message that comes into an empty mailbox which is selected no EXISTS tells.",
		Tell: func(c *Call) {
			if c.old() == 0 {
				c.withhold()
			}
		}},
	{Name: "recent-lost-by-examine", Layer: View, Clause: "6.3.2", Least: 3,
		Text: "EXAMINE takes \\Recent from the messages.",
		Tell: func(c *Call) {
			if c.Is("EXAMINE") && c.OK() {
				for i := range c.Session().Box.Mail {
					c.Session().Box.Mail[i].Recent = false
				}
			}
		}},
	{Name: "uid-store-without-uid", Layer: View, Clause: "6.4.8", Least: 3,
		Text: "The FETCH responses to UID STORE lack the UID.",
		Tell: func(c *Call) {
			if c.Name() == "UID STORE" {
				each(c, func(d *model.FetchData) { d.Atts = without(d.Atts, "UID") })
			}
		}},
	{Name: "uid-fetch-macro-without-uid", Layer: View, Clause: "6.4.8", Least: 3,
		Text: "The FETCH responses to UID FETCH with a macro lack the UID.",
		Tell: func(c *Call) {
			f, ok := c.Cmd.(model.Fetch)
			if ok && f.UID && slices.ContainsFunc(f.Items, func(s string) bool { return s == "ALL" || s == "FAST" || s == "FULL" }) {
				each(c, func(d *model.FetchData) { d.Atts = without(d.Atts, "UID") })
			}
		}},
	{Name: "uid-star-beyond", Layer: View, Clause: "6.4.8", Least: 3,
		Text: "N:* is nothing where n is above the UID of the last message.",
		Hear: func(c *Call) {
			c.sets(func(set model.Set, uid bool) model.Set {
				told := c.Was.Told
				return slices.DeleteFunc(slices.Clone(set), func(r model.Range) bool {
					other := max(r.From.N, r.To.N)
					return uid && !r.Single && (r.From == model.Star || r.To == model.Star) && len(told) > 0 && other > told[len(told)-1].UID
				})
			})
		}},
	{Name: "range-reversed-empty", Layer: View, Clause: "9", Least: 3,
		Text: "A range of message numbers is nothing where the larger end comes first.",
		Hear: func(c *Call) {
			c.sets(func(set model.Set, uid bool) model.Set {
				return slices.DeleteFunc(slices.Clone(set), func(r model.Range) bool {
					return !uid && !r.Single && r.From != model.Star && r.To != model.Star && r.From.N > r.To.N
				})
			})
		}},
	{Name: "set-third-forgotten", Layer: View, Clause: "9", Least: 3,
		Text: "What comes behind the second comma of a set is not looked at.",
		Hear: func(c *Call) {
			c.sets(func(set model.Set, uid bool) model.Set { return set[:min(len(set), 2)] })
		}},
	{Name: "unseen-counts", Layer: View, Clause: "7.1", Least: 2,
		Text: "The code UNSEEN says how many messages are not seen, not which is the first.",
		Tell: func(c *Call) {
			if code := c.code("UNSEEN"); code != nil {
				code.Num = 0
				for _, m := range c.Session().Told {
					if !m.Has(`\Seen`) {
						code.Num++
					}
				}
			}
		}},
	{Name: "uidnext-from-last", Layer: View, Clause: "2.3.1.1", Least: 4,
		Text: "SELECT tells as UIDNEXT what follows the last message that is there.",
		Tell: func(c *Call) {
			if code := c.code("UIDNEXT"); code != nil && c.OK() {
				code.Num = 1
				if m := c.Session().Box.Mail; len(m) > 0 {
					code.Num = m[len(m)-1].UID + 1
				}
			}
		}},
	{Name: "examine-sets-seen", Layer: View, Clause: "6.3.2", Least: 4,
		Text: "FETCH of a body sets \\Seen in a mailbox opened by EXAMINE, too.",
		Tell: func(c *Call) {
			if !c.Was.ReadOnly || !spelled(c, "BODY[") {
				return
			}
			c.fetched(func(m model.Mail, _ *model.FetchData) {
				if o := c.stored(m.UID); o != nil {
					o.Set(`\Seen`, true)
				}
			})
		}},
	{Name: "examine-expunges", Layer: View, Clause: "6.4.2", Least: 5,
		Text: "CLOSE of a mailbox opened by EXAMINE removes messages.",
		Hear: func(c *Call) {
			if c.Is("CLOSE") {
				c.Session().ReadOnly = false
			}
		}},
	{Name: "close-tells", Layer: View, Clause: "6.4.2", Least: 4,
		Text: "CLOSE tells of the messages that it removes.",
		Tell: func(c *Call) {
			if !c.Is("CLOSE") || !c.OK() || c.Was.ReadOnly {
				return
			}
			n := uint32(0)
			for _, m := range c.Was.Told {
				if n++; c.Was.Box.Find(m.UID) < 0 {
					c.tell(model.Expunge{N: n})
					n--
				}
			}
		}},
	{Name: "store-shows-old", Layer: View, Clause: "6.4.6", Least: 3,
		Text: "STORE of more than one message returns the flags that the last had before.",
		Tell: func(c *Call) {
			n, i := 0, 0
			each(c, func(*model.FetchData) { n++ })
			if !c.Is("STORE") || n < 2 {
				return
			}
			c.fetched(func(m model.Mail, d *model.FetchData) {
				if i++; i < n {
					return
				}
				for k := range d.Atts {
					if d.Atts[k].Name == "FLAGS" {
						d.Atts[k].Flags = shown(m)
					}
				}
			})
		}},
	{Name: "uid-search-numbers", Layer: View, Clause: "6.4.8", Least: 5,
		Text: "UID SEARCH returns message numbers.",
		Tell: func(c *Call) {
			if c.Name() != "UID SEARCH" {
				return
			}
			each(c, func(d *model.SearchData) {
				for i, n := range d.Nums {
					d.Nums[i] = uint32(slices.IndexFunc(c.Was.Told, func(m model.Mail) bool { return m.UID == n })) + 1
				}
			})
		}},
	{Name: "copy-numbers-as-uids", Layer: View, Clause: "6.4.7", Least: 5,
		Text: "COPY takes message numbers for UIDs, where messages have these.",
		Hear: func(c *Call) {
			if cp, ok := c.Cmd.(model.Copy); ok && !cp.UID && !cp.Move && len(c.named(cp.Set, true)) > 0 && cp.Set.Max(1) <= uint32(len(c.Was.Told)) {
				cp.UID = true
				c.Cmd = cp
			}
		}},
	{Name: "fetch-numbers-stale", Layer: View, Clause: "7.4.1", Least: 5,
		Text: "The first FETCH after an EXPUNGE numbers the messages as before it.",
		Tell: func(c *Call) {
			key := "stale" + string(rune('0'+c.Conn))
			from := uint32(c.Memory[key])
			if c.Is("SELECT", "EXAMINE", "CLOSE", "UNSELECT") {
				delete(c.Memory, key)
			}
			if c.Name() == "FETCH" && c.OK() && from > 0 {
				each(c, func(d *model.FetchData) {
					if d.N >= from {
						d.N++
					}
				})
				delete(c.Memory, key)
			}
			each(c, func(e *model.Expunge) {
				if c.Name() == "EXPUNGE" {
					c.Memory[key] = int(e.N)
				}
			})
		}},
}

// departs tells of what is gone in an answer to the command, where it must not.
func departs(c *Call, name string) {
	ses := c.Session()
	if c.Name() != name || ses.Box == nil {
		return
	}
	n := uint32(0)
	for _, m := range ses.Told {
		if n++; ses.Box.Find(m.UID) < 0 {
			c.tell(model.Expunge{N: n})
			n--
		}
	}
	vanish(ses)
}

// without are the data items but those of a name.
func without(atts []model.Att, name string) []model.Att {
	if len(atts) == 1 {
		return atts
	}
	return slices.DeleteFunc(slices.Clone(atts), func(a model.Att) bool { return a.Name == name })
}

// shown are the flags of a message as FETCH shows them.
func shown(m model.Mail) []string {
	if m.Recent {
		return append(slices.Clone(m.Flags), `\Recent`)
	}
	return m.Flags
}

// spelled reports whether a data item is asked for that begins so.
func spelled(c *Call, prefix string) bool {
	f, ok := c.Cmd.(model.Fetch)
	return ok && slices.ContainsFunc(f.Items, func(s string) bool { return strings.HasPrefix(s, prefix) })
}
