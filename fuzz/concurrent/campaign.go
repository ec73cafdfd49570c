package concurrent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
)

// Campaign runs generated programs until its budget is spent. Of a [fuzz.Campaign] it
// takes all but Generate, Traces and Jobs. The same seed gives the same programs; what
// they show is a matter of chance.
type Campaign struct {
	*fuzz.Campaign
	Sessions int // the most connections of a program; 2 if it is less
	// Tries is how often a smaller program is run before it is taken not to show a
	// finding; 0 is 10.
	Tries int
}

// campaign is the run of one.
type campaign struct {
	*Campaign
	report fuzz.Report
	done   map[string]bool // keys that are findings
	vain   map[string]int  // how often a key was not confirmed
}

// mostVain is how often a key that is not confirmed is tried again when it is seen.
const mostVain = 3

// Run runs the campaign. Trouble with the environment ends it with an error; the report
// has what was found until then. Coverage is not counted.
func (c *Campaign) Run(ctx context.Context) (*fuzz.Report, error) {
	start := time.Now()
	if c.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, start.Add(c.Duration))
		defer cancel()
	}
	r := &campaign{Campaign: c, done: map[string]bool{}, vain: map[string]int{}}
	err := r.loop(ctx)
	r.report.Elapsed = time.Since(start)
	slices.SortStableFunc(r.report.Findings, func(a, b *fuzz.Finding) int {
		return cmp.Or(cmp.Compare(a.Violation.Rule.Level, b.Violation.Rule.Level), strings.Compare(a.Key, b.Key))
	})
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		err = nil
	}
	return &r.report, err
}

func (c *campaign) loop(ctx context.Context) error {
	m, err := suited(ctx, &c.Driver)
	if err != nil {
		return err
	}
	for i := 0; ctx.Err() == nil && (c.Commands <= 0 || c.report.Commands < c.Commands); i++ {
		p := Generate(m, rand.New(rand.NewPCG(c.Seed, uint64(i))), max(2, c.Sessions))
		r, err := c.run(ctx, p)
		if err != nil {
			return err
		}
		c.count(r)
		if r.Commands == 0 {
			return fmt.Errorf("%s took no command: %s", c.Target.Name(), c.report.Greeting)
		}
		for _, v := range r.Violations {
			if key := v.Key(); v.Rule.Level > c.Level || c.done[key] || c.vain[key] >= mostVain {
				continue
			}
			if err := c.keep(ctx, i, p, r, v); err != nil {
				return err
			}
		}
		if c.Progress != nil {
			c.Progress(fuzz.Progress{Commands: c.report.Commands, Traces: c.report.Traces, Findings: len(c.report.Findings)})
		}
	}
	return nil
}

// run runs a program. What goes wrong with the environment is tried again.
func (c *campaign) run(ctx context.Context, p Program) (r Result, err error) {
	const tries = 3
	for range tries {
		if r, err = Run(ctx, &c.Driver, p); err == nil || ctx.Err() != nil {
			break
		}
	}
	return r, err
}

func (c *campaign) count(r Result) {
	c.report.Traces++
	c.report.Commands += r.Commands
	if x := r.Transcript.Exchanges; c.report.Greeting == "" && len(x) > 0 && len(x[0].Reply.Responses) > 0 {
		c.report.Greeting = x[0].Reply.Responses[0].Raw
	}
}

// keep shrinks, confirms and saves what a program has shown. What is known is kept as it
// is: to make it minimal again is no news.
func (c *campaign) keep(ctx context.Context, i int, p Program, r Result, v model.Violation) error {
	key := v.Key()
	f := finding(key, r)
	f.FirstSteps, f.FoundAt, f.TraceIndex, f.Confirmed, f.Tries = r.Commands, c.report.Commands, i, 1, 1
	if f.Known = c.Known[key]; f.Known {
		return c.add(f)
	}
	s := &shrinker{campaign: c, key: key, most: cmp.Or(c.Tries, 10), left: cmp.Or(c.ShrinkRuns, 800),
		tried: map[string]bool{text(p): true}, best: p, last: r}
	if !c.NoShrink {
		if err := s.shrink(ctx); err != nil {
			return errors.Join(err, c.unconfirmed(f))
		}
	}
	shown, runs, err := s.confirm(ctx)
	if err != nil {
		return errors.Join(err, c.unconfirmed(f))
	}
	if shown == 0 {
		return c.unconfirmed(f)
	}
	small := finding(key, s.last)
	small.FirstSteps, small.FoundAt, small.TraceIndex = f.FirstSteps, f.FoundAt, f.TraceIndex
	small.Confirmed, small.Tries, small.ShrinkRuns = shown, runs, s.runs
	return c.add(small)
}

// confirm runs the smallest program until it has shown the key as often as is asked for,
// or many times.
func (s *shrinker) confirm(ctx context.Context) (shown, runs int, err error) {
	want := cmp.Or(s.Confirm, 5)
	s.left = want * s.most
	for runs = 0; runs < want*s.most && shown < want; runs++ {
		ok, err := s.shows(ctx, s.best, 1)
		if err != nil {
			return 0, runs, err
		}
		if ok {
			shown++
		}
	}
	return shown, runs, nil
}

// finding is what a run has shown of a key.
func finding(key string, r Result) *fuzz.Finding {
	at := slices.IndexFunc(r.Violations, func(v model.Violation) bool { return v.Key() == key })
	return &fuzz.Finding{Key: key, Violation: r.Violations[at], Trace: r.Trace, Transcript: r.Transcript, All: r.Violations, Crash: r.Crash}
}

// add reports a finding, and saves it if it is new.
func (c *campaign) add(f *fuzz.Finding) error {
	if c.Save != "" && !f.Known {
		if err := c.save(c.Save, f); err != nil {
			return err
		}
	}
	c.done[f.Key] = true
	c.report.Unconfirmed = slices.DeleteFunc(c.report.Unconfirmed, func(u *fuzz.Finding) bool { return u.Key == f.Key })
	c.report.Findings = append(c.report.Findings, f)
	if c.Found != nil {
		c.Found(f)
	}
	return nil
}

// unconfirmed keeps, apart from the findings, what was seen once and not confirmed.
func (c *campaign) unconfirmed(f *fuzz.Finding) error {
	if c.vain[f.Key]++; c.vain[f.Key] > 1 {
		return nil
	}
	if c.Save != "" {
		if err := c.save(filepath.Join(c.Save, "unconfirmed"), f); err != nil {
			return err
		}
	}
	c.report.Unconfirmed = append(c.report.Unconfirmed, f)
	return nil
}

// save writes the trace file, and beside it the picture of what no order explains.
func (c *campaign) save(dir string, f *fuzz.Finding) (err error) {
	if f.File, err = corpus.Save(dir, f.TraceFile(c.Seed, &c.Driver)); err != nil {
		return err
	}
	if !crossed(f.Violation) {
		return nil
	}
	return Visualize(c.Machine, f.Transcript, f.Key, strings.TrimSuffix(f.File, filepath.Ext(f.File))+".html")
}
