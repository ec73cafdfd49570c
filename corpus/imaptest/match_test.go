package imaptest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		want, got string
		ok        bool
	}{
		{"search 1 2", "SEARCH 1 2", true},
		{"search 1", "SEARCH 1 2", false},
		{"search 1 2", "SEARCH 1", false},
		{"ok [uidvalidity $]", "OK [UIDVALIDITY 7] (is that so?", true},
		{"ok [uidvalidity 8]", "OK [UIDVALIDITY 7] yes", false},
		{"bye", "BYE so long", true},
		{"preauth", "OK", false},
		{`list () "/" "a b"`, "LIST (\\Noselect) \"/\" {3}\r\na b", true},
		{`list (\noselect) "/" a`, `LIST () "/" a`, false},
		{`list () nil a`, `LIST () NIL a`, true},
		{`list () nil a`, `LIST () "NIL" a`, false},
		{`list () "nil" a`, `LIST () NIL a`, false},
		{`list () ${x} a`, `LIST () NIL a`, true},
		{"list () \"/\" ${case:Ab}", `LIST () "/" Ab`, true},
		{"list () \"/\" ${case:Ab}", `LIST () "/" AB`, false},
		{"1 fetch (uid 3)", `1 FETCH (FLAGS () UID 3)`, true},
		{"1 fetch (uid 3 flags ())", `1 FETCH (FLAGS () UID 3)`, true},
		{"1 fetch (uid flags)", `1 FETCH (FLAGS () UID 3)`, false},
		{"1 fetch (flags (\\seen))", `1 FETCH (FLAGS (\Recent \Seen))`, true},
		{"1 fetch (flags (\\seen))", `1 FETCH (FLAGS (\Seen \Draft))`, false},
		{"1 fetch (flags (\\seen \\draft))", `1 FETCH (FLAGS (\Draft \Seen))`, true},
		{"1 fetch (flags ($!extra \\seen))", `1 FETCH (FLAGS (\Draft \Seen))`, true},
		{"1 fetch (flags ($!extra \\seen \\draft))", `1 FETCH (FLAGS (\Draft \Seen))`, false},
		{"1 fetch (flags ($!unordered $!ban=\\draft \\seen))", `1 FETCH (FLAGS (\Draft \Seen))`, false},
		{"1 fetch ($!ordered flags $ uid 3)", `1 FETCH (UID 3 FLAGS ())`, false},
		{"1 fetch ($!unordered=2 $!noextra uid 3)", `1 FETCH (UID 3 FLAGS ())`, false},
		{"1 fetch ($!unordered=2 $!noextra $!ignore=flags uid 3)", `1 FETCH (UID 3 FLAGS ())`, true},
		{"1 fetch (body[header.fields (to)] {2}\r\nab)", "1 FETCH (BODY[HEADER.FIELDS (\"TO\")] {2}\r\nab UID 7)", true},
		{"1 fetch (body[] {2}\r\n$$)", "1 FETCH (BODY[] \"$$\")", true},
		{"1 fetch (binary[] ~{2}\r\na\x00)", "1 FETCH (BINARY[] ~{2}\r\na\x00)", true},
		{"flags (\\seen)", `FLAGS (\Draft \Seen)`, true},
		{"status a (messages 1)", `STATUS a (UNSEEN 0 MESSAGES 1)`, true},
		{"status a (messages 1)", `STATUS a (UNSEEN 1 MESSAGES 0)`, false},
		{"1 fetch (envelope ($ $x $y))", `1 FETCH (ENVELOPE (NIL "a" "b"))`, true},
		{"1 fetch (envelope ($ $x $x))", `1 FETCH (ENVELOPE (NIL "a" "b"))`, false},
		{"1 fetch (envelope ($x))", `1 FETCH (ENVELOPE (("a")))`, false},
		{"1 fetch (flags ($!unordered $x a))", `1 FETCH (FLAGS (a b))`, true},
		{"x $a-$b-3", "X 1-2-3", true},
		{"x $a-$a", "X 1-2", false},
		{"esearch (tag $tag) all 1", `ESEARCH (TAG "A7") ALL 1`, true},
		{"esearch (tag $tag) all 1", `ESEARCH (TAG "A8") ALL 1`, false},
		{"thread (1)(2 3)", "THREAD (1) (2 3)", true},
		{"x k", "X \u212a", false}, // a letter of Unicode is no K
	} {
		l, err := parseLine(c.want)
		require.NoError(t, err, c.want)
		e := env{tag: "A7"}
		assert.Equal(t, c.ok, e.line(l, looseArgs(c.got)), "%s and %s", c.want, c.got)
		if !c.ok {
			assert.Empty(t, e.bound, c.want)
		}
	}
}

func TestVariablesStay(t *testing.T) {
	e := env{}
	is := func(want, got string) bool {
		l, err := parseLine(want)
		require.NoError(t, err)
		return e.line(l, looseArgs(got))
	}
	assert.False(t, is("$n fetch (uid $uid flags (a))", "1 FETCH (UID 7 FLAGS (b))"), "what it has bound is free again")
	assert.True(t, is("$n fetch (uid $uid)", "2 FETCH (UID 8)"))
	assert.False(t, is("$n fetch (uid $uid)", "1 FETCH (UID 7)"))
	value, ok := e.lookup("uid")
	assert.True(t, ok)
	assert.Equal(t, "8", value)
}

func TestModseq(t *testing.T) {
	for _, c := range []struct {
		values string
		ok     bool
	}{
		{"3 7", true}, {"3 8", true}, {"20 24", true}, {"20 9000", true},
		{"2 7", false}, {"3 6", false}, {"20 23", false}, {"24 20", false}, {"20 x", false},
	} {
		l, err := parseLine("x $modseq3 $modseq7")
		require.NoError(t, err)
		e := env{}
		assert.Equal(t, c.ok, e.line(l, looseArgs("X "+c.values)), c.values)
		l, err = parseLine("x $modseq7 $modseq3")
		require.NoError(t, err)
		a, b, _ := strings.Cut(c.values, " ")
		e = env{}
		assert.Equal(t, c.ok, e.line(l, looseArgs("X "+b+" "+a)), "backwards: %s", c.values)
	}
}

func TestSequences(t *testing.T) {
	e := env{gone: []uint32{1, 2}} // messages 1 and 3
	for n, want := range map[uint32]uint32{2: 1, 4: 2, 5: 3} {
		now, there := e.now(n)
		assert.True(t, there)
		assert.Equal(t, want, now)
	}
	for _, n := range []uint32{1, 3} {
		_, there := e.now(n)
		assert.False(t, there)
	}
}

// A text in which many variables meet is given up, and takes no time.
func TestManyVariables(t *testing.T) {
	l, err := parseLine("x " + strings.Repeat("${a}-$", 20) + "!")
	require.NoError(t, err)
	e := env{}
	assert.False(t, e.line(l, looseArgs("X "+strings.Repeat("-", 2000))))
}

func TestLooseArgs(t *testing.T) {
	for text, want := range map[string]int{
		`OK [A] "open`:      3,
		`OK (never closed`:  2,
		`OK x) y`:           3,
		"OK {9}\r\nshort":   2,
		"":                  0,
		`OK a[b c`:          3,
		"FETCH (BODY[ (A)]": 2,
	} {
		assert.Len(t, looseArgs(text), want, text)
	}
	assert.Len(t, looseArgs(strings.Repeat("(", 1000)), 1)
}
