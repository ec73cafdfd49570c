package main

import (
	"bufio"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rewritten is a server on loopback that hands everything on to another one, and
// its lines back as a function rewrites them.
func rewritten(t *testing.T, spec string, rewrite func(line string) string) string {
	t.Helper()
	return listen(t, func(c net.Conn) {
		server, err := net.Dial("tcp", strings.TrimPrefix(spec, "imap://"))
		if err != nil {
			return
		}
		defer server.Close()
		go func() {
			_, _ = io.Copy(server, c)
			server.Close()
		}()
		in := bufio.NewReader(server)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			if _, err := io.WriteString(c, rewrite(line)); err != nil {
				return
			}
		}
	})
}

// anonymous takes out of a report what is another in each run.
func anonymous(text string) string {
	text = regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(text, "127.0.0.1:PORT")
	text = regexp.MustCompile(`, [0-9.]+ s\n`).ReplaceAllString(text, ", SECONDS\n")
	text = regexp.MustCompile(`"seconds": [0-9.]+`).ReplaceAllString(text, `"seconds": SECONDS`)
	text = regexp.MustCompile(`"version": ".*"`).ReplaceAllString(text, `"version": "VERSION"`)
	return strings.ReplaceAll(text, programName()+" diff", "imapcheck diff")
}

// differing are a server and one that is not quite the same.
func differing(t *testing.T) []string {
	t.Helper()
	spec := memServer(t, "user", "pass")
	other := rewritten(t, memServer(t, "user", "pass"), strings.NewReplacer("[READ-ONLY]", "[READ-WRITE]", "OK SUBSCRIBE", "NO SUBSCRIBE").Replace)
	return []string{"diff", spec, other, "--seed", "3", "--commands", "600", "--password", "pass", "--timeout", "2s"}
}

// TestDiffReport compares reports with those in testdata, which are rewritten if
// IMAPCHECK_UPDATE is set.
func TestDiffReport(t *testing.T) {
	text, err := filepath.Abs("testdata/diff.txt")
	require.NoError(t, err)
	asJSON, err := filepath.Abs("testdata/diff.json")
	require.NoError(t, err)
	args := differing(t)
	t.Chdir(t.TempDir())
	status, stdout, stderr := invoke(append(args, "--save", "traces", "--json", "report.json")...)
	assert.Equal(t, exitFound, status, stderr)
	assert.Contains(t, stderr, "comparing imap://")
	assert.Contains(t, stderr, "violation MUST examine-read-only-code/EXAMINE/Authenticated  traces/examine-read-only-code-")
	report, err := os.ReadFile("report.json")
	require.NoError(t, err)
	for golden, got := range map[string]string{text: anonymous(stdout), asJSON: anonymous(string(report))} {
		if os.Getenv("IMAPCHECK_UPDATE") != "" {
			require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		assert.Equal(t, string(want), got, "set IMAPCHECK_UPDATE=1 to accept this report")
	}

	saved, err := filepath.Glob("traces/*.trace")
	require.NoError(t, err)
	require.Len(t, saved, 2)
	status, stdout, _ = invoke("diff", args[1], args[2], "--password", "pass", "--trace", saved[0], "--trace", saved[1])
	assert.Equal(t, exitFound, status)
	assert.Contains(t, stdout, "2 violation, 0 unknown, 1 freedom")
	assert.Contains(t, stdout, "--trace "+saved[0])
	assert.NotContains(t, stdout, "first seen at command")
}

func TestDiffKnown(t *testing.T) {
	args := differing(t)
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("known.txt", []byte("examine-read-only-code/EXAMINE/Authenticated # reported\n"), 0o600))
	status, stdout, stderr := invoke(append(args, "--known", "known.txt")...)
	assert.Equal(t, exitClean, status, stderr)
	assert.Contains(t, stdout, "Known before")
	assert.Contains(t, stdout, "2 violation (2 known), 0 unknown, 1 freedom")

	status, stdout, stderr = invoke(append(args, "--json", "-")...)
	assert.Equal(t, exitFound, status)
	assert.True(t, strings.HasPrefix(stdout, "{\n"))
	assert.Contains(t, stderr, "Summary", "the text goes to standard error")
}

func TestDiffOfOneServer(t *testing.T) {
	t.Chdir(t.TempDir())
	status, stdout, stderr := invoke("diff", "mem", "mem:preauth", "mem", "--commands", "2000", "--sessions", "2")
	assert.Equal(t, exitClean, status, stderr)
	assert.Contains(t, stdout, "0 violation, 0 unknown, 0 freedom")
	assert.Regexp(t, `(?m)^  C            mem \* OK`, stdout)
	left, err := os.ReadDir(".")
	require.NoError(t, err)
	assert.Empty(t, left, "nothing is saved unless asked for")
}
