package fuzz

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/message"
)

// build is a well-formed command of that name. Its arguments mostly name what
// is predicted to be there.
func (g *generator) build(name string) model.Command {
	g.builds(name)
	uid := strings.HasPrefix(name, "UID ")
	switch strings.TrimPrefix(name, "UID ") {
	case "STARTTLS":
		return model.StartTLS{}
	case "LOGIN":
		return g.login()
	case "AUTHENTICATE":
		return g.authenticate()
	case "SELECT", "EXAMINE":
		box := g.mailbox(88)
		if g.empty(box) && g.percent(60) {
			box = g.mailbox(90)
		}
		return model.Mailbox{Verb: name, Box: g.astring(box)}
	case "SUBSCRIBE", "UNSUBSCRIBE":
		return model.Mailbox{Verb: name, Box: g.astring(g.mailbox(70))}
	case "DELETE":
		return model.Mailbox{Verb: name, Box: g.astring(g.victim())}
	case "CREATE":
		if g.percent(3) {
			return model.Mailbox{Verb: name, Box: g.astring(wrongNames[g.IntN(len(wrongNames))])}
		}
		return model.Mailbox{Verb: name, Box: g.astring(g.newMailbox())}
	case "RENAME":
		from := "INBOX"
		if g.open(from) || g.percent(88) {
			from = g.victim()
		}
		g.says(from)
		return model.Rename{From: g.astring(from), To: g.astring(g.newMailbox())}
	case "LIST", "LSUB":
		return g.list(name)
	case "STATUS":
		return model.StatusCmd{Box: g.astring(g.mailbox(85)),
			Items: g.subset("MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN")}
	case "APPEND":
		return g.append()
	case "SEARCH":
		return g.search(uid)
	case "FETCH":
		return g.fetch(uid)
	case "STORE":
		return g.store(uid)
	case "EXPUNGE":
		if uid {
			return model.UIDExpunge{Set: g.doomed()}
		}
	case "ENABLE":
		return model.Enable{Caps: g.subset("X-UNKNOWN", "CONDSTORE", "UIDPLUS")}
	case "COPY", "MOVE":
		c := model.Copy{UID: uid, Set: g.set(uid), Box: g.astring(g.other()), Move: strings.HasSuffix(name, "MOVE")}
		if g.view != nil && len(g.view.Msgs) > 20 {
			c.Set = model.Set{{From: model.Num{N: uint32(1 + g.IntN(20)), Symb: uid}, Single: true}} // not to double mailboxes
		}
		return c
	case "X":
		return model.Experimental{Verb: pick(g, "XYZZY", "XNOOP", "XLIST2"), Args: pick(g, "", "1", "a b", "(a)")}
	}
	return model.Simple{Verb: name}
}

func (g *generator) login() model.Command {
	password := model.Password
	if g.percent(7) {
		password = "wrong"
	}
	return model.LoginCmd{User: g.form(model.User), Password: g.form(password)}
}

func (g *generator) authenticate() model.Command {
	right := model.PlainLine(model.User, model.Password)
	switch g.choose(70, 10, 12, 8) {
	case 0:
		return model.Authenticate{Mechanism: "PLAIN", Lines: []string{right}}
	case 1:
		return model.Authenticate{Mechanism: "PLAIN", Lines: []string{model.PlainLine(model.User, "wrong")}}
	case 2:
		return model.Authenticate{Mechanism: "PLAIN", Lines: []string{"*"}}
	}
	return model.Authenticate{Mechanism: pick(g, "XUNKNOWN", "CRAM-MD5", "DIGEST-MD5", "LOGIN"), Lines: pick(g, nil, []string{"*"})}
}

// form is a string in one of the three forms of section 4.3.
func (g *generator) form(s string) model.AString {
	a := model.AString{S: s, Form: model.Form(g.choose(3, 2, 1))}.Legal()
	switch {
	case strings.ContainsAny(s, "*%"): // LIST may have it in another form
		g.says(s)
	case a.Form == model.Atom:
		g.says(" " + s)
	case a.Form == model.Quoted:
		g.says(`"` + escapes.Replace(s) + `"`)
	default:
		g.says("}\r\n" + s)
	}
	return a
}

// astring is form, or a literal that does not wait if the server takes those:
// what it advertises, it advertises after login.
func (g *generator) astring(s string) model.AString {
	a := g.form(s)
	if a.Form == model.Literal && g.plus(len(s)) {
		a.Form = model.LiteralPlus
	}
	return a
}

// plus decides whether a literal of n octets is sent without waiting (RFC 7888).
func (g *generator) plus(n int) bool {
	const most = 4096 // of LITERAL-
	p := g.m.Profile
	return (p.Has("LITERAL+") || p.Has("LITERAL-") && n <= most) && g.percent(50)
}

// Names of mailboxes to make: a few, so that they meet again; one that is
// spelled like NIL, which is a name all the same (section 4.5).
var mailboxNames = []string{"a", "b", "c", "a/b", "a/c", "b/a", "a/b/c", "NIL", "d e"}

// Names in modified UTF-7 (section 5.1.3), and names that are not, or that are of
// 8 bits: those are only tried to make.
var (
	foreignNames = []string{"&U,BTFw-", "a&-b", "&Jjo-!", "&AOQ-/b"}
	wrongNames   = []string{"&Jjo!", "&AGE-", "&U,BTFw-&ZeVnLIqe-", "&Jjo", "caf\xc3\xa9", "caf\xe9"}
)

// mailbox is a name that is predicted to exist in so many of a hundred cases.
func (g *generator) mailbox(existing int) string {
	name := g.anyMailbox(existing)
	g.says(name)
	return name
}

func (g *generator) anyMailbox(existing int) string {
	if !g.percent(existing) {
		if names := g.s.Bygone(); len(names) > 0 && g.percent(50) {
			return names[g.IntN(len(names))]
		}
		return mailboxNames[g.IntN(len(mailboxNames))]
	}
	if names := g.s.Mailboxes(); len(names) > 0 && g.percent(60) {
		return names[g.IntN(len(names))]
	}
	return pick(g, "INBOX", "INBOX", "INBOX", "inbox", "InBox")
}

// other is a mailbox to copy to, mostly another than the selected one.
func (g *generator) other() string {
	name := g.mailbox(80)
	for i := 0; i < 3 && g.view != nil && model.FoldInbox(name) == g.view.Name && g.percent(80); i++ {
		name = g.mailbox(80)
	}
	return name
}

// empty reports whether there is a mailbox of that name, with no messages that are predicted.
func (g *generator) empty(name string) bool {
	n := g.s.Names[model.FoldInbox(name)]
	return n != nil && n.Box != nil && len(n.Box.Msgs) == 0
}

// open reports whether a connection has the mailbox of that name selected, or one below it:
// what becomes of one without its name says little.
func (g *generator) open(name string) bool {
	name = model.FoldInbox(name)
	return slices.ContainsFunc(g.s.Conns, func(c model.Conn) bool {
		return c.View != nil && (c.View.Name == name || strings.HasPrefix(c.View.Name, name+"/"))
	})
}

// victim is a mailbox to delete or rename: INBOX only now and then.
func (g *generator) victim() string {
	switch g.choose(6, 12, 82) {
	case 0:
		return pick(g, "a", "b") // a level, perhaps, that is no mailbox any more
	case 1:
		if name, _, below := strings.Cut(g.mailbox(100), "/"); below {
			return name // with what is below it
		}
	}
	for range 3 {
		if name := g.mailbox(90); model.FoldInbox(name) != "INBOX" && (!g.open(name) || g.percent(15)) {
			return name
		}
	}
	if name := g.mailbox(100); !g.open(name) || g.percent(15) {
		return name
	}
	return mailboxNames[g.IntN(len(mailboxNames))]
}

// newMailbox is a name to make: often below one that exists, sometimes one that
// exists already.
func (g *generator) newMailbox() string {
	switch g.choose(10, 5, 3, 28, 16, 38) {
	case 0:
		return g.mailbox(100)
	case 1:
		return mailboxNames[g.IntN(len(mailboxNames))] + "/"
	case 2:
		return foreignNames[g.IntN(len(foreignNames))]
	case 3:
		if name := g.mailbox(100); model.FoldInbox(name) != "INBOX" && len(name) < 8 {
			return name + "/" + pick(g, "b", "c")
		} else if g.percent(50) {
			return "INBOX/b"
		}
	case 4:
		return g.mailbox(0)
	}
	name := mailboxNames[g.IntN(len(mailboxNames))]
	if top, _, below := strings.Cut(name, "/"); below && g.s.Exists(top) == model.No && g.percent(60) {
		return top // level by level
	}
	return name
}

func (g *generator) list(verb string) model.Command {
	c := model.List{Verb: verb, Pattern: g.astring(pick(g, "*", "*", "*", "%", "%", "%", "%/%", "a/%", "a%", "a*", "INBOX", "", "b"))}
	if strings.ContainsAny(c.Pattern.S, "*%") && c.Pattern.Form == model.Quoted && g.percent(70) {
		c.Pattern.Form = model.Atom // list-char has the wildcards
	}
	c.Ref = g.astring(pick(g, "", "", "", "", "", "", "", "a/", "a/", "a", "INBOX/", "#news."))
	return c
}

// subset is some of the list, at least one, in the list's order.
func (g *generator) subset(list ...string) []string {
	var out []string
	for _, e := range list {
		if g.percent(40) {
			g.says(e)
			out = append(out, e)
		}
	}
	if len(out) == 0 {
		out = append(out, list[g.IntN(len(list))])
		g.says(out[0])
	}
	return out
}

var (
	systemFlags = []string{`\Seen`, `\Deleted`, `\Flagged`, `\Answered`, `\Draft`}
	dates       = []string{
		" 1-Feb-2021 00:00:00 +0000", "31-Dec-1999 23:59:59 -0500", "15-Jun-2022 12:30:00 +0530",
		"29-Feb-2020 06:00:00 +0000",
	}
)

func (g *generator) append() model.Command {
	from := g.mark()
	c := model.Append{Box: g.astring(g.mailbox(88))}
	to := g.mark()
	c.Message = g.message().Octets()
	g.says(c.Message)
	if v := g.view; v != nil && g.percent(60) {
		g.needless(from, to)
		c.Box = g.astring(v.Name)
	}
	if g.percent(40) {
		c.Flags = g.flags()
	}
	if g.percent(45) {
		c.Date = dates[g.IntN(len(dates))]
		g.says(c.Date)
	}
	c.Plus = g.plus(len(c.Message))
	return c
}

// randomTrees is how many different random messages are appended.
const randomTrees = 1 << 20

// message is a message to append: a hand-made one, often one of the simplest, or
// a tree of its own.
func (g *generator) message() *message.Message {
	made := message.Count()
	switch g.choose(28, 52, 20) {
	case 0:
		return message.New(uint64(g.IntN(5)))
	case 1:
		return message.New(uint64(g.IntN(made)))
	}
	return message.New(uint64(made + g.IntN(randomTrees)))
}

// existing is a message of the mailbox that is selected, nil if there is none.
func (g *generator) existing() *message.Message {
	if g.view == nil || len(g.view.Msgs) == 0 {
		return nil
	}
	return message.Find(g.view.Msgs[g.IntN(len(g.view.Msgs))].Body)
}

// existingOf is a message of a set, one of several parts if there is any; nil for none.
func (g *generator) existingOf(set model.Set) *message.Message {
	if g.view == nil {
		return nil
	}
	const most = 8 // to look at
	last := uint32(len(g.view.Msgs))
	var whole, parted []*message.Message
	for i, m := range g.view.Msgs[:min(last, most)] {
		if !set.Contains(uint32(i)+1, last) {
			continue
		}
		if t := message.Find(m.Body); t != nil {
			if whole = append(whole, t); len(t.Parts()) > 1 {
				parted = append(parted, t)
			}
		}
	}
	switch {
	case len(parted) > 0:
		return parted[g.IntN(len(parted))]
	case len(whole) > 0:
		return whole[g.IntN(len(whole))]
	}
	return nil
}

// flags is a list of flags, perhaps empty.
func (g *generator) flags() []string {
	list := []string{}
	for _, f := range systemFlags {
		if g.percent(30) {
			g.says(f)
			list = append(list, f)
		}
	}
	if g.percent(25) {
		g.says("k1")
		list = append(list, "k1")
	}
	return list
}

func (g *generator) store(uid bool) model.Command {
	c := model.Store{UID: uid, Set: g.set(uid), Op: pick[byte](g, '+', '+', '+', '-', '-', 0), Silent: g.percent(30), Paren: true}
	if g.percent(40) {
		c.Flags = []string{`\Deleted`}
	} else if flags := g.flags(); len(flags) > 0 {
		c.Flags, c.Paren = flags, g.percent(70)
	}
	return c
}

// set is a set of message numbers, or of symbolic UIDs: mostly of messages that
// are there.
func (g *generator) set(uid bool) model.Set {
	last := 0
	if g.view != nil {
		last = len(g.view.Msgs)
	}
	num := func() model.Num {
		beyond, huge := 3, 1
		if uid {
			beyond, huge = 6, 3
		}
		switch g.choose(15, beyond, huge, 85-beyond-huge) {
		case 0:
			return model.Star
		case 1:
			return model.Num{N: uint32(last + 1 + g.IntN(3)), Symb: uid}
		case 2:
			return model.Num{N: pick[uint32](g, 1000, 1<<31, 1<<32-1)}
		}
		return model.Num{N: uint32(1 + g.IntN(max(last, 1))), Symb: uid}
	}
	var set model.Set
	for len(set) == 0 || len(set) < 3 && g.percent(25) {
		from := g.mark()
		r := model.Range{From: num(), Single: true}
		if g.percent(35) {
			r.To, r.Single = num(), false
		}
		to := g.mark()
		if g.percent(20) {
			g.needless(from, to)
			r = model.Range{From: model.Num{N: 1}, To: model.Star}
		}
		set = append(set, r)
		g.says(set.String())
	}
	return set
}

// doomed is a set of UIDs, often of a message that has \\Deleted alone.
func (g *generator) doomed() model.Set {
	var list []int
	if g.view != nil {
		for i, m := range g.view.Msgs {
			if m.Flags.Has(`\deleted`) == model.Yes {
				list = append(list, i)
			}
		}
	}
	if len(list) == 0 || !g.percent(50) {
		return g.set(true)
	}
	i := list[g.IntN(len(list))]
	n := model.Num{N: uint32(i + 1), Symb: true}
	if i == len(g.view.Msgs)-1 && g.percent(50) {
		n = model.Star
	}
	set := model.Set{{From: n, Single: true}}
	g.says(set.String())
	return set
}

func (g *generator) fetch(uid bool) model.Command {
	c := model.Fetch{UID: uid, Set: g.set(uid)}
	if g.percent(10) {
		c.Items = []string{pick(g, "ALL", "FAST", "FULL")}
		g.says(c.Items[0])
		return c
	}
	items := []string{"FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY", "BODYSTRUCTURE"}
	if g.percent(50) {
		c.Items = []string{g.section(c.Set)}
		if g.percent(40) {
			c.Items = append(c.Items, pick(g, items...))
			g.says(c.Items[1])
		}
	} else {
		c.Items = g.subset(items...)
	}
	c.Paren = len(c.Items) > 1 || g.percent(50)
	return c
}

// section is a data item of the octets of a message, mostly of one of the set.
func (g *generator) section(set model.Set) string {
	from := g.mark()
	s := pick(g, "RFC822", "RFC822.HEADER", "RFC822.TEXT", "BODY[]", "BODY[]", "BODY.PEEK[]", "BODY.PEEK[]",
		"BODY[HEADER]", "BODY.PEEK[HEADER]", "BODY[TEXT]", "BODY.PEEK[TEXT]", "BODY[1]", "BODY.PEEK[1]",
		"BODY.PEEK[HEADER.FIELDS (SUBJECT)]", "BODY[HEADER.FIELDS (FROM DATE)]", "BODY.PEEK[HEADER.FIELDS.NOT (FROM)]")
	first := g.mark()
	m := g.existingOf(set)
	second := g.mark()
	often := 40
	if m != nil && len(m.Parts()) > 1 {
		often = 70
	}
	if m != nil && g.percent(often) {
		if parts := m.Parts(); len(parts) > 0 {
			g.needless(from, first)
			s = pick(g, "BODY[", "BODY.PEEK[") + parts[g.IntN(len(parts))] +
				pick(g, "", "", "", ".MIME", ".HEADER", ".TEXT", ".HEADER.FIELDS (SUBJECT TO)", ".HEADER.FIELDS.NOT (FROM)") + "]"
		}
	} else {
		g.needless(first, second)
	}
	g.says(s)
	if strings.HasSuffix(s, "]") && g.percent(30) {
		s += pick(g, "<0.1>", "<0.10>", "<5.20>", "<0.2048>", "<30.1000>", "<5000.10>")
	}
	g.says(s)
	return s
}
