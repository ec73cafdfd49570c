package model

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func drawAString(t *rapid.T, label string) AString {
	s := rapid.OneOf(
		rapid.SampledFrom([]string{"", "a", "INBOX", "a b", "*", "%", "x/y", "a]", "caf\xc3\xa9", "a\r\nb", `"`}),
		rapid.StringN(0, 5, 8),
	).Draw(t, label)
	return AString{S: s, Form: Form(rapid.IntRange(0, 2).Draw(t, label+" form"))}
}

func drawSet(t *rapid.T, label string) Set {
	num := rapid.Custom(func(t *rapid.T) Num {
		n := Num{N: rapid.OneOf(rapid.Uint32Range(0, 9), rapid.Uint32()).Draw(t, "n")}
		n.Symb = n.N > 0 && rapid.Bool().Draw(t, "symbolic")
		return n
	})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Range {
		if rapid.Bool().Draw(t, "single") {
			return Range{From: num.Draw(t, "from"), Single: true}
		}
		return Range{From: num.Draw(t, "from"), To: num.Draw(t, "to")}
	}), 1, 4).Draw(t, label)
}

func drawKey(t *rapid.T, depth int) SearchKey {
	name := rapid.SampledFrom([]string{"ALL", "SEEN", "", "UID", "FROM", "HEADER", "LARGER", "KEYWORD", "SINCE", "NOT", "OR", "("}).Draw(t, "key")
	k := SearchKey{Key: name}
	subs := 0
	switch name {
	case "", "UID":
		k.Set = drawSet(t, "set")
	case "FROM":
		k.Args = []AString{drawAString(t, "arg")}
	case "HEADER":
		k.Args = []AString{A("Subject"), drawAString(t, "arg")}
	case "LARGER":
		k.Args = []AString{A(fmt.Sprint(rapid.Uint32().Draw(t, "size")))}
	case "KEYWORD":
		k.Args = []AString{A("work")}
	case "SINCE":
		k.Args = []AString{{S: "1-Feb-1994", Form: Quoted}}
	case "NOT":
		subs = 1
	case "OR":
		subs = 2
	case "(":
		subs = rapid.IntRange(1, 3).Draw(t, "subs")
	}
	if subs > 0 && depth == 0 {
		return SearchKey{Key: "ALL"}
	}
	for range subs {
		k.Keys = append(k.Keys, drawKey(t, depth-1))
	}
	return k
}

// draws has a generator for every type of command.
var draws = map[string]func(t *rapid.T) Command{
	"Simple": func(t *rapid.T) Command { return Simple{"NOOP"} },
	"LoginCmd": func(t *rapid.T) Command {
		return LoginCmd{drawAString(t, "user"), drawAString(t, "password")}
	},
	"Authenticate": func(t *rapid.T) Command {
		return Authenticate{"PLAIN", rapid.SliceOfN(rapid.StringN(0, 20, 40), 0, 3).Draw(t, "lines")}
	},
	"StartTLS": func(t *rapid.T) Command {
		return StartTLS{rapid.SampledFrom([]Command{nil, Simple{"NOOP"}, Simple{"LOGOUT"}, LoginCmd{A("u"), AString{"p", Quoted}}}).Draw(t, "behind")}
	},
	"Mailbox": func(t *rapid.T) Command { return Mailbox{"SELECT", drawAString(t, "box")} },
	"Rename":  func(t *rapid.T) Command { return Rename{drawAString(t, "from"), drawAString(t, "to")} },
	"List": func(t *rapid.T) Command {
		return List{"LSUB", drawAString(t, "ref"), drawAString(t, "pattern")}
	},
	"StatusCmd": func(t *rapid.T) Command {
		items := rapid.SliceOfN(rapid.SampledFrom([]string{"MESSAGES", "RECENT", "UIDNEXT"}), 1, 3).Draw(t, "items")
		return StatusCmd{drawAString(t, "box"), items}
	},
	"Append": func(t *rapid.T) Command {
		return Append{
			Box:     drawAString(t, "box"),
			Flags:   rapid.SliceOfN(rapid.SampledFrom([]string{`\Seen`, "k", "work"}), 0, 3).Draw(t, "flags"),
			Date:    rapid.SampledFrom([]string{"", " 1-Feb-1994 00:00:00 +0000"}).Draw(t, "date"),
			Message: rapid.StringMatching(`((From|To): [a-z]{1,9}\r\n){0,3}\r\n[a-z]{1,9}`).Draw(t, "message"),
		}
	},
	"Search": func(t *rapid.T) Command {
		c := Search{UID: rapid.Bool().Draw(t, "uid"), Charset: rapid.SampledFrom([]string{"", "UTF-8"}).Draw(t, "charset")}
		for range rapid.IntRange(1, 3).Draw(t, "keys") {
			c.Keys = append(c.Keys, drawKey(t, 2))
		}
		return c
	},
	"Fetch": func(t *rapid.T) Command {
		items := rapid.SampledFrom([][]string{{"ALL"}, {"FAST"}, {"FULL"}, {"FLAGS"}, {"UID", "FLAGS"},
			{"BODY.PEEK[HEADER]<0.10>"}, {"ENVELOPE", "BODY[]<3.4>", "FLAGS"}}).Draw(t, "items")
		return Fetch{rapid.Bool().Draw(t, "uid"), drawSet(t, "set"), items, rapid.Bool().Draw(t, "paren")}
	},
	"Store": func(t *rapid.T) Command {
		flags := rapid.SliceOfN(rapid.SampledFrom([]string{`\Deleted`, "k"}), 0, 3).Draw(t, "flags")
		return Store{rapid.Bool().Draw(t, "uid"), drawSet(t, "set"), rapid.SampledFrom([]byte{0, '+', '-'}).Draw(t, "op"),
			rapid.Bool().Draw(t, "silent"), flags, len(flags) == 0 || rapid.Bool().Draw(t, "paren")}
	},
	"Copy": func(t *rapid.T) Command {
		return Copy{rapid.Bool().Draw(t, "uid"), drawSet(t, "set"), drawAString(t, "box"), rapid.Bool().Draw(t, "move")}
	},
	"Experimental": func(t *rapid.T) Command { return Experimental{"XFOO", rapid.String().Draw(t, "args")} },
	"Raw":          func(t *rapid.T) Command { return Raw{rapid.StringN(0, 60, 100).Draw(t, "bytes")} },
}

func TestSimplerIsLighterAndEnds(t *testing.T) {
	for name, draw := range draws {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := draw(t)
				for steps := 0; ; steps++ {
					require.LessOrEqual(t, steps, 1000, "no end in sight")
					list := Simpler(c)
					for i, p := range list {
						require.Less(t, Weight(p), Weight(c), "%#v to %#v", c, p)
						if i > 0 {
							require.LessOrEqual(t, Weight(list[i-1]), Weight(p), "the simplest is first")
						}
						requireWhole(t, c, p)
					}
					if len(list) == 0 {
						return
					}
					c = list[rapid.IntRange(0, len(list)-1).Draw(t, "take")]
				}
			})
		})
	}
}

// requireWhole demands that p is a command of the same kind as c, with at least
// one of what section 9 wants at least one of.
func requireWhole(t *rapid.T, c, p Command) {
	require.IsType(t, c, p)
	if _, raw := c.(Raw); !raw {
		require.Equal(t, strings.TrimPrefix(c.Name(), "UID "), strings.TrimPrefix(p.Name(), "UID "))
	}
	switch p := p.(type) {
	case Fetch:
		require.NotEmpty(t, p.Set)
		require.NotEmpty(t, p.Items)
	case Store:
		require.NotEmpty(t, p.Set)
		require.True(t, p.Paren || len(p.Flags) > 0)
	case Copy:
		require.NotEmpty(t, p.Set)
	case Search:
		requireKeys(t, p.Keys)
	case StatusCmd:
		require.NotEmpty(t, p.Items)
	case Append:
		require.NotEmpty(t, p.Message)
	}
}

func requireKeys(t *rapid.T, keys []SearchKey) {
	require.NotEmpty(t, keys)
	for _, k := range keys {
		switch k.Key {
		case "NOT":
			require.Len(t, k.Keys, 1)
			requireKeys(t, k.Keys)
		case "OR":
			require.Len(t, k.Keys, 2)
			requireKeys(t, k.Keys)
		case "(":
			requireKeys(t, k.Keys)
		case "", "UID":
			require.NotEmpty(t, k.Set)
		}
	}
}

func set(s string) Set {
	set, err := ParseSet(s)
	if err != nil {
		panic(err)
	}
	return set
}

// TestSimplerFirst pins what is tried first, and that what is named is tried.
func TestSimplerFirst(t *testing.T) {
	lit := func(s string) AString { return AString{s, Literal} }
	all := []SearchKey{{Key: "ALL"}}
	for _, tt := range []struct {
		c       Command
		first   Command
		somehow []Command
	}{
		{Simple{"NOOP"}, nil, nil},
		{StartTLS{}, nil, nil},
		{StartTLS{Simple{"NOOP"}}, StartTLS{}, nil},
		{StartTLS{LoginCmd{A("u"), AString{"p", Quoted}}}, StartTLS{},
			[]Command{StartTLS{Simple{"NOOP"}}, StartTLS{LoginCmd{A("u"), A("p")}}}},
		{Mailbox{"SELECT", A("x")}, nil, nil},
		{Mailbox{"SELECT", lit("x")}, Mailbox{"SELECT", A("x")}, []Command{Mailbox{"SELECT", AString{"x", Quoted}}}},
		{Mailbox{"SELECT", lit("a b")}, Mailbox{"SELECT", AString{"a b", Quoted}}, nil},
		{Mailbox{"SELECT", lit("a\nb")}, nil, nil},
		{Rename{lit("x"), A("y")}, Rename{A("x"), A("y")}, nil},
		{LoginCmd{A("u"), lit("p")}, LoginCmd{A("u"), A("p")}, nil},
		{Authenticate{"PLAIN", []string{"a", "b"}}, Authenticate{"PLAIN", []string{}}, []Command{Authenticate{"PLAIN", []string{"b"}}}},
		{List{"LIST", A(""), A("%")}, List{"LIST", A(""), AString{S: "*"}}, nil},
		{List{"LIST", A(""), AString{S: "*"}}, nil, nil},
		{List{"LIST", A("x"), AString{"a/%", Quoted}}, List{"LIST", A("x"), AString{S: "*"}},
			[]Command{List{"LIST", A(""), AString{"a/%", Quoted}}, List{"LIST", A("x"), AString{S: "a/%"}}}},
		{StatusCmd{A("x"), []string{"UIDNEXT", "RECENT"}}, StatusCmd{A("x"), []string{"RECENT"}}, nil},
		{Append{Box: A("x"), Flags: []string{`\Seen`}, Date: "d", Message: strings.Repeat("m", 99)},
			Append{Box: A("x"), Flags: []string{`\Seen`}, Date: "d", Message: "Subject: a\r\n"},
			[]Command{Append{Box: A("x"), Flags: []string{`\Seen`}, Date: "d", Message: "Subject: a\r\n\r\na\r\n"},
				Append{Box: A("x"), Date: "d", Message: strings.Repeat("m", 99)},
				Append{Box: A("x"), Flags: []string{`\Seen`}, Message: strings.Repeat("m", 99)}}},
		{Search{UID: true, Charset: "UTF-8", Keys: all}, Search{UID: true, Keys: all}, []Command{Search{Charset: "UTF-8", Keys: all}}},
		{Search{Keys: []SearchKey{{Key: "NOT", Keys: []SearchKey{{Key: "SEEN"}}}}}, Search{Keys: all},
			[]Command{Search{Keys: []SearchKey{{Key: "SEEN"}}}}},
		{Search{Keys: []SearchKey{{Key: "(", Keys: []SearchKey{{Key: "SEEN"}, {Key: "NEW"}}}}}, Search{Keys: all},
			[]Command{Search{Keys: []SearchKey{{Key: "SEEN"}, {Key: "NEW"}}}, Search{Keys: []SearchKey{{Key: "NEW"}}}}},
		{Search{Keys: []SearchKey{{Key: "OR", Keys: []SearchKey{{Key: "SEEN"}, {Set: set("2:4")}}}}}, Search{Keys: all},
			[]Command{Search{Keys: []SearchKey{{Set: set("2:4")}}},
				Search{Keys: []SearchKey{{Key: "OR", Keys: []SearchKey{{Key: "SEEN"}, {Set: set("2")}}}}}}},
		{Fetch{Set: set("1"), Items: []string{"FULL"}}, Fetch{Set: set("1"), Items: []string{"FLAGS"}},
			[]Command{Fetch{Set: set("1"), Items: []string{"ENVELOPE"}}}},
		{Fetch{Set: set("1"), Items: []string{"BODY[]<0.5>"}}, Fetch{Set: set("1"), Items: []string{"BODY[]"}}, nil},
		{Fetch{Set: set("1"), Items: []string{"UID"}, Paren: true}, Fetch{Set: set("1"), Items: []string{"UID"}}, nil},
		{Fetch{UID: true, Set: set("$2"), Items: []string{"UID"}}, Fetch{Set: set("2"), Items: []string{"UID"}},
			[]Command{Fetch{UID: true, Set: set("$1"), Items: []string{"UID"}}}},
		{Store{UID: true, Set: set("*"), Op: '+', Silent: true, Flags: []string{"k"}, Paren: true},
			Store{UID: true, Set: set("*"), Op: '+', Silent: true, Flags: []string{}, Paren: true},
			[]Command{Store{Set: set("*"), Op: '+', Silent: true, Flags: []string{"k"}, Paren: true},
				Store{UID: true, Set: set("$1"), Op: '+', Silent: true, Flags: []string{"k"}, Paren: true},
				Store{UID: true, Set: set("*"), Silent: true, Flags: []string{"k"}, Paren: true},
				Store{UID: true, Set: set("*"), Op: '+', Flags: []string{"k"}, Paren: true},
				Store{UID: true, Set: set("*"), Op: '+', Silent: true, Flags: []string{"k"}}}},
		{Copy{Set: set("4:*,7"), Box: A("x")}, Copy{Set: set("1"), Box: A("x")},
			[]Command{Copy{Set: set("4:*"), Box: A("x")}, Copy{Set: set("7"), Box: A("x")}, Copy{Set: set("4,7"), Box: A("x")}}},
		{Copy{Set: set("*"), Box: A("x")}, Copy{Set: set("1"), Box: A("x")}, nil},
		{Experimental{"XA", "args"}, Experimental{"XA", ""}, nil},
		{Raw{"NOOP xy"}, nil, []Command{Raw{"NOOP x"}, Raw{"P xy"}}},
	} {
		got := Simpler(tt.c)
		if tt.first != nil {
			require.NotEmpty(t, got, "%#v", tt.c)
			assert.Equal(t, tt.first, got[0])
		} else if tt.somehow == nil {
			assert.Empty(t, got)
		}
		for _, c := range tt.somehow {
			assert.Contains(t, got, c)
		}
	}
}

func TestSimplerRawStaysMalformed(t *testing.T) {
	for _, s := range []string{"NOOP x", "xNOOP", "XFOO ", "LOGOUTT", "CHECK\x00"} {
		for _, c := range Simpler(Raw{s}) {
			assert.NotContains(t, []string{"NOOP", "XFOO", "LOGOUT", "CHECK"}, c.(Raw).Bytes)
		}
	}
	long := Raw{strings.Repeat("ab(", 1000)}
	assert.LessOrEqual(t, len(Simpler(long)), 42)
}
