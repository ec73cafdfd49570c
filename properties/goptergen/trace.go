// Package goptergen lets github.com/leanovate/gopter make traces. It is a
// package of its own so that gopter reaches only those who want it.
package goptergen

import (
	"math/rand"

	"github.com/leanovate/gopter"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
)

// Trace generates values of [model.Trace] for the model m as [fuzz.Generate]
// does, of choices from gopter's random numbers.
//
// Gopter does not shrink them: package fuzz/shrink knows what a trace means and
// makes a failing one smaller.
func Trace(m model.Machine, o fuzz.GenerateOptions) gopter.Gen {
	return func(p *gopter.GenParameters) *gopter.GenResult {
		return gopter.NewGenResult(fuzz.Generate(m, source{p.Rng}, o), gopter.NoShrinker)
	}
}

// source is a [fuzz.Source] over gopter's random numbers.
type source struct{ rng *rand.Rand }

func (s source) IntN(n int) int { return s.rng.Intn(n) }
