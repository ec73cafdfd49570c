package bench

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// remission is the time in remission, in weeks, of the leukaemia patients of Freireich et
// al. (1963) who had 6-mercaptopurine: the example of many textbooks.
var remission = []Time{
	{At: 6}, {At: 6}, {At: 6}, {6, true}, {At: 7}, {9, true}, {At: 10}, {10, true}, {11, true}, {At: 13}, {At: 16},
	{17, true}, {19, true}, {20, true}, {At: 22}, {At: 23}, {25, true}, {32, true}, {32, true}, {34, true}, {35, true},
}

// placebo is that of those who had none.
var placebo = times(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)

func times(list ...int) (out []Time) {
	for _, n := range list {
		out = append(out, Time{At: n})
	}
	return out
}

func TestSurvival(t *testing.T) {
	want := []Alive{{6, 0.857}, {7, 0.807}, {10, 0.753}, {13, 0.690}, {16, 0.627}, {22, 0.538}, {23, 0.448}}
	got := Survival(remission)
	require.Len(t, got, len(want))
	for i := range want {
		assert.Equal(t, want[i].At, got[i].At)
		assert.InDelta(t, want[i].Share, got[i].Share, 0.0005)
	}
	at, ok := Median(remission)
	assert.True(t, ok)
	assert.Equal(t, 23, at)
	at, ok = Median(placebo)
	assert.True(t, ok)
	assert.Equal(t, 8, at)
}

func TestMedianOfWhatIsNotSeen(t *testing.T) {
	_, ok := Median([]Time{{At: 5}, {20, true}, {20, true}})
	assert.False(t, ok)
	at, ok := Median([]Time{{At: 5}, {20, true}})
	assert.True(t, ok)
	assert.Equal(t, 5, at)
	assert.Empty(t, Survival(nil))
}

// The pairs of 3 and 4 numbers, counted by hand: of the 12 the first is less in 7, and
// equal in 2.
func TestSooner(t *testing.T) {
	a, b := times(1, 3, 5), times(2, 3, 5, 8)
	assert.InDelta(t, 8.0/12, Sooner(a, b), 1e-9)
	assert.InDelta(t, 4.0/12, Sooner(b, a), 1e-9)
	assert.InDelta(t, 0.5, Sooner(a, a), 1e-9)
	assert.InDelta(t, 1, Sooner(times(20), []Time{{20, true}}), 1e-9, "what was not seen in 20 comes later")
}

// The tortoises and hares of the usual example: ranks 1, 7 to 11, and 2 to 6, 12 give
// U = 11 and 25. Without ties the test is exact: by the table of U for 6 and 6, p > 0.2.
func TestDiffer(t *testing.T) {
	tortoise, hare := times(1, 7, 8, 9, 10, 11), times(2, 3, 4, 5, 6, 12)
	assert.InDelta(t, 25.0/36, Sooner(hare, tortoise), 1e-9)
	assert.InDelta(t, 0.3095, Differ(tortoise, hare), 0.0001)
	assert.InDelta(t, 0.1, Differ(times(1, 2, 3), times(4, 5, 6)), 1e-9, "2 of the 20 ways to choose 3 of 6")
	assert.InDelta(t, 1, Differ(times(4, 4), times(4, 4)), 1e-9)
	assert.Less(t, Differ(remission, placebo), 0.01)
}
