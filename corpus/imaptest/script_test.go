package imaptest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/corpus/imaptest"
	"github.com/imapcheck/imapcheck/model/wire"
)

// bare is an environment without variables.
func bare(string) (string, bool) { return "", false }

// load makes a trace of a script in testdata.
func load(t *testing.T, name string) *corpus.File {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	mbox, err := os.ReadFile(name + ".mbox")
	if err != nil {
		mbox, err = os.ReadFile("testdata/scripts/default.mbox")
		require.NoError(t, err)
	}
	messages, err := imaptest.ParseMbox(string(mbox))
	require.NoError(t, err)
	s, err := imaptest.Parse(filepath.Base(name), string(text), bare)
	require.NoError(t, err)
	f, err := s.Trace(messages)
	require.NoError(t, err)
	return f
}

// scripts are those in a folder of testdata.
func scripts(t testing.TB, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join("testdata", dir, "*"))
	require.NoError(t, err)
	var names []string
	for _, name := range all {
		if filepath.Ext(name) == "" {
			names = append(names, name)
		}
	}
	require.NotEmpty(t, names)
	return names
}

// trace is the text of a script's trace, without its first two lines.
func trace(t *testing.T, text string, messages ...imaptest.Message) string {
	t.Helper()
	s, err := imaptest.Parse("x", text, func(name string) (string, bool) { return "1", name == "SET" })
	require.NoError(t, err)
	f, err := s.Trace(messages)
	require.NoError(t, err)
	_, body, _ := strings.Cut(string(corpus.Format(f)), "\n\n")
	return body
}

func TestSetUp(t *testing.T) {
	const script = "connections: 2\nmessages: 3\ncapabilities: move\n\n2 ok move 1 INBOX\n"
	one := imaptest.Message{Octets: "a: b\r\n\r\n", Date: "10-Jan-2020 01:02:03 +0000"}
	two := imaptest.Message{Octets: "c: d\r\n\r\n"}
	assert.Equal(t, `C0: LOGIN user pass
?? x:1 any
C1: LOGIN user pass
?? x:1 any
C0: CAPABILITY
?? x:3 needs MOVE
C0: UNSUBSCRIBE imaptest
?? x:1 any
C0: DELETE imaptest
?? x:1 any
C0: CREATE imaptest
?? x:1 set-up
C0: APPEND imaptest "10-Jan-2020 01:02:03 +0000" {8}\x0D\x0Aa: b\x0D\x0A\x0D\x0A
?? x:1 set-up
C0: APPEND imaptest {8}\x0D\x0Ac: d\x0D\x0A\x0D\x0A
?? x:1 set-up
C0: APPEND imaptest "10-Jan-2020 01:02:03 +0000" {8}\x0D\x0Aa: b\x0D\x0A\x0D\x0A
?? x:1 set-up
C0: SELECT imaptest
?? x:1 set-up
C1: SELECT imaptest
?? x:1 set-up
C1: MOVE 1 INBOX
?? x:5 ok
C0: LOGOUT
?? x:5 ok
`, trace(t, script, one, two))
}

func TestGroups(t *testing.T) {
	const head = "state: nonauth\n\n"
	for _, c := range []struct{ script, want string }{
		{"ok noop\n* 1 exists\n! 2 exists\n? bye\n", "C0: NOOP\n?? x:3 ok\n?? x:4 * 1 exists\n?? x:5 ! 2 exists\n?? x:6 ? bye\nC0: LOGOUT\n?? x:3 ok\n"},
		{"NO SELECT b\n", "C0: SELECT b\n?? x:3 no\nC0: LOGOUT\n?? x:3 ok\n"},
		{"\"\" logout\n", "C0: LOGOUT\n?? x:3 any\n"},
		{"noop\n1 ok\nbad noop\n* bye\n", "C0: NOOP\n?? x:4 ok\nC0: NOOP\n?? x:5 bad\n?? x:6 * bye\n"},
		{"select b\nok [read-only]\n\"\" logout\n", "C0: SELECT b\n?? x:4 ok [read-only]\nC0: LOGOUT\n?? x:5 any\n"},
		{"tag1 create a\ntag2 noop\n* 1 exists\ntag2 ok\ntag1 no x\nok logout\n", "C0: CREATE a\nD0: burst\n?? x:7 no x\nC0: NOOP\n?? x:6 ok\n?? x:4 group 2\n?? x:5 * 1 exists\nC0: LOGOUT\n?? x:8 ok\n"},
		{"tag1 noop\ntag2 create a\ntag2 ok\ntag1 no\nok logout\n", "C0: NOOP\n?? x:6 no\n?? x:3 note the commands go out one after the other: what a trace sends ahead is NOOP\nC0: CREATE a\n?? x:5 ok\n?? x:4 group 2\nC0: LOGOUT\n?? x:7 ok\n"},
		{"ok logout {{{\na\nb\n}}} ~{{{\nc\n}}}\n\nok logout\n", "C0: logout {4}\\x0D\\x0Aa\\x0D\\x0Ab ~{1}\\x0D\\x0Ac\n?? x:3 ok\nC0: LOGOUT\n?? x:10 ok\n"},
		{"ok select $mailbox${sep}$$$1\nok logout\n", "C0: SELECT imaptest/$1\n?? x:3 ok\nC0: LOGOUT\n?? x:4 ok\n"},
		{"ok noop\n* $a\nok select $mailbox${sep}$a\nok logout\n", "C0: NOOP\n?? x:3 ok\n?? x:4 * $a\nC0: select imaptest${sep}${a}\n?? x:5 ok\n?? x:5 variables\nC0: LOGOUT\n?? x:6 ok\n"},
		{"!ifenv SET\nok logout\n!else\nok noop\n!endif\n", "C0: LOGOUT\n?? x:4 ok\n?? x:3 note !ifenv SET: it is set\n"},
		{"!ifnenv SET\n!ifenv SET\nok noop\n!endif\n!sleep 1\n!else\nok logout\n!endif\n", "C0: LOGOUT\n?? x:9 ok\n?? x:3 note !ifnenv SET: it is set\n"},
		{"ok authenticate plain\n!output AGEAYg==\nok logout\n", "C0: AUTHENTICATE plain\\x0D\\x0AAGEAYg==\n?? x:3 ok\nC0: LOGOUT\n?? x:5 ok\n"},
		{"ok idle\n!output done\nok logout\n!output x\n!sleep 2\n!ordered\n", "C0: IDLE\n?? x:3 ok\nC0: LOGOUT\n?? x:5 ok\n?? x:7 note !sleep 2: a trace does not wait\n?? x:8 note !ordered: the order of untagged responses is not compared\n?? x:5 note !output x: it is not sent\n"},
		{"ok append a {{{\n$5 and $b\n}}}\nok logout\n", "C0: APPEND a {9}\\x0D\\x0A$5 and $b\n?? x:3 ok\n?? x:3 note a $ in a literal is no variable\nC0: LOGOUT\n?? x:6 ok\n"},
	} {
		assert.Equal(t, c.want, trace(t, head+c.script), c.script)
	}
	assert.Equal(t, "C0: NOOP\n?? x:4 ok\n?? x:4 no-extra\nC0: LOGOUT\n?? x:4 ok\n", trace(t, "ignore_extra_untagged: no\nstate: nonauth\n\nok noop\n"))
}

// Another mailbox is in commands with "/", and in responses with the server's delimiter.
func TestMailbox(t *testing.T) {
	s, err := imaptest.Parse("x", "state: nonauth\n\nselect $mailbox\n* 1 fetch (uid $u flags ($!ordered $$a {{{\n$mailbox\n}}} $mailbox))\nok [$mailbox]\nok create $mailbox${sep}$u\nok logout\n", bare)
	require.NoError(t, err)
	s.Mailbox = "INBOX/ab"
	f, err := s.Trace(nil)
	require.NoError(t, err)
	_, body, _ := strings.Cut(string(corpus.Format(f)), "\n\n")
	assert.Equal(t, `C0: SELECT INBOX/ab
?? x:7 ok [INBOX${sep}ab]
?? x:4 * 1 fetch (uid ${u} flags ($!ordered $$a {8}\x0D\x0A$mailbox INBOX${sep}ab))
?? x:4 note a $ in a literal is no variable
C0: create INBOX${sep}ab${sep}${u}
?? x:8 ok
?? x:8 variables
C0: LOGOUT
?? x:9 ok
`, body)
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{"", "x:1: there is no command"},
		{"state: auth\n\n# nothing\n", "x:3: there is no command"},
		{"ok noop\n", `x:1: no line of a header begins like "ok noop"`},
		{"colour: red\n", `x:1: no line of a header begins like "colour: red"`},
		{"state: auth\nState : created\n", `x:2: a second "state" line`},
		{"state: drunk\n", `x:1: a state is nonauth, auth, created, appended, selected, not "drunk"`},
		{"connections: 0\n", `x:1: connections are 1 to 100, not "0"`},
		{"messages: -1\n", `x:1: messages are 0 to 10000, or all, not "-1"`},
		{"ignore_extra_untagged: maybe\n", `x:1: ignore_extra_untagged is yes or no, not "maybe"`},
		{"user 2: $user2\n", "x:1: user 2: a trace has one account, $user"},
		{"\nok noop {{{\nabc\n", "x:2: a {{{ without its }}}"},
		{"\n* ok\n", "x:2: what is untagged stands behind a command; a trace says nothing of the greeting"},
		{"\nok noop\n* (a\n", `x:3: a "(" without its ")"`},
		{"\nok noop\n* a)\n", `x:3: a ")" that closes nothing`},
		{"\nok noop\n* \"a\n", "x:3: a quoted string without its end"},
		{"\nok noop\n* 1 fetch (uid)\n", "x:3: a list of 1 elements, which come by 2"},
		{"\nok noop\n* a ($!unordered=0 b)\n", "x:3: $!unordered=0: the number has to be from 1 to 255"},
		{"\nok noop\n* a ($!sorted b)\n", "x:3: $!sorted: there is no such modifier"},
		{"\nok noop\n* a $!extra\n", "x:3: $!extra does not stand at the beginning of a list"},
		{"\nok noop\n* ${a\n", `x:3: a "${" without its "}"`},
		{"\nok noop\n* ${a-b}\n", `x:3: no variable has the name "a-b"`},
		{"\nok noop\n* $0 exists\n", "x:3: $0: the number has to be from 1 to 4294967295"},
		{"\nnoop\n", "x:2: no completion is expected of the command"},
		{"\nnoop\nok noop\nnoop\n", "x:4: no completion is expected of the command"},
		{"\nnoop\nnoop\n", "x:3: the command of line 2 has no completion yet"},
		{"\nok \n", "x:2: there is no command"},
		{"\nnoop\n\"\" x\n", `x:3: nothing follows a "" that is the completion`},
		{"\ntag1 noop\ntag1 noop\n", "x:3: a second tag1"},
		{"\ntag1 noop\ntag2 noop\ntag1 ok\ntag1 ok\n", "x:5: a second completion of tag1"},
		{"connections: 2\n\nok noop\n", "x:3: a command begins with the number of its connection, 1 to 2"},
		{"connections: 2\n\n1 tag1 noop\n2 tag2 noop\n", "x:4: commands that go out together are of one connection"},
		{"connections: 2\n\n1 noop\n2 ok\n", "x:4: the command of line 3 has no completion yet"},
		{"\n!ifenv A\nok noop\n", "x:2: an !ifenv without its !endif"},
		{"\n!else\n", "x:2: an !else without its !ifenv"},
		{"\n!endif\n", "x:2: an !endif without its !ifenv"},
		{"\n!ifenv A\n!else\n!else\n", "x:4: a second !else"},
		{"\n!ifenv \n", "x:2: !ifenv names no variable of the environment"},
		{"\n!sleep 1\n", "x:2: !sleep stands behind a command, and has a value"},
		{"\nok noop\n!wait 1\n", `x:3: there is no directive "!wait"`},
		{"\nok noop\nok select $box\n", "x:3: no response before has bound $box"},
		{"\nok noop\n! $box\nok select $box\n", "x:4: no response before has bound $box"},
	} {
		_, err := imaptest.Parse("x", c.script, bare)
		assert.EqualError(t, err, c.want, c.script)
	}
	s, err := imaptest.Parse("x", "\nok noop\n", bare)
	require.NoError(t, err)
	_, err = s.Trace(nil)
	assert.EqualError(t, err, "x:1: it needs messages: there is neither a x.mbox nor a default.mbox with any")
}

// What a trace file says of a script is read back.
func TestTraceFile(t *testing.T) {
	for _, dir := range []string{"scripts", "wrong"} {
		for _, name := range scripts(t, dir) {
			f := load(t, name)
			text := corpus.Format(f)
			back, err := corpus.Parse(text)
			require.NoError(t, err, name)
			assert.Equal(t, f, back, name)
			for _, st := range f.Trace.Steps {
				assert.Equal(t, st.Cmd, wire.ParseCommand(wire.FormatCommand(st.Cmd)), name)
			}
		}
	}
}

func TestIsScript(t *testing.T) {
	for _, name := range scripts(t, "scripts") {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.True(t, imaptest.IsScript(b), name)
		assert.False(t, imaptest.IsScript(append(b, 0)), name)
	}
	for text, want := range map[string]bool{
		"":                                 false,
		"go test fuzz v1\n[]byte(\"ok \")": false,
		"some text\n":                      false,
		"conections: 2\n\nok noop\n":       true, // with a mistake, which has to be told
		"\n2 tag3 bad noop\n":              true,
		"imaptrace v1\nC0: NOOP\n":         false,
	} {
		assert.Equal(t, want, imaptest.IsScript([]byte(text)), text)
	}
}

func TestMbox(t *testing.T) {
	messages, err := imaptest.ParseMbox("\nFrom a Mon Jan  6 03:04:05 2020\na: b\n\nFrom here\n\nFrom b@c  Mon, whenever\r\n\nFrom d Fri Jan 10 03:04:05 2020 +0100\nx\n")
	require.NoError(t, err)
	assert.Equal(t, []imaptest.Message{
		{Octets: "a: b\r\n", Date: " 6-Jan-2020 03:04:05 +0000"},
		{Octets: ""},
		{},
		{Octets: "x\r\n", Date: "10-Jan-2020 03:04:05 +0100"},
	}, messages)
	_, err = imaptest.ParseMbox("a: b\n")
	assert.EqualError(t, err, `an mbox begins with a "From " line`)
}
