package properties_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
)

// matrixFile is the file of the matrix, keywordFile what it is held against.
const (
	matrixFile  = "requirements/rfc3501.txt"
	keywordFile = "requirements/keywords.txt"
)

// How many of the server's rows have to be checked, in per cent.
const (
	mustChecked   = 90.0
	shouldChecked = 75.0
)

// occurrence is a key word in a clause.
type occurrence struct{ clause, word string }

// The rows stand for every occurrence of every key word, and for no other.
func TestRequirementsCoverEveryKeyword(t *testing.T) {
	covered := map[occurrence]int{}
	for _, r := range requirements(t) {
		if r.Covers > 0 {
			covered[occurrence{r.Clause(), r.Word}] += r.Covers
		}
	}
	assert.Equal(t, keywords(t), covered)
}

func TestEveryRuleHasARequirement(t *testing.T) {
	of := properties.RequirementsOf(properties.Requirements())
	for _, r := range model.Rules() {
		if strings.HasPrefix(r.Clause, "RFC 3501 ") {
			assert.NotEmpty(t, of[r.ID], "no requirement of RFC 3501 is checked by the rule %s: %s", r.ID, r.Text)
		}
	}
}

func TestRequirementsNameWhatIsThere(t *testing.T) {
	tests := goTests(t)
	for _, r := range requirements(t) {
		for _, id := range r.Rules {
			assert.NotNil(t, model.RuleByID(id), "%s: there is no rule %s", r.ID, id)
		}
		for _, name := range r.Tests {
			assert.True(t, tests[name], "%s: there is no test %s", r.ID, name)
		}
	}
}

// A server's row is checked, or says why it is not; a client's row does neither.
func TestRequirementsAreAccountedFor(t *testing.T) {
	for _, r := range requirements(t) {
		accounted := len(r.Rules)+len(r.Tests) > 0 || r.Unchecked != ""
		assert.Equal(t, r.Binds != properties.Client, accounted, r.ID)
		if r.Word == properties.Plain {
			assert.Zero(t, r.Covers, r.ID)
		}
	}
}

func TestRequirementsAreChecked(t *testing.T) {
	s := properties.Summarize(properties.Requirements())
	t.Log("MUST: ", s.Must)
	t.Log("SHOULD: ", s.Should)
	assert.Equal(t, len(requirements(t)), s.Must.Rows+s.Should.Rows+s.Client)
	assert.GreaterOrEqual(t, s.Must.Percent(), mustChecked)
	assert.GreaterOrEqual(t, s.Should.Percent(), shouldChecked)
}

// The file is just what is printed of it, comments apart.
func TestRequirementFileIsCanonical(t *testing.T) {
	text := read(t, matrixFile)
	head, body := comments(text)
	clauses, err := properties.ParseRequirements(text)
	require.NoError(t, err)
	want := properties.FormatRequirements(clauses)
	if update {
		require.NoError(t, os.WriteFile(matrixFile, []byte(head+want), 0o644))
		return
	}
	assert.Equal(t, want, body, "IMAPCHECK_UPDATE=1 rewrites it")
	again, err := properties.ParseRequirements(want)
	require.NoError(t, err)
	assert.Equal(t, clauses, again)
}

func TestRequirementFileRefuses(t *testing.T) {
	const clause, row = "= 6.1.2 NOOP\n\n", "6.1.2-a  MUST  server\n    A sentence.\n"
	_, err := properties.ParseRequirements(clause + row)
	require.NoError(t, err)
	for _, c := range []struct{ text, want string }{
		{row, "line 1: a requirement before the first clause"},
		{"= 6.1.2\n", "line 1: a clause is a number and a title"},
		{clause + "    lost\n", "line 3: an indented line that belongs to no requirement"},
		{clause + row + "\n    lost\n", "line 6: an indented line that belongs to no requirement"},
		{clause + "6.1.2-a MUST server\n", "line 3: a requirement is: id, word, party"},
		{clause + "6.1.2-a  must  server\n", `line 3: there is no word "must"`},
		{clause + "6.1.2-a  MUST as MAY  server\n", `line 3: there is no level "MAY"`},
		{clause + "6.1.2-a  MUST  proxy\n", `line 3: there is no party "proxy"`},
		{clause + "6.1.2-a  MUST    server\n", `line 3: there is no party ""`},
		{clause + "6.1.2-a  MUST  server  covers -1\n", `line 3: "covers -1" is not`},
		{clause + "6.1.2-a  MUST  server  2\n", `line 3: "2" is not`},
		{clause + "6.1.3-a  MUST  server\n", "line 3: 6.1.3-a is not of clause 6.1.2"},
		{clause + row + row, "line 5: there are two of 6.1.2-a"},
		{clause + "6.1.2-a  MUST  server\n", "line 3: 6.1.2-a has no sentence"},
		{clause + "6.1.2-a  MUST  server\n\n" + row, "line 4: 6.1.2-a has no sentence"},
		{clause + row + "      more\n", "line 5: a line that goes on nothing"},
		{clause + row + "    rules: a\n      b\n", "line 6: a line that goes on nothing"},
		{clause + row + "    rules: a\n    rules: b\n", "line 6: a list that is empty, or there twice"},
		{clause + row + "    rules: a\n    B.\n", `line 6: there is no field here: "B."`},
		{clause + row + "    unchecked: a\n    unchecked: b\n", "line 6: a field is there twice"},
		{clause + row + "     five\n", "line 5: lines are indented by 4 spaces"},
	} {
		_, err := properties.ParseRequirements(c.text)
		if assert.Error(t, err, c.text) {
			assert.Contains(t, err.Error(), c.want)
		}
	}
}

// requirements are the rows of the matrix.
func requirements(t *testing.T) []properties.Requirement {
	t.Helper()
	var list []properties.Requirement
	for _, c := range properties.Requirements() {
		list = append(list, c.Requirements...)
	}
	require.NotEmpty(t, list)
	return list
}

// keywords is the table of the key words of the RFC.
func keywords(t *testing.T) map[occurrence]int {
	t.Helper()
	line := regexp.MustCompile(`^([0-9.]+) ((?:MUST|SHALL|SHOULD)(?: NOT)?|REQUIRED|RECOMMENDED) ([1-9]\d*)$`)
	_, body := comments(read(t, keywordFile))
	table := map[occurrence]int{}
	for l := range strings.Lines(body) {
		m := line.FindStringSubmatch(strings.TrimSuffix(l, "\n"))
		require.NotNil(t, m, l)
		key := occurrence{m[1], m[2]}
		require.Zero(t, table[key], l)
		n, err := strconv.Atoi(m[3])
		require.NoError(t, err)
		table[key] = n
	}
	return table
}

// comments splits a text behind the comments, and empty lines, that it begins with.
func comments(text string) (head, rest string) {
	rest = text
	for strings.HasPrefix(rest, "#") || strings.HasPrefix(rest, "\n") {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	return text[:len(text)-len(rest)], rest
}

// goTests are the names of the tests of the module, fuzz targets included.
func goTests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w*)\(`)
	for _, f := range sources(t) {
		if !f.test() {
			continue
		}
		for _, m := range declared.FindAllStringSubmatch(read(t, filepath.Join("..", filepath.FromSlash(f.name))), -1) {
			names[m[1]] = true
		}
	}
	return names
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}
