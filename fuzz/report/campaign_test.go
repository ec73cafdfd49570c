package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/fuzz/report/sample"
	"github.com/imapcheck/imapcheck/model"
)

// The line of a finding is the one that its session marks, in every trace file that there
// is.
func TestLine(t *testing.T) {
	files, err := filepath.Glob("../../corpus/regressions/*/*.trace")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		file, err := corpus.Parse(text)
		require.NoError(t, err)
		for _, mark := range file.Marks {
			f := &fuzz.Finding{Trace: file.Trace, Transcript: *file.Transcript}
			f.Violation = model.Violation{Rule: model.RuleByID(report.RuleOf(mark.Rule)), Command: mark.Command, Step: mark.Step - 1, Got: mark.Got, Want: mark.Want}
			for phase := model.Unopened; phase <= model.Logout; phase++ {
				if phase.String() == mark.State {
					f.Violation.State = phase
				}
			}
			for _, all := range file.Marks {
				v := model.Violation{Rule: model.RuleByID(report.RuleOf(all.Rule)), Command: all.Command, Step: all.Step - 1, Got: all.Got, Want: all.Want}
				if _, part, ok := strings.Cut(all.Rule, ":"); ok {
					v.Part = part
				}
				f.All = append(f.All, v)
			}
			n := report.Line(f)
			lines := strings.Split(string(text), "\n")
			if !assert.True(t, n > 0 && n <= len(lines), "%s: line %d", name, n) {
				continue
			}
			line := lines[n-1]
			assert.Contains(t, "CSE", line[:1], "%s:%d: %s", name, n, line)
			for _, r := range (report.Style{Width: 200}).Rows(f.Transcript, f.Violation) {
				if r.Blamed && r.Who == "S" && !strings.HasPrefix(r.Text, "(") && !strings.HasPrefix(r.Text, "...") {
					assert.Contains(t, line, r.Text[:min(len(r.Text), 20)], "%s:%d", name, n)
				}
			}
		}
	}
}

func TestCampaign(t *testing.T) {
	c := sample.Campaign()
	assert.Equal(t, "3 MUST, 1 SHOULD: 3 new, 1 known", c.Counts())
	assert.Equal(t, "mem v2.0.0", c.Server())
	assert.Empty(t, c.Replay(&fuzz.Finding{}))
	for _, r := range c.Rules() {
		assert.Equal(t, r.ID == "flags-list-system", len(r.Known) > 0, r.ID)
		assert.Equal(t, r.ID == "state-gating", len(r.Fixed) > 0, r.ID)
		assert.Equal(t, r.ID == "bye-before-close", len(r.Doubtful) > 0, r.ID)
		if len(r.Fresh) > 0 {
			assert.True(t, r.Exercised)
		}
	}
}

func TestClauseURL(t *testing.T) {
	for clause, want := range map[string]string{
		"RFC 3501 6.3.1": "https://www.rfc-editor.org/rfc/rfc3501#section-6.3.1",
		"RFC 2177":       "https://www.rfc-editor.org/rfc/rfc2177",
		"":               "", "RFC": "", "ISO 8601 4": "",
	} {
		assert.Equal(t, want, report.ClauseURL(clause))
	}
	for _, r := range append(model.Rules(), model.OrderRules()...) {
		assert.Contains(t, report.ClauseURL(r.Clause), "#section-", r.ID)
	}
}

func TestLegible(t *testing.T) {
	assert.Equal(t, "a\n\uFFFDb\uFFFD\uFFFD[31m\uFFFDé\uFFFD\uFFFD", report.Legible("a\n\xffb\x00\x1b[31m\ré\u0085\uFFFE"))
}
