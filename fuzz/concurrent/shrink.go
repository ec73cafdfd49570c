package concurrent

import (
	"context"
	"slices"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
)

// shrinker makes a program smaller that shows a key. Whether it does is a race: a
// candidate is run several times, and none is tried twice.
type shrinker struct {
	*campaign
	key   string
	tries int // runs of a candidate
	most  int // of these
	left  int // runs of all
	runs  int
	tried map[string]bool
	best  Program
	last  Result // the last run that has shown the key
}

// shows runs a program until it shows the key.
func (s *shrinker) shows(ctx context.Context, p Program, tries int) (bool, error) {
	for range tries {
		if s.left <= 0 || ctx.Err() != nil {
			return false, ctx.Err()
		}
		s.left--
		s.runs++
		r, err := s.run(ctx, p)
		if err != nil {
			return false, err
		}
		if hasKey(r, s.key) {
			s.best, s.last = p, r
			return true, nil
		}
	}
	return false, nil
}

func hasKey(r Result, key string) bool {
	return slices.ContainsFunc(r.Violations, func(v model.Violation) bool { return v.Key() == key })
}

// measure sets how often a candidate is run, by how often the program at hand shows the
// key.
func (s *shrinker) measure(ctx context.Context) error {
	const runs = 4
	shown := 0
	for range runs {
		ok, err := s.shows(ctx, s.best, 1)
		if err != nil {
			return err
		}
		if ok {
			shown++
		}
	}
	s.tries = s.most
	if shown > 0 {
		s.tries = min(s.most, 3*runs/shown-1)
	}
	return nil
}

// shrink tries smaller programs as long as one shows the key.
func (s *shrinker) shrink(ctx context.Context) error {
	for {
		before := text(s.best)
		if err := s.measure(ctx); err != nil {
			return err
		}
		for _, pass := range []func(Program) []Program{withoutConns, withoutGroups, withoutSteps, apart, fewerMessages} {
			if err := s.pass(ctx, pass); err != nil {
				return err
			}
		}
		if text(s.best) == before {
			return nil
		}
	}
}

// pass tries the candidates of one kind. After one that shows the key it goes on with
// those of the smaller program: those that were tried are not tried again.
func (s *shrinker) pass(ctx context.Context, candidates func(Program) []Program) error {
	for again := true; again; {
		again = false
		for _, p := range candidates(s.best) {
			if t := text(p); s.tried[t] {
				continue
			} else {
				s.tried[t] = true
			}
			ok, err := s.shows(ctx, p, s.tries)
			if err != nil {
				return err
			}
			if again = ok; ok {
				break
			}
		}
	}
	return nil
}

// text is the identity of a program.
func text(p Program) string {
	b := string(corpus.Format(&corpus.File{Trace: model.Trace{Fixture: p.Fixture}}))
	for _, g := range p.Groups {
		b += "\n" + string(corpus.Format(&corpus.File{Trace: model.Trace{Steps: g}}))
	}
	return b
}

// without is the program without the steps that drop names.
func (p Program) without(drop func(group, step int, st model.Step) bool) Program {
	out := Program{Fixture: p.Fixture}
	for i, g := range p.Groups {
		var kept []model.Step
		for k, st := range g {
			if !drop(i, k, st) {
				kept = append(kept, st)
			}
		}
		if len(kept) > 0 {
			out.Groups = append(out.Groups, kept)
		}
	}
	return out
}

// withoutConns leaves out a connection each.
func withoutConns(p Program) (list []Program) {
	most := -1
	for _, g := range p.Groups {
		for _, st := range g {
			most = max(most, st.Conn)
		}
	}
	for c := most; c >= 0 && most > 0; c-- {
		list = append(list, p.without(func(_, _ int, st model.Step) bool { return st.Conn == c }))
	}
	return list
}

// withoutGroups leaves out a run of groups, long ones first and from the end.
func withoutGroups(p Program) (list []Program) {
	n := len(p.Groups)
	for size := n / 2; size >= 1; size /= 2 {
		for to := n; to > 0; to -= size {
			list = append(list, p.without(func(g, _ int, _ model.Step) bool { return g < to && g >= to-size }))
		}
	}
	return list
}

// withoutSteps leaves out a command each of those that are sent at the same time.
func withoutSteps(p Program) (list []Program) {
	for i := len(p.Groups) - 1; i >= 0; i-- {
		for k := range p.Groups[i] {
			if len(p.Groups[i]) > 1 {
				list = append(list, p.without(func(g, s int, _ model.Step) bool { return g == i && s == k }))
			}
		}
	}
	return list
}

// apart has the commands of a group each sent when the one before is complete.
func apart(p Program) (list []Program) {
	for i, g := range p.Groups {
		if len(g) < 2 {
			continue
		}
		out := p.Clone()
		out.Groups = slices.Delete(out.Groups, i, i+1)
		for k, st := range g {
			out.Groups = slices.Insert(out.Groups, i+k, []model.Step{st})
		}
		list = append(list, out)
	}
	return list
}

// fewerMessages begins with a smaller mailbox.
func fewerMessages(p Program) (list []Program) {
	if p.Fixture.Messages > 0 {
		out := p.Clone()
		out.Fixture.Messages--
		list = append(list, out)
	}
	return list
}
