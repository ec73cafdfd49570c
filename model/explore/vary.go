package explore

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// Variation is how a suite has other commands than those that stand for the classes.
type Variation struct {
	// Propose gives some command of a name in a state, or one that section 9 does not
	// allow but that resembles it. It leaves the state as it is.
	Propose func(s model.State, name string, malformed bool) model.Command
	// Words, if it is not nil, are those that a command is made of, and a transition that
	// leads back to where it begins is taken several times, with arguments whose words were
	// rare so far. What follows what in the suite does so still; a suite of [Automaton.Wp],
	// whose words are to be as they are, must go without.
	Words func(model.Command) []string
}

// How often Programs asks for another command before it takes that of the class, and how
// often in all.
const (
	proposals = 4
	attempts  = 60
)

// extras are what Programs has of its own before the first input, each varied: what a server
// says of mailboxes and messages depends on what they are.
func extras() (list []model.Command) {
	for n := range 3 {
		list = append(list, model.Mailbox{Verb: "CREATE", Box: model.A(fmt.Sprintf("d%d", n))})
	}
	for range 3 {
		list = append(list, model.Mailbox{Verb: "SUBSCRIBE", Box: model.A("INBOX")})
	}
	for range 8 {
		list = append(list, model.Append{Box: model.A("INBOX"), Message: model.FixtureMessage(0)})
	}
	return list
}

// crowd is how many messages a mailbox has at most where the suite does with fewer: COPY
// could make ever more of them.
const crowd = 60

// Program is a trace that takes an automaton through a word.
type Program struct {
	Word  Word
	Trace model.Trace
	// Whole says that a word of the suite ends with it.
	Whole bool
}

// Programs are those of a suite, in order. With a variation, which may be nil, there are
// other commands in the place of those that stand for a class: each takes the same transition
// to the same state. What the suite covers they cover, with all the arguments that are
// proposed. Where the store has become one in which no command of a class ends as it should,
// a program ends, and another goes on from there, with what it takes. It is an error if the
// model does not accept its own answers.
func (a *Automaton) Programs(suite []Word, v *Variation) iter.Seq2[Program, error] {
	return func(yield func(Program, error) bool) {
		n := &novelty{v, map[string]int{}}
		for _, w := range suite {
			if v == nil {
				if !yield(Program{w, a.Trace(w), true}, nil) {
					return
				}
				continue
			}
			for p, err := range a.varied(w, n) {
				if !yield(p, err) || err != nil {
					return
				}
			}
		}
	}
}

// varied are the programs of one word, varied.
func (a *Automaton) varied(w Word, v *novelty) iter.Seq2[Program, error] {
	access := a.access()
	return func(yield func(Program, error) bool) {
		for fixed := 0; ; {
			t, at, err := a.vary(w, fixed, v)
			if !yield(Program{w[:at], t, at == len(w)}, err) || err != nil || at == len(w) {
				return
			}
			// The pair that the cut is in is taken again, in the words of the class.
			_, from := a.Run(w[:at-1])
			fixed = len(access[from]) + 2
			w = slices.Concat(access[from], w[at-1:])
		}
	}
}

// vary is the program of a word, up to the first input for which there is no command. The
// first inputs, so many, are not varied.
func (a *Automaton) vary(w Word, fixed int, v *novelty) (t model.Trace, at int, err error) {
	own := extras()
	plain := a.trace(w, own)
	ready := len(plain.Steps) - len(w)
	right := runner{machine: a.machine, state: a.machine.Init(plain.Fixture)}
	varied := runner{machine: a.machine, state: a.machine.Init(plain.Fixture)}
	t.Fixture = plain.Fixture
	for n, st := range plain.Steps {
		took, err := right.step(st.Cmd)
		if err != nil {
			return t, 0, err
		}
		at = n - ready
		s := slot{novelty: v, plain: st.Cmd, from: varied, label: took.label, place: placeOf(&right.state), crowd: max(crowd, right.state.Largest())}
		extra := at < -1 && at >= -1-len(own) // LOGOUT is the last before the first input
		stocks := at < 0 && !extra
		switch {
		case at >= 0:
			s.in = a.inputs[w[at]]
		case stocks:
			s.box = boxOf(st.Cmd)
		}
		if n > 0 && n%2 == 0 { // or a program would keep to one mailbox
			s.near = nearby(&varied.state, t.Steps[n-1].Cmd)
		}
		candidates := slices.Values([]model.Command{st.Cmd})
		name := st.Cmd.Name()
		if at >= fixed || extra || stocks && (name == "APPEND" || name == "CREATE" && fixed == 0) {
			candidates = s.candidates
		}
		next, c, found := s.choose(candidates)
		if !found {
			return t, at, nil
		}
		for more := s.repeats(at >= fixed); found; more-- {
			varied, t.Steps = next, append(t.Steps, model.Step{Cmd: c})
			if more == 0 {
				break
			}
			s.from = varied
			next, c, found = s.rarest()
		}
	}
	return t, len(w), nil
}

// slot is where a program has a command, and what that has to be like.
type slot struct {
	*novelty
	plain model.Command
	from  runner
	in    *input // nil for any
	label string
	place place    // where it leads
	crowd int      // how many messages a mailbox has at most behind it
	box   string   // that an APPEND names, "" for any
	near  []string // mailboxes that it had better name; nil for any
}

// fits takes the step, and reports whether it does what it should.
func (s *slot) fits(trial *runner, c model.Command) bool {
	took, err := trial.step(c)
	return err == nil && took.label == s.label && placeOf(&trial.state) == s.place && trial.state.Largest() <= s.crowd &&
		(s.in == nil || s.in.has(c)) && (s.box == "" || boxOf(c) == s.box)
}

// candidates are what may take the place of the plain command, and that.
func (s *slot) candidates(yield func(model.Command) bool) {
	for n := range attempts {
		if n == proposals && !yield(s.plain) || !yield(s.propose()) {
			return
		}
	}
}

func (s *slot) propose() model.Command {
	_, malformed := s.plain.(model.Raw)
	return s.Propose(s.from.state, s.plain.Name(), malformed)
}

// choose is the first of the proposals that fits and is of the highest worth, or else the
// first candidate that fits, with what it leads to. Where no command does anything, it is
// the first.
func (s *slot) choose(candidates iter.Seq[model.Command]) (next runner, chosen model.Command, found bool) {
	before, n, best := model.Key(s.from.state), 0, 0
	_, bare := s.plain.(model.Simple)
	idle := bare || !strings.HasSuffix(s.label, " ok")
	for c := range candidates {
		if n++; n > proposals && found {
			break
		}
		trial := runner{machine: s.from.machine, state: s.from.state.Clone(), steps: s.from.steps}
		if !s.fits(&trial, c) {
			continue
		}
		w := s.worth(&trial.state, before, c)
		if w > best {
			next, chosen, found, best = trial, c, true, w
		}
		if idle || w == highest {
			break
		}
	}
	return next, chosen, found
}

// highest is the most that a command can be worth: it changes something, there are messages
// in the mailbox that is selected, and if it names mailboxes, one of them is near.
const highest = 8

func (s *slot) worth(after *model.State, before string, c model.Command) int {
	w := 1
	if model.Key(*after) != before {
		w += 4
	}
	if v := after.Conns[0].View; v == nil || len(v.Msgs) > 0 {
		w += 2
	}
	names := model.BoxNames(c)
	near := func(name string) bool { return slices.Contains(s.near, model.FoldInbox(name)) }
	if len(s.near) == 0 || len(names) == 0 || slices.ContainsFunc(names, near) {
		w++
	}
	return w
}

// nearby are the mailboxes that a command names, or else the one that is selected.
func nearby(s *model.State, c model.Command) []string {
	var list []string
	for _, name := range model.BoxNames(c) {
		list = append(list, model.FoldInbox(name))
	}
	if v := s.Conns[0].View; len(list) == 0 && v != nil {
		list = append(list, v.Name)
	}
	return list
}

// boxOf is the mailbox of an APPEND.
func boxOf(c model.Command) string {
	a, _ := c.(model.Append)
	return model.FoldInbox(a.Box.S)
}
