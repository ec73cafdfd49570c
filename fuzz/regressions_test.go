package fuzz

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
)

func load(t *testing.T, dir string) []corpus.Entry {
	t.Helper()
	entries, err := corpus.LoadFS(corpus.Data, dir)
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	return entries
}

// Every regression is judged from its evidence, with no server: the violations
// are those that its marks say, and one of them is the finding's.
func TestRegressionsOffline(t *testing.T) {
	for _, e := range load(t, "regressions") {
		t.Run(e.Path, func(t *testing.T) {
			require.NotNil(t, e.File.Finding)
			require.NotNil(t, e.File.Transcript)
			var marks []corpus.Mark
			keys := map[string]bool{}
			for _, v := range JudgeFile(model.New(), e.File).Violations {
				marks = append(marks, Mark(v))
				keys[v.Key()] = true
			}
			assert.Equal(t, e.File.Marks, marks)
			assert.True(t, keys[e.File.Finding.Key()], "no violation %s among %v", e.File.Finding.Key(), keys)
		})
	}
}

// No regression is of a kind that goes to the maintainers of the server first:
// one that crashes, hangs or exhausts it.
func TestRegressionsAreHarmless(t *testing.T) {
	for _, e := range load(t, "regressions") {
		for _, x := range e.File.Transcript.Exchanges {
			assert.Contains(t, []model.End{model.Open, model.Closed, model.HungUp}, x.Reply.End, e.Path)
		}
		assert.NotContains(t, e.File.Finding.Rule, "panic", e.Path)
	}
}

// The embedded server still shows what the corpus has of it. When it is mended
// upstream, the trace stays and this list tells.
func TestRegressionsOnTheEmbeddedServer(t *testing.T) {
	d := memDriver(t)
	for _, e := range load(t, "regressions/mem") {
		r, err := d.Run(context.Background(), e.File.Trace)
		require.NoError(t, err)
		assert.True(t, slices.ContainsFunc(r.Violations, func(v model.Violation) bool { return v.Key() == e.File.Finding.Key() }),
			"%s: go-imap no longer shows %s", e.Path, e.File.Finding.Key())
	}
}

// The seeds are sessions as an ordinary client has them: no MUST is broken.
func TestSeedsOnTheEmbeddedServer(t *testing.T) {
	d := memDriver(t)
	for _, e := range load(t, "seeds") {
		r, err := d.Run(context.Background(), e.File.Trace)
		require.NoError(t, err)
		for _, v := range r.Violations {
			assert.NotEqual(t, model.MUST, v.Rule.Level, "%s: %s: got %s, want %s", e.Path, v.Key(), v.Got, v.Want)
		}
		for _, x := range r.Transcript.Exchanges {
			if x.Cmd != nil {
				assert.Equal(t, model.OK, x.Outcome(), "%s: step %d", e.Path, x.Step+1)
			}
		}
	}
}

// What is known of a server, for --known, is of rules that there are, and stands
// in the list of findings; and every regression is known.
func TestKnownFindingsAreListed(t *testing.T) {
	list, err := os.ReadFile("../corpus/FINDINGS.md")
	require.NoError(t, err)
	known := map[string]bool{}
	for _, name := range []string{"mem", "gomem1", "dovecot", "cyrus", "courier", "mailutils", "gluon"} {
		text, err := os.ReadFile("../corpus/known/" + name + ".txt")
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			key, _, _ := strings.Cut(line, "#")
			if key = strings.TrimSpace(key); key == "" {
				continue
			}
			known[name+" "+key] = true
			rule, _, _ := strings.Cut(key, "/")
			id, _, _ := strings.Cut(rule, ":")
			assert.NotNil(t, model.RuleByID(id), key)
			assert.Contains(t, string(list), id, "%s is not in the list", key)
		}
	}
	for _, server := range []string{"mem", "dovecot", "cyrus", "courier", "mailutils"} {
		for _, e := range load(t, "regressions/"+server) {
			assert.True(t, known[server+" "+e.File.Finding.Key()], "%s: %s is not in known/%s.txt", e.Path, e.File.Finding.Key(), server)
		}
	}
}
