package explore

import (
	"fmt"
	"io"
	"strings"
)

// WritePromela writes the system in Promela, the language of the model checker
// Spin, with an ltl formula for each claim.
//
// There is one process, of one loop whose branches are the commands, each a d_step:
// Spin has no state but those before and behind a command, all of them at the same
// place of the process. So its number of states is that of [Check], with nothing to be
// subtracted, if pan is compiled with NOREDUCE (it leaves out no order of commands) and
// NOCLAIM (it counts no steps of a formula); its number of transitions counts the way
// to the first state as one more. Where nothing is left to do the process is at an end
// label: that is no deadlock.
//
// A Sometimes claim is written as the formula that it never holds, which Spin is
// to refute.
func WritePromela(w io.Writer, g *Guarded) error {
	p := &promela{}
	p.line(0, "/* %s: written by imapcheck, not by hand. */", g.Name)
	for _, v := range g.Vars {
		p.line(0, "byte %s = %d;", ident(v.Name), v.Init)
	}
	p.line(0, "")
	p.inline("before", g.Before)
	p.inline("after", g.After)
	p.line(0, "init {")
	p.line(0, "end:")
	p.line(1, "do")
	for _, c := range g.Commands {
		p.line(1, ":: d_step { /* %s */", c.Name)
		p.line(2, "%s ->", c.Guard)
		p.line(2, "before();")
		p.stmts(2, c.Do)
		p.stmts(2, c.Watch)
		p.line(2, "after()")
		p.line(1, "}")
	}
	p.line(1, "od")
	p.line(0, "}")
	for _, c := range g.Claims {
		p.claim(c)
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

type promela struct{ b strings.Builder }

func (p *promela) line(depth int, format string, args ...any) {
	p.b.WriteString(strings.Repeat("\t", depth))
	fmt.Fprintf(&p.b, format, args...)
	p.b.WriteByte('\n')
}

func (p *promela) inline(name string, list []Stmt) {
	p.line(0, "inline %s() {", name)
	p.line(1, "skip;")
	p.stmts(1, list)
	p.line(0, "}")
	p.line(0, "")
}

func (p *promela) stmts(depth int, list []Stmt) {
	for _, st := range list {
		if st.Var != nil {
			p.line(depth, "%s = %s;", ident(st.Var.Name), st.To)
			continue
		}
		p.line(depth, "if")
		p.line(depth, ":: %s ->", st.If)
		p.stmts(depth+1, st.Then)
		p.line(depth, ":: else")
		p.line(depth, "fi;")
	}
}

// claim names the expressions: the grammar of ltl formulas knows no arithmetic.
func (p *promela) claim(c Claim) {
	name := ident(c.Name)
	p.line(0, "")
	p.line(0, "#define is_%s %s", name, c.Of)
	switch c.Kind {
	case Always:
		p.line(0, "ltl %s { [] is_%s }", name, name)
	case Sometimes:
		p.line(0, "ltl %s { [] !is_%s }", name, name)
	case Leads:
		p.line(0, "#define then_%s %s", name, c.Then)
		p.line(0, "ltl %s { [] (is_%s -> <> then_%s) }", name, name, name)
	}
}

// ident is a name as Promela has it.
func ident(name string) string { return strings.ReplaceAll(name, "-", "_") }

// String is the expression in the words of Promela, in parentheses unless it is a
// number or a variable.
func (e *Expr) String() string {
	switch e.op {
	case opNum:
		return fmt.Sprint(e.n)
	case opVar:
		return ident(e.v.Name)
	}
	sign := map[op]string{opEqual: "==", opLess: "<", opPlus: "+", opMinus: "-", opAnd: "&&", opOr: "||"}[e.op]
	return fmt.Sprintf("(%s %s %s)", e.x, sign, e.y)
}
