package fuzz

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz/shrink"
	"github.com/imapcheck/imapcheck/model"
)

// Campaign generates traces, drives the target through them, and shrinks and
// keeps what breaks a rule, until its budget is spent.
type Campaign struct {
	Driver
	Seed     uint64
	Commands int           // ends after so many commands; 0 is no bound
	Duration time.Duration // ends after so long; 0 is no bound
	Generate GenerateOptions
	Level    model.Level     // findings below it are left out: MUST or SHOULD
	Known    map[string]bool // keys that are not new
	Save     string          // the folder for trace files; "" saves none
	NoShrink bool
	// ShrinkRuns bounds the runs for one finding; 0 is 400.
	ShrinkRuns int
	Confirm    int // runs that confirm a finding; 0 is 5
	// Progress, if not nil, is called after every trace.
	Progress func(Progress)
	// Found, if not nil, is called with every finding when it is confirmed and
	// saved.
	Found func(*Finding)
}

// Progress is how far a campaign is.
type Progress struct {
	Commands, Traces, Findings int
	Hit, Total                 int // transitions
}

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
	Crash            string // the panic of a server in this process
}

// Coverage is what a campaign has reached of the automaton.
type Coverage struct {
	Hit, Total int
	Missed     []string // reachable in the model, not reached, in order
	Beyond     []string // reached, though no conforming server need be led there
}

// Report is what a campaign has done.
type Report struct {
	Greeting         string
	Commands, Traces int
	Elapsed          time.Duration
	Coverage         Coverage
	// RulesExercised is the number of rules that an answer of the server was held
	// against, of all model.Rules.
	RulesExercised int
	Findings       []*Finding
	// Unstable are those that were seen but not again when the same trace was run
	// again: nothing is claimed of them. Their evidence is saved all the same, in
	// the folder "unstable".
	Unstable []*Finding
}

// New is the number of findings that are not known.
func (r *Report) New() int {
	n := 0
	for _, f := range r.Findings {
		if !f.Known {
			n++
		}
	}
	return n
}

type campaign struct {
	*Campaign
	report  Report
	seen    map[string]bool // keys as first seen, and as reported
	hits    map[string]int
	reach   map[string]bool
	covered int
	start   time.Time
}

// Run runs the campaign. Trouble with the environment ends it with an error;
// the report then has what was found until then.
func (c *Campaign) Run(ctx context.Context) (*Report, error) {
	r := campaign{Campaign: c, seen: map[string]bool{}, hits: map[string]int{}, reach: map[string]bool{}, start: time.Now()}
	for _, t := range c.Machine.Reachable() {
		r.reach[t] = true
	}
	if c.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, r.start.Add(c.Duration))
		defer cancel()
	}
	err := r.loop(ctx)
	r.finish()
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return &r.report, err
	}
	return &r.report, nil
}

// mostIdle bounds the traces in a row in which the server takes no command: it
// greets with BYE, say.
const mostIdle = 100

func (c *campaign) loop(ctx context.Context) error {
	idle := 0
	for i := 0; c.more(ctx); i++ {
		t := Generate(c.Machine, NewSource(c.Seed, i), c.Generate)
		if left := c.Commands - c.report.Commands; c.Commands > 0 && len(t.Steps) > left {
			t.Steps = t.Steps[:left]
		}
		r, err := c.run(ctx, t)
		if err != nil {
			return err
		}
		c.count(r)
		if idle++; r.Commands > 0 {
			idle = 0
		} else if idle == mostIdle {
			return fmt.Errorf("%s took no command in %d traces: %s", c.Target.Name(), idle, c.report.Greeting)
		}
		if err := c.keep(ctx, i, t, r); err != nil {
			return err
		}
		if c.Progress != nil {
			c.Progress(Progress{c.report.Commands, c.report.Traces, len(c.report.Findings), c.covered, len(c.reach)})
		}
	}
	return ctx.Err()
}

// run drives one trace. What goes wrong with the environment is tried again: a
// night's work does not hang on one connection.
func (c *campaign) run(ctx context.Context, t model.Trace) (r Result, err error) {
	const tries = 3
	for range tries {
		if r, err = c.Driver.Run(ctx, t); err == nil || ctx.Err() != nil {
			break
		}
	}
	return r, err
}

func (c *campaign) more(ctx context.Context) bool {
	switch {
	case ctx.Err() != nil:
		return false
	case c.Commands > 0 && c.report.Commands >= c.Commands:
		return false
	}
	return true
}

func (c *campaign) count(r Result) {
	c.report.Traces++
	c.report.Commands += r.Commands
	if c.report.Greeting == "" && len(r.Transcript.Exchanges) > 0 {
		if rs := r.Transcript.Exchanges[0].Reply.Responses; len(rs) > 0 {
			c.report.Greeting = rs[0].Raw
		}
	}
	for _, t := range r.Transitions {
		if c.hits[t]++; c.hits[t] == 1 && c.reach[t] {
			c.covered++
		}
	}
}

// keep shrinks, confirms and saves what is new in the result of a trace.
func (c *campaign) keep(ctx context.Context, i int, t model.Trace, r Result) error {
	type lead struct {
		key   string
		trace model.Trace
	}
	var leads []lead
	for _, v := range r.Violations {
		if c.wanted(v) {
			leads = append(leads, lead{v.Key(), t})
		}
	}
	for len(leads) > 0 {
		l := leads[0]
		leads = leads[1:]
		if c.seen[l.key] {
			continue
		}
		c.seen[l.key] = true
		f, others, err := c.shrink(ctx, l.key, l.trace)
		if err != nil {
			// Nothing that was seen is lost: it is kept as it was seen.
			f := asSeen(l.key, t, r)
			if f != nil {
				f.TraceIndex, f.FoundAt = i, c.report.Commands
			}
			if !errors.Is(err, shrink.ErrNotReproduced) {
				return errors.Join(err, c.add(f))
			}
			if err := c.unstable(f); err != nil {
				return err
			}
			continue
		}
		for _, key := range sortedKeys(others) {
			leads = append(leads, lead{key, others[key]})
		}
		if f.Key != l.key {
			if c.seen[f.Key] {
				continue // the same bug in other words
			}
			c.seen[f.Key] = true
		}
		f.TraceIndex, f.FirstSteps, f.FoundAt = i, len(t.Steps), c.report.Commands
		if err := c.add(f); err != nil {
			return err
		}
	}
	return nil
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

// unstable keeps, apart from the findings, what was seen once and not again.
func (c *campaign) unstable(f *Finding) error {
	if f == nil {
		return nil
	}
	f.Tries = 1
	if c.Save != "" {
		file, err := corpus.Save(filepath.Join(c.Save, "unstable"), f.TraceFile(c.Seed, c.Target.Name(), c.Machine.Profile))
		if err != nil {
			return err
		}
		f.File = file
	}
	c.report.Unstable = append(c.report.Unstable, f)
	return nil
}

func sortedKeys(m map[string]model.Trace) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func (c *campaign) wanted(v model.Violation) bool { return v.Rule.Level <= c.Level }

// family is what stays the same of a violation while its trace shrinks. Which
// search key is wrong may show only when the others are gone.
func family(v model.Violation) string {
	if v.Rule.ID == "search-matches" {
		v.Part = ""
	}
	return v.Key()
}

// shrink makes the trace of a finding minimal and confirms it. The other keys
// are those that smaller traces have shown.
func (c *campaign) shrink(ctx context.Context, key string, t model.Trace) (*Finding, map[string]model.Trace, error) {
	rule, rest, _ := strings.Cut(key, "/")
	if base, _, ok := strings.Cut(rule, ":"); ok && base == "search-matches" {
		rule = base
	}
	kin := rule + "/" + rest
	o := shrink.Options{
		MaxRuns: cmp.Or(c.ShrinkRuns, 400), Confirm: cmp.Or(c.Confirm, 5),
		Repair: c.Machine.Repairer(t), Shortcut: c.Machine.Shortcut, Simpler: simpler, Format: formatTrace,
	}
	if c.NoShrink {
		o.MaxRuns = 1
	}
	full := map[string]model.Trace{} // keys with their parts, as candidates showed them
	res, err := shrink.Shrink(ctx, t, kin, func(ctx context.Context, t model.Trace) ([]model.Violation, error) {
		r, err := c.run(ctx, t)
		for i, v := range r.Violations {
			if !c.wanted(v) {
				continue
			}
			if old, ok := full[v.Key()]; !ok || len(t.Steps) < len(old.Steps) {
				full[v.Key()] = t
			}
			if family(v) == kin {
				r.Violations[i].Part = strings.TrimPrefix(strings.TrimPrefix(rule, v.Rule.ID), ":")
			}
		}
		return r.Violations, err
	}, o)
	if err != nil {
		return nil, nil, err
	}
	last, err := c.run(ctx, res.Trace)
	if err != nil {
		return nil, nil, err
	}
	f := &Finding{Trace: res.Trace, Transcript: last.Transcript, All: last.Violations, Crash: last.Crash,
		Confirmed: res.Confirmed, Tries: res.Tries, ShrinkRuns: res.Runs}
	at := slices.IndexFunc(last.Violations, func(v model.Violation) bool { return family(v) == kin })
	if at < 0 {
		return nil, nil, shrink.ErrNotReproduced
	}
	f.Violation = last.Violations[at]
	f.Key = f.Violation.Key()
	delete(full, key)
	delete(full, f.Key)
	for k := range full {
		if c.seen[k] {
			delete(full, k)
		}
	}
	return f, full, nil
}

// formatTrace is the identity of a trace: its C lines.
func formatTrace(t model.Trace) string {
	return string(corpus.Format(&corpus.File{Trace: t}))
}

// Shrink makes a trace minimal that shows a violation with that key, and
// confirms it. The error is [shrink.ErrNotReproduced] if it does not show it.
func (c *Campaign) Shrink(ctx context.Context, key string, t model.Trace) (*Finding, error) {
	r := campaign{Campaign: c, seen: map[string]bool{}}
	f, _, err := r.shrink(ctx, key, t)
	if err != nil {
		return nil, err
	}
	f.FirstSteps = len(t.Steps)
	return f, nil
}

// add reports a finding, and saves it if it is new. It does nothing for nil.
func (c *campaign) add(f *Finding) error {
	if f == nil {
		return nil
	}
	f.Known = c.Known[f.Key]
	if c.Save != "" && !f.Known {
		file, err := corpus.Save(c.Save, f.TraceFile(c.Seed, c.Target.Name(), c.Machine.Profile))
		if err != nil {
			return err
		}
		f.File = file
	}
	c.report.Findings = append(c.report.Findings, f)
	if c.Found != nil {
		c.Found(f)
	}
	return nil
}

// TraceFile is the finding as a trace file. seed, target and p say where it is
// from.
func (f *Finding) TraceFile(seed uint64, target string, p model.Profile) *corpus.File {
	v := f.Violation
	file := &corpus.File{
		Finding: &corpus.Finding{
			Rule: v.ID(), Clause: v.Rule.Clause, Level: v.Rule.Level.String(),
			Command: v.Command, State: v.State.String(),
			Found: fmt.Sprintf("seed=%d target=%s confirmed=%d/%d", seed, target, f.Confirmed, f.Tries),
		},
		Trace: f.Trace, Transcript: &f.Transcript,
	}
	if p.Delim != "/" {
		file.Delim = cmp.Or(p.Delim, "NIL")
	}
	for _, v := range f.All {
		file.Marks = append(file.Marks, Mark(v))
	}
	return file
}

// Mark is a violation as a trace file has it.
func Mark(v model.Violation) corpus.Mark {
	return corpus.Mark{Rule: v.ID(), Step: v.Step + 1, Command: v.Command, State: v.State.String(), Got: v.Got, Want: v.Want}
}

// exercised counts the rules on the commands of the transitions.
func exercised(transitions map[string]int) int {
	commands := map[string]bool{}
	for t := range transitions {
		words := strings.Fields(t)
		commands[strings.TrimPrefix(strings.Join(words[1:len(words)-1], " "), "UID ")] = true
	}
	n := 0
	for _, r := range model.Rules() {
		if len(r.On) == 0 || slices.ContainsFunc(r.On, func(name string) bool { return commands[name] }) {
			n++
		}
	}
	return n
}

func (c *campaign) finish() {
	c.report.Elapsed = time.Since(c.start)
	cov := &c.report.Coverage
	cov.Hit, cov.Total = c.covered, len(c.reach)
	for t := range c.reach {
		if c.hits[t] == 0 {
			cov.Missed = append(cov.Missed, t)
		}
	}
	for t := range c.hits {
		if !c.reach[t] {
			cov.Beyond = append(cov.Beyond, t)
		}
	}
	sort.Strings(cov.Missed)
	sort.Strings(cov.Beyond)
	c.report.RulesExercised = exercised(c.hits)
	sort.SliceStable(c.report.Findings, func(i, j int) bool {
		a, b := c.report.Findings[i].Violation, c.report.Findings[j].Violation
		if a.Rule.Level != b.Rule.Level {
			return a.Rule.Level < b.Rule.Level
		}
		return a.Key() < b.Key()
	})
}
