package fuzz

import (
	"math"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// whole writes all that there is.
func whole(left int) int { return left }

// portions is how much of a command of the delivery, the first octets of which are its
// tag, goes into each write.
func portions(d model.Delivery, tag int) func(left int) int {
	switch d.Way {
	case model.Octets:
		return func(int) int { return 1 }
	case model.Split:
		before := tag + d.At
		return func(left int) int {
			n := left
			if before > 0 && before < left {
				n = before
			}
			before -= n
			return n
		}
	}
	return whole
}

// overdue is the reply to the first of the commands that were sent ahead.
func (a *answer) overdue() (model.Reply, error) {
	s := a.s
	s.ahead = s.ahead[1:]
	if i := slices.IndexFunc(s.early, func(r model.Response) bool { return r.Tag == a.tag }); i >= 0 {
		a.responses, s.early = append(a.responses, s.early[i]), slices.Delete(s.early, i, i+1)
		return a.reply()
	}
	for !a.done && a.next() {
	}
	for a.done && len(s.ahead) == 0 && s.in.Expunge() && a.next() {
	}
	if a.done && a.bye {
		a.drain()
	}
	return a.reply()
}

// hangUp sends what there is to be sent of the command in the buffer, the octets of
// a literal when they were asked for, and then closes its half of the connection. What
// the server says before it closes the other is the reply.
func (a *answer) hangUp(d model.Delivery) (model.Reply, error) {
	s := a.s
	b := s.buf
	if d.Way == model.CutOff {
		b = b[:min(len(a.tag)+1+d.At, len(b)-len("\r\n"))]
	}
	s.piece = whole
	chunks := wire.Chunks(slices.Concat(b, []byte("."))) // a literal announced at the end is waited for
	last := len(chunks) - 1
	asked := true
	for i := 0; i < last && asked; i++ {
		s.send(chunks[i])
		asked = a.awaitContinuation()
	}
	if asked {
		s.send(chunks[last][:len(chunks[last])-1])
	}
	if c, ok := s.conn.(interface{ CloseWrite() error }); ok && a.end == model.Open && c.CloseWrite() == nil {
		for a.next() {
		}
	}
	a.end = model.HungUp
	_ = s.Close() // how the server takes it is not the question
	return a.reply()
}

// delivered is a command that the state allows, delivered in an unusual way.
func (g *generator) delivered(phase model.Phase) (model.Command, model.Delivery) {
	d := model.Delivery{Way: model.Octets + model.Way(g.choose(4, 4, 5, 1, 3))} // of what HangUp leaves little is known
	g.goesOut(d.Way)
	c := g.usual(phase)
	start, _ := c.(model.StartTLS)
	if start.Behind != nil || d.Way == model.Burst && !model.Pipelines(spelled(c)) {
		return c, model.Delivery{}
	}
	if d.Placed() {
		d.At = g.place(c)
	}
	return c, d
}

// place is how many octets of a command come before a gap, or before the end.
func (g *generator) place(c model.Command) int {
	text := wire.FormatCommand(c)
	if i := strings.Index(text, "}\r\n"); i >= 0 && g.percent(65) {
		return i + len("}\r\n") // a literal is announced, and perhaps never sent
	}
	return g.IntN(min(len(text), math.MaxUint16) + 1)
}

// BreakOff has connection 0 end in the middle of a command, and then looks at what that was
// about. It leaves the state as it is.
func BreakOff(m model.Machine, s model.State, src Source) []model.Step {
	g := newGenerator(m, src)
	g.s = s
	var steps []model.Step
	phase := s.Phase(0)
	if phase != model.Selected && phase != model.Authenticated {
		phase = model.Authenticated
		steps = append(steps, model.Step{Cmd: model.LoginStep()})
	}
	g.turn(0)
	c := g.usual(phase)
	return append(steps, model.Step{Cmd: c, Delivery: model.Delivery{Way: model.CutOff, At: g.place(c)}},
		model.Step{Cmd: model.LoginStep()}, model.Step{Cmd: opens(model.BoxNames(c))})
}

// behindBurst reports whether the next step is a NOOP in one write with the last.
func (g *generator) behindBurst() bool {
	return g.last.Delivery.Way == model.Burst && model.Pipelines(spelled(g.last.Cmd)) && g.percent(75)
}
