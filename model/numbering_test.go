package model

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestNumberingIsThatOfAList compares places with a list that EXPUNGE shortens.
func TestNumberingIsThatOfAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n numbering
		var list []uint64
		next := uint64(1)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(list) > 0 && rapid.Bool().Draw(t, "expunge") {
				i := rapid.IntRange(1, len(list)).Draw(t, "number")
				n.remove(uint32(i))
				list = slices.Delete(list, i-1, i)
			} else {
				for range rapid.IntRange(0, 9).Draw(t, "new") {
					list = append(list, next)
					next++
				}
				require.True(t, n.grow(uint32(len(list))))
			}
			require.EqualValues(t, len(list), n.size)
			for i, place := range list {
				require.Equal(t, place, n.place(uint32(i+1)), "message %d", i+1)
			}
		}
	})
}

func TestNumberingIsBounded(t *testing.T) {
	var n numbering
	const most = 1<<32 - 1
	assert.True(t, n.grow(most))
	assert.EqualValues(t, most, n.place(most))
	n.remove(1)
	assert.EqualValues(t, most, n.place(most-1))
	for n.grow(most) {
		n.size = 0
	}
	assert.GreaterOrEqual(t, n.told, uint64(mostPlaces))
}
