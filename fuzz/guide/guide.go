// Package guide tells Go's fuzzing engine how far the model has come. The engine sees
// the code that an input runs through, and nothing of a server in another process; so
// each transition of the model's automaton has a branch here that is run when a server
// was led through it, and each pair of transitions in a row has one of a fixed number
// that pairs share.
package guide

import "hash/fnv"

// visits are what the branches do, for none can be empty.
type visits struct{ transitions, pairs [8]uint32 }

// Visit runs the branches of transitions, as [model.Transition] names them, that were
// taken one after the other. A name that is none has no branch.
func Visit(transitions []string) {
	var v visits
	for i, t := range transitions {
		v.transition(t)
		if i > 0 {
			v.pair(slot(transitions[i-1], t))
		}
	}
}

// slots is the number of branches for pairs.
const slots = 2048

// slot is the branch of a pair.
func slot(first, second string) int {
	h := fnv.New32a()
	h.Write([]byte(first))
	h.Write([]byte{0})
	h.Write([]byte(second))
	return int(h.Sum32() % slots)
}
