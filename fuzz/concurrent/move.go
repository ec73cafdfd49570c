package concurrent

import (
	"context"
	"fmt"
	"slices"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
)

// suited is the machine that programs are made for. A server whose MOVE is wrong by itself
// gets none: all that comes of it would be found again.
func suited(ctx context.Context, d *fuzz.Driver) (model.Machine, error) {
	m := d.Machine
	if !m.Profile.Has("MOVE") {
		return m, nil
	}
	g := &generator{m: m}
	g.login(0)
	box := model.A("box")
	g.send(0, named("CREATE", "box"), named("SELECT", "INBOX"), readAll(), model.Copy{Set: g.one(2, false), Box: box, Move: true},
		model.Simple{Verb: "NOOP"}, model.Copy{UID: true, Set: g.one(1, true), Box: box, Move: true}, model.Simple{Verb: "NOOP"}, readAll())
	t := model.Trace{Fixture: model.Fixture{Messages: 4}}
	for _, group := range g.p.Groups {
		t.Steps = append(t.Steps, group...)
	}
	r, err := d.Run(ctx, t)
	if err != nil {
		return m, err
	}
	if slices.ContainsFunc(r.Violations, func(v model.Violation) bool {
		return v.Rule.Level == model.MUST && v.Command == "MOVE"
	}) {
		m.Profile.Caps = slices.DeleteFunc(slices.Clone(m.Profile.Caps), func(c string) bool { return c == "MOVE" })
	}
	return m, nil
}

// moves reports whether the command is MOVE or UID MOVE.
func moves(x *model.Exchange) bool {
	c, ok := x.Cmd.(model.Copy)
	return ok && c.Move
}

// moved adds a MOVE to what becomes of a message of the mailbox that it is taken from.
// One that fails may have moved some of its messages (RFC 6851 section 3.3).
func (p *part) moved(x *model.Exchange, s session, c model.Copy, uid uint32) {
	hit := s.reaches(c.Set, c.UID, uid)
	if hit == never {
		return
	}
	step := where(alive, gone)
	if hit == perhaps || s.readOnly || x.Outcome() != model.OK {
		step = maybe(step)
	}
	p.add(x, true, fmt.Sprintf("%s: %s", x.Cmd.Name(), outcome(x)), step)
}

// conserved are whether MOVE has lost or doubled messages: it takes as many away as it adds,
// so that mailboxes in which nothing is expunged have together those that they had and
// those that APPEND and COPY have added. Which these are has to be told: that one was lost
// is seen elsewhere then. It is nil where that cannot be counted.
func (a *account) conserved(boxes []string) []*part {
	loses := &part{rule: model.RuleOrderMoveLoses, boxes: boxes, blame: "MOVE", what: "the new messages of all mailboxes", begin: 1, names: counts}
	moved, most := false, 0
	all := a.span(boxes)
	for _, x := range a.exchanges {
		lo, hi, counts, ok := a.brings(x, boxes)
		if counts && (x.Step < all.from || x.Returned() > all.until) || !ok {
			return nil
		}
		if most += hi; most >= len(loses.names) {
			return nil
		}
		if counts {
			moved = moved || moves(x)
			loses.add(x, true, fmt.Sprintf("%s: %s", x.Cmd.Name(), outcome(x)), between(lo, hi))
		}
	}
	if !moved {
		return nil
	}
	doubles := *loses
	doubles.rule, doubles.ops = model.RuleOrderMoveDoubles, slices.Clone(loses.ops)
	atMost, atLeast := uint64(0), ^uint64(0)
	if all.more >= 0 {
		atMost, atLeast = 1<<(all.more+1)-1, ^uint64(0)<<all.more
	}
	text := fmt.Sprintf("there are %d", all.more)
	loses.add(all.last, false, text, only(atMost))
	doubles.add(all.last, false, text, only(atLeast))
	return []*part{loses, &doubles}
}

// span is what lies between the first readings of mailboxes and the last.
type span struct {
	from, until int // in steps
	more        int // messages at the end than at the beginning
	last        *model.Exchange
}

func (a *account) span(boxes []string) span {
	s := span{until: neverEnded}
	for _, name := range boxes {
		var first, last *model.Exchange
		for _, x := range a.exchanges {
			if a.before[x].box == name && a.reads(x) {
				if last = x; first == nil {
					first = x
				}
			}
		}
		s.from, s.until = max(s.from, first.Returned()), min(s.until, last.Step)
		s.more += len(messages(last)) - len(messages(first))
		s.last = last
	}
	return s
}

// brings is how many messages a command may add to the mailboxes together. counts says that
// it can change something at all; ok is false where it cannot be told what.
func (a *account) brings(x *model.Exchange, boxes []string) (lo, hi int, counts, ok bool) {
	s, to := a.before[x], receiver(x)
	here, into := slices.Contains(boxes, s.box), slices.Contains(boxes, to)
	_, expunges := expunger(x)
	told := len(a.assigned(x, to))
	switch {
	case x.Outcome() == model.BAD:
		return 0, 0, false, true
	case expunges:
		return 0, 0, false, s.box != "" && !here
	case moves(x):
		one := len(x.Cmd.(model.Copy).Set) == 1 // a message that is named twice may be moved twice
		return 0, 0, true, here && into && one && !s.lost && x.Outcome() != model.NoStatus
	case !into:
		return 0, 0, false, true
	case x.Outcome() == model.OK && told > 0 && x.Cmd.Name() != "APPEND":
		return 0, told, true, true
	case x.Outcome() == model.OK && told == 0 || x.Outcome() == model.NoStatus:
		return 0, 0, true, false
	}
	lo, hi, ok = a.adds(x)
	return lo, hi, true, ok
}

// between adds from lo to hi to a count.
func between(lo, hi int) func(uint64) uint64 {
	return func(s uint64) (then uint64) {
		for n := lo; n <= hi; n++ {
			then |= s << n
		}
		return then
	}
}
