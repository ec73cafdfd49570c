package explore

import (
	"fmt"
	"slices"

	"github.com/imapcheck/imapcheck/model"
)

// Connection is the automaton of one connection (RFC 3501 section 3), made of what
// m accepts: a command for each answer to each command, from the greeting on. Its
// variable phase has the values of [model.Phase].
func Connection(m model.Machine) *Guarded {
	g := &Guarded{Name: "the states of a connection"}
	phase := g.add("phase", byte(model.Unopened))
	was := g.remember(phase)
	in := func(e *Expr, p model.Phase) *Expr { return e.Is(int(p)) }
	for _, t := range trials(m) {
		name, known := t.name(), len(g.Commands)
		i := slices.IndexFunc(g.Commands, func(c Command) bool { return c.Name == name })
		if i < 0 {
			i = len(g.Commands)
			g.Commands = append(g.Commands, Command{Name: name, Guard: in(phase, t.from)})
		}
		c := &g.Commands[i]
		if i < known {
			c.Guard = Any(c.Guard, in(phase, t.from))
		}
		if t.from != t.to {
			c.Do = append(c.Do, When(in(was, t.from), phase.Set(Num(int(t.to)))))
		}
	}
	for p := model.NotAuthenticated; p <= model.Logout; p++ {
		g.Claims = append(g.Claims, Claim{Name: "sometimes-" + p.String(), Clause: "3", Kind: Sometimes, Of: in(phase, p)})
	}
	unopened := in(phase, model.Unopened)
	g.Claims = append(g.Claims, Claim{Name: "greeted", Clause: "7.1", Kind: Leads, Of: unopened, Then: unopened.Not()})
	stay := in(was, model.Unopened).Not() // a greeting goes nowhere but forward
	arrows := []*Expr{All(stay, was.Equal(phase))}
	for _, e := range section3 {
		arrows = append(arrows, All(in(was, e[0]), in(phase, e[1])))
	}
	every := func(string) bool { return true }
	on := func(names ...string) func(string) bool {
		return func(name string) bool { return slices.Contains(names, name) }
	}
	g.watch("arrows", "3", every, Any(arrows...))
	g.watch("logout-is-the-end", "3.4", every, in(was, model.Logout).Implies(in(phase, model.Logout)))
	login := on("LOGIN OK", "AUTHENTICATE OK", "LOGOUT OK", shutdown)
	g.watch("login-first", "3.1", func(name string) bool { return !login(name) }, in(was, model.NotAuthenticated).Implies(in(phase, model.NotAuthenticated)))
	g.watch("select-selects", "6.3.1", on("SELECT OK", "EXAMINE OK"), in(phase, model.Selected))
	g.watch("failed-select-deselects", "6.3.1", on("SELECT NO", "EXAMINE NO"), in(was, model.Selected).Implies(in(phase, model.Authenticated)))
	g.watch("close-deselects", "6.4.2", on("CLOSE OK"), in(phase, model.Authenticated))
	g.watch("logout-leaves", "6.1.3", on("LOGOUT OK", shutdown), in(phase, model.Logout))
	return g
}

// shutdown is the command of [Connection] that the server gives.
const shutdown = "server shutdown"

// section3 are the lines of the figure, as the RFC has them.
var section3 = [][2]model.Phase{
	{model.Unopened, model.NotAuthenticated}, {model.Unopened, model.Authenticated}, {model.Unopened, model.Logout},
	{model.NotAuthenticated, model.Authenticated}, {model.Authenticated, model.Selected}, {model.Selected, model.Authenticated},
	{model.NotAuthenticated, model.Logout}, {model.Authenticated, model.Logout}, {model.Selected, model.Logout},
}

// name is that of the trial's command in [Connection].
func (t trial) name() string {
	switch {
	case t.command == "":
		return "greeting " + t.answer.String()
	case t.answer == model.BYE:
		return shutdown
	}
	return fmt.Sprint(t.command, " ", t.answer)
}
