package concurrent

import (
	"slices"

	"github.com/imapcheck/imapcheck/model"
)

// account is the evidence of a transcript, taken apart.
type account struct {
	m         model.Machine
	exchanges []*model.Exchange
	before    map[*model.Exchange]session  // what its connection had been told
	gone      map[*model.Exchange][]uint32 // the messages that it says are expunged
	alone     map[*model.Exchange]bool     // no other connection was open
}

func newAccount(m model.Machine, t *model.Transcript) *account {
	a := &account{m: m, before: map[*model.Exchange]session{}, gone: map[*model.Exchange][]uint32{}, alone: map[*model.Exchange]bool{}}
	sessions := map[int]*session{}
	for i := range t.Exchanges {
		x := &t.Exchanges[i]
		s := sessions[x.Conn]
		if s == nil || x.Cmd == nil {
			s = &session{}
			sessions[x.Conn] = s
		}
		if x.Cmd == nil {
			continue
		}
		a.exchanges = append(a.exchanges, x)
		was := *s
		was.uids, was.perm = slices.Clone(s.uids), slices.Clone(s.perm)
		a.before[x] = was
		s.told(x, func(uid uint32) { a.gone[x] = append(a.gone[x], uid) })
	}
	a.lonely(t)
	return a
}

// lonely finds the exchanges of connections that were alone from their greeting on.
func (a *account) lonely(t *model.Transcript) {
	type life struct {
		conn, from, to int // in steps; to is neverEnded if it did not log out
	}
	var lives []life
	of := func(conn int) *life {
		for i := len(lives) - 1; i >= 0; i-- {
			if lives[i].conn == conn {
				return &lives[i]
			}
		}
		return nil
	}
	for i := range t.Exchanges {
		x := &t.Exchanges[i]
		switch l := of(x.Conn); {
		case x.Cmd == nil || l == nil:
			lives = append(lives, life{x.Conn, x.Step, neverEnded})
		case x.Cmd.Name() == "LOGOUT" && x.Outcome() == model.OK:
			l.to = x.Returned()
		}
	}
	for _, x := range a.exchanges {
		mine := 0
		for i := range lives {
			if lives[i].conn == x.Conn && lives[i].from <= x.Step {
				mine = i
			}
		}
		a.alone[x] = !slices.ContainsFunc(lives, func(o life) bool {
			return o != lives[mine] && o.to > lives[mine].from && o.from < x.Returned()
		})
	}
}

// understood reports whether all that the commands did can be told from them. Of one
// that was malformed it cannot.
func (a *account) understood() bool {
	for _, x := range a.exchanges {
		switch x.Cmd.(type) {
		case model.Raw, model.Experimental:
			return false
		}
		if x.Sent != "" {
			return false
		}
	}
	return true
}

// boxes are the mailboxes whose messages can be judged: those that a session that was
// alone has read, and that no command has taken from under their name.
func (a *account) boxes() []string {
	var list []string
	for _, x := range a.exchanges {
		if name := a.before[x].box; name != "" && a.reads(x) && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	validity := map[string]uint32{}
	unsure := map[string]bool{}
	for _, x := range a.exchanges {
		switch c := x.Cmd.(type) {
		case model.Mailbox:
			if c.Verb == "DELETE" && x.Outcome() != model.BAD {
				unsure[box(c.Box.S)] = true
			}
		case model.Rename:
			unsure[box(c.From.S)], unsure[box(c.To.S)] = true, true
		}
		s := a.before[x]
		if s.box == "" {
			continue
		}
		if was := validity[s.box]; was != 0 && s.validity != was || s.validity == 0 || s.lost && a.alone[x] {
			unsure[s.box] = true
		}
		validity[s.box] = s.validity
	}
	for _, name := range list {
		unsure[name] = unsure[name] || a.renumbered(name)
	}
	return slices.DeleteFunc(list, func(name string) bool { return unsure[name] })
}

// renumbered reports whether a number is not that of the same message in two readings, by
// its size: that is another matter, and what was ordered cannot be told then.
func (a *account) renumbered(name string) bool {
	sizes := map[uint32]uint32{}
	for _, x := range a.exchanges {
		if a.before[x].box != name || !a.reads(x) {
			continue
		}
		here := map[uint32]bool{}
		for _, r := range x.Reply.Responses {
			uid, size := sized(r)
			if was, seen := sizes[uid]; seen && was != size && !here[uid] {
				return true
			}
			sizes[uid], here[uid] = size, true
		}
	}
	return false
}

// reads reports whether an exchange shows the messages of the selected mailbox and
// their flags, all of them, as they are kept.
func (a *account) reads(x *model.Exchange) bool {
	c, ok := x.Cmd.(model.Fetch)
	s := a.before[x]
	if !ok || x.Outcome() != model.OK || !a.alone[x] || s.lost || !slices.Contains(c.Items, "FLAGS") ||
		c.Set.String() != "1:*" || len(a.gone[x]) > 0 {
		return false
	}
	seen := map[uint32]bool{}
	for _, r := range x.Reply.Responses {
		switch d := r.Data.(type) {
		case model.Exists:
			if int(d.N) != len(s.uids) {
				return false
			}
		case model.FetchData:
			if _, _, whole := shown(d); !whole || d.N < 1 || int(d.N) > len(s.uids) {
				return false
			}
			seen[d.N] = true
		}
		if r.Syntax != nil {
			return false
		}
	}
	return len(seen) == len(s.uids)
}

// shown are the unique identifier and the flags that a response has.
func shown(d model.FetchData) (uid uint32, flags model.Flags, whole bool) {
	has := 0
	for i := range d.Atts {
		switch a := &d.Atts[i]; a.Name {
		case "UID":
			uid, has = a.Num, has|1
		case "FLAGS":
			flags, has = model.NewFlags(a.Flags), has|2
		}
	}
	return uid, flags, has == 3
}

// sized are the unique identifier and the size that a response has.
func sized(r model.Response) (uid, size uint32) {
	if d, ok := r.Data.(model.FetchData); ok {
		for i := range d.Atts {
			switch a := &d.Atts[i]; a.Name {
			case "UID":
				uid = a.Num
			case "RFC822.SIZE":
				size = a.Num
			}
		}
	}
	return uid, size
}

// messages are what a reading has shown, by unique identifiers.
func messages(x *model.Exchange) map[uint32]model.Flags {
	list := map[uint32]model.Flags{}
	for _, r := range x.Reply.Responses {
		if d, ok := r.Data.(model.FetchData); ok {
			uid, flags, _ := shown(d)
			list[uid] = flags
		}
	}
	return list
}

// parts are all that can be judged, in a fixed order: what is wrong with an earlier one
// of a mailbox may be why a later one is.
func (a *account) parts() []*part {
	if !a.understood() {
		return nil
	}
	var list []*part
	boxes := a.boxes()
	for _, name := range boxes {
		for _, p := range a.mailbox(name) {
			p.boxes = []string{name}
			list = append(list, p)
		}
	}
	list = append(list, a.conserved(boxes)...)
	return append(append(list, a.names()...), a.subscriptions()...)
}
