package explore

import "slices"

// Wp is a suite by the partial W-method (Fujiwara, von Bochmann, Khendek, Amalou and
// Ghedamsi, 1991), k the number of extra states.
//
// It is complete: a deterministic automaton that has the same inputs, at most n+k states (n
// those of m) and a reset, and that gives the output of m on every word of the suite,
// gives the output of m on every word there is. For that m has to be complete,
// minimal, and reachable throughout: see [Mealy.Complete] and [Mealy.Minimal], whose
// error this returns. No word is the beginning of another, and none is
// there twice; they are in order.
func Wp(m *Mealy, k int) ([]Word, error) {
	if err := m.Minimal(); err != nil {
		return nil, err
	}
	access := m.access()
	all, own := m.separators()
	var suite []Word
	add := func(before Word, ends []Word) {
		if len(ends) == 0 { // a single state needs no telling apart
			ends = []Word{{}}
		}
		for _, end := range ends {
			suite = append(suite, slices.Concat(before, end))
		}
	}
	for _, between := range m.upTo(k) {
		for s := range m.States { // every state is there, and no other
			add(slices.Concat(access[s], between), all)
		}
		for s := range m.States { // every transition leads where it should
			for i := range m.Inputs {
				w := slices.Concat(access[s], Word{i}, between)
				_, last := m.Run(w)
				add(w, own[last])
			}
		}
	}
	return prune(suite), nil
}

// separators are words of which for any two states one has different outputs, and for
// each state those that tell it from all others.
func (m *Mealy) separators() (all []Word, own [][]Word) {
	own = make([][]Word, len(m.States))
	for s := range m.States {
		for t := range m.States {
			if s == t {
				continue
			}
			differs := func(w Word) bool { return !slices.Equal(m.seen(s, w), m.seen(t, w)) }
			if slices.ContainsFunc(own[s], differs) {
				continue
			}
			i := slices.IndexFunc(all, differs)
			if i < 0 {
				i, all = len(all), append(all, m.Apart(s, t))
			}
			own[s] = append(own[s], all[i])
		}
	}
	return all, own
}

// seen is the output of a word from a state.
func (m *Mealy) seen(s int, w Word) []string {
	from := *m
	from.Start = s
	out, _ := from.Run(w)
	return out
}

// upTo are all words of at most k inputs, the shorter ones first.
func (m *Mealy) upTo(k int) []Word {
	words := []Word{{}}
	for from := 0; k > 0; k-- {
		to := len(words)
		for _, w := range words[from:to] {
			for i := range m.Inputs {
				words = append(words, append(slices.Clone(w), i))
			}
		}
		from = to
	}
	return words
}

// prune leaves out what another word begins with, and sorts.
func prune(words []Word) []Word {
	slices.SortFunc(words, slices.Compare[Word])
	var out []Word
	for i, w := range words {
		if i+1 < len(words) && len(words[i+1]) >= len(w) && slices.Equal(words[i+1][:len(w)], w) {
			continue
		}
		out = append(out, w)
	}
	return out
}
