package fuzz

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Source is where the generator's choices come from: IntN(n) is a number from 0
// to n-1. A *rand.Rand of math/rand/v2 is a Source.
type Source interface{ IntN(n int) int }

// NewSource is the Source of trace number i of a run with the given seed.
func NewSource(seed uint64, i int) Source {
	return rand.New(rand.NewPCG(seed, uint64(i)))
}

// GenerateOptions shape the traces.
type GenerateOptions struct {
	// Steps is the length of a trace; 40 if zero.
	Steps int
	// Conns is the largest number of connections of a trace; 1 if zero.
	Conns int
	// Messages is the number of messages of the fixture; from 0 to 3 if zero.
	Messages int
}

// mostMessages is how many the fixture has at most, if nothing else is asked for.
const mostMessages = 3

// Generate makes a trace of the source's choices. The model's prediction goes
// before it: a command is mostly one that the predicted state allows, on
// mailboxes and messages that are predicted to be there; sometimes one out of
// state, or malformed.
func Generate(m model.Machine, src Source, o GenerateOptions) model.Trace {
	if o.Steps <= 0 {
		o.Steps = 40
	}
	g := NewGenerator(m, src, o)
	t := model.Trace{Fixture: g.Fixture}
	for len(t.Steps) < o.Steps {
		t.Steps = append(t.Steps, g.Next())
	}
	return t
}

// Generator makes a trace step by step, as [Generate] does at once.
type Generator struct {
	// Fixture is that of the trace.
	Fixture model.Fixture

	conns int
	generator
}

// NewGenerator begins a trace: the source chooses its fixture and the number of
// its connections. How long it gets is up to the caller.
func NewGenerator(m model.Machine, src Source, o GenerateOptions) *Generator {
	g := &Generator{conns: 1, generator: newGenerator(m, src)}
	g.Fixture.Messages = g.choose(1, 2, 3, 4) // most faults take several
	if o.Messages > 0 {
		g.Fixture.Messages = o.Messages
	}
	if o.Conns > 1 && g.percent(75) {
		g.conns = 2 + src.IntN(o.Conns-1)
	}
	g.about()
	g.s = m.Init(g.Fixture)
	return g
}

// Next chooses the next step, and predicts what becomes of it.
func (g *Generator) Next() model.Step {
	return g.predicted(g.step(g.conns))
}

// NextStep chooses a step on one of so many connections in a state, which it leaves
// as it is.
func NextStep(m model.Machine, s model.State, src Source, conns int) model.Step {
	g := newGenerator(m, src)
	g.s = s
	return g.step(conns)
}

// Propose chooses a command of a name for connection 0 in a state, or one that section 9
// does not allow, made of such a command. Under the name "?" there are only those, which
// resemble no command. It leaves the state as it is.
func Propose(m model.Machine, s model.State, src Source, name string, malformed bool) model.Command {
	g := newGenerator(m, src)
	g.s = s
	g.turn(0)
	if name == "?" {
		return g.unknown()
	}
	c := g.build(name)
	switch {
	case !malformed:
		return c
	case name != "X" && g.percent(40):
		if c, d := hungUpOn(g.mutation(c)); d == (model.Delivery{}) {
			return c
		}
	}
	return g.malform(c)
}

func newGenerator(m model.Machine, src Source) generator {
	return generator{Source: src, m: m, odds: odds{5, 2, 3}, commands: m.Profile.Commands(), weights: weightsOf(m.Profile), clear: clearWeights(m.Profile)}
}

// step is the next step.
func (g *generator) step(conns int) model.Step {
	if g.behindBurst() {
		g.goesOut(model.Whole)
		return model.Step{Conn: g.last.Conn, Cmd: model.Simple{Verb: "NOOP"}}
	}
	if g.asksAgain(conns) {
		g.goesOut(model.Whole)
		if conns == 1 && g.percent(30) {
			return model.Step{Conn: g.last.Conn, Cmd: g.shown(model.Simple{Verb: "CHECK"})}
		}
		return model.Step{Conn: g.last.Conn, Cmd: g.shown(model.Simple{Verb: "NOOP"})}
	}
	st := model.Step{}
	if conns > 1 {
		st.Conn = g.IntN(conns)
	}
	if c := g.witness(st.Conn); c != nil {
		g.goesOut(model.Whole)
		st.Cmd = c
		return st
	}
	st.Cmd, st.Delivery = g.command(st.Conn)
	return st
}

// predicted is a step that was chosen, with what becomes of it foreseen.
func (g *generator) predicted(st model.Step) model.Step {
	g.s, g.last = g.m.Predict(g.s, st), st
	return st
}

type generator struct {
	Source
	last   model.Step
	wanted *wanted // the command whose choices are being looked for; nil if none are
	m      model.Machine
	s      model.State
	conn   int
	view   *model.View // of the connection whose turn it is

	odds     odds
	charset  string   // of the SEARCH that is being built
	commands []string // that the target knows
	weights  map[model.Phase][]one
	clear    []one // the weights before login, where a target offers STARTTLS
}

// one is a choice with a weight.
type one struct {
	weight int
	name   string
}

// The Markov weights: how often a command is sent in a state. Commands that a
// state does not allow have their turn in outOfState.
var weights = map[model.Phase][]one{
	model.NotAuthenticated: {
		{60, "LOGIN"}, {14, "AUTHENTICATE"}, {5, "CAPABILITY"}, {4, "NOOP"}, {2, "STARTTLS"}, {2, "LOGOUT"}, {2, "X"},
	},
	model.Authenticated: {
		{50, "SELECT"}, {8, "EXAMINE"}, {18, "CREATE"}, {7, "DELETE"}, {9, "RENAME"}, {8, "SUBSCRIBE"}, {3, "UNSUBSCRIBE"},
		{8, "LIST"}, {8, "LSUB"}, {8, "STATUS"}, {12, "APPEND"}, {2, "CAPABILITY"}, {2, "NOOP"}, {3, "LOGOUT"}, {1, "X"},
	},
	model.Selected: {
		{16, "FETCH"}, {12, "UID FETCH"}, {16, "STORE"}, {8, "UID STORE"}, {14, "SEARCH"}, {9, "UID SEARCH"},
		{6, "COPY"}, {5, "UID COPY"}, {8, "EXPUNGE"}, {6, "CLOSE"}, {3, "CHECK"}, {4, "NOOP"},
		{6, "SELECT"}, {2, "EXAMINE"}, {10, "APPEND"}, {4, "STATUS"}, {5, "CREATE"}, {3, "DELETE"}, {3, "RENAME"},
		{3, "SUBSCRIBE"}, {1, "UNSUBSCRIBE"}, {3, "LIST"}, {3, "LSUB"}, {1, "CAPABILITY"}, {2, "LOGOUT"}, {1, "X"},
	},
}

// extensionWeights are those of the commands that a capability brings.
var extensionWeights = map[model.Phase]map[string]int{
	model.Authenticated: {"NAMESPACE": 2, "ENABLE": 3, "IDLE": 2},
	model.Selected: {"NAMESPACE": 1, "ENABLE": 1, "IDLE": 3, "UNSELECT": 4,
		"UID EXPUNGE": 7, "MOVE": 4, "UID MOVE": 4},
}

// weightsOf are the weights of the commands that a target knows.
func weightsOf(p model.Profile) map[model.Phase][]one {
	extra := p.Commands()[len(model.CommandNames):]
	if len(extra) == 0 {
		return weights
	}
	all := make(map[model.Phase][]one, len(weights))
	for phase, list := range weights {
		list = slices.Clone(list)
		for _, name := range extra {
			if w := extensionWeights[phase][name]; w > 0 {
				list = append(list, one{w, name})
			}
		}
		all[phase] = list
	}
	return all
}

// clearWeights are the weights before login on a connection in the clear, where the
// target offers STARTTLS: nil where it does not. One that lets nobody in there is
// mostly sent STARTTLS first.
func clearWeights(p model.Profile) []one {
	if !p.OffersTLS() {
		return nil
	}
	list := slices.Clone(weights[model.NotAuthenticated])
	for i := range list {
		if list[i].name == "STARTTLS" {
			if list[i].weight = 16; p.Has("LOGINDISABLED") {
				list[i].weight = 120
			}
		}
	}
	return list
}

// odds are how many in a hundred commands are malformed, made of legal ones by
// mutation, and delivered in an unusual way.
type odds struct{ malformed, mutated, delivered int }

// outOfState is how many in a hundred commands are out of state.
const outOfState = 4

// command is the next command of a connection.
func (g *generator) command(conn int) (model.Command, model.Delivery) {
	phase := g.s.Phase(conn)
	g.turn(conn)
	if phase == model.Unopened || phase == model.Logout {
		if phase = model.NotAuthenticated; g.m.Profile.Preauth {
			phase = model.Authenticated
		}
	}
	early := 0
	if phase == model.NotAuthenticated {
		early = outOfState // where few commands are sent
	}
	switch o := g.odds; g.choose(outOfState+early, o.malformed, o.mutated, o.delivered, 100-outOfState-early-o.malformed-o.mutated-o.delivered) {
	case 0:
		return g.build(g.outOfState(phase)), model.Delivery{}
	case 1:
		return g.malformed(phase), model.Delivery{}
	case 2:
		return g.mutated(phase)
	case 3:
		return g.delivered(phase)
	}
	g.goesOut(model.Whole)
	return g.usual(phase), model.Delivery{}
}

// usual is a command that the state allows.
func (g *generator) usual(phase model.Phase) model.Command {
	conn := g.conn
	if phase == model.Selected && g.view != nil && len(g.view.Msgs) == 0 && g.percent(50) {
		return g.build("APPEND") // most commands have little to do without messages
	}
	if (phase == model.Selected || phase == model.Authenticated) && len(g.s.Mailboxes()) < 2 && g.percent(10) {
		return g.build("CREATE") // some with INBOX alone
	}
	if phase == model.NotAuthenticated && g.clear != nil && !g.m.Secure(g.s, conn) {
		c := g.build(g.weighted(g.clear))
		if _, ok := c.(model.StartTLS); ok && g.percent(injected) {
			return model.StartTLS{Behind: g.injection()}
		}
		return g.respelled(c)
	}
	return g.respelled(g.build(g.weighted(g.weights[phase])))
}

// turn says whose it is.
func (g *generator) turn(conn int) {
	g.conn, g.view = conn, nil
	if conn < len(g.s.Conns) {
		g.view = g.s.Conns[conn].View
	}
}

// In a hundred STARTTLS to a target that offers it, so many have a command behind them.
const injected = 20

// injection is a command that an attacker puts behind STARTTLS.
func (g *generator) injection() model.Command {
	return pick[model.Command](g, model.LoginStep(), model.Simple{Verb: "NOOP"}, model.Simple{Verb: "CAPABILITY"}, model.Simple{Verb: "LOGOUT"})
}

// respelled is now and then the command with its name in lower case: keywords
// have no case (RFC 3501 section 9). It is raw text then, and so no command with
// literals, or whose effect has to be predicted.
func (g *generator) respelled(c model.Command) model.Command {
	switch c := c.(type) {
	case model.Simple:
		if c.Verb != "NOOP" && c.Verb != "CAPABILITY" && c.Verb != "CHECK" {
			return c
		}
	case model.Fetch:
		if c.UID || len(c.Items) > 0 && strings.Contains(c.Items[0], "[") {
			return c
		}
	case model.StatusCmd, model.List:
	default:
		return c
	}
	if g.percent(95) {
		return c
	}
	name := c.Name()
	text := wire.FormatCommand(c)
	if strings.Contains(text, "{") {
		return c
	}
	return model.Raw{Bytes: strings.ToLower(name) + strings.TrimPrefix(text, name)}
}

func (g *generator) outOfState(phase model.Phase) string {
	var names []string
	for _, n := range g.commands {
		if !model.Valid(n, phase) {
			names = append(names, n)
		}
	}
	return names[g.IntN(len(names))]
}

func (g *generator) weighted(list []one) string {
	var weights [64]int
	for i, e := range list {
		weights[i] = e.weight
	}
	return list[g.choose(weights[:len(list)]...)].name
}

// choose is the index of a weight, each as likely as its weight says.
func (g *generator) choose(weights ...int) int {
	if g.wanted != nil {
		return g.wanted.choose(weights)
	}
	n := g.IntN(sum(weights))
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}
	panic("unreachable")
}

func sum(list []int) int {
	total := 0
	for _, n := range list {
		total += n
	}
	return total
}

// percent is true in n of a hundred cases.
func (g *generator) percent(n int) bool { return g.choose(n, 100-n) == 0 }

// pick is one of the list.
func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }
