package wire

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/model"
)

func lit(s string) model.AString  { return model.AString{S: s, Form: model.Literal} }
func plus(s string) model.AString { return model.AString{S: s, Form: model.LiteralPlus} }
func quo(s string) model.AString  { return model.AString{S: s, Form: model.Quoted} }

var commandTable = []struct {
	text string
	cmd  model.Command
}{
	{"CAPABILITY", model.Simple{Verb: "CAPABILITY"}},
	{"NOOP", model.Simple{Verb: "NOOP"}},
	{"LOGOUT", model.Simple{Verb: "LOGOUT"}},
	{"STARTTLS", model.StartTLS{}},
	{"STARTTLS\r\nx1 NOOP", model.StartTLS{Behind: model.Simple{Verb: "NOOP"}}},
	{"STARTTLS\r\nx1 LOGIN a b", model.StartTLS{Behind: model.LoginCmd{User: model.A("a"), Password: model.A("b")}}},
	{"CHECK", model.Simple{Verb: "CHECK"}},
	{"CLOSE", model.Simple{Verb: "CLOSE"}},
	{"EXPUNGE", model.Simple{Verb: "EXPUNGE"}},
	{"LOGIN user pass", model.LoginCmd{User: model.A("user"), Password: model.A("pass")}},
	{`LOGIN "us\"er" "p\\"`, model.LoginCmd{User: quo(`us"er`), Password: quo(`p\`)}},
	{"LOGIN {4}\r\nuser {0}\r\n", model.LoginCmd{User: lit("user"), Password: lit("")}},
	{"AUTHENTICATE PLAIN", model.Authenticate{Mechanism: "PLAIN"}},
	{"AUTHENTICATE PLAIN\r\nAHVzZXIAcGFzcw==", model.Authenticate{Mechanism: "PLAIN", Lines: []string{"AHVzZXIAcGFzcw=="}}},
	{"AUTHENTICATE LOGIN\r\n\r\nYWI=\r\n*", model.Authenticate{Mechanism: "LOGIN", Lines: []string{"", "YWI=", "*"}}},
	{"SELECT INBOX", model.Mailbox{Verb: "SELECT", Box: model.A("INBOX")}},
	{"EXAMINE inbox", model.Mailbox{Verb: "EXAMINE", Box: model.A("inbox")}},
	{`CREATE "a b"`, model.Mailbox{Verb: "CREATE", Box: model.A("a b")}},
	{`DELETE a/b]`, model.Mailbox{Verb: "DELETE", Box: model.A("a/b]")}},
	{"SUBSCRIBE {3}\r\na\r\n", model.Mailbox{Verb: "SUBSCRIBE", Box: model.A("a\r\n")}},
	{`UNSUBSCRIBE ""`, model.Mailbox{Verb: "UNSUBSCRIBE", Box: model.A("")}},
	{"RENAME a b", model.Rename{From: model.A("a"), To: model.A("b")}},
	{`LIST "" *`, model.List{Verb: "LIST", Ref: model.A(""), Pattern: model.AString{S: "*"}}},
	{`LSUB a/ "b%"`, model.List{Verb: "LSUB", Ref: model.A("a/"), Pattern: quo("b%")}},
	{"STATUS INBOX (MESSAGES UIDNEXT)", model.StatusCmd{Box: model.A("INBOX"), Items: []string{"MESSAGES", "UIDNEXT"}}},
	{"APPEND INBOX {2}\r\nab", model.Append{Box: model.A("INBOX"), Message: "ab"}},
	{"APPEND INBOX () {0}\r\n", model.Append{Box: model.A("INBOX"), Flags: []string{}}},
	{"APPEND INBOX (\\Seen $x) \" 1-Feb-1994 21:52:25 -0800\" {5}\r\n\r\n\xff{}",
		model.Append{Box: model.A("INBOX"), Flags: []string{`\Seen`, "$x"}, Date: " 1-Feb-1994 21:52:25 -0800", Message: "\r\n\xff{}"}},
	{"SEARCH ALL", model.Search{Keys: []model.SearchKey{{Key: "ALL"}}}},
	{"SEARCH CHARSET UTF-8 TEXT {2}\r\n\xc3\xa9", model.Search{Charset: "UTF-8", Keys: []model.SearchKey{{Key: "TEXT", Args: []model.AString{lit("é")}}}}},
	{"UID SEARCH 1:* UID $1,$2:*", model.Search{UID: true, Keys: []model.SearchKey{
		{Set: model.Set{{From: model.Num{N: 1}, To: model.Star}}},
		{Key: "UID", Set: model.Set{{From: model.Num{N: 1, Symb: true}, Single: true}, {From: model.Num{N: 2, Symb: true}, To: model.Star}}}}}},
	{`SEARCH (OR NOT SEEN (KEYWORD $k 2)) HEADER Subject "" SINCE "1-Feb-1994" BEFORE 01-feb-1994 LARGER 0`, model.Search{Keys: []model.SearchKey{
		{Key: "(", Keys: []model.SearchKey{{Key: "OR", Keys: []model.SearchKey{
			{Key: "NOT", Keys: []model.SearchKey{{Key: "SEEN"}}},
			{Key: "(", Keys: []model.SearchKey{{Key: "KEYWORD", Args: []model.AString{{S: "$k"}}}, {Set: model.One(2)}}}}}}},
		{Key: "HEADER", Args: []model.AString{model.A("Subject"), quo("")}},
		{Key: "SINCE", Args: []model.AString{quo("1-Feb-1994")}},
		{Key: "BEFORE", Args: []model.AString{{S: "01-feb-1994"}}},
		{Key: "LARGER", Args: []model.AString{{S: "0"}}}}}},
	{"FETCH 1 FULL", model.Fetch{Set: model.One(1), Items: []string{"FULL"}}},
	{"FETCH 1 BODY", model.Fetch{Set: model.One(1), Items: []string{"BODY"}}},
	{"UID FETCH $1 (UID BODY[])", model.Fetch{UID: true, Set: model.Set{{From: model.Num{N: 1, Symb: true}, Single: true}}, Items: []string{"UID", "BODY[]"}, Paren: true}},
	{`FETCH 2:1,* (BODY.PEEK[1.2.HEADER.FIELDS.NOT (FROM "A B")]<0.10> BODY[1.MIME] RFC822.SIZE BODY[TEXT])`, model.Fetch{
		Set:   model.Set{{From: model.Num{N: 2}, To: model.Num{N: 1}}, {From: model.Star, Single: true}},
		Items: []string{`BODY.PEEK[1.2.HEADER.FIELDS.NOT (FROM "A B")]<0.10>`, "BODY[1.MIME]", "RFC822.SIZE", "BODY[TEXT]"}, Paren: true}},
	{`STORE 1 +FLAGS.SILENT (\Deleted)`, model.Store{Set: model.One(1), Op: '+', Silent: true, Flags: []string{`\Deleted`}, Paren: true}},
	{`UID STORE 1 -FLAGS \Seen k`, model.Store{UID: true, Set: model.One(1), Op: '-', Flags: []string{`\Seen`, "k"}}},
	{`STORE * FLAGS ()`, model.Store{Set: model.Set{{Single: true}}, Paren: true}},
	{"COPY 1:2 b", model.Copy{Set: model.Set{{From: model.Num{N: 1}, To: model.Num{N: 2}}}, Box: model.A("b")}},
	{"UID COPY * b", model.Copy{UID: true, Set: model.Set{{Single: true}}, Box: model.A("b")}},
	{"MOVE 1:2 b", model.Copy{Set: model.Set{{From: model.Num{N: 1}, To: model.Num{N: 2}}}, Box: model.A("b"), Move: true}},
	{"UID MOVE $1 {1+}\r\nb", model.Copy{UID: true, Set: model.Set{{From: model.Num{N: 1, Symb: true}, Single: true}}, Box: plus("b"), Move: true}},
	{"UID EXPUNGE $1,7:*", model.UIDExpunge{Set: model.Set{{From: model.Num{N: 1, Symb: true}, Single: true}, {From: model.Num{N: 7}, To: model.Star}}}},
	{"ENABLE CONDSTORE UTF8=ACCEPT x", model.Enable{Caps: []string{"CONDSTORE", "UTF8=ACCEPT", "x"}}},
	{"NAMESPACE", model.Simple{Verb: "NAMESPACE"}},
	{"UNSELECT", model.Simple{Verb: "UNSELECT"}},
	{"IDLE", model.Simple{Verb: "IDLE"}},
	{"LOGIN {4+}\r\nuser {4}\r\npass", model.LoginCmd{User: plus("user"), Password: lit("pass")}},
	{"APPEND {1+}\r\na {4+}\r\n{1}\r", model.Append{Box: plus("a"), Message: "{1}\r", Plus: true}},
	{"SEARCH HEADER {0+}\r\n x", model.Search{Keys: []model.SearchKey{{Key: "HEADER", Args: []model.AString{plus(""), model.A("x")}}}}},
	{`LIST {0+}` + "\r\n {1+}\r\n%", model.List{Verb: "LIST", Ref: plus(""), Pattern: plus("%")}},
	{"XFOO", model.Experimental{Verb: "XFOO"}},
	{`Xfoo  (a "b`, model.Experimental{Verb: "Xfoo", Args: ` (a "b`}},
}

func TestCommands(t *testing.T) {
	seen := map[string]bool{}
	for _, tt := range commandTable {
		assert.Equal(t, tt.text, FormatCommand(tt.cmd))
		assert.Equal(t, tt.cmd, ParseCommand(tt.text), "%q", tt.text)
		seen[tt.cmd.Name()] = true
		first := tt.text
		if auth, ok := tt.cmd.(model.Authenticate); ok {
			first = "AUTHENTICATE " + auth.Mechanism
		}
		assert.Equal(t, "> A7 "+first+"\r\n", string(AppendCommand([]byte("> "), "A7", tt.cmd)))
	}
	all := model.Profile{Caps: []string{"ENABLE", "IDLE", "MOVE", "NAMESPACE", "UIDPLUS", "UNSELECT"}}
	for _, name := range all.Commands() {
		assert.True(t, seen[name], "no case for %s", name)
	}
}

// A form that cannot carry the octets is raised, and an invariant that only
// the encoder keeps (parentheses) is put in.
func TestCommandRaised(t *testing.T) {
	for want, c := range map[string]model.Command{
		`SELECT "a b"`:           model.Mailbox{Verb: "SELECT", Box: model.AString{S: "a b"}},
		"SELECT {2}\r\n\xc3\xa9": model.Mailbox{Verb: "SELECT", Box: quo("é")},
		`LIST "" "a *"`:          model.List{Verb: "LIST", Pattern: model.AString{S: "a *"}},
		`LIST "" ""`:             model.List{Verb: "LIST"},
		"FETCH 1 (UID FLAGS)":    model.Fetch{Set: model.One(1), Items: []string{"UID", "FLAGS"}},
		"STORE 1 FLAGS ()":       model.Store{Set: model.One(1)},
	} {
		assert.Equal(t, want, FormatCommand(c))
	}
}

// malformed is what no command of section 9 looks like.
var malformed = []string{
	"", " ", "NOOP ", " NOOP", "NOOP x", "FOO", "UID", "UID ", "UID NOOP", "X", "X ", "XFOO a\x80", "XFOO a\nb",
	"LOGIN", "LOGIN a", "LOGIN a ", "LOGIN a b c", "LOGIN  a b", "LOGIN a\tb", "LOGIN (a) b", `LOGIN "a b`, `LOGIN "a\b" c`, "LOGIN \"\xe9\" b",
	"LOGIN {2}\r\na", "LOGIN {2}ab b", "LOGIN {1}\r\n\x00 b", "LOGIN {4294967296}\r\na b", "LOGIN {}\r\n b", "LOGIN {1-}\r\na b", "LOGIN {+}\r\n b", "LOGIN {1++}\r\na b", "LOGIN {+1}\r\na b", "LOGIN {2+}\r\na",
	"ENABLE", "ENABLE ", "ENABLE a  b", "ENABLE a ", "ENABLE (a)", `ENABLE "a"`, "ENABLE a]", "IDLE ", "IDLE\r\nDONE", "DONE", "NAMESPACE x", "UNSELECT x", "UID IDLE", "UID UNSELECT",
	"UID EXPUNGE", "UID EXPUNGE ", "UID EXPUNGE 0", "UID EXPUNGE a", "UID EXPUNGE 1 2", "EXPUNGE 1", "MOVE", "MOVE 1", "MOVE $1 b", "MOVE a b", "MOVE 1 b c", "UID MOVE 1",
	"AUTHENTICATE", "AUTHENTICATE PLAIN AAAA", "AUTHENTICATE PLAIN\r\nAAA", "AUTHENTICATE PLAIN\r\n*\r\nAAAA", "AUTHENTICATE PLAIN\r\nA===", "AUTHENTICATE P(\r\n",
	"SELECT", "SELECT a b", "SELECT a*", "SELECT a%", `SELECT a"`, "SELECT \"a\rb\"", "SELECT \x7f", "SELECT a\xff", "RENAME a", "RENAME a  b",
	`LIST ""`, `LIST "" (a)`, `LIST a* b`, "LIST", "LSUB a {1}\r\n",
	"STATUS INBOX", "STATUS INBOX ()", "STATUS INBOX MESSAGES", "STATUS INBOX (MESSAGES", "STATUS INBOX (SIZE)", "STATUS INBOX (MESSAGES )", "STATUS (MESSAGES)",
	"APPEND INBOX", "APPEND INBOX ab", `APPEND INBOX "ab"`, "APPEND INBOX {2}\r\nabc", "APPEND INBOX {1}\r\n\x00", "APPEND INBOX (\\Recent) {0}\r\n",
	"APPEND INBOX \"1-Feb-1994 21:52:25 -0800\" {0}\r\n", "APPEND INBOX \" 11-Feb-1994 21:52:25 -0800\" {0}\r\n", "APPEND INBOX \"01-Fev-1994 21:52:25 -0800\" {0}\r\n",
	"APPEND INBOX \"01-Feb-1994 21:52 -0800\" {0}\r\n", "APPEND INBOX \"01-Feb-1994 21:52:25 0800\" {0}\r\n", "APPEND INBOX \"01-Feb-1994 21:52:25 -0800\" (a) {0}\r\n",
	"SEARCH", "SEARCH ", "SEARCH()", "SEARCH ()", "SEARCH(ALL)", "SEARCH NOT", "SEARCH OR ALL", "SEARCH CHARSET", "SEARCH CHARSET UTF-8", "SEARCH FOO", "SEARCH $1",
	"SEARCH UID", "SEARCH UID a", "SEARCH 0", "SEARCH SINCE 1994-02-01", "SEARCH SINCE 1-Feb-94", "SEARCH SINCE \"1-Feb-1994", "SEARCH SINCE 111-Feb-1994", "SEARCH LARGER -1",
	"SEARCH LARGER 4294967296", "SEARCH KEYWORD \\Seen", "SEARCH KEYWORD a]", "SEARCH HEADER a", "SEARCH ALL ", "SEARCH (ALL", "SEARCH ALL)", "SEARCH (ALL )",
	"FETCH", "FETCH 1", "FETCH 1 ", "FETCH 0 ALL", "FETCH 1,, ALL", "FETCH 1: ALL", "FETCH :1 ALL", "FETCH a ALL", "FETCH 01 ALL", "FETCH 4294967296 ALL", "FETCH $1 ALL",
	"FETCH 1 (ALL)", "FETCH 1 ()", "FETCH 1 (UID", "FETCH 1 UID FLAGS", "FETCH 1 FOO", "FETCH 1 BODY.PEEK", "FETCH 1 BODY[", "FETCH 1 BODY[FOO]", "FETCH 1 BODY[MIME]", "FETCH 1 BODY[1.]",
	"FETCH 1 BODY[0]", "FETCH 1 BODY[01]", "FETCH 1 BODY[1.FOO]", "FETCH 1 BODY[HEADER.FIELDS]", "FETCH 1 BODY[HEADER.FIELDS ()]", "FETCH 1 BODY[HEADER.FIELDS (A]", "FETCH 1 BODY[1HEADER]",
	"FETCH 1 BODY[]<0>", "FETCH 1 BODY[]<0.0>", "FETCH 1 BODY[]<.1>", "FETCH 1 BODY<0.1>", "FETCH 1 RFC822<0.1>", "FETCH 1 RFC822.PEEK", "FETCH 1 BODYSTRUCTURE[]",
	"STORE 1", "STORE 1 FLAGS", "STORE 1 FLAGS ", "STORE 1 *FLAGS ()", "STORE 1 ++FLAGS ()", "STORE 1 + FLAGS ()", "STORE 1 FLAGS.LOUD ()", `STORE 1 FLAGS (\Recent)`,
	`STORE 1 FLAGS \recent`, `STORE 1 FLAGS (\*)`, `STORE 1 FLAGS (\)`, `STORE 1 FLAGS (\Seen  \Draft)`, `STORE 1 FLAGS (\Seen) \Draft`, "STORE 1 FLAGS (a", "STORE 1 FLAGS a]", "STORE $1 FLAGS ()",
	"COPY 1", "COPY 1 ", "COPY a b", "COPY 1 b c", "COPY $1 b",
}

func TestMalformed(t *testing.T) {
	for _, s := range malformed {
		_, ok := Spells(s)
		assert.False(t, ok, "%q", s)
		assert.Equal(t, model.Raw{Bytes: s}, ParseCommand(s))
	}
}

// Another spelling of a legal command keeps its octets.
func TestSpelling(t *testing.T) {
	for s, want := range map[string]string{
		"noop":                                    "NOOP",
		"Idle":                                    "IDLE",
		"enable condstore":                        "ENABLE condstore",
		"Uid Move 1 {01+}\r\na":                   "UID MOVE 1 {1+}\r\na",
		"Uid Fetch 1 flags":                       "UID FETCH 1 FLAGS",
		"FETCH 1 body[header.fields (\"from\")]":  "FETCH 1 BODY[HEADER.FIELDS (FROM)]",
		"FETCH 1 BODY[HEADER.FIELDS ({1}\r\nA)]":  "FETCH 1 BODY[HEADER.FIELDS (A)]",
		"SEARCH charset \"us-ascii\" not seen":    "SEARCH CHARSET us-ascii NOT SEEN",
		"STORE 1 +flags.Silent (a)":               "STORE 1 +FLAGS.SILENT (a)",
		"SELECT {01}\r\na":                        "SELECT {1}\r\na",
		"status a (messages)":                     "STATUS a (MESSAGES)",
		"SEARCH CHARSET \"\" ALL":                 "SEARCH ALL",
		"FETCH 1 BODY[HEADER.FIELDS.NOT (\xc3a)]": "",
	} {
		assert.Equal(t, model.Raw{Bytes: s}, ParseCommand(s))
		c, ok := Spells(s)
		if assert.Equal(t, want != "", ok, "%q", s) && ok {
			assert.Equal(t, want, FormatCommand(c))
		}
	}
	deep := "SEARCH " + strings.Repeat("NOT ", 100_000) + "ALL"
	assert.Equal(t, model.Raw{Bytes: deep}, ParseCommand(deep))
}

func TestChunks(t *testing.T) {
	for _, tt := range [][]string{
		{},
		{"A1 NOOP\r\n"},
		{"A1 LOGIN {4}\r\n", "user {0}\r\n", "\r\n"},
		{"A1 LOGIN {5}\r\n", "{3}\r\n b\r\n"},
		{"A1 LOGIN {3}\r\n", "{3} {3}\r\n", "{3}\r\n"},
		{"A1 LOGIN {3}\r\n", "{3}\r\n"},
		{"A1 APPEND a {7}\r\n", "{1}\r\nx\r\n"},
		{"A1 APPEND a {10}\r\n", "abc\r\n"},
		{"A1 APPEND a {10}\r\n"},
		{"A1 APPEND a {99999999999999999999}\r\n", "{1}\r\nx\r\n"},
		{"A1 LOGIN {4+}\r\nuser {4+}\r\npass\r\n"},
		{"A1 LOGIN {5+}\r\n{3}\r\n {1}\r\n", "b\r\n"},
		{"A1 LOGIN {5}\r\n", "{3+}\r {1+}\r\n{\r\n"},
		{"A1 APPEND a {10+}\r\nabc\r\n"},
		{"A1 APPEND a {99999999999999999999+}\r\n{1}\r\nx\r\n"},
		{"A1 LOGIN {+}\r\nab {1}\r\n", "c\r\n"},
		{"A1 LOGIN {1++}\r\nab {1}\r\n", "c\r\n"},
		{"A1 LOGIN {1}\nab\r\n"},
		{"A1 LOGIN {}\r\nab\r\n"},
		{"A1 LOGIN {x}\r\nab\r\n"},
		{"A1 LOGIN {-1}\r\nab\r\n"},
		{"A1 LOGIN 1}\r\nab"},
		{"A1 LOGIN {1} \r\nab\r\n"},
		{"A1 {{1}\r\n", "a\r\nb{1}\r\n", "a"},
	} {
		var got []string
		for _, c := range Chunks([]byte(strings.Join(tt, ""))) {
			got = append(got, string(c))
		}
		assert.Equal(t, tt, append([]string{}, got...))
	}
	big := model.Append{Box: lit("a"), Message: "x {3}\r\nabc{9}\r\n"}
	chunks := Chunks(AppendCommand(nil, "A1", big))
	require.Len(t, chunks, 3)
	assert.Equal(t, big.Message+"\r\n", string(chunks[2]))
}

func TestChunksAreTheInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{"{2}", "{3+}\r\n", "{", "}", "+", "\r\n", "\r", "\n", "{0}\r\n", "a", "9"})).Draw(t, "parts")
		b := []byte(strings.Join(parts, ""))
		chunks := Chunks(b)
		assert.Equal(t, b, append([]byte{}, bytes.Join(chunks, nil)...))
		for i, c := range chunks {
			assert.NotEmpty(t, c)
			if i < len(chunks)-1 {
				_, plus, ok := literalSize(bytes.TrimSuffix(c, []byte("\r\n")))
				assert.True(t, ok && !plus && bytes.HasSuffix(c, []byte("\r\n")), "%q", c)
			}
		}
	})
}

func TestCommandRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := genCommand().Draw(t, "command")
		s := FormatCommand(c)
		if got := ParseCommand(s); !assert.ObjectsAreEqual(c, got) {
			t.Fatalf("%q\nwant %#v\ngot  %#v", s, c, got)
		}
	})
}

// Any text comes back, and without a panic.
func TestParseCommandTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := FormatCommand(genCommand().Draw(t, "command"))
		if len(s) > 0 {
			i := rapid.IntRange(0, len(s)-1).Draw(t, "at")
			s = s[:i] + string(rapid.SliceOfN(rapid.Byte(), 0, 2).Draw(t, "octets")) + s[i+rapid.IntRange(0, 1).Draw(t, "cut"):]
		}
		c := ParseCommand(s)
		if got := FormatCommand(c); got != s {
			t.Fatalf("%q became %q", s, got)
		}
	})
}

func genAString() *rapid.Generator[model.AString] {
	return rapid.Custom(func(t *rapid.T) model.AString {
		s := rapid.OneOf(
			rapid.SampledFrom([]string{"INBOX", "a", "a/b", "", "a b", `"`, `\`, "{3}\r\nabc", "NIL", "é", "]"}),
			rapid.StringMatching(`[\x01-\x7f]{0,5}`),
			rapid.Map(rapid.SliceOfN(rapid.ByteRange(1, 255), 0, 5), func(b []byte) string { return string(b) }),
		).Draw(t, "s")
		return model.AString{S: s, Form: model.Form(rapid.IntRange(0, 3).Draw(t, "form"))}.Legal()
	})
}

func genSet(symbolic bool) *rapid.Generator[model.Set] {
	num := rapid.Custom(func(t *rapid.T) model.Num {
		n := rapid.OneOf(rapid.Uint32Range(0, 5), rapid.Uint32()).Draw(t, "n")
		return model.Num{N: n, Symb: symbolic && n > 0 && rapid.Bool().Draw(t, "symbolic")}
	})
	return rapid.Custom(func(t *rapid.T) model.Set {
		var set model.Set
		for range rapid.IntRange(1, 3).Draw(t, "ranges") {
			r := model.Range{From: num.Draw(t, "from"), Single: rapid.Bool().Draw(t, "single")}
			if !r.Single {
				r.To = num.Draw(t, "to")
			}
			set = append(set, r)
		}
		return set
	})
}

func genFlag() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{`\Seen`, `\Deleted`, `\answered`, `\Foo`, "$Junk", "k", "a:b", "}"})
}

func genSearchKey(depth int) *rapid.Generator[model.SearchKey] {
	return rapid.Custom(func(t *rapid.T) model.SearchKey {
		var k model.SearchKey
		least := 0
		if depth == 0 {
			least = 3
		}
		switch rapid.IntRange(least, 6).Draw(t, "kind") {
		case 0:
			k.Key, k.Keys = "(", rapid.SliceOfN(genSearchKey(depth-1), 1, 3).Draw(t, "keys")
		case 1:
			k.Key, k.Keys = "OR", rapid.SliceOfN(genSearchKey(depth-1), 2, 2).Draw(t, "keys")
		case 2:
			k.Key, k.Keys = "NOT", rapid.SliceOfN(genSearchKey(depth-1), 1, 1).Draw(t, "keys")
		case 3:
			k.Set = genSet(false).Draw(t, "set")
		case 4:
			k.Key, k.Set = "UID", genSet(true).Draw(t, "set")
		default:
			names := []string{"ALL", "SEEN", "UNDRAFT", "BCC", "HEADER", "SUBJECT", "BEFORE", "SENTON", "KEYWORD", "UNKEYWORD", "LARGER", "SMALLER"}
			k.Key = rapid.SampledFrom(names).Draw(t, "key")
			for _, kind := range searchArgs[k.Key] {
				k.Args = append(k.Args, genSearchArg(kind).Draw(t, "arg"))
			}
		}
		return k
	})
}

func genSearchArg(kind rune) *rapid.Generator[model.AString] {
	return rapid.Custom(func(t *rapid.T) model.AString {
		switch kind {
		case 'd':
			return model.AString{S: rapid.SampledFrom([]string{"1-Feb-1994", "31-Dec-0000"}).Draw(t, "date"), Form: rapid.SampledFrom([]model.Form{model.Atom, model.Quoted}).Draw(t, "form")}
		case 'k':
			return model.AString{S: rapid.SampledFrom([]string{"$Junk", "k"}).Draw(t, "keyword")}
		case 'n':
			return model.AString{S: fmt.Sprint(rapid.Uint32().Draw(t, "number"))}
		}
		return genAString().Draw(t, "string")
	})
}

func genFetchAtt() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "plain") {
			return rapid.SampledFrom([]string{"ENVELOPE", "FLAGS", "INTERNALDATE", "RFC822", "RFC822.HEADER", "RFC822.SIZE", "RFC822.TEXT", "BODY", "BODYSTRUCTURE", "UID"}).Draw(t, "att")
		}
		part := rapid.SampledFrom([]string{"", "1", "1.2", "4294967295.1.1"}).Draw(t, "part")
		text := rapid.SampledFrom([]string{"", "HEADER", "TEXT", "HEADER.FIELDS (FROM)", `HEADER.FIELDS.NOT (A "" "X Y")`, "HEADER.FIELDS ({1}\r\n\xe9)"}).Draw(t, "text")
		if part != "" && text != "" {
			part += "."
		}
		return rapid.SampledFrom([]string{"BODY[", "BODY.PEEK["}).Draw(t, "body") + part + text + "]" +
			rapid.SampledFrom([]string{"", "<0.1>", "<4294967295.4294967295>"}).Draw(t, "partial")
	})
}

func genCommand() *rapid.Generator[model.Command] {
	return rapid.Custom(func(t *rapid.T) model.Command {
		str := func() model.AString { return genAString().Draw(t, "string") }
		verb := func(of ...string) string { return rapid.SampledFrom(of).Draw(t, "verb") }
		uid := rapid.Bool().Draw(t, "uid")
		set := genSet(uid).Draw(t, "set")
		flags := rapid.SliceOfN(genFlag(), 0, 3).Draw(t, "flags")
		switch rapid.IntRange(0, 16).Draw(t, "command") {
		case 0:
			return model.Simple{Verb: verb("CAPABILITY", "NOOP", "LOGOUT", "CHECK", "CLOSE", "EXPUNGE", "NAMESPACE", "UNSELECT", "IDLE")}
		case 1:
			return model.LoginCmd{User: str(), Password: str()}
		case 2:
			c := model.Authenticate{Mechanism: verb("PLAIN", "LOGIN", "X-Y")}
			for range rapid.IntRange(0, 2).Draw(t, "lines") {
				c.Lines = append(c.Lines, verb("", "AAAA", "YWI=", "Yw==", "+/+/YQ=="))
			}
			if uid {
				c.Lines = append(c.Lines, "*")
			}
			return c
		case 3:
			return model.Mailbox{Verb: verb("SELECT", "EXAMINE", "CREATE", "DELETE", "SUBSCRIBE", "UNSUBSCRIBE"), Box: str()}
		case 4:
			return model.Rename{From: str(), To: str()}
		case 5:
			c := model.List{Verb: verb("LIST", "LSUB"), Ref: str(), Pattern: str()}
			if uid {
				c.Pattern = model.AString{S: verb("*", "%", "a/%", "%*]")}
			}
			return c
		case 6:
			return model.StatusCmd{Box: str(), Items: rapid.SliceOfN(rapid.SampledFrom([]string{"MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN"}), 1, 5).Draw(t, "items")}
		case 7:
			c := model.Append{Box: str(), Date: verb("", " 1-Feb-1994 21:52:25 -0800", "31-dec-2026 00:00:00 +0000"), Plus: rapid.Bool().Draw(t, "plus")}
			if uid {
				c.Flags = flags
			}
			c.Message = string(rapid.SliceOfN(rapid.ByteRange(1, 255), 0, 20).Draw(t, "message"))
			return c
		case 8:
			return model.Search{UID: uid, Charset: verb("", "US-ASCII", "UTF-8", "no such"), Keys: rapid.SliceOfN(genSearchKey(2), 1, 3).Draw(t, "keys")}
		case 9:
			c := model.Fetch{UID: uid, Set: set, Items: rapid.SliceOfN(genFetchAtt(), 1, 3).Draw(t, "items")}
			c.Paren = len(c.Items) > 1 || rapid.Bool().Draw(t, "paren")
			if !c.Paren && rapid.Bool().Draw(t, "macro") {
				c.Items = []string{verb("ALL", "FAST", "FULL")}
			}
			return c
		case 10:
			c := model.Store{UID: uid, Set: set, Op: rapid.SampledFrom([]byte{0, '+', '-'}).Draw(t, "op"), Silent: rapid.Bool().Draw(t, "silent")}
			if len(flags) > 0 {
				c.Flags = flags
			}
			c.Paren = len(flags) == 0 || rapid.Bool().Draw(t, "paren")
			return c
		case 11:
			return model.Copy{UID: uid, Set: set, Box: str(), Move: rapid.Bool().Draw(t, "move")}
		case 12:
			return model.Experimental{Verb: verb("XFOO", "X-a", "xx"), Args: verb("", "a", ` "{3}`, "\x01\x7f")}
		case 13:
			return model.Enable{Caps: rapid.SliceOfN(rapid.SampledFrom([]string{"CONDSTORE", "x", "UTF8=ACCEPT"}), 1, 3).Draw(t, "caps")}
		case 14:
			return model.UIDExpunge{Set: genSet(true).Draw(t, "uids")}
		case 15:
			c := model.StartTLS{}
			if uid {
				c.Behind = model.Simple{Verb: verb("CAPABILITY", "NOOP", "LOGOUT", "CLOSE")}
			} else if len(flags) > 0 {
				c.Behind = model.Store{Set: set, Flags: flags, Paren: true}
			}
			return c
		}
		return model.Raw{Bytes: rapid.SampledFrom(malformed).Draw(t, "raw")}
	})
}
