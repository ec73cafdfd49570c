package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model/message"
)

// Simpler are the commands to try in place of c, the simplest first. Each has
// less [Weight] than c, so repeated use comes to an end. Mailbox names and
// keywords keep their text: a name means something to the rest of the trace, so
// only a renaming of the whole trace can touch it.
//
// What is cut from a [Raw] can happen to spell a legal command with arguments.
// A caller that can parse has to drop those.
func Simpler(c Command) []Command {
	limit := Weight(c)
	seen := map[string]bool{}
	out := slices.DeleteFunc(proposals(c), func(p Command) bool {
		id := fmt.Sprintf("%#v", p)
		again := seen[id]
		seen[id] = true
		return again || Weight(p) >= limit
	})
	slices.SortStableFunc(out, func(a, b Command) int { return cmp.Compare(Weight(a), Weight(b)) })
	return out
}

// proposals are simplifications of c in no order. Some may be no lighter.
func proposals(c Command) (out []Command) {
	add := func(p Command) { out = append(out, p) }
	switch c := c.(type) {
	case LoginCmd:
		each(simplerForm(c.User), func(a AString) { add(LoginCmd{a, c.Password}) })
		each(simplerForm(c.Password), func(a AString) { add(LoginCmd{c.User, a}) })
	case Authenticate:
		each(simplerLines(c.Lines), func(lines []string) { add(Authenticate{c.Mechanism, lines}) })
	case StartTLS:
		if c.Behind != nil {
			add(StartTLS{})
			add(StartTLS{Simple{"NOOP"}})
			each(Simpler(c.Behind), func(p Command) { add(StartTLS{p}) })
		}
	case Mailbox:
		each(simplerForm(c.Box), func(a AString) { add(Mailbox{c.Verb, a}) })
	case Rename:
		each(simplerForm(c.From), func(a AString) { add(Rename{a, c.To}) })
		each(simplerForm(c.To), func(a AString) { add(Rename{c.From, a}) })
	case List:
		add(List{c.Verb, AString{Form: Quoted}, c.Pattern})
		each(simplerForm(c.Ref), func(a AString) { add(List{c.Verb, a, c.Pattern}) })
		each(simplerPattern(c.Pattern), func(a AString) { add(List{c.Verb, c.Ref, a}) })
	case StatusCmd:
		each(simplerForm(c.Box), func(a AString) { add(StatusCmd{a, c.Items}) })
		each(fewer(c.Items, 1), func(items []string) { add(StatusCmd{c.Box, items}) })
	case Append:
		return simplerAppend(c)
	case Search:
		each(simplerKeys(c.Keys), func(keys []SearchKey) { add(Search{c.UID, c.Charset, keys}) })
		add(Search{c.UID, "", c.Keys})
		add(Search{false, c.Charset, c.Keys})
	case Fetch:
		return simplerFetch(c)
	case Store:
		return simplerStore(c)
	case Copy:
		each(simplerSet(c.Set, c.UID), func(s Set) { add(Copy{c.UID, s, c.Box, c.Move}) })
		each(simplerForm(c.Box), func(a AString) { add(Copy{c.UID, c.Set, a, c.Move}) })
		add(Copy{false, sequence(c.Set), c.Box, c.Move})
	case UIDExpunge:
		each(simplerSet(c.Set, true), func(s Set) { add(UIDExpunge{s}) })
	case Enable:
		each(fewer(c.Caps, 1), func(caps []string) { add(Enable{caps}) })
	case Experimental:
		add(Experimental{c.Verb, ""})
		add(Experimental{c.Verb, c.Args[:len(c.Args)/2]})
	case Raw:
		each(simplerBytes(c.Bytes), func(s string) { add(Raw{s}) })
	}
	return out
}

// each calls f with every element of list.
func each[T any](list []T, f func(T)) {
	for _, v := range list {
		f(v)
	}
}

// fewer are the sublists of list with at least least elements: the shortest
// ones, then all that lack one element.
func fewer[S ~[]T, T any](list S, least int) (out []S) {
	if len(list) <= least {
		return nil
	}
	if least == 0 {
		out = append(out, S{})
	}
	if len(list) > 2 {
		each(list, func(v T) { out = append(out, S{v}) })
	}
	for i := range list {
		if len(list) > 1 {
			out = append(out, slices.Concat(list[:i], list[i+1:]))
		}
	}
	return out
}

// replaced is list with the elements from i to j given way to with.
func replaced[S ~[]T, T any](list S, i, j int, with ...T) S {
	return slices.Concat(list[:i], with, list[j:])
}

func simplerForm(a AString) (out []AString) {
	for f := Atom; f < a.Form; f++ {
		if b := (AString{a.S, f}); b.Legal() == b {
			out = append(out, b)
		}
	}
	return out
}

// simplerPattern knows that a wildcard may stand in a bare list-mailbox.
func simplerPattern(a AString) []AString {
	out := append(simplerForm(a), AString{S: "*"})
	bare := wildcards.Replace(a.S)
	if a.S != "" && (bare == "" || isAtomString(bare)) {
		out = append(out, AString{S: a.S})
	}
	return out
}

func simplerAppend(c Append) (out []Command) {
	with := func(change func(*Append)) {
		p := c
		change(&p)
		out = append(out, p)
	}
	each(simplerMessages(c.Message), func(m string) { with(func(p *Append) { p.Message = m }) })
	with(func(p *Append) { p.Plus = false })
	with(func(p *Append) { p.Date = "" })
	with(func(p *Append) { p.Flags = nil })
	each(fewer(c.Flags, 0), func(f []string) { with(func(p *Append) { p.Flags = f }) })
	each(simplerForm(c.Box), func(a AString) { with(func(p *Append) { p.Box = a }) })
	return out
}

// maxLines bounds the lines of a message that are dropped one by one.
const maxLines = 20

func simplerMessages(m string) []string {
	half := len(m) / 2
	var out []string
	if message.Find(m) != nil { // of which more is known, as of those in its place
		for n := range message.Count() {
			if built := message.New(uint64(n)).Octets(); len(built) < len(m) {
				out = append(out, built)
			}
		}
	}
	out = append(out, []string{"Subject: a\r\n", "Subject: a\r\n\r\na\r\n", m[:half], m[half:]}...)
	lines := strings.SplitAfter(m, "\r\n")
	for i := 0; i < len(lines) && len(lines) <= maxLines; i++ {
		out = append(out, strings.Join(replaced(lines, i, i+1), ""))
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// macros are the FETCH macros and what they stand for (RFC 3501 section 6.4.5).
var macros = map[string][]string{
	"FAST": {"FLAGS", "INTERNALDATE", "RFC822.SIZE"},
	"ALL":  {"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"},
	"FULL": {"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"},
}

func simplerFetch(c Fetch) (out []Command) {
	with := func(change func(*Fetch)) {
		p := c
		change(&p)
		out = append(out, p)
	}
	for i, item := range c.Items {
		with(func(p *Fetch) { p.Items, p.Paren = []string{item}, false })
		each(macros[item], func(s string) { with(func(p *Fetch) { p.Items = replaced(c.Items, i, i+1, s) }) })
		if whole, _, partial := strings.Cut(item, "]<"); partial {
			with(func(p *Fetch) { p.Items = replaced(c.Items, i, i+1, whole+"]") })
		}
	}
	each(fewer(c.Items, 1), func(items []string) { with(func(p *Fetch) { p.Items = items }) })
	each(simplerSet(c.Set, c.UID), func(s Set) { with(func(p *Fetch) { p.Set = s }) })
	with(func(p *Fetch) { p.UID, p.Set = false, sequence(c.Set) })
	return out
}

func simplerStore(c Store) (out []Command) {
	with := func(change func(*Store)) {
		p := c
		change(&p)
		p.Paren = p.Paren || len(p.Flags) == 0
		out = append(out, p)
	}
	each(fewer(c.Flags, 0), func(f []string) { with(func(p *Store) { p.Flags = f }) })
	with(func(p *Store) { p.Paren = false })
	with(func(p *Store) { p.Op = 0 })
	with(func(p *Store) { p.Silent = false })
	each(simplerSet(c.Set, c.UID), func(s Set) { with(func(p *Store) { p.Set = s }) })
	with(func(p *Store) { p.UID, p.Set = false, sequence(c.Set) })
	return out
}

func simplerLines(lines []string) [][]string {
	out := fewer(lines, 0)
	for i, line := range lines {
		if len(line) > 8 {
			out = append(out, replaced(lines, i, i+1, line[:len(line)/2]))
		}
	}
	return out
}

// maxOctets bounds the octets of malformed input that are dropped one by one.
const maxOctets = 36

// simplerBytes cuts halves and quarters, then single octets from the end. What
// is left over must not be a command without arguments, which would be legal.
func simplerBytes(s string) (out []string) {
	for _, parts := range []int{2, 4} {
		for i := range parts {
			out = append(out, s[:len(s)*i/parts]+s[len(s)*(i+1)/parts:])
		}
	}
	for i := len(s) - 1; i >= max(0, len(s)-maxOctets); i-- {
		out = append(out, s[:i]+s[i+1:])
	}
	return slices.DeleteFunc(out, func(s string) bool {
		verb := strings.ToUpper(s)
		switch verb {
		case "CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "CHECK", "CLOSE", "EXPUNGE":
			return true
		}
		return strings.HasPrefix(verb, "X") && isAtomString(verb)
	})
}

// simplerSet are lighter sets. In a UID set the first message is "$1".
func simplerSet(s Set, uid bool) []Set {
	first := Num{N: 1, Symb: uid}
	if len(s) == 0 {
		return nil
	}
	out := append([]Set{{{From: first, Single: true}}}, fewer(s, 1)...)
	for i, r := range s {
		with := func(r Range) { out = append(out, replaced(s, i, i+1, r)) }
		if !r.Single {
			with(Range{From: r.From, Single: true})
			with(Range{From: r.To, Single: true})
			each(simplerNum(r.To, first), func(n Num) { with(Range{From: r.From, To: n}) })
		}
		each(simplerNum(r.From, first), func(n Num) { with(Range{From: n, To: r.To, Single: r.Single}) })
	}
	return out
}

func simplerNum(n, first Num) []Num {
	if n == Star {
		return []Num{first}
	}
	var out []Num
	for _, v := range []uint32{1, n.N / 2, n.N - 1} {
		if v > 0 {
			out = append(out, Num{N: v, Symb: n.Symb})
		}
	}
	return out
}

// sequence is a UID set as message numbers: "$3" is message 3.
func sequence(s Set) Set {
	out := slices.Clone(s)
	for i := range out {
		out[i].From.Symb, out[i].To.Symb = false, false
	}
	return out
}

// simplerKeys are lighter lists of search keys, none of them empty.
func simplerKeys(keys []SearchKey) [][]SearchKey {
	if len(keys) == 0 {
		return nil
	}
	out := append([][]SearchKey{{{Key: "ALL"}}}, fewer(keys, 1)...)
	for i, k := range keys {
		if k.Key == "(" && len(k.Keys) > 0 {
			out = append(out, replaced(keys, i, i+1, k.Keys...))
		}
		each(simplerKey(k), func(p SearchKey) { out = append(out, replaced(keys, i, i+1, p)) })
	}
	return out
}

func simplerKey(k SearchKey) []SearchKey {
	out := append([]SearchKey{{Key: "ALL"}}, k.Keys...)
	with := func(change func(*SearchKey)) {
		p := k
		change(&p)
		out = append(out, p)
	}
	each(simplerSet(k.Set, k.Key == "UID"), func(s Set) { with(func(p *SearchKey) { p.Set = s }) })
	for i, a := range k.Args {
		each(simplerArg(k.Key, i, a), func(a AString) {
			with(func(p *SearchKey) { p.Args = replaced(k.Args, i, i+1, a) })
		})
	}
	if k.Key == "(" {
		each(simplerKeys(k.Keys), func(keys []SearchKey) { with(func(p *SearchKey) { p.Keys = keys }) })
		return out
	}
	for i, sub := range k.Keys {
		each(simplerKey(sub), func(s SearchKey) {
			with(func(p *SearchKey) { p.Keys = replaced(k.Keys, i, i+1, s) })
		})
	}
	return out
}

// simplerArg is lighter in form, and for free text and numbers in content.
func simplerArg(key string, i int, a AString) []AString {
	out := simplerForm(a)
	switch key {
	case "BCC", "BODY", "CC", "FROM", "SUBJECT", "TEXT", "TO":
		out = append(out, AString{S: "a"}, AString{S: "a", Form: a.Form})
	case "HEADER":
		if i == 1 {
			out = append(out, AString{S: "a"}, AString{S: "a", Form: a.Form})
		}
	case "LARGER", "SMALLER":
		out = append(out, AString{S: "1"})
	}
	return out
}
