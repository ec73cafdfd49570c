package concurrent

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/imapcheck/imapcheck/model"
)

// part is what can be ordered apart from all else: a flag of a message, a message, a
// name. Its state is the set of what may be the case, a bit each; 0 is that nothing can
// be, and so that no answer explains the operation.
type part struct {
	rule  *model.Rule
	boxes []string // whose messages these are
	blame string   // the command to blame, "" for those that matter
	what  string   // "\Seen of the message with UID 3 in INBOX"
	begin uint64
	names []string // of the bits of the state, nil for a number
	ops   []operation
}

// operation is what an exchange does to a part, or shows of it.
type operation struct {
	x      *model.Exchange
	writes bool
	text   string
	step   func(uint64) uint64
}

// add puts an operation to the part.
func (p *part) add(x *model.Exchange, writes bool, text string, step func(uint64) uint64) {
	p.ops = append(p.ops, operation{x, writes, text, step})
}

// maybe is an operation that may or may not have been done.
func maybe(step func(uint64) uint64) func(uint64) uint64 {
	return func(s uint64) uint64 { return s | step(s) }
}

// done is the operation if the command was completed with OK, and else, unless it was
// refused as malformed, that it may have been done.
func done(x *model.Exchange, step func(uint64) uint64) func(uint64) uint64 {
	if x.Outcome() == model.OK {
		return step
	}
	return maybe(step)
}

// only is the observation that the case is one of mask.
func only(mask uint64) func(uint64) uint64 { return func(s uint64) uint64 { return s & mask } }

// to is an operation behind which the case is one of mask.
func to(mask uint64) func(uint64) uint64 {
	return func(s uint64) uint64 {
		if s == 0 {
			return 0
		}
		return mask
	}
}

// where does one thing if the case is one of mask, and leaves the others.
func where(mask, becomes uint64) func(uint64) uint64 {
	return func(s uint64) uint64 {
		if s&mask == 0 {
			return s
		}
		return s&^mask | becomes
	}
}

// never ended is when a command that was not completed returned.
const neverEnded = 1 << 40

// history are the operations with their times: one is before another if its reply was
// there before the other was sent.
func (p *part) history() []porcupine.Operation {
	list := make([]porcupine.Operation, len(p.ops))
	for i, op := range p.ops {
		end := int64(2*op.x.Returned() - 1)
		if op.x.Outcome() == model.NoStatus {
			end = neverEnded
		}
		list[i] = porcupine.Operation{ClientId: op.x.Conn, Input: &p.ops[i], Output: nil, Call: int64(2 * op.x.Step), Return: end}
	}
	return list
}

// model is the part for the checker.
func (p *part) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return p.begin },
		Step: func(state, input, _ any) (bool, any) {
			s := input.(*operation).step(state.(uint64))
			return s != 0, s
		},
		Hash:              func(state any) uint64 { return state.(uint64) },
		DescribeOperation: func(input, _ any) string { return input.(*operation).text },
		DescribeState:     func(state any) string { return p.state(state.(uint64)) },
	}
}

// state is what may be the case, in words.
func (p *part) state(s uint64) string {
	if p.names == nil {
		return fmt.Sprint(s)
	}
	var words []string
	for ; s != 0; s &= s - 1 {
		words = append(words, p.names[bits.TrailingZeros64(s)])
	}
	return strings.Join(words, " or ")
}

// patience bounds the search for an order: where it ends without an answer there is no
// finding.
const patience = time.Second

// ordered reports whether there is an order that explains the part. known is false if
// the search was given up.
func (p *part) ordered() (ok, known bool) {
	switch porcupine.CheckOperationsTimeout(p.model(), p.history(), patience) {
	case porcupine.Ok:
		return true, true
	case porcupine.Illegal:
		return false, true
	}
	return false, false
}

// core is the part without the commands that it takes no notice of: there is no order
// without them either.
func (p *part) core() *part {
	c := *p
	for i := len(c.ops) - 1; i >= 0; i-- {
		less := c
		less.ops = slices.Delete(slices.Clone(c.ops), i, i+1)
		if ok, known := less.ordered(); c.ops[i].writes && known && !ok {
			c = less
		}
	}
	return &c
}

// blamed are the commands of a core that write, by their names, or else the one that
// shows that something is wrong.
func (p *part) blamed() []string {
	var names []string
	name := func(op *operation) string { return strings.TrimPrefix(op.x.Cmd.Name(), "UID ") }
	for i := range p.ops {
		if p.ops[i].writes {
			names = append(names, name(&p.ops[i]))
		}
	}
	if len(names) == 0 {
		names = append(names, name(&p.ops[len(p.ops)-1]))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// violation is that there is no order.
func (p *part) violation() model.Violation {
	names := []string{p.blame}
	if p.blame == "" {
		p = p.core()
		names = p.blamed()
	}
	v := model.Violation{Rule: p.rule, State: model.Authenticated}
	v.Command = strings.Join(names, "+")
	for _, name := range names {
		if !model.Valid(name, model.Authenticated) {
			v.State = model.Selected
		}
	}
	var texts []string
	for _, op := range p.ops {
		if op.writes || op.x == p.ops[len(p.ops)-1].x {
			texts = append(texts, op.text)
		}
		v.Step = max(v.Step, op.x.Step)
	}
	const shown = 8
	if more := len(texts) - shown; more > 0 {
		texts = append(texts[:shown], fmt.Sprintf("and %d more", more))
	}
	v.Got = p.what + ": " + strings.Join(texts, "; ")
	v.Want = "what one of the orders that the commands can have had explains"
	return v
}
