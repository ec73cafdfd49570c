package fuzz

import (
	"slices"
	"strings"
	"time"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
)

// moment is one step of a run, with what the model knew at the time.
type moment struct {
	cmd   model.Command // as sent, and spelled
	phase model.Phase   // before
	size  int           // of the view before, by the server's own count
	Answer
	// known says that the model knew the state that the command met, and stays that
	// it knew the state behind it, too.
	known, stays bool
	// bound says that the unique identifiers of the command were those of the
	// messages that it means, and not a guess.
	bound  bool
	adrift bool              // which mailbox the connection had selected was not known, or it was gone
	bye    bool              // the server has said BYE
	held   []held            // the messages of the view before, as far as known
	broken []model.Violation // of this step
	before []model.Violation // of the steps before
}

// held is what the model knew of a message.
type held struct {
	body  string // the octets, "" if they are not known
	vague bool   // the flags are not
}

// follow goes through a run with the model and notes each step that was executed,
// by its number in the trace.
func follow(m model.Machine, t model.Trace, r Result, uidPlus bool) []*moment {
	f := follower{m: m, state: m.Init(t.Fixture), uids: map[int][]uint32{}, uidPlus: uidPlus, keywords: keywordsOf(t)}
	moments := make([]*moment, len(t.Steps))
	for i := range r.Transcript.Exchanges {
		x := &r.Transcript.Exchanges[i]
		if x.Cmd == nil || logsIn(x) {
			f.learn(x)
			continue
		}
		mo := f.step(x, t.Steps[x.Step].Cmd)
		if i := x.Step; r.Crash != "" {
			mo.broken = violationsAt(r.Violations, i) // which tell of the crash
		}
		moments[x.Step] = mo
	}
	return moments
}

func violationsAt(list []model.Violation, step int) (at []model.Violation) {
	for _, v := range list {
		if v.Step == step {
			at = append(at, v)
		}
	}
	return at
}

type follower struct {
	m        model.Machine
	state    model.State
	verdict  properties.Verdict
	uids     map[int][]uint32 // of the view of each connection, 0 for one not told
	uidPlus  bool
	keywords []string
}

// learn takes over an exchange and returns the rules that it breaks.
func (f *follower) learn(x *model.Exchange) []model.Violation {
	n := len(f.verdict.Violations)
	f.state = f.verdict.Next(f.m, f.state, *x)
	return f.verdict.Violations[n:]
}

// step takes over the exchange of a step. symbolic is its command in the trace.
func (f *follower) step(x *model.Exchange, symbolic model.Command) *moment {
	before := f.uids[x.Conn]
	mo := &moment{
		cmd: spelled(x.Cmd), phase: f.state.Phase(x.Conn), size: len(before), before: f.verdict.Violations,
		known: sure(&f.state, x.Conn) && f.namesKnown(x.Cmd),
	}
	if x.Conn < len(f.state.Conns) {
		c := &f.state.Conns[x.Conn]
		mo.adrift = c.Unsure || c.Lost || c.Astray || c.View != nil && c.View.Orphan
	}
	mo.bye = slices.ContainsFunc(x.Reply.Responses, isBye)
	c := Context{Delim: f.m.Profile.Delim, UIDPlus: f.uidPlus, Keywords: f.keywords, Dates: f.dates(x.Conn)}
	switch mo.cmd.(type) {
	case model.Fetch, model.Store:
		mo.held = f.held(x.Conn)
	}
	mo.broken = f.learn(x)
	mo.stays = mo.known && sure(&f.state, x.Conn)
	after := numbered(before, x, mo.cmd)
	if c.UIDs = after; len(after) < len(before) { // the numbers were others
		c.UIDs = before
	}
	mo.bound = boundAs(symbolic, x.Cmd, func(n, uid uint32) bool {
		if k := int(n); k <= len(before) {
			return before[k-1] == uid || c.UIDs[k-1] == uid // a guess, which was right
		}
		return len(before) == 0 || before[len(before)-1] != 0
	})
	if f.uids[x.Conn] = after; f.state.Phase(x.Conn) != model.Selected {
		f.uids[x.Conn] = nil
	}
	mo.Answer = Normalize(x, c)
	return mo
}

// view is that of a connection, nil if it has none.
func (f *follower) view(conn int) *model.View {
	if conn < len(f.state.Conns) {
		return f.state.Conns[conn].View
	}
	return nil
}

// dates are the internal dates of the messages of the view, as far as known.
func (f *follower) dates(conn int) []time.Time {
	v := f.view(conn)
	if v == nil || v.Vague {
		return nil
	}
	dates := make([]time.Time, len(v.Msgs))
	for i, m := range v.Msgs {
		if m.DateBy.Rule != nil {
			dates[i] = m.Date
		}
	}
	return dates
}

// held are the messages of the view.
func (f *follower) held(conn int) []held {
	v := f.view(conn)
	if v == nil || v.Vague {
		return nil
	}
	list := make([]held, len(v.Msgs))
	for i, m := range v.Msgs {
		if list[i].vague = m.Flags.Vague; !m.NoBody {
			list[i].body = m.Body
		}
	}
	return list
}

// numbered is the view behind an exchange, as unique identifiers by number. The
// server tells itself how many messages there are: that the model has lost sight
// of which they are does not matter here.
func numbered(uids []uint32, x *model.Exchange, cmd model.Command) []uint32 {
	uids = slices.Clone(uids)
	if name := cmd.Name(); x.Outcome() == model.OK && (name == "SELECT" || name == "EXAMINE") {
		uids = nil
	}
	const most = 10000 // messages: a server may say anything
	for i := range x.Reply.Responses {
		switch d := x.Reply.Responses[i].Data.(type) {
		case model.Exists:
			n := int(min(d.N, most))
			uids = append(uids[:min(n, len(uids))], make([]uint32, max(0, n-len(uids)))...)
		case model.Expunge:
			if k := int(d.N); k >= 1 && k <= len(uids) {
				uids = slices.Delete(uids, k-1, k)
			}
		case model.FetchData:
			for _, a := range d.Atts {
				if k := int(d.N); a.Name == "UID" && k >= 1 && k <= len(uids) {
					uids[k-1] = a.Num
				}
			}
		}
	}
	return uids
}

// sure reports whether the model knows the state of the connection, and of the
// store as far as the connection shows it.
func sure(s *model.State, conn int) bool {
	if s.Vague || conn >= len(s.Conns) {
		return !s.Vague
	}
	c := &s.Conns[conn]
	if c.Lost || c.Astray || c.Unsure {
		return false
	}
	v := c.View
	return v == nil || !v.Vague && !v.Orphan && !v.Shared && !v.Box.Vague
}

// namesKnown reports whether it is known of the mailboxes that a command names
// whether they exist, and what they hold.
func (f *follower) namesKnown(c model.Command) bool {
	return !slices.ContainsFunc(model.BoxNames(spelled(c)), func(name string) bool {
		n := f.state.Names[model.FoldInbox(strings.TrimSuffix(name, f.m.Profile.Delim))]
		return n != nil && (n.Exists == model.Maybe || n.Box != nil && n.Box.Vague)
	})
}

// keywordsOf are the keywords of the trace's commands, in lower case.
func keywordsOf(t model.Trace) []string {
	var list []string
	for _, st := range t.Steps {
		var flags []string
		switch c := spelled(st.Cmd).(type) {
		case model.Store:
			flags = c.Flags
		case model.Append:
			flags = c.Flags
		}
		for _, f := range flags {
			if f = strings.ToLower(f); !strings.HasPrefix(f, `\`) && !slices.Contains(list, f) {
				list = append(list, f)
			}
		}
	}
	return list
}

// boundAs reports whether right holds for every message number of a command and
// the unique identifier that it was bound to. One that the trace has itself stands for
// the message of that number, but where it means all messages, or none.
func boundAs(symbolic, sent model.Command, right func(n, uid uint32) bool) bool {
	const none = 1000
	from, to := setsOf(symbolic), setsOf(sent)
	for i := range min(len(from), len(to)) {
		for k := range min(len(from[i]), len(to[i])) {
			f, t := from[i][k], to[i][k]
			ok := func(f, t model.Num) bool { return f == model.Star || !f.Symb && f.N >= none || right(f.N, t.N) }
			switch {
			case !f.Single && !f.From.Symb && f.From.N == 1 && f.To == model.Star:
			case !ok(f.From, t.From), !f.Single && !ok(f.To, t.To):
				return false
			}
		}
	}
	return true
}

// setsOf are the sets of a command that have unique identifiers.
func setsOf(c model.Command) []model.Set {
	uid, set := false, model.Set(nil)
	switch c := spelled(c).(type) {
	case model.Fetch:
		uid, set = c.UID, c.Set
	case model.Store:
		uid, set = c.UID, c.Set
	case model.Copy:
		uid, set = c.UID, c.Set
	case model.UIDExpunge:
		uid, set = true, c.Set
	case model.Search:
		return setsOfKeys(c.Keys)
	}
	if !uid {
		return nil
	}
	return []model.Set{set}
}

func setsOfKeys(keys []model.SearchKey) []model.Set {
	var sets []model.Set
	for _, k := range keys {
		if k.Key == "UID" {
			sets = append(sets, k.Set)
		}
		sets = append(sets, setsOfKeys(k.Keys)...)
	}
	return sets
}
