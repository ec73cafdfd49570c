package model

import (
	"fmt"
	"strconv"
	"strings"
)

// Num is one number of a set (RFC 3501 section 9, seq-number). In a UID set of
// a trace a number can be symbolic: "$3" is the UID of message 3 in this
// connection's view, which Machine.Bind replaces by the UID that was observed.
type Num struct {
	N    uint32 // the number; 0 is "*"
	Symb bool   // N is the position of a message, not its UID
}

// Star is "*", the largest number in use.
var Star = Num{}

// String is the number as a trace shows it.
func (n Num) String() string {
	switch {
	case n == Star:
		return "*"
	case n.Symb:
		return "$" + strconv.FormatUint(uint64(n.N), 10)
	}
	return strconv.FormatUint(uint64(n.N), 10)
}

// Range is a seq-number or a seq-range. A single number has Single set and is
// in From.
type Range struct {
	From, To Num
	Single   bool
}

// Set is a sequence-set (RFC 3501 section 9): numbers and ranges, in the
// order written.
type Set []Range

// One is the set of a single number.
func One(n uint32) Set { return Set{{From: Num{N: n}, Single: true}} }

// String is the set in the RFC's notation.
func (s Set) String() string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(r.From.String())
		if !r.Single {
			b.WriteByte(':')
			b.WriteString(r.To.String())
		}
	}
	return b.String()
}

// ParseSet reads what String writes. Numbers are nz-numbers of 32 bits.
func ParseSet(text string) (Set, error) {
	var set Set
	for part := range strings.SplitSeq(text, ",") {
		from, to, ranged := strings.Cut(part, ":")
		f, err := parseNum(from)
		if err != nil {
			return nil, fmt.Errorf("sequence-set %q: %w", text, err)
		}
		r := Range{From: f, Single: true}
		if ranged {
			if r.To, err = parseNum(to); err != nil {
				return nil, fmt.Errorf("sequence-set %q: %w", text, err)
			}
			r.Single = false
		}
		set = append(set, r)
	}
	return set, nil
}

func parseNum(s string) (Num, error) {
	if s == "*" {
		return Star, nil
	}
	digits := strings.TrimPrefix(s, "$")
	if digits == "" || digits[0] < '1' || digits[0] > '9' {
		return Num{}, fmt.Errorf("%q is not a seq-number", s)
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return Num{}, fmt.Errorf("%q is not a seq-number", s)
	}
	return Num{N: uint32(n), Symb: digits != s}, nil
}

// Contains reports whether n is in the set, where "*" stands for max. A range
// holds all numbers between its ends, whichever is the larger.
func (s Set) Contains(n, max uint32) bool {
	for _, r := range s {
		lo := r.From.value(max)
		hi := lo
		if !r.Single {
			hi = r.To.value(max)
		}
		if lo > hi {
			lo, hi = hi, lo
		}
		if lo <= n && n <= hi {
			return true
		}
	}
	return false
}

// Max is the largest number written in the set, where "*" stands for largest.
func (s Set) Max(largest uint32) uint32 {
	var m uint32
	for _, r := range s {
		m = max(m, r.From.value(largest))
		if !r.Single {
			m = max(m, r.To.value(largest))
		}
	}
	return m
}

// Reversed reports whether a range of the set begins with its larger end.
func (s Set) Reversed() bool {
	for _, r := range s {
		if !r.Single && r.To != Star && (r.From == Star || r.From.N > r.To.N) {
			return true
		}
	}
	return false
}

// HasStar reports whether "*" occurs in the set.
func (s Set) HasStar() bool {
	for _, r := range s {
		if r.From == Star || !r.Single && r.To == Star {
			return true
		}
	}
	return false
}

// overlaps reports whether a number may be in the set twice. A server may take
// it once or twice (section 9, sequence-set).
func (s Set) overlaps() bool {
	for i, a := range s {
		for _, b := range s[:i] {
			if (Set{a, b}).HasStar() {
				return true
			}
			if (Set{a}).Contains(b.From.N, 0) || (Set{b}).Contains(a.From.N, 0) ||
				!b.Single && (Set{a}).Contains(b.To.N, 0) || !a.Single && (Set{b}).Contains(a.To.N, 0) {
				return true
			}
		}
	}
	return false
}

func (n Num) value(max uint32) uint32 {
	if n == Star {
		return max
	}
	return n.N
}
