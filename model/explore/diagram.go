package explore

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// Line is a line of the figure of RFC 3501 section 3: an arrow from one state to
// another. The arrow to Logout has several.
type Line struct {
	Arrow    model.Arrow
	From, To model.Phase
	By       []string // what takes it, in the order of section 6: "LOGIN", "failed SELECT"
}

// Lines are the figure of section 3 as m has it: every change of state that
// Next makes of an answer that breaks no rule. They are in the order of the arrows,
// which are numbered as in the RFC.
func Lines(m model.Machine) []Line {
	var lines []Line
	for _, t := range trials(m) {
		if t.from == t.to {
			continue
		}
		i := slices.IndexFunc(lines, func(e Line) bool { return e.From == t.from && e.To == t.to })
		if i < 0 {
			i = len(lines)
			lines = append(lines, Line{From: t.from, To: t.to})
		}
		lines[i].By = append(lines[i].By, t.label())
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return rank(a) - rank(b) })
	for i := range lines {
		lines[i].Arrow = model.Arrow(i + 1)
		if i > 0 && rank(lines[i]) == rank(lines[i-1]) {
			lines[i].Arrow = lines[i-1].Arrow
		}
	}
	return lines
}

// rank is the order of the figure: greetings, commands, and the way to Logout.
func rank(e Line) int {
	switch {
	case e.From == model.Unopened:
		return int(e.To)
	case e.To == model.Logout:
		return 100
	}
	return 10 * int(e.From)
}

// trial is an answer that m accepts without a violation, and what it does to
// the state of the connection.
type trial struct {
	command  string // "" for the greeting
	answer   model.Status
	from, to model.Phase
}

// label is what the figure has for it.
func (t trial) label() string {
	switch {
	case t.command == "":
		return t.answer.String() + " greeting"
	case t.answer == model.BYE:
		return shutdown
	case t.answer != model.OK:
		return "failed " + t.command
	}
	return t.command
}

// trials are all greetings, and all commands in all states with all answers,
// that m accepts, by state, command and answer. The shutdown by the server is
// tried once a state, as an answer to NOOP: it needs no command of its own.
func trials(m model.Machine) []trial {
	m.DialogueOnly = true // the four states are not about mailboxes
	var list []trial
	try := func(from model.Phase, command string, answer model.Status, x model.Exchange) {
		s := m.Init(model.Fixture{})
		s.Conns = []model.Conn{{Phase: from}}
		s, broken := m.Next(s, x)
		if c := s.Conns[0]; len(broken) == 0 && !c.Unsure && !c.Lost {
			list = append(list, trial{command, answer, from, c.Phase})
		}
	}
	for _, answer := range []model.Status{model.OK, model.PREAUTH, model.BYE} {
		try(model.Unopened, "", answer, exchange(nil, answer))
	}
	for from := model.NotAuthenticated; from <= model.Selected; from++ {
		for _, name := range m.Profile.Commands() {
			for _, answer := range []model.Status{model.OK, model.NO, model.BAD} {
				try(from, name, answer, exchange(model.Simple{Verb: name}, answer))
			}
		}
		try(from, "NOOP", model.BYE, exchange(model.Simple{Verb: "NOOP"}, model.BYE))
	}
	return list
}

// exchange is a command, of which nothing but the name matters here, with the
// shortest right form of an answer. LOGOUT that succeeds has its BYE (section 6.1.3).
func exchange(c model.Command, answer model.Status) model.Exchange {
	x := model.Exchange{Cmd: c, Tag: model.Tag(0)}
	say := func(tag string, s model.Status) {
		x.Reply.Responses = append(x.Reply.Responses, model.Response{Raw: tag + " " + s.String() + " x", Tag: tag, Status: s, Text: "x"})
	}
	if answer == model.BYE || c != nil && c.Name() == "LOGOUT" && answer == model.OK {
		say("*", model.BYE)
		x.Reply.End = model.Closed
	}
	switch {
	case c == nil && answer != model.BYE:
		say("*", answer)
	case c != nil && answer != model.BYE:
		say(x.Tag, answer)
	}
	return x
}

// Mermaid writes the figure of section 3, as m has it, as a Mermaid state diagram.
func Mermaid(w io.Writer, m model.Machine) error {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, e := range Lines(m) {
		from := e.From.String()
		if e.From == model.Unopened {
			from = "[*]"
		}
		fmt.Fprintf(&b, "    %s --> %s: %s\n", from, e.To, e.label())
	}
	fmt.Fprintf(&b, "    %s --> [*]\n", model.Logout)
	_, err := io.WriteString(w, b.String())
	return err
}

// Dot writes the figure of section 3, as m has it, in the language of Graphviz.
func Dot(w io.Writer, m model.Machine) error {
	var b strings.Builder
	b.WriteString("digraph imap {\n    node [shape=box];\n")
	fmt.Fprintf(&b, "    %s [shape=point];\n", model.Unopened)
	for _, e := range Lines(m) {
		fmt.Fprintf(&b, "    %s -> %s [label=%q];\n", e.From, e.To, e.label())
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// label is the arrow's number and what takes it.
func (e Line) label() string { return fmt.Sprintf("(%d) %s", e.Arrow, strings.Join(e.By, ", ")) }
