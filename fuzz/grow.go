package fuzz

import (
	"context"
	"errors"
	"slices"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz/shrink"
	"github.com/imapcheck/imapcheck/model"
)

// growth is what a campaign does with its corpus.
type growth struct {
	folder  *corpus.Folder
	shard   corpus.Shard
	first   []corpus.Entry  // are run before any generated trace: entries, then findings
	entries int             // of first, those that are no findings
	from    int             // generated traces of the shard that earlier campaigns have run
	done    int             // and this one has, too
	saved   int             // what the folder has of done
	covered map[string]bool // what entries have shown
}

const (
	// cutRuns bounds the runs that make an entry smaller.
	cutRuns = 40
	// cutHangs is how many of them a server may be silent in.
	cutHangs = 2
	// saveEvery is after how many traces the folder has at least how far the campaign is.
	saveEvery = 64
)

// growth begins with the corpus of the campaign; nil if it has none.
func (c *Campaign) growth() *growth {
	if c.Corpus == nil {
		return nil
	}
	g := &growth{folder: c.Corpus, shard: c.shard(), entries: len(c.Corpus.Entries), covered: map[string]bool{}}
	g.first = slices.Concat(c.Corpus.Entries, c.Corpus.Findings)
	g.from = c.Corpus.Done(g.shard)
	g.done, g.saved = g.from, g.from
	return g
}

func (c *Campaign) shard() corpus.Shard {
	return corpus.Shard{Seed: c.Seed, I: max(1, c.Shard), N: max(1, c.Shards)}
}

// trace is the i-th of the campaign: those of the corpus, then generated ones.
func (c *campaign) trace(i int) model.Trace {
	s, from := c.shard(), 0
	if g := c.grown; g != nil {
		if i < len(g.first) {
			return g.first[i].File.Trace
		}
		i -= len(g.first)
		from = g.from
	}
	return Generate(c.Machine, NewSource(c.Seed, s.I-1+(from+i)*s.N), c.Generate)
}

// grow has the corpus learn from the i-th trace, which was run to its end if it is whole.
func (c *campaign) grow(ctx context.Context, i int, t model.Trace, r Result, whole bool) error {
	g := c.grown
	if g == nil {
		return nil
	}
	if i < len(g.first) {
		return c.relearn(i, r)
	}
	added, err := c.learn(ctx, i, t, r)
	if err != nil {
		return err
	}
	if whole {
		g.done++
	}
	if added || g.done-g.saved >= saveEvery {
		return g.save()
	}
	return nil
}

// save keeps how far the campaign is.
func (g *growth) save() error {
	g.saved = g.done
	return g.folder.SetDone(g.shard, g.done)
}

// relearn takes over what an entry has shown, and gives it evidence if it has none.
func (c *campaign) relearn(i int, r Result) error {
	g := c.grown
	if i >= g.entries || !learnable(r) {
		return nil
	}
	g.cover(r)
	f := *g.first[i].File
	if f.Transcript != nil {
		return nil
	}
	e := c.entry(f.Trace, r)
	f.Transcript, f.Marks, f.Delim, f.Caps, f.TLS = e.Transcript, e.Marks, e.Delim, e.Caps, e.TLS
	return g.folder.Add(&f)
}

// learn adds the trace to the corpus if it has shown what none of it has, cut to what
// that needs.
func (c *campaign) learn(ctx context.Context, i int, t model.Trace, r Result) (added bool, err error) {
	g := c.grown
	if n := before(r); !learnable(r) && n > 0 && len(g.fresh(r, n)) > 0 {
		t.Steps = t.Steps[:n]
		if r, err = c.run(ctx, c.first(), t); err != nil {
			return false, err
		}
	}
	if !learnable(r) {
		return false, nil
	}
	fresh := g.fresh(r, len(t.Steps)+1)
	if len(fresh) == 0 {
		return false, nil
	}
	small, last, trouble := c.cut(ctx, t, r, fresh)
	if err := g.folder.Add(c.entry(small, last)); err != nil {
		return false, err
	}
	g.cover(last)
	if trouble == nil {
		trouble = c.keep(ctx, i, small, last) // a smaller trace may show what no other has
	}
	return true, trouble
}

// fresh is what the first steps of a run have shown, and no entry has.
func (g *growth) fresh(r Result, steps int) map[string]bool {
	names := map[string]bool{}
	for _, p := range points(&r.Transcript, r.Transitions) {
		if p.step < steps && !g.covered[p.name] {
			names[p.name] = true
		}
	}
	return names
}

// before is how many steps came before a server fell silent, or closed without a word.
func before(r Result) int {
	for _, x := range r.Transcript.Exchanges {
		if x.Reply.End == model.Silent || x.Reply.End == model.Closed && !slices.ContainsFunc(x.Reply.Responses, isBye) {
			return x.Step
		}
	}
	return 0
}

// learnable reports whether a trace is one to be run each time: a server that hangs or
// crashes has shown a finding, and takes its time.
func learnable(r Result) bool { return r.Crash == "" && !r.silent() }

func (g *growth) cover(r Result) {
	for _, p := range points(&r.Transcript, r.Transitions) {
		g.covered[p.name] = true
	}
}

// cut makes a trace smaller that has shown what is fresh, in few runs. The result is of the
// last run that has shown all of it; trouble leaves what was reached.
func (c *campaign) cut(ctx context.Context, t model.Trace, r Result, fresh map[string]bool) (model.Trace, Result, error) {
	const key = "covers"
	best, last, hung := t, r, 0
	o := ShrinkOptions(c.Machine, t)
	o.MaxRuns, o.Confirm = cutRuns, -1
	_, err := shrink.Shrink(ctx, t, key, func(ctx context.Context, t model.Trace) ([]shrink.Failure, error) {
		if hung == cutHangs {
			return nil, nil
		}
		r, err := c.run(ctx, c.first(), t)
		if r.silent() {
			hung++
		}
		if err != nil || !learnable(r) {
			return nil, err
		}
		step, ok := shown(r, fresh)
		if !ok {
			return nil, nil
		}
		best, last = t, r
		return []shrink.Failure{{Key: key, Step: step}}, nil
	}, o)
	if errors.Is(err, shrink.ErrNotReproduced) {
		err = nil
	}
	return best, last, err
}

// shown is the step by which all that is fresh was shown, if it was.
func shown(r Result, fresh map[string]bool) (step int, all bool) {
	seen := map[string]bool{}
	for _, p := range points(&r.Transcript, r.Transitions) {
		if fresh[p.name] && !seen[p.name] {
			seen[p.name] = true
			step = max(step, p.step)
		}
	}
	return step, len(seen) == len(fresh)
}

// entry is a trace with its evidence as a file of a corpus.
func (c *campaign) entry(t model.Trace, r Result) *corpus.File {
	return fileOf(&c.Driver, t, r.Transcript, r.Violations)
}
