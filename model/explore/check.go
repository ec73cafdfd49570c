package explore

import "crypto/sha256"

// Limits bound a visit; zero is no bound.
type Limits struct {
	// Depth is the number of transitions from the initial states beyond which no
	// state is visited.
	Depth int
	// States is the number of different states. The transitions of the state that is
	// being visited are all looked at, so that it may be exceeded by their number.
	States int
	// Memory is in octets, as [Count] estimates it.
	Memory int
}

// Ended says why a visit was over.
type Ended uint8

// The reasons. Complete is the only one that leaves nothing unvisited.
const (
	Complete Ended = iota
	AtDepth
	AtStates
	AtMemory
	Stopped
)

// String is the reason as a person reads it.
func (e Ended) String() string {
	return [...]string{"complete", "the bound on depth", "the bound on states", "the bound on memory", "stopped"}[e]
}

// Count is how far a visit is.
type Count struct {
	States      int // that are known
	Transitions int // out of those that were visited, each parallel one for itself
	Depth       int // of the deepest state known
	Frontier    int // states that are known, but not all of whose transitions are
	// Memory is an estimate in octets: a state that is known takes 64 (a hash of 16,
	// its number and its parent's, and the room that a growing table keeps free), a
	// transition 4 if a Leads property looks at the graph, and a state in the frontier
	// what the system says.
	Memory int
}

const perState, perEdge = 64, 4

// Options are how a visit is done.
type Options struct {
	Limits Limits
	// Stop is asked before every state whether to end the visit; nil for never.
	Stop func() bool
	// Progress is told now and then, after a fixed number of states; nil for nobody.
	Progress func(Count)
	// First ends the visit when a property is refuted.
	First bool
}

// Result is what a visit has found.
type Result[S, A any] struct {
	Count
	Ended    Ended
	Verdicts []Verdict[S, A] // in the order of the properties
}

// Refuted reports whether a property is refuted.
func (r *Result[S, A]) Refuted() bool {
	for _, v := range r.Verdicts {
		if v.Answer == Refuted {
			return true
		}
	}
	return false
}

// Check visits a system breadth first, so that paths are shortest, and answers the
// properties. States are told apart by 128 bits of a hash of their keys: of a
// thousand million states two are taken for one with a probability below 10^-20.
func Check[S, A any](sys System[S, A], properties []Property[S, A], o Options) Result[S, A] {
	c := &checker[S, A]{System: sys, o: o, known: map[hash]int32{}}
	c.verdicts = make([]Verdict[S, A], len(properties))
	c.leads = make([]leads, len(properties))
	for i, p := range properties {
		c.verdicts[i].Property = p
		c.graph = c.graph || p.Kind == Leads
	}
	c.run()
	c.conclude()
	return Result[S, A]{c.count, c.ended, c.verdicts}
}

// hash is the name of a state.
type hash [16]byte

// none is the parent of an initial state.
const none = -1

type checker[S, A any] struct {
	System[S, A]
	o        Options
	count    Count
	ended    Ended
	verdicts []Verdict[S, A]
	known    map[hash]int32
	parents  []int32 // by number; the number of an initial state's is none

	graph   bool      // a property looks at it
	edges   [][]int32 // by number, of states that were visited
	leads   []leads   // by property
	visited int       // so many states, those with the lowest numbers
}

func (c *checker[S, A]) hash(s S) hash {
	sum := sha256.Sum256([]byte(c.Key(s)))
	return hash(sum[:16])
}

// run visits layer after layer. A state has its number by the order in which it was
// met, which is that in which it is visited.
func (c *checker[S, A]) run() {
	var layer, next []S
	waiting := 0 // octets of the frontier
	add := func(list []S, s S, parent int32) (int32, []S) {
		h := c.hash(s)
		id, there := c.known[h]
		if !there {
			id = int32(len(c.parents))
			c.known[h] = id
			c.parents = append(c.parents, parent)
			list = append(list, s)
			if c.Size != nil {
				waiting += c.Size(s)
			}
			c.look(id, s)
		}
		return id, list
	}
	measure := func() {
		n := len(c.parents)
		c.count.States, c.count.Frontier = n, n-c.visited
		c.count.Memory = n*perState + waiting
		if c.graph {
			c.count.Memory += c.count.Transitions * perEdge
		}
	}
	for _, s := range c.Init {
		_, layer = add(layer, s, none)
	}
	defer measure()
	for depth := 0; len(layer) > 0; depth++ {
		c.count.Depth = depth
		if c.o.Limits.Depth > 0 && depth == c.o.Limits.Depth {
			c.ended = AtDepth
			return
		}
		for i, s := range layer {
			if measure(); c.over() {
				return
			}
			from, left := int32(c.visited), 0
			var out []int32
			for a, to := range c.Next(s) {
				left++
				var id int32
				id, next = add(next, to, from)
				if c.graph {
					out = append(out, id)
				}
				c.count.Transitions++
				c.take(from, id, s, a, to)
				if len(next) > 0 {
					c.count.Depth = depth + 1
				}
			}
			if left == 0 {
				c.end(from, s)
			}
			if c.graph {
				c.edges = append(c.edges, out)
			}
			if c.visited++; c.Size != nil {
				waiting -= c.Size(s)
			}
			var gone S
			layer[i] = gone // for the garbage collector
			if c.o.Progress != nil && c.visited%progressEvery == 0 {
				measure()
				c.o.Progress(c.count)
			}
		}
		layer, next = next, layer[:0]
	}
}

// progressEvery is the number of states between two reports.
const progressEvery = 256

// over reports whether the visit ends before the next state, and notes why.
func (c *checker[S, A]) over() bool {
	switch l := c.o.Limits; {
	case l.States > 0 && c.count.States >= l.States:
		c.ended = AtStates
	case l.Memory > 0 && c.count.Memory >= l.Memory:
		c.ended = AtMemory
	case c.o.Stop != nil && c.o.Stop(), c.o.First && c.refuted():
		c.ended = Stopped
	default:
		return false
	}
	return true
}
