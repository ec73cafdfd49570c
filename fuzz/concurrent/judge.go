package concurrent

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
	"github.com/imapcheck/imapcheck/properties"
)

// wireText is a command as a trace file has it.
func wireText(c model.Command) string { return wire.FormatCommand(c) }

// Judge is what the transcript of connections that sent at the same time breaks: each
// connection's own evidence, and then what no order of the commands explains.
func Judge(m model.Machine, t model.Transcript) []model.Violation {
	list := own(m, t)
	for _, p := range unordered(m, t) {
		list = append(list, p.violation())
	}
	return list
}

// JudgeFile judges the evidence of a trace file of connections that sent at the same time,
// as [fuzz.JudgeFile] does that of others.
func JudgeFile(m model.Machine, f *corpus.File) fuzz.Recheck {
	return fuzz.CompareMarks(f, Judge(fuzz.MachineOf(m, f), *f.Transcript))
}

// Judges reports whether the evidence of a trace file is for [JudgeFile]: commands overlap in
// it, or what no order explains was found though none of the last run did.
func Judges(f *corpus.File) bool {
	if f.Transcript == nil {
		return false
	}
	return f.Transcript.Overlaps() || f.Finding != nil && strings.HasPrefix(f.Finding.Rule, orderPrefix)
}

// own judges what follows from each connection alone. One that the server has closed has
// shown all that it will.
func own(m model.Machine, t model.Transcript) []model.Violation {
	m.Foreign, m.DialogueOnly = true, false
	s := m.Init(t.Fixture)
	var v properties.Verdict
	for _, x := range t.Exchanges {
		s = v.Next(m, s, x)
	}
	return v.Violations
}

// unordered are the parts that no order of the commands explains. Where a mailbox's
// unique identifiers or messages are among them, what is wrong with the rest of it may
// come of that, and is left out.
func unordered(m model.Machine, t model.Transcript) []*part {
	var list []*part
	broken := map[string]bool{}
	for _, p := range newAccount(m, &t).parts() {
		if slices.ContainsFunc(p.boxes, func(name string) bool { return broken[name] }) {
			continue
		}
		if ok, known := p.ordered(); ok || !known {
			continue
		}
		list = append(list, p)
		for _, name := range p.boxes {
			broken[name] = true
		}
	}
	return list
}

// crossed reports whether the violation is of a rule of [model.OrderRules].
func crossed(v model.Violation) bool { return strings.HasPrefix(v.Rule.ID, orderPrefix) }

const orderPrefix = "order-"
