package bench

import (
	"math/rand/v2"
	"slices"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
)

// Generator is a way to make traces. It is a value, so that one which needs a library
// of others can be added where that library is welcome.
type Generator struct {
	Name string
	Text string // what it is, in a few words
	// Traces makes the traces of a seed, one after the other. Each call is given the
	// result of the trace before, which is empty the first time.
	Traces func(m model.Machine, seed uint64, o fuzz.GenerateOptions) func(last fuzz.Result) model.Trace
}

// The names of the generators that are always there.
const (
	Campaign = "imapcheck"
	Decoded  = "go-fuzz"
	Baseline = "random"
)

// Generators are those that need no library. The last is the baseline.
func Generators() []Generator {
	return []Generator{
		{Campaign, "the generator of imapcheck fuzz", campaign},
		{Decoded, "octets that mutate, decoded as in go test -fuzz", decoded},
		{Baseline, "any command with any arguments, as likely as any other", random},
	}
}

// Blind is a generator that learns nothing of the results: trace i of a seed.
func Blind(trace func(m model.Machine, seed uint64, i int, o fuzz.GenerateOptions) model.Trace) func(model.Machine, uint64, fuzz.GenerateOptions) func(fuzz.Result) model.Trace {
	return func(m model.Machine, seed uint64, o fuzz.GenerateOptions) func(fuzz.Result) model.Trace {
		i := -1
		return func(fuzz.Result) model.Trace {
			i++
			return trace(m, seed, i, o)
		}
	}
}

var campaign = Blind(func(m model.Machine, seed uint64, i int, o fuzz.GenerateOptions) model.Trace {
	return fuzz.Generate(m, fuzz.NewSource(seed, i), o)
})

// In a hundred inputs so many are new, and not made of one that was kept.
const fresh = 10

// Sizes of inputs, and how often one is changed at a time, at most.
const (
	longest     = 400
	mostChanges = 5
)

// decoded stands for Go's fuzzing engine, which takes no seed and so can be measured but
// not repeated: it keeps the inputs that reach a transition of the model that none had
// reached (as with the branches of package guide), and changes them as that engine
// does. The branches of the server, which Go's engine sees too, it does not see.
func decoded(m model.Machine, seed uint64, o fuzz.GenerateOptions) func(fuzz.Result) model.Trace {
	r := rand.New(rand.NewPCG(seed, 0))
	hit := map[string]bool{}
	var kept [][]byte
	var input []byte
	return func(last fuzz.Result) model.Trace {
		more := false
		for _, t := range last.Transitions {
			more = more || !hit[t]
			hit[t] = true
		}
		if more {
			kept = append(kept, input)
		}
		for {
			if len(kept) == 0 || r.IntN(100) < fresh {
				input = octets(r, 1+r.IntN(longest))
			} else {
				input = slices.Clone(kept[r.IntN(len(kept))])
				for range 1 + r.IntN(mostChanges) {
					input = mutate(r, input)
				}
			}
			if t := fuzz.Decode(m, input, o); len(t.Steps) > 0 {
				return t
			}
		}
	}
}

func octets(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// mutate changes an input in one of the ways of Go's engine.
func mutate(r *rand.Rand, b []byte) []byte {
	if len(b) == 0 {
		return octets(r, 1+r.IntN(10))
	}
	from := r.IntN(len(b))
	to := from + 1 + r.IntN(min(10, len(b)-from))
	switch r.IntN(8) {
	case 0: // cut
		return slices.Delete(b, from, to)
	case 1: // insert
		b = slices.Insert(b, from, octets(r, 1+r.IntN(10))...)
	case 2: // repeat
		b = slices.Insert(b, r.IntN(len(b)), slices.Clone(b[from:to])...)
	case 3: // copy over
		copy(b[r.IntN(len(b)):], slices.Clone(b[from:to]))
	case 4: // flip a bit
		b[from] ^= 1 << r.IntN(8)
	case 5: // another octet
		b[from] = byte(r.Uint32())
	case 6: // add a little
		b[from] += byte(r.IntN(71) - 35)
	default: // exchange
		i := r.IntN(len(b))
		b[from], b[i] = b[i], b[from]
	}
	return b[:min(len(b), longest)]
}
