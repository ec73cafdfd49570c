package report_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
)

// judged is the transcript of a trace file, and how it broke one rule.
func judged(t *testing.T, text, rule string) (model.Transcript, model.Violation) {
	t.Helper()
	f, err := corpus.ParseLenient([]byte(text))
	require.NoError(t, err)
	violations := properties.Judge(model.New(), *f.Transcript).Violations
	i := slices.IndexFunc(violations, func(v model.Violation) bool { return v.Rule.ID == rule })
	require.GreaterOrEqual(t, i, 0, "%v", violations)
	return *f.Transcript, violations[i]
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("x", 70)
	for name, c := range map[string]struct{ rule, in, want string }{
		"what matters of a long answer": {
			"flags-list-system",
			"S0: * PREAUTH a\nC0: SELECT INBOX\nS0: * 0 EXISTS\nS0: * 0 RECENT\nS0: * OK [UIDVALIDITY 1] a\nS0: * OK [UIDNEXT 1] a\n" +
				"S0: * FLAGS ()\nS0: * OK [PERMANENTFLAGS ()] a\nS0: OK done\n",
			"    S: * PREAUTH a\n    C: SELECT INBOX\n    S: ... (4 more)\n !! S: * FLAGS ()\n    S: * OK [PERMANENTFLAGS ()] a\n    S: OK done\n",
		},
		"a caret below the octet": {
			"grammar",
			"S0: * OK a\nC0: CAPABILITY\nS0: * CAPABILITY IMAP4rev1 \\x01\nS0: OK done\n",
			"    C: CAPABILITY\n !! S: * CAPABILITY IMAP4rev1 \\x01\n                              ^\n    S: OK done\n",
		},
		"a caret far to the right": {
			"grammar",
			"S0: * OK a\nC0: CAPABILITY\nS0: * CAPABILITY IMAP4rev1 " + long + " \\x01\nS0: OK done\n",
			"    C: CAPABILITY\n !! S: ..." + strings.Repeat("x", 25) + " \\x01\n                                    ^\n    S: OK done\n",
		},
		"how a connection ended": {
			"bye-before-close",
			"S0: * OK a\nC0: NOOP\nE0: closed\n",
			"    C: NOOP\n !! S: (closes the connection)\n",
		},
		"several connections, one twice": {
			"grammar",
			"S0: * OK a\nC0: LOGOUT\nS0: * BYE a\nS0: OK a\nE0: closed\nO0:\nS0: * OK a\nC0: NOOP\nS0: OK a\nS1: hello\nE1: closed\nC1: NOOP\n",
			"    C0: LOGOUT\n    S0: * BYE a\n    S0: OK a\n    S0: (closes the connection)\n    C0: (connects again)\n    S0: * OK a\n" +
				"    C0: NOOP\n    S0: OK a\n !! S1: hello\n             ^\n    S1: (closes the connection)\n",
		},
		"commands that overlap": {
			"fetch-number",
			"S0: * PREAUTH a\nC0: SELECT INBOX\nS0: * 0 EXISTS\nS0: * 0 RECENT\nS0: * OK [UIDVALIDITY 1] a\nS0: * OK [UIDNEXT 1] a\n" +
				"S0: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\nS0: * OK [PERMANENTFLAGS (\\Deleted)] a\nS0: OK [READ-WRITE] a\nS1: * PREAUTH a\n" +
				"C0: NOOP\nC1: NOOP\nS1: OK b\nC1: CREATE a\nS0: * 5 FETCH (FLAGS ())\nS0: OK a\nC0: NOOP\nS1: OK c\nS0: OK a\n",
			"    S0: * PREAUTH a\n    C0: SELECT INBOX\n    S0: ... (6 more)\n    S0: OK [READ-WRITE] a\n    C0: NOOP\n    S1: * PREAUTH a\n" +
				"    C1: NOOP\n    S1: OK b\n    C1: CREATE a\n !! S0: * 5 FETCH (FLAGS ())\n    S0: OK a\n    C0: NOOP\n    S0: OK a\n    S1: OK c\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			transcript, violation := judged(t, c.in, c.rule)
			got := report.Style{Width: report.LeastWidth}.Excerpt(transcript, violation)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestLinesAreClipped(t *testing.T) {
	message := strings.Repeat(`line\x0D\x0A`, 20)
	transcript, violation := judged(t, "S0: * PREAUTH a\nC0: APPEND INBOX {120}\\x0D\\x0A"+message+
		"\nS0: + go\nS0: OK "+strings.Repeat("y", 99)+"\nC0: CHECK\nS0: OK a\n", "state-gating")
	got := report.Style{Width: report.LeastWidth}.Excerpt(transcript, violation)
	assert.Contains(t, got, "    C: APPEND INBOX {120}\n       line\n       ... (140 octets in all)\n       line\n    S: + go\n")
	for line := range strings.Lines(got) {
		assert.LessOrEqual(t, len(line)-1, report.LeastWidth)
	}
	whole := report.Style{Width: report.LeastWidth}.Session(transcript, []model.Violation{violation})
	assert.Contains(t, whole, strings.Repeat("y", 99))
	assert.Equal(t, 20, strings.Count(whole, "       line\n"))
}

func TestWrap(t *testing.T) {
	word := strings.Repeat("x", 18)
	s := report.Style{Width: 1} // three words and the indent
	assert.Equal(t, word+" "+word+" "+word+"\n  "+word, s.Wrap(strings.Repeat(" "+word, 4), "  "))
	assert.Equal(t, report.PlainWidth, report.Style{}.Columns())
	assert.Equal(t, "a\\x0D\\x0Ab", report.Printable("a\r\nb"))
	assert.Equal(t, "abc...", report.Clip("abcdefghi", 6))
	assert.Equal(t, "abcdef", report.Clip("abcdef", 6))
}

func TestFinding(t *testing.T) {
	transcript, violation := judged(t, "S0: * OK a\nC0: NOOP\nE0: closed\n", "bye-before-close")
	f := &fuzz.Finding{Key: violation.Key(), Violation: violation, Transcript: transcript, FirstSteps: 40, FoundAt: 7,
		Trace: model.Trace{Steps: make([]model.Step, 1)}, Confirmed: 5, Tries: 5}
	want := `MUST bye-before-close/NOOP/NotAuthenticated  (RFC 3501 3.4)
  A server that closes the connection has sent an untagged BYE with the reason.

    C: NOOP
 !! S: (closes the connection)

  got:     ` + violation.Got + `
  want:    ` + violation.Want + `
  seen:    confirmed 5/5, shrunk from 40 commands to 1, first seen at command 7
`
	assert.Equal(t, want, report.Style{}.Finding(f, ""))
	f.File, f.Crash = "a.trace", "panic: oh\ngoroutine 1"
	assert.Equal(t, strings.Replace(want, "  seen:", "  panic:   panic: oh\n  seen:", 1)+"  file:    a.trace\n  replay:  again\n",
		report.Style{}.Finding(f, "again"))
	assert.Contains(t, report.Style{Colour: true}.Finding(f, ""), "\x1b[1;31mMUST\x1b[0m")
	assert.Equal(t, report.Style{}.Finding(f, "imapcheck replay a.trace"), report.Failure(f)+"\n")
	f.File = ""
	assert.NotContains(t, report.Failure(f), "replay")
}
