package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const aScript = "state: created\n\nok status $mailbox (messages)\n* status $mailbox (messages 0)\n"

// imported is the trace file that a script becomes.
func imported(t *testing.T, text string) string {
	t.Helper()
	put(t, "in/script", text)
	status, stdout, stderr := invoke("corpus", "import", "in/script", "--save", "out")
	require.Equal(t, exitClean, status, stderr)
	file, _, _ := strings.Cut(strings.TrimPrefix(stdout, "in/script: "), "\n")
	return file
}

func TestImportScripts(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "in/a", aScript)
	put(t, "in/b", "messages: all\n\n!ifenv IMAPCHECK_NOT_SET\n!endif\nok append\n!sleep 1s\n* 2 exists\n")
	put(t, "in/b.mbox", "From x Mon Jan  6 03:04:05 2020\na: b\n\nc\n")
	put(t, "in/c", "go test fuzz v1\n[]byte(\"abc\")\n")
	put(t, "in/d", "conections: 2\n\nok noop\n")
	put(t, "in/e", "\nok noop\n")
	put(t, "in/.hidden", "nothing")
	status, stdout, stderr := invoke("corpus", "import", "in")
	assert.Equal(t, exitTrouble, status)
	assert.Equal(t, strings.Join([]string{
		`imapcheck: in/b:3: note: !ifenv IMAPCHECK_NOT_SET: it is not set`,
		`imapcheck: in/b:6: note: !sleep 1s: a trace does not wait`,
		`imapcheck: in/d:1: no line of a header begins like "conections: 2"`,
		`imapcheck: in/e:1: it needs messages: there is neither a e.mbox nor a default.mbox with any`,
		""}, "\n"), stderr)
	assert.Contains(t, stdout, "\n5 files for mem: 3 written to corpus-import, 0 there already, 2 failed\n")

	put(t, "in/default.mbox", "From x\na: b\n\nc\n")
	status, stdout, _ = invoke("corpus", "import", "in/e", "in/a", "in/b.mbox")
	assert.Equal(t, exitClean, status)
	assert.Contains(t, stdout, "\n2 files: 1 written to corpus-import, 1 there already\n", "no server is asked")

	// With the same commands, and something else expected, it is another file.
	put(t, "in/a", aScript+"! bye\n")
	_, stdout, _ = invoke("corpus", "import", "in/a")
	assert.Contains(t, stdout, "\n1 file: 1 written to corpus-import, 0 there already\n")
}

func TestImportMailbox(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "a", aScript)
	status, stdout, stderr := invoke("corpus", "import", "a", "--mailbox", "INBOX/x", "--save", "out")
	require.Equal(t, exitClean, status, stderr)
	file, _, _ := strings.Cut(strings.TrimPrefix(stdout, "a: "), "\n")
	_, stdout, _ = invoke("replay", file, "--target", "reference", "--assertions")
	assert.Contains(t, stdout, "    C: CREATE INBOX/x\n")
	assert.Contains(t, stdout, "\n6 expectations: 6 met, 0 not\n")
	for _, name := range []string{"", "a b", "\u00e9", "a\n"} {
		status, _, stderr = invoke("corpus", "import", "a", "--mailbox", name)
		assert.Equal(t, exitTrouble, status)
		assert.Contains(t, stderr, ": the name of scripts' mailbox is an atom\n")
	}
}

func TestReplayScript(t *testing.T) {
	t.Chdir(t.TempDir())
	file := imported(t, aScript)
	status, stdout, stderr := invoke("replay", file, "--target", "reference", "--assertions")
	assert.Equal(t, exitClean, status, stderr)
	assert.Contains(t, stdout, "\n6 expectations: 6 met, 0 not\n0 violations\n")
}

// What a script expects and the model does not is told, and is a violation only if asked.
func TestReplayWrongScript(t *testing.T) {
	t.Chdir(t.TempDir())
	file := imported(t, strings.Replace(aScript, "messages 0", "messages 1", 1))
	const want = `?? script:4 step=5
   script:  * status $mailbox (messages 1)
   server:  no such response among 1 untagged
   model:   content: either may be wrong
6 expectations: 5 met, 1 not
0 violations
`
	status, stdout, _ := invoke("replay", file, "--target", "reference")
	assert.Equal(t, exitClean, status)
	assert.Contains(t, stdout, want)
	status, stdout, _ = invoke("replay", file, "--target", "reference", "--assertions")
	assert.Equal(t, exitFound, status)
	assert.Contains(t, stdout, want)
}

// Where the model is not content, that is told beside what the script says.
func TestReplayScriptAndModel(t *testing.T) {
	t.Chdir(t.TempDir())
	for script, want := range map[string]string{
		"no delete INBOX\n":             "   model:   not content, either: delete-inbox\n",
		"\"\" delete INBOX\n":           "?? step=4: the script is content where the model says delete-inbox: either may be wrong\n",
		"capabilities: X\n":             "",
		"\"\" delete {{{\nINBOX\n}}}\n": "?? step=4: the script is content where",
	} {
		if strings.HasPrefix(script, "cap") {
			script, want = script+"state: auth\n\nok delete INBOX\n", "?? nothing more is expected: script:1: the server has no X\n"
		} else {
			script = "state: auth\n\n" + script
		}
		status, stdout, _ := invoke("replay", imported(t, script), "--target", "mem", "--level", "must")
		assert.Equal(t, exitFound, status, script)
		assert.Contains(t, stdout, want, script)
	}
}

func TestReplayScriptOffline(t *testing.T) {
	t.Chdir(t.TempDir())
	const evidence = "imaptrace v1\nfixture INBOX=0\n\nS0: * OK ready\nC0: NOOP\n?? x:1 ok\n?? x:2 %\nS0: OK done\n"
	for what, c := range map[string]struct {
		status, strict int
		want           string
	}{
		"! bye":         {exitClean, exitClean, "2 expectations: 2 met, 0 not\n"},
		"* 1 exists":    {exitClean, exitFound, "?? x:2 step=1\n   script:  * 1 exists\n   server:  no such response among 0 untagged\n"},
		"wish for more": {exitTrouble, exitTrouble, ""},
	} {
		put(t, "a.trace", strings.Replace(evidence, "%", what, 1))
		status, stdout, stderr := invoke("replay", "a.trace")
		assert.Equal(t, c.status, status, stderr)
		assert.Contains(t, stdout, c.want)
		status, _, _ = invoke("replay", "a.trace", "--assertions")
		assert.Equal(t, c.strict, status)
	}
	files, err := filepath.Glob("*.trace")
	require.NoError(t, err)
	assert.Len(t, files, 1)
}
