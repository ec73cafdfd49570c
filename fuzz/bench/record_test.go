package bench

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/fault"
)

// proofs is the record of imapcheck bench --prove --record.
func proofs(t *testing.T) []Bound {
	t.Helper()
	file, err := os.Open("testdata/proofs.txt")
	require.NoError(t, err)
	defer file.Close()
	list, err := ReadRecord(file)
	require.NoError(t, err)
	return list
}

// What a fault says of its least length is what is proven of it, and there is a line for
// every fault of which something can be.
func TestLeastIsWhatIsProven(t *testing.T) {
	lines := map[string]Bound{}
	for _, b := range proofs(t) {
		lines[b.Fault] = b
	}
	proven := 0
	for _, f := range fault.All() {
		b, ok := lines[f.Name]
		assert.Equal(t, !f.Racy && f.Layer != fault.TLS, ok, f.Name)
		if !ok {
			continue
		}
		assert.GreaterOrEqual(t, f.Least, b.AtLeast, f.Name)
		if b.AtMost > 0 {
			assert.LessOrEqual(t, f.Least, b.AtMost, f.Name)
		}
		if b.Proven() {
			proven++
		}
	}
	assert.GreaterOrEqual(t, proven, 150)
}

// Every tenth of the proofs that are quick is given again.
func TestProofsAgain(t *testing.T) {
	quick := 0
	for _, b := range proofs(t) {
		if !b.Proven() || b.Sent > 50_000 {
			continue
		}
		if quick++; quick%10 != 0 {
			continue
		}
		t.Run(b.Fault, func(t *testing.T) {
			t.Parallel()
			f := fault.Find(b.Fault)
			require.NotNil(t, f)
			p, err := Prove(t.Context(), f, Bounds{Worlds: 6000, Commands: 6000})
			require.NoError(t, err)
			assert.True(t, p.Proven(), "%s", p.String())
			assert.Len(t, p.Trace.Steps, b.AtMost)
		})
	}
}

func TestRecord(t *testing.T) {
	f := fault.All()
	list := With([]Bound{{f[1].Name, 3, 5, 70, 9, 99}}, Bound{f[0].Name, 2, 2, 71, 8, 88})
	list = With(list, Bound{f[1].Name, 4, 4, 72, 10, 100})
	var b bytes.Buffer
	require.NoError(t, WriteRecord(&b, append(list, Bound{Fault: "gone"})))
	back, err := ReadRecord(&b)
	require.NoError(t, err)
	assert.Equal(t, []Bound{{f[0].Name, 2, 2, 71, 8, 88}, {f[1].Name, 4, 4, 72, 10, 100}}, back)

	_, err = ReadRecord(strings.NewReader("x 1 y\n"))
	assert.ErrorContains(t, err, `record of proofs: "x 1 y"`)
}
