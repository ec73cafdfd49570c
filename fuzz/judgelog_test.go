package fuzz

import (
	"bytes"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/corpus/sessionlog"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
)

// judgeText is the ids of the rules that a log shows to be broken, in order, and each
// with the line.
func judgeText(text string) (ids []string, lines []int, err error) {
	_, err = JudgeLog(sessionlog.Read(strings.NewReader(text)), func(x sessionlog.Exchange, v model.Violation) {
		ids, lines = append(ids, v.ID()), append(lines, x.LineOf(v.Got))
	})
	return ids, lines, err
}

// evidence are all trace files with evidence under a folder, by name.
func evidence(t *testing.T, folder string) map[string]*corpus.File {
	files := map[string]*corpus.File{}
	root := os.DirFS(folder)
	require.NoError(t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".trace") {
			return err
		}
		b, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		f, err := corpus.ParseLenient(b)
		if err == nil && f.Transcript != nil {
			files[name] = f
		}
		return err
	}))
	return files
}

// full is what the whole judgement says of a trace file.
func full(f *corpus.File) []string {
	var ids []string
	for _, v := range JudgeFile(model.New(), f).Violations {
		ids = append(ids, v.ID())
	}
	return ids
}

// asLog are the logs that a session may be found in: exact, and, where no octet needs an
// escape, plain with the lines of literals as they are.
func asLog(t *corpus.File) []string {
	exact := string(sessionlog.Append(nil, *t.Transcript))
	if len(t.Transcript.Exchanges[0].Reply.Responses) == 0 || strings.Contains(exact, `\x`) {
		return []string{exact}
	}
	_, plain, _ := strings.Cut(exact, "\n")
	return []string{exact, plain, strings.ReplaceAll(plain, "\n", "\r\n")}
}

func TestLogsOfEvidenceShowNoMore(t *testing.T) {
	judged, same, unread := 0, 0, 0
	for _, folder := range []string{"../corpus/regressions", "../properties/scenarios/rules", "../properties/scenarios/clean"} {
		files := evidence(t, folder)
		require.NotEmpty(t, files)
		for name, f := range files {
			known := full(f)
			for i, log := range asLog(f) {
				ids, _, err := judgeText(log)
				if i > 0 && err != nil { // malformed octets behind a literal, in a log that is not exact
					assert.ErrorContains(t, err, "a literal should end before", name)
					unread++
					continue
				}
				require.NoError(t, err, name)
				judged++
				for _, id := range ids {
					same++
					assert.Contains(t, known, id, "%s, log %d:\n%s", name, i, log)
				}
			}
		}
	}
	assert.Greater(t, judged, 1000)
	assert.Less(t, unread, 20)
	assert.Greater(t, same, 100)
	t.Logf("%d logs, %d violations, %d not read", judged, same, unread)
}

var _ = slices.Sort[[]string]
var _ = bytes.Equal
var _ properties.Verdict
