package servertest

import (
	"fmt"
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
)

// Failure is the error that a server breaks a rule.
type Failure struct {
	// Part is where it was found: a family of rules, "regressions/NAME" or "campaign".
	Part    string
	Finding *fuzz.Finding
}

// Error is the finding as text of several lines: the rule, the session, and where its
// trace is. If it was not saved the text ends with the trace.
func (f *Failure) Error() string { return describe(f.Finding, "", "") }

// describe is a finding as text. again is the command that shows it again from its file,
// and hint how to keep a file if there is none.
func describe(f *fuzz.Finding, again, hint string) string {
	s := report.Style{}
	text := s.Finding(f, again)
	if f.File != "" {
		return text + s.Line("offline", "imapcheck replay "+report.ShellWord(f.File))
	}
	if hint != "" {
		text += s.Line("file", hint)
	}
	return text + s.Line("trace", "as a file has it:") + "\n" + traceText(f)
}

// traceText is the trace of a finding as a file that can be replayed, indented.
func traceText(f *fuzz.Finding) string {
	var b strings.Builder
	for line := range strings.Lines(string(corpus.Format(&corpus.File{Trace: f.Trace}))) {
		if line != "\n" {
			b.WriteString("    ")
		}
		b.WriteString(line)
	}
	return strings.TrimSuffix(b.String(), "\n") + "\n"
}

// repeated says that a finding was reported elsewhere.
func repeated(f found) string {
	return fmt.Sprintf("%s, as reported in %s", f.Key, f.before)
}
