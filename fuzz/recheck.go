package fuzz

import (
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
)

// Recheck is how the judgement of a trace file's evidence compares with the
// marks that the file has.
type Recheck struct {
	Violations []model.Violation // all that the evidence shows
	Same       int               // marks that the evidence shows as well
	Lost       []corpus.Mark     // marks that the evidence does not show
	New        []corpus.Mark     // what the evidence shows and no mark says
}

// JudgeFile judges the evidence of a trace file, which must have some, without
// a server. A mark is the same if it names the rule and the step; a command
// and a state that it leaves out are any. The words of got and want may differ.
func JudgeFile(m model.Machine, f *corpus.File) Recheck {
	return CompareMarks(f, properties.Judge(MachineOf(m, f), *f.Transcript).Violations)
}

// MachineOf is the model of the server that the evidence of a file is of.
func MachineOf(m model.Machine, f *corpus.File) model.Machine {
	if f.Delim != "" {
		m.Profile.Delim = strings.TrimPrefix(f.Delim, "NIL")
	}
	m.Profile.Caps, m.Profile.TLS = f.Caps, f.TLS
	return m
}

// CompareMarks compares what the evidence of a file shows with the marks that it has, as
// [JudgeFile] does.
func CompareMarks(f *corpus.File, violations []model.Violation) Recheck {
	r := Recheck{Violations: violations}
	matched := make([]bool, len(f.Marks))
next:
	for _, v := range r.Violations {
		got := Mark(v)
		for i, want := range f.Marks {
			if !matched[i] && covers(want, got) {
				matched[i] = true
				r.Same++
				continue next
			}
		}
		r.New = append(r.New, got)
	}
	for i, want := range f.Marks {
		if !matched[i] {
			r.Lost = append(r.Lost, want)
		}
	}
	return r
}

// covers reports whether the mark of a file says what was judged. That a server
// panicked is seen by whoever runs it, and is not in the evidence.
func covers(mark, got corpus.Mark) bool {
	return strings.TrimSuffix(mark.Rule, ":panic") == got.Rule && mark.Step == got.Step &&
		(mark.Command == "" || mark.Command == got.Command) &&
		(mark.State == "" || mark.State == got.State)
}
