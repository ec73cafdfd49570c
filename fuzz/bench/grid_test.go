package bench

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// measured is all that is said of a grid.
func measured(t *testing.T, g Grid) (string, []Experiment) {
	t.Helper()
	list, err := g.Run(t.Context())
	require.NoError(t, err)
	var b bytes.Buffer
	rows := Rows(list)
	require.NoError(t, WriteTable(&b, rows))
	require.NoError(t, WriteSummary(&b, rows, g.Commands))
	require.NoError(t, WriteCSV(&b, list))
	return b.String(), list
}

func TestGrid(t *testing.T) {
	g := Grid{Faults: samples[:3], Generators: Generators(), Seeds: 3, Commands: 600, Shrink: true}
	one, list := measured(t, g)
	g.Jobs = 3
	three, _ := measured(t, g)
	assert.Equal(t, one, three, "the number of jobs changes nothing")
	assert.Len(t, list, 27)
	for _, e := range list {
		assert.LessOrEqual(t, e.Commands, g.Commands)
		assert.Equal(t, e.Found, e.Key != "")
		assert.Equal(t, e.Found, e.Final >= e.Fault.Least && e.Final > 0 && e.Final <= e.First)
		assert.Equal(t, e.Found, e.Runs > 0)
	}
	assert.Regexp(t, `(?m)^wrong-tag +imapcheck +3/3 +\d+ +[01]\.\d{3} +[01]\.\d\d +40 +1 +1 +\d+ +\d$`, one)
	assert.Regexp(t, `(?m)^random +3 +\d`, one)
	assert.Contains(t, one, "Not found by every seed in 600 commands\n")
}

func TestGridSaysWhatIsWrong(t *testing.T) {
	g := Grid{Faults: samples[:1], Generators: Generators(), Seeds: 1, Commands: 100, Jobs: 2}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := g.Run(ctx)
	assert.ErrorIs(t, err, ctx.Err())
}

func TestRows(t *testing.T) {
	f := samples[0]
	rows := Rows([]Experiment{
		{Fault: f, Generator: "x", Found: true, Commands: 3, First: 40, Final: 1, Runs: 9},
		{Fault: f, Generator: "x", Found: true, Commands: 5, First: 30, Final: 2, Runs: 7},
		{Fault: f, Generator: "x", Commands: 10},
		{Fault: f, Generator: Baseline, Commands: 10},
		{Fault: f, Generator: Baseline, Found: true, Commands: 5, First: 30},
	})
	require.Len(t, rows, 2)
	assert.Equal(t, Row{Fault: f, Generator: "x", Runs: 3, Found: 2, Median: 5, Compared: true, P: rows[0].P, Sooner: rows[0].Sooner,
		First: 30, Final: 1, ShrinkRuns: 7, Least: 1, Distinct: 1}, rows[0])
	assert.InDelta(t, 4.0/6, rows[0].Sooner, 1e-9, "3 and 5 and 10+ against 5 and 10+")
	assert.Equal(t, 5, rows[1].Median)
	assert.False(t, rows[1].Compared)
}
