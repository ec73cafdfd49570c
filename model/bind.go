package model

import "strings"

// Bind puts what was observed in the place of what a command names by symbol:
// "$3" in a set becomes the UID of message 3 of the connection's view, "/" in a
// mailbox name the server's hierarchy delimiter.
func (m Machine) Bind(s State, conn int, c Command) Command {
	var v *View
	if conn < len(s.Conns) {
		v = s.Conns[conn].View
	}
	box := func(a AString) AString {
		if d := m.Profile.Delim; d != "/" && d != "" {
			a.S = strings.ReplaceAll(a.S, "/", d)
			return a.Legal()
		}
		return a
	}
	switch c := c.(type) {
	case Mailbox:
		c.Box = box(c.Box)
		return c
	case Rename:
		c.From, c.To = box(c.From), box(c.To)
		return c
	case List:
		c.Ref, c.Pattern.S = box(c.Ref), box(c.Pattern).S
		return c
	case StatusCmd:
		c.Box = box(c.Box)
		return c
	case Append:
		c.Box = box(c.Box)
		return c
	case Copy:
		c.Box, c.Set = box(c.Box), v.bindSet(c.Set)
		return c
	case Fetch:
		c.Set = v.bindSet(c.Set)
		return c
	case Store:
		c.Set = v.bindSet(c.Set)
		return c
	case UIDExpunge:
		c.Set = v.bindSet(c.Set)
		return c
	case Search:
		c.Keys = v.bindKeys(c.Keys)
		return c
	}
	return c
}

func (v *View) bindSet(set Set) Set {
	symbolic := false
	for _, r := range set {
		symbolic = symbolic || r.From.Symb || r.To.Symb
	}
	if !symbolic {
		return set
	}
	out := make(Set, len(set))
	for i, r := range set {
		out[i] = Range{From: v.bindNum(r.From), To: v.bindNum(r.To), Single: r.Single}
	}
	return out
}

// bindNum is the UID of message n.N. A message whose UID was not told yet, or
// that is not there, gets a number as far above the UIDs known.
func (v *View) bindNum(n Num) Num {
	if !n.Symb {
		return n
	}
	if v == nil {
		return Num{N: n.N}
	}
	if m := v.at(n.N); m != nil && m.UID != 0 {
		return Num{N: m.UID}
	}
	known, at := uint32(0), uint32(0)
	for i, m := range v.Msgs {
		if uint32(i) < n.N && m.UID != 0 {
			known, at = m.UID, uint32(i)+1
		}
	}
	return Num{N: known + n.N - at}
}

func (v *View) bindKeys(keys []SearchKey) []SearchKey {
	out := make([]SearchKey, len(keys))
	for i, k := range keys {
		if k.Key == "UID" {
			k.Set = v.bindSet(k.Set)
		}
		k.Keys = v.bindKeys(k.Keys)
		out[i] = k
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
