package fuzz

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz/shrink"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
)

// Class is a class of differences between the first target of a [Diff] and another
// one, with the shortest trace that shows it.
type Class struct {
	Difference     // as the last run of Trace showed it
	Other      int // number of the other target, from 1
	Count      int // how often it was seen, consequences of others left out
	Trace      model.Trace
	Steps      []Compared // the last run of Trace
	// FirstSteps, FoundAt and TraceIndex are as in [Finding].
	FirstSteps, FoundAt, TraceIndex int
	// Confirmed of Tries runs of Trace showed it.
	Confirmed, Tries int
	File             string // where it was saved, "" if nowhere
	Known            bool   // the violation is
	results          [2]Result
}

// Compared is a step of a trace and what two targets answered to it; nil for one
// that was not sent it.
type Compared struct {
	model.Step
	A, B *Answer
}

// Alike reports whether both were completed in the same way.
func (c Compared) Alike() bool {
	if c.A == nil || c.B == nil {
		return c.A == c.B
	}
	return c.A.Outcome == c.B.Outcome && c.A.End == c.B.End && slices.Equal(c.A.Codes, c.B.Codes)
}

// Apart are the facts in which two answers differ.
func (c Compared) Apart() (a, b []Fact) {
	if c.A == nil || c.B == nil {
		return nil, nil
	}
	for _, p := range pairs(c.A.Facts, c.B.Facts) {
		if p.same() {
			continue
		}
		if p.a != nil {
			a = append(a, *p.a)
		}
		if p.b != nil {
			b = append(b, *p.b)
		}
	}
	return a, b
}

// shrink makes the trace of a sighting minimal and confirms it. The others are what
// smaller traces have shown. The error is [shrink.ErrNotReproduced] if it does not
// show again; the class is then as it was seen.
func (d *diff) shrink(ctx context.Context, from sighting, other int) (c *Class, others []sighting, err error) {
	o := ShrinkOptions(d.machine, from.trace)
	o.MaxRuns, o.Confirm = cmp.Or(d.ShrinkRuns, 200), cmp.Or(d.Confirm, 3)
	if d.NoShrink {
		o.MaxRuns = 1
	}
	h := chase{diff: d, other: other, id: from.identity(), seen: map[string]Difference{}}
	c = &Class{Difference: from.Difference, Other: other, Trace: from.trace}
	var res shrink.Result
	if from.Kind == "silent" && !d.NoShrink {
		res, err = h.hasty(ctx, from.trace, o)
	} else {
		res, err = shrink.Shrink(ctx, from.trace, h.id, h.run, o)
	}
	if err != nil {
		return c, nil, err
	}
	c.Trace, c.Confirmed, c.Tries = res.Trace, res.Confirmed, res.Tries
	if res.Confirmed == 0 {
		return c, nil, shrink.ErrNotReproduced
	}
	c.Difference, c.results = h.difference, h.last.results
	for i, st := range c.Trace.Steps {
		step := Compared{Step: st}
		if mo := h.last.moments[0][i]; mo != nil {
			step.A = &mo.Answer
		}
		if mo := h.last.moments[1][i]; mo != nil {
			step.B = &mo.Answer
		}
		c.Steps = append(c.Steps, step)
	}
	for _, id := range slices.Sorted(maps.Keys(res.Others)) {
		others = append(others, sighting{h.seen[id], res.Others[id]})
	}
	return c, others, nil
}

// chase is the search for one difference in ever smaller traces.
type chase struct {
	*diff
	other int
	id    string
	// last is the last run that showed it, and difference what it showed.
	last       both
	difference Difference
	seen       map[string]Difference // by identity
}

func (h *chase) run(ctx context.Context, t model.Trace) ([]shrink.Failure, error) {
	b, err := h.compare(ctx, h.other, t, 0)
	if err != nil {
		return nil, err
	}
	var failures []shrink.Failure
	for _, x := range b.differences {
		id := x.identity()
		failures = append(failures, shrink.Failure{Key: id, Step: x.Step})
		if h.seen[id] = x; id == h.id {
			h.last, h.difference = b, x
		}
	}
	return failures, nil
}

// mostHangs bounds the candidates of a hang: each takes a timeout.
const mostHangs = 50

// hasty shrinks with a share of the timeout, since a server that is silent takes all
// of it in each run. The result is confirmed with patience.
func (h *chase) hasty(ctx context.Context, t model.Trace, o shrink.Options) (shrink.Result, error) {
	patient, once := h.diff, o
	h.diff, o.Confirm, o.MaxRuns = patient.inHaste(), -1, min(o.MaxRuns, mostHangs)
	res, err := shrink.Shrink(ctx, t, h.id, h.run, o)
	h.diff = patient
	if err != nil {
		return res, err
	}
	others := res.Others
	once.MaxRuns = 1
	if res, err = shrink.Shrink(ctx, res.Trace, h.id, h.run, once); errors.Is(err, shrink.ErrNotReproduced) {
		return shrink.Shrink(ctx, t, h.id, h.run, once)
	}
	res.Others = others
	return res, err
}

// add reports a class. What the model cannot judge is saved at the end, if it is
// not found to be something that it can.
func (d *diff) add(c *Class) error {
	v := c.Verdict.Violation
	c.Known = v != nil && d.Known[v.Key()]
	if c.Verdict.Judgement != Unknown {
		if err := d.save(c); err != nil {
			return err
		}
	}
	d.report.Classes = append(d.report.Classes, c)
	if d.Found != nil {
		d.Found(c)
	}
	return nil
}

// save saves a class, if it is no known violation.
func (d *diff) save(c *Class) (err error) {
	if d.Save != "" && !c.Known {
		c.File, err = corpus.Save(d.Save, d.traceFile(c))
	}
	return err
}

// traceFile is the class as a trace file: a violation with the evidence of the side
// that is wrong, and else a plain trace.
func (d *diff) traceFile(c *Class) *corpus.File {
	v := c.Verdict.Violation
	if v == nil {
		return &corpus.File{Trace: c.Trace}
	}
	side, result := 0, c.results[0]
	if c.Verdict.OfB {
		side, result = c.Other, c.results[1]
	}
	driver := &d.drivers[side]
	f := Finding{Violation: *v, Confirmed: c.Confirmed, Tries: c.Tries}
	f.Trace, f.Transcript = withLogins(c.Trace, result.Transcript)
	f.All = properties.Judge(driver.Machine, f.Transcript).Violations
	return f.TraceFile(d.Seed, driver)
}
