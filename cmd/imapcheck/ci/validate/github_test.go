package validate

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// faulty is a server with a bug, and faultKeys what is found.
const faulty = "reference?fault=logout-without-bye"

var faultKeys = []string{"logout-bye/LOGOUT/Authenticated", "logout-bye/LOGOUT/NotAuthenticated"}

// The scripts of the workflow, run as on GitHub: a night with new findings, one on which they
// are known, and one with trouble.
func TestGitHubNights(t *testing.T) {
	need(t, "jq")
	dir := project(t, "--target", faulty, "--shards", "2", "--commands", "1000")
	s := newService(t, dir)

	one := s.night("schedule")
	require.Len(t, one, 3)
	for i, e := range one[:2] {
		assert.True(t, e.failed, e.log)
		assert.Contains(t, e.log, "== Fuzz: 1\n")
		assert.Contains(t, e.log, "::error ", "an annotation")
		assert.Contains(t, e.summary, "**2 new**, 0 known")
		r := s.report(fmt.Sprintf("imapcheck.server.%d", i+1))
		assert.Equal(t, 1, r.Seed)
		require.Len(t, r.Findings, 2)
		assert.NotEmpty(t, files(t, filepath.Join(s.artifacts[fmt.Sprintf("imapcheck.server.%d", i+1)], "imapcheck-corpus/findings"), "logout-bye-*.trace"))
	}
	merge := one[2]
	require.False(t, merge.failed, merge.log)
	require.Len(t, s.sarif, 1)
	all, suppressed := results(t, s.sarif[0])
	assert.Equal(t, faultKeys, all, "what both shards found is there once")
	assert.Empty(t, suppressed)
	assert.Contains(t, merge.summary, "2 shards, ")
	assert.Contains(t, merge.summary, ": 2 new, 0 known")
	assert.Contains(t, merge.summary, "- `"+faultKeys[0]+"` MUST, RFC 3501 ")
	require.Equal(t, []string{"imapcheck.server.101.1"}, s.saved)
	merged := files(t, s.caches[s.saved[0]], "trace-*.trace")
	assert.NotEmpty(t, merged)
	assert.Len(t, files(t, filepath.Join(s.caches[s.saved[0]], "findings"), "*.trace"), 2, "one a key")

	// What is known is no news, and the corpus goes on from the last night's.
	known := filepath.Join(dir, ".imapcheck/known.txt")
	text := string(read(t, known)) + strings.Join(faultKeys, "\n") + "\n"
	require.NoError(t, os.WriteFile(known, []byte(text), 0o600))
	two := s.night("schedule")
	require.Len(t, two, 3)
	for _, e := range two {
		require.False(t, e.failed, e.log)
	}
	assert.Equal(t, 2, s.report("imapcheck.server.1").Seed)
	_, suppressed = results(t, s.sarif[0])
	assert.Equal(t, faultKeys, suppressed)
	assert.Contains(t, two[2].summary, ": 0 new, 2 known")
	require.Equal(t, []string{"imapcheck.server.101.1", "imapcheck.server.102.1"}, s.saved, "each night saves")
	assert.NotEmpty(t, files(t, s.caches[s.saved[1]], "trace-*.trace"))

	// A pull request is held to the same, and teaches nobody.
	three := s.night("pull_request")
	require.Len(t, three, 2)
	for _, e := range three {
		assert.False(t, e.failed, e.log)
	}
	assert.Len(t, s.saved, 2)

	// Trouble is no success either, and loses nothing.
	workflow := filepath.Join(dir, ".github/workflows/imapcheck.yml")
	broken := strings.Replace(string(read(t, workflow)), `"`+faulty+`"`, `"exec:false"`, 1)
	require.NoError(t, os.WriteFile(workflow, []byte(broken), 0o600))
	four := s.night("workflow_dispatch")
	require.Len(t, four, 3)
	for _, e := range four[:2] {
		assert.True(t, e.failed)
		assert.Contains(t, e.log, "== Fuzz: 2\n")
	}
	require.False(t, four[2].failed, four[2].log)
	assert.Contains(t, four[2].summary, "No shard has left a report.")
	assert.Equal(t, traces(t, s.caches[s.saved[1]]), traces(t, s.caches[s.saved[2]]))
	assert.Empty(t, s.sarif)

	// So it is when there is nothing to lose.
	s = newService(t, dir)
	five := s.night("schedule")
	require.Len(t, five, 3)
	for _, e := range five {
		assert.True(t, e.failed)
	}
	assert.Contains(t, five[2].log, "no shard has left a corpus")
	assert.Empty(t, s.saved)
}

// traces are the names of a corpus.
func traces(t *testing.T, dir string) (names []string) {
	t.Helper()
	for _, name := range files(t, dir, "*.trace") {
		names = append(names, filepath.Base(name))
	}
	return names
}

// The server is started, waited for, and started again when it dies.
func TestGitHubStartsTheServer(t *testing.T) {
	need(t, "jq")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	dir := project(t, "--server-command", "imapcheck serve --users 1 --listen "+address+" --fault logout-without-bye",
		"--target", "imap://"+address, "--shards", "1", "--commands", "2000", "--image", "imapd", "--", "--level", "must", "--timeout", "5s")
	s := newService(t, dir)
	list := s.night("schedule")
	require.Len(t, list, 2)
	assert.True(t, list[0].failed)
	assert.Contains(t, list[0].log, "== Start the server: 0\n")
	assert.Contains(t, list[0].log, "== Fuzz: 1\n")
	assert.False(t, list[1].failed, list[1].log)
	assert.Contains(t, string(read(t, filepath.Join(s.artifacts["imapcheck.server.1"], "server.log"))), "127.0.0.1")
	keys, _ := results(t, s.sarif[0])
	assert.Equal(t, faultKeys, keys)
}
