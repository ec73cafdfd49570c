package explore

import "fmt"

// Mealy is a finite automaton with output. Where an input is not defined, a test
// does not send it.
type Mealy struct {
	States, Inputs []string
	Start          int
	// Next is by state and input the state behind it, -1 for none, and Out what is seen.
	Next [][]int
	Out  [][]string
}

// Word is a sequence of inputs, by number, from the start.
type Word []int

// Edge is a transition of a [Mealy].
type Edge struct{ From, Input int }

// Edges are the transitions that can be reached, in order.
func (m *Mealy) Edges() []Edge {
	access := m.access()
	var list []Edge
	for s := range m.States {
		for i, to := range m.Next[s] {
			if to >= 0 && access[s] != nil {
				list = append(list, Edge{s, i})
			}
		}
	}
	return list
}

// Pairs are the transitions that can follow each other, in order.
func (m *Mealy) Pairs() [][2]Edge {
	var list [][2]Edge
	for _, e := range m.Edges() {
		at := m.Next[e.From][e.Input]
		for i, to := range m.Next[at] {
			if to >= 0 {
				list = append(list, [2]Edge{e, {at, i}})
			}
		}
	}
	return list
}

// Run is what is seen of a word, and the state behind it. It ends early where an
// input is not defined.
func (m *Mealy) Run(w Word) (out []string, last int) {
	last = m.Start
	for _, i := range w {
		if m.Next[last][i] < 0 {
			return out, last
		}
		out = append(out, m.Out[last][i])
		last = m.Next[last][i]
	}
	return out, last
}

// Path are the transitions that a word takes, as far as its inputs are defined.
func (m *Mealy) Path(w Word) []Edge {
	var path []Edge
	at := m.Start
	for _, i := range w {
		if m.Next[at][i] < 0 {
			break
		}
		path = append(path, Edge{at, i})
		at = m.Next[at][i]
	}
	return path
}

// access is a shortest word to each state, the first in order; nil for none.
func (m *Mealy) access() []Word {
	words := make([]Word, len(m.States))
	words[m.Start] = Word{}
	queue := []int{m.Start}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		for i, to := range m.Next[s] {
			if to >= 0 && words[to] == nil {
				words[to] = append(append(Word{}, words[s]...), i)
				queue = append(queue, to)
			}
		}
	}
	return words
}

// Complete is the automaton with only those inputs that every reachable state has,
// and the states that these reach.
func (m *Mealy) Complete() *Mealy {
	c := &Mealy{Inputs: m.Inputs, States: m.States, Next: m.Next, Out: m.Out, Start: m.Start}
	for {
		access := c.access()
		number, states := make([]int, len(c.States)), 0
		for s := range c.States {
			if number[s] = -1; access[s] != nil {
				number[s] = states
				states++
			}
		}
		var inputs []int
		for i := range c.Inputs {
			all := true
			for s := range c.States {
				all = all && (access[s] == nil || c.Next[s][i] >= 0)
			}
			if all {
				inputs = append(inputs, i)
			}
		}
		if states == len(c.States) && len(inputs) == len(c.Inputs) {
			return c
		}
		d := &Mealy{Start: number[c.Start]}
		for _, i := range inputs {
			d.Inputs = append(d.Inputs, c.Inputs[i])
		}
		for s := range c.States {
			if number[s] < 0 {
				continue
			}
			d.States = append(d.States, c.States[s])
			next, out := make([]int, len(inputs)), make([]string, len(inputs))
			for k, i := range inputs {
				next[k], out[k] = number[c.Next[s][i]], c.Out[s][i]
			}
			d.Next, d.Out = append(d.Next, next), append(d.Out, out)
		}
		c = d
	}
}

// Apart is a shortest word whose output differs in two states, nil if there is none.
// Of two states one of which does not define an input, it is no difference.
func (m *Mealy) Apart(a, b int) Word {
	type pair struct{ a, b int }
	words := map[pair]Word{{a, b}: {}}
	queue := []pair{{a, b}}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		for i := range m.Inputs {
			next := pair{m.Next[p.a][i], m.Next[p.b][i]}
			if next.a < 0 || next.b < 0 {
				continue
			}
			w := append(append(Word{}, words[p]...), i)
			if m.Out[p.a][i] != m.Out[p.b][i] {
				return w
			}
			if _, seen := words[next]; !seen && next.a != next.b {
				words[next] = w
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// Minimal is nil if every state can be told from every other by what is seen, and
// else says which two cannot.
func (m *Mealy) Minimal() error {
	for a := range m.States {
		for b := range a {
			if m.Apart(b, a) == nil {
				return fmt.Errorf("%s and %s cannot be told apart", m.States[b], m.States[a])
			}
		}
	}
	return nil
}
