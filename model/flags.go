package model

import (
	"slices"
	"sort"
	"strings"
)

// Tri is what is known of a fact.
type Tri uint8

// The three answers.
const (
	No Tri = iota
	Maybe
	Yes
)

func not(t Tri) Tri    { return Yes - t }
func and(a, b Tri) Tri { return min(a, b) }
func or(a, b Tri) Tri  { return max(a, b) }

func known(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

// systemFlags are those that a client can set (section 2.3.2).
var systemFlags = []string{`\Answered`, `\Flagged`, `\Deleted`, `\Seen`, `\Draft`}

// Flags is what is known of the flags of a message, \Recent apart. Names are
// in lower case: system flags are case-insensitive (RFC 3501 section 9), and a
// server may fold keywords.
type Flags struct {
	Set   []string // surely set, sorted
	Maybe []string // of these it is not known
	Vague bool     // nothing is known but Set
	Fresh bool     // the server may have given the message keywords of its own
}

// Has is what is known of one flag.
func (f Flags) Has(flag string) Tri {
	flag = strings.ToLower(flag)
	switch {
	case slices.Contains(f.Set, flag):
		return Yes
	case f.Vague || f.Fresh && !strings.HasPrefix(flag, `\`) || slices.Contains(f.Maybe, flag):
		return Maybe
	}
	return No
}

// with is f with one flag known to be set, not set, or unknown.
func (f Flags) with(flag string, t Tri) Flags {
	flag = strings.ToLower(flag)
	g := Flags{Vague: f.Vague, Fresh: f.Fresh, Set: without(f.Set, flag), Maybe: without(f.Maybe, flag)}
	switch t {
	case Yes:
		g.Set = append(g.Set, flag)
		sort.Strings(g.Set)
	case Maybe:
		g.Maybe = append(g.Maybe, flag)
		sort.Strings(g.Maybe)
	}
	return g
}

// unlike is f, with the flags in which it and g part unknown.
func (f Flags) unlike(g Flags) Flags {
	for _, flag := range slices.Concat(f.Set, g.Set) {
		if f.Has(flag) != g.Has(flag) {
			f = f.with(flag, Maybe)
		}
	}
	return f
}

func without(list []string, flag string) []string {
	out := make([]string, 0, len(list)+1)
	for _, e := range list {
		if e != flag {
			out = append(out, e)
		}
	}
	return out
}

// NewFlags is the knowledge that just these flags are set. \Recent is left out.
func NewFlags(names []string) Flags {
	f := Flags{Set: make([]string, 0, len(names))}
	for _, n := range names {
		if n = strings.ToLower(n); n != `\recent` && !slices.Contains(f.Set, n) {
			f.Set = append(f.Set, n)
		}
	}
	sort.Strings(f.Set)
	return f
}

// Allows reports whether a server that shows exactly the given flags agrees
// with what is known. Keywords that begin with "$" are the server's own affair:
// some set and clear them unasked.
func (f Flags) Allows(shown []string) bool {
	g := NewFlags(shown)
	for _, n := range f.Set {
		if g.Has(n) != Yes && !strings.HasPrefix(n, "$") {
			return false
		}
	}
	for _, n := range g.Set {
		if f.Has(n) == No && !strings.HasPrefix(n, "$") {
			return false
		}
	}
	return true
}

// uses notes the keywords of a command.
func (s *State) uses(c Command) {
	var flags []string
	switch c := c.(type) {
	case Store:
		flags = c.Flags
	case Append:
		flags = c.Flags
	}
	for _, f := range flags {
		if f = strings.ToLower(f); !strings.HasPrefix(f, `\`) && !slices.Contains(s.keywords, f) {
			s.keywords = append(s.keywords, f)
		}
	}
}

// judged is what is known of the flags that are not the server's own affair.
func (s *State) judged(f Flags) Flags {
	f.Set = s.clientFlags(f.Set)
	return f
}

// clientFlags are those of the flags that are not the server's own affair.
func (s *State) clientFlags(flags []string) []string {
	foreign := func(f string) bool {
		return !strings.HasPrefix(f, `\`) && !slices.Contains(s.keywords, strings.ToLower(f))
	}
	if !slices.ContainsFunc(flags, foreign) {
		return flags
	}
	return slices.DeleteFunc(slices.Clone(flags), foreign)
}

// String is the flags as a parenthesized list, unknown ones with a "?".
func (f Flags) String() string {
	parts := slices.Clone(f.Set)
	for _, n := range f.Maybe {
		parts = append(parts, n+"?")
	}
	if f.Vague {
		parts = append(parts, "?")
	}
	return "(" + strings.Join(parts, " ") + ")"
}
