package fuzz

import (
	"encoding/binary"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// The bounds of what [Decode] makes.
const (
	maxDecodedSteps    = 1000
	maxDecodedMessages = 999
	maxDecodedConns    = 8
)

// verbatim, in the place of a choice's first octet, announces what no choice leads
// to: a number of messages, or a step spelled out.
const verbatim = 0xFF

// Decode makes a trace of the octets that a fuzzing engine has put together: they
// are the choices of [Generate], one octet each as a rule. It is total. Whatever the
// octets, each is used, none leads to a command that has to be thrown away, and the
// trace ends where they end.
//
//	messages of the fixture
//	connections less one, and 8 times the number of a tail
//	for each step
//	    its choices
//	    or FF, the connection and 8 times its way of delivery, for one with a place that in
//	        two octets, the length of the text, the command as [wire.FormatCommand] has it
//
// A length below FF is one octet; else FF and two octets. Tail 0 is none; any other is so
// many steps more, always with the same choices, so that an input of a few octets has
// something to show. Malformed input that is
// spelled out is made one line that asks for no literal, so that the session stays in
// step. Which command a choice leads to depends on the profile of m and on this
// version of the generator: trace files are what to keep. [Encode] is the way back.
func Decode(m model.Machine, octets []byte, o GenerateOptions) model.Trace {
	in := &choices{octets}
	if len(octets) == 0 {
		return model.Trace{}
	}
	d := &decoder{in: in, conns: max(1, min(o.Conns, maxDecodedConns)), g: newGenerator(m, in)}
	t := model.Trace{Fixture: d.fixture()}
	d.g.s = m.Init(t.Fixture)
	header := in.IntN(1 << 8)
	d.conns = min(d.conns, 1+header%maxDecodedConns)
	for len(in.left) > 0 && len(t.Steps) < maxDecodedSteps {
		t.Steps = append(t.Steps, d.g.predicted(d.step()))
	}
	if tail := header / maxDecodedConns; tail > 0 {
		d.g.Source = NewSource(uint64(tail), 0)
		for range tailSteps {
			t.Steps = append(t.Steps, d.g.predicted(d.g.step(d.conns)))
		}
	}
	return t
}

// tailSteps is the length of a tail.
const tailSteps = 20

// decoder is where [Decode] is.
type decoder struct {
	in    *choices
	conns int
	g     generator
}

func (d *decoder) fixture() model.Fixture {
	if d.in.verbatim() {
		return model.Fixture{Messages: int(d.in.number(2)) % (maxDecodedMessages + 1)}
	}
	return model.Fixture{Messages: d.in.IntN(mostMessages + 1)}
}

func (d *decoder) step() model.Step {
	if !d.in.verbatim() {
		return d.g.step(d.conns)
	}
	head := d.in.IntN(1 << 8)
	st := model.Step{Conn: head % maxDecodedConns % d.conns}
	st.Delivery.Way = model.Way(head/maxDecodedConns) % model.Ways
	if st.Delivery.Placed() {
		st.Delivery.At = int(d.in.number(2))
	}
	n := int(d.in.number(1))
	if n == verbatim {
		n = int(d.in.number(2))
	}
	st.Cmd = wire.ParseCommand(d.in.text(n))
	return tame(st)
}

// tame makes malformed input one line that asks for no literal, unless the client hangs
// up behind it.
func tame(st model.Step) model.Step {
	if unruly(st) {
		text := strings.NewReplacer("\r", " ", "\n", " ").Replace(st.Cmd.(model.Raw).Bytes)
		if text = strings.TrimRight(text, " \t"); strings.HasSuffix(text, "}") {
			text += "."
		}
		st.Cmd = wire.ParseCommand(text)
	}
	return st
}

// unruly reports whether a server may take a step for several commands, or wait for more,
// also one that overlooks blanks at the end of a line; where the client hangs up, that
// ends with it.
func unruly(st model.Step) bool {
	raw, ok := st.Cmd.(model.Raw)
	return ok && !st.Delivery.HangsUp() && (raw.Lines() || model.Raw{Bytes: strings.TrimRight(raw.Bytes, " \t")}.Waits())
}

// choices is a [Source] over octets. Behind their end all are zero.
type choices struct{ left []byte }

// IntN takes as many octets as n needs.
func (c *choices) IntN(n int) int { return int(c.number(width(n)) % uint64(n)) }

// width is the number of octets of a choice of n.
func width(n int) int {
	octets := 1
	for n--; n >= 1<<8; n >>= 8 {
		octets++
	}
	return octets
}

// number takes so many octets, the most significant first.
func (c *choices) number(octets int) uint64 {
	var b [8]byte
	n := copy(b[8-octets:], c.left)
	c.left = c.left[n:]
	return binary.BigEndian.Uint64(b[:])
}

// verbatim takes the octet that announces what is spelled out, if it is there.
func (c *choices) verbatim() bool {
	if len(c.left) == 0 || c.left[0] != verbatim {
		return false
	}
	c.left = c.left[1:]
	return true
}

// text takes n octets, or what is left.
func (c *choices) text(n int) string {
	n = min(n, len(c.left))
	s := string(c.left[:n])
	c.left = c.left[n:]
	return s
}
