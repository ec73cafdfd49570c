package explore

// Kind is what a property demands of the states and transitions it looks at.
type Kind uint8

// The kinds.
const (
	// Always: it holds of all that is reachable.
	Always Kind = iota + 1
	// Sometimes: it holds of something reachable.
	Sometimes
	// Leads: wherever it holds, every way on comes by a state where Then holds, in
	// finitely many steps and before it ends.
	Leads
	// Ends: it holds of every reachable state that no transition leaves.
	Ends
)

// Property is a claim about a system, by name. Of State and Step one is set: the
// one looks at states, the other at transitions. A Leads property with Step begins
// in the state behind such a transition.
type Property[S, A any] struct {
	Name   string
	Clause string // of RFC 3501, "" for none
	Kind   Kind
	State  func(S) bool
	Step   func(from S, a A, to S) bool
	Then   func(S) bool // of Leads
}

// Answer is what was found out about a property.
type Answer uint8

// The answers. A bound that ended the visit leaves open what was not seen.
const (
	Open Answer = iota
	Holds
	Refuted
)

// String is the answer in a word.
func (a Answer) String() string { return [...]string{"open", "holds", "refuted"}[a] }

// Verdict is the answer to a property. Path is a shortest counterexample if it is
// refuted, a shortest witness of a Sometimes property that holds, and else nil. Of a
// Leads property the way to where it begins is a shortest one.
type Verdict[S, A any] struct {
	Property Property[S, A]
	Answer   Answer
	Path     *Path[S, A]
}
