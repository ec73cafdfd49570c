package model_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Words of the language that servers and clients speak in these tests. A "#"
// is any small number, "@" any mailbox name, "!" any flag, "$" any set.
var (
	commandWords = []string{
		"CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "STARTTLS\r\nx1 NOOP", "STARTTLS\r\nx1 LOGIN user pass", "STARTTLS ", "CHECK", "CLOSE", "EXPUNGE", "XYZZY",
		"LOGIN user pass", "LOGIN user pass", "AUTHENTICATE PLAIN\r\n*", "AUTHENTICATE XUNKNOWN",
		"SELECT @", "SELECT @", "SELECT @", "EXAMINE @", "CREATE @", "CREATE @/", "DELETE @", "RENAME @ @",
		"SUBSCRIBE @", "UNSUBSCRIBE @", `LIST "" *`, `LIST "" %`, `LSUB "" %/%`, `LSUB "" *`, `LIST "" ""`,
		"STATUS @ (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)", "APPEND @ (!) {6}\r\nt: a\r\n", "APPEND @ {1}\r\na",
		"COPY $ @", "UID COPY $ @", "FETCH $ (FLAGS UID)", "FETCH $ BODY[]", "UID FETCH $ BODY.PEEK[HEADER]<1.2>",
		"STORE $ +FLAGS (!)", "STORE $ FLAGS ()", "UID STORE $ -FLAGS.SILENT !", "STORE $ FLAGS !",
		"SEARCH NOT !!", "SEARCH $", "UID SEARCH UID $ DELETED", "SEARCH CHARSET X ALL", "SEARCH BEFORE 1-Jan-2021",
		"SEARCH OR LARGER # UNSEEN",
		"MOVE $ @", "UID MOVE $ @", "UID EXPUNGE $", "UNSELECT", "IDLE", "ENABLE X", "NAMESPACE", "SELECT {5+}\r\nINBOX",
		"SELECT", "SELECT  @", "CLOSE ", "STORE $ (", "APPEND @ {1}\r\na junk", "", "UID", "FETCH $ BODY[", "NOOP\r\nNOOP",
		"LOGIN  user pass", "? {3}",
	}
	responseWords = []string{
		"TAG OK done", "TAG OK done", "TAG OK done", "TAG OK [READ-WRITE] x", "TAG OK [READ-ONLY] x", "TAG NO no", "TAG BAD bad",
		"TAG NO [TRYCREATE] x", "B9 OK done", "x1 OK done", "+ go", "+ ", "* OK hi", "* PREAUTH hi", "* BYE bye",
		"* # EXISTS", "* # EXISTS", "* # RECENT", "* # EXPUNGE", "* # EXPUNGE", "* FLAGS (! !)", "* OK [PERMANENTFLAGS (! \\*)] x",
		"* OK [UIDVALIDITY #] x", "* OK [UIDNEXT #] x", "* OK [UNSEEN #] x",
		"* # FETCH (FLAGS (!))", "* # FETCH (FLAGS () UID #)", "* # FETCH (UID #)", "* # FETCH (BODY[] \"a\")",
		"* # FETCH (RFC822.SIZE # INTERNALDATE \"02-Jan-2020 03:04:05 +0000\")", "* # FETCH (BODY[HEADER]<1> NIL)",
		"* SEARCH # #", "* SEARCH", "* STATUS @ (MESSAGES # UNSEEN # UIDNEXT # UIDVALIDITY #)",
		`* LIST () "/" @`, `* LIST (\Noselect) "/" @`, `* LIST () NIL @`, `* LIST () "." @`, `* LSUB () "/" @`, "* CAPABILITY IMAP4rev1",
		"TAG OK [APPENDUID # #] x", "TAG OK [COPYUID # # #] x", "* OK [COPYUID # #:# #,#] x", "* NAMESPACE NIL NIL NIL", "* ENABLED X",
		"* junk", "", "*", "TAG", "TAG OK", "* 0 FETCH ()", "* 4294967295 EXISTS", "* 4294967295 EXPUNGE",
	}
	numberWords = []string{"0", "1", "2", "3", "5", "4294967295"}
	nameWords   = []string{"INBOX", "inbox", "a", "b", "a/b", "a/b/c", `""`, "/", `"d e"`}
	flagWords   = []string{`\Seen`, `\Deleted`, `\Recent`, "k1", "$k"}
	setWords    = []string{"1", "2", "*", "1:*", "*:3", "1,3", "4294967295:*"}
)

// say is a drawn word with its variables drawn.
func say(t *rapid.T, words []string) string {
	var b strings.Builder
	for _, c := range rapid.SampledFrom(words).Draw(t, "word") {
		list := map[rune][]string{'#': numberWords, '@': nameWords, '!': flagWords, '$': setWords}[c]
		if list == nil {
			b.WriteRune(c)
			continue
		}
		b.WriteString(rapid.SampledFrom(list).Draw(t, "variable"))
	}
	return b.String()
}

// babble is a transcript that no server needs to have been part of.
func babble(t *rapid.T) model.Transcript {
	tr := model.Transcript{Fixture: model.Fixture{Messages: rapid.IntRange(0, 2).Draw(t, "messages")}}
	conns := rapid.IntRange(1, 3).Draw(t, "connections")
	for i := range rapid.IntRange(1, 40).Draw(t, "exchanges") {
		x := model.Exchange{Conn: rapid.IntRange(0, conns-1).Draw(t, "conn"), Step: i}
		if rapid.IntRange(0, 9).Draw(t, "greeting") > 0 {
			x.Cmd, x.Tag = wire.ParseCommand(say(t, commandWords)), model.Tag(i)
		}
		for range rapid.IntRange(0, 5).Draw(t, "responses") {
			raw := strings.Replace(say(t, responseWords), "TAG", x.Tag, 1)
			x.Reply.Responses = append(x.Reply.Responses, wire.ParseResponse(raw))
		}
		if rapid.IntRange(0, 3).Draw(t, "completed") > 0 && x.Cmd != nil {
			x.Reply.Responses = append(x.Reply.Responses, wire.ParseResponse(x.Tag+" OK [READ-WRITE] done"))
		} else if rapid.IntRange(0, 9).Draw(t, "ended") == 0 {
			x.Reply.End = rapid.SampledFrom([]model.End{model.Closed, model.Silent, model.Flooded, model.NotTLS, model.TLSFailed}).Draw(t, "end")
		}
		tr.Exchanges = append(tr.Exchanges, x)
	}
	return tr
}

// The machine takes any transcript: it does not panic, says the same of the
// same evidence, and what it does to a clone does nothing to the original.
func TestNextTakesAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, tr := model.New(), babble(t)
		s, again := m.Init(tr.Fixture), m.Init(tr.Fixture)
		for i, x := range tr.Exchanges {
			clone := s.Clone()
			_, copied := m.Next(clone, x)
			var first, second []model.Violation
			s, first = m.Next(s, x)
			again, second = m.Next(again, x)
			require.Equal(t, first, second, "exchange %d", i)
			require.Equal(t, first, copied, "exchange %d, from a clone", i)
			for _, v := range first {
				require.NotNil(t, v.Rule)
				require.NotEmpty(t, v.Command, "%s", v.Key())
			}
			m.Predict(s.Clone(), model.Step{Conn: x.Conn, Cmd: predictable(x)})
			m.Bind(s, x.Conn, predictable(x))
		}
	})
}

func predictable(x model.Exchange) model.Command {
	if x.Cmd == nil {
		return model.Simple{Verb: "NOOP"}
	}
	return x.Cmd
}

// judge is the keys of the violations in a session: lines "C: " are commands,
// lines "S: " what the server said to the last of them, with its tag as "TAG".
// "C1: " is another connection's.
func judge(t *testing.T, messages int, session string) []string {
	t.Helper()
	m := model.New()
	tr := model.Transcript{Fixture: model.Fixture{Messages: messages}}
	open := map[int]bool{}
	for line := range strings.SplitSeq(strings.TrimSpace(session), "\n") {
		who, text, ok := strings.Cut(strings.TrimSpace(line), ": ")
		require.True(t, ok, line)
		text = strings.ReplaceAll(text, `\r\n`, "\r\n")
		if who[0] == 'S' {
			x := &tr.Exchanges[len(tr.Exchanges)-1]
			raw := strings.Replace(text, "TAG", x.Tag, 1)
			x.Reply.Responses = append(x.Reply.Responses, wire.ParseResponse(raw))
			continue
		}
		conn := 0
		if len(who) > 1 {
			conn = int(who[1] - '0')
		}
		if !open[conn] {
			open[conn] = true
			tr.Exchanges = append(tr.Exchanges, model.Exchange{Conn: conn, Step: len(tr.Exchanges),
				Reply: model.Reply{Responses: []model.Response{wire.ParseResponse("* PREAUTH hi")}}})
		}
		i := len(tr.Exchanges)
		tr.Exchanges = append(tr.Exchanges, model.Exchange{Conn: conn, Step: i, Tag: model.Tag(i), Cmd: wire.ParseCommand(text)})
	}
	var keys []string
	s := m.Init(tr.Fixture)
	for _, x := range tr.Exchanges {
		var vs []model.Violation
		s, vs = m.Next(s, x)
		for _, v := range vs {
			keys = append(keys, v.Key())
		}
	}
	return keys
}

// selected is the answer to SELECT of a mailbox with n messages.
func selected(n int) string {
	return fmt.Sprintf(`
		S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
		S: * %d EXISTS
		S: * 0 RECENT
		S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] x
		S: * OK [UIDVALIDITY 1] x
		S: * OK [UIDNEXT 9] x
		S: TAG OK [READ-WRITE] done`, n)
}

// What servers may do. Each of these was once held against one.
func TestFreedoms(t *testing.T) {
	for _, c := range []struct {
		name     string
		messages int
		session  string
	}{
		{"a malformed SELECT deselects, or does not", 1, "C: SELECT INBOX" + selected(1) + `
			C: SELECT
			S: TAG BAD what
			C: FETCH 1 FLAGS
			S: TAG BAD no mailbox selected`},
		{"a malformed SELECT that is accepted selects", 1, "C: CREATE c\nS: TAG OK done\nC: SELECT INBOX" + selected(1) +
			"\nC: SELECT  c" + selected(0)},
		{"after that, what is selected is not known, until the next SELECT", 1, "C: CREATE c\nS: TAG OK done\nC: SELECT INBOX" + selected(1) +
			"\nC: SELECT  c" + selected(0) + "\nC: SELECT INBOX" + selected(1)},
		{"a server that lets the client set \\Recent may let it clear the flag", 1, "C: SELECT INBOX" + selected(1) + `
			C: STORE 1 FLAGS (\Recent)
			S: * 1 FETCH (FLAGS (\Recent))
			S: TAG OK done
			C: STORE 1 FLAGS.SILENT ()
			S: TAG OK done
			C: SEARCH OLD
			S: * SEARCH 1
			S: TAG OK done`},
		{"RECENT before EXISTS", 0, "C: SELECT INBOX" + selected(0) + `
			C: APPEND INBOX {6}\r\nt: a\r\n
			S: * 1 RECENT
			S: * 1 EXISTS
			S: TAG OK done`},
		{"messages that the client was not told of are none for SEARCH", 0, "C: SELECT INBOX" + selected(0) + `
			C: APPEND INBOX {6}\r\nt: a\r\n
			S: TAG OK done
			C: SEARCH ALL
			S: * SEARCH
			S: * 1 EXISTS
			S: TAG OK done`},
		{"a UID set reaches them, or does not", 0, "C: SELECT INBOX" + selected(0) + `
			C: APPEND INBOX {6}\r\nt: a\r\n
			S: TAG OK done
			C: UID STORE 1:* +FLAGS (\Deleted)
			S: TAG OK done
			C: NOOP
			S: * 1 EXISTS
			S: TAG OK done
			C: FETCH 1 FLAGS
			S: * 1 FETCH (FLAGS ())
			S: TAG OK done`},
		{"a renamed mailbox that is selected shrinks, and SEARCH says nothing", 1, `C: CREATE a
			S: TAG OK done
			C: APPEND a {6}\r\nt: a\r\n
			S: TAG OK done
			C: SELECT a` + selected(1) + `
			C: RENAME a b
			S: * 1 EXPUNGE
			S: TAG OK done
			C: SEARCH ALL
			S: TAG OK done`},
		{"RENAME that fails has made the mailbox", 1, `C: RENAME INBOX a
			S: TAG NO half done
			C: APPEND a {6}\r\nt: a\r\n
			S: TAG OK done`},
		{"CREATE with a delimiter behind makes a level or a mailbox", 0, `C: CREATE a/
			S: TAG OK done
			C: SELECT a
			S: TAG NO not selectable`},
		{"a name with a delimiter behind is that without, or none", 0, `C: CREATE a
			S: TAG OK done
			C: DELETE a/
			S: TAG OK done
			C: STATUS a (MESSAGES)
			S: TAG NO none`},
		{"no TRYCREATE where nothing can be created", 0, `C: CREATE a
			S: TAG NO not here
			C: APPEND a {6}\r\nt: a\r\n
			S: TAG NO no such mailbox`},
		{"no TRYCREATE if the set is out of range", 0, `C: CREATE a
			S: TAG OK done
			C: SELECT a` + selected(0) + `
			C: COPY 5 b
			S: TAG NO no such message`},
		{"another session's flags come late", 1, "C: SELECT INBOX" + selected(1) + "\nC1: SELECT INBOX" + selected(1) + `
			C1: STORE 1 +FLAGS (\Deleted)
			S: * 1 FETCH (FLAGS (\Deleted))
			S: TAG OK done
			C1: CLOSE
			S: TAG OK done
			C: FETCH 1 FLAGS
			S: * 1 FETCH (FLAGS ())
			S: TAG OK done
			C: FETCH 1 FLAGS
			S: * 1 FETCH (FLAGS (\Deleted))
			S: TAG OK done
			C: NOOP
			S: * 1 EXPUNGE
			S: TAG OK done`},
		{"flags from before and after a FETCH that sets \\Seen", 1, "C: SELECT INBOX" + selected(1) + `
			C: FETCH 1 (BODY[TEXT] FLAGS)
			S: * 1 FETCH (BODY[TEXT] {8}\r\nHello.\r\n FLAGS ())
			S: * 1 FETCH (FLAGS (\Seen))
			S: TAG OK done`},
		{"a server's own keyword", 1, "C: SELECT INBOX" + selected(1) + `
			C: FETCH 1 FLAGS
			S: * 1 FETCH (FLAGS ())
			S: TAG OK done
			C: FETCH 1 FLAGS
			S: * 1 FETCH (FLAGS ($HasNoAttachment))
			S: TAG OK done`},
	} {
		t.Run(c.name, func(t *testing.T) {
			keys := slices.DeleteFunc(judge(t, c.messages, c.session), func(key string) bool {
				return strings.HasPrefix(key, "append-tells/") || strings.HasPrefix(key, "strict-syntax/") // SHOULDs that some of these do without
			})
			assert.Empty(t, keys)
		})
	}
}

// What servers must not do, close to the freedoms above.
func TestNoFreedoms(t *testing.T) {
	for _, c := range []struct {
		name     string
		messages int
		session  string
		want     string
	}{
		{"BAD where a mailbox is selected", 1, "C: SELECT INBOX" + selected(1) + `
			C: FETCH 1 FLAGS
			S: TAG BAD what`, "valid-not-bad/FETCH/Selected"},
		{"a SELECT that fails deselects", 1, "C: SELECT INBOX" + selected(1) + `
			C: SELECT nowhere
			S: TAG NO none
			C: FETCH 1 FLAGS
			S: * 1 FETCH (FLAGS ())
			S: TAG OK done`, "state-gating/SELECT/Authenticated"},
		{"more RECENT than messages", 0, "C: SELECT INBOX" + selected(0) + `
			C: NOOP
			S: * 1 RECENT
			S: TAG OK done`, "recent-counts/NOOP/Authenticated"},
		{"SEARCH without a response", 1, "C: SELECT INBOX" + selected(1) + `
			C: SEARCH ALL
			S: TAG OK done`, "search-response/SEARCH/Selected"},
		{"EXPUNGE of a message that is not deleted", 1, "C: SELECT INBOX" + selected(1) + `
			C: FETCH 1 FLAGS
			S: * 1 FETCH (FLAGS ())
			S: TAG OK done
			C: NOOP
			S: * 1 EXPUNGE
			S: TAG OK done`, "expunge-only-deleted/NOOP/Authenticated"},
		{"LOGIN where a mailbox is selected, which it still is", 1, "C: SELECT INBOX" + selected(1) + `
			C: LOGIN user pass
			S: TAG OK done
			C: FETCH 1 FLAGS
			S: * 1 FETCH (FLAGS ())
			S: TAG OK done`, "state-gating/LOGIN/Selected"},
		{"a flag is lost", 1, "C: SELECT INBOX" + selected(1) + `
			C: STORE 1 +FLAGS (\Flagged)
			S: * 1 FETCH (FLAGS (\Flagged))
			S: TAG OK done
			C: FETCH 1 FLAGS
			S: * 1 FETCH (FLAGS ())
			S: TAG OK done`, "flags-kept/FETCH/Selected"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, []string{c.want}, judge(t, c.messages, c.session))
		})
	}
}

// What a connection was not known of is no matter when it is opened again.
func TestGreetingBeginsAnew(t *testing.T) {
	m := model.New()
	s := m.Init(model.Fixture{})
	var keys []string
	for i, text := range []string{"", "SELECT  INBOX", "", "SELECT INBOX"} {
		x := model.Exchange{Step: i}
		raw := "* OK hi"
		if i == 0 {
			raw = "* PREAUTH hi"
		}
		if text != "" {
			x.Tag, x.Cmd, raw = model.Tag(i), wire.ParseCommand(text), model.Tag(i)+" OK [READ-WRITE] done"
		}
		x.Reply.Responses = []model.Response{wire.ParseResponse(raw)}
		var vs []model.Violation
		s, vs = m.Next(s, x)
		for _, v := range vs {
			keys = append(keys, v.Key())
		}
	}
	assert.Contains(t, keys, "state-gating/SELECT/NotAuthenticated")
	assert.Equal(t, model.NotAuthenticated, s.Phase(0))
}
