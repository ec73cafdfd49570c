// Package rapidgen lets pgregory.net/rapid make traces. It is a package of its
// own so that rapid reaches only those who want it.
package rapidgen

import (
	"math/bits"

	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
)

// Trace generates traces for the model m as [fuzz.Generate] does, of choices
// that rapid draws.
//
// Run the tests with -rapid.shrinktime=0s: package fuzz/shrink knows what a
// trace means and makes a failing one smaller with far fewer runs than rapid,
// which sees only bits.
func Trace(m model.Machine, o fuzz.GenerateOptions) *rapid.Generator[model.Trace] {
	return rapid.Custom(func(t *rapid.T) model.Trace {
		return fuzz.Generate(m, source{t}, o)
	})
}

// source is a [fuzz.Source] over rapid's draws.
type source struct{ t *rapid.T }

// spare is the number of bits beyond those that a choice needs; they keep the
// choices even.
const spare = 8

// IntN is drawn by fair coins. A range of integers would not do: rapid prefers
// its small ends, and by the weights of the generator half of the commands
// would then be malformed or out of state.
func (s source) IntN(n int) int {
	width := bits.Len(uint(n-1)) + spare
	v := 0
	for range width {
		v <<= 1
		if rapid.Bool().Draw(s.t, "") {
			v++
		}
	}
	return v * n >> width
}
