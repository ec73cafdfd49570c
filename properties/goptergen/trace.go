// Package goptergen lets github.com/leanovate/gopter make traces. It is a
// package of its own so that gopter reaches only those who want it.
//
// [Trace] makes whole traces, which gopter makes smaller as package fuzz/shrink does;
// [Check] is a property of them. [Commands] is for gopter's package commands.
package goptergen

import (
	"context"
	"math/rand"

	"github.com/leanovate/gopter"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

// Trace generates values of [model.Trace] for the model m as [fuzz.Generate]
// does, of choices from gopter's random numbers. Gopter makes one that fails smaller
// by the candidates of package fuzz/shrink, and takes a candidate that fails in any way.
func Trace(m model.Machine, o fuzz.GenerateOptions) gopter.Gen {
	return func(p *gopter.GenParameters) *gopter.GenResult {
		t := fuzz.Generate(m, source{p.Rng}, o)
		return gopter.NewGenResult(t, (&shrinker{machine: m, first: t}).shrink)
	}
}

// Check is a condition for gopter's package prop: that a server breaks no rule in a trace
// but what the checker knows. Its label is the finding, which the checker has made
// minimal, so that prop.ForAllNoShrink does.
func Check(ctx context.Context, k *fuzz.Checker) func(model.Trace) *gopter.PropResult {
	return func(t model.Trace) *gopter.PropResult { return verdict(k.First(ctx, t)) }
}

// verdict is what becomes of a finding, if there is one, or of trouble.
func verdict(f *fuzz.Finding, err error) *gopter.PropResult {
	switch {
	case err != nil:
		return &gopter.PropResult{Status: gopter.PropError, Error: err}
	case f != nil:
		return &gopter.PropResult{Status: gopter.PropFalse, Labels: []string{report.Failure(f)}}
	}
	return &gopter.PropResult{Status: gopter.PropTrue}
}

// source is a [fuzz.Source] over gopter's random numbers.
type source struct{ rng *rand.Rand }

func (s source) IntN(n int) int { return s.rng.Intn(n) }
