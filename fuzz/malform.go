package fuzz

import (
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// malformed is a command that section 9 does not allow, mostly one that would do something
// in the state if it were well-formed.
func (g *generator) malformed(phase model.Phase) model.Command {
	if g.wanted != nil {
		g.wanted.dead = true // what is malformed is spelled out
		return model.Raw{}
	}
	name := "IDLE" // a server that reads it liberally waits for DONE
	for name == "IDLE" || name == "X" {
		if name = g.weighted(g.weights[phase]); g.percent(25) {
			name = g.commands[g.IntN(len(g.commands))]
		}
	}
	return g.malform(g.build(name))
}

// malform is a command that section 9 does not allow, made of one that it does.
func (g *generator) malform(c model.Command) model.Command {
	text := wire.FormatCommand(c)
	if !strings.Contains(text, "{") {
		text = strings.ReplaceAll(text, "$", "") // nobody binds the symbols of what is spelled out
	}
	for range 8 {
		raw := wire.ParseCommand(g.damage(c, text))
		if _, ok := raw.(model.Raw); ok {
			return raw
		}
	}
	return model.Raw{Bytes: c.Name() + " ("}
}

// damage is text with one thing wrong.
func (g *generator) damage(c model.Command, text string) string {
	line, _, literal := strings.Cut(text, "\r\n")
	if _, ok := c.(model.Authenticate); ok {
		text, literal = line, false // a second line would be another command
	}
	name := c.Name()
	_, store := c.(model.Store)
	if store && g.percent(15) { // flags that no client may set (section 2.3.2)
		return text[:strings.Index(text, "FLAGS")] + `FLAGS (\Recent)`
	}
	switch g.choose(4, 1, 1, 1, 1, 1, 1, 2, 2, 1) {
	case 0: // trailing junk
		return text + pick(g, " junk", " (", ")", ` "`, " {5")
	case 1: // no arguments
		if line != name {
			return name
		}
		return name + " extra"
	case 2: // an argument missing
		if i := strings.LastIndexByte(line, ' '); i >= 0 && line[:i] != name && !literal {
			return line[:i]
		}
		return name + " "
	case 3: // two spaces
		if i := strings.IndexByte(line, ' '); i > 0 {
			return text[:i] + " " + text[i:]
		}
		return name + " x"
	case 4: // an open parenthesis or quote
		return name + pick(g, " (", ` "abc`, " (()", " )")
	case 5: // a special character
		return name + pick(g, " {", " {x}", " %*", " ]")
	case 6: // a cut command
		if n := len(name) + 1; len(line) > n+1 && !literal {
			return line[:n+1+g.IntN(len(line)-n-1)]
		}
		return name + " ~"
	case 7: // a number of the wrong kind
		if !literal && strings.ContainsAny(text, "0123456789") && g.percent(60) {
			return renumbered(g, text)
		}
		return name + pick(g, " 0", " 1:", " ,1", " 4294967296", " -1")
	case 8: // a flag out of place
		return name + ` \Recent`
	default: // another word
		return pick(g, "", "(", "UID", "UID NOOP", "FOO", name[:1]+"?"+name[1:])
	}
}

// unknown is a line that no command begins, made of one that begins with a command.
func (g *generator) unknown() model.Command {
	text := spelledOut(g.mutable(model.Selected))
	name, rest, _ := strings.Cut(text, " ")
	c, d := hungUpOn(wire.ParseCommand(pick(g, "", rest, name+rest, "FOO", "FOO "+rest, name[:1]+"?"+name[1:])))
	if raw, ok := c.(model.Raw); !ok || raw.Name() != "?" || d != (model.Delivery{}) {
		return model.Raw{Bytes: "FOO"}
	}
	return c
}
