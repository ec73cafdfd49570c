package explore

import (
	"math"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// novelty is a variation of a suite, and how often the repeated commands had each word.
type novelty struct {
	*Variation
	had map[string]int
}

// repeats is how often the command of a slot, if it may vary, is repeated: more often where
// the arguments say more.
func (s *slot) repeats(varies bool) int {
	_, bare := s.plain.(model.Simple)
	answered := strings.HasSuffix(s.label, " ok") || strings.HasSuffix(s.label, " no")
	if s.Words == nil || !varies || bare || !answered || placeOf(&s.from.state) != s.place {
		return 0
	}
	switch strings.TrimPrefix(s.plain.Name(), "UID ") {
	case "FETCH", "SEARCH", "STORE":
		return 12
	}
	return 2
}

// rarest is, of some proposals that fit, that with the word that was least often in what was
// repeated before, and what it leads to. So the suite has what is rarely proposed, too.
func (s *slot) rarest() (next runner, chosen model.Command, found bool) {
	type candidate struct {
		cmd   model.Command
		words []string
		had   int
	}
	list := make([]candidate, 2*proposals)
	for i := range list {
		c := s.propose()
		list[i] = candidate{c, s.Words(c), math.MaxInt}
		for _, w := range list[i].words {
			list[i].had = min(list[i].had, s.had[w])
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return a.had - b.had })
	for _, c := range list {
		trial := runner{machine: s.from.machine, state: s.from.state.Clone(), steps: s.from.steps}
		if s.fits(&trial, c.cmd) {
			for _, w := range c.words {
				s.had[w]++
			}
			return trial, c.cmd, true
		}
	}
	return next, nil, false
}
