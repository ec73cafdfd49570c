package explore

import "slices"

// Choose is one of n numbers, from 0 on. It decides in which order a tour takes what leads
// out of a state, which makes it no longer; with nil that is the order of the inputs.
type Choose func(n int) int

// Transitions is a suite that takes every transition of the automaton (0-switch).
// It is a Chinese postman's tour: cut nowhere, no set of words that begins with the
// start takes all transitions with fewer resets, and of those with as few none that
// also leads back to the start is shorter. A word longer than most is cut, if most
// is not 0; what follows begins with a shortest way to the cut. (Where a word has to
// be longer to get anywhere, most is that.)
func Transitions(m *Mealy, most int, choose Choose) []Word {
	g := &network{nodes: len(m.States), start: m.Start}
	for _, e := range m.Edges() {
		g.add(arc{from: e.From, to: m.Next[e.From][e.Input], input: e.Input, needed: 1, cost: 1})
	}
	access := m.access()
	for s := range m.States {
		if s != m.Start && access[s] != nil {
			g.add(arc{from: s, to: m.Start, input: reset, cost: resetCost})
		}
	}
	return cut(m, g.tour(choose), most, 0)
}

// Pairs is a suite that takes every two transitions that can follow each other
// (1-switch; Chow, 1978). It is the tour of [Transitions] in the graph whose states
// are the transitions, and as minimal there.
func Pairs(m *Mealy, most int, choose Choose) []Word {
	edges := m.Edges()
	number := make(map[Edge]int, len(edges))
	for i, e := range edges {
		number[e] = i
	}
	start := len(edges)
	g := &network{nodes: len(edges) + 1, start: start}
	forced := false
	for i, e := range edges {
		if e.From == m.Start {
			a := arc{from: start, to: i, input: e.Input, cost: 1}
			if !forced {
				a.needed, forced = 1, true
			}
			g.add(a)
		}
	}
	for _, p := range m.Pairs() {
		g.add(arc{from: number[p[0]], to: number[p[1]], input: p[1].Input, needed: 1, cost: 1})
	}
	for i := range edges {
		g.add(arc{from: i, to: start, input: reset, cost: resetCost})
	}
	return cut(m, g.tour(choose), most, 1)
}

// cut ends words that are longer than most. What is behind the cut is led up to, and
// so are the last inputs before it that the next ones need.
func cut(m *Mealy, words []Word, most, overlap int) []Word {
	if most <= 0 {
		return words
	}
	access := m.access()
	for _, w := range access {
		most = max(most, len(w)+overlap+1) // or there is no getting on
	}
	var out []Word
	for _, w := range words {
		for len(w) > most {
			out = append(out, w[:most:most])
			_, at := m.Run(w[:most-overlap])
			w = slices.Concat(access[at], w[most-overlap:])
		}
		out = append(out, w)
	}
	return out
}

// reset is the input of an arc that begins a new word. One costs more than any
// number of inputs that a tour of small automata can save.
const (
	reset     = -1
	resetCost = 1 << 16
)

// arc is a transition of a network that a tour has to take needed times, and may take
// more often.
type arc struct {
	from, to, input int
	needed, extra   int
	cost            int
}

// network is a graph to be toured, by the directed Chinese postman's method: arcs are
// doubled, as cheaply as can be, until as many lead into each node as out of it;
// then there is a tour that takes each just once (Edmonds and Johnson, 1973).
type network struct {
	nodes, start int
	arcs         []arc
	out, in      [][]int // arcs by node
}

func (g *network) add(a arc) {
	if g.out == nil {
		g.out, g.in = make([][]int, g.nodes), make([][]int, g.nodes)
	}
	g.out[a.from] = append(g.out[a.from], len(g.arcs))
	g.in[a.to] = append(g.in[a.to], len(g.arcs))
	g.arcs = append(g.arcs, a)
}

// tour is a cheapest closed tour from the start that takes all that is needed, cut
// at its resets. All that is needed has to be reachable, and connected.
func (g *network) tour(choose Choose) []Word {
	if len(g.arcs) == 0 {
		return nil
	}
	g.balance()
	if choose != nil {
		g.shuffle(choose)
	}
	circuit := g.circuit()
	for i, a := range circuit {
		if g.arcs[a].input == reset { // or what follows the last would be a word more
			circuit = slices.Concat(circuit[i+1:], circuit[:i+1])
			break
		}
	}
	var words []Word
	var w Word
	for _, a := range circuit {
		if in := g.arcs[a].input; in != reset {
			w = append(w, in)
			continue
		}
		if len(w) > 0 {
			words = append(words, w)
		}
		w = nil
	}
	if len(w) > 0 {
		words = append(words, w)
	}
	return words
}

// balance chooses which arcs are taken more often than needed: a flow of least cost
// from the nodes that more arcs lead into than out of, by cheapest paths one after
// the other.
func (g *network) balance() {
	surplus := make([]int, g.nodes)
	for _, a := range g.arcs {
		surplus[a.to] += a.needed
		surplus[a.from] -= a.needed
	}
	for {
		last, by := g.cheapest(surplus)
		if last < 0 {
			return
		}
		n := -surplus[last]
		at := last
		for by[at] != 0 {
			if by[at] > 0 {
				at = g.arcs[by[at]-1].from
			} else {
				n = min(n, g.arcs[-by[at]-1].extra)
				at = g.arcs[-by[at]-1].to
			}
		}
		n = min(n, surplus[at])
		surplus[at] -= n
		surplus[last] += n
		for at = last; by[at] != 0; {
			if by[at] > 0 {
				g.arcs[by[at]-1].extra += n
				at = g.arcs[by[at]-1].from
			} else {
				g.arcs[-by[at]-1].extra -= n
				at = g.arcs[-by[at]-1].to
			}
		}
	}
}

// cheapest is the node that lacks arcs out of the least far from one that has too
// few, -1 for none, and by node the arc that leads there, plus 1; it is negative where
// the flow in an arc is taken back, and 0 where the path begins.
func (g *network) cheapest(surplus []int) (last int, by []int) {
	const far = int(^uint(0) >> 2)
	dist := make([]int, g.nodes)
	by = make([]int, g.nodes)
	waits := make([]bool, g.nodes)
	var queue []int
	for n := range dist {
		if dist[n] = far; surplus[n] > 0 {
			dist[n] = 0
			queue, waits[n] = append(queue, n), true
		}
	}
	reach := func(n, d, arc int) {
		if d >= dist[n] {
			return
		}
		dist[n], by[n] = d, arc
		if !waits[n] {
			queue, waits[n] = append(queue, n), true
		}
	}
	for len(queue) > 0 {
		n := queue[0]
		queue, waits[n] = queue[1:], false
		for _, i := range g.out[n] {
			reach(g.arcs[i].to, dist[n]+g.arcs[i].cost, i+1)
		}
		for _, i := range g.in[n] {
			if g.arcs[i].extra > 0 {
				reach(g.arcs[i].from, dist[n]-g.arcs[i].cost, -i-1)
			}
		}
	}
	last = -1
	for n, d := range dist {
		if surplus[n] < 0 && d < far && (last < 0 || d < dist[last]) {
			last = n
		}
	}
	return last, by
}

// shuffle chooses the order of the arcs out of each node.
func (g *network) shuffle(choose Choose) {
	for _, out := range g.out {
		for n := len(out); n > 1; n-- {
			i := choose(n)
			out[i], out[n-1] = out[n-1], out[i]
		}
	}
}

// circuit takes every arc as often as it has to be taken, from the start (Hierholzer).
func (g *network) circuit() []int {
	left := make([]int, len(g.arcs))
	for i, a := range g.arcs {
		left[i] = a.needed + a.extra
	}
	next := make([]int, g.nodes)
	type visit struct{ node, by int }
	stack := []visit{{g.start, -1}}
	var back []int
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		k := &next[v.node]
		for *k < len(g.out[v.node]) && left[g.out[v.node][*k]] == 0 {
			*k++
		}
		if *k < len(g.out[v.node]) {
			i := g.out[v.node][*k]
			left[i]--
			stack = append(stack, visit{g.arcs[i].to, i})
			continue
		}
		if stack = stack[:len(stack)-1]; v.by >= 0 {
			back = append(back, v.by)
		}
	}
	slices.Reverse(back)
	return back
}
