package fuzz

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/corpus/sessionlog"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// judgeText is the ids of the rules that a log shows to be broken, in order, and each
// with the line.
func judgeText(text string) (ids []string, lines []int, err error) {
	_, err = JudgeLog(sessionlog.Read(strings.NewReader(text)), func(x sessionlog.Exchange, v model.Violation) {
		ids, lines = append(ids, v.ID()), append(lines, x.LineOf(v.Got))
	})
	return ids, lines, err
}

// evidence are all trace files with evidence under a folder, by name.
func evidence(t *testing.T, folder string) map[string]*corpus.File {
	files := map[string]*corpus.File{}
	root := os.DirFS(folder)
	require.NoError(t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".trace") {
			return err
		}
		b, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		f, err := corpus.ParseLenient(b)
		if err == nil && f.Transcript != nil {
			files[name] = f
		}
		return err
	}))
	return files
}

// full is what the whole judgement says of a trace file.
func full(f *corpus.File) []string {
	var ids []string
	for _, v := range JudgeFile(model.New(), f).Violations {
		ids = append(ids, v.ID())
	}
	return ids
}

// asLog are the logs that a session may be found in: exact, and, where no octet needs an
// escape, plain with the lines of literals as they are.
func asLog(t *corpus.File) []string {
	exact := string(sessionlog.Append(nil, *t.Transcript))
	if len(t.Transcript.Exchanges[0].Reply.Responses) == 0 || strings.Contains(exact, `\x`) {
		return []string{exact}
	}
	_, plain, _ := strings.Cut(exact, "\n")
	return []string{exact, plain, strings.ReplaceAll(plain, "\n", "\r\n")}
}

func TestLogsOfEvidenceShowNoMore(t *testing.T) {
	judged, same, unread := 0, 0, 0
	for _, folder := range []string{"../corpus/regressions", "../properties/scenarios/rules", "../properties/scenarios/clean"} {
		files := evidence(t, folder)
		require.NotEmpty(t, files)
		for name, f := range files {
			known := full(f)
			for i, log := range asLog(f) {
				ids, _, err := judgeText(log)
				if i > 0 && err != nil { // malformed octets behind a literal, in a log that is not exact
					assert.ErrorContains(t, err, "a literal should end before", name)
					unread++
					continue
				}
				require.NoError(t, err, name)
				judged++
				for _, id := range ids {
					same++
					assert.Contains(t, known, id, "%s, log %d:\n%s", name, i, log)
				}
			}
		}
	}
	assert.Greater(t, judged, 1000)
	assert.Less(t, unread, 20)
	assert.Greater(t, same, 100)
	t.Logf("%d logs, %d violations, %d not read", judged, same, unread)
}

// TestLogsGiveTheTranscriptBack compares the exchanges of exact logs with those that they
// were made of. A command whose literal was refused is as long as it was sent.
func TestLogsGiveTheTranscriptBack(t *testing.T) {
	compared := 0
	for _, folder := range []string{"../corpus/regressions", "../properties/scenarios/rules", "../properties/scenarios/clean"} {
		for name, f := range evidence(t, folder) {
			if !plain(*f.Transcript) {
				continue
			}
			var want, got []string
			for _, x := range f.Transcript.Exchanges {
				want = append(want, logged(x))
			}
			for x, err := range sessionlog.Read(strings.NewReader(string(sessionlog.Append(nil, *f.Transcript)))) {
				require.NoError(t, err)
				require.False(t, x.Loose)
				got = append(got, logged(x.Exchange))
			}
			assert.ElementsMatch(t, want, got, name) // the order is kept on each connection
			compared++
		}
	}
	assert.Greater(t, compared, 400)
}

// logged is what a log keeps of an exchange.
func logged(x model.Exchange) string {
	text := x.Tag
	if x.Cmd != nil {
		text += " " + wire.FormatCommand(x.Cmd)
	}
	for _, r := range x.Reply.Responses {
		text += "\n" + r.Raw
	}
	return text
}

// plain reports whether a log keeps all of a transcript: each command was completed, in
// its usual spelling and after all of it was sent, and nothing is malformed.
func plain(t model.Transcript) bool {
	for _, x := range t.Exchanges {
		if _, raw := x.Cmd.(model.Raw); raw || x.Cmd != nil && x.Outcome() == model.NoStatus || x.Sent != "" || len(x.Reply.Responses) == 0 {
			return false
		}
		asked := 0
		for _, r := range x.Reply.Responses {
			if r.Syntax != nil {
				return false
			}
			if r.Tag == "+" {
				asked++
			} else if x.Cmd != nil && r.Tag != "*" && r.Tag != x.Tag {
				return false
			}
		}
		switch c := x.Cmd.(type) {
		case model.Authenticate:
			if asked != len(c.Lines) {
				return false
			}
		case model.StartTLS:
			if c.Behind != nil {
				return false
			}
		case nil:
		default:
			if parts := wire.Chunks(wire.AppendCommand(nil, x.Tag, c)); asked < len(parts)-1 {
				return false
			}
		}
	}
	return true
}

// selected is the beginning of a session that has a mailbox of three messages selected.
const selected = `S: * OK ready
C: a1 LOGIN mary ****
S: a1 OK in
C: a2 SELECT INBOX
S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
S: * 3 EXISTS
S: * 0 RECENT
S: * OK [PERMANENTFLAGS (\Seen \Deleted)] flags kept
S: * OK [UIDNEXT 40] next
S: * OK [UIDVALIDITY 7] valid
S: a2 OK [READ-WRITE] done
`

func TestJudgeLog(t *testing.T) {
	for _, c := range []struct {
		name, log string
		want      string // rule and line, "" for nothing
	}{
		{"a number out of range", "C: b FETCH 4 FLAGS\nS: * 4 FETCH (FLAGS ())\nS: b OK done\n", "fetch-number:13"},
		{"one that a new message has", "C: b FETCH 4 FLAGS\nS: * 4 EXISTS\nS: * 4 FETCH (FLAGS ())\nS: b OK done\n", ""},
		{"a mailbox that shrinks", "C: b NOOP\nS: * 2 EXISTS\nS: b OK done\n", "exists-never-shrinks:13"},
		{"one that shrinks by EXPUNGE", "C: b NOOP\nS: * 3 EXPUNGE\nS: * 2 EXISTS\nS: b OK done\n", ""},
		{"EXPUNGE of what is not there", "C: b NOOP\nS: * 3 EXPUNGE\nS: * 3 EXPUNGE\nS: b OK done\n", "expunge-number:14"},
		{"EXPUNGE in answer to FETCH", "C: b FETCH 1 FLAGS\nS: * 3 EXPUNGE\nS: b OK done\n", "expunge-when:13"},
		{"EXPUNGE in answer to UID FETCH", "C: b UID FETCH 1 FLAGS\nS: * 3 EXPUNGE\nS: b OK done\n", ""},
		{"EXPUNGE with another command in progress", "C: b FETCH 1 FLAGS\nC: c NOOP\nS: * 3 EXPUNGE\nS: b OK done\nS: c OK done\n", ""},
		{"EXPUNGE at no command", "C: b NOOP\nS: b OK done\nS: * 3 EXPUNGE\n", "expunge-when:14"},
		{"EXPUNGE while idle", "C: b IDLE\nS: + idling\nS: * 3 EXPUNGE\nC: DONE\nS: b OK done\n", ""},
		{"EXPUNGE for a client that wants to know", "C: b NOTIFY SET (SELECTED (MessageNew MessageExpunge))\nS: b OK done\nS: * 3 EXPUNGE\nC: c SELECT INBOX (CONDSTORE)\nS: * 2 EXISTS\nS: c OK done\nS: * 2 EXPUNGE\n", ""},
		{"EXPUNGE of a command that is not in the log", "C: b NOOP\nS: b OK done\nS: * 3 EXPUNGE\nS: c OK done\n", ""},
		{"UIDs that descend", "C: b FETCH 1:2 UID\nS: * 1 FETCH (UID 9)\nS: * 2 FETCH (UID 8)\nS: b OK done\n", "uid-ascending:14"},
		{"a UID that changes", "C: b FETCH 1 UID\nS: * 1 FETCH (UID 9)\nS: * 1 FETCH (UID 10)\nS: b OK done\n", "uid-stable:14"},
		{"a UID behind an EXPUNGE", "C: b UID FETCH 1:* UID\nS: * 1 FETCH (UID 9)\nS: * 2 FETCH (UID 10)\nS: * 1 EXPUNGE\nS: * 1 FETCH (UID 10)\nS: b OK done\n", ""},
		{"a UID that is used again", "C: b UID FETCH 1:* UID\nS: * 3 FETCH (UID 9)\nS: * 3 EXPUNGE\nS: * 3 EXISTS\nS: * 3 FETCH (UID 9)\nS: b OK done\n", "uid-fresh:16"},
		{"a date that changes", "C: b FETCH 1 INTERNALDATE\nS: * 1 FETCH (INTERNALDATE \" 1-Jan-2026 10:00:00 +0000\")\nS: * 1 FETCH (INTERNALDATE \" 1-Jan-2026 10:00:01 +0000\")\nS: b OK done\n", "date-kept:12"},
		{"a date in another zone", "C: b FETCH 1 INTERNALDATE\nS: * 1 FETCH (INTERNALDATE \" 1-Jan-2026 10:00:00 +0000\")\nS: * 1 FETCH (INTERNALDATE \" 1-Jan-2026 11:00:00 +0100\")\nS: b OK done\n", ""},
		{"a search for what is not there", "C: b SEARCH ALL\nS: * SEARCH 1 4\nS: b OK done\n", "search-number:13"},
		{"a search that finds news", "C: b SEARCH ALL\nS: * SEARCH 1 4\nS: * 4 EXISTS\nS: b OK done\n", ""},
		{"messages and flags that others left", "C: b FETCH 1 (FLAGS UID)\nS: * 1 FETCH (FLAGS (\\Seen) UID 3)\nS: b OK done\nC: c FETCH 1 FLAGS\nS: * 9 EXISTS\nS: * 2 RECENT\nS: * 1 FETCH (FLAGS (\\Deleted $Junk))\nS: c OK done\n", ""},
		{"a login in a mailbox", "C: b LOGIN mary pass\nS: b OK in\n", "state-gating:13"},
		{"CLOSE, and a FETCH", "C: b CLOSE\nS: b OK done\nC: c FETCH 1 FLAGS\nS: * 1 FETCH (FLAGS ())\nS: c OK done\n", "state-gating:16"},
		{"an extension that may do anything", "C: b UNAUTHENTICATE\nS: b OK done\nC: c LOGIN mary pass\nS: c OK in\n", ""},
		{"extensions that do nothing to the state", "C: b ID NIL\nS: * ID NIL\nS: b OK done\nC: c COMPRESS DEFLATE\nS: c OK go\nC: d CLOSE\nS: d OK done\nC: e CHECK\nS: e OK done\n", "state-gating:20"},
		{"QRESYNC", "C: b SELECT INBOX (QRESYNC (7 3))\nS: * 2 EXISTS\nS: * VANISHED (EARLIER) 1:9\nS: * 2 FETCH (UID 12 FLAGS () MODSEQ (8))\nS: b OK [READ-WRITE] done\nC: c NOOP\nS: * 1 EXISTS\nS: c OK done\n", "exists-never-shrinks:18"},
		{"STATUS without an answer", "C: b STATUS a (MESSAGES)\nS: b OK done\n", "status-answers:12"},
		{"NOOP that fails", "C: b NOOP\nS: b NO not now\n", "always-succeeds:13"},
		{"a grammar of its own", "C: b NOOP\nS: * three EXISTS\nS: b OK done\n", "grammar:response-data:13"},
		{"names that extensions have", "C: b FETCH 1 (X-GM-MSGID)\nS: * 1 FETCH (X-GM-MSGID 12 UID 3)\nS: b OK done\nC: c STATUS a (MESSAGES FOO)\nS: * STATUS a (MESSAGES 3 FOO 4)\nS: c OK done\nC: d NOOP\nS: * 1 UIDFETCH (FLAGS ())\nS: d OK done\n", ""},
		{"names that nobody has asked for", "C: b FETCH 1 FLAGS\nS: * 1 FETCH (X-GM-MSGID 12 UID 3)\nS: b OK done\n", "grammar:msg-att:13"},
		{"UTF-8", "C: b ENABLE UTF8=ACCEPT\nS: * ENABLED UTF8=ACCEPT\nS: b OK done\nC: c LIST \"\" *\nS: * LIST () \"/\" \"\xc3\xa9\"\nS: c OK done\n", ""},
		{"UTF-8 that was not enabled", "C: c LIST \"\" *\nS: * LIST () \"/\" \"\xc3\xa9\"\nS: c OK done\n", "grammar:QUOTED-CHAR:13"},
		{"the end", "C: b LOGOUT\nS: * BYE bye\nS: b OK done\n", ""},
		{"the end without BYE", "C: b LOGOUT\nS: b OK done\n", "logout-bye:12"},
		{"another session behind a lost connection", "S: * OK ready\nC: b LOGIN mary ****\nS: b OK in\nC: c CHECK\nS: c NO what\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ids, lines, err := judgeText(selected + c.log)
			require.NoError(t, err)
			var got []string
			for i, id := range ids {
				got = append(got, fmt.Sprintf("%s:%d", id, lines[i]))
			}
			assert.Equal(t, c.want, strings.Join(got, " "))
		})
	}
}

// TestJudgeLogInMidSession gives the end of sessions, from each line on: they show nothing
// that the whole does not show.
func TestJudgeLogInMidSession(t *testing.T) {
	judged := 0
	for name, f := range evidence(t, "../properties/scenarios/clean") {
		logs := asLog(f)
		if len(logs) < 2 {
			continue
		}
		known := full(f)
		lines := strings.SplitAfter(logs[1], "\n")
		for i := range lines {
			ids, _, err := judgeText(strings.Join(lines[i:], ""))
			if err != nil {
				continue // it begins in a literal
			}
			judged++
			for _, id := range ids {
				assert.Contains(t, known, id, "%s from line %d on", name, i+1)
			}
		}
	}
	assert.Greater(t, judged, 1000)
}

// busy is a session of n commands, that looks at messages, removes some and gets new ones.
func busy(n int) string {
	var b strings.Builder
	b.WriteString(strings.ReplaceAll(selected, "* 3 EXISTS", "* 1000 EXISTS"))
	for i := range n {
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "C: b%d FETCH %d (UID FLAGS)\nS: * %d FETCH (UID %d FLAGS (\\Seen))\nS: b%d OK done\n", i, 1000, 1000, 5000+i, i)
		case 1:
			fmt.Fprintf(&b, "C: b%d NOOP\nS: * %d EXPUNGE\nS: b%d OK done\n", i, 1+i%900, i)
		case 2:
			fmt.Fprintf(&b, "C: b%d APPEND INBOX {8}\nS: + go\nC: A: b\nC: \nC: \nS: * 1000 EXISTS\nS: b%d OK done\n", i, i)
		case 3:
			fmt.Fprintf(&b, "C: b%d FETCH 3 BODY[]\nS: * 3 FETCH (BODY[] {8}\nS: A: b\nS: \nS: )\nS: b%d OK done\n", i, i)
		}
	}
	return b.String()
}

func TestBusyLogIsClean(t *testing.T) {
	ids, _, err := judgeText(busy(4000))
	require.NoError(t, err)
	assert.Empty(t, ids)
}

// BenchmarkJudgeLog shows that a command costs the same in logs of any length.
func BenchmarkJudgeLog(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		text := busy(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				_, err := JudgeLog(sessionlog.Read(strings.NewReader(text)), func(sessionlog.Exchange, model.Violation) { b.Fail() })
				require.NoError(b, err)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/command")
		})
	}
}
