package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// keysOf are the keys of a report's findings, in order.
func keysOf(report map[string]any) (list []string) {
	for _, f := range report["findings"].([]any) {
		list = append(list, f.(map[string]any)["key"].(string))
	}
	return list
}

func TestExploreCovers(t *testing.T) {
	for _, c := range []struct{ args, all string }{
		{"--cover transitions", "\n  suite        all 511 transitions\n"},
		{"--cover transitions --vary 3 --suites 3", "\n  suite        all 511 transitions, seeds 3 to 5\n"},
		{"--cover wp --no-shrink", " sequences of the partial W-method for 0 states more\n"},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Chdir(t.TempDir())
			args := append([]string{"explore", "mem"}, strings.Fields(c.args)...)
			status, stdout, stderr := invoke(append(args, "--write-known", "known.txt")...)
			assert.Equal(t, exitFound, status, stderr)
			assert.Contains(t, stdout, c.all)
			assert.Contains(t, stdout, "MUST state-gating/CHECK/NotAuthenticated  (RFC 3501 3)")
			assert.NotEmpty(t, contents(t, "findings"))

			status, again, stderr := invoke(append(args, "--known", "known.txt", "--jobs", "3")...)
			assert.Equal(t, exitClean, status, stderr)
			assert.Contains(t, again, c.all)
		})
	}
}

// What is run is what "corpus generate" writes.
func TestExploreCoversWhatIsGenerated(t *testing.T) {
	t.Chdir(t.TempDir())
	suite := []string{"--cover", "pairs", "--steps", "100", "--vary", "2"}
	_, generated, _ := invoke(append([]string{"corpus", "generate", "--save", "a"}, suite...)...)
	_, stdout, _ := invoke(append([]string{"explore", "mem", "--json", "-"}, suite...)...)
	report := decoded(t, []byte(stdout))
	assert.Contains(t, generated, fmt.Sprintf("%v traces of %v commands for mem", report["traces"], report["commands"]))
	assert.Contains(t, generated, " 43984 pairs\n")
	assert.Equal(t, map[string]any{"cover": "pairs", "extra": 0., "seed": 2., "of": 43984., "run": []any{43984.}, "all": true}, report["suite"])
}

func TestExploreSaysWhatIsNotCovered(t *testing.T) {
	t.Chdir(t.TempDir())
	status, stdout, stderr := invoke("explore", "mem", "--cover", "pairs", "--vary", "1", "--suites", "9", "--duration", "1s", "--level", "must")
	assert.Equal(t, exitFound, status, stderr)
	assert.Regexp(t, `suite        \d+ of 43984 pairs of transitions, seed 1; none, seeds 2 to 9: not all`, stdout)
}

func TestExploreCoverUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ args, want string }{
		{"mem --cover all", "--cover all: it is one of transitions, pairs, wp"},
		{"mem --cover=", "--cover: say what is to be covered"},
		{"mem --cover pairs --depth 2", "--depth means nothing with --cover"},
		{"mem --cover pairs --begin login", "--begin means nothing with --cover"},
		{"mem --cover pairs --plain", "--plain means nothing with --cover"},
		{"mem --cover pairs --sessions 2", "--sessions means nothing with --cover"},
		{"mem --cover pairs --messages 2", "--messages means nothing with --cover"},
		{"mem --cover pairs --extra 1", "--extra: only --cover wp has a use for it"},
		{"mem --cover pairs --suites 2", "--suites 2: without --vary all are the same"},
		{"mem --cover pairs --suites 0", "--suites 0: one suite or more"},
		{"mem --vary 1", "--vary means nothing without --cover"},
		{"--cover pairs", "--cover means nothing without a TARGET"},
	} {
		status, stdout, stderr := invoke(append([]string{"explore"}, strings.Fields(c.args)...)...)
		assert.Equal(t, exitTrouble, status, c.args)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, c.want)
	}
}

// A suite leaves nothing to chance but the arguments: so many of them find what the fuzzer
// does, and more.
func TestSuitesFindWhatTheFuzzerFinds(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute")
	}
	t.Chdir(t.TempDir())
	_, stdout, stderr := invoke("explore", "mem", "--cover", "pairs", "--vary", "1", "--suites", "5", "--jobs", "2", "--save", "", "--json", "-")
	report := decoded(t, []byte(stdout))
	suites := keysOf(report)
	require.Equal(t, true, report["suite"].(map[string]any)["all"], stderr)
	_, stdout, _ = invoke("fuzz", "mem", "--save", "", "--json", "-")
	fuzzer := keysOf(decoded(t, []byte(stdout)))
	t.Logf("the suites show %d keys in %v commands, the fuzzer %d", len(suites), report["commands"], len(fuzzer))
	assert.Greater(t, len(fuzzer), 40)
	assert.Subset(t, suites, fuzzer)
}
