// Package properties gathers what is demanded of a server: the rules that the
// model declares, and the judgement of a whole transcript by them. It is pure.
package properties

import (
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Verdict is what a transcript means.
type Verdict struct {
	Violations []model.Violation
	// Transitions are the transitions of the automaton that the transcript
	// took, in order, as [model.Transition] names them.
	Transitions []string
}

// Judge folds a transcript with the model. It needs no server: the evidence is
// enough.
func Judge(m model.Machine, t model.Transcript) Verdict {
	var v Verdict
	s := m.Init(t.Fixture)
	for _, x := range t.Exchanges {
		s = v.Next(m, s, x)
	}
	return v
}

// Next judges one more exchange, in a state that it uses up, and returns the
// state behind it.
func (v *Verdict) Next(m model.Machine, s model.State, x model.Exchange) model.State {
	if raw, ok := x.Cmd.(model.Raw); ok {
		// A person may have written a legal command in an unusual spelling.
		if c, legal := wire.Spells(raw.Bytes); legal {
			x.Cmd, x.Sent = c, raw.Bytes
		}
	}
	before := s.Phase(x.Conn)
	s, broken := m.Next(s, x)
	v.Violations = append(v.Violations, broken...)
	if tr := model.Transition(before, x); tr != "" {
		v.Transitions = append(v.Transitions, tr)
	}
	return s
}
