package fuzz

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// mutator makes something else of a command in the RFC's notation. It may well be another
// command that section 9 allows.
type mutator struct {
	name   string
	mutate func(g *generator, text string) string
}

var mutators = []mutator{
	{"delete", deleted},
	{"duplicate", duplicated},
	{"splice", (*generator).spliced},
	{"format", reformatted},
	{"number", renumbered},
	{"long", lengthened},
	{"nest", nested},
	{"octet", interspersed},
	{"line", (*generator).broken},
}

// mutated is what a mutator makes of a command that the state allows. Where a server may
// take that for several commands, or wait for more, the client hangs up behind it.
func (g *generator) mutated(phase model.Phase) (model.Command, model.Delivery) {
	if g.wanted != nil {
		g.wanted.dead = true // what is mutated is spelled out
		return model.Raw{}, model.Delivery{}
	}
	return hungUpOn(g.mutation(g.mutable(phase)))
}

// mutation is what one of the mutators makes of a command.
func (g *generator) mutation(c model.Command) model.Command {
	return wire.ParseCommand(mutators[g.IntN(len(mutators))].mutate(g, spelledOut(c)))
}

// hungUpOn is a command with the usual delivery, if that will do.
func hungUpOn(c model.Command) (model.Command, model.Delivery) {
	raw, _ := c.(model.Raw)
	if unruly(model.Step{Cmd: c}) || strings.HasPrefix(strings.ToUpper(raw.Bytes), "IDLE") {
		return c, model.Delivery{Way: model.HangUp}
	}
	return c, model.Delivery{}
}

// mutable is a command that the state allows.
func (g *generator) mutable(phase model.Phase) model.Command {
	name := g.weighted(g.weights[phase])
	if name == "X" { // what may stand behind it is the server's own affair, a literal not announced as one
		name = "NOOP"
	}
	return g.build(name)
}

// spelledOut is the text of a command that is to be another. Its sets have no symbols, which
// nobody binds in what is spelled out.
func spelledOut(c model.Command) string {
	text := wire.FormatCommand(c)
	if _, ok := c.(model.Authenticate); ok {
		text, _, _ = strings.Cut(text, "\r\n") // what follows answers the server
	}
	return strings.ReplaceAll(text, "$", "")
}

// tokens are the parts of a command: words, strings, and every space and parenthesis.
// They make up the text.
func tokens(text string) (list []string) {
	for len(text) > 0 {
		n := strings.IndexAny(text[1:], ` ()"{`) + 1
		switch text[0] {
		case ' ', '(', ')':
			n = 1
		case '"':
			for n = 1; n < len(text) && model.OpenQuote(text[:n]); n++ {
			}
		case '{':
			line, octets, found := strings.Cut(text, "\r\n")
			if size, _, ok := wire.CommandLiteral([]byte(line)); ok && found {
				n = len(text) - len(octets) + min(size, len(octets))
			}
		}
		if n == 0 {
			n = len(text)
		}
		list, text = append(list, text[:n]), text[n:]
	}
	return list
}

// some is the place of one of the tokens behind the command's name, 0 if there is none.
func some(g *generator, list []string) int {
	if len(list) < 2 {
		return 0
	}
	return 1 + g.IntN(len(list)-1)
}

// deleted lacks a token.
func deleted(g *generator, text string) string {
	list := tokens(text)
	i := some(g, list)
	return strings.Join(slices.Delete(list, i, i+1), "")
}

// duplicated has a token twice.
func duplicated(g *generator, text string) string {
	list := tokens(text)
	i := some(g, list)
	return strings.Join(slices.Insert(list, i, list[i]), "")
}

// spliced goes on as another command does.
func (g *generator) spliced(text string) string {
	other := tokens(spelledOut(g.mutable(model.Selected)))
	list := tokens(text)
	return strings.Join(slices.Concat(list[:1+some(g, list)], other[some(g, other):]), "")
}

// reformatted has another data format in the place of a token's (section 4).
func reformatted(g *generator, text string) string {
	list := tokens(text)
	i := some(g, list)
	s := list[i]
	if _, octets, ok := strings.Cut(s, "}\r\n"); ok {
		s = octets
	}
	s = strings.Trim(s, `"`)
	literal := wire.FormatCommand(model.Mailbox{Box: model.AString{S: s, Form: model.Literal}})
	list[i] = pick(g, s, `"`+s+`"`, literal[1:], "("+s+")", "NIL", `""`)
	return strings.Join(list, "")
}

// renumbered has a number at a bound of the types that numbers are kept in.
func renumbered(g *generator, text string) string {
	number := pick(g, "0", "2147483648", "4294967295", "4294967296", "9223372036854775808", "18446744073709551616")
	var starts []int
	for i := range len(text) {
		if digit(text, i) && !digit(text, i-1) {
			starts = append(starts, i)
		}
	}
	if len(starts) == 0 {
		return text + pick(g, " "+number, " {"+number+"}")
	}
	from := starts[g.IntN(len(starts))]
	to := from
	for digit(text, to) {
		to++
	}
	return text[:from] + number + text[to:]
}

func digit(s string, i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }

// lengthened ends in a long word or literal, and then in what no command ends in: a server
// may refuse a legal command for its length.
func lengthened(g *generator, text string) string {
	long := strings.Repeat("a", pick(g, 300, 1100, 9000))
	literal := wire.FormatCommand(model.Mailbox{Box: model.AString{S: long, Form: model.Literal}})
	return text + pick(g, " "+long, ` "`+long+`"`, literal) + " ("
}

// nested has a token in many lists, not all of which are closed: nor need a server take a
// legal command that is nested so deep.
func nested(g *generator, text string) string {
	list := tokens(text)
	i := some(g, list)
	depth := pick(g, 2, 60, 3000)
	list[i] = strings.Repeat("(", depth) + list[i] + strings.Repeat(")", depth-1)
	return strings.Join(list, "")
}

// interspersed has an octet that is legal in literals alone, if at all.
func interspersed(g *generator, text string) string {
	i := g.IntN(len(text) + 1)
	return text[:i] + pick(g, "\x00", "\x80", "\xFF", "\x01", "\t", "\x7F", "\x1B") + text[i:]
}

// broken has half of a line end, and perhaps a second command behind it.
func (g *generator) broken(text string) string {
	i := g.IntN(len(text) + 1)
	return text[:i] + pick(g, "\r", "\n", "\n\r", "\r\r") + pick(g, text[i:], "x1 NOOP")
}
