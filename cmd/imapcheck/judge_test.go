package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const session = "S: * PREAUTH ready\nC: a SELECT INBOX\n" +
	"S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\nS: * 3 EXISTS\nS: * 0 RECENT\nS: * OK [UIDNEXT 9] next\n" +
	"S: * OK [PERMANENTFLAGS ()] kept\nS: * OK [UIDVALIDITY 7] valid\nS: a OK [READ-WRITE] done\n"

func TestReplayJudge(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) { require.NoError(t, os.WriteFile(name, []byte(text), 0o600)) }
	write("clean.log", session)
	write("broken.log", session+strings.Repeat("C: b FETCH 1 FLAGS\nS: * 3 EXPUNGE\nS: b OK done\nC: c NOOP\nS: * 3 EXISTS\nS: c OK done\n", 2))
	write("should.log", strings.Replace(session, " [READ-WRITE]", "", 1))
	write("corrupt.log", session+"what\n")
	write("x.in", "1.2 a NOOP\r\n")
	write("x.out", "1.1 * PREAUTH ready\r\n1.3 a OK done\r\n")
	for _, c := range []struct {
		args           []string
		status         int
		stdout, stderr string
	}{
		{[]string{"clean.log"}, exitClean, "clean.log: 0 violations in 1 command of 1 session\n", ""},
		{[]string{"x.in", "x.out"}, exitClean, "x.in: 0 violations in 1 command of 1 session\n", ""},
		{[]string{"clean.log", "broken.log"}, exitFound, "MUST expunge-when/FETCH/Selected  (RFC 3501 7.4.1), at broken.log:11\n", ""},
		{[]string{"broken.log"}, exitFound, "expunge-when/FETCH/Selected: seen 2 times\nbroken.log: 2 violations in 5 commands of 1 session\n", ""},
		{[]string{"should.log"}, exitFound, "SHOULD select-read-write-code/SELECT", ""},
		{[]string{"should.log", "--level", "must"}, exitClean, "should.log: 0 violations", ""},
		{[]string{"corrupt.log"}, exitTrouble, "", "imapcheck: corrupt.log: line 10: should begin with \"C:\" or \"S:\", got \"what\"\n"},
		{[]string{"missing.log"}, exitTrouble, "", "imapcheck: missing.log: open missing.log: no such file or directory\n"},
		{[]string{"x.in"}, exitTrouble, "", "imapcheck: x.in: line 1: should begin with \"C:\" or \"S:\", got \"1.2 a NOOP\"\n"},
	} {
		status, stdout, stderr := invoke(append([]string{"replay", "--judge"}, c.args...)...)
		assert.Equal(t, c.status, status, "%v\n%s", c.args, stdout)
		assert.Contains(t, stdout, c.stdout, c.args)
		assert.Equal(t, c.stderr, stderr, c.args)
	}
	status, _, stderr := invoke("replay", "--judge", "clean.log", "--target", "mem")
	assert.Equal(t, exitTrouble, status)
	assert.Contains(t, stderr, "[judge target]")
}

func TestReplayJudgeOfStandardInput(t *testing.T) {
	var out, errs strings.Builder
	status := run([]string{"replay", "--judge", "-"}, strings.NewReader(session), &out, &errs)
	assert.Equal(t, exitClean, status, errs.String())
	assert.Equal(t, "-: 0 violations in 1 command of 1 session\n", out.String())
}
