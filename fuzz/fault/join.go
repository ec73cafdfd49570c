package fault

import (
	"slices"
	"strconv"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// Join is all of the faults in one server: each works on what those before it have made
// of a command or an answer, and remembers for itself. It is nil of none.
func Join(list ...*Fault) *Fault {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	all := &Fault{Layer: list[0].Layer, Clause: list[0].Clause}
	var names []string
	for _, f := range list {
		names = append(names, f.Name)
		all.Text = strings.TrimSpace(all.Text + " " + f.Text)
		all.Level = max(all.Level, f.Level)
		all.Conns = max(all.Conns, f.Conns)
		all.Racy = all.Racy || f.Racy
		all.Caps = append(all.Caps, f.Caps...)
		all.KeepsPlain = all.KeepsPlain || f.KeepsPlain
	}
	all.Name = strings.Join(names, "+")
	all.Greet = joined(list, func(f *Fault) func(*Call) { return f.Greet })
	all.Hear = joined(list, func(f *Fault) func(*Call) { return f.Hear })
	all.Tell = joined(list, func(f *Fault) func(*Call) { return f.Tell })
	if slices.ContainsFunc(list, func(f *Fault) bool { return f.Spell != nil }) {
		all.Spell = func(c *Call, r *model.Response, octets string) string {
			for i, f := range list {
				if f.Spell == nil {
					continue
				}
				before := octets
				apart(i, c, func() { octets = f.Spell(c, r, octets) })
				if strings.HasSuffix(octets, "\n") && !strings.HasSuffix(before, "\n") {
					break // its line end is made
				}
			}
			return octets
		}
	}
	if slices.ContainsFunc(list, func(f *Fault) bool { return f.Literal != nil }) {
		all.Literal = func(line string, n int, asks bool) (int, bool) {
			for _, f := range list {
				if f.Literal != nil && n >= 0 {
					n, asks = f.Literal(line, n, asks)
				}
			}
			return n, asks
		}
	}
	if slices.ContainsFunc(list, func(f *Fault) bool { return f.Lines != nil }) {
		all.Lines = func(line string) []string {
			lines := []string{line}
			for _, f := range list {
				if f.Lines == nil {
					continue
				}
				var next []string
				for _, line := range lines {
					next = append(next, f.Lines(line)...)
				}
				lines = next
			}
			return lines
		}
	}
	return all
}

// joined calls one hook of each.
func joined(list []*Fault, hook func(*Fault) func(*Call)) func(*Call) {
	if !slices.ContainsFunc(list, func(f *Fault) bool { return hook(f) != nil }) {
		return nil
	}
	return func(c *Call) {
		for i, f := range list {
			if h := hook(f); h != nil {
				apart(i, c, func() { h(c) })
			}
		}
	}
}

// apart has do see of what is remembered the part of the i-th fault alone.
func apart(i int, c *Call, do func()) {
	memory, own := c.Memory, c.Own
	prefix := strconv.Itoa(i) + " "
	c.Memory, c.Own = part(memory, prefix), part(own, prefix)
	do()
	putBack(memory, c.Memory, prefix)
	putBack(own, c.Own, prefix)
	c.Memory, c.Own = memory, own
}

func part(all map[string]int, prefix string) map[string]int {
	mine := map[string]int{}
	for key, n := range all {
		if key, ok := strings.CutPrefix(key, prefix); ok {
			mine[key] = n
		}
	}
	return mine
}

func putBack(all, mine map[string]int, prefix string) {
	for key := range all {
		if short, ok := strings.CutPrefix(key, prefix); ok {
			if _, there := mine[short]; !there {
				delete(all, key)
			}
		}
	}
	for key, n := range mine {
		all[prefix+key] = n
	}
}
