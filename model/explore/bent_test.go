package explore

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

// bent is a system with a fault, and a claim that the fault breaks.
type bent struct {
	name, claim string
	make        func() *Guarded
}

// ofViews bends the commands of session 0.
func ofViews(name, claim string, bend func(*views, *session)) bent {
	return bent{name, claim, func() *Guarded {
		w := newViews(2)
		bend(w, &w.s[0])
		return w.Guarded
	}}
}

// ofConnection bends the automaton of one connection.
func ofConnection(name, claim string, bend func(g *Guarded, phase *Expr)) bent {
	return bent{name, claim, func() *Guarded {
		g := Connection(model.New())
		bend(g, &Expr{op: opVar, v: g.Vars[0]})
		return g
	}}
}

func (g *Guarded) command(name string) *Command {
	return &g.Commands[slices.IndexFunc(g.Commands, func(c Command) bool { return c.Name == name })]
}

// goes makes the command lead to a state, from wherever it is allowed.
func goes(g *Guarded, phase *Expr, name string, to model.Phase) {
	g.command(name).Do = []Stmt{phase.Set(Num(int(to)))}
}

var bents = []bent{
	ofViews("STORE in an examined mailbox", "examine-read-only-0", func(w *views, s *session) {
		w.command("0 STORE 0").Guard = All(s.selected(), s.told[0])
	}),
	ofViews("EXPUNGE in an examined mailbox", "examine-read-only-0", func(w *views, s *session) {
		w.command("0 EXPUNGE").Guard = s.selected()
	}),
	ofViews("CLOSE of an examined mailbox removes", "examine-read-only-0", func(w *views, s *session) {
		w.command("0 CLOSE").Do = slices.Concat(w.removes(), w.leaves(s, viewNone))
	}),
	ofViews("EXPUNGE removes what has no Deleted", "only-deleted-removed", func(w *views, s *session) {
		c := w.command("0 EXPUNGE")
		c.Do = slices.Concat(w.exists(s), []Stmt{When(w.msgs[0].Is(int(msgKept)), w.msgs[0].Set(num(msgGone)))}, w.expunges(s))
	}),
	ofViews("UNSELECT removes", "deselect-keeps", func(w *views, s *session) {
		w.command("0 UNSELECT").Do = slices.Concat(w.removes(), w.leaves(s, viewNone))
	}),
	ofViews("SELECT removes in what it leaves", "deselect-keeps", func(w *views, s *session) {
		c := w.command("0 SELECT")
		c.Do = append([]Stmt{When(s.at.Is(int(viewReadWrite)), w.removes()...)}, c.Do...)
	}),
	ofViews("CLOSE takes messages without a trace", "messages-last", func(w *views, _ *session) {
		c := w.command("0 CLOSE")
		c.Do = append([]Stmt{When(w.msgs[1].Is(int(msgDeleted)), w.msgs[1].Set(num(msgNone)))}, c.Do...)
	}),
	ofViews("FETCH tells of EXPUNGE", "expunge-when-0", func(w *views, s *session) {
		w.command("0 FETCH").Do = w.expunges(s)
	}),
	ofViews("EXPUNGE is told to both at once", "no-expunge-unasked-1", func(w *views, _ *session) {
		c := w.command("0 EXPUNGE")
		c.Do = slices.Concat(c.Do, w.expunges(&w.s[1]))
	}),
	ofViews("EXISTS counts the mailbox and not the view", "exists-never-shrinks-0", func(w *views, s *session) {
		w.command("0 FETCH EXISTS").Do[0] = s.count.Set(Sum(w.there(0), w.there(1)))
	}),
	ofViews("EXISTS counts what is gone", "counts-agree", func(w *views, s *session) {
		w.command("0 NOOP").Do = slices.Concat(w.expunges(s), []Stmt{s.count.Set(Sum(w.msgs[0].Is(0).Not(), w.msgs[1].Is(0).Not()))})
	}),
	ofViews("the client forgets to count", "counts-agree", func(w *views, s *session) {
		w.command("0 EXPUNGE").Do = slices.Concat(w.exists(s), w.removes(), []Stmt{When(w.msgs[0].Is(int(msgGone)), s.told[0].Set(Num(0)))})
	}),
	ofViews("NOOP is silent on what is new", "noop-tells-all-0", func(w *views, s *session) { w.command("0 NOOP").Do = w.expunges(s) }),
	ofViews("NOOP is silent on what is gone", "noop-tells-all-0", func(w *views, s *session) { w.command("0 NOOP").Do = w.exists(s) }),
	ofViews("EXISTS without the message before", "news-behind-the-view", func(w *views, s *session) {
		w.command("0 FETCH EXISTS").Do = []Stmt{When(All(w.there(1), s.told[1].Not()), s.told[1].Set(Num(1)), s.count.Set(s.count.Plus(Num(1))))}
	}),
	ofViews("a message is shown before it is there", "view-of-messages", func(w *views, s *session) {
		w.command("0 FETCH").Do = []Stmt{s.told[1].Set(Num(1))}
	}),
	ofViews("CLOSE keeps the view", "view-needs-selected", func(w *views, s *session) {
		w.command("0 CLOSE").Do = []Stmt{s.at.Set(num(viewNone))}
	}),
	ofViews("a failed SELECT keeps the view", "view-needs-selected", func(w *views, s *session) {
		w.command("0 SELECT NO").Do = []Stmt{s.at.Set(num(viewNone))}
	}),
	ofViews("a session comes back", "logout-is-the-end", func(w *views, _ *session) { w.command("0 SELECT").Guard = Num(1) }),
	ofViews("gone messages are never forgotten", "gone-while-shown", func(w *views, _ *session) {
		w.After = w.After[:len(w.After)-len(w.tidy())]
	}),
	ofViews("no EXPUNGE is ever due", "sometimes-expunge-due", func(w *views, _ *session) {
		for i := range w.s { // all are told of what is gone in the same step
			w.After = append(w.After[:len(w.After):len(w.After)], w.expunges(&w.s[i])...)
		}
		w.After = append(w.After, w.tidy()...)
	}),

	ofConnection("SELECT before LOGIN", "login-first", func(g *Guarded, phase *Expr) {
		g.command("SELECT OK").Guard = Any(phase.Is(1), phase.Is(2), phase.Is(3))
		goes(g, phase, "SELECT OK", model.Selected)
	}),
	ofConnection("no arrow 5", "sometimes-Selected", func(g *Guarded, _ *Expr) {
		g.command("SELECT OK").Do, g.command("EXAMINE OK").Do = nil, nil
	}),
	ofConnection("EXAMINE does not select", "select-selects", func(g *Guarded, _ *Expr) { g.command("EXAMINE OK").Do = nil }),
	ofConnection("a failed SELECT stays selected", "failed-select-deselects", func(g *Guarded, _ *Expr) { g.command("SELECT NO").Do = nil }),
	ofConnection("CLOSE stays selected", "close-deselects", func(g *Guarded, _ *Expr) { g.command("CLOSE OK").Do = nil }),
	ofConnection("LOGOUT to Authenticated", "logout-leaves", func(g *Guarded, phase *Expr) { goes(g, phase, "LOGOUT OK", model.Authenticated) }),
	ofConnection("LOGIN selects", "arrows", func(g *Guarded, phase *Expr) { goes(g, phase, "LOGIN OK", model.Selected) }),
	ofConnection("a command behind LOGOUT", "logout-is-the-end", func(g *Guarded, phase *Expr) {
		g.command("NOOP OK").Guard = phase.Is(int(model.Logout))
		goes(g, phase, "NOOP OK", model.NotAuthenticated)
	}),
	ofConnection("no greeting", "greeted", func(g *Guarded, _ *Expr) { g.command("greeting OK").Do = nil }),
}

// Every fault breaks its claim, by a shortest path that ends in the fault.
func TestBentSystemsAreRefuted(t *testing.T) {
	broken := map[string]bool{}
	for _, b := range bents {
		t.Run(b.name, func(t *testing.T) {
			g := b.make()
			r := Check(g.System(), g.Properties(), Options{})
			i := slices.IndexFunc(r.Verdicts, func(v Verdict[string, string]) bool { return v.Property.Name == b.claim })
			require.GreaterOrEqual(t, i, 0, b.claim)
			v := r.Verdicts[i]
			assert.Equal(t, Refuted, v.Answer)
			if v.Path != nil {
				t.Log(v.Path.Actions())
			}
		})
		broken[strings.TrimRight(b.claim, "-01")] = true
	}
	for _, g := range []*Guarded{Views(2), Connection(model.New())} {
		for _, c := range g.Claims {
			if c.Kind != Sometimes {
				assert.True(t, broken[strings.TrimRight(c.Name, "-01")], "no fault breaks %s", c.Name)
			}
		}
	}
}
