package fuzz

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
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
	// Traces, if not nil, are those to be run, in the place of generated ones. The
	// campaign ends with them, if its budget does not end before.
	Traces iter.Seq[model.Trace]
	// Corpus, if not nil, is what the campaign starts from and adds to: its traces are run
	// before any generated one, and generating goes on where the last campaign with the same
	// seed and shard has ended.
	Corpus *corpus.Folder
	// Of Shards campaigns with one seed, each of a Shard from 1, each has traces of its own:
	// those whose number, from 0, is Shard-1 modulo Shards. Shards 0 is 1.
	Shard, Shards int
	// Witnesses are traces that have shown known keys. They are run, in the end, for the
	// keys that were not seen: see [Report.Fixed].
	Witnesses map[string][]model.Trace
	Level     model.Level     // findings below it are left out: MUST or SHOULD
	Known     map[string]bool // keys that are not new
	Save      string          // the folder for trace files; "" saves none
	NoShrink  bool
	// Jobs is the number of traces that run at the same time, each with an account of
	// its own; 0 is 1. The findings are those of one job.
	Jobs int
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

// Coverage is what a campaign has reached of the automaton.
type Coverage struct {
	Hit, Total int
	Missed     []string // reachable in the model, not reached, in order
	Beyond     []string // reached, though no conforming server need be led there
	// Times is how often each transition was taken, also those beyond.
	Times map[string]int
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
	// Fixed are the known keys that are not seen any more: a trace that has shown them
	// was run again.
	Fixed []string
	// Unconfirmed are those that were seen and not confirmed: the same trace did not
	// show them again, or the run ended before. Nothing is claimed of them. Their
	// evidence is saved all the same, in the folder "unconfirmed".
	Unconfirmed []*Finding
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
	shown   map[string]int  // the traces that have shown a key as first seen, if it was another in the end
	hits    map[string]int
	reach   map[string]bool
	covered int
	start   time.Time
	slots   chan struct{}       // one taken for every trace that runs
	hangs   map[string]bool     // keys that a server was silent for as long as it may
	hasty   atomic.Bool         // traces are given a part of the timeout at first
	found   map[string]*Finding // by its key, and by those under which it was first seen
	newOnly bool                // what is known is not made minimal again
	grown   *growth             // nil without a corpus
}

// Run runs the campaign. Trouble with the environment ends it with an error;
// the report then has what was found until then.
func (c *Campaign) Run(ctx context.Context) (*Report, error) {
	r := c.begin()
	within := ctx
	if c.Duration > 0 {
		var cancel context.CancelFunc
		within, cancel = context.WithDeadline(ctx, r.start.Add(c.Duration))
		defer cancel()
	}
	err := r.loop(within)
	if r.grown != nil {
		if trouble := r.grown.save(); trouble != nil {
			err = trouble
		}
	}
	if ended := err == nil || errors.Is(err, context.DeadlineExceeded); ended && ctx.Err() == nil {
		err = r.mended(ctx)
	}
	r.finish()
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return &r.report, err
	}
	return &r.report, nil
}

func (c *Campaign) begin() *campaign {
	r := &campaign{Campaign: c, start: time.Now(), slots: make(chan struct{}, max(1, c.Jobs)),
		seen: map[string]bool{}, shown: map[string]int{}, hits: map[string]int{}, reach: map[string]bool{}, hangs: map[string]bool{}, found: map[string]*Finding{}}
	r.grown = c.growth()
	for _, t := range c.Machine.Reachable() {
		r.reach[t] = true
	}
	r.hasty.Store(true)
	return r
}

// mostIdle bounds the traces in a row in which the server takes no command: it
// greets with BYE, say.
const mostIdle = 100

func (c *campaign) loop(ctx context.Context) error {
	ahead := c.runAhead(ctx)
	defer ahead.stop()
	idle := 0
	for i := 0; c.more(ctx); i++ {
		t, r, ok, err := ahead.next()
		if !ok && err == nil {
			return nil
		}
		whole := true
		if left := c.Commands - c.report.Commands; err == nil && c.Commands > 0 && len(t.Steps) > left {
			whole = false
			t.Steps = t.Steps[:left]
			r, err = c.run(ctx, &c.Driver, t)
		}
		if err == nil {
			r, err = c.patiently(ctx, t, r)
		}
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
		if err := c.grow(ctx, i, t, r, whole); err != nil {
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
func (c *campaign) run(ctx context.Context, d *Driver, t model.Trace) (r Result, err error) {
	const tries = 3
	c.slots <- struct{}{}
	defer func() { <-c.slots }()
	for range tries {
		if r, err = d.Run(ctx, t); err == nil || ctx.Err() != nil {
			break
		}
	}
	return r, err
}

// first is the driver that runs a trace for the first time. A server that hangs
// now and then would take up a run with waiting: so it is in haste, until the
// server is found to be slow.
func (c *campaign) first() *Driver {
	if !c.hasty.Load() {
		return &c.Driver
	}
	return hasten(c.Driver)
}

// hasten is the driver with a tenth of its timeout, but no less than a server may
// need on a machine that is busy.
func hasten(d Driver) *Driver {
	const share, least = 10, 250 * time.Millisecond
	full := cmp.Or(d.Session.Timeout, defaultTimeout)
	d.Session.Timeout = min(full, max(least, full/share))
	return &d
}

// patiently runs a trace again with the whole timeout, if its result was of haste.
func (c *campaign) patiently(ctx context.Context, t model.Trace, hasty Result) (Result, error) {
	if !c.doubtful(hasty) {
		return hasty, nil
	}
	r, err := c.run(ctx, &c.Driver, t)
	if err == nil && !r.silent() {
		c.hasty.Store(false) // it is slow
	}
	return r, err
}

// doubtful reports whether a result has a hang that is news: whether it is one is
// for the whole timeout to say.
func (c *campaign) doubtful(r Result) bool {
	return slices.ContainsFunc(r.Violations, func(v model.Violation) bool {
		return !c.hangs[v.Key()] && !c.Known[v.Key()] && silent(r.Transcript, v)
	})
}

func (c *campaign) more(ctx context.Context) bool {
	return ctx.Err() == nil && (c.Commands <= 0 || c.report.Commands < c.Commands)
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
	var leads []lead
	for _, v := range r.Violations {
		if c.wanted(v) && !slices.ContainsFunc(leads, func(l lead) bool { return l.key == v.Key() }) {
			leads = append(leads, lead{v.Key(), t, silent(r.Transcript, v)})
		}
	}
	for len(leads) > 0 {
		l := leads[0]
		leads = leads[1:]
		if c.seen[l.key] || c.newOnly && c.Known[l.key] || !c.again(l.key) {
			continue
		}
		c.seen[l.key] = true
		f := asSeen(l.key, t, r)
		if f != nil && c.Known[l.key] && (l.hangs || c.NoShrink) {
			// To make it minimal again would take a timeout a run, and be no news.
			f.TraceIndex, f.FoundAt, f.Confirmed, f.Tries = i, c.report.Commands, 1, 1
			if err := c.add(f); err != nil {
				return err
			}
			continue
		}
		f, others, err := c.shrink(ctx, l)
		if err != nil {
			// Nothing that was seen is lost: it is kept as it was seen.
			if f = asSeen(l.key, t, r); f != nil {
				f.TraceIndex, f.FoundAt = i, c.report.Commands
			}
			saved := c.unconfirmed(f)
			if saved != nil {
				return saved
			}
			if !errors.Is(err, shrink.ErrNotReproduced) {
				return err
			}
			continue
		}
		leads = append(leads, others...)
		if l.hangs {
			c.hangs[l.key], c.hangs[f.Key] = true, true
		}
		if f.Key != l.key {
			c.seen[l.key], c.shown[l.key] = l.hangs, max(c.shown[l.key], 1)
			if c.seen[f.Key] {
				c.found[l.key] = c.found[f.Key]
				continue // the same bug in other words
			}
			c.seen[f.Key] = true
		}
		c.found[l.key], c.found[f.Key] = f, f
		f.TraceIndex, f.FirstSteps, f.FoundAt = i, len(t.Steps), c.report.Commands
		if err := c.add(f); err != nil {
			return err
		}
	}
	return nil
}

// again reports whether a key is looked into. One that has turned out to be another may be
// shown by another trace for another reason: so it is with the second, the fourth, the eighth
// and so on of those that show it.
func (c *campaign) again(key string) bool {
	if c.shown[key] == 0 {
		return true
	}
	c.shown[key]++
	return bits.OnesCount(uint(c.shown[key])) == 1
}

// unconfirmed keeps, apart from the findings, what was seen once and not confirmed.
func (c *campaign) unconfirmed(f *Finding) error {
	if f == nil {
		return nil
	}
	c.report.Unconfirmed = append(c.report.Unconfirmed, f)
	if c.Save != "" {
		file, err := corpus.Save(filepath.Join(c.Save, "unconfirmed"), f.TraceFile(c.Seed, &c.Driver))
		if err != nil {
			return err
		}
		f.File = file
	}
	return nil
}

func (c *campaign) wanted(v model.Violation) bool { return v.Rule.Level <= c.Level }

// add reports a finding, and saves it if it is new. One that cannot be saved is reported
// all the same.
func (c *campaign) add(f *Finding) (err error) {
	f.Known = c.Known[f.Key]
	if c.Save != "" && !f.Known {
		f.File, err = corpus.Save(c.Save, f.TraceFile(c.Seed, &c.Driver))
	}
	c.report.Findings = append(c.report.Findings, f)
	if c.Found != nil {
		c.Found(f)
	}
	return err
}

// Exercised are the ids of the rules of [model.Rules] on the commands of the transitions.
func (c *Coverage) Exercised() map[string]bool {
	commands := map[string]bool{}
	for t := range c.Times {
		words := strings.Fields(t)
		commands[strings.TrimPrefix(strings.Join(words[1:len(words)-1], " "), "UID ")] = true
	}
	ids := map[string]bool{}
	for _, r := range model.Rules() {
		if len(r.On) == 0 || slices.ContainsFunc(r.On, func(name string) bool { return commands[name] }) {
			ids[r.ID] = true
		}
	}
	return ids
}

func (c *campaign) finish() {
	c.report.Elapsed = time.Since(c.start)
	cov := &c.report.Coverage
	*cov = Coverage{Hit: c.covered, Total: len(c.reach), Times: c.hits}
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
	c.report.RulesExercised = len(cov.Exercised())
	sort.SliceStable(c.report.Findings, func(i, j int) bool {
		a, b := c.report.Findings[i].Violation, c.report.Findings[j].Violation
		if a.Rule.Level != b.Rule.Level {
			return a.Rule.Level < b.Rule.Level
		}
		return a.Key() < b.Key()
	})
}
