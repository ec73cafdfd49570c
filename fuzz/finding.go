package fuzz

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz/shrink"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// Finding is one bug: a broken rule, with the shortest trace that shows it.
type Finding struct {
	Key       string
	Violation model.Violation
	Trace     model.Trace
	// Transcript and All are the evidence of the last run of Trace and all that
	// was judged of it.
	Transcript model.Transcript
	All        []model.Violation
	FirstSteps int // length of the trace that it was found with
	FoundAt    int // commands of the campaign when it was found
	TraceIndex int // number of the trace that it was found with, from 0
	// Confirmed of Tries runs of Trace showed it.
	Confirmed, Tries int
	ShrinkRuns       int
	File             string // where it was saved, "" if nowhere
	Known            bool
	Crash            string // what is known of a crash of the server
}

// asSeen is a finding with the trace and the evidence that it was found with;
// nil if it is not of that run.
func asSeen(key string, t model.Trace, r Result) *Finding {
	at := slices.IndexFunc(r.Violations, func(v model.Violation) bool { return v.Key() == key })
	if at < 0 {
		return nil
	}
	return &Finding{Key: key, Violation: r.Violations[at], Trace: t, Transcript: r.Transcript, All: r.Violations,
		Crash: r.Crash, FirstSteps: len(t.Steps)}
}

// hangs reports whether the evidence is that the server was silent.
func (f *Finding) hangs() bool { return silent(f.Transcript, f.Violation) }

func silent(t model.Transcript, v model.Violation) bool {
	return slices.ContainsFunc(t.Exchanges, func(x model.Exchange) bool {
		return x.Step == v.Step && x.Reply.End == model.Silent
	})
}

// silent reports whether the server was, at any step.
func (r *Result) silent() bool {
	return slices.ContainsFunc(r.Transcript.Exchanges, func(x model.Exchange) bool { return x.Reply.End == model.Silent })
}

// lead is a trace that has shown a key.
type lead struct {
	key   string
	trace model.Trace
	hangs bool // it showed a server that was silent
}

// TraceFile is the finding as a trace file. seed, d and its profile say where it is
// from.
func (f *Finding) TraceFile(seed uint64, d *Driver) *corpus.File {
	v := f.Violation
	file := fileOf(d, f.Trace, f.Transcript, f.All)
	file.Finding = &corpus.Finding{
		Rule: v.ID(), Clause: v.Rule.Clause, Level: v.Rule.Level.String(),
		Command: v.Command, State: v.State.String(),
		Found: fmt.Sprintf("seed=%d %s", seed, f.where(d)),
	}
	return file
}

// fileOf is a run as a trace file, with no finding. d and its profile say where it is from.
func fileOf(d *Driver, t model.Trace, transcript model.Transcript, violations []model.Violation) *corpus.File {
	file := &corpus.File{Trace: t, Transcript: &transcript, Caps: d.Machine.Profile.Caps, TLS: d.Machine.Profile.TLS}
	if delim := d.Machine.Profile.Delim; delim != "/" {
		file.Delim = cmp.Or(delim, "NIL")
	}
	for _, v := range violations {
		file.Marks = append(file.Marks, Mark(v))
	}
	return file
}

// where says of what server the finding is, and how sure it is.
func (f *Finding) where(d *Driver) string {
	text := "target=" + d.Target.Name()
	if v := target.Version(d.Target); v != "" {
		text += " version=" + v
	}
	return fmt.Sprintf("%s confirmed=%d/%d", text, f.Confirmed, f.Tries)
}

// Shrunk is the trace file of a finding that was made from the trace file of the
// given name.
func (f *Finding) Shrunk(name string, d *Driver) *corpus.File {
	file := f.TraceFile(0, d)
	file.Finding.Found = fmt.Sprintf("from=%s %s", name, f.where(d))
	return file
}

// Mark is a violation as a trace file has it.
func Mark(v model.Violation) corpus.Mark {
	return corpus.Mark{Rule: v.ID(), Step: v.Step + 1, Command: v.Command, State: v.State.String(), Got: v.Got, Want: v.Want}
}

// family is what stays the same of a violation while its trace shrinks. Which
// search key is wrong may show only when the others are gone.
func family(v model.Violation) string {
	if v.Rule.ID == "search-matches" {
		v.Part = ""
	}
	return v.Key()
}

// confirmHang is how often a hang is run again: each run takes a whole timeout.
const confirmHang = 2

// shrink makes the trace of a finding minimal and confirms it. The other keys
// are those that smaller traces have shown.
func (c *campaign) shrink(ctx context.Context, from lead) (*Finding, []lead, error) {
	t := from.trace
	l := c.lookFor(from.key)
	o := ShrinkOptions(c.Machine, t)
	o.MaxRuns, o.Confirm = cmp.Or(c.ShrinkRuns, o.MaxRuns), cmp.Or(c.Confirm, o.Confirm)
	if c.NoShrink {
		o.MaxRuns = 1
	}
	if from.hangs && o.Confirm > confirmHang {
		o.Confirm = confirmHang
	}
	res, err := c.reduce(ctx, t, l, o)
	if err != nil {
		return nil, nil, err
	}
	last, err := c.run(ctx, &c.Driver, res.Trace)
	if err != nil {
		return nil, nil, err
	}
	f := &Finding{Trace: res.Trace, Transcript: last.Transcript, All: last.Violations, Crash: last.Crash,
		Confirmed: res.Confirmed, Tries: res.Tries, ShrinkRuns: res.Runs}
	at := slices.IndexFunc(last.Violations, func(v model.Violation) bool { return family(v) == l.kin })
	if at < 0 {
		return nil, nil, shrink.ErrNotReproduced
	}
	f.Violation = last.Violations[at]
	f.Key = f.Violation.Key()
	var others []lead
	for _, k := range slices.Sorted(maps.Keys(l.others)) {
		if k != from.key && k != f.Key && !c.seen[k] {
			others = append(others, l.others[k])
		}
	}
	return f, others, nil
}

// reduce makes a trace minimal in haste, and confirms what is left with patience:
// what haste makes of a slow answer is set right by that.
func (c *campaign) reduce(ctx context.Context, t model.Trace, l *hunt, o shrink.Options) (shrink.Result, error) {
	patient := l.run(&c.Driver)
	quick, sure := o, o
	quick.Confirm, sure.MaxRuns = -1, 1
	res, err := shrink.Shrink(ctx, t, l.kin, l.run(c.first()), quick)
	if err == nil {
		runs := res.Runs
		res, err = shrink.Shrink(ctx, res.Trace, l.kin, patient, sure)
		res.Runs += runs
	}
	if errors.Is(err, shrink.ErrNotReproduced) {
		return shrink.Shrink(ctx, t, l.kin, patient, o)
	}
	return res, err
}

// hunt is the search for one finding in ever smaller traces.
type hunt struct {
	*campaign
	kin    string          // the key without what may change
	others map[string]lead // the smallest traces that showed each key
}

func (c *campaign) lookFor(key string) *hunt {
	rule, rest, _ := strings.Cut(key, "/")
	if base, _, ok := strings.Cut(rule, ":"); ok && base == "search-matches" {
		rule = base
	}
	return &hunt{c, rule + "/" + rest, map[string]lead{}}
}

// run drives a candidate. What is of the family of the finding is the same failure.
func (h *hunt) run(d *Driver) shrink.Run {
	return func(ctx context.Context, t model.Trace) ([]shrink.Failure, error) {
		r, err := h.campaign.run(ctx, d, t)
		var failures []shrink.Failure
		for _, v := range r.Violations {
			failures = append(failures, shrink.Failure{Key: family(v), Step: v.Step})
			if old, ok := h.others[v.Key()]; h.wanted(v) && (!ok || len(t.Steps) < len(old.trace.Steps)) {
				h.others[v.Key()] = lead{v.Key(), t, silent(r.Transcript, v)}
			}
		}
		return failures, err
	}
}

// ShrinkOptions are those by which findings are made minimal that a trace for the model
// m has led to.
func ShrinkOptions(m model.Machine, t model.Trace) shrink.Options {
	return shrink.Options{
		MaxRuns: 400, Confirm: 5,
		Repair: m.Repairer(t), Shortcut: m.Shortcut, Simpler: orAlike, Frames: frames(m), Format: formatTrace,
	}
}

// formatTrace is the identity of a trace: its C lines.
func formatTrace(t model.Trace) string {
	return string(corpus.Format(&corpus.File{Trace: t}))
}

// Shrink makes a trace minimal that shows a violation with that key, and
// confirms it. The error is [shrink.ErrNotReproduced] if it does not show it.
func (c *Campaign) Shrink(ctx context.Context, key string, t model.Trace) (*Finding, error) {
	r := c.begin()
	first, err := r.run(ctx, &c.Driver, t)
	if err != nil {
		return nil, err
	}
	seen := asSeen(key, t, first)
	f, _, err := r.shrink(ctx, lead{key, t, seen != nil && seen.hangs()})
	if err != nil {
		return nil, err
	}
	f.FirstSteps = len(t.Steps)
	return f, nil
}
