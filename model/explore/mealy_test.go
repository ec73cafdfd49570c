package explore_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/model/explore"
)

// mealy draws an automaton; it is partial if some transitions may be missing.
func mealy(t *rapid.T, partial bool, outputs int) *explore.Mealy {
	m := &explore.Mealy{}
	least := 0
	if partial {
		least = -1
	}
	inputs := rapid.IntRange(1, 3).Draw(t, "inputs")
	for i := range inputs {
		m.Inputs = append(m.Inputs, string(rune('a'+i)))
	}
	states := rapid.IntRange(1, 4).Draw(t, "states")
	for s := range states {
		m.States = append(m.States, fmt.Sprint(s))
		m.Next = append(m.Next, rapid.SliceOfN(rapid.IntRange(least, states-1), inputs, inputs).Draw(t, "next"))
		out := make([]string, inputs)
		for i := range out {
			out[i] = fmt.Sprint(rapid.IntRange(1, outputs).Draw(t, "output"))
		}
		m.Out = append(m.Out, out)
	}
	return m
}

// covered are the transitions, and the pairs of them, that a suite takes.
func covered(t require.TestingT, m *explore.Mealy, suite []explore.Word) (map[explore.Edge]bool, map[[2]explore.Edge]bool) {
	edges, pairs := map[explore.Edge]bool{}, map[[2]explore.Edge]bool{}
	for _, w := range suite {
		var last *explore.Edge
		at := m.Start
		for _, i := range w {
			e := explore.Edge{From: at, Input: i}
			edges[e] = true
			if last != nil {
				pairs[[2]explore.Edge{*last, e}] = true
			}
			last, at = &e, m.Next[at][i]
			require.GreaterOrEqual(t, at, 0, "an input that is not defined")
		}
	}
	return edges, pairs
}

func length(suite []explore.Word) int { return len(slices.Concat(suite...)) }

func TestTours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := mealy(t, true, 2)
		most := rapid.SampledFrom([]int{0, 0, 4, 7, 30}).Draw(t, "most")
		tour := func() explore.Choose { return nil }
		if seed := rapid.Uint64().Draw(t, "seed of the order, 0 for none"); seed != 0 {
			tour = func() explore.Choose { return rand.New(rand.NewPCG(seed, 0)).IntN }
		}
		suite := explore.Transitions(m, most, tour())
		edges, _ := covered(t, m, suite)
		for _, e := range m.Edges() {
			require.True(t, edges[e], "%v", e)
		}
		require.Equal(t, suite, explore.Transitions(m, most, tour()))
		if most == 0 {
			fixed := explore.Transitions(m, most, nil)
			require.Equal(t, [2]int{len(fixed), length(fixed)}, [2]int{len(suite), length(suite)}, "no order is shorter")
		}

		suite = explore.Pairs(m, most, tour())
		_, pairs := covered(t, m, suite)
		for _, p := range m.Pairs() {
			require.True(t, pairs[p], "%v", p)
		}
		if most > 6 { // no state is farther than that
			for _, w := range suite {
				require.LessOrEqual(t, len(w), most)
			}
		}
		require.Equal(t, suite, explore.Pairs(m, most, tour()))
	})
}

// On an automaton in which every state leads to every other the tour is one word,
// and a closed one with fewer inputs does not exist: searched for breadth first.
func TestTourIsShortest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := mealy(t, false, 1)
		if !connected(m) || len(m.Edges()) > 9 {
			t.Skip("not every state can be reached from every other")
		}
		suite := explore.Transitions(m, 0, nil)
		require.Len(t, suite, 1)
		require.Equal(t, shortestTour(m), length(suite))
	})
}

func connected(m *explore.Mealy) bool {
	for s := range m.States {
		from := *m
		from.Start = s
		reached := map[int]bool{s: true}
		for _, e := range from.Edges() {
			reached[e.From], reached[m.Next[e.From][e.Input]] = true, true
		}
		if len(reached) < len(m.States) {
			return false
		}
	}
	return true
}

// shortestTour searches the states of a walk: where it is, and what it has taken.
func shortestTour(m *explore.Mealy) int {
	type walk struct{ at, taken int }
	edges := m.Edges()
	layer, seen := []walk{{m.Start, 0}}, map[walk]bool{}
	for n := 0; ; n++ {
		var next []walk
		for _, w := range layer {
			if w == (walk{m.Start, 1<<len(edges) - 1}) {
				return n
			}
			for k, e := range edges {
				v := walk{m.Next[e.From][e.Input], w.taken | 1<<k}
				if e.From == w.at && !seen[v] {
					seen[v] = true
					next = append(next, v)
				}
			}
		}
		layer = next
	}
}

// mutants are all automata with one fault: another output, or another state behind a
// transition. With extra, that state may be a copy of one, which has one fault itself.
func mutants(m *explore.Mealy, outputs []string, extra bool, yield func(*explore.Mealy)) {
	single := func(m *explore.Mealy, s int, yield func(*explore.Mealy)) {
		for i := range m.Inputs {
			for _, out := range outputs {
				if out != m.Out[s][i] {
					c := clone(m)
					c.Out[s][i] = out
					yield(c)
				}
			}
			for to := range m.States {
				if to != m.Next[s][i] {
					c := clone(m)
					c.Next[s][i] = to
					yield(c)
				}
			}
		}
	}
	for s := range m.States {
		single(m, s, yield)
	}
	if !extra {
		return
	}
	for _, e := range m.Edges() {
		c := clone(m)
		to := m.Next[e.From][e.Input]
		c.States = append(c.States, m.States[to]+"'")
		c.Next, c.Out = append(c.Next, slices.Clone(m.Next[to])), append(c.Out, slices.Clone(m.Out[to]))
		c.Next[e.From][e.Input] = len(m.States)
		single(c, len(m.States), yield)
	}
}

func clone(m *explore.Mealy) *explore.Mealy {
	c := *m
	c.States, c.Next, c.Out = slices.Clone(m.States), slices.Clone(m.Next), slices.Clone(m.Out)
	for s := range m.States {
		c.Next[s], c.Out[s] = slices.Clone(m.Next[s]), slices.Clone(m.Out[s])
	}
	return &c
}

// same reports whether two automata have the same outputs on every word.
func same(a, b *explore.Mealy) bool {
	both := clone(a)
	n := len(a.States)
	for s := range b.States {
		next := slices.Clone(b.Next[s])
		for i := range next {
			next[i] += n
		}
		both.States = append(both.States, b.States[s])
		both.Next, both.Out = append(both.Next, next), append(both.Out, b.Out[s])
	}
	return both.Apart(a.Start, n+b.Start) == nil
}

func kills(suite []explore.Word, m, mutant *explore.Mealy) bool {
	return slices.ContainsFunc(suite, func(w explore.Word) bool {
		want, _ := m.Run(w)
		got, _ := mutant.Run(w)
		return !slices.Equal(want, got)
	})
}

func TestWpKills(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := mealy(t, false, 2).Complete()
		k := rapid.IntRange(0, 1).Draw(t, "extra states")
		suite, err := explore.Wp(m, k)
		if err != nil {
			require.Error(t, m.Minimal())
			return
		}
		mutants(m, []string{"1", "2"}, k > 0, func(mutant *explore.Mealy) {
			require.NotEqual(t, same(m, mutant), kills(suite, m, mutant), "%v", mutant)
		})
	})
}

// Any automaton of at most n+k states is told apart, not only one with a single fault.
func TestWpIsComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, other := mealy(t, false, 2).Complete(), mealy(t, false, 2)
		k := max(0, len(other.States)-len(m.States))
		if len(m.Inputs) > len(other.Inputs) || k > 2 {
			t.Skip("other inputs, or too many states")
		}
		suite, err := explore.Wp(m, k)
		if err != nil {
			return
		}
		require.NotEqual(t, same(m, other), kills(suite, m, other))
	})
}

func TestWpRefusesWhatIsNotMinimal(t *testing.T) {
	m := &explore.Mealy{States: []string{"p", "q"}, Inputs: []string{"a"}, Next: [][]int{{1}, {0}}, Out: [][]string{{"1"}, {"1"}}}
	_, err := explore.Wp(m, 0)
	assert.EqualError(t, err, "p and q cannot be told apart")
}

func TestCompleteLeavesOutPartialInputs(t *testing.T) {
	m := &explore.Mealy{
		States: []string{"p", "q", "r"}, Inputs: []string{"a", "b", "c"},
		Next: [][]int{{1, 2, 0}, {0, -1, 1}, {2, 2, -1}},
		Out:  [][]string{{"1", "1", "1"}, {"2", "", "2"}, {"3", "3", ""}},
	}
	c := m.Complete()
	assert.Equal(t, []string{"p", "q"}, c.States)
	assert.Equal(t, []string{"a"}, c.Inputs) // c is lost with r, which b leads to
	assert.Equal(t, [][]int{{1}, {0}}, c.Next)
}
