package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const badCheck = `imaptrace v1
fixture INBOX=0

S0: * OK ready
C0: CHECK
S0: OK done
!! state-gating step=1 command=CHECK state=NotAuthenticated  got: OK  want: BAD or NO
`

func TestReplayEvidence(t *testing.T) {
	files := found(t)
	status, stdout, stderr := invoke(append([]string{"replay"}, files...)...)
	assert.Equal(t, exitClean, status, stdout)
	assert.Empty(t, stderr)
	assert.Equal(t, len(files), strings.Count(stdout, ": ok: same "))
}

func TestReplayJudgementDiffers(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) { require.NoError(t, os.WriteFile(name, []byte(text), 0o600)) }
	write("same.trace", badCheck)
	write("lost.trace", strings.Replace(badCheck, "S0: OK done", "S0: BAD not now", 1))
	write("new.trace", badCheck[:strings.Index(badCheck, "!!")])
	write("brief.trace", badCheck[:strings.Index(badCheck, "!!")]+"!! state-gating step=1\n")
	for _, c := range []struct {
		name   string
		status int
		want   string
	}{
		{"same", exitClean, "same.trace: ok: same 1 violation\n"},
		{"brief", exitClean, "brief.trace: ok: same 1 violation\n"},
		{"lost", exitFound, "  - !! state-gating step=1 command=CHECK state=NotAuthenticated"},
		{"new", exitFound, "  + !! state-gating step=1 command=CHECK state=NotAuthenticated"},
	} {
		status, stdout, stderr := invoke("replay", c.name+".trace")
		assert.Equal(t, c.status, status, c.name)
		assert.Contains(t, stdout, c.want)
		assert.Empty(t, stderr)
	}
}

func TestReplayAgainstTarget(t *testing.T) {
	files := found(t)
	for _, name := range files {
		status, stdout, stderr := invoke("replay", name, "--target", "mem")
		assert.Equal(t, exitFound, status, stderr)
		assert.Contains(t, stdout, "    C: ")
		assert.Contains(t, stdout, " !! ")
	}
}

func TestReplayOfWhatIsRight(t *testing.T) {
	var out, errs strings.Builder
	bare := strings.NewReader("C0: LOGIN user pass\nC1: NOOP\n")
	status := run([]string{"replay", "-", "--target", "mem"}, bare, &out, &errs)
	assert.Equal(t, exitClean, status, errs.String())
	assert.Contains(t, out.String(), "    C0: LOGIN user pass\n    S0: OK")
	assert.Contains(t, out.String(), "    C1: NOOP\n    S1: OK")
	assert.Contains(t, out.String(), "\n0 violations\n")
}

func TestReplayLevel(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("a.trace", []byte("C0: LOGIN user pass\nC0: SELECT INBOX\n"), 0o600))
	status, _, _ := invoke("replay", "a.trace", "--target", "mem")
	assert.Equal(t, exitFound, status, "the FLAGS response of this server is against a SHOULD")
	status, _, _ = invoke("replay", "a.trace", "--target", "mem", "--level", "must")
	assert.Equal(t, exitClean, status)
}

func TestShrink(t *testing.T) {
	t.Chdir(t.TempDir())
	long := "C0: NOOP\nC0: LOGIN user pass\nC0: CREATE a\nC0: CREATE b\nC0: DELETE INBOX\nC0: LIST \"\" *\nC0: LOGOUT\n"
	require.NoError(t, os.WriteFile("long.trace", []byte(long), 0o600))
	status, stdout, stderr := invoke("shrink", "long.trace", "--target", "mem")
	require.Equal(t, exitClean, status, stderr)
	assert.Contains(t, stdout, "delete-inbox/DELETE/Authenticated")
	assert.Contains(t, stdout, "shrunk from 7 commands to 2")
	files, err := filepath.Glob("delete-inbox-*.trace")
	require.NoError(t, err)
	require.Len(t, files, 1, "beside the old one")
	text, err := os.ReadFile(files[0])
	require.NoError(t, err)
	assert.Contains(t, string(text), "found: from=long.trace target=mem version=v2.0.0-beta.8 confirmed=5/5\n")

	status, stdout, _ = invoke("shrink", files[0], "--target", "mem", "--save", "elsewhere")
	assert.Equal(t, exitClean, status)
	assert.Contains(t, stdout, "is minimal already")
	assert.NoDirExists(t, "elsewhere")

	other := strings.Replace(string(text), "DELETE INBOX", "NOOP", 1)
	other = other[:strings.Index(other, "S0:")] + "C0: NOOP\n"
	require.NoError(t, os.WriteFile("mended.trace", []byte(other), 0o600))
	status, _, stderr = invoke("shrink", "mended.trace", "--target", "mem")
	assert.Equal(t, exitTrouble, status)
	assert.Equal(t, "imapcheck: mended.trace: mem does not show delete-inbox/DELETE/Authenticated\n", stderr)
}
