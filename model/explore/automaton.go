package explore

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// Automaton is one connection of a server as a finite automaton, derived from the
// reference model: its states are those of RFC 3501 section 3, Selected twice (for
// reading and writing, and read-only), its inputs classes of commands, and its
// output how these end. Where there is no connection, as in the beginning and behind
// LOGOUT, an input opens one.
//
// How a command ends depends on more than the state of the connection: on what
// mailboxes there are. A class is what ends in one way; [Automaton.Trace] sees to it
// that there is what it takes.
type Automaton struct {
	Mealy
	// Labels are the names of the transitions by state and input, as
	// [model.Transition] has them, "" for none.
	Labels [][]string

	machine model.Machine
	inputs  []*input
}

// place is a state of the automaton.
type place struct {
	phase    model.Phase
	readOnly bool
	// unsure: a malformed SELECT was refused, and whether a mailbox is selected is not
	// known. Only what Authenticated and Selected answer alike is sent.
	unsure, tls bool
}

func (p place) String() string {
	name := p.phase.String()
	for _, part := range []struct {
		is   bool
		name string
	}{{p.readOnly, " read-only"}, {p.unsure, " or not"}, {p.tls, " TLS"}} {
		if part.is {
			name += part.name
		}
	}
	return name
}

// placeOf is the place of connection 0.
func placeOf(s *model.State) place {
	p := place{phase: s.Phase(0)}
	if p.phase == model.Unopened || p.phase == model.Logout {
		return place{phase: model.Logout}
	}
	c := &s.Conns[0]
	p.unsure, p.tls = c.Unsure, c.TLS
	p.readOnly = !c.Unsure && c.View != nil && c.View.ReadOnly
	return p
}

// sends reports whether the input is sent in a place.
func (p place) sends(in *input) bool {
	return !p.unsure || in.class == "malformed" || model.Valid(in.name, model.Authenticated) == model.Valid(in.name, model.Selected)
}

// fixture is what traces of the automaton begin with.
var fixture = model.Fixture{Messages: 3}

// NewAutomaton follows the model from the beginning, with the canonical one of its
// replies to every class of commands. It is an error if the model does not accept
// what it has replied itself.
func NewAutomaton(m model.Machine) (*Automaton, error) {
	a := &Automaton{machine: m, inputs: inputsOf(m)}
	for _, in := range a.inputs {
		a.Inputs = append(a.Inputs, in.String())
	}
	begin := stock{first: 1, next: 2, messages: fixture.Messages}
	r := &runner{machine: m, state: m.Init(fixture)}
	for _, c := range a.setUp(begin, nil) {
		if _, err := r.step(c); err != nil {
			return nil, err
		}
	}
	numbers, at := map[place]int{}, []model.State{}
	number := func(s *model.State) int {
		p := placeOf(s)
		n, there := numbers[p]
		if !there {
			n = len(at)
			numbers[p] = n
			at = append(at, s.Clone())
			a.States = append(a.States, p.String())
		}
		return n
	}
	number(&r.state)
	for n := 0; n < len(at); n++ {
		next, out, labels := make([]int, len(a.inputs)), make([]string, len(a.inputs)), make([]string, len(a.inputs))
		for i, in := range a.inputs {
			if next[i] = -1; !placeOf(&at[n]).sends(in) {
				continue
			}
			r := &runner{machine: m, state: at[n].Clone(), steps: 1}
			took, err := r.step(in.cmd(&begin))
			if err != nil {
				return nil, fmt.Errorf("%s in %s: %w", in, a.States[n], err)
			}
			next[i], out[i], labels[i] = number(&r.state), took.out, took.label
		}
		a.Next, a.Out, a.Labels = append(a.Next, next), append(a.Out, out), append(a.Labels, labels)
	}
	return a, nil
}

// setUp are the commands that bring about the stock, and then the others, on a connection
// of their own.
func (a *Automaton) setUp(want stock, others []model.Command) []model.Command {
	var list []model.Command
	if !a.machine.Profile.Preauth {
		if a.machine.Profile.OffersTLS() {
			list = append(list, model.StartTLS{})
		}
		list = append(list, model.LoginStep())
	}
	before := len(list)
	for n := want.first; n < want.next; n++ {
		list = append(list, model.Mailbox{Verb: "CREATE", Box: numbered(n)})
	}
	for range want.messages - fixture.Messages {
		list = append(list, model.Append{Box: model.A("INBOX"), Message: model.FixtureMessage(0)})
	}
	if list = append(list, others...); len(list) == before {
		return nil
	}
	return append(list, model.Simple{Verb: "LOGOUT"})
}

// Trace is a program that takes the automaton through the word. If the word uses up
// mailboxes or messages, it makes them first, in a connection before that of the word.
func (a *Automaton) Trace(w Word) model.Trace { return a.trace(w, nil) }

// trace is Trace with other commands behind those that make what it takes.
func (a *Automaton) trace(w Word, others []model.Command) model.Trace {
	const enough = 1 << 20
	least := stock{first: 1, next: 1 + enough, messages: enough}
	short := stock{messages: fixture.Messages - 1}
	a.walk(w, least, func(in *input, s *stock) {
		short.next = max(short.next, in.names+enough-s.names())
		short.messages = max(short.messages, in.messages+enough-s.messages)
	})
	begin := stock{first: 1, next: 1 + short.next, messages: max(fixture.Messages, short.messages)}
	t := model.Trace{Fixture: fixture}
	for _, c := range a.setUp(begin, others) {
		t.Steps = append(t.Steps, model.Step{Cmd: c})
	}
	a.walk(w, begin, func(in *input, s *stock) { t.Steps = append(t.Steps, model.Step{Cmd: in.cmd(s)}) })
	return t
}

// walk follows a word with a stock. visit has the stock as it is before each input.
func (a *Automaton) walk(w Word, s stock, visit func(*input, *stock)) {
	at := a.Start
	for _, i := range w {
		in := a.inputs[i]
		ok := strings.HasSuffix(a.Labels[at][i], " ok")
		if !ok {
			in = &input{cmd: in.cmd} // it takes nothing
		}
		visit(in, &s)
		if at = a.Next[at][i]; in.use != nil {
			in.use(&s)
		}
	}
}

// Sound is the automaton without the inputs after which it is not known, in some
// state, which state the server is in: no test can go by what it says then. It is
// complete, as [Wp] wants it, and its words are words of Inputs by number.
func (a *Automaton) Sound() (m *Mealy, inputs []int) {
	unsure := func(s int) bool { return s >= 0 && strings.Contains(a.States[s], " or not") }
	sound := a.Mealy
	sound.Next = nil
	for _, next := range a.Next {
		sound.Next = append(sound.Next, slices.Clone(next))
	}
	for i := range a.Inputs {
		for s := range a.States {
			if !unsure(s) && unsure(a.Next[s][i]) {
				for t := range sound.Next {
					sound.Next[t][i] = -1
				}
			}
		}
	}
	m = sound.Complete()
	for _, name := range m.Inputs {
		inputs = append(inputs, slices.Index(a.Inputs, name))
	}
	return m, inputs
}

// Wp is the suite of [Wp] for the automaton [Automaton.Sound], in inputs of this one.
// What it finds is what shows in how commands end, and whether the connection does:
// "ok" or not. Of NO and BAD the RFC mostly leaves the choice to the server.
func (a *Automaton) Wp(k int) ([]Word, error) {
	m, inputs := a.Sound()
	suite, err := Wp(m, k)
	for _, w := range suite {
		for i := range w {
			w[i] = inputs[w[i]]
		}
	}
	return suite, err
}
