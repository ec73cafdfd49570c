package servertest

import (
	"testing"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

// replay drives the server through the trace of a file once, and shows the session and
// the rules that it breaks, also those that are known.
func (s *suite) replay(t testing.TB, name string) {
	t.Helper()
	file, err := corpus.ReadFile(name)
	if err != nil {
		t.Fatalf("servertest: %s: %v", replayEnv, err)
	}
	r, err := s.campaign.Driver.Run(t.Context(), file.Trace)
	if err != nil {
		t.Fatalf("servertest: %v", trouble{err})
	}
	var violations []model.Violation
	for _, v := range r.Violations {
		if v.Rule.Level <= s.level {
			violations = append(violations, v)
		}
	}
	style := report.Style{}
	t.Logf("%s\n\n%s", name, style.Session(r.Transcript, violations))
	for _, v := range violations {
		t.Error(style.Violation(v))
	}
}
