package properties_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
)

// A scenario of testdata/rules is a session in which one thing is wrong. Its
// name is the id of the rule, and a number if there are several. The lines
// after "# wrong:" are the fault; those after "# right:", comments to the
// reader of trace files, are what would have been right in their place:
//
//	C0: CLOSE
//	# wrong:
//	S0: * 1 EXPUNGE
//	# right:
//	#   S0: * 2 EXISTS
//	S0: OK done
//
// Read with the right lines it is the scenario's clean twin.
const (
	wrong     = "# wrong:"
	right     = "# right:"
	rightLine = "#   "
)

// update says to write the marks that the judge finds into the scenarios.
var update = os.Getenv("IMAPCHECK_UPDATE") == "1"

func TestRuleScenarios(t *testing.T) {
	for _, name := range scenarios(t, "rules") {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", "rules", name+".trace")
			text := read(t, path)
			f, err := corpus.Parse([]byte(text))
			require.NoError(t, err)
			got := marks(judgeFile(t, f))
			require.NotEmpty(t, got, "the judge is silent")
			for _, m := range got {
				rule, _, _ := strings.Cut(m.Rule, ":")
				assert.Equal(t, ruleOf(name), rule, "%s is found under another id: got %s, want %s", m.Rule, m.Got, m.Want)
			}
			if update && !t.Failed() {
				text = withMarks(text, got)
				require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
				f, err = corpus.Parse([]byte(text))
				require.NoError(t, err)
			}
			assert.Equal(t, f.Marks, got, "IMAPCHECK_UPDATE=1 rewrites the marks")
		})
	}
}

func TestTwinsOfRuleScenariosAreClean(t *testing.T) {
	for _, name := range scenarios(t, "rules") {
		t.Run(name, func(t *testing.T) {
			text := read(t, filepath.Join("testdata", "rules", name+".trace"))
			clean, places := twin(text)
			require.Equal(t, 1, places, "a scenario has one wrong place, and what would be right")
			f, err := corpus.Parse([]byte(text))
			require.NoError(t, err)
			g, err := corpus.ParseLenient([]byte(clean))
			require.NoError(t, err)
			assert.Equal(t, f.Trace, g.Trace, "the twin is another answer to the same trace")
			assert.Empty(t, marks(judgeFile(t, g)))
		})
	}
}

func TestEveryRuleHasAScenario(t *testing.T) {
	names := scenarios(t, "rules")
	for _, r := range model.Rules() {
		assert.True(t, slices.Contains(names, r.ID), "no scenario breaks the rule %s: %s", r.ID, r.Text)
	}
	for _, name := range names {
		assert.NotNil(t, model.RuleByID(ruleOf(name)), "%s is no rule", ruleOf(name))
	}
}

func TestCleanScenarios(t *testing.T) {
	for _, name := range scenarios(t, "clean") {
		t.Run(name, func(t *testing.T) {
			text := read(t, filepath.Join("testdata", "clean", name+".trace"))
			f, err := corpus.Parse([]byte(text))
			require.NoError(t, err)
			assert.Empty(t, f.Marks, "a clean scenario has no marks")
			assert.Equal(t, departures(text), recommendations(t, judgeFile(t, f)))
			executed := map[int]bool{}
			for _, x := range f.Transcript.Exchanges {
				executed[x.Step] = true
			}
			assert.Len(t, executed, len(f.Trace.Steps), "a step has no answer")
		})
	}
}

// departure is what a clean scenario has before the ids of the rules at SHOULD
// level that the server departs from, each as often as it does.
const departure = "# departs: "

func departures(text string) []string {
	list := []string{}
	for line := range strings.Lines(text) {
		if ids, ok := strings.CutPrefix(line, departure); ok {
			list = append(list, strings.Fields(ids)...)
		}
	}
	return list
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

// scenarios are the names of the files in a folder of testdata, without ".trace".
func scenarios(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.trace"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".trace")
	}
	return files
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

// numbered is the end of the name of a second, third, ... scenario of a rule.
var numbered = regexp.MustCompile(`-\d+$`)

// ruleOf is the id of the rule that a scenario is named after.
func ruleOf(name string) string { return numbered.ReplaceAllString(name, "") }

// judgeFile judges the evidence of a trace file. No server is needed.
func judgeFile(t *testing.T, f *corpus.File) properties.Verdict {
	t.Helper()
	require.NotNil(t, f.Transcript, "the file has no evidence")
	m := model.New()
	if f.Delim != "" {
		m.Profile.Delim = strings.TrimPrefix(f.Delim, "NIL")
	}
	m.Profile.Caps, m.Profile.TLS = f.Caps, f.TLS
	if rs := f.Transcript.Exchanges[0].Reply.Responses; len(rs) > 0 {
		m.Profile.Preauth = rs[0].Status == model.PREAUTH
	}
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

// twin is the scenario with the right answers in the place of the wrong ones,
// without marks, and the number of places where it differs.
func twin(text string) (string, int) {
	var b strings.Builder
	inWrong, inRight, places := false, false, 0
	for line := range strings.Lines(text) {
		switch word := strings.TrimSuffix(line, "\n"); {
		case word == wrong:
			inWrong, inRight = true, false
		case word == right:
			inWrong, inRight = false, true
			places++
		case inWrong || strings.HasPrefix(line, "!!"):
		case inRight && strings.HasPrefix(line, rightLine):
			b.WriteString(strings.TrimPrefix(line, rightLine))
		default:
			inRight = false
			b.WriteString(line)
		}
	}
	return b.String(), places
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
