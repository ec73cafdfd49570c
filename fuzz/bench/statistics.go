package bench

import (
	"cmp"
	"slices"

	"github.com/aclements/go-moremath/stats"
)

// Time is how long it took until something happened, or, if it is Censored, how long
// it was waited for in vain.
type Time struct {
	At       int
	Censored bool
}

// Alive is the share that is left at a time and until the next.
type Alive struct {
	At    int
	Share float64
}

// Survival is what Kaplan and Meier (1958) estimate: the share of those for whom it
// has not happened yet, at each time when it happened to one. Those that are censored
// at such a time were still waiting then.
func Survival(times []Time) []Alive {
	times = slices.SortedFunc(slices.Values(times), func(a, b Time) int { return cmp.Compare(a.At, b.At) })
	var curve []Alive
	share := 1.0
	for i := 0; i < len(times); {
		at, waiting, happened := times[i].At, len(times)-i, 0
		for ; i < len(times) && times[i].At == at; i++ {
			if !times[i].Censored {
				happened++
			}
		}
		if happened > 0 {
			share *= 1 - float64(happened)/float64(waiting)
			curve = append(curve, Alive{at, share})
		}
	}
	return curve
}

// Median is the first time at which no more than half are left; there may be none.
func Median(times []Time) (at int, ok bool) {
	for _, a := range Survival(times) {
		if a.Share <= 0.5+1e-12 { // the product of shares is not exact
			return a.At, true
		}
	}
	return 0, false
}

// ranked are the times as numbers of which only the order counts. One that is censored
// comes behind those that happened at that time: all were waited for as long.
func ranked(times []Time) []float64 {
	out := make([]float64, len(times))
	for i, t := range times {
		if out[i] = 2 * float64(t.At); t.Censored {
			out[i]++
		}
	}
	return out
}

// Sooner is the measure A12 of Vargha and Delaney (2000): how likely one of a is less
// than one of b, where half of the ties count. 0.5 is no difference. 0.56, 0.64 and
// 0.71 are called small, medium and large; so are 0.44, 0.36 and 0.29.
func Sooner(a, b []Time) float64 {
	x, y := ranked(a), ranked(b)
	n := 0.0
	for _, v := range x {
		for _, w := range y {
			switch {
			case v < w:
				n++
			case v == w:
				n += 0.5
			}
		}
	}
	return n / float64(len(x)*len(y))
}

// Differ is the two-sided p of the U test of Mann and Whitney: how likely two samples
// differ so much if they are of one distribution.
func Differ(a, b []Time) float64 {
	r, err := stats.MannWhitneyUTest(ranked(a), ranked(b), stats.LocationDiffers)
	if err != nil { // all are equal, or a sample is empty
		return 1
	}
	return r.P
}

// middle is the median of numbers, the lower one of two; 0 of none.
func middle(list []int) int {
	if len(list) == 0 {
		return 0
	}
	list = slices.Sorted(slices.Values(list))
	return list[(len(list)-1)/2]
}
