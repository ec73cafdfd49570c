package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Proof is what is known of the shortest traces that show a fault.
type Proof struct {
	Fault *fault.Fault
	// Trace is the shortest that is known; it has no steps if none is.
	Trace model.Trace
	// None says that no trace of so many commands or fewer shows the fault, of those
	// whose commands are of the alphabet, with the fixtures 0 to 3 and the connections
	// of the fault.
	None int
	// Alphabet is the number of commands, those of Trace among them, and Worlds and Steps
	// are how many states were met, and how many commands were run.
	Alphabet, Worlds, Steps int
}

// Proven reports whether Trace is shortest.
func (p *Proof) Proven() bool { return len(p.Trace.Steps) > 0 && p.None == len(p.Trace.Steps)-1 }

// String says it in a sentence.
func (p *Proof) String() string {
	n := len(p.Trace.Steps)
	switch {
	case p.Proven():
		return fmt.Sprintf("%s: %d, proven: no trace of fewer commands shows it, of an alphabet of %d (%d states, %d commands)", p.Fault.Name, n, p.Alphabet, p.Worlds, p.Steps)
	case n > 0:
		return fmt.Sprintf("%s: from %d to %d, of an alphabet of %d (%d states, %d commands)", p.Fault.Name, p.None+1, n, p.Alphabet, p.Worlds, p.Steps)
	}
	return fmt.Sprintf("%s: at least %d, of an alphabet of %d (%d states, %d commands)", p.Fault.Name, p.None+1, p.Alphabet, p.Worlds, p.Steps)
}

// Bounds end a proof.
type Bounds struct {
	// Depth is of a trace, in commands; 0 is one less than a trace that is known has, or
	// Fault.Least if none is.
	Depth  int
	Worlds int // states that are met, about
	// Commands is how many a campaign may take to find a trace to begin with.
	Commands int
}

// ErrNoProof says that the search does not reach what shows a fault.
var ErrNoProof = errors.New("it cannot be shown without a network")

// seedsOfProof is the number of campaigns that look for a trace to begin with.
const seedsOfProof = 5

// Prove looks for the shortest trace that shows a fault: first as a campaign does, and
// then by running all that are shorter, breadth first. The server and the judge are in
// this process, with no network between them; states that are the same in all that
// follows are one. The error is [ErrNoProof] for a fault of TLS, or of a race.
func Prove(ctx context.Context, f *fault.Fault, b Bounds) (Proof, error) {
	p := Proof{Fault: f}
	if f.Racy || f.Layer == fault.TLS {
		return p, fmt.Errorf("%s: %w", f.Name, ErrNoProof)
	}
	s, err := Open(f)
	if err != nil {
		return p, err
	}
	defer s.Target.Close()
	if p.Trace, err = s.witness(ctx, b.Commands); err != nil {
		return p, err
	}
	q := &search{Subject: s, ctx: ctx, b: b, known: map[hash]bool{}, hand: newHand(s)}
	alphabet := append(commands(p.Trace), Alphabet(s.Machine.Profile)...)
	for _, text := range hints[f.Name] {
		alphabet = append(alphabet, parsed(text))
	}
	for _, c := range alphabet {
		if text := wire.FormatCommand(c); !slices.Contains(q.spelled, text) {
			q.alphabet, q.spelled = append(q.alphabet, c), append(q.spelled, text)
		}
	}
	depth := b.Depth
	switch n := len(p.Trace.Steps); {
	case n > 0 && (depth == 0 || n <= depth):
		depth = n - 1
	case depth == 0:
		depth = f.Least
	}
	found, err := q.run(depth)
	p.None, p.Alphabet, p.Worlds, p.Steps = q.done, len(q.alphabet), len(q.known), q.steps
	if err != nil || found == nil {
		return p, err
	}
	// What is claimed of the server is claimed of one with a network.
	r, err := s.Run(ctx, *found)
	if err == nil && s.first(r) == nil {
		return p, fmt.Errorf("%s: a trace of %d commands shows it, and not over a network", f.Name, len(found.Steps))
	}
	p.Trace = *found
	return p, err
}

func commands(t model.Trace) (list []model.Command) {
	for _, st := range t.Steps {
		list = append(list, st.Cmd)
	}
	return list
}

// witness is the shortest trace that a few campaigns find and make minimal; it has no
// steps if none finds any.
func (s *Subject) witness(ctx context.Context, budget int) (best model.Trace, err error) {
	for seed := range uint64(seedsOfProof) {
		for i, sent := 0, 0; sent < budget; i++ {
			t := fuzz.Generate(s.Machine, fuzz.NewSource(seed+1, i), fuzz.GenerateOptions{Steps: steps, Conns: max(1, s.Fault.Conns)})
			r, err := s.Run(ctx, t)
			if err != nil {
				return best, err
			}
			if sent += max(1, r.Commands); s.first(r) == nil {
				continue
			}
			if t, _, err = s.Shrink(ctx, t); err != nil {
				return best, err
			}
			if len(best.Steps) == 0 || len(t.Steps) < len(best.Steps) {
				best = t
			}
			break
		}
	}
	return best, nil
}

// search runs all traces of an alphabet, the shorter ones first.
type search struct {
	*Subject
	*hand
	ctx      context.Context
	b        Bounds
	alphabet []model.Command
	spelled  []string
	known    map[hash]bool
	steps    int
	done     int // all traces of so many commands were run
}

// place is a world and how it was reached.
type place struct {
	world *world
	trace model.Trace
}

// run is the first trace that shows the fault, of no more commands than depth; nil if
// none does, or if the bounds are met.
func (q *search) run(depth int) (*model.Trace, error) {
	var layer []place
	for n := range mostMessages + 1 {
		f := model.Fixture{Messages: n}
		layer = append(layer, place{q.begin(f), model.Trace{Fixture: f}})
	}
	for ; q.done < depth && len(layer) > 0; q.done++ {
		var next []place
		last := q.done == depth-1
		for _, from := range layer {
			if err := q.ctx.Err(); err != nil {
				return nil, err
			}
			if len(q.known) >= q.b.Worlds {
				return nil, nil
			}
			found, err := q.visit(from, last, &next)
			if found != nil || err != nil {
				return found, err
			}
		}
		layer = next
	}
	return nil, nil
}

// mostMessages is how many a fixture has, at most.
const mostMessages = 3

// visit runs every command from a place, and adds what is new to the next layer, unless
// that is never visited.
func (q *search) visit(from place, last bool, next *[]place) (*model.Trace, error) {
	open := len(from.world.links)
	for conn := range min(open+1, max(1, q.Fault.Conns)) {
		for _, c := range q.alphabet {
			st := model.Step{Conn: conn, Cmd: c}
			w := from.world.clone()
			q.steps++
			v, err := q.step(w, len(from.trace.Steps), st)
			t := model.Trace{Fixture: from.trace.Fixture, Steps: append(slices.Clip(from.trace.Steps), st)}
			if first(v.Violations, q.Level()) != nil {
				return &t, nil
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", q.Fault.Name, err)
			}
			if last {
				continue
			}
			if k := w.key(); !q.known[k] {
				q.known[k] = true
				*next = append(*next, place{w, t})
			}
		}
	}
	return nil, nil
}
