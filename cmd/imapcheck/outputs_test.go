package main

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// allOutputs are the flags for every report, in files of the current folder.
var allOutputs = []string{"--json", "r.json", "--junit", "r.xml", "--sarif", "r.sarif", "--html", "r.html", "--write-known", "r.known", "--annotations"}

// news are the keys that are new, as each of the reports has them.
func news(t *testing.T, stdout string) map[string][]string {
	t.Helper()
	keys := map[string][]string{}
	var asJSON struct {
		Findings []struct {
			Key   string
			Known bool
		}
	}
	require.NoError(t, json.Unmarshal(file(t, "r.json"), &asJSON))
	for _, f := range asJSON.Findings {
		if !f.Known {
			keys["json"] = append(keys["json"], f.Key)
		}
	}
	var asSARIF struct {
		Runs []struct {
			Results []struct {
				BaselineState       string
				PartialFingerprints map[string]string
				Suppressions        []any
				Locations           []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine int }
					}
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(file(t, "r.sarif"), &asSARIF))
	for _, r := range asSARIF.Runs[0].Results {
		assert.Equal(t, r.BaselineState == "new", len(r.Suppressions) == 0)
		at := r.Locations[0].PhysicalLocation
		lines := strings.Split(string(file(t, at.ArtifactLocation.URI)), "\n")
		require.Less(t, at.Region.StartLine, len(lines))
		line := lines[at.Region.StartLine-1]
		if r.BaselineState == "new" {
			keys["sarif"] = append(keys["sarif"], r.PartialFingerprints["imapcheckKey/v1"])
			assert.Regexp(t, `^[SEC]\d: `, line, "an answer")
		} else {
			assert.Contains(t, line, r.PartialFingerprints["imapcheckKey/v1"], "where it is known")
		}
	}
	key := regexp.MustCompile(`(?m)^(?:MUST|SHOULD) (\S+/[^/]+/\w+) {2}\(RFC`)
	var asXML struct {
		Suites []struct {
			Cases []struct {
				Failure string `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal(file(t, "r.xml"), &asXML))
	for _, s := range asXML.Suites {
		for _, c := range s.Cases {
			for _, m := range key.FindAllStringSubmatch(c.Failure, -1) {
				keys["junit"] = append(keys["junit"], m[1])
			}
		}
	}
	for _, m := range regexp.MustCompile(`<article id="[^"]*">\n<h4>.*<a class="key"[^>]*>([^<]*)</a>`).FindAllStringSubmatch(string(file(t, "r.html")), -1) {
		keys["html"] = append(keys["html"], m[1])
	}
	for _, m := range regexp.MustCompile(`(?m)^::(?:error|warning) .*title=([^:]*)::`).FindAllStringSubmatch(stdout, -1) {
		keys["annotations"] = append(keys["annotations"], strings.NewReplacer("%3A", ":", "%2C", ",", "%25", "%").Replace(m[1]))
	}
	return keys
}

func file(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return b
}

// All reports say the same: all that was found when nothing is known, and the one that is
// not known.
func TestReportsAgree(t *testing.T) {
	t.Chdir(t.TempDir())
	campaign := append([]string{"fuzz", "--commands", "1000", "--seed", "1"}, allOutputs...)
	status, stdout, stderr := invoke(campaign...)
	require.Equal(t, exitFound, status, stderr)
	all := news(t, stdout)
	require.Greater(t, len(all["json"]), 3)
	for name, keys := range all {
		assert.ElementsMatch(t, all["json"], keys, name)
	}
	assert.Len(t, all, 5)

	lines := strings.SplitAfter(string(file(t, "r.known")), "\n")
	key := strings.Fields(lines[2])[0]
	require.NoError(t, os.WriteFile("known.txt", []byte(strings.Join(append(lines[:2:2], lines[3:]...), "")), 0o600))
	status, stdout, stderr = invoke(append(campaign, "--known", "known.txt")...)
	require.Equal(t, exitFound, status, stderr)
	for name, keys := range news(t, stdout) {
		assert.Equal(t, []string{key}, keys, name)
	}
	assert.Len(t, news(t, stdout), 5)

	require.NoError(t, os.Rename("r.json", "known.json"))
	status, stdout, stderr = invoke(append(campaign, "--known", "known.json")...)
	require.Equal(t, exitClean, status, stderr)
	assert.Empty(t, news(t, stdout))
}

// Three nights: with two faults that are known and a new one, with all of them known, and with
// one of them mended.
func TestNights(t *testing.T) {
	t.Chdir(t.TempDir())
	const day, list, status = "grammar:date-day-fixed/FETCH/Selected", "list-matches/LIST/Authenticated", "grammar:status-att-list/STATUS/Authenticated"
	const three, two = "reference?fault=day-unpadded+list-percent-crosses+status-commas", "reference?fault=day-unpadded+status-commas"
	spend := func(target string, want int) (stdout string) {
		args := append([]string{"fuzz", target, "--commands", "3000", "--corpus", "c", "--known", "known.txt"}, allOutputs...)
		got, stdout, stderr := invoke(args...)
		require.Equal(t, want, got, stderr)
		return stdout
	}
	require.NoError(t, os.WriteFile("known.txt", []byte(day+"\n"+list+"\n"), 0o600))
	stdout := spend(three, exitFound)
	first := news(t, stdout)
	assert.Len(t, first, 5)
	for name, keys := range first {
		assert.Equal(t, []string{status}, keys, name)
	}

	require.NoError(t, os.WriteFile("known.txt", []byte(day+"\n"+list+"\n"+status+"\n"), 0o600))
	assert.Empty(t, news(t, spend(three, exitClean)))

	found, _, stderr := invoke("fuzz", three, "--commands", "3000", "--corpus", "c2") // a trace of each
	require.Equal(t, exitFound, found, stderr)
	require.NoError(t, os.RemoveAll("c"))
	require.NoError(t, os.Rename("c2", "c"))
	stdout = spend(two, exitClean)
	assert.Empty(t, news(t, stdout))
	assert.Contains(t, stdout, "  fixed        "+list+"\n")
	for _, report := range []string{"r.json", "r.sarif", "r.html", "r.xml"} {
		assert.Regexp(t, `(?s)[Ff]ixed.*`+list, string(file(t, report)), report)
	}
	assert.NotContains(t, stdout, "not seen     "+list)
}

// "explore" has the same reports, and a run whose connections overlap.
func TestReportsOfOthers(t *testing.T) {
	for _, args := range [][]string{
		{"explore", "mem", "--depth", "1"}, {"explore", "mem", "--cover", "transitions"},
		{"fuzz", "--concurrent", "--commands", "300", "--sessions", "2"},
	} {
		t.Chdir(t.TempDir())
		status, _, stderr := invoke(append(args, allOutputs...)...)
		require.NotEqual(t, exitTrouble, status, stderr)
		var all struct{ Runs, Findings, Fixed []any }
		require.NoError(t, json.Unmarshal(file(t, "r.json"), &all))
		assert.NotNil(t, all.Fixed)
		require.NoError(t, json.Unmarshal(file(t, "r.sarif"), &all))
		require.NoError(t, xml.Unmarshal(file(t, "r.xml"), &struct{}{}))
		assert.Contains(t, string(file(t, "r.html")), "</html>")
	}
}

func TestReportsAfterInterrupt(t *testing.T) {
	t.Chdir(t.TempDir())
	var out strings.Builder
	stderr := onWrite{do: func() { assert.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGINT)) }}
	status := run(append([]string{"fuzz", "--duration", "1h"}, allOutputs...), strings.NewReader(""), &out, &stderr)
	assert.NotEqual(t, exitTrouble, status, stderr.String())
	news(t, out.String())
	assert.Contains(t, string(file(t, "r.html")), "The run was interrupted")
	assert.Contains(t, string(file(t, "r.sarif")), `"executionSuccessful": false`)
	assert.Contains(t, string(file(t, "r.xml")), `<property name="interrupted" value="true">`)
	files, err := filepath.Glob(".imapcheck-*")
	require.NoError(t, err)
	assert.Empty(t, files)
}

// A report that cannot be written is told of in one line, and the others are there.
func TestReportThatCannotBeWritten(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.Mkdir("gone", 0o777))
	var out strings.Builder
	stderr := onWrite{do: func() { assert.NoError(t, os.Remove("gone")) }}
	status := run([]string{"fuzz", "--commands", "200", "--junit", "gone/r.xml", "--html", "r.html"}, strings.NewReader(""), &out, &stderr)
	assert.Equal(t, exitTrouble, status)
	assert.Contains(t, out.String(), "Summary")
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	assert.Contains(t, lines[len(lines)-1], "imapcheck: --junit: ")
	assert.Equal(t, 1, strings.Count(stderr.String(), "imapcheck: "))
	assert.Contains(t, string(file(t, "r.html")), "</html>")
}

func TestGitHub(t *testing.T) {
	t.Chdir(t.TempDir())
	campaign := []string{"fuzz", "--commands", "200"}
	_, stdout, _ := invoke(campaign...)
	assert.NotContains(t, stdout, "::error")
	t.Setenv(githubSummary, "summary.md")
	_, _, _ = invoke(campaign...)
	assert.NoFileExists(t, "summary.md", "it is of the annotations")

	t.Setenv(githubActions, "true")
	require.NoError(t, os.WriteFile("summary.md", []byte("before\n"), 0o600))
	words := map[string]bool{}
	for range 2 {
		_, stdout, _ = invoke(campaign...)
		m := regexp.MustCompile(`(?s)^::stop-commands::(\w{20,})\n(.*)\n::(\w+)::\n`).FindStringSubmatch(stdout)
		require.NotNil(t, m, stdout)
		assert.Equal(t, m[1], m[3])
		assert.Contains(t, m[2], "Summary", "what a server has sent is no command")
		words[m[1]] = true
		assert.Regexp(t, `(?m)^::error file=findings/[^,]+\.trace,line=\d+,title=`, stdout)
	}
	assert.Len(t, words, 2, "nobody can know it before")
	summary := string(file(t, "summary.md"))
	assert.True(t, strings.HasPrefix(summary, "before\n### imapcheck: mem "), summary)
	assert.Equal(t, 2, strings.Count(summary, "### imapcheck"), "each run adds to it")
	_, stdout, _ = invoke(append(campaign, "--annotations=false")...)
	assert.NotContains(t, stdout, "::error")
	assert.Equal(t, summary, string(file(t, "summary.md")))

	t.Setenv(githubSummary, "no/such/folder.md")
	status, _, stderr := invoke(campaign...)
	assert.Equal(t, exitTrouble, status)
	assert.Contains(t, stderr, "$GITHUB_STEP_SUMMARY: ")
	assert.NotContains(t, stderr, "fuzzing", "before the run")
}
