package bench

import (
	"strings"

	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/model"
)

// samples are a fault of each kind, with the lengths that are proven of them.
var samples = []*fault.Fault{
	{Name: "wrong-tag", Layer: fault.Dialogue, Clause: "2.2.1", Text: "NOOP is completed by another tag.", Least: 1,
		Tell: func(c *fault.Call) {
			if c.Is("NOOP") {
				if r := c.Tagged(); r != nil {
					r.Tag = "A0"
				}
			}
		}},
	{Name: "failed-select", Layer: fault.Dialogue, Clause: "6.3.1", Text: "A SELECT that fails leaves the mailbox selected.", Least: 4,
		Tell: func(c *fault.Call) {
			if c.Is("SELECT") && !c.OK() && c.Was.Phase == model.Selected {
				*c.Session() = c.Was
			}
		}},
	{Name: "expunge-off", Layer: fault.View, Clause: "7.4.1", Text: "The second EXPUNGE of two is not renumbered.", Least: 4,
		Tell: func(c *fault.Call) {
			n := 0
			if !c.Is("EXPUNGE") {
				return
			}
			for i := range c.Reply.Responses {
				if e, ok := c.Reply.Responses[i].Data.(model.Expunge); ok {
					if n++; n > 1 {
						e.N++
						c.Reply.Responses[i].Data = e
					}
				}
			}
		}},
	{Name: "copy-flags", Layer: fault.Store, Clause: "6.4.7", Level: model.SHOULD, Text: "COPY does not keep flags.", Least: 5,
		Tell: func(c *fault.Call) {
			if c.Is("COPY") && c.OK() {
				for name, b := range c.Account.Boxes {
					if old := c.Before.Boxes[name]; old != nil {
						for i := len(old.Mail); i < len(b.Mail); i++ {
							b.Mail[i].Flags = nil
						}
					}
				}
			}
		}},
	{Name: "quote", Layer: fault.Grammar, Clause: "9", Text: "The delimiter of LIST has no quotes.", Least: 2,
		Spell: func(c *fault.Call, r *model.Response, octets string) string {
			if _, ok := r.Data.(model.ListData); ok {
				return strings.Replace(octets, `"/"`, "/", 1)
			}
			return octets
		}},
	{Name: "lost-flag", Layer: fault.Sessions, Clause: "6.4.6", Conns: 2, Text: "A STORE of \\Flagged by the second session is lost.", Least: 5,
		Tell: func(c *fault.Call) {
			if c.Is("STORE") && c.Conn == 1 && c.Session().Box != nil {
				for i := range c.Session().Box.Mail {
					if c.Session().Box.Mail[i].Has(`\Flagged`) {
						c.Session().Box.Mail[i].Set(`\Flagged`, false)
					}
				}
			}
		}},
}
