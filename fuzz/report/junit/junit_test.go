package junit_test

import (
	"encoding/xml"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/fuzz/report/junit"
	"github.com/imapcheck/imapcheck/fuzz/report/sample"
	"github.com/imapcheck/imapcheck/model"
)

// suites is what a reader makes of a report.
type suites struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Skipped  int `xml:"skipped,attr"`
	Suites   []struct {
		Name  string     `xml:"name,attr"`
		Tests int        `xml:"tests,attr"`
		Cases []testcase `xml:"testcase"`
	} `xml:"testsuite"`
}

type testcase struct {
	Name    string  `xml:"name,attr"`
	Class   string  `xml:"classname,attr"`
	Failure *result `xml:"failure"`
	Skipped *result `xml:"skipped"`
	Out     string  `xml:"system-out"`
}

type result struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func read(t *testing.T, c *report.Campaign) (text string, all suites, cases map[string]testcase) {
	t.Helper()
	b, err := junit.Format(c)
	require.NoError(t, err)
	require.NoError(t, xml.Unmarshal(b, &all), "%s", b)
	again, err := junit.Format(c)
	require.NoError(t, err)
	assert.Equal(t, string(b), string(again), "the same result gives the same octets")
	cases = map[string]testcase{}
	for _, s := range all.Suites {
		assert.Len(t, s.Cases, s.Tests, s.Name)
		for _, tc := range s.Cases {
			assert.Equal(t, s.Name, tc.Class)
			assert.NotContains(t, cases, tc.Name, "a rule is in one suite")
			cases[tc.Name] = tc
		}
	}
	assert.Len(t, cases, all.Tests)
	return string(b), all, cases
}

var (
	one    = regexp.MustCompile(`(?s)\t\t<testcase .*?</testcase>\n`)
	counts = regexp.MustCompile(`(tests|skipped)="\d+"`)
)

// The report of a fixed campaign, without the rules of which nothing is said, is that in
// testdata, which is rewritten if IMAPCHECK_UPDATE is set.
func TestGolden(t *testing.T) {
	got, _, _ := read(t, sample.Campaign())
	got = one.ReplaceAllStringFunc(got, func(text string) string {
		if strings.Contains(text, "<failure") || strings.Contains(text, "<system-out") {
			return text
		}
		return ""
	})
	got = counts.ReplaceAllString(got, `$1="N"`)
	if os.Getenv("IMAPCHECK_UPDATE") != "" {
		require.NoError(t, os.MkdirAll("testdata", 0o777))
		require.NoError(t, os.WriteFile("testdata/campaign.xml", []byte(got), 0o644))
	}
	want, err := os.ReadFile("testdata/campaign.xml")
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "set IMAPCHECK_UPDATE=1 to accept this report")
}

func TestCases(t *testing.T) {
	c := sample.Campaign()
	_, all, cases := read(t, c)
	for _, r := range model.Rules() {
		assert.Contains(t, cases, r.ID)
	}
	assert.Equal(t, 2, all.Failures)

	broken := cases["grammar"]
	require.NotNil(t, broken.Failure)
	assert.Contains(t, broken.Failure.Message, "RFC 3501 9")
	for _, f := range c.Those(false)[1:3] {
		assert.Contains(t, broken.Failure.Text, f.Key, "both findings")
		assert.Contains(t, broken.Failure.Text, "imapcheck replay "+report.ShellWord(f.File)+" --target mem")
	}
	known := cases["flags-list-system"]
	require.NotNil(t, known.Skipped)
	assert.Contains(t, known.Out, "known: flags-list-system/SELECT/Authenticated")
	assert.Equal(t, "fixed: state-gating/CHECK/Authenticated", cases["state-gating"].Out)
	assert.Contains(t, cases["bye-before-close"].Out, "unconfirmed: bye-before-close/NOOP/NotAuthenticated")
	assert.Nil(t, cases["bye-before-close"].Failure)
	idle := cases["search-matches"]
	require.NotNil(t, idle.Skipped, "no SEARCH was sent")
	assert.Contains(t, idle.Skipped.Message, "no command exercised it")

	c.Level = model.MUST
	_, _, cases = read(t, c)
	assert.Contains(t, cases["list-percent-levels"].Skipped.Message, "below the level")

	c.Overlap = true
	_, _, cases = read(t, c)
	for _, r := range model.OrderRules() {
		assert.NotNil(t, cases[r.ID].Skipped, r.ID)
	}
	assert.NotNil(t, cases["grammar"].Failure)
}

func TestHostile(t *testing.T) {
	text, _, cases := read(t, sample.Hostile())
	for _, octet := range []string{"\x00", "\x1b", "\xff"} {
		assert.NotContains(t, text, octet)
	}
	broken := cases["grammar"]
	require.NotNil(t, broken.Failure)
	assert.Contains(t, broken.Failure.Text, `\x00]]></pre></script><img src=x onerror=alert(1)>`, "it is data, and whole")
	assert.Contains(t, cases["grammar"].Out, "fixed: grammar:\n::error::</li><script>")
	assert.Equal(t, 1, strings.Count(text, "<failure "))
}
