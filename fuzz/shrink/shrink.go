// Package shrink makes a failing trace minimal: it cuts, repairs, simplifies
// and renames, and keeps what still fails with the same key.
//
// Every candidate that is run is smaller than the best trace so far, by an
// order that has no infinite descent, and none is run twice. So shrinking makes
// progress or ends, whatever the server answers.
package shrink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/imapcheck/imapcheck/model"
)

// Failure is something that a run of a trace has shown, at one of its steps. The
// key says what: that a rule was broken, or that two servers differ.
type Failure struct {
	Key  string
	Step int
}

// Run executes a trace on a fresh server and returns what failed. An error
// is trouble of the environment, not a verdict; it ends the shrinking.
type Run func(ctx context.Context, t model.Trace) ([]Failure, error)

// Options are the ways and bounds of [Shrink]. The zero value is usable.
type Options struct {
	// MaxRuns bounds the runs, without those that confirm; 300 if not
	// positive.
	MaxRuns int
	// Confirm is how often the result is run again; 0 is 5, less is never.
	Confirm int
	// Repair makes what is left after a cut sensible; nil leaves it alone. Where
	// repaired candidates lead no further, unrepaired ones are tried.
	Repair func(t model.Trace) model.Trace
	// Shortcut gives the shortest known ways to the state before step upTo,
	// each with the steps from upTo on behind it; nil knows none.
	Shortcut func(t model.Trace, upTo int) []model.Trace
	// Simpler gives the commands to try in place of one; nil is
	// [model.Simpler]. Those that do not lower [model.Weight] may never be run.
	Simpler func(model.Command) []model.Command
	// Plain are commands to try in the place of the one that shows the failure, the
	// simplest first, for a failure that is the same whatever shows it; nil are none.
	Plain []model.Command
	// Frames are usual beginnings, the shortest first: the last steps are tried behind
	// each; nil are none.
	Frames []model.Trace
	// Format is the identity of a trace. It must be injective; nil is Go's
	// syntax.
	Format func(model.Trace) string
}

// Result is what [Shrink] reached.
type Result struct {
	Trace   model.Trace
	Failure Failure // as seen in the last run of Trace that showed it
	Runs    int     // runs of the input and of candidates
	// Confirmed of Tries further runs of Trace showed the failure.
	Confirmed, Tries int
	// Others has the smallest candidate seen for each other key.
	Others map[string]model.Trace
}

// ErrNotReproduced says that the trace did not show the failure when it was
// run again, before anything was cut.
var ErrNotReproduced = errors.New("the trace does not show it again")

// Shrink makes t smaller as long as a run of it shows a failure with that
// key. When the budget is spent it returns the best so far. With an error the
// result is what was reached before, unconfirmed; the error is
// [ErrNotReproduced], the context's, or that of a run.
func Shrink(ctx context.Context, t model.Trace, key string, run Run, o Options) (Result, error) {
	s := newShrinker(ctx, t, key, run, o)
	if err := s.first(); err != nil {
		return s.result, err
	}
	s.tail()
	s.latest()
	s.search()
	if s.err != nil {
		return s.result, s.err
	}
	return s.result, s.confirm()
}

// search goes through the passes until none gets further.
func (s *shrinker) search() {
	for s.all(s.cuts, s.arguments, s.names) || s.unrepaired(s.arguments, s.names) ||
		s.unrepaired(s.plain) || s.all(s.given, s.standIns) ||
		s.unrepaired(s.joined, s.shown, s.renumbered, s.flagged, s.moved, s.expunged, s.frames, s.swaps) || s.all(s.pairs) {
	}
}

// all goes once through the passes and reports whether one got further.
func (s *shrinker) all(passes ...func()) bool {
	before := s.accepted
	for _, pass := range passes {
		pass()
	}
	return s.accepted > before && !s.over
}

// unrepaired is all without the repair, for a failure that needs commands that
// make no sense: what the repair puts in can hide it, or outweigh the cut.
func (s *shrinker) unrepaired(passes ...func()) bool {
	defer func(repair func(model.Trace) model.Trace) { s.o.Repair = repair }(s.o.Repair)
	s.o.Repair = nil
	return s.all(passes...)
}

// cuts are the passes that make the trace shorter. They come before those that
// look at single commands, which cost most on a long trace.
func (s *shrinker) cuts() {
	if !s.all(s.tail, s.connections, s.groups, s.chunks, s.shortcuts) {
		s.unrepaired(s.tail, s.connections, s.groups, s.shortcuts)
	}
}

// shrinker is the state that the passes share.
type shrinker struct {
	ctx      context.Context
	run      Run
	o        Options
	key      string
	rank     rank            // of result.Trace
	seen     map[string]bool // candidates that were run
	others   map[string]rank // of result.Others
	accepted int
	over     bool // no more runs
	err      error
	result   Result
}

func newShrinker(ctx context.Context, t model.Trace, key string, run Run, o Options) *shrinker {
	if o.MaxRuns <= 0 {
		o.MaxRuns = 300
	}
	if o.Confirm == 0 {
		o.Confirm = 5
	}
	if o.Shortcut == nil {
		o.Shortcut = func(model.Trace, int) []model.Trace { return nil }
	}
	if o.Simpler == nil {
		o.Simpler = model.Simpler
	}
	if o.Format == nil {
		o.Format = func(t model.Trace) string { return fmt.Sprintf("%#v", t) }
	}
	s := &shrinker{ctx: ctx, run: run, o: o, key: key, seen: map[string]bool{}, others: map[string]rank{}}
	s.result = Result{Trace: t, Others: map[string]model.Trace{}}
	s.rank = s.rankOf(t)
	return s
}

// first runs the input: the passes need to know at which step it fails.
func (s *shrinker) first() error {
	s.seen[s.rank.text] = true
	found, ok := s.spend(s.result.Trace)
	if !ok {
		return s.err
	}
	f, ok := pick(found, s.key)
	if !ok {
		return fmt.Errorf("shrink %s: %w", s.key, ErrNotReproduced)
	}
	s.result.Failure = f
	return nil
}

// try repairs t and runs it if it is smaller than the best and new. It reports
// whether t is the best now.
func (s *shrinker) try(t model.Trace) bool {
	if s.over {
		return false
	}
	if s.o.Repair != nil {
		t = s.o.Repair(t)
	}
	r := s.rankOf(t)
	if r.compare(s.rank) >= 0 || s.seen[r.text] {
		return false
	}
	found, ok := s.spend(t)
	if !ok {
		return false
	}
	s.seen[r.text] = true
	s.keepOthers(t, r, found)
	f, ok := pick(found, s.key)
	if !ok {
		return false
	}
	s.result.Trace, s.result.Failure, s.rank = t, f, r
	s.accepted++
	return true
}

// spend runs t if the budget and the context allow it.
func (s *shrinker) spend(t model.Trace) ([]Failure, bool) {
	if s.err = s.ctx.Err(); s.err != nil || s.result.Runs >= s.o.MaxRuns {
		s.over = true
		return nil, false
	}
	s.result.Runs++
	found, err := s.run(s.ctx, t)
	if err != nil {
		s.over = true
		s.err = fmt.Errorf("shrink %s: run %d: %w", s.key, s.result.Runs, err)
		return nil, false
	}
	return found, true
}

func (s *shrinker) keepOthers(t model.Trace, r rank, found []Failure) {
	for _, f := range found {
		if f.Key == s.key {
			continue
		}
		if old, ok := s.others[f.Key]; !ok || r.compare(old) < 0 {
			s.others[f.Key], s.result.Others[f.Key] = r, t
		}
	}
}

// confirm runs the result again, as often as the options say.
func (s *shrinker) confirm() error {
	for range s.o.Confirm {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		found, err := s.run(s.ctx, s.result.Trace)
		if err != nil {
			return fmt.Errorf("confirm %s: %w", s.key, err)
		}
		s.result.Tries++
		if f, ok := pick(found, s.key); ok {
			s.result.Confirmed++
			s.result.Failure = f
		}
	}
	return nil
}

// pick is the failure with that key that came first.
func pick(found []Failure, key string) (first Failure, ok bool) {
	for _, f := range found {
		if f.Key == key && (!ok || f.Step < first.Step) {
			first, ok = f, true
		}
	}
	return first, ok
}

// rank orders traces: fewer steps, then fewer messages given or appended, then less that is
// malformed, then a plainer command at the end, then simpler commands, then fewer and earlier connections, then less text. Weight comes
// before text because the simpler command need not be the shorter one: FLAGS is
// simpler than ALL.
type rank struct {
	steps, messages int
	malformed       int // commands that section 9 does not allow
	plain           int // the place of the last command among Options.Plain
	weight          uint64
	conns           []int
	text            string
}

func (s *shrinker) rankOf(t model.Trace) rank {
	r := rank{steps: len(t.Steps), messages: t.Fixture.Messages, text: s.o.Format(t)}
	if n := len(t.Steps); n > 0 {
		r.plain = s.plainness(t.Steps[n-1].Cmd)
	}
	for _, step := range t.Steps {
		switch _, raw := step.Cmd.(model.Raw); {
		case raw:
			r.malformed++
		case step.Cmd.Name() == "APPEND":
			r.messages++
		}
		r.weight += model.Weight(step.Cmd) + step.Delivery.Weight()
		r.conns = append(r.conns, step.Conn)
	}
	return r
}

// plainness is the place of a command among the plain ones, or behind them.
func (s *shrinker) plainness(c model.Command) int {
	for i, p := range s.o.Plain {
		if reflect.DeepEqual(c, p) {
			return i
		}
	}
	return len(s.o.Plain)
}

func (r rank) compare(q rank) int {
	return cmp.Or(
		cmp.Compare(r.steps, q.steps),
		cmp.Compare(r.messages, q.messages),
		cmp.Compare(r.malformed, q.malformed),
		cmp.Compare(r.plain, q.plain),
		cmp.Compare(r.weight, q.weight),
		slices.Compare(r.conns, q.conns),
		cmp.Compare(len(r.text), len(q.text)),
		cmp.Compare(r.text, q.text),
	)
}
