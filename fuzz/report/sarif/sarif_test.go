package sarif_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/fuzz/report/sample"
	"github.com/imapcheck/imapcheck/fuzz/report/sarif"
)

// log is what a reader makes of a report.
type log struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Rules []struct {
					ID, HelpURI          string
					Help                 struct{ Text string }
					DefaultConfiguration struct{ Level string }
				}
			}
		}
		Results     []result
		Invocations []struct {
			ExecutionSuccessful        bool
			ToolExecutionNotifications []struct {
				Level   string
				Message struct{ Text string }
			}
		}
	}
}

type result struct {
	RuleID              string
	RuleIndex           int
	Level               string
	Message             struct{ Text string }
	BaselineState       string
	PartialFingerprints map[string]string
	Suppressions        []struct{ Kind, Status string }
	Locations           []struct {
		PhysicalLocation *struct {
			ArtifactLocation struct{ URI string }
			Region           struct{ StartLine int }
		}
	}
}

// The schema is that of OASIS, errata 01.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("testdata/sarif-schema-2.1.0.json")
	require.NoError(t, err)
	return s
}

func read(t *testing.T, c *report.Campaign) (text string, l log) {
	t.Helper()
	b, err := sarif.Format(c)
	require.NoError(t, err)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	require.NoError(t, err)
	require.NoError(t, schema(t).Validate(v))
	again, err := sarif.Format(c)
	require.NoError(t, err)
	assert.Equal(t, string(b), string(again), "the same result gives the same octets")
	require.NoError(t, json.Unmarshal(b, &l))
	require.Len(t, l.Runs, 1)
	return string(b), l
}

func TestSchemaRefuses(t *testing.T) {
	for _, text := range []string{
		`{"version":"2.1.0"}`, `{"version":"2.0.0","runs":[]}`,
		`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[{"message":{"text":"x"},"level":"must"}]}]}`,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		require.NoError(t, err)
		assert.Error(t, schema(t).Validate(v), text)
	}
}

// few is a report without the rules that no result is of.
func few(t *testing.T, text string) string {
	t.Helper()
	var v map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &v))
	run := v["runs"].([]any)[0].(map[string]any)
	driver := run["tool"].(map[string]any)["driver"].(map[string]any)
	used := map[any]bool{}
	for _, r := range run["results"].([]any) {
		used[r.(map[string]any)["ruleId"]] = true
		delete(r.(map[string]any), "ruleIndex")
	}
	driver["rules"] = slices.DeleteFunc(driver["rules"].([]any), func(r any) bool { return !used[r.(map[string]any)["id"]] })
	b, err := json.MarshalIndent(v, "", "  ")
	require.NoError(t, err)
	return string(b) + "\n"
}

// The report of a fixed campaign, without the rules that no result is of, is that in
// testdata, which is rewritten if IMAPCHECK_UPDATE is set.
func TestGolden(t *testing.T) {
	got, _ := read(t, sample.Campaign())
	got = few(t, got)
	if os.Getenv("IMAPCHECK_UPDATE") != "" {
		require.NoError(t, os.WriteFile("testdata/campaign.sarif", []byte(got), 0o644))
	}
	want, err := os.ReadFile("testdata/campaign.sarif")
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "set IMAPCHECK_UPDATE=1 to accept this report")
}

func TestResults(t *testing.T) {
	c := sample.Campaign()
	_, l := read(t, c)
	run := l.Runs[0]
	require.Len(t, run.Results, len(c.Findings))
	for i, r := range run.Results {
		f := c.Findings[i]
		rule := run.Tool.Driver.Rules[r.RuleIndex]
		assert.Equal(t, f.Violation.Rule.ID, r.RuleID)
		assert.Equal(t, r.RuleID, rule.ID)
		assert.Equal(t, rule.DefaultConfiguration.Level, r.Level)
		assert.Equal(t, f.Key, r.PartialFingerprints["imapcheckKey/v1"])
		assert.Contains(t, r.Message.Text, f.Key)
		require.NotNil(t, r.Locations[0].PhysicalLocation)
		assert.Positive(t, r.Locations[0].PhysicalLocation.Region.StartLine)
	}
	rename, grammar, two, flags := run.Results[0], run.Results[1], run.Results[2], run.Results[3]
	assert.Equal(t, "https://www.rfc-editor.org/rfc/rfc3501#section-6.3.5", run.Tool.Driver.Rules[rename.RuleIndex].HelpURI)
	assert.Contains(t, run.Tool.Driver.Rules[rename.RuleIndex].Help.Text, "RFC 3501 6.3.5 at level MUST, on RENAME.")
	assert.Equal(t, []string{"error", "new"}, []string{rename.Level, rename.BaselineState})
	assert.Empty(t, rename.Suppressions)
	assert.Equal(t, "findings/grammar-0123456789ab.trace", grammar.Locations[0].PhysicalLocation.ArtifactLocation.URI)
	assert.Equal(t, "findings/two%20connections.trace", two.Locations[0].PhysicalLocation.ArtifactLocation.URI)
	assert.NotEqual(t, grammar.PartialFingerprints, two.PartialFingerprints)

	assert.Equal(t, []string{"warning", "unchanged"}, []string{flags.Level, flags.BaselineState})
	require.Len(t, flags.Suppressions, 1)
	assert.Equal(t, "external", flags.Suppressions[0].Kind)
	assert.Equal(t, "known.txt", flags.Locations[0].PhysicalLocation.ArtifactLocation.URI)
	assert.Equal(t, 7, flags.Locations[0].PhysicalLocation.Region.StartLine)

	require.Len(t, run.Invocations[0].ToolExecutionNotifications, 2)
	assert.Equal(t, "fixed: state-gating/CHECK/Authenticated", run.Invocations[0].ToolExecutionNotifications[0].Message.Text)
	assert.Contains(t, run.Invocations[0].ToolExecutionNotifications[1].Message.Text, "unconfirmed: bye-before-close")
}

func TestNothingFound(t *testing.T) {
	text, l := read(t, sample.Clean())
	assert.Contains(t, text, `"results": []`, "an empty list says that it ran and found nothing")
	assert.False(t, l.Runs[0].Invocations[0].ExecutionSuccessful, "it was interrupted")
}

func TestNoFile(t *testing.T) {
	c := sample.Campaign()
	for _, f := range c.Findings {
		f.File = ""
	}
	c.KnownFile = ""
	_, l := read(t, c)
	for _, r := range l.Runs[0].Results {
		assert.Nil(t, r.Locations[0].PhysicalLocation)
	}
}

func TestHostile(t *testing.T) {
	text, l := read(t, sample.Hostile())
	for _, octet := range []string{"\x00", "\x1b", "\xff", "<script>"} {
		assert.NotContains(t, text, octet)
	}
	r := l.Runs[0].Results[0]
	assert.Contains(t, r.Message.Text, `\x00]]></pre></script>`)
	assert.NotContains(t, r.Locations[0].PhysicalLocation.ArtifactLocation.URI, "<")
}
