package corpus_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
)

func TestParseKnown(t *testing.T) {
	check, grammar := "state-gating/CHECK/Authenticated", "grammar:text/UID FETCH/Selected"
	want := map[string]bool{check: true, grammar: true}
	for name, text := range map[string]string{
		"a list":                 "# known\n\n" + check + "  # RFC 3501 3, MUST\r\n  " + grammar,
		"a report":               ` {"findings":[{"key":"` + check + `","steps":3},{"key":"` + grammar + `"}]}`,
		"what FormatKnown makes": string(corpus.FormatKnown(want)),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := corpus.ParseKnown([]byte(text))
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
	assert.Equal(t, "# Findings that are known: imapcheck fuzz --known THIS-FILE\n"+
		grammar+"   # RFC 3501 9, MUST\n"+check+"  # RFC 3501 3, MUST\n", string(corpus.FormatKnown(want)))
}

func TestParseKnownRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"\nno-such-rule/CHECK/Selected":         `line 2: there is no rule "no-such-rule"`,
		"state-gating/CHECK/Asleep":             `line 1: there is no state "Asleep"`,
		"state-gating":                          `line 1: "state-gating" is not RULE/COMMAND/STATE`,
		`{"findings":[{"key":"a"}]}`:            `finding 1: "a" is not RULE/COMMAND/STATE`,
		`{"rules":[]}`:                          "not a report of --json: it has no findings",
		`{"findings":[{"key":"a/CHECK/Logout"}`: "not a report of --json: unexpected end of JSON input",
	} {
		_, err := corpus.ParseKnown([]byte(text))
		assert.EqualError(t, err, want)
	}
}

func TestReadKnown(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.known")
	_, err := corpus.ReadKnown(name)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	require.NoError(t, os.WriteFile(name, []byte("x"), 0o600))
	_, err = corpus.ReadKnown(name)
	assert.EqualError(t, err, name+`: line 1: "x" is not RULE/COMMAND/STATE`)
}

func TestKnownFilesAreEmbedded(t *testing.T) {
	files, err := fs.Glob(corpus.Data, "known/*.txt")
	require.NoError(t, err)
	assert.Contains(t, files, "known/mem.txt")
	for _, name := range files {
		b, err := fs.ReadFile(corpus.Data, name)
		require.NoError(t, err)
		keys, err := corpus.ParseKnown(b)
		require.NoError(t, err, name)
		assert.NotEmpty(t, keys, name)
	}
}
