package wire

import (
	"math"

	"github.com/imapcheck/imapcheck/model"
)

func (p *scanner) number() uint32 { return p.digits("number") }

func (p *scanner) nzNumber() uint32 {
	if p.peek() == '0' {
		p.fail("nz-number", "1-9")
		return 0
	}
	return p.digits("nz-number")
}

func (p *scanner) digits(rule string) uint32 {
	start, n := p.i, uint64(0)
	for ; p.i < len(p.s) && octetClasses[p.s[p.i]]&clsDigit != 0; p.i++ {
		if n = n*10 + uint64(p.s[p.i]-'0'); n > math.MaxUint32 {
			p.fail(rule, "at most 4294967295")
			return 0
		}
	}
	if p.i == start {
		p.fail(rule, "DIGIT")
	}
	return uint32(n)
}

// modSequence is mod-sequence-value (RFC 7162): a number of 63 bits, not zero.
func (p *scanner) modSequence() uint64 {
	const rule = "mod-sequence-value"
	start := p.i
	n := p.number63(rule)
	if n == 0 {
		p.failAt(start, rule, "a number from 1 to 9223372036854775807")
	}
	return n
}

// number63 is a number of 63 bits.
func (p *scanner) number63(rule string) uint64 {
	start, n := p.i, uint64(0)
	for ; p.i < len(p.s) && octetClasses[p.s[p.i]]&clsDigit != 0; p.i++ {
		d := uint64(p.s[p.i] - '0')
		if n > (math.MaxInt64-d)/10 {
			p.fail(rule, "at most 9223372036854775807")
			return 0
		}
		n = n*10 + d
	}
	if p.i == start {
		p.fail(rule, "DIGIT")
	}
	return n
}

// set is a sequence-set; without star it is a uid-set (RFC 4315), which has no
// "*". rule is the one to blame if there is none.
func (p *scanner) set(rule string, star bool) model.Set {
	var set model.Set
	for {
		r := model.Range{From: p.setNumber(rule, star), Single: true}
		if p.skip(':') {
			r.To, r.Single = p.setNumber(rule, star), false
		}
		if p.err != nil {
			return nil
		}
		if set = append(set, r); !p.skip(',') {
			return set
		}
	}
}

func (p *scanner) setNumber(rule string, star bool) model.Num {
	switch c := p.peek(); {
	case star && c == '*':
		p.i++
		return model.Star
	case star && octetClasses[c]&clsDigit == 0:
		p.fail(rule, "sequence-set")
	case octetClasses[c]&clsDigit == 0:
		p.fail(rule, "uid-set")
	}
	return model.Num{N: p.nzNumber()}
}
