package annotation_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report/annotation"
	"github.com/imapcheck/imapcheck/fuzz/report/sample"
)

var ofRules = regexp.MustCompile(`\d+ of \d+ rules`)

// What is written of a fixed campaign is in testdata, which is rewritten if
// IMAPCHECK_UPDATE is set.
func TestGolden(t *testing.T) {
	for name, got := range map[string][]byte{
		"commands.txt": annotation.Commands(sample.Campaign()), "summary.md": annotation.Summary(sample.Campaign()),
		"hostile.txt": annotation.Commands(sample.Hostile()), "hostile.md": annotation.Summary(sample.Hostile()),
		"clean.md": annotation.Summary(sample.Clean()),
	} {
		got = ofRules.ReplaceAll(got, []byte("RULES of ALL rules"))
		if os.Getenv("IMAPCHECK_UPDATE") != "" {
			require.NoError(t, os.MkdirAll("testdata", 0o777))
			require.NoError(t, os.WriteFile("testdata/"+name, got, 0o644))
		}
		want, err := os.ReadFile("testdata/" + name)
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got), "%s: set IMAPCHECK_UPDATE=1 to accept it", name)
	}
	assert.Empty(t, annotation.Commands(sample.Clean()))
}

// A command is one line, whatever the server has sent: no other begins in it.
func TestHostileCommands(t *testing.T) {
	text := string(annotation.Commands(sample.Hostile()))
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	require.Len(t, lines, 2)
	head, data, ok := strings.Cut(strings.TrimPrefix(lines[0], "::"), "::")
	require.True(t, ok)
	command, properties, _ := strings.Cut(head, " ")
	assert.Equal(t, "error", command)
	list := strings.Split(properties, ",")
	require.Len(t, list, 3, "a comma in a value ends none")
	assert.True(t, strings.HasPrefix(list[0], "file=findings/a%2Cb%3Ac%25%0A]]>"), list[0])
	assert.Equal(t, "line=7", list[1])
	assert.Equal(t, "title=grammar%3A]]></script>\uFFFD\uFFFD[31m/A%2CB%3AC%25/Selected", list[2])
	assert.Contains(t, data, "%0Agot: ")
	assert.Contains(t, data, `\x1B[31m\xFF\xC3( ::error::%250A|`)
	assert.True(t, strings.HasPrefix(lines[1], "::notice title=fixed%3A grammar%3A%0A%3A%3Aerror"), lines[1])
	for _, octet := range []string{"\x00", "\x1b", "\xff", "\r"} {
		assert.NotContains(t, text, octet)
	}
}

func TestHostileSummary(t *testing.T) {
	text := string(annotation.Summary(sample.Hostile()))
	for _, octet := range []string{"<", "javascript:", "\x00", "\x1b", "\xff"} {
		assert.NotContains(t, text, octet)
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|") {
			assert.Equal(t, 5, strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"), "%s: four cells", line)
		}
	}
}

// GitHub cuts a summary that is too long.
func TestSummaryIsShort(t *testing.T) {
	c := sample.Campaign()
	for range 1000 {
		c.Findings = append(c.Findings, c.Findings[0])
		c.Fixed = append(c.Fixed, c.Fixed[0])
	}
	text := annotation.Summary(c)
	assert.Less(t, len(text), 100_000)
	assert.Contains(t, string(text), "**1003 new**, 1 known, 1001 fixed, 1 unconfirmed")
	assert.Contains(t, string(text), "and 903 more")
	assert.Contains(t, string(text), "and 901 more")
}

// A finding that was not saved has no place.
func TestNoFile(t *testing.T) {
	c := sample.Campaign()
	c.Findings = []*fuzz.Finding{c.Findings[0]}
	c.Findings[0].File = ""
	text := string(annotation.Commands(c))
	assert.True(t, strings.HasPrefix(text, "::error title=rename-inferiors/RENAME/Authenticated::"), text)
	assert.NotContains(t, text, "replay")
}
