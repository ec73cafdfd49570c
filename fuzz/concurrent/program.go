package concurrent

import (
	"slices"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
)

// Program is what the connections have to do. The commands of a group are sent by all its
// connections at once, each one's in their order. A group of one command is sequential.
type Program struct {
	Fixture model.Fixture
	Groups  [][]model.Step
}

// Steps is the number of commands.
func (p Program) Steps() int {
	n := 0
	for _, g := range p.Groups {
		n += len(g)
	}
	return n
}

// Clone is a copy whose groups can be changed.
func (p Program) Clone() Program {
	groups := make([][]model.Step, len(p.Groups))
	for i, g := range p.Groups {
		groups[i] = slices.Clone(g)
	}
	return Program{p.Fixture, groups}
}

// Of is the program that a transcript is of: commands that were in progress at the same
// time are a group.
func Of(t model.Trace, done *model.Transcript) Program {
	p := Program{Fixture: t.Fixture}
	until := 0
	open := map[int]int{} // by step
	if done != nil {
		for i := range done.Exchanges {
			if x := &done.Exchanges[i]; x.Cmd != nil {
				open[x.Step] = x.Returned()
			}
		}
	}
	for i, st := range t.Steps {
		if i >= until || len(p.Groups) == 0 {
			p.Groups = append(p.Groups, nil)
		}
		last := len(p.Groups) - 1
		p.Groups[last] = append(p.Groups[last], st)
		until = max(until, open[i])
	}
	return p
}

// The mailboxes of a program. Those that are selected, and those whose subscriptions change,
// stay; others come and go: what one command breaks by itself is not to be met here again.
var (
	lasting    = []string{"INBOX", "box"}
	subscribed = []string{"s1", "s2"}
	fleeting   = []string{"a", "b"}
)

// Source is where choices come from.
type Source = fuzz.Source

// Generate makes a program of at most conns connections, two of them at least.
func Generate(m model.Machine, src Source, conns int) Program {
	g := &generator{m: m, src: src, conns: 2 + src.IntN(max(1, conns-1))}
	g.p.Fixture.Messages = 1 + src.IntN(4)
	g.calm = min(expunged, calm(1+src.IntN(4)))
	for c := range g.conns {
		g.enter(c)
	}
	for range 3 + src.IntN(5) {
		g.round()
	}
	for c := range g.conns {
		g.send(c, model.Simple{Verb: "NOOP"}, readAll(), model.Simple{Verb: "LOGOUT"})
	}
	g.read(g.conns)
	return g.p
}

type generator struct {
	m     model.Machine
	src   Source
	p     Program
	conns int
	calm  calm
	aim   aim
	boxes []string
}

// calm is what does not happen in a program, so that more can be told of the rest.
type calm uint8

const (
	stays    calm = iota + 1 // nothing is expunged or moved
	moved                    // nothing is expunged
	expunged                 // anything happens
)

// send adds commands that follow each other.
func (g *generator) send(conn int, list ...model.Command) {
	for _, c := range list {
		g.p.Groups = append(g.p.Groups, []model.Step{{Conn: conn, Cmd: c}})
	}
}

func named(verb, name string) model.Command { return model.Mailbox{Verb: verb, Box: model.A(name)} }

// readAll asks for all messages of the selected mailbox; in an empty one it is no error.
func readAll() model.Command {
	return model.Fetch{UID: true, Set: model.Set{{From: model.Num{N: 1}, To: model.Star}}, Items: []string{"FLAGS", "RFC822.SIZE"}, Paren: true}
}

func listAll(verb string) model.Command {
	return model.List{Verb: verb, Ref: model.AString{Form: model.Quoted}, Pattern: model.AString{S: "*", Form: model.Quoted}}
}

// login is what a new connection begins with.
func (g *generator) login(conn int) {
	p := g.m.Profile
	if p.Preauth {
		return
	}
	if p.OffersTLS() && p.Has("LOGINDISABLED") {
		g.send(conn, model.StartTLS{})
	}
	g.send(conn, model.LoginStep())
}

// enter begins a connection and has it select a mailbox. The first makes the mailboxes, and
// reads them while it is alone.
func (g *generator) enter(conn int) {
	g.login(conn)
	if conn == 0 {
		for _, name := range slices.Concat(lasting[1:], subscribed) {
			g.send(conn, named("CREATE", name))
		}
		g.send(conn, named("SELECT", "box"), readAll(), named("SELECT", "INBOX"), readAll())
		g.boxes = append(g.boxes, "INBOX")
		return
	}
	name := "INBOX"
	if g.src.IntN(4) == 0 {
		name = "box"
	}
	g.boxes = append(g.boxes, name)
	g.send(conn, named("SELECT", name), readAll())
}

// read has a connection read everything.
func (g *generator) read(conn int) {
	g.login(conn)
	g.send(conn, listAll("LIST"), listAll("LSUB"))
	for _, name := range lasting {
		g.send(conn, model.StatusCmd{Box: model.A(name), Items: []string{"MESSAGES", "UIDNEXT", "UNSEEN"}}, named("SELECT", name), readAll())
	}
	g.send(conn, model.Simple{Verb: "LOGOUT"})
}

// round adds a group in which every connection has a command or two, most of them on the
// same thing.
func (g *generator) round() {
	idle := g.m.Profile.Has("IDLE") && g.src.IntN(5) == 0
	topic := g.topic()
	g.aim = aim{1 + g.src.IntN(g.p.Fixture.Messages), g.src.IntN(len(fleeting)), g.src.IntN(4) / 3}
	g.prepare(topic.first)
	var group []model.Step
	for c := range g.conns {
		if idle && c == g.conns-1 {
			group = append(group, model.Step{Conn: c, Cmd: model.Simple{Verb: "IDLE"}})
			continue
		}
		for range 1 + g.src.IntN(2) {
			list := topic.commands
			if g.src.IntN(4) == 0 {
				list = g.topic().commands
			}
			name := list[g.src.IntN(len(list))]
			for _, cmd := range g.commands(c, name) {
				group = append(group, model.Step{Conn: c, Cmd: cmd})
			}
		}
	}
	g.p.Groups = append(g.p.Groups, group)
}

// aim is what most commands of a round are on.
type aim struct{ message, name, box int }

// topic is commands that meet in a round: those that change the same thing come together.
type topic struct {
	first    string // what is done before the round, so that they have something to meet on
	commands []string
	expunges bool
	moves    bool // it needs MOVE
}

var topics = []topic{
	{commands: []string{"STORE", "UID STORE", "UID STORE", "STORE", "FETCH"}},
	{commands: []string{"STORE", "UID STORE", "COPY", "UID COPY"}},
	{commands: []string{"STORE", "UID STORE", "EXPUNGE", "UID FETCH", "EXPUNGE"}, expunges: true},
	{commands: []string{"APPEND", "APPEND", "COPY", "UID COPY", "STATUS"}},
	{first: "STORE", commands: []string{"APPEND", "EXPUNGE", "APPEND", "EXPUNGE", "CLOSE"}, expunges: true},
	{first: "STORE", commands: []string{"APPEND", "EXPUNGE"}, expunges: true},
	{commands: []string{"MOVE", "UID MOVE"}, moves: true},
	{commands: []string{"MOVE", "UID MOVE", "MOVE", "UID MOVE", "UID STORE", "APPEND", "EXPUNGE"}, moves: true},
	{first: "CREATE", commands: []string{"DELETE", "DELETE", "RENAME"}},
	{commands: []string{"CREATE", "DELETE", "RENAME", "CREATE", "LIST"}},
	{commands: []string{"SUBSCRIBE", "UNSUBSCRIBE", "SUBSCRIBE", "SUBSCRIBE", "LSUB"}},
	{commands: []string{"NOOP", "CHECK", "SEARCH", "UID SEARCH", "FETCH", "STORE", "APPEND"}},
}

// topic is one that the server and the program have a use for.
func (g *generator) topic() topic {
	for {
		t := topics[g.src.IntN(len(topics))]
		if (!t.expunges || g.calm == expunged) && (!t.moves || g.moves()) {
			return t
		}
	}
}

// moves reports whether there is MOVE in the program.
func (g *generator) moves() bool { return g.calm >= moved && g.m.Profile.Has("MOVE") }

// prepare adds what is done before a round.
func (g *generator) prepare(name string) {
	switch name {
	case "CREATE":
		g.send(0, named("CREATE", fleeting[g.aim.name]))
	case "STORE":
		g.send(g.src.IntN(g.conns), model.Store{Set: g.one(g.aim.message, false), Op: '+', Flags: []string{`\Deleted`}})
	}
}

// commands are one of that name, as the generator of sequential traces proposes it, with
// what the round is on in it. Behind a CLOSE the mailbox is selected again.
func (g *generator) commands(conn int, name string) []model.Command {
	if name == "CLOSE" {
		return []model.Command{model.Simple{Verb: "CLOSE"}, named("SELECT", g.boxes[conn]), readAll()}
	}
	return []model.Command{g.command(conn, name)}
}

// aimed is what the round is on, in three of four cases, and any other else.
func (g *generator) aimed(at, n int) int {
	if other := g.src.IntN(n); g.src.IntN(4) == 0 {
		return other
	}
	return at
}

func (g *generator) command(conn int, name string) model.Command {
	switch name {
	case "CREATE", "DELETE":
		return named(name, fleeting[g.aimed(g.aim.name, len(fleeting))])
	case "RENAME":
		from := g.aimed(g.aim.name, len(fleeting))
		return model.Rename{From: model.A(fleeting[from]), To: model.A(fleeting[1-from])}
	case "SUBSCRIBE", "UNSUBSCRIBE":
		return named(name, subscribed[g.src.IntN(len(subscribed))])
	case "LIST", "LSUB":
		return listAll(name)
	case "EXPUNGE":
		if g.calm < expunged {
			return model.Simple{Verb: "NOOP"}
		}
	}
	switch c := g.propose(conn, name).(type) {
	case model.StatusCmd:
		c.Box = model.A(lasting[g.src.IntN(len(lasting))])
		return c
	case model.Append:
		c.Box = model.A(lasting[g.aimed(g.aim.box, len(lasting))])
		return c
	case model.Copy: // within its own mailbox is another matter
		c.Box, c.Set = model.A(lasting[1-slices.Index(lasting, g.boxes[conn])]), g.set(conn, c.UID)
		return c
	case model.Store:
		c.Set = g.set(conn, c.UID)
		if g.src.IntN(2) == 0 { // a change of one flag is not undone by another's
			c.Op, c.Flags = '+', []string{settable[g.src.IntN(len(settable))]}
		}
		return c
	case model.Fetch:
		c.Set = g.set(conn, c.UID)
		return c
	default:
		return c
	}
}

// settable are flags whose change has no other consequence.
var settable = []string{`\Answered`, `\Draft`, `\Flagged`, `\Seen`}

// set names messages that were there at the beginning, one mostly: sets that servers have
// trouble with are for sequential traces. In the other mailbox it is all messages.
func (g *generator) set(conn int, uid bool) model.Set {
	n := g.p.Fixture.Messages
	k := 1 + g.aimed(g.aim.message-1, n)
	switch {
	case g.boxes[conn] != "INBOX" || g.src.IntN(6) == 0:
		return model.Set{{From: model.Num{N: 1}, To: model.Star}}
	case g.src.IntN(4) == 0 && k < n:
		set := g.one(k, uid)
		set[0].Single, set[0].To = false, g.one(n, uid)[0].From
		return set
	}
	return g.one(k, uid)
}

// one is the set of the message with a number.
func (g *generator) one(k int, uid bool) model.Set {
	return model.Set{{From: model.Num{N: uint32(k), Symb: uid}, Single: true}}
}

// propose is a command for a session that has just selected its mailbox.
func (g *generator) propose(conn int, name string) model.Command {
	f := g.p.Fixture
	if g.boxes[conn] != "INBOX" {
		f.Messages = 2 // as may have come by now
	}
	s := g.m.Init(f)
	if !g.m.Profile.Preauth {
		s = g.m.Predict(s, model.Step{Cmd: model.LoginStep()})
	}
	s = g.m.Predict(s, model.Step{Cmd: named("SELECT", "INBOX")})
	return fuzz.Propose(g.m, s, g.src, name, false)
}
