package concurrent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
)

// opened begins two sessions on INBOX with messages 1 and 2, the first of which has read
// it alone.
var opened = `S0: * PREAUTH a
C0: SELECT INBOX
` + strings.ReplaceAll(selected, "Sx", "S0") + `C0: UID FETCH 1:* (FLAGS RFC822.SIZE)
S0: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 10)
S0: * 2 FETCH (UID 2 FLAGS () RFC822.SIZE 20)
S0: OK a
S1: * PREAUTH b
C1: SELECT INBOX
` + strings.ReplaceAll(selected, "Sx", "S1") + `C1: UID FETCH 1:* (FLAGS)
S1: * 1 FETCH (UID 1 FLAGS ())
S1: * 2 FETCH (UID 2 FLAGS ())
S1: OK b
`

const selected = `Sx: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
Sx: * 2 EXISTS
Sx: * 0 RECENT
Sx: * OK [UIDVALIDITY 9] a
Sx: * OK [UIDNEXT 3] a
Sx: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft)] a
Sx: OK [READ-WRITE] a
`

// left has both log out.
const left = `C0: LOGOUT
S0: * BYE a
S0: OK a
E0: closed
C1: LOGOUT
S1: * BYE b
S1: OK b
E1: closed
`

// read is what a third session, alone, then sees of INBOX.
func read(messages ...string) string {
	text := "S2: * PREAUTH c\nC2: SELECT INBOX\n" + strings.ReplaceAll(selected, "Sx", "S2") + "C2: UID FETCH 1:* (FLAGS RFC822.SIZE)\n"
	text = strings.Replace(text, "* 2 EXISTS", "* "+string(rune('0'+len(messages)))+" EXISTS", 1)
	for i, m := range messages {
		uid, flags, _ := strings.Cut(m, " ")
		text += "S2: * " + string(rune('1'+i)) + " FETCH (UID " + uid + " FLAGS (" + flags + ") RFC822.SIZE " + uid + "0)\n"
	}
	return text + "S2: OK c\n"
}

// listed is what a third session, alone, is told of names.
func listed(verb string, names ...string) string {
	text := "S2: * PREAUTH c\nC2: " + verb + " \"\" \"*\"\n"
	for _, n := range names {
		text += "S2: * " + verb + " () \"/\" " + n + "\n"
	}
	return text + "S2: OK c\n"
}

func TestJudgeOfHistories(t *testing.T) {
	const (
		seen    = "C0: STORE 1 +FLAGS (\\Seen)\n"
		flagged = "C1: STORE 1 +FLAGS (\\Flagged)\n"
		ok0     = "S0: OK a\n"
		ok1     = "S1: OK b\n"
		added   = "C0: APPEND INBOX {30}\\x0D\\x0A123456789012345678901234567890\n"
		also    = "C1: APPEND INBOX {30}\\x0D\\x0A123456789012345678901234567890\n"
	)
	for _, c := range []struct{ name, text, want string }{
		{"both flags are there", opened + seen + flagged + ok0 + ok1 + left + read(`1 \Seen \Flagged`, "2"), ""},
		{"a lost update", opened + seen + flagged + ok0 + ok1 + left + read(`1 \Seen`, "2"), "order-flags/STORE/Selected"},
		{"the last word is either's", opened + "C0: STORE 1 FLAGS (\\Seen)\n" + "C1: STORE 1 FLAGS ()\n" + ok0 + ok1 + left + read(`1 \Seen`, "2"), ""},
		{"the later one has the last word", opened + "C0: STORE 1 FLAGS (\\Seen)\n" + ok0 + "C1: STORE 1 FLAGS ()\n" + ok1 + left + read(`1 \Seen`, "2"), "order-flags/STORE/Selected"},
		{"two messages, each in another order", opened + "C0: STORE 1:2 FLAGS (\\Seen)\n" + "C1: STORE 1:2 FLAGS ()\n" + ok0 + ok1 + left + read(`1 \Seen`, "2"), ""},
		{"a STORE that was refused may have done it", opened + seen + flagged + "S0: NO a\n" + ok1 + left + read(`1 \Flagged`, "2"), ""},
		{"one that had no answer, too", opened + seen + flagged + ok1 + "S0: * BYE a\nE0: closed\nC1: LOGOUT\nS1: * BYE b\nS1: OK b\nE1: closed\n" + read(`1 \Flagged`, "2"), ""},

		{"two UIDs", opened + added + also + "S0: OK [APPENDUID 9 4] a\nS1: OK [APPENDUID 9 3] b\n" + left + read("1", "2", "3", "4"), ""},
		{"two APPENDs with one UID", opened + added + also + "S0: OK [APPENDUID 9 3] a\nS1: OK [APPENDUID 9 3] b\n" + left + read("1", "2", "3"), "order-uids/APPEND/Authenticated"},
		{"a later APPEND with a smaller UID", opened + added + "S0: OK [APPENDUID 9 4] a\n" + also + "S1: OK [APPENDUID 9 3] b\n" + left + read("1", "2", "3", "4"), "order-uids/APPEND/Authenticated"},
		{"a lost APPEND", opened + added + also + ok0 + ok1 + left + read("1", "2", "3"), "order-count/APPEND/Authenticated"},
		{"a lost APPEND that was told", opened + added + also + "S0: OK [APPENDUID 9 4] a\nS1: OK [APPENDUID 9 3] b\n" + left + read("1", "2", "3"), "order-messages/APPEND/Authenticated"},
		{"a copy of what is expunged meanwhile", opened + "C0: STORE 1 +FLAGS (\\Deleted)\n" + ok0 + "C0: EXPUNGE\nC1: COPY 1 INBOX\nS0: * 1 EXPUNGE\n" + ok0 + "S1: OK [COPYUID 9 1 3] b\n" + left + read("2"), ""},
		{"one of two was refused", opened + added + also + ok0 + "S1: NO b\n" + left + read("1", "2", "3"), ""},

		{"expunged", opened + "C0: STORE 1 +FLAGS (\\Deleted)\n" + ok0 + "C0: EXPUNGE\nC1: NOOP\nS0: * 1 EXPUNGE\n" + ok0 + "S1: * 1 EXPUNGE\n" + ok1 + left + read("2"), ""},
		{"a message that comes back", opened + "C0: STORE 1 +FLAGS (\\Deleted)\n" + ok0 + "C0: EXPUNGE\nC1: NOOP\nS0: * 1 EXPUNGE\n" + ok0 + "S1: * 1 EXPUNGE\n" + ok1 + left + read("1", "2"), "order-messages/FETCH/Selected"},
		{"who expunges need not know of the flag", opened + "C0: STORE 1 +FLAGS (\\Deleted)\nC1: EXPUNGE\n" + ok0 + ok1 + left + read(`1 \Deleted`, "2"), ""},
		{"a message that nobody has removed", opened + "C0: STORE 1 +FLAGS (\\Deleted)\nC1: EXPUNGE\n" + ok0 + ok1 + left + read(`1 \Deleted`), "order-messages/FETCH/Selected"},

		{"CREATE and NO", opened + "C0: CREATE a\nC1: CREATE a\n" + ok0 + "S1: NO b\n" + left + listed("LIST", "INBOX", "a"), ""},
		{"CREATE that succeeds twice", opened + "C0: CREATE a\nC1: CREATE a\n" + ok0 + ok1 + left + listed("LIST", "INBOX", "a"), "order-names/CREATE/Authenticated"},
		{"CREATE and DELETE in any order", opened + "C0: CREATE a\nC1: DELETE a\n" + ok0 + ok1 + left + listed("LIST", "INBOX"), ""},
		{"CREATE after DELETE", opened + "C0: CREATE a\n" + ok0 + "C0: CREATE b\nC1: DELETE a\n" + ok0 + ok1 + "C0: CREATE a\n" + ok0 + left + listed("LIST", "INBOX", "b"), "order-names/CREATE/Authenticated"},
		{"two RENAMEs to one name", opened + "C0: CREATE a\n" + ok0 + "C0: CREATE b\n" + ok0 + "C0: RENAME a x\nC1: RENAME b x\n" + ok0 + ok1 + left + listed("LIST", "INBOX", "x"), "order-names/RENAME/Authenticated"},

		{"subscribed", opened + "C0: CREATE a\n" + ok0 + "C0: SUBSCRIBE a\nC1: UNSUBSCRIBE a\n" + ok0 + ok1 + left + listed("LSUB", "a"), ""},
		{"a lost subscription", opened + "C0: CREATE a\n" + ok0 + "C1: CREATE b\n" + ok1 + "C0: SUBSCRIBE a\nC1: SUBSCRIBE b\n" + ok0 + ok1 + left + listed("LSUB", "b"), "order-subscriptions/SUBSCRIBE/Authenticated"},

		{"its own evidence", opened + "C0: STORE 1 +FLAGS (\\Deleted)\nC1: FETCH 1 FLAGS\nS1: * 5 FETCH (FLAGS ())\n" + ok0 + ok1 + left, "fetch-number/FETCH/Selected"},
		{"a reading that is not alone counts for nothing", opened + seen + flagged + ok0 + ok1 + read("1", "2") + left, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := corpus.ParseLenient([]byte("imaptrace v1\nfixture INBOX=2 caps=UIDPLUS\n\n" + c.text))
			require.NoError(t, err)
			var keys []string
			for _, v := range JudgeFile(model.New(), f).Violations {
				keys = append(keys, v.Key())
			}
			if c.want == "" {
				assert.Empty(t, keys)
			} else {
				assert.Equal(t, []string{c.want}, keys)
			}
		})
	}
}

// What servers have shown is judged again as it was.
func TestEvidence(t *testing.T) {
	names, err := filepath.Glob("testdata/*.trace")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		f, err := corpus.Parse(b)
		require.NoError(t, err, name)
		r := JudgeFile(model.New(), f)
		assert.Empty(t, r.Lost, name)
		assert.Empty(t, r.New, name)
		assert.NotZero(t, r.Same, name)
		assert.True(t, Judges(f), name)
	}
}
