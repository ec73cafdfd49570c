package main

import (
	"math/rand"
	"slices"

	"github.com/leanovate/gopter"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/bench"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/goptergen"
	"github.com/imapcheck/imapcheck/properties/rapidgen"
)

// benchGenerators are the generators that bench compares, the baseline last. Those that
// need a library are added here, and not in package bench: a program is in nobody else's
// build. Of a library it is the generator that counts: the engine adds nothing until
// something has failed.
func benchGenerators() []bench.Generator {
	list := bench.Generators()
	return slices.Insert(list, 1,
		bench.Generator{Name: "rapid", Text: "the adapter for rapid", Traces: byRapid},
		bench.Generator{Name: "gopter", Text: "the adapter for gopter", Traces: bench.Blind(byGopter)},
	)
}

// seedOf is a number of its own for each trace of each seed.
func seedOf(seed uint64, i int) int64 { return int64(seed)<<32 + int64(i) }

func byRapid(m model.Machine, seed uint64, o fuzz.GenerateOptions) func(fuzz.Result) model.Trace {
	traces, i := rapidgen.Trace(m, o), -1
	return func(fuzz.Result) model.Trace {
		i++
		return traces.Example(int(seedOf(seed, i)))
	}
}

func byGopter(m model.Machine, seed uint64, i int, o fuzz.GenerateOptions) model.Trace {
	p := gopter.MinGenParameters()
	p.Rng = rand.New(rand.NewSource(seedOf(seed, i)))
	return goptergen.Trace(m, o)(p).Result.(model.Trace)
}
