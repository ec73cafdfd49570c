package shrink

import (
	"context"
	"errors"
	"iter"

	"github.com/imapcheck/imapcheck/model"
)

// Candidates are the traces that [Shrink] would run after t if none of them failed, in
// its order and as many as it may run: what a library tries that has a loop of its own
// and begins anew with each trace that fails. All are smaller than t, and none comes
// twice. At which step t fails is not known, so the beginnings of t come before the cuts
// of Shrink: a half, three quarters, and so on.
func Candidates(t model.Trace, o Options) iter.Seq[model.Trace] {
	return func(yield func(model.Trace) bool) {
		s := newShrinker(context.Background(), t, "", nil, o)
		s.run = func(_ context.Context, c model.Trace) ([]Failure, error) {
			if s.result.Runs == 1 { // t itself
				return []Failure{{Step: len(t.Steps) - 1}}, nil
			}
			if !yield(c) {
				return nil, errEnough
			}
			return nil, nil
		}
		if s.first() == nil {
			s.beginnings()
			s.search()
		}
	}
}

// errEnough says that nobody asks for more candidates.
var errEnough = errors.New("no more candidates are wanted")

// beginnings cuts the tail where it is not known which step shows the failure.
func (s *shrinker) beginnings() {
	n := len(s.steps())
	for cut := n / 2; cut > 0; cut /= 2 {
		s.try(s.with(s.steps()[:n-cut]))
	}
}
