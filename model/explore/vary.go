package explore

import (
	"iter"
	"slices"

	"github.com/imapcheck/imapcheck/model"
)

// Propose gives some command of a name in a state, or one that section 9 does not allow
// but that resembles it. It leaves the state as it is.
type Propose func(s model.State, name string, malformed bool) model.Command

// How often Programs asks for another command before it takes that of the class, and how
// often in all.
const (
	proposals = 4
	attempts  = 60
)

// mail is how many messages of propose's are in INBOX at first: what a server says of
// messages depends on what they are. COPY could make ever more of them: where
// it takes no more, a mailbox has crowd at most.
const (
	mail  = 8
	crowd = 60
)

// Program is a trace that takes an automaton through a word.
type Program struct {
	Word  Word
	Trace model.Trace
	// Whole says that a word of the suite ends with it.
	Whole bool
}

// Programs are those of a suite, in order. With a propose that is not nil there are other
// commands in the place of those that stand for a class: each takes the same transition to
// the same state. What the suite covers they cover, with all the arguments that propose
// has. Where the store has become one in which no command of a class ends as it should,
// a program ends, and another goes on from there, with what it takes. It is an error if the
// model does not accept its own answers.
func (a *Automaton) Programs(suite []Word, propose Propose) iter.Seq2[Program, error] {
	return func(yield func(Program, error) bool) {
		for _, w := range suite {
			if propose == nil {
				if !yield(Program{w, a.Trace(w), true}, nil) {
					return
				}
				continue
			}
			for p, err := range a.varied(w, propose) {
				if !yield(p, err) || err != nil {
					return
				}
			}
		}
	}
}

// varied are the programs of one word, varied.
func (a *Automaton) varied(w Word, propose Propose) iter.Seq2[Program, error] {
	access := a.access()
	return func(yield func(Program, error) bool) {
		for fixed := 0; ; {
			t, at, err := a.vary(w, fixed, propose)
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
func (a *Automaton) vary(w Word, fixed int, propose Propose) (t model.Trace, at int, err error) {
	plain := a.trace(w, mail)
	ready := len(plain.Steps) - len(w)
	right := runner{machine: a.machine, state: a.machine.Init(plain.Fixture)}
	varied := runner{machine: a.machine, state: a.machine.Init(plain.Fixture)}
	t.Fixture = plain.Fixture
	for n, st := range plain.Steps {
		want, err := right.step(st.Cmd)
		if err != nil {
			return t, 0, err
		}
		candidates := slices.Values([]model.Command{st.Cmd})
		in := &input{}
		if at = n - ready; at >= fixed || at < 0 && st.Cmd.Name() == "APPEND" {
			candidates = a.candidates(st.Cmd, varied.state, propose)
		}
		if at >= 0 {
			in = a.inputs[w[at]]
		}
		fits := func(trial *runner, c model.Command) bool {
			took, err := trial.step(c)
			return err == nil && in.has(c) && took.label == want.label && placeOf(&trial.state) == placeOf(&right.state) &&
				trial.state.Largest() <= max(crowd, right.state.Largest()) && (at >= 0 || boxOf(c) == boxOf(st.Cmd))
		}
		next, c, found := choose(candidates, varied, fits)
		if !found {
			return t, at, nil
		}
		varied, t.Steps = next, append(t.Steps, model.Step{Cmd: c})
	}
	return t, len(w), nil
}

// choose is the first of the proposals that fits and changes something, or else the first
// candidate that fits, with what it leads to.
func choose(candidates iter.Seq[model.Command], from runner, fits func(*runner, model.Command) bool) (next runner, chosen model.Command, found bool) {
	before, n := model.Key(from.state), 0
	for c := range candidates {
		if n++; n > proposals && found {
			break
		}
		trial := runner{machine: from.machine, state: from.state.Clone(), steps: from.steps}
		if !fits(&trial, c) {
			continue
		}
		changes := model.Key(trial.state) != before
		if !found || changes {
			next, chosen, found = trial, c, true
		}
		if _, bare := c.(model.Simple); bare || changes {
			break
		}
	}
	return next, chosen, found
}

// candidates are what may take the place of a command, and the command.
func (a *Automaton) candidates(plain model.Command, s model.State, propose Propose) iter.Seq[model.Command] {
	_, malformed := plain.(model.Raw)
	name := plain.Name()
	return func(yield func(model.Command) bool) {
		for n := range attempts {
			if n == proposals && !yield(plain) {
				return
			}
			if !yield(propose(s, name, malformed)) {
				return
			}
		}
	}
}

// boxOf is the mailbox of an APPEND.
func boxOf(c model.Command) string {
	a, _ := c.(model.Append)
	return model.FoldInbox(a.Box.S)
}
