package fuzz

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// Difference is one point in which the answers of two servers to a step part.
type Difference struct {
	// Kind names the point: "outcome-OK-NO" (that of the first server comes first),
	// "close", "silent", "flooded", "starttls" (what came of one), "code-READ-WRITE",
	// or "data-" and the kind of a [Fact].
	Kind string
	// Command and State are those of the step, as in [model.Violation]. Only of data
	// the UID form of a command is the same. Commands that the state does not allow,
	// and that both refuse, are one: "not-allowed".
	Command string
	State   model.Phase
	Step    int
	Verdict Label
}

// Key names the class of the difference, the same at any length of the trace.
func (d Difference) Key() string { return d.Kind + "/" + d.Command + "/" + d.State.String() }

const notAllowed = "not-allowed"

// identity is the key and what the model says: what both servers may do in the one
// place must not hide what is wrong in another.
func (d Difference) identity() string {
	kind := d.Kind
	if strings.HasPrefix(kind, "data-SEARCH-") {
		kind = "data-SEARCH" // which search key it is may show only when the others are gone
	}
	id := kind + "/" + d.Command + "/" + d.State.String()
	if id += " " + d.Verdict.Judgement.String(); d.Verdict.Violation != nil {
		id += " " + d.Verdict.side() + " " + family(*d.Verdict.Violation)
	}
	return id
}

// comparison is how the answers of two servers to a trace compare.
type comparison struct {
	differences []Difference // in the order of the steps
	// parted is the step from which on the two are in different states, so that
	// what follows is a consequence; -1 for none. The step itself is the cause, so
	// that the trace can go on without it, if alone.
	parted int
	alone  bool
	// compared and passed are the steps that were compared, and those that say
	// nothing: the two had not been told the same before.
	compared, passed int
}

// comparer goes through the runs of a trace on two servers.
type comparer struct {
	comparison
	level model.Level // violations below it are none
	from  int         // the first step that counts
	// wake are the topics in which the two stores are known to differ already.
	wake map[string]bool
}

// compare compares two runs of a trace, step by step. What comes before the step
// from does not count: it was compared before.
func compare(a, b []*moment, level model.Level, from int) comparison {
	c := comparer{level: level, from: from, wake: map[string]bool{}}
	c.parted = -1
	for i := range a {
		if c.step(i, a[i], b[i]); c.parted >= 0 {
			break
		}
	}
	return c.comparison
}

func (c *comparer) part(step int, alone bool) { c.parted, c.alone = step, alone }

func (c *comparer) step(i int, a, b *moment) {
	switch {
	case a == nil && b == nil:
		return
	case a == nil || b == nil: // one turned the connection away
		c.part(i, false)
		return
	case a.phase != b.phase:
		c.part(i, false)
		return
	case adrift(a, b):
		if i >= c.from {
			c.passed++
		}
		_, copies := a.cmd.(model.Copy)
		if a.End != b.End || a.Outcome != b.Outcome && changes(a.cmd, max(a.size, b.size), a.Outcome, b.Outcome) || copies && a.Outcome == model.OK {
			c.part(i, true)
		}
		return
	case !comparable(a, b):
		if i >= c.from {
			c.passed++
		}
		if a.End != b.End || changes(a.cmd, max(a.size, b.size), model.OK, model.OK) {
			c.part(i, true)
		}
		return
	}
	if i >= c.from {
		c.compared++
	}
	switch {
	case a.End != b.End:
		c.add(i, ending(a.End, b.End), nil, a, b)
		c.part(i, true)
	case a.Outcome != b.Outcome:
		c.add(i, "outcome-"+outcome(a.Outcome)+"-"+outcome(b.Outcome), nil, a, b)
		if changes(a.cmd, max(a.size, b.size), a.Outcome, b.Outcome) {
			c.part(i, true)
		}
		if name := a.cmd.Name(); name == "SUBSCRIBE" || name == "UNSUBSCRIBE" {
			c.wake["subscriptions"] = true
		}
	default:
		c.codes(i, a, b)
		c.facts(i, a, b)
	}
}

// adrift reports whether an answer hangs on what is selected, and that is not known:
// the mailbox is gone from under the connection, of which RFC 3501 says nothing, or
// a SELECT was refused as malformed, or accepted although it was.
func adrift(a, b *moment) bool {
	if !a.adrift && !b.adrift {
		return false
	}
	_, malformed := a.cmd.(model.Raw)
	name := a.cmd.Name()
	return a.End != b.End || !malformed && model.Valid(name, model.Selected) && !model.Valid(name, model.Authenticated)
}

// comparable reports whether the two were asked the same: where they have told
// the client of the same messages, or the command does not depend on it.
func comparable(a, b *moment) bool {
	if !a.bound || !b.bound {
		return false
	}
	if a.size == b.size || a.phase != model.Selected {
		return true
	}
	least := uint32(min(a.size, b.size))
	switch c := a.cmd.(type) {
	case model.Search, model.UIDExpunge:
		return false
	case model.Fetch:
		return !c.UID && !c.Set.HasStar() && c.Set.Max(least) <= least
	case model.Store:
		return !c.UID && !c.Set.HasStar() && c.Set.Max(least) <= least
	case model.Copy:
		return !c.UID && !c.Set.HasStar() && c.Set.Max(least) <= least
	case model.Simple:
		return c.Verb != "EXPUNGE"
	}
	return true
}

// ending is the kind of a difference in how the connection was left.
func ending(a, b model.End) string {
	for _, e := range []struct {
		end  model.End
		kind string
	}{{model.Silent, "silent"}, {model.Flooded, "flooded"}, {model.NotTLS, "starttls"}, {model.TLSFailed, "starttls"}} {
		if a == e.end || b == e.end {
			return e.kind
		}
	}
	return "close"
}

func outcome(s model.Status) string {
	if s == model.NoStatus {
		return "none"
	}
	return s.String()
}

// changes reports whether two servers that answered a command so may be in
// different states now. size is that of the view.
func changes(c model.Command, size int, a, b model.Status) bool {
	name := strings.TrimPrefix(c.Name(), "UID ")
	switch name {
	case "CAPABILITY", "NOOP", "CHECK", "LIST", "LSUB", "STATUS", "SEARCH", "X", "NAMESPACE", "ENABLE", "IDLE":
		return false
	case "SUBSCRIBE", "UNSUBSCRIBE": // see topics
		return false
	case "SELECT", "EXAMINE": // a NO deselects
		return true
	}
	if a != model.OK && b != model.OK {
		// A NO may have come in the middle of the work, a BAD before it.
		_, malformed := c.(model.Raw)
		return !malformed && (name == "STORE" || name == "MOVE" || name == "EXPUNGE" || name == "FETCH")
	}
	switch c := c.(type) {
	case model.Fetch:
		_, sees := itemsOf(c)
		return sees && meets(c.UID, c.Set, size)
	case model.Store:
		return meets(c.UID, c.Set, size)
	case model.Copy:
		return meets(c.UID, c.Set, size)
	case model.UIDExpunge:
		return size > 0
	}
	return true
}

// meets reports whether a message of the view may be in the set.
func meets(uid bool, set model.Set, size int) bool {
	if uid {
		return size > 0
	}
	for n := range uint32(size) {
		if set.Contains(n+1, uint32(size)) {
			return true
		}
	}
	return false
}

func (c *comparer) codes(i int, a, b *moment) {
	if _, malformed := a.cmd.(model.Raw); malformed || !model.Valid(a.cmd.Name(), a.phase) {
		return // how a refusal is put
	}
	var apart []string
	for _, code := range slices.Concat(a.Codes, b.Codes) {
		if slices.Contains(a.Codes, code) != slices.Contains(b.Codes, code) {
			apart = append(apart, code)
		}
	}
	slices.Sort(apart)
	for _, code := range apart {
		c.add(i, "code-"+code, nil, a, b)
	}
}

// facts compares the data.
func (c *comparer) facts(i int, a, b *moment) {
	seen, topics := map[string]bool{}, []string{}
	for _, p := range pairs(a.Facts, b.Facts) {
		if p.same() {
			continue
		}
		kind, topic := "data-"+p.kind(a.Facts, b.Facts), topicOf(p)
		if !seen[kind] && !c.wake[topic] {
			seen[kind] = true
			c.add(i, kind, p.fact(), a, b)
		}
		if topic != "" {
			topics = append(topics, topic)
		}
		if p.diverges() {
			c.part(i, false)
		}
	}
	for _, topic := range topics {
		c.wake[topic] = true
	}
}

// pair is what two answers say of the same thing: a or b is nil if one does not
// speak of it.
type pair struct{ a, b *Fact }

// pairs puts the facts of two answers together, in their order.
func pairs(a, b []Fact) []pair {
	var list []pair
	for len(a) > 0 || len(b) > 0 {
		order := 0
		switch {
		case len(a) == 0:
			order = 1
		case len(b) == 0:
			order = -1
		default:
			order = strings.Compare(a[0].Kind+"\x00"+a[0].About, b[0].Kind+"\x00"+b[0].About)
		}
		var p pair
		if order <= 0 {
			p.a, a = &a[0], a[1:]
		}
		if order >= 0 {
			p.b, b = &b[0], b[1:]
		}
		list = append(list, p)
	}
	return list
}

func (p pair) fact() *Fact {
	if p.a != nil {
		return p.a
	}
	return p.b
}

func (p pair) same() bool {
	switch {
	case p.a == nil || p.b == nil: // that no flags were shown is no matter of \Recent
		return p.fact().Optional || p.fact().Kind == "RECENT" && strings.HasSuffix(p.fact().About, " FLAGS")
	case p.a.Unknown || p.b.Unknown:
		return true
	}
	return p.a.Value == p.b.Value
}

// kind is what the two differ in.
func (p pair) kind(a, b []Fact) string {
	f := p.fact()
	switch {
	case p.a != nil && p.b != nil && (f.Kind == "LIST" || f.Kind == "LSUB"):
		return f.Kind + "-attributes"
	case p.a != nil && p.b != nil || !strings.HasPrefix(f.Kind, "FETCH-"):
		return f.Kind
	}
	other := b
	if p.a == nil {
		other = a
	}
	number, _, _ := strings.Cut(f.About, " ")
	if !slices.ContainsFunc(other, func(g Fact) bool { return strings.HasPrefix(g.About, number+" ") }) {
		return "FETCH" // the whole message is missing
	}
	return f.Kind
}

// topicOf is what of the stores is known to differ by a pair, so that it will show
// again; "" for what is a matter of this answer alone.
func topicOf(p pair) string {
	switch f := p.fact(); {
	case f.Kind == "FETCH-FLAGS", f.Kind == "STATUS-UNSEEN", strings.HasPrefix(f.Kind, "SEARCH"):
		return "flags"
	case f.Kind == "LSUB":
		return "subscriptions"
	case f.Kind == "RECENT":
		return "recent"
	}
	return ""
}

// diverges reports whether the stores, or the views, hold different mailboxes or
// messages.
func (p pair) diverges() bool {
	switch f := p.fact(); f.Kind {
	case "EXISTS", "EXPUNGE", "STATUS-MESSAGES":
		return true
	case "LIST": // whether a level of hierarchy is shown that is no mailbox is another matter
		return p.a.selectable() != p.b.selectable()
	}
	return false
}

// selectable reports whether a LIST response is that of a mailbox.
func (f *Fact) selectable() bool { return f != nil && !strings.Contains(f.Value, `\noselect`) }

// add notes a difference at step i; f is one of the facts that differ, if it is in
// the data.
func (c *comparer) add(i int, kind string, f *Fact, a, b *moment) {
	d := Difference{Kind: kind, Command: a.cmd.Name(), State: a.phase, Step: i}
	if raw, ok := a.cmd.(model.Raw); ok {
		d.Command = "malformed:" + raw.Flaw()
	} else if !model.Valid(d.Command, a.phase) && a.Outcome != model.OK && b.Outcome != model.OK {
		d.Command = notAllowed
	}
	if strings.HasPrefix(kind, "data-") {
		d.Command = strings.TrimPrefix(d.Command, "UID ")
	}
	if d.State == model.Selected && (model.Valid(d.Command, model.Authenticated) || d.Command == notAllowed || strings.HasPrefix(d.Command, "malformed:")) {
		d.State = model.Authenticated
	}
	if d.Verdict = labelOf(d, f, a, b, c.level); i >= c.from {
		c.differences = append(c.differences, d)
	}
}
