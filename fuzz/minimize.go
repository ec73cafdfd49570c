package fuzz

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
)

// Minimize chooses entries, or what they begin with, that cover what all of them cover, with
// few commands: each time the beginning that adds most for a command; and then those go, or
// end sooner, that the others make needless, the longest first. What an entry begins with has
// the evidence of that, and no Path. Those without evidence, and those that hold more than a
// trace and its evidence, stay as they are.
// The order of the entries does not matter, but for that of the result.
func Minimize(m model.Machine, entries []corpus.Entry) []corpus.Entry {
	var stay, chosen []corpus.Entry
	var list []*candidate
	taken := map[string]bool{}
	for _, e := range entries {
		taken[formatTrace(e.File.Trace)] = true
		if e.File.Transcript == nil || !noMore(e.File) {
			stay = append(stay, e)
		} else {
			list = append(list, newCandidate(m, e))
		}
	}
	slices.SortFunc(list, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(len(a.entry.File.Trace.Steps), len(b.entry.File.Trace.Steps)), strings.Compare(a.text, b.text))
	})
	times := map[string]int{} // of those chosen, and of stay
	for _, e := range stay {
		for _, name := range Covers(m, e.File) {
			times[name]++
		}
	}
	picks := greedy(list, times)
	slices.SortStableFunc(picks, func(a, b head) int { return cmp.Compare(b.steps, a.steps) })
	for _, p := range picks {
		if p.steps = p.trim(times); p.steps == 0 {
			continue
		}
		e := p.beginning(p.steps)
		if id := formatTrace(e.File.Trace); e.Path == "" && taken[id] {
			e = p.entry // one file for a trace
		} else {
			taken[id] = true
		}
		chosen = append(chosen, e)
	}
	return append(stay, chosen...)
}

// noMore reports whether there is nothing in a file but a trace and its evidence.
func noMore(f *corpus.File) bool {
	bare := &corpus.File{Trace: f.Trace, Transcript: f.Transcript, Marks: f.Marks, Delim: f.Delim, Caps: f.Caps, TLS: f.TLS}
	return bytes.Equal(corpus.Format(bare), corpus.Format(f))
}

// candidate is an entry with what it covers.
type candidate struct {
	entry  corpus.Entry
	text   string
	points []point // each name once, where it is first, by their steps
}

// head is the first steps of a candidate.
type head struct {
	*candidate
	steps int
}

func newCandidate(m model.Machine, e corpus.Entry) *candidate {
	f := e.File
	c := &candidate{entry: e, text: string(corpus.Format(f))}
	seen := map[string]bool{}
	for _, p := range pointsOf(m, f) {
		if !seen[p.name] {
			seen[p.name] = true
			c.points = append(c.points, p)
		}
	}
	slices.SortStableFunc(c.points, func(a, b point) int { return cmp.Compare(a.step, b.step) })
	return c
}

// end is how many steps it takes to have step done, and the evidence be that of the steps
// alone.
func (c *candidate) end(step int) int {
	steps := c.entry.File.Trace.Steps
	if c.entry.File.Transcript.Overlaps() {
		return len(steps)
	}
	for step < len(steps) && steps[step].Delivery.Way == model.Burst { // the next goes out with it
		step++
	}
	return min(step+1, len(steps))
}

// greedy chooses until all is covered, and counts in times what is.
func greedy(list []*candidate, times map[string]int) (picks []head) {
	for {
		var best head
		most := 0
		for _, c := range list {
			fresh := 0
			for _, p := range c.points {
				if times[p.name] > 0 {
					continue
				}
				fresh++
				end := c.end(p.step)
				if best.candidate == nil || fresh*(best.steps+1) > most*(end+1) { // an account is a command's worth
					best, most = head{c, end}, fresh
				}
			}
		}
		if best.candidate == nil {
			return picks
		}
		picks = append(picks, best)
		for name := range best.has(0) {
			times[name]++
		}
	}
}

// has are the names of what the steps have shown, those from a step on.
func (p head) has(from int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, q := range p.points {
			if q.step >= from && p.end(q.step) <= p.steps && !yield(q.name) {
				return
			}
		}
	}
}

// trim is how many steps are needed for what nothing else covers, 0 for none. What goes is
// taken out of times.
func (p head) trim(times map[string]int) int {
	need := 0
	for _, q := range p.points {
		if p.end(q.step) <= p.steps && times[q.name] == 1 {
			need = max(need, p.end(q.step))
		}
	}
	short := head{p.candidate, need}
	for name := range p.has(0) {
		times[name]--
	}
	if need > 0 {
		for name := range short.has(0) {
			times[name]++
		}
	}
	return need
}

// beginning is the entry with its first steps alone.
func (c *candidate) beginning(steps int) corpus.Entry {
	f := *c.entry.File
	if steps == len(f.Trace.Steps) {
		return c.entry
	}
	f.Trace.Steps = f.Trace.Steps[:steps]
	t := model.Transcript{Fixture: f.Transcript.Fixture}
	for _, x := range f.Transcript.Exchanges {
		if x.Step < steps {
			t.Exchanges = append(t.Exchanges, x)
		}
	}
	f.Transcript = &t
	f.Marks = slices.DeleteFunc(slices.Clone(f.Marks), func(m corpus.Mark) bool { return m.Step > steps })
	return corpus.Entry{File: &f}
}
