package rapidgen

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
)

// All numbers are as likely, by a test that chance fails once in thousands of times.
func TestDiceAreEven(t *testing.T) {
	for _, n := range []int{1, 2, 3, 8, 97, 256, 300} {
		const each = 1000
		count := make([]int, n)
		rapid.Custom(func(t *rapid.T) int {
			for range each * n {
				count[source{t}.IntN(n)]++
			}
			return rapid.Int().Draw(t, "")
		}).Example(1)
		square := 0.0
		for _, c := range count {
			square += float64((c-each)*(c-each)) / each
		}
		free := float64(n - 1)
		assert.LessOrEqual(t, square, free+4*math.Sqrt(2*free)+1, "n = %d", n)
	}
	assert.Panics(t, func() { source{}.IntN(0) })
}

// What rapid's draws cost, beside a source of random numbers.
func BenchmarkTrace(b *testing.B) {
	m := model.New()
	b.Run("rapid", func(b *testing.B) {
		traces := Trace(m, fuzz.GenerateOptions{})
		for i := range b.N {
			traces.Example(i)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "traces/s")
	})
	b.Run("rand", func(b *testing.B) {
		for i := range b.N {
			fuzz.Generate(m, fuzz.NewSource(1, i), fuzz.GenerateOptions{})
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "traces/s")
	})
}
