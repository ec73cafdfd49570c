package explore

import "iter"

// System is a transition system: what there is to visit. A state that Next or a
// property is given has to stay as it is.
type System[S, A any] struct {
	// Init are the states to begin with.
	Init []S
	// Next are the transitions that leave a state, in a fixed order.
	Next func(S) iter.Seq2[A, S]
	// Key is equal for two states just if they are the same to the checker. States
	// that differ by a symmetry may share a key if the symmetry maps the transitions
	// of the one onto those of the other, and every property holds of both or of none.
	Key func(S) string
	// Size is the memory of a state that waits to be visited, in octets; nil for
	// states that take up next to nothing.
	Size func(S) int
}

// Step is a transition that was taken: what was done, and the state behind it.
type Step[S, A any] struct {
	Action A
	State  S
}

// Path is a run of a system from one of its initial states.
type Path[S, A any] struct {
	Init  S
	Steps []Step[S, A]
	// Loop is the number of steps before the cycle that the last step closes, so that
	// the run can go on for ever; -1 for a run that ends.
	Loop int
}

// Actions are the actions of the path, in order.
func (p *Path[S, A]) Actions() []A {
	list := make([]A, len(p.Steps))
	for i, st := range p.Steps {
		list[i] = st.Action
	}
	return list
}

// Last is the state in which the path ends.
func (p *Path[S, A]) Last() S {
	if n := len(p.Steps); n > 0 {
		return p.Steps[n-1].State
	}
	return p.Init
}
