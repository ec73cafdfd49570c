package imaptest

import (
	"fmt"
	"strconv"
	"strings"
)

// pattern is what an argument is to be like.
type pattern struct {
	any    bool // a lone $: any argument, lists too
	nil    bool // NIL and no string
	pieces []piece
	isList bool
	list   []pattern
	mods   modifiers
}

// modifiers say how a list is matched.
type modifiers struct {
	chain   int  // elements that belong together, in any order; 0 for an ordered list
	noExtra bool // no elements but those of the pattern, and those that are ignored
	ignore  []string
	ban     []string // elements that must not be there
}

// line is what a response is to be like.
type line struct {
	args   []pattern
	prefix bool // the response may go on: a status
}

// modifier is how a modifier of a list begins.
const modifier = "$!"

// hidden are the flags of FETCH that a server may add: \Recent is not the client's
// (RFC 3501 section 2.3.2), the others are said of the content.
var hidden = []string{`\recent`, "$HasAttachment", "$HasNoAttachment"}

// parseLine reads what a response without its tag is to be like.
func parseLine(s string) (line, error) {
	args, err := parseArgs(s)
	if err != nil {
		return line{}, err
	}
	if len(args) == 0 {
		return line{}, fmt.Errorf("no response is expected")
	}
	l := line{prefix: isStatus(args[0])}
	name := responseName(args)
	for i, a := range args {
		var p pattern
		if a.kind == list {
			p, err = parseList(a.list, defaults(name, i), name == "FETCH" && i == 2)
		} else {
			p, err = parsePattern(a)
		}
		if err != nil {
			return line{}, err
		}
		l.args = append(l.args, p)
	}
	return l, nil
}

// isStatus reports whether the responses that begin with a are matched by how they begin.
func isStatus(a arg) bool {
	switch strings.ToUpper(a.text) {
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		return a.kind == atom
	}
	return false
}

// responseName is the name of a response, in upper case, behind the number of one that
// begins with that.
func responseName(args []arg) string {
	name := args[0].text
	if name != "" && (name[0] == '$' || isDigit(name[0])) && len(args) > 1 {
		name = args[1].text
	}
	return strings.ToUpper(name)
}

// defaults are the modifiers of a list without any, the i-th argument of a response.
func defaults(name string, i int) modifiers {
	switch {
	case (name == "LIST" || name == "LSUB") && i == 1, name == "FLAGS" && i == 1:
		return modifiers{chain: 1}
	case (name == "FETCH" || name == "STATUS") && i == 2:
		return modifiers{chain: 2}
	}
	return modifiers{noExtra: true}
}

// parseList reads a list; fetch says that it is that of FETCH.
func parseList(args []arg, m modifiers, fetch bool) (pattern, error) {
	p := pattern{isList: true, mods: m}
	own := false
	for ; len(args) > 0 && args[0].kind == atom && strings.HasPrefix(args[0].text, modifier); args = args[1:] {
		if !own {
			own, p.mods = true, modifiers{noExtra: true}
		}
		if err := p.mods.add(args[0].text[len(modifier):]); err != nil {
			return p, err
		}
	}
	if n := p.mods.chain; n > 1 && len(args)%n != 0 {
		return p, fmt.Errorf("a list of %d elements, which come by %d", len(args), n)
	}
	for i, a := range args {
		var e pattern
		var err error
		if a.kind == list {
			below := modifiers{noExtra: true}
			if fetch && i > 0 && strings.EqualFold(args[i-1].text, "FLAGS") {
				below = modifiers{chain: 1, noExtra: true, ignore: hidden}
			}
			e, err = parseList(a.list, below, false)
		} else {
			e, err = parsePattern(a)
		}
		if err != nil {
			return p, err
		}
		p.list = append(p.list, e)
	}
	return p, nil
}

// add adds a modifier, without the "$!".
func (m *modifiers) add(text string) error {
	word, value, has := strings.Cut(text, "=")
	switch {
	case word == "unordered":
		// What else is in such a list does not matter, unless $!noextra says so.
		m.chain, m.noExtra = 1, false
		if has {
			n, err := strconv.ParseUint(value, 10, 8)
			if err != nil || n == 0 {
				return fmt.Errorf("$!%s: the number has to be from 1 to 255", text)
			}
			m.chain = int(n)
		}
	case word == "ignore" && value != "":
		m.ignore = append(m.ignore, value)
	case word == "ban" && value != "":
		m.ban = append(m.ban, value)
	case has:
		return fmt.Errorf("$!%s: there is no such modifier", text)
	case word == "ordered":
		m.chain, m.noExtra = 0, true
	case word == "noextra":
		m.noExtra = true
	case word == "extra":
		m.noExtra = false
	default:
		return fmt.Errorf("$!%s: there is no such modifier", text)
	}
	return nil
}

func parsePattern(a arg) (pattern, error) {
	if a.kind == literal {
		return pattern{pieces: addPlain(nil, a.text)}, nil
	}
	if a.kind == atom && strings.HasPrefix(a.text, modifier) {
		return pattern{}, fmt.Errorf("%s does not stand at the beginning of a list", a.text)
	}
	ps, err := parsePieces(a.text)
	whole := a.kind == atom && len(ps) == 1 && ps[0].kind == anything
	return pattern{any: whole, nil: a.isNIL(), pieces: ps}, err
}
