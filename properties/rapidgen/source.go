package rapidgen

import (
	"math/bits"
	"unicode"

	"pgregory.net/rapid"
)

// source is a [fuzz.Source] over rapid's draws.
type source struct{ t *rapid.T }

// digit is the number of bits of a draw, at most.
const digit = 8

// dice has for each number of bits a generator of numbers of so many bits, all as likely.
// The integers of rapid would not do: they prefer the small ones, and by the weights of
// the generator half of the commands would then be malformed or out of state. Nor would
// the elements of a list, whose first ones are preferred. What rapid draws evenly are
// coins, one bit each, and which table a character is from: so there is a table for each
// number, with that character alone.
var dice = newDice()

func newDice() (list [digit + 1]*rapid.Generator[rune]) {
	var tables []*unicode.RangeTable
	for i := range 1 << digit {
		one := unicode.Range16{Lo: uint16(i), Hi: uint16(i), Stride: 1}
		tables = append(tables, &unicode.RangeTable{R16: []unicode.Range16{one}})
	}
	for width := 1; width <= digit; width++ {
		list[width] = rapid.RuneFrom(nil, tables[:1<<width]...)
	}
	return list
}

// IntN throws dice until they show less than n, which takes less than two throws on
// average.
func (s source) IntN(n int) int {
	if n < 1 {
		panic("there is no number less than 1")
	}
	for {
		v := 0
		for width := bits.Len(uint(n - 1)); width > 0; width -= digit {
			d := min(width, digit)
			v = v<<d | int(dice[d].Draw(s.t, ""))
		}
		if v < n {
			return v
		}
	}
}
