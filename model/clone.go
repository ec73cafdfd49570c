package model

import (
	"maps"
	"slices"
)

// Clone is a copy that shares nothing that can change.
func (s *State) Clone() State {
	c := State{ref: s.ref, Vague: s.Vague, Creates: s.Creates, fleeting: s.fleeting, marks: s.marks, odd: s.odd, octets: s.octets, keywords: slices.Clone(s.keywords), recent: s.recent, listed: maps.Clone(s.listed),
		Names: make(map[string]*Name, len(s.Names))}
	boxes, msgs := map[*Box]*Box{}, map[*Msg]*Msg{}
	msg := func(m *Msg) *Msg {
		if msgs[m] == nil {
			d := *m
			d.right = maps.Clone(m.right)
			msgs[m] = &d
		}
		return msgs[m]
	}
	all := func(list []*Msg) []*Msg {
		out := make([]*Msg, len(list))
		for i, m := range list {
			out[i] = msg(m)
		}
		return out
	}
	box := func(b *Box) *Box {
		if b != nil && boxes[b] == nil {
			d := *b
			d.Msgs = all(b.Msgs)
			boxes[b] = &d
		}
		return boxes[b]
	}
	for name, n := range s.Names {
		d := *n
		d.Box = box(n.Box)
		c.Names[name] = &d
	}
	for _, cn := range s.Conns {
		if v := cn.View; v != nil {
			w := *v
			w.Box, w.Msgs, w.moved = box(v.Box), all(v.Msgs), all(v.moved)
			w.polled = slices.Clone(v.polled)
			w.recent, w.soft, w.undo = map[*Msg]bool{}, map[*Msg][]string{}, map[*Msg]undo{}
			w.before, w.flags, w.late = map[*Msg]map[string]Tri{}, map[*Msg]Flags{}, map[*Msg]int{}
			for m, f := range v.before {
				w.before[msg(m)] = maps.Clone(f)
			}
			for m, f := range v.flags {
				w.flags[msg(m)] = f
			}
			for m, n := range v.late {
				w.late[msg(m)] = n
			}
			for m, r := range v.recent {
				w.recent[msg(m)] = r
			}
			for m, f := range v.soft {
				w.soft[msg(m)] = slices.Clone(f)
			}
			for m, u := range v.undo {
				w.undo[msg(m)] = u
			}
			cn.View = &w
		}
		c.Conns = append(c.Conns, cn)
	}
	return c
}
