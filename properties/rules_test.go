package properties_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
	"github.com/imapcheck/imapcheck/properties/scenarios"
)

// update says to write the marks that the judge finds into the scenarios.
var update = os.Getenv("IMAPCHECK_UPDATE") == "1"

func TestRuleScenarios(t *testing.T) {
	for _, s := range wrong() {
		t.Run(s.Name, func(t *testing.T) {
			f := s.File
			got := marks(judge(s.Profile(), f))
			require.NotEmpty(t, got, "the judge is silent")
			for _, m := range got {
				rule, _, _ := strings.Cut(m.Rule, ":")
				assert.Equal(t, s.Rule, rule, "%s is found under another id: got %s, want %s", m.Rule, m.Got, m.Want)
			}
			if update && !t.Failed() {
				text := withMarks(s.Text, got)
				require.NoError(t, os.WriteFile(filepath.Join("scenarios", "rules", s.Name+".trace"), []byte(text), 0o644))
				var err error
				f, err = corpus.Parse([]byte(text))
				require.NoError(t, err)
			}
			assert.Equal(t, f.Marks, got, "IMAPCHECK_UPDATE=1 rewrites the marks")
		})
	}
}

func TestTwinsOfRuleScenariosAreClean(t *testing.T) {
	for _, s := range wrong() {
		t.Run(s.Name, func(t *testing.T) {
			clean, places := s.Twin()
			require.Equal(t, 1, places, "a scenario has one wrong place, and what would be right")
			twin := s
			var err error
			twin.File, err = corpus.ParseLenient([]byte(clean))
			require.NoError(t, err)
			assert.Equal(t, s.Program(), twin.Program(), "the twin is another answer to the same trace")
			assert.Empty(t, marks(judge(twin.Profile(), twin.File)))
		})
	}
}

func TestEveryRuleHasAScenario(t *testing.T) {
	shown := map[string]bool{}
	for _, s := range wrong() {
		shown[s.Name] = true
		assert.NotNil(t, model.RuleByID(s.Rule), "%s is no rule", s.Rule)
	}
	for _, r := range model.Rules() {
		assert.True(t, shown[r.ID], "no scenario breaks the rule %s: %s", r.ID, r.Text)
	}
}

func TestCleanScenarios(t *testing.T) {
	for _, s := range scenarios.All() {
		if s.Rule != "" {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			assert.Empty(t, s.File.Marks, "a clean scenario has no marks")
			assert.Equal(t, s.Departs(), recommendations(t, judge(s.Profile(), s.File)))
			executed := map[int]bool{}
			for _, x := range s.File.Transcript.Exchanges {
				executed[x.Step] = true
			}
			assert.Len(t, executed, len(s.Program().Steps), "a step has no answer")
		})
	}
}

// recommendations are the ids of the rules in a verdict that breaks no MUST.
func recommendations(t *testing.T, v properties.Verdict) []string {
	t.Helper()
	list := []string{}
	for _, v := range v.Violations {
		assert.Equal(t, model.SHOULD, v.Rule.Level, "%s: got %s, want %s", v.Key(), v.Got, v.Want)
		list = append(list, v.ID())
	}
	return list
}

// wrong are the scenarios that break a rule.
func wrong() []scenarios.Scenario {
	return slices.DeleteFunc(scenarios.All(), func(s scenarios.Scenario) bool { return s.Rule == "" })
}

// judge judges the evidence of a trace file, of a server with that profile. No server
// is needed.
func judge(p model.Profile, f *corpus.File) properties.Verdict {
	m := model.New()
	m.Profile = p
	return properties.Judge(m, *f.Transcript)
}

// marks are the violations of a verdict as a trace file has them.
func marks(v properties.Verdict) []corpus.Mark {
	var list []corpus.Mark
	for _, v := range v.Violations {
		list = append(list, corpus.Mark{
			Rule: v.ID(), Step: v.Step + 1, Command: v.Command, State: v.State.String(), Got: v.Got, Want: v.Want,
		})
	}
	return list
}

// withMarks is the text of a trace file with these marks and no others, those
// of a step behind its answer; the comments stay where they are.
func withMarks(text string, marks []corpus.Mark) string {
	// The last line of each step, its comments included.
	last, step := map[int]int{}, 0
	var lines []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "!!") {
			continue
		}
		if strings.HasPrefix(line, "C") {
			step++
		}
		last[step] = len(lines)
		lines = append(lines, line)
	}
	behind := map[int]string{}
	for _, m := range marks {
		file := string(corpus.Format(&corpus.File{Marks: []corpus.Mark{m}}))
		behind[last[m.Step]] += file[strings.Index(file, "!!"):]
	}
	var b strings.Builder
	for i, line := range lines {
		b.WriteString(line)
		b.WriteString(behind[i])
	}
	return b.String()
}
