package fault

import (
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/message"
)

// content is what FETCH shows of messages, and does to them.
var content = []*Fault{
	{Name: "partial-origin", Layer: Store, Clause: "6.4.5", Least: 3,
		Text: "The origin of a part of the whole message is counted from 1, unless it is 0.",
		Tell: func(c *Call) {
			c.items(func(m model.Mail, a *model.Att) {
				if a.Name == "BODY[]" && a.Origin > 0 {
					a.Text = model.Partial(m.Body, a.Origin-1, int64(len(a.Text)))
				}
			})
		}},
	{Name: "partial-beyond", Layer: Store, Clause: "6.4.5", Least: 3,
		Text: "A partial FETCH of the whole message from beyond its end returns its last octets.",
		Tell: func(c *Call) {
			c.items(func(m model.Mail, a *model.Att) {
				if a.Name == "BODY[]" && a.Origin >= int64(len(m.Body)) {
					a.Text = m.Body[max(0, len(m.Body)-10):]
				}
			})
		}},
	{Name: "text-with-header", Layer: Store, Clause: "6.4.5", Least: 3,
		Text: "RFC822.TEXT has the header, too.",
		Tell: func(c *Call) {
			c.items(func(m model.Mail, a *model.Att) {
				if a.Name == "RFC822.TEXT" {
					a.Text = m.Body
				}
			})
		}},
	{Name: "header-fields-no-blank", Layer: Store, Clause: "6.4.5", Least: 3,
		Text: "HEADER.FIELDS.NOT leaves out the line that ends the header.",
		Tell: func(c *Call) {
			c.items(func(_ model.Mail, a *model.Att) {
				if strings.HasPrefix(a.Name, "BODY[HEADER.FIELDS.NOT") && a.Origin < 0 && strings.HasSuffix(a.Text, "\r\n\r\n") {
					a.Text = strings.TrimSuffix(a.Text, "\r\n")
				}
			})
		}},
	{Name: "header-fields-case", Layer: Store, Clause: "6.4.5", Least: 3,
		Text: "HEADER.FIELDS finds a field where its name is in the same case.",
		Tell: func(c *Call) {
			c.items(func(_ model.Mail, a *model.Att) {
				if list, ok := strings.CutPrefix(a.Name, "BODY[HEADER.FIELDS ("); ok && a.Origin < 0 {
					a.Text = inCase(a.Text, strings.Fields(strings.TrimSuffix(list, ")]")))
				}
			})
		}},
	{Name: "size-bare-lf", Layer: Store, Clause: "7.4.2", Least: 3,
		Text: "RFC822.SIZE counts the end of a line as one octet.",
		Tell: func(c *Call) {
			c.items(func(m model.Mail, a *model.Att) {
				if a.Name == "RFC822.SIZE" {
					a.Num -= uint32(strings.Count(m.Body, "\r\n"))
				}
			})
		}},
	{Name: "date-without-zone", Level: model.SHOULD, Layer: Store, Clause: "7.4.2", Least: 4,
		Text: "INTERNALDATE has the local time, and the zone +0000.",
		Tell: func(c *Call) {
			c.items(func(m model.Mail, a *model.Att) {
				if a.Name == "INTERNALDATE" {
					a.Text = m.Date.Format("_2-Jan-2006 15:04:05 +0000")
				}
			})
		}},
	{Name: "peek-part-sets-seen", Layer: Store, Clause: "6.4.5", Least: 3,
		Text: "BODY.PEEK of a part of a section sets \\Seen.",
		Hear: func(c *Call) {
			respelled(c, func(s string) string {
				if rest, ok := strings.CutPrefix(s, "BODY.PEEK["); ok && strings.HasSuffix(s, ">") {
					return "BODY[" + rest
				}
				return s
			})
		}},
	{Name: "text-leaves-unseen", Layer: Store, Clause: "6.4.5", Least: 4,
		Text: "BODY[TEXT] does not set \\Seen.",
		Hear: func(c *Call) {
			respelled(c, func(s string) string {
				if rest, ok := strings.CutPrefix(s, "BODY[TEXT]"); ok {
					return "BODY.PEEK[TEXT]" + rest
				}
				return s
			})
		}},
	{Name: "seen-of-first", Layer: Store, Clause: "6.4.5", Least: 4,
		Text: "FETCH of the bodies of several messages sets \\Seen of the first alone.",
		Tell: func(c *Call) {
			n := 0
			if !spelled(c, "BODY[") {
				return
			}
			c.fetched(func(m model.Mail, d *model.FetchData) {
				o := c.stored(m.UID)
				if n++; n == 1 || o == nil || !o.Has(`\Seen`) || m.Has(`\Seen`) {
					return
				}
				o.Set(`\Seen`, false)
				c.setFlags(o, o.Flags)
				m.Flags = o.Flags
				for i := range d.Atts {
					if d.Atts[i].Name == "FLAGS" {
						d.Atts[i].Flags = shown(m)
					}
				}
			})
		}},
	{Name: "part-first", Layer: Store, Clause: "6.4.5", Least: 4,
		Text: "BODY[2] has what BODY[1] has.",
		Tell: func(c *Call) {
			c.items(func(m model.Mail, a *model.Att) {
				if a.Name != "BODY[2]" || a.Nil || a.Origin >= 0 {
					return
				}
				if t := message.Find(m.Body); t != nil {
					if texts, ok := t.Section("BODY[1]"); ok {
						a.Text = texts[0]
					}
				}
			})
		}},
}

// respelled changes the data items of a FETCH.
func respelled(c *Call, do func(string) string) {
	f, ok := c.Cmd.(model.Fetch)
	if !ok {
		return
	}
	items := make([]string, len(f.Items))
	for i, s := range f.Items {
		items[i] = do(s)
	}
	f.Items = items
	c.Cmd = f
}

// inCase are the fields of a header that have one of the names, and its end.
func inCase(header string, names []string) string {
	var b strings.Builder
	in := false
	for line := range strings.SplitAfterSeq(header, "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		switch {
		case line == "\r\n":
			in = true
		case !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t"):
			in = false
			for _, n := range names {
				in = in || strings.Trim(n, `"`) == name
			}
		}
		if in {
			b.WriteString(line)
		}
	}
	return b.String()
}
