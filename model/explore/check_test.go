package explore_test

import (
	"fmt"
	"iter"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/model/explore"
)

// graph is a system of numbered states, that begins in 0. An action is the number of
// the edge.
func graph(edges ...[]int) explore.System[int, int] {
	return explore.System[int, int]{
		Init: []int{0},
		Key:  strconv.Itoa,
		Next: func(s int) iter.Seq2[int, int] {
			return func(yield func(int, int) bool) {
				for i, to := range edges[s] {
					if !yield(i, to) {
						return
					}
				}
			}
		},
	}
}

func always(name string, f func(int) bool) explore.Property[int, int] {
	return explore.Property[int, int]{Name: name, Kind: explore.Always, State: f}
}

func is(n int) func(int) bool    { return func(s int) bool { return s == n } }
func isNot(n int) func(int) bool { return func(s int) bool { return s != n } }

func states(p *explore.Path[int, int]) []int {
	list := []int{p.Init}
	for _, st := range p.Steps {
		list = append(list, st.State)
	}
	return list
}

// A ladder with a short cut: 0-1-2-3-4, 0-5-4.
var ladder = graph([]int{1, 5}, []int{2}, []int{3}, []int{4}, nil, []int{4, 5})

func TestCheckVisitsAll(t *testing.T) {
	r := explore.Check(ladder, nil, explore.Options{})
	assert.Equal(t, explore.Complete, r.Ended)
	assert.Equal(t, 6, r.States)
	assert.Equal(t, 7, r.Transitions)
	assert.Equal(t, 3, r.Depth)
	assert.Zero(t, r.Frontier)
}

func TestCheckProperties(t *testing.T) {
	r := explore.Check(ladder, []explore.Property[int, int]{
		always("never 4", isNot(4)),
		always("below 6", func(s int) bool { return s < 6 }),
		{Name: "no way from 2 to 3", Kind: explore.Always, Step: func(from, _, to int) bool { return from != 2 || to != 3 }},
		{Name: "3 at times", Kind: explore.Sometimes, State: is(3)},
		{Name: "7 at times", Kind: explore.Sometimes, State: is(7)},
		{Name: "stays in 5 at times", Kind: explore.Sometimes, Step: func(from, _, to int) bool { return from == 5 && to == 5 }},
		{Name: "ends in 4", Kind: explore.Ends, State: is(4)},
		{Name: "ends in 3", Kind: explore.Ends, State: is(3)},
	}, explore.Options{})
	var answers []string
	for _, v := range r.Verdicts {
		answers = append(answers, v.Answer.String())
	}
	assert.Equal(t, []string{"refuted", "holds", "refuted", "holds", "refuted", "holds", "holds", "refuted"}, answers)
	assert.Equal(t, []int{0, 5, 4}, states(r.Verdicts[0].Path))
	assert.Equal(t, []int{1, 0}, r.Verdicts[0].Path.Actions())
	assert.Equal(t, []int{0, 1, 2, 3}, states(r.Verdicts[2].Path))
	assert.Equal(t, []int{0, 1, 2, 3}, states(r.Verdicts[3].Path))
	assert.Nil(t, r.Verdicts[4].Path)
	assert.Equal(t, []int{0, 5, 5}, states(r.Verdicts[5].Path))
	assert.Equal(t, []int{0, 5, 4}, states(r.Verdicts[7].Path))
	assert.True(t, r.Refuted())
}

func TestCheckLeads(t *testing.T) {
	for _, c := range []struct {
		name   string
		sys    explore.System[int, int]
		answer explore.Answer
		way    []int
		loop   int
	}{
		{"at once", graph([]int{1}, []int{2}, []int{0}), explore.Holds, nil, 0},
		{"by two ways", graph([]int{1}, []int{3, 4}, []int{0}, []int{2}, []int{2}), explore.Holds, nil, 0},
		{"a dead end", graph([]int{1}, []int{3, 2}, []int{0}, nil), explore.Refuted, []int{0, 1, 3}, -1},
		{"a cycle", graph([]int{1}, []int{2, 3}, []int{0}, []int{4}, []int{3, 2}), explore.Refuted, []int{0, 1, 3, 4, 3}, 2},
		{"the same state again", graph([]int{1}, []int{1, 2}, []int{0}), explore.Refuted, []int{0, 1, 1}, 1},
		{"a cycle before it begins", graph([]int{0, 1}, []int{2}, []int{0}), explore.Holds, nil, 0},
		{"a cycle through 2", graph([]int{1}, []int{2}, []int{1}), explore.Holds, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, p := range []explore.Property[int, int]{
				{Kind: explore.Leads, State: is(1), Then: is(2)},
				{Kind: explore.Leads, Step: func(_, _, to int) bool { return to == 1 }, Then: is(2)},
			} {
				v := explore.Check(c.sys, []explore.Property[int, int]{p}, explore.Options{}).Verdicts[0]
				assert.Equal(t, c.answer, v.Answer)
				if c.answer == explore.Refuted {
					assert.Equal(t, c.way, states(v.Path))
					assert.Equal(t, c.loop, v.Path.Loop)
				}
			}
		})
	}
}

func TestCheckLeadsNeedsOneThatBegins(t *testing.T) {
	v := explore.Check(graph([]int{0}), []explore.Property[int, int]{{Kind: explore.Leads, State: is(1), Then: is(2)}}, explore.Options{}).Verdicts[0]
	assert.Equal(t, explore.Holds, v.Answer)
}

// grid is n by n states, with the transitions right and down; with mirror those that
// mirror each other on the diagonal are one.
func grid(n int, mirror bool) explore.System[[2]int, string] {
	return explore.System[[2]int, string]{
		Init: [][2]int{{0, 0}},
		Key: func(s [2]int) string {
			if mirror && s[0] > s[1] {
				s[0], s[1] = s[1], s[0]
			}
			return fmt.Sprint(s)
		},
		Next: func(s [2]int) iter.Seq2[string, [2]int] {
			return func(yield func(string, [2]int) bool) {
				if s[0] < n-1 && !yield("right", [2]int{s[0] + 1, s[1]}) {
					return
				}
				if s[1] < n-1 {
					yield("down", [2]int{s[0], s[1] + 1})
				}
			}
		},
		Size: func([2]int) int { return 1000 },
	}
}

func TestCheckSymmetry(t *testing.T) {
	corner := explore.Property[[2]int, string]{Kind: explore.Always, State: func(s [2]int) bool { return s[0]+s[1] < 18 }}
	for _, mirror := range []bool{false, true} {
		r := explore.Check(grid(10, mirror), []explore.Property[[2]int, string]{corner}, explore.Options{})
		assert.Equal(t, map[bool]int{false: 100, true: 55}[mirror], r.States)
		p := r.Verdicts[0].Path
		require.Len(t, p.Steps, 18)
		at := p.Init
		for _, st := range p.Steps { // the path is one of the system, not of its quotient
			if at[1]++; st.Action == "right" {
				at[0], at[1] = at[0]+1, at[1]-1
			}
			assert.Equal(t, at, st.State)
		}
	}
}

func TestCheckBounds(t *testing.T) {
	sys := grid(100, false)
	end := explore.Property[[2]int, string]{Kind: explore.Always, State: func(s [2]int) bool { return s != [2]int{99, 99} }}
	far := explore.Property[[2]int, string]{Kind: explore.Sometimes, State: func(s [2]int) bool { return s == [2]int{99, 99} }}
	leads := explore.Property[[2]int, string]{Kind: explore.Leads, State: func(s [2]int) bool { return s == [2]int{} }, Then: func(s [2]int) bool { return s[0] == 99 }}
	asked := 0
	for _, c := range []struct {
		o     explore.Options
		ended explore.Ended
	}{
		{explore.Options{Limits: explore.Limits{Depth: 5}}, explore.AtDepth},
		{explore.Options{Limits: explore.Limits{States: 50}}, explore.AtStates},
		{explore.Options{Limits: explore.Limits{Memory: 10000}}, explore.AtMemory},
		{explore.Options{Stop: func() bool { asked++; return asked > 7 }}, explore.Stopped},
	} {
		t.Run(c.ended.String(), func(t *testing.T) {
			r := explore.Check(sys, []explore.Property[[2]int, string]{end, far, leads}, c.o)
			assert.Equal(t, c.ended, r.Ended)
			assert.Positive(t, r.Frontier)
			assert.Less(t, r.States, 100)
			for _, v := range r.Verdicts {
				assert.Equal(t, explore.Open, v.Answer)
			}
		})
	}
	r := explore.Check(sys, nil, explore.Options{Limits: explore.Limits{Depth: 5}})
	assert.Equal(t, 21, r.States)
	assert.Equal(t, 30, r.Transitions)
	assert.Equal(t, 5, r.Depth)
	assert.Equal(t, 6, r.Frontier)
}

func TestCheckProgress(t *testing.T) {
	var seen []explore.Count
	r := explore.Check(grid(100, false), nil, explore.Options{Progress: func(c explore.Count) { seen = append(seen, c) }})
	require.NotEmpty(t, seen)
	for _, c := range seen {
		assert.Less(t, c.Frontier, c.States)
		assert.LessOrEqual(t, c.States, r.States)
	}
}

func TestCheckFirst(t *testing.T) {
	p := explore.Property[[2]int, string]{Kind: explore.Always, State: func(s [2]int) bool { return s[0] < 2 }}
	r := explore.Check(grid(100, false), []explore.Property[[2]int, string]{p}, explore.Options{First: true})
	assert.Equal(t, explore.Stopped, r.Ended)
	assert.Less(t, r.States, 20)
	assert.Len(t, r.Verdicts[0].Path.Steps, 2)
}

// Paths are shortest and what leads somewhere is told apart on any graph, by the
// definitions.
func TestCheckAgreesWithTheDefinitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "states")
		edges := make([][]int, n)
		for i := range edges {
			edges[i] = rapid.SliceOfN(rapid.IntRange(0, n-1), 0, 3).Draw(t, "edges")
		}
		a, b := rapid.IntRange(0, n-1).Draw(t, "a"), rapid.IntRange(0, n-1).Draw(t, "b")
		r := explore.Check(graph(edges...), []explore.Property[int, int]{
			always("not a", isNot(a)), {Kind: explore.Leads, State: is(a), Then: is(b)},
		}, explore.Options{})

		far := distances(edges, 0)
		require.Equal(t, far[a] < 0, r.Verdicts[0].Answer == explore.Holds)
		if far[a] >= 0 {
			require.Len(t, r.Verdicts[0].Path.Steps, far[a])
		}
		// Without b, a must not reach n steps: then it would come back somewhere.
		escapes := far[a] >= 0 && a != b && avoids(edges, a, b, n)
		require.Equal(t, escapes, r.Verdicts[1].Answer == explore.Refuted)
		if escapes {
			p := r.Verdicts[1].Path
			require.NotContains(t, states(p)[far[a]:], b)
			if p.Loop >= 0 {
				require.Equal(t, states(p)[p.Loop], p.Last())
			} else {
				require.Empty(t, edges[p.Last()])
			}
		}
	})
}

// distances are the lengths of the shortest ways from a state, -1 for none.
func distances(edges [][]int, from int) []int {
	far := make([]int, len(edges))
	for i := range far {
		far[i] = -1
	}
	far[from] = 0
	for range edges {
		for s, out := range edges {
			for _, to := range out {
				if far[s] >= 0 && (far[to] < 0 || far[to] > far[s]+1) {
					far[to] = far[s] + 1
				}
			}
		}
	}
	return far
}

// avoids reports whether a way of n steps, or one that ends before, leaves out b.
func avoids(edges [][]int, at, b, n int) bool {
	if n == 0 || len(edges[at]) == 0 {
		return true
	}
	for _, to := range edges[at] {
		if to != b && avoids(edges, to, b, n-1) {
			return true
		}
	}
	return false
}
