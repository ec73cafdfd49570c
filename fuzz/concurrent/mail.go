package concurrent

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// What may be the case of a message: it was not added yet; it has \Deleted or not, and
// then which connection has set it; it is gone.
const (
	unborn  uint64 = 1
	kept    uint64 = 2
	firstBy        = 2 // the bit of connection 0
	gone    uint64 = 1 << 63
)

// mostConns bounds the connections whose \Deleted are told apart.
const mostConns = 16

const (
	deleted uint64 = (1<<mostConns - 1) << firstBy
	alive          = kept | deleted
)

var messageStates = func() []string {
	names := make([]string, 64)
	names[0], names[1], names[63] = "not added", "there", "gone"
	for c := range mostConns {
		names[firstBy+c] = fmt.Sprintf(`there, \Deleted by %d`, c)
	}
	return names
}()

// What may be the case of a flag, a name, a subscription.
const (
	no  uint64 = 1
	yes uint64 = 2
)

// expunger is the set of an exchange that removes messages; ok says that it is one. A
// CLOSE and an EXPUNGE are of all.
func expunger(x *model.Exchange) (set model.Set, ok bool) {
	switch c := x.Cmd.(type) {
	case model.Simple:
		return nil, c.Verb == "EXPUNGE" || c.Verb == "CLOSE"
	case model.UIDExpunge:
		return c.Set, true
	}
	return nil, false
}

// mailbox are the parts of a mailbox.
func (a *account) mailbox(name string) []*part {
	var readings []*model.Exchange
	uids := map[uint32]bool{}
	for _, x := range a.exchanges {
		if a.before[x].box == name && a.reads(x) {
			readings = append(readings, x)
			for uid := range messages(x) {
				uids[uid] = true
			}
		}
		for _, uid := range a.assigned(x, name) {
			uids[uid] = true
		}
	}
	sorted := slices.Sorted(maps.Keys(uids))
	if len(sorted) > mostMessages {
		return nil
	}
	list := []*part{a.numbers(name, readings)}
	for _, uid := range sorted {
		list = append(list, a.message(name, uid, readings))
	}
	if p := a.count(name, readings); p != nil {
		list = append(list, p)
	}
	for _, uid := range sorted {
		list = append(list, a.flags(name, uid, readings)...)
	}
	return list
}

// assigned are the unique identifiers that an APPENDUID or COPYUID code says messages
// have got in a mailbox.
func (a *account) assigned(x *model.Exchange, name string) []uint32 {
	code := added(x)
	if code == nil || x.Outcome() != model.OK || receiver(x) != name {
		return nil
	}
	for _, o := range a.exchanges {
		if s := a.before[o]; s.box == name && s.validity != code.Num {
			return nil
		}
	}
	return numbers(code.Sets[len(code.Sets)-1])
}

// added is the code that tells of what a command has added; nil if there is none, or
// more than one. A MOVE may have it in an untagged OK (RFC 6851 section 4.3).
func added(x *model.Exchange) (code *model.Code) {
	for _, r := range x.Reply.Responses {
		c := r.Code
		if c == nil || r.Syntax != nil || r.Status != model.OK || r.Tag != x.Tag && !moves(x) {
			continue
		}
		if n := len(c.Sets); c.Name == "APPENDUID" && n == 1 || c.Name == "COPYUID" && n == 2 {
			if code != nil {
				return nil
			}
			code = c
		}
	}
	return code
}

// numbers are those of a set, in ascending order; nil if there are too many.
func numbers(set model.Set) []uint32 {
	var list []uint32
	for _, r := range set {
		lo, hi := r.From.N, r.From.N
		if !r.Single {
			lo, hi = min(lo, r.To.N), max(lo, r.To.N)
		}
		if lo == 0 || hi-lo > mostMessages {
			return nil
		}
		for n := lo; n <= hi; n++ {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// receiver is the mailbox that an APPEND, COPY or MOVE adds to, "" for none.
func receiver(x *model.Exchange) string {
	switch c := x.Cmd.(type) {
	case model.Append:
		return box(c.Box.S)
	case model.Copy:
		return box(c.Box.S)
	}
	return ""
}

// numbers are the unique identifiers that a mailbox gives out; the state is the largest.
func (a *account) numbers(name string, readings []*model.Exchange) *part {
	p := &part{rule: model.RuleOrderUIDs, what: "unique identifiers of " + name, begin: 1}
	for _, x := range a.exchanges {
		for _, uid := range a.assigned(x, name) {
			p.add(x, true, fmt.Sprintf("%s gives UID %d", x.Cmd.Name(), uid), func(s uint64) uint64 {
				if uint64(uid)+1 > s {
					return uint64(uid) + 1
				}
				return 0
			})
		}
	}
	for _, x := range readings {
		top := uint64(0)
		for uid := range messages(x) {
			top = max(top, uint64(uid))
		}
		p.add(x, false, fmt.Sprintf("FETCH shows UIDs up to %d", top), func(s uint64) uint64 { return max(s, top+1) })
	}
	return p
}

// message is whether a message is there.
func (a *account) message(name string, uid uint32, readings []*model.Exchange) *part {
	p := &part{rule: model.RuleOrderMessages, what: fmt.Sprintf("the message with UID %d in %s", uid, name),
		begin: unborn | alive | gone, names: messageStates}
	permanent := a.permanent(name, `\deleted`)
	_, old := messages(readings[0])[uid]
	var marks []*model.Exchange // what may have set \Deleted
	for _, x := range a.exchanges {
		if receiver(x) == name && x.Outcome() != model.BAD && (!old || x.Step < readings[0].Step) {
			if a.born(p, x, name, uid) {
				marks = append(marks, x)
			}
		}
		c, ok := x.Cmd.(model.Store)
		if s := a.before[x]; ok && s.box == name {
			if to := stored(c, `\deleted`); to != 0 && p.marked(x, s, c, uid, to, permanent) && to == yes {
				marks = append(marks, x)
			}
		}
	}
	for _, x := range a.exchanges {
		s := a.before[x]
		if set, ok := expunger(x); ok && s.box == name && x.Outcome() != model.BAD {
			p.expunged(x, s, set, uid, slices.ContainsFunc(marks, func(o *model.Exchange) bool { return o.Step < x.Returned() }))
		}
		if c, ok := x.Cmd.(model.Copy); ok && c.Move && s.box == name && x.Outcome() != model.BAD {
			p.moved(x, s, c, uid)
		}
		if s.box == name && slices.Contains(a.gone[x], uid) {
			p.add(x, false, fmt.Sprintf("%s tells that it is expunged", x.Cmd.Name()), only(gone))
		}
	}
	for _, x := range readings {
		flags, there := messages(x)[uid]
		switch {
		case !there:
			p.add(x, false, "FETCH does not show it", only(unborn|gone))
		case !permanent:
			p.add(x, false, "FETCH shows it", only(alive))
		case flags.Has(`\deleted`) == model.Yes:
			p.add(x, false, `FETCH shows it with \Deleted`, only(deleted))
		default:
			p.add(x, false, `FETCH shows it without \Deleted`, only(kept))
		}
	}
	return p
}

// born adds an APPEND or COPY, and reports whether it may have added the message with
// \Deleted. Without a code that says which it has added, it may be any.
func (a *account) born(p *part, x *model.Exchange, name string, uid uint32) bool {
	becomes := alive // a copy has the flags of the original
	if c, ok := x.Cmd.(model.Append); ok && !slices.ContainsFunc(c.Flags, func(f string) bool { return strings.EqualFold(f, `\Deleted`) }) {
		becomes = kept
	}
	told := a.assigned(x, name)
	switch {
	case slices.Contains(told, uid):
		step := func(s uint64) uint64 {
			if s&(unborn|alive) == 0 {
				return 0
			}
			return becomes
		}
		if _, copies := x.Cmd.(model.Copy); copies && a.removable(a.before[x].box) {
			step = maybe(step) // what is copied may be gone already (RFC 2180 section 4.4)
		}
		p.add(x, true, x.Cmd.Name()+" adds it", step)
	case len(told) > 0:
		return false
	default:
		p.add(x, true, x.Cmd.Name()+" may add it", maybe(where(unborn, becomes)))
	}
	return becomes == alive
}

// marked adds a STORE that sets or clears \Deleted, and reports whether it may have.
func (p *part) marked(x *model.Exchange, s session, c model.Store, uid uint32, to uint64, permanent bool) bool {
	becomes, sign := kept, "clears"
	if to == yes {
		becomes, sign = deleted, "sets"
		if x.Conn < mostConns {
			becomes = 1 << (firstBy + x.Conn)
		}
	}
	step := where(alive, becomes)
	switch hit := s.reaches(c.Set, c.UID, uid); {
	case hit == never || x.Outcome() == model.BAD:
		return false
	case hit == perhaps || !permanent || x.Outcome() != model.OK:
		step = maybe(step)
	}
	p.add(x, true, fmt.Sprintf(`%s %s \Deleted: %s`, x.Cmd.Name(), sign, outcome(x)), step)
	return true
}

// expunged adds an EXPUNGE. It has to remove the message if its own connection was the last
// to set \Deleted. It may have removed it if any has set it before: what another has
// cleared since it need not have seen.
func (p *part) expunged(x *model.Exchange, s session, set model.Set, uid uint32, marked bool) {
	hit := surely
	if set != nil {
		hit = s.reaches(set, true, uid)
	}
	if hit == never || s.readOnly && !marked {
		return
	}
	mine := uint64(0)
	if x.Conn < mostConns && hit == surely && !s.readOnly && !s.lost && slices.Contains(s.uids, uid) && x.Outcome() == model.OK {
		mine = 1 << (firstBy + x.Conn)
	}
	p.add(x, true, fmt.Sprintf("%s: %s", x.Cmd.Name(), outcome(x)), func(now uint64) uint64 {
		then := now &^ mine
		if now&deleted != 0 || marked && now&kept != 0 {
			then |= gone
		}
		return then
	})
}

// count is how many messages a mailbox has got that the first reading did not have; the
// state has a bit for each number. It is nil where they may have been removed, or are many.
func (a *account) count(name string, readings []*model.Exchange) *part {
	if len(readings) < 2 {
		return nil
	}
	p := &part{rule: model.RuleOrderCount, what: "the new messages of " + name, begin: 1, names: counts}
	old := messages(readings[0])
	least := 0
	for _, x := range a.exchanges {
		if a.removes(x, name) {
			return nil
		}
		if receiver(x) != name || x.Step < readings[0].Step || x.Outcome() == model.BAD {
			continue
		}
		lo, hi, ok := a.adds(x)
		if least += hi; !ok || least >= len(counts) {
			return nil
		}
		p.add(x, true, fmt.Sprintf("%s %s: %s", x.Cmd.Name(), name, outcome(x)), between(lo, hi))
	}
	for _, x := range readings {
		n := 0
		for uid := range messages(x) {
			if _, there := old[uid]; !there {
				n++
			}
		}
		if n >= len(counts) {
			return nil
		}
		p.add(x, false, fmt.Sprintf("FETCH shows %d", n), only(1<<n))
	}
	return p
}

var counts = func() []string {
	names := make([]string, 60)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	return names
}()

// adds is how many messages an APPEND, COPY or MOVE adds.
func (a *account) adds(x *model.Exchange) (lo, hi int, ok bool) {
	c, copies := x.Cmd.(model.Copy)
	if !copies {
		if x.Outcome() != model.OK || x.Cmd.(model.Append).Message == "" { // none may be an extension's
			return 0, 1, true
		}
		return 1, 1, true
	}
	s := a.before[x]
	if s.box == "" || s.lost {
		return 0, 0, false
	}
	for _, uid := range s.uids {
		hit := perhaps
		if uid != 0 {
			hit = s.reaches(c.Set, c.UID, uid)
		}
		if hit == never {
			continue
		}
		if hi++; hit == surely && x.Outcome() == model.OK && !a.removable(s.box) {
			lo++
		}
	}
	hi *= len(c.Set)                                                    // a message that is named twice may be copied twice
	if c.UID || c.Set.HasStar() || c.Set.Max(0) > uint32(len(s.uids)) { // there may be some that it was not told of
		for _, o := range a.exchanges {
			if receiver(o) == s.box {
				return 0, 0, false
			}
		}
	}
	return lo, hi, true
}

// removable reports whether messages of a mailbox may have been expunged.
func (a *account) removable(name string) bool {
	return slices.ContainsFunc(a.exchanges, func(x *model.Exchange) bool {
		return a.removes(x, name) || a.before[x].box == name && len(a.gone[x]) > 0
	})
}

// removes reports whether a command may remove messages of a mailbox.
func (a *account) removes(x *model.Exchange, name string) bool {
	_, ok := expunger(x)
	return (ok || moves(x)) && a.before[x].box == name && x.Outcome() != model.BAD
}

// permanent reports whether a flag outlives the sessions, by what all were told.
func (a *account) permanent(name, flag string) bool {
	for _, x := range a.exchanges {
		if s := a.before[x]; s.box == name && !s.readOnly && !s.permanent(flag) {
			return false
		}
	}
	return true
}

// systemFlags are those that are judged apart; \Deleted is that of the message.
var systemFlags = []string{`\answered`, `\draft`, `\flagged`, `\seen`}

// flags are the flags of a message.
func (a *account) flags(name string, uid uint32, readings []*model.Exchange) []*part {
	var list []*part
	for _, flag := range systemFlags {
		if !a.permanent(name, flag) {
			continue
		}
		p := &part{rule: model.RuleOrderFlags, what: fmt.Sprintf(`%s of the message with UID %d in %s`, flag, uid, name),
			begin: no | yes, names: []string{"clear", "set"}}
		for _, x := range a.exchanges {
			s := a.before[x]
			if s.box != name || x.Outcome() == model.BAD {
				continue
			}
			switch c := x.Cmd.(type) {
			case model.Store:
				becomes := stored(c, flag)
				hit := s.reaches(c.Set, c.UID, uid)
				if becomes == 0 || hit == never {
					continue
				}
				step := done(x, to(becomes))
				if hit == perhaps || s.readOnly {
					step = maybe(step)
				}
				p.add(x, true, fmt.Sprintf("%s %c%s: %s", c.Name(), sign(c), strings.Join(c.Flags, " "), outcome(x)), step)
			case model.Fetch:
				if flag == `\seen` && s.reaches(c.Set, c.UID, uid) != never && slices.ContainsFunc(c.Items, sees) {
					p.add(x, true, c.Name()+" sets it", maybe(to(yes)))
				}
			}
		}
		for _, x := range readings {
			if flags, there := messages(x)[uid]; there && flags.Has(flag) == model.Yes {
				p.add(x, false, "FETCH shows it set", only(yes))
			} else if there {
				p.add(x, false, "FETCH shows it clear", only(no))
			}
		}
		list = append(list, p)
	}
	return list
}

// sees reports whether an item of FETCH may set \Seen (section 6.4.5).
func sees(item string) bool {
	return strings.HasPrefix(item, "BODY[") || strings.HasPrefix(item, "BINARY[") || item == "RFC822" || item == "RFC822.TEXT"
}

// stored is what a STORE makes of a flag: 0 if it leaves it alone.
func stored(c model.Store, flag string) uint64 {
	named := slices.ContainsFunc(c.Flags, func(f string) bool { return strings.EqualFold(f, flag) })
	switch {
	case c.Op == '-' && named:
		return no
	case c.Op == '-' || c.Op == '+' && !named:
		return 0
	case named:
		return yes
	}
	return no
}

func sign(c model.Store) rune {
	if c.Op == 0 {
		return '='
	}
	return rune(c.Op)
}

// outcome is how a command was completed, in a word.
func outcome(x *model.Exchange) string {
	if s := x.Outcome(); s != model.NoStatus {
		return s.String()
	}
	return "no completion"
}
