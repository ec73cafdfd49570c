package explore

import (
	"iter"
)

// Guarded is a small finite system of guarded commands over variables of an octet:
// data, from which come both what [Check] visits and the Promela text of it.
//
// A command that its guard allows is one step: Before, what the command does, what
// watches it, and After, none of which can be seen half done.
type Guarded struct {
	Name          string
	Vars          []*Variable
	Commands      []Command
	Before, After []Stmt
	Claims        []Claim
}

// Variable has the values 0 to 255.
type Variable struct {
	Name string
	Init byte
	at   int
}

// Command is a guarded command. Watch only looks at what Do has done: it sets
// variables that no guard asks for.
type Command struct {
	Name  string
	Guard *Expr
	Do    []Stmt
	Watch []Stmt
}

// Stmt sets Var to the value of To modulo 256, or, if Var is nil, does Then if the
// value of If is not 0.
type Stmt struct {
	Var  *Variable
	To   *Expr
	If   *Expr
	Then []Stmt
}

// Claim is a [Property] of states in terms of the variables. Of the kinds it has
// Always, Sometimes and Leads.
type Claim struct {
	Name   string
	Clause string // of RFC 3501, "" for none
	Kind   Kind
	Of     *Expr
	Then   *Expr // of Leads
}

// add is a new variable, as an expression.
func (g *Guarded) add(name string, first byte) *Expr {
	v := &Variable{Name: name, Init: first, at: len(g.Vars)}
	g.Vars = append(g.Vars, v)
	return &Expr{op: opVar, v: v}
}

// remember is a new variable that has, during a step, the value of another from
// before it, and is 0 between the steps, so that it makes no states.
func (g *Guarded) remember(e *Expr) *Expr {
	was := g.add("was_"+e.v.Name, 0)
	g.Before, g.After = append(g.Before, was.Set(e)), append(g.After, was.Set(Num(0)))
	return was
}

// System is what [Check] visits. A state is the values of the variables, in order,
// an action the name of a command.
func (g *Guarded) System() System[string, string] {
	first := make([]byte, len(g.Vars))
	for i, v := range g.Vars {
		first[i] = v.Init
	}
	return System[string, string]{Init: []string{string(first)}, Next: g.next, Key: func(s string) string { return s }}
}

func (g *Guarded) next(s string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		from := []byte(s)
		for i := range g.Commands {
			c := &g.Commands[i]
			if c.Guard.value(from) == 0 {
				continue
			}
			to := []byte(s)
			for _, list := range [...][]Stmt{g.Before, c.Do, c.Watch, g.After} {
				run(to, list)
			}
			if !yield(c.Name, string(to)) {
				return
			}
		}
	}
}

func run(at []byte, list []Stmt) {
	for i := range list {
		switch st := &list[i]; {
		case st.Var != nil:
			at[st.Var.at] = byte(st.To.value(at))
		case st.If.value(at) != 0:
			run(at, st.Then)
		}
	}
}

// Properties are the claims as [Check] takes them.
func (g *Guarded) Properties() []Property[string, string] {
	list := make([]Property[string, string], len(g.Claims))
	for i, c := range g.Claims {
		list[i] = Property[string, string]{Name: c.Name, Clause: c.Clause, Kind: c.Kind, State: c.Of.holds()}
		if c.Then != nil {
			list[i].Then = c.Then.holds()
		}
	}
	return list
}

func (e *Expr) holds() func(string) bool {
	return func(s string) bool { return e.value([]byte(s)) != 0 }
}

// Value is that of a variable in a state.
func (g *Guarded) Value(state, name string) int {
	for _, v := range g.Vars {
		if v.Name == name {
			return int(state[v.at])
		}
	}
	return -1
}

// Expr is an expression over variables. Its value is an integer; 1 and 0 are true
// and false.
type Expr struct {
	op   op
	n    int
	v    *Variable
	x, y *Expr
}

type op uint8

const (
	opNum op = iota
	opVar
	opEqual
	opLess
	opPlus
	opMinus
	opAnd
	opOr
)

// Num is a number.
func Num(n int) *Expr { return &Expr{op: opNum, n: n} }

// Equal is whether both are the same.
func (e *Expr) Equal(o *Expr) *Expr { return &Expr{op: opEqual, x: e, y: o} }

// Is is whether e is n.
func (e *Expr) Is(n int) *Expr { return e.Equal(Num(n)) }

// Less is whether e is less than o.
func (e *Expr) Less(o *Expr) *Expr { return &Expr{op: opLess, x: e, y: o} }

// Plus is the sum.
func (e *Expr) Plus(o *Expr) *Expr { return &Expr{op: opPlus, x: e, y: o} }

// Minus is the difference.
func (e *Expr) Minus(o *Expr) *Expr { return &Expr{op: opMinus, x: e, y: o} }

// Not is whether e is 0.
func (e *Expr) Not() *Expr { return e.Is(0) }

// Implies is whether o is true if e is.
func (e *Expr) Implies(o *Expr) *Expr { return Any(e.Not(), o) }

// All is whether all are true.
func All(list ...*Expr) *Expr { return fold(opAnd, 1, list) }

// Any is whether one is true.
func Any(list ...*Expr) *Expr { return fold(opOr, 0, list) }

// Sum is the sum of all.
func Sum(list ...*Expr) *Expr { return fold(opPlus, 0, list) }

func fold(by op, none int, list []*Expr) *Expr {
	if len(list) == 0 {
		return Num(none)
	}
	e := list[0]
	for _, o := range list[1:] {
		e = &Expr{op: by, x: e, y: o}
	}
	return e
}

// Set is the statement that sets the variable e.
func (e *Expr) Set(to *Expr) Stmt { return Stmt{Var: e.v, To: to} }

// When is a statement with a condition.
func When(cond *Expr, then ...Stmt) Stmt { return Stmt{If: cond, Then: then} }

func (e *Expr) value(at []byte) int {
	switch e.op {
	case opNum:
		return e.n
	case opVar:
		return int(at[e.v.at])
	case opAnd:
		if e.x.value(at) == 0 {
			return 0
		}
		return truth(e.y.value(at) != 0)
	case opOr:
		if e.x.value(at) != 0 {
			return 1
		}
		return truth(e.y.value(at) != 0)
	}
	x, y := e.x.value(at), e.y.value(at)
	switch e.op {
	case opEqual:
		return truth(x == y)
	case opLess:
		return truth(x < y)
	case opPlus:
		return x + y
	}
	return x - y
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// watch claims that holds is true of every step of the commands that on names,
// between what they do and After. A variable remembers that it was not.
func (g *Guarded) watch(name, clause string, on func(string) bool, holds *Expr) {
	broken := g.add("broken_"+ident(name), 0)
	for i := range g.Commands {
		if c := &g.Commands[i]; on(c.Name) {
			c.Watch = append(c.Watch, When(holds.Not(), broken.Set(Num(1))))
		}
	}
	g.Claims = append(g.Claims, Claim{Name: name, Clause: clause, Kind: Always, Of: broken.Not()})
}
