package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// flagList is a list of flags, which a server may send in any order.
var flagList = regexp.MustCompile(`FLAGS \(([^()]*)\)`)

// steady takes out of a report what need not be the same in the next run.
func steady(text string) string {
	text = regexp.MustCompile(`, [0-9.]+ s \(\d+ commands/s\)`).ReplaceAllString(text, ", SECONDS")
	text = strings.ReplaceAll(text, programName()+" replay", "imapcheck replay")
	return flagList.ReplaceAllStringFunc(text, func(s string) string {
		words := strings.Fields(flagList.FindStringSubmatch(s)[1])
		slices.Sort(words)
		return "FLAGS (" + strings.Join(words, " ") + ")"
	})
}

// TestReport compares a small report with that in testdata, which is rewritten
// if IMAPCHECK_UPDATE is set.
func TestReport(t *testing.T) {
	golden, err := filepath.Abs("testdata/report.txt")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	status, stdout, stderr := invoke("fuzz", "--seed", "7", "--commands", "2000")
	assert.Equal(t, exitFound, status)
	assert.Contains(t, stderr, "fuzzing mem, seed 7, 2000 commands\n")
	got := steady(stdout)
	if os.Getenv("IMAPCHECK_UPDATE") != "" {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "set IMAPCHECK_UPDATE=1 to accept this report")

	for line := range strings.Lines(stdout) {
		if file, ok := strings.CutPrefix(line, "  file:    "); ok {
			assert.FileExists(t, strings.TrimSpace(file))
			assert.Contains(t, stderr, strings.TrimSpace(file), "announced")
		}
	}
	assert.NotContains(t, stdout+stderr, "\x1b", "no colour off a terminal")
}

// decoded is a report of --json without what may differ from run to run.
func decoded(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var report map[string]any
	require.NoError(t, json.Unmarshal(text, &report))
	assert.Positive(t, report["seconds"])
	delete(report, "seconds")
	for _, f := range report["findings"].([]any) {
		assert.NotEmpty(t, f.(map[string]any)["got"])
		delete(f.(map[string]any), "got")
	}
	return report
}

func TestSameSeedSameFindings(t *testing.T) {
	var reports []map[string]any
	for range 2 {
		t.Chdir(t.TempDir())
		status, stdout, stderr := invoke("fuzz", "--seed", "7", "--commands", "2000", "--json", "-")
		assert.Equal(t, exitFound, status)
		assert.Contains(t, stderr, "Summary", "the text goes to standard error")
		reports = append(reports, decoded(t, []byte(stdout)))
	}
	for _, r := range reports {
		for _, f := range r["findings"].([]any) {
			delete(f.(map[string]any), "crash") // it numbers goroutines
		}
	}
	assert.Equal(t, reports[0], reports[1])

	r := reports[0]
	assert.EqualValues(t, 7, r["seed"])
	assert.EqualValues(t, 2000, r["commands"])
	assert.Equal(t, "mem", r["target"].(map[string]any)["name"])
	coverage := r["coverage"].(map[string]any)
	for _, name := range []string{"transitions", "rules"} {
		assert.Positive(t, coverage[name].(map[string]any)["total"], name)
	}
	findings := r["findings"].([]any)
	require.NotEmpty(t, findings)
	for _, f := range findings {
		f := f.(map[string]any)
		assert.Contains(t, []any{"5/5", "2/2"}, f["confirmed"], "a hang is confirmed twice")
		assert.Len(t, f["trace"], int(f["steps"].(float64)))
		assert.Equal(t, false, f["known"])
		assert.FileExists(t, f["file"].(string))
	}
}

func TestKnown(t *testing.T) {
	t.Chdir(t.TempDir())
	campaign := []string{"fuzz", "--commands", "1000", "--seed", "2"} // which shows nothing new in shrinking
	status, first, stderr := invoke(append(campaign, "--json", "report.json", "--write-known", "known.txt")...)
	require.Equal(t, exitFound, status, stderr)

	text, err := os.ReadFile("known.txt")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	assert.Regexp(t, `(?m)^\S+/[^/]+/\w+ +  # RFC 3501 [\d.]+, (MUST|SHOULD)$`, string(text))
	assert.True(t, slices.IsSorted(lines[1:]))

	for _, known := range []string{"known.txt", "report.json"} {
		status, stdout, stderr := invoke(append(campaign, "--known", known, "--save", "again")...)
		assert.Equal(t, exitClean, status, stderr)
		assert.Contains(t, stdout, "Known before")
		assert.NotContains(t, stdout, "replay:")
		assert.NotContains(t, stdout, "not seen")
		saved, err := os.ReadDir("again")
		assert.NoError(t, err)
		assert.Empty(t, saved, "what is known is not saved again")
	}

	require.NoError(t, os.WriteFile("fewer.txt", []byte(strings.Join(lines[2:], "\r\n")), 0o600))
	status, stdout, _ := invoke(append(campaign, "--known", "fewer.txt")...)
	assert.Equal(t, exitFound, status)
	assert.Equal(t, 1, strings.Count(stdout, "replay:"))
	assert.Greater(t, strings.Count(first, "replay:"), 1)

	require.NoError(t, os.WriteFile("more.txt", append(text, "valid-not-bad/UID COPY/Selected  # not in this server\n"...), 0o600))
	status, stdout, _ = invoke(append(campaign, "--known", "more.txt")...)
	assert.Equal(t, exitClean, status)
	assert.Contains(t, stdout, "not seen     valid-not-bad/UID COPY/Selected\n")
}

func TestLevel(t *testing.T) {
	t.Chdir(t.TempDir())
	_, should, _ := invoke("fuzz", "--commands", "400")
	_, must, _ := invoke("fuzz", "--commands", "400", "--level", "MUST")
	assert.Contains(t, should, "\nSHOULD ")
	assert.NotContains(t, must, "\nSHOULD ")
	assert.Contains(t, must, "\nMUST ")
}

func TestNothingSaved(t *testing.T) {
	t.Chdir(t.TempDir())
	status, stdout, _ := invoke("fuzz", "--commands", "400", "--save", "", "--no-shrink", "--sessions", "2")
	assert.Equal(t, exitFound, status)
	assert.NotContains(t, stdout, "file:")
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	assert.Empty(t, entries)
}

func TestPreauth(t *testing.T) {
	files := found(t, "mem:preauth")
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Contains(t, string(text), "* PREAUTH")
	}
	status, stdout, _ := invoke(append([]string{"replay", "--target", "mem:preauth"}, files...)...)
	assert.Equal(t, exitFound, status)
	assert.Equal(t, len(files), strings.Count(stdout, ".trace on mem:preauth"))
	assert.NotContains(t, stdout, "\n0 violations")
	status, stdout, _ = invoke(append([]string{"replay"}, files...)...)
	assert.Equal(t, exitClean, status, stdout)
}
