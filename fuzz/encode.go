package fuzz

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/message"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Encode is the octets that [Decode], with the same machine and options, makes the
// trace of. A command that the generator builds is encoded as the choices that lead
// to it, so that a fuzzing engine that changes an octet changes a choice; any other
// is spelled out.
//
// The error says what no octets lead to: more than 1000 steps, 999 messages or 8
// connections, fewer connections in the options than in the trace, a command of more
// than 65535 octets, or malformed input of several lines after which the client does not
// hang up.
func Encode(m model.Machine, t model.Trace, o GenerateOptions) ([]byte, error) {
	conns := 1
	for i, st := range t.Steps {
		conns = max(conns, st.Conn+1)
		if unruly(st) {
			return nil, fmt.Errorf("encode a trace: step %d is malformed input of more than one line", i+1)
		}
		if n := len(wire.FormatCommand(st.Cmd)); n > math.MaxUint16 {
			return nil, fmt.Errorf("encode a trace: step %d has %d octets, more than %d", i+1, n, math.MaxUint16)
		}
	}
	switch most := max(1, min(o.Conns, maxDecodedConns)); {
	case len(t.Steps) > maxDecodedSteps:
		return nil, fmt.Errorf("encode a trace: it has %d steps, more than %d", len(t.Steps), maxDecodedSteps)
	case t.Fixture.Messages > maxDecodedMessages:
		return nil, fmt.Errorf("encode a trace: its fixture has %d messages, more than %d", t.Fixture.Messages, maxDecodedMessages)
	case conns > most:
		return nil, fmt.Errorf("encode a trace: it has %d connections, more than %d", conns, most)
	}
	if len(t.Steps) == 0 && t.Fixture.Messages == 0 {
		return nil, nil
	}
	e := encoder{conns: conns, g: newGenerator(m, nil)}
	e.fixture(t.Fixture.Messages)
	e.out = append(e.out, byte(conns-1))
	e.g.s = m.Init(t.Fixture)
	for _, st := range t.Steps {
		if !e.chosen(st) {
			e.verbatim(st)
		}
		e.g.predicted(st)
	}
	return e.out, nil
}

// encoder is where [Encode] is.
type encoder struct {
	out   []byte
	conns int
	g     generator
}

func (e *encoder) fixture(messages int) {
	if messages <= mostMessages {
		e.out = append(e.out, byte(messages))
		return
	}
	e.out = binary.BigEndian.AppendUint16(append(e.out, verbatim), uint16(messages))
}

func (e *encoder) verbatim(st model.Step) {
	text := wire.FormatCommand(st.Cmd)
	e.out = append(e.out, verbatim, byte(st.Conn+maxDecodedConns*int(st.Delivery.Way)))
	if st.Delivery.Placed() {
		e.out = binary.BigEndian.AppendUint16(e.out, uint16(st.Delivery.At))
	}
	if len(text) < verbatim {
		e.out = append(e.out, byte(len(text)))
	} else {
		e.out = binary.BigEndian.AppendUint16(append(e.out, verbatim), uint16(len(text)))
	}
	e.out = append(e.out, text...)
}

// mostWays bounds the ways that are gone for one step.
const mostWays = 4_000

// chosen encodes a step by its choices. It reports false if none were found that
// lead to it.
func (e *encoder) chosen(st model.Step) bool {
	if _, raw := st.Cmd.(model.Raw); raw {
		return false // every octet of it is one to change
	}
	w := &wanted{name: st.Cmd.Name(), text: wire.FormatCommand(st.Cmd), delivery: st.Delivery}
	if a, ok := st.Cmd.(model.Append); ok {
		if message.Find(a.Message) == nil {
			return false
		}
		w.tree, w.hasTree = message.Number(a.Message)
	}
	e.g.Source, e.g.wanted = w, w
	for range mostWays {
		got := e.g.step(e.conns)
		if !w.dead && got.Conn == st.Conn && got.Delivery == st.Delivery && wire.FormatCommand(got.Cmd) == w.text {
			e.out = append(e.out, w.octets...)
			return true
		}
		if !w.another() {
			break
		}
	}
	return false
}

// wanted is a command that the generator is led to. The generator builds commands,
// one for each way through its choices, in order; a way that has led to a part which
// the wanted one does not have is dead, and gone no further.
type wanted struct {
	name, text string
	delivery   model.Delivery
	tree       uint64 // the number of the random message in it
	hasTree    bool

	way    []branch
	at     int // branches of the way that were taken
	octets []byte
	keys   string // the search keys so far
	dead   bool
}

// branch is a choice on the way.
type branch struct{ taken, of int }

// another goes back to the last choice that has another branch, and reports whether
// there was one.
func (w *wanted) another() bool {
	for i := len(w.way) - 1; i >= 0; i-- {
		if b := &w.way[i]; b.taken+1 < b.of {
			b.taken++
			w.way, w.at, w.octets, w.keys, w.dead = w.way[:i+1], 0, w.octets[:0], "", false
			return true
		}
	}
	return false
}

// take is the branch to take of n. On a dead way it is the last, which is the
// shortest way out of the generator.
func (w *wanted) take(n int) int {
	if w.dead {
		return n - 1
	}
	if w.at == len(w.way) {
		w.way = append(w.way, branch{of: n})
	}
	w.at++
	return w.way[w.at-1].taken
}

// spell writes a number below n so that [choices] reads it.
func (w *wanted) spell(v, n int) {
	for shift := 8 * (width(n) - 1); shift >= 0; shift -= 8 {
		w.octets = append(w.octets, byte(v>>shift))
	}
}

// choose takes one of the weights that are not zero.
func (w *wanted) choose(weights []int) int {
	i := w.take(len(weights))
	w.dead = w.dead || weights[i] == 0
	w.spell(sum(weights[:i]), sum(weights))
	return i
}

// IntN implements [Source].
func (w *wanted) IntN(n int) int {
	if n == randomTrees {
		v := int(w.tree) - message.Count()
		if w.dead = w.dead || !w.hasTree || v < 0 || v >= n; w.dead {
			return 0
		}
		w.spell(v, n)
		return v
	}
	i := w.take(n)
	w.spell(i, n)
	return i
}

// builds tells that a command of that name is being built.
func (g *generator) builds(name string) {
	if w := g.wanted; w != nil {
		w.dead = w.dead || w.name != name
	}
}

// goesOut tells in which way the command goes out.
func (g *generator) goesOut(w model.Way) {
	if g.wanted != nil {
		g.wanted.dead = g.wanted.dead || g.wanted.delivery.Way != w
	}
}

// escapes are those of a quoted string (RFC 3501 section 4.3).
var escapes = strings.NewReplacer(`"`, `\"`, `\`, `\\`)

// says tells that the command has that text in it, in whatever form.
func (g *generator) says(text string) {
	if w := g.wanted; w != nil && !w.dead {
		w.dead = !strings.Contains(w.text, text) && !strings.Contains(w.text, escapes.Replace(text))
	}
}

// goesOn tells that the search keys, said as far as they are, go on with that text.
func (g *generator) goesOn(text string) {
	if w := g.wanted; w != nil && !w.dead {
		w.keys += text
		w.dead = !strings.Contains(w.text, w.keys)
	}
}

// goesOnWith is goesOn with a key.
func (g *generator) goesOnWith(k model.SearchKey) {
	if g.wanted != nil {
		g.goesOn(strings.TrimPrefix(wire.FormatCommand(model.Search{Keys: []model.SearchKey{k}}), "SEARCH "))
	}
}

// mark is how many choices were made.
func (g *generator) mark() int {
	if g.wanted == nil {
		return 0
	}
	return g.wanted.at
}

// needless tells that what was chosen between two marks did not matter. It is enough
// to go on with one of its ways.
func (g *generator) needless(from, to int) {
	if w := g.wanted; w != nil && !w.dead {
		w.dead = slices.ContainsFunc(w.way[from:to], func(b branch) bool { return b.taken > 0 })
	}
}
