package explore

import (
	"iter"
	"math/big"
	"slices"

	"github.com/imapcheck/imapcheck/model"
)

// Paths are all sequences of commands of an alphabet up to a depth, on a number of
// connections to one account.
//
// Two sequences are the same to a server if one comes of the other by swapping commands
// that follow each other, are of two connections, and touch nothing in common; or by
// giving the connections other numbers. Of those that are the same, one is taken at
// least (partial-order reduction by sleep sets: Godefroid, "Partial-Order Methods for
// the Verification of Concurrent Systems", 1996). What a command touches is said by
// [Machine.Predict] and the RFC; see footprint.
type Paths struct {
	Machine  model.Machine
	Fixture  model.Fixture
	Begin    []model.Command // sent on each connection first; not counted
	Alphabet []model.Command
	Conns    int // 1 if zero
	Depth    int
	Plain    bool // take all of them
}

// All are the sequences of full depth, in an order that is fixed. Each has the shorter
// ones for its beginnings, so a server that is led through it is led through them.
func (p Paths) All() iter.Seq[model.Trace] {
	return func(yield func(model.Trace) bool) {
		w := walk{Paths: p, footprints: p.footprints(), steps: p.begin(), yield: yield}
		s := p.Machine.Init(p.Fixture)
		for _, st := range w.steps {
			s = p.Machine.Predict(s, st)
		}
		w.from(s, nil, p.Depth, p.told())
	}
}

// Total is the number of all sequences of full depth.
func (p Paths) Total() *big.Int {
	n := big.NewInt(int64(len(p.Alphabet) * max(1, p.Conns)))
	return n.Exp(n, big.NewInt(int64(p.Depth)), nil)
}

func (p Paths) begin() (steps []model.Step) {
	for conn := range max(1, p.Conns) {
		for _, c := range p.Begin {
			steps = append(steps, model.Step{Conn: conn, Cmd: c})
		}
	}
	return steps
}

// told is the number of connections that a server can tell apart before the first
// command of the alphabet: where nothing but a login was sent, none.
func (p Paths) told() int {
	silent := func(c model.Command) bool { return c.Name() == "LOGIN" || c.Name() == "AUTHENTICATE" }
	if p.Plain || slices.ContainsFunc(p.Begin, func(c model.Command) bool { return !silent(c) }) {
		return max(1, p.Conns)
	}
	return 0
}

// walk is on its way through the tree of sequences, depth first.
type walk struct {
	Paths
	footprints footprints
	steps      []model.Step
	yield      func(model.Trace) bool
}

// action is a command of the alphabet on a connection.
type action struct{ conn, cmd int }

// from walks through what can follow the steps, in a state that they lead to, and
// reports whether to go on. What is asleep has been followed elsewhere: with it in
// front, what comes is the same. used is the number of connections that are.
func (w *walk) from(s model.State, asleep []action, left, used int) bool {
	if left == 0 {
		return w.yield(model.Trace{Fixture: w.Fixture, Steps: slices.Clone(w.steps)})
	}
	for conn := range min(used+1, max(1, w.Conns)) {
		for cmd := range w.Alphabet {
			a := action{conn, cmd}
			if !w.Plain && slices.Contains(asleep, a) {
				continue
			}
			st := model.Step{Conn: conn, Cmd: w.Alphabet[cmd]}
			w.steps = append(w.steps, st)
			next, behind := s, asleep[:0:0]
			if left > 1 { // else nothing comes that depends on them
				next, behind = w.Machine.Predict(s.Clone(), st), w.behind(&s, a, asleep)
			}
			more := w.from(next, behind, left-1, max(used, conn+1))
			w.steps = w.steps[:len(w.steps)-1]
			if !more {
				return false
			}
			if w.Conns > 1 {
				asleep = append(asleep, a)
			}
		}
	}
	return true
}

// behind are those asleep that still are behind a.
func (w *walk) behind(s *model.State, a action, asleep []action) (list []action) {
	touched := w.footprints.of(s, a)
	for _, other := range asleep {
		if other.conn != a.conn && touched.apart(w.footprints.of(s, other)) {
			list = append(list, other)
		}
	}
	return list
}
