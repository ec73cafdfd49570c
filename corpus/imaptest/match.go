package imaptest

import (
	"slices"
	"strconv"
	"strings"
)

// env is what the variables of a script stand for.
type env struct {
	bound []binding // in the order in which they were bound
	tag   string    // of the command
	gone  []uint32  // EXPUNGE responses since the command was sent
	steps int       // that are left for the match of a response
}

type binding struct {
	name, value string
	n           uint32 // of a mod-sequence
}

// tagName is the variable that holds the tag of the last command, as in ESEARCH.
const tagName = "tag"

// maxSteps bounds what is tried for one response: how texts are parted among variables, and
// which element of a list is which.
const maxSteps = 1 << 16

func (e *env) lookup(name string) (string, bool) {
	if name == tagName && e.tag != "" {
		return e.tag, true
	}
	for _, b := range e.bound {
		if b.name == name {
			return b.value, true
		}
	}
	return "", false
}

// now is the number that message n of the time of the command has now; false if it is gone.
func (e *env) now(n uint32) (uint32, bool) {
	for _, g := range e.gone {
		if g == n {
			return 0, false
		}
		if g < n {
			n--
		}
	}
	return n, true
}

// line reports whether a response is as l says. It binds variables if it is.
func (e *env) line(l line, args []arg) bool {
	before := len(e.bound)
	e.steps = maxSteps
	ok := len(args) == len(l.args) || l.prefix && len(args) > len(l.args)
	for i := 0; ok && i < len(l.args); i++ {
		ok = e.arg(l.args[i], args[i])
	}
	if !ok {
		e.bound = e.bound[:before]
	}
	return ok
}

func (e *env) arg(p pattern, a arg) bool {
	e.steps--
	switch {
	case e.steps < 0:
		return false
	case p.any:
		return true
	case p.isList:
		return a.kind == list && e.list(p, a.list)
	case a.kind == list || p.nil != a.isNIL() && !(a.isNIL() && isVariable(p)):
		return false
	}
	return e.text(p.pieces, a.text)
}

func isVariable(p pattern) bool { return len(p.pieces) == 1 && p.pieces[0].kind == variable }

// list reports whether a list is as p says.
func (e *env) list(p pattern, args []arg) bool {
	banned := func(a arg) bool { return slices.ContainsFunc(p.mods.ban, a.is) }
	if slices.ContainsFunc(args, banned) {
		return false
	}
	if p.mods.chain == 0 {
		return e.ordered(p, args)
	}
	n := p.mods.chain
	if len(args)%n != 0 {
		return false
	}
	used := make([]bool, len(args)/n)
	// What one chain can be is not taken by one that can be many.
	for _, loose := range []bool{false, true} {
		for i := 0; i < len(p.list); i += n {
			chain := p.list[i : i+n]
			if slices.ContainsFunc(chain, e.loose) == loose && !e.chain(chain, args, used) {
				return false
			}
		}
	}
	for i, u := range used {
		if !u && p.mods.noExtra && !slices.ContainsFunc(p.mods.ignore, args[i*n].is) {
			return false
		}
	}
	return true
}

// is reports whether a is a string of that text.
func (a arg) is(text string) bool { return a.kind != list && sameFold(a.text, text) }

// loose reports whether several arguments may be as p says.
func (e *env) loose(p pattern) bool {
	return p.any || slices.ContainsFunc(p.pieces, func(q piece) bool {
		_, bound := e.lookup(q.text)
		return q.kind == anything || q.kind == modseq || q.kind == variable && !bound
	})
}

// ordered matches elements in their order. Others may stand between them if the list says so.
func (e *env) ordered(p pattern, args []arg) bool {
	skip := func(a arg) bool { return !p.mods.noExtra || slices.ContainsFunc(p.mods.ignore, a.is) }
	i := 0
	for _, a := range args {
		if i < len(p.list) && e.all(p.list[i:i+1], []arg{a}) {
			i++
		} else if !skip(a) {
			return false
		}
	}
	return i == len(p.list)
}

// chain matches elements that belong together with some that nothing has matched yet.
func (e *env) chain(ps []pattern, args []arg, used []bool) bool {
	n := len(ps)
	for i := range used {
		if !used[i] && e.all(ps, args[i*n:(i+1)*n]) {
			used[i] = true
			return true
		}
	}
	return false
}

func (e *env) all(ps []pattern, args []arg) bool {
	before := len(e.bound)
	for i, p := range ps {
		if !e.arg(p, args[i]) {
			e.bound = e.bound[:before]
			return false
		}
	}
	return true
}

// text reports whether s is as the pieces say.
func (e *env) text(ps []piece, s string) bool {
	if len(ps) == 0 {
		return s == ""
	}
	if e.steps--; e.steps < 0 {
		return false
	}
	p, rest := ps[0], ps[1:]
	switch p.kind {
	case plain:
		return len(s) >= len(p.text) && sameFold(s[:len(p.text)], p.text) && e.text(rest, s[len(p.text):])
	case exact:
		return strings.HasPrefix(s, p.text) && e.text(rest, s[len(p.text):])
	case sequence:
		n, there := e.now(p.n)
		now := strconv.FormatUint(uint64(n), 10)
		return there && strings.HasPrefix(s, now) && e.text(rest, s[len(now):])
	}
	if value, ok := e.lookup(p.text); ok && p.kind != anything {
		return len(s) >= len(value) && sameFold(s[:len(value)], value) && e.text(rest, s[len(value):])
	}
	from := 0
	if len(rest) == 0 {
		from = len(s)
	}
	for i := from; i <= len(s); i++ {
		if e.take(p, s[:i], rest, s[i:]) {
			return true
		}
	}
	return false
}

// take has p stand for value, and matches the rest.
func (e *env) take(p piece, value string, rest []piece, s string) bool {
	before := len(e.bound)
	switch p.kind {
	case variable:
		e.bound = append(e.bound, binding{name: p.text, value: value})
	case modseq:
		if !e.ascends(p.n, value) {
			return false
		}
		e.bound = append(e.bound, binding{p.text, value, p.n})
	}
	if e.text(rest, s) {
		return true
	}
	e.bound = e.bound[:before]
	return false
}

// ascends reports whether mod-sequence number n may be value: it is as far above those
// with lower numbers, and below those with higher ones, as the numbers are apart.
func (e *env) ascends(n uint32, value string) bool {
	v, err := strconv.ParseUint(value, 10, 63)
	if err != nil || v < uint64(n) {
		return false
	}
	for _, b := range e.bound {
		if b.n == 0 {
			continue
		}
		o, _ := strconv.ParseUint(b.value, 10, 63)
		if b.n < n && v < o+uint64(n-b.n) || b.n > n && o < v+uint64(b.n-n) {
			return false
		}
	}
	return true
}

// sameFold reports whether a and b are the same but for the case of ASCII letters.
func sameFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if x, y := a[i], b[i]; x != y && (x|0x20 != y|0x20 || !isLetter(x)) {
			return false
		}
	}
	return true
}
