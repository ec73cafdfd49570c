package fuzz

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/imapcheck/imapcheck/fuzz/shrink"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// Diff is the differential run: it drives the same traces on several targets, and
// reports the classes of differences between the answers of the first and those of
// each other one.
//
// If the way to log in is not the same at all targets, since one greets with PREAUTH
// or wants TLS first, the traces are those for a server that greets with PREAUTH, and
// connections to the others log in first. The traces use what all targets have.
type Diff struct {
	// Drivers are the targets, two at least. The profiles of their machines are
	// those that [Driver.Probe] found.
	Drivers  []Driver
	Seed     uint64
	Commands int // ends after so many commands to each target
	Generate GenerateOptions
	Traces   []model.Trace   // to run in the place of generated ones
	Level    model.Level     // violations below it are taken for freedoms: MUST or SHOULD
	Known    map[string]bool // keys of violations that are not new
	Save     string          // the folder for trace files; "" saves none
	NoShrink bool
	// ShrinkRuns bounds the runs for one class; 0 is 200.
	ShrinkRuns int
	Confirm    int // runs that confirm a class; 0 is 3
	// Progress, if not nil, is called after every trace.
	Progress func(Progress)
	// Found, if not nil, is called with every class when it is confirmed and saved.
	Found func(*Class)
}

// DiffReport is what a differential run has done.
type DiffReport struct {
	Greetings        []string // of the targets
	Commands, Traces int
	// Compared are the steps that two targets were compared at, and NotCompared those
	// at which they were not asked the same, since they had told the client of
	// different messages before.
	Compared, NotCompared int
	Elapsed               time.Duration
	Classes               []*Class // violations first, then what is unknown, then freedoms
	// Unconfirmed are those that were seen, and not when the same trace was run again:
	// nothing is claimed of them.
	Unconfirmed []*Class
}

// New is the number of classes that are violations and not known.
func (r *DiffReport) New() int {
	n := 0
	for _, c := range r.Classes {
		if c.Verdict.Judgement == Wrong && !c.Known {
			n++
		}
	}
	return n
}

// Run runs the comparison. Trouble with the environment ends it with an error; the
// report then has what was found until then.
func (d *Diff) Run(ctx context.Context) (*DiffReport, error) {
	r := newDiff(d)
	start := time.Now()
	err := r.loop(ctx)
	r.report.Elapsed = time.Since(start)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	return &r.report, cmp.Or(err, r.finish())
}

// common is what all targets have: their hierarchy is spelled "/", and if the way to
// log in is not the same at all of them, they are as good as logged in.
func common(drivers []Driver) model.Profile {
	p := model.Profile{Delim: "/", TLS: drivers[0].Machine.Profile.TLS, Caps: slices.Clone(drivers[0].Machine.Profile.Caps)}
	for _, d := range drivers {
		other := d.Machine.Profile
		p.Preauth = p.Preauth || other.Preauth || other.TLS != p.TLS ||
			other.Has("LOGINDISABLED") != p.Has("LOGINDISABLED") || other.Has("STARTTLS") != p.Has("STARTTLS")
	}
	for _, d := range drivers {
		other := d.Machine.Profile
		p.Caps = slices.DeleteFunc(p.Caps, func(c string) bool { return !other.Has(c) })
	}
	return p
}

type diff struct {
	*Diff
	drivers []Driver
	machine model.Machine // of what all targets have
	report  DiffReport
	classes map[string]*Class // by identity, as first seen and as reported
	tries   map[string]int    // to make a class of an identity
}

func newDiff(d *Diff) *diff {
	r := &diff{
		Diff: d, drivers: slices.Clone(d.Drivers), machine: model.Machine{Profile: common(d.Drivers)},
		report: DiffReport{Greetings: make([]string, len(d.Drivers))}, classes: map[string]*Class{}, tries: map[string]int{},
	}
	for i := range r.drivers {
		r.drivers[i].LogIn = r.machine.Profile.Preauth
	}
	return r
}

func (d *diff) loop(ctx context.Context) error {
	for i := 0; d.more(i); i++ {
		t := d.trace(i)
		for other := 1; other < len(d.drivers); other++ {
			if err := d.explore(ctx, i, other, t); err != nil {
				return err
			}
		}
		d.report.Traces++
		if d.Progress != nil {
			d.Progress(Progress{Commands: d.report.Commands, Traces: d.report.Traces, Findings: len(d.report.Classes)})
		}
	}
	return ctx.Err()
}

func (d *diff) more(i int) bool {
	if d.Traces != nil {
		return i < len(d.Traces)
	}
	return d.report.Commands < d.Commands
}

// trace is trace number i of the run.
func (d *diff) trace(i int) model.Trace {
	if d.Traces != nil {
		if d.machine.Profile.Preauth {
			return plainly(withoutLogins(d.Traces[i]))
		}
		return plainly(d.Traces[i])
	}
	t := askUIDs(d.machine, plainly(Generate(d.machine, NewSource(d.Seed, i), d.Generate)))
	if left := d.Commands - d.report.Commands; len(t.Steps) > left {
		t.Steps = t.Steps[:left]
	}
	return t
}

// plainly is the trace with all commands in the usual way, without those behind which the
// client hangs up: of them nothing is there to be compared.
func plainly(t model.Trace) model.Trace {
	t.Steps = slices.DeleteFunc(slices.Clone(t.Steps), func(st model.Step) bool { return st.Delivery.HangsUp() })
	for i := range t.Steps {
		t.Steps[i].Delivery = model.Delivery{}
	}
	return t
}

// mostDetours bounds how often a trace is run again without the step at which two
// targets parted: what comes behind a common difference is not left unseen.
const mostDetours = 5

// explore compares target 0 with another one on a trace.
func (d *diff) explore(ctx context.Context, i, other int, t model.Trace) error {
	from := 0
	for range 1 + mostDetours {
		r, err := d.inHaste().compare(ctx, other, t, from)
		if err == nil && d.doubtful(r, other) {
			r, err = d.compare(ctx, other, t, from)
		}
		if err != nil {
			return err
		}
		if other == 1 {
			d.report.Commands += len(t.Steps)
		}
		d.report.Compared += r.compared
		d.report.NotCompared += r.passed
		for _, diff := range r.differences {
			short := model.Trace{Fixture: t.Fixture, Steps: t.Steps[:diff.Step+1]}
			if err := d.note(ctx, sighting{diff, short}, i, other); err != nil {
				return err
			}
		}
		if r.parted < 0 || !r.alone || r.parted == len(t.Steps)-1 || d.Traces != nil || !d.more(i) {
			return nil
		}
		from = r.parted
		t.Steps = slices.Delete(slices.Clone(t.Steps), from, from+1)
	}
	return nil
}

// inHaste is the run with a part of the timeout: else one with a server that hangs
// now and then would wait most of the time.
func (d *diff) inHaste() *diff {
	hasty := *d
	hasty.drivers = make([]Driver, len(d.drivers))
	for i, driver := range d.drivers {
		hasty.drivers[i] = *hasten(driver)
	}
	return &hasty
}

// doubtful reports whether a comparison has a silence that is news: whether it is one
// is for the whole timeout to say.
func (d *diff) doubtful(r both, other int) bool {
	return slices.ContainsFunc(r.differences, func(x Difference) bool { return x.Kind == "silent" && d.classes[classKey(x, other)] == nil })
}

// classKey is the place of a difference in diff.classes.
func classKey(x Difference, other int) string { return fmt.Sprint(other, " ", x.identity()) }

// both are the runs of a trace on two targets, and how they compare.
type both struct {
	comparison
	results [2]Result
	moments [2][]*moment
}

// compare runs a trace on target 0 and on another one. What comes before the step
// from does not count.
func (d *diff) compare(ctx context.Context, other int, t model.Trace, from int) (b both, err error) {
	p, q := &d.drivers[0], &d.drivers[other]
	uidPlus := p.Machine.Profile.Has("UIDPLUS") && q.Machine.Profile.Has("UIDPLUS")
	var errs [2]error
	run := func(k int, driver *Driver) {
		if b.results[k], errs[k] = drive(ctx, driver, t); errs[k] == nil {
			b.moments[k] = follow(driver.Machine, t, b.results[k], uidPlus)
		}
	}
	if mayBeOne(p.Target, q.Target) {
		run(0, p)
		run(1, q)
	} else {
		var wait sync.WaitGroup
		wait.Go(func() { run(0, p) })
		run(1, q)
		wait.Wait()
	}
	if err := cmp.Or(errs[0], errs[1]); err != nil {
		return b, err
	}
	for k, i := range []int{0, other} {
		if d.report.Greetings[i] == "" {
			d.report.Greetings[i] = greeting(b.results[k])
		}
	}
	b.comparison = compare(b.moments[0], b.moments[1], d.Level, from)
	return b, nil
}

// mayBeOne reports whether two targets may be one server with the same accounts,
// which cannot be used at the same time.
func mayBeOne(a, b target.Target) bool {
	address := func(t target.Target) bool { return strings.HasPrefix(t.Name(), "imap") }
	return address(a) && address(b)
}

// drive runs a trace. What goes wrong with the environment is tried again.
func drive(ctx context.Context, d *Driver, t model.Trace) (r Result, err error) {
	const tries = 3
	for range tries {
		if r, err = d.Run(ctx, t); err == nil || ctx.Err() != nil {
			break
		}
	}
	return r, err
}

func greeting(r Result) string {
	if xs := r.Transcript.Exchanges; len(xs) > 0 && len(xs[0].Reply.Responses) > 0 {
		return xs[0].Reply.Responses[0].Raw
	}
	return ""
}

// sighting is a difference and a trace that has shown it.
type sighting struct {
	Difference
	trace model.Trace
}

// mostTries is how often a difference is looked into that does not show again.
const mostTries = 3

// note counts a difference, and makes a class of it if it is new. What shows while
// its trace is made minimal is followed up.
func (d *diff) note(ctx context.Context, first sighting, i, other int) error {
	key := func(x Difference) string { return classKey(x, other) }
	if c := cmp.Or(d.classes[key(first.Difference)], d.judged(first.Difference, other)); c != nil {
		c.Count++
		return nil
	}
	leads := []sighting{first}
	for n := 0; len(leads) > 0; n++ {
		l := leads[0]
		leads = leads[1:]
		at := key(l.Difference)
		if d.classes[at] != nil || d.tries[at] == mostTries {
			continue
		}
		c, others, err := d.shrink(ctx, l, other)
		c.FirstSteps, c.FoundAt, c.TraceIndex = len(first.trace.Steps), d.report.Commands, i
		if errors.Is(err, shrink.ErrNotReproduced) {
			if d.tries[at]++; d.tries[at] == mostTries {
				d.report.Unconfirmed = append(d.report.Unconfirmed, c)
			}
			continue
		}
		if err != nil {
			return err
		}
		leads = append(leads, others...)
		same := cmp.Or(d.classes[key(c.Difference)], d.judged(c.Difference, other)) // in other words
		if same == nil {
			same = c
			if err := d.add(c); err != nil {
				return err
			}
		}
		d.classes[at], d.classes[key(c.Difference)] = same, same
		if n == 0 {
			same.Count++
		}
	}
	return nil
}

// judged is a class with the same key as a difference that the model cannot judge,
// where it could; nil if there is none. Most likely they are the same, and a
// violation before a freedom.
func (d *diff) judged(x Difference, other int) *Class {
	if x.Verdict.Judgement != Unknown {
		return nil
	}
	var same *Class
	for _, c := range d.report.Classes {
		if c.Other == other && c.Key() == x.Key() && c.Verdict.Judgement != Unknown &&
			(same == nil || c.Verdict.Judgement < same.Verdict.Judgement) {
			same = c
		}
	}
	return same
}

// finish puts what is left of the classes in the order of a report.
func (d *diff) finish() error {
	for _, c := range d.report.Classes {
		if same := d.judged(c.Difference, c.Other); same != nil {
			same.Count += c.Count
		}
	}
	d.report.Classes = slices.DeleteFunc(d.report.Classes, func(c *Class) bool { return d.judged(c.Difference, c.Other) != nil })
	slices.SortStableFunc(d.report.Classes, func(a, b *Class) int {
		return cmp.Or(
			cmp.Compare(a.Verdict.Judgement, b.Verdict.Judgement),
			cmp.Compare(levelOf(a), levelOf(b)),
			cmp.Compare(a.identity(), b.identity()),
			cmp.Compare(a.Other, b.Other),
		)
	})
	for _, c := range d.report.Classes {
		if c.Verdict.Judgement == Unknown {
			if err := d.save(c); err != nil {
				return err
			}
		}
	}
	return nil
}

func levelOf(c *Class) model.Level {
	if v := c.Verdict.Violation; v != nil {
		return v.Rule.Level
	}
	return 0
}
