package model

import (
	"slices"
	"strings"
)

// mailbox answers the commands whose argument is a mailbox name.
func (a *answer) mailbox(c Mailbox) {
	name := FoldInbox(c.Box.S)
	switch c.Verb {
	case "SELECT", "EXAMINE":
		a.open(name, c.Verb == "EXAMINE")
	case "CREATE":
		name = FoldInbox(strings.TrimSuffix(name, a.m.Profile.Delim))
		switch {
		case !a.m.creatable(name):
			a.no("CANNOT", "There can be no such mailbox")
		case a.ref.Boxes[name] != nil:
			a.no("ALREADYEXISTS", "The mailbox exists")
		default:
			a.ref.create(a.m, name)
			a.ok(nil)
		}
	case "DELETE":
		if name == "INBOX" || a.ref.Boxes[name] == nil {
			a.no("", "There is no such mailbox that can be deleted")
			return
		}
		delete(a.ref.Boxes, name)
		a.ok(nil)
	default:
		if !a.m.creatable(name) {
			a.no("", "There can be no such mailbox")
			return
		}
		if delete(a.ref.Subscribed, name); c.Verb == "SUBSCRIBE" {
			a.ref.Subscribed[name] = true
		}
		a.ok(nil)
	}
}

// creatable reports whether a mailbox can have the name: all but what is not in
// modified UTF-7, what LIST would take for a pattern, and what has an empty level.
func (m Machine) creatable(name string) bool {
	for level := range strings.SplitSeq(name, m.Profile.Delim) {
		if level == "" && m.Profile.Delim != "" {
			return false
		}
	}
	return name != "" && !eightBit(name) && utf7Flaw(name) == "" &&
		!strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '*' || r == '%' })
}

// rename answers RENAME (section 6.3.5). Sessions keep the mailbox, whatever its name.
func (a *answer) rename(c Rename) {
	delim := a.m.Profile.Delim
	from, to := FoldInbox(c.From.S), FoldInbox(c.To.S)
	boxes := a.ref.Boxes
	switch {
	case boxes[from] == nil:
		a.no("NONEXISTENT", "There is no such mailbox")
		return
	case !a.m.creatable(to) || inferior(to, from, delim):
		a.no("CANNOT", "There can be no such mailbox")
		return
	case boxes[to] != nil || a.ref.level(a.m, to):
		a.no("ALREADYEXISTS", "The mailbox exists")
		return
	}
	dest := a.ref.create(a.m, to)
	if from == "INBOX" {
		for _, m := range boxes[from].Mail {
			at := len(dest.Mail)
			dest.Add(m)
			dest.Mail[at].Recent = m.Recent
		}
		boxes[from].Mail = nil
		a.ok(nil)
		return
	}
	boxes[to] = boxes[from]
	delete(boxes, from)
	for _, name := range a.ref.names() {
		if inferior(name, from, delim) {
			boxes[to+strings.TrimPrefix(name, from)] = boxes[name]
			delete(boxes, name)
		}
	}
	a.ok(nil)
}

// names are those of the mailboxes, in order.
func (r *Account) names() []string { return sortedKeys(r.Boxes) }

func sortedKeys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// list answers LIST and LSUB (sections 6.3.8 and 6.3.9): a reference is what names
// begin with. Levels of hierarchy that are no mailboxes, or not subscribed, are
// \Noselect.
func (a *answer) list(c List) {
	delim, lsub := a.m.Profile.Delim, c.Verb == "LSUB"
	pattern := c.Ref.S + c.Pattern.S
	if c.Pattern.S == "" {
		if !lsub {
			a.tell(ListData{Attrs: []string{`\Noselect`}, Delim: delim})
		}
		a.ok(nil)
		return
	}
	names := a.ref.names()
	if lsub {
		names = sortedKeys(a.ref.Subscribed)
	}
	selectable := map[string]bool{}
	for _, name := range names {
		selectable[name] = true
	}
	levels := map[string]bool{}
	for _, name := range names {
		for p := name; p != ""; p = parent(p, delim) {
			if (p == name || !lsub || strings.HasSuffix(pattern, "%")) && matchName(pattern, FoldInbox(p), delim) {
				levels[FoldInbox(p)] = true
			}
		}
	}
	for _, name := range sortedKeys(levels) {
		d := ListData{LSub: lsub, Delim: delim, Name: name}
		if !selectable[name] {
			d.Attrs = []string{`\Noselect`}
		}
		a.tell(d)
	}
	a.ok(nil)
}

// matchName is matchPattern, without regard to the case of INBOX.
func matchName(pattern, name, delim string) bool {
	return matchPattern(pattern, name, delim) || name == "INBOX" && matchPattern(strings.ToUpper(pattern), name, delim)
}

// status answers STATUS (section 6.3.10).
func (a *answer) status(c StatusCmd) {
	name := FoldInbox(c.Box.S)
	b := a.ref.Boxes[name]
	if b == nil {
		a.no("NONEXISTENT", "There is no such mailbox")
		return
	}
	d := StatusData{Name: name}
	for _, item := range c.Items {
		n := 0
		switch item {
		case "MESSAGES":
			n = len(b.Mail)
		case "RECENT":
			n = count(b.Mail, func(m *Mail) bool { return m.Recent })
		case "UNSEEN":
			n = count(b.Mail, func(m *Mail) bool { return !m.Has(`\Seen`) })
		case "UIDNEXT":
			n = int(b.Next)
		case "UIDVALIDITY":
			n = int(b.Validity)
		}
		d.Items = append(d.Items, StatusItem{Name: item, N: uint32(n)})
	}
	a.tell(d)
	a.ok(nil)
}

func count(list []Mail, is func(*Mail) bool) (n int) {
	for i := range list {
		n += int(one(is(&list[i])))
	}
	return n
}

// open answers SELECT and EXAMINE (section 6.3.1): arrows 5 and 6.
func (a *answer) open(name string, readOnly bool) {
	a.become(Authenticated)
	b := a.ref.Boxes[name]
	if b == nil {
		a.no("NONEXISTENT", "There is no such mailbox")
		return
	}
	*a.ses = Session{Phase: Selected, TLS: a.ses.TLS, Box: b, ReadOnly: readOnly}
	a.ses.take()
	flags := b.flags()
	a.tell(FlagsData{flags})
	a.tell(Exists{uint32(len(b.Mail))})
	a.tell(Recent{a.ses.recent()})
	if i := slices.IndexFunc(a.ses.Told, func(m Mail) bool { return !m.Has(`\Seen`) }); i >= 0 {
		a.note(&Code{Name: "UNSEEN", Num: uint32(i) + 1}, "is the first that is not seen")
	}
	code := &Code{Name: "READ-ONLY"}
	perm := []string(nil)
	if !readOnly {
		code, perm = &Code{Name: "READ-WRITE"}, append(flags, `\*`)
	}
	a.note(&Code{Name: "PERMANENTFLAGS", List: perm}, "last")
	a.note(&Code{Name: "UIDNEXT", Num: b.Next}, "is next")
	a.note(&Code{Name: "UIDVALIDITY", Num: b.Validity}, "is valid")
	a.ok(code)
}

// flags are the system flags, and the keywords of the messages.
func (b *Folder) flags() []string {
	flags := slices.Clone(systemFlags)
	for _, m := range b.Mail {
		for _, f := range m.Flags {
			if !containsFold(flags, f) {
				flags = append(flags, f)
			}
		}
	}
	return flags
}
