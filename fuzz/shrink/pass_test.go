package shrink

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

// set reads a sequence-set.
func set(text string) model.Set {
	s, err := model.ParseSet(text)
	if err != nil {
		panic(err)
	}
	return s
}

// shape is a Run that fails as long as the trace has commands of these names in
// this order and f, if any, holds.
func shape(f func(model.Trace) bool, names ...string) Run {
	return func(_ context.Context, t model.Trace) ([]Failure, error) {
		i := 0
		for _, step := range t.Steps {
			if i < len(names) && step.Cmd.Name() == names[i] {
				i++
			}
		}
		if i < len(names) || f != nil && !f(t) {
			return nil, nil
		}
		return []Failure{found("wanted", len(t.Steps)-1)}, nil
	}
}

func shrunk(t *testing.T, in model.Trace, run Run, o Options) Result {
	t.Helper()
	got, err := Shrink(context.Background(), in, wanted, run, o)
	require.NoError(t, err)
	return got
}

func TestRenameEverything(t *testing.T) {
	lit := func(s string) model.AString { return model.AString{S: s, Form: model.Quoted} }
	in := model.Trace{Fixture: model.Fixture{Messages: 9}, Steps: []model.Step{
		{Conn: 3, Cmd: model.Mailbox{Verb: "CREATE", Box: lit("Work/2024/Work")}},
		{Conn: 1, Cmd: model.Mailbox{Verb: "CREATE", Box: lit("inBox/2024")}},
		{Conn: 3, Cmd: model.List{Verb: "LIST", Ref: model.A("Work/"), Pattern: lit("2024%")}},
		{Conn: 1, Cmd: model.Store{Set: set("4,7:9"), Op: '+', Flags: []string{`\Seen`, "$Junk", "$JUNK"}, Paren: true}},
		{Conn: 1, Cmd: model.Search{Keys: []model.SearchKey{{Key: "NOT", Keys: []model.SearchKey{{Key: "KEYWORD", Args: []model.AString{model.A("$Junk")}}}}, {Set: set("9")}}}},
		{Conn: 1, Cmd: model.Fetch{UID: true, Set: set("$7:*"), Items: []string{"FLAGS"}}},
	}}
	same := func(c model.Trace) bool { // nothing but names and numbers may change
		for i, step := range c.Steps {
			if shapeOf(step.Cmd) != shapeOf(in.Steps[i].Cmd) || (step.Conn == c.Steps[0].Conn) != (in.Steps[i].Conn == in.Steps[0].Conn) {
				return false
			}
		}
		names := map[string]bool{} // as many
		for _, step := range c.Steps[:2] {
			for _, part := range strings.Split(step.Cmd.(model.Mailbox).Box.S, "/") {
				names[model.FoldInbox(part)] = true
			}
		}
		return len(c.Steps) == len(in.Steps) && len(names) == 3
	}
	got := shrunk(t, in, shape(same), Options{Simpler: func(model.Command) []model.Command { return nil }})
	assert.Equal(t, model.Trace{Fixture: model.Fixture{Messages: 0}, Steps: []model.Step{
		{Conn: 0, Cmd: model.Mailbox{Verb: "CREATE", Box: lit("a/b/a")}},
		{Conn: 1, Cmd: model.Mailbox{Verb: "CREATE", Box: lit("INBOX/b")}},
		{Conn: 0, Cmd: model.List{Verb: "LIST", Ref: model.A("a/"), Pattern: lit("b%")}},
		{Conn: 1, Cmd: model.Store{Set: set("1,2:3"), Op: '+', Flags: []string{`\Seen`, "k1", "k1"}, Paren: true}},
		{Conn: 1, Cmd: model.Search{Keys: []model.SearchKey{{Key: "NOT", Keys: []model.SearchKey{{Key: "KEYWORD", Args: []model.AString{model.A("k1")}}}}, {Set: set("3")}}}},
		{Conn: 1, Cmd: model.Fetch{UID: true, Set: set("$2:*"), Items: []string{"FLAGS"}}},
	}}, got.Trace)
}

// shapeOf is what a renaming must leave: the name and the number of components,
// flags and ranges.
func shapeOf(c model.Command) string {
	out := c.Name()
	mapBoxes(c, func(s string) string { out += " /" + string(rune('0'+strings.Count(s, "/"))); return s })
	mapFlags(c, func(s string) string { out += " f"; return s })
	mapNums(c, func(n model.Num) model.Num { out += " n"; return n })
	return out
}

// TestRenameWhatCanBe: one name has to stay, so the others are renamed singly.
func TestRenameWhatCanBe(t *testing.T) {
	in := model.Trace{Steps: []model.Step{
		{Cmd: model.Mailbox{Verb: "CREATE", Box: model.A("first")}},
		{Cmd: model.Mailbox{Verb: "DELETE", Box: model.A("a b")}},
		{Cmd: model.Mailbox{Verb: "SUBSCRIBE", Box: model.A("third")}},
	}}
	space := func(c model.Trace) bool { return strings.Contains(named(c.Steps[1].Cmd)[0], " ") }
	got := shrunk(t, in, shape(space, "CREATE", "DELETE", "SUBSCRIBE"), Options{})
	assert.Equal(t, []string{"a", "a b", "c"}, distinct(boxesOf(got.Trace.Steps)))
}

func TestLetters(t *testing.T) {
	for n, want := range map[int]string{0: "a", 25: "z", 26: "aa", 27: "ab", 51: "az", 52: "ba", 701: "zz", 702: "aaa"} {
		assert.Equal(t, want, letters(n))
	}
}

func TestConnectionsAreCutAndMerged(t *testing.T) {
	noop, check := model.Simple{Verb: "NOOP"}, model.Simple{Verb: "CHECK"}
	in := model.Trace{Steps: []model.Step{{Conn: 4, Cmd: noop}, {Conn: 2, Cmd: check}, {Conn: 7, Cmd: noop}, {Conn: 2, Cmd: check}}}
	got := shrunk(t, in, shape(nil, "NOOP", "CHECK"), Options{})
	assert.Equal(t, []model.Step{{Cmd: noop}, {Cmd: check}}, got.Trace.Steps)

	apart := func(c model.Trace) bool { return c.Steps[0].Conn != c.Steps[len(c.Steps)-1].Conn }
	got = shrunk(t, in, shape(apart, "NOOP", "CHECK"), Options{})
	assert.Equal(t, []model.Step{{Cmd: noop}, {Conn: 1, Cmd: check}}, got.Trace.Steps)
}

func TestGroupsAreCutTogether(t *testing.T) {
	in := model.Trace{Steps: []model.Step{{Cmd: model.Simple{Verb: "NOOP"}}}}
	for range 10 {
		for _, box := range []string{"x", "y", "z"} {
			in.Steps = append(in.Steps, model.Step{Cmd: model.Mailbox{Verb: "SELECT", Box: model.A(box)}},
				model.Step{Cmd: model.Simple{Verb: "EXPUNGE"}})
		}
	}
	// What is not on x and y has to stay, so only whole mailboxes can go.
	run := shape(func(c model.Trace) bool {
		n := 0
		for _, boxes := range boxesOf(c.Steps) {
			if touches(boxes, []string{"z"}) {
				n++
			}
		}
		return n == 21
	})
	s := newShrinker(context.Background(), in, wanted, run, Options{})
	require.NoError(t, s.first())
	s.groups()
	assert.Len(t, s.steps(), 21)
	assert.Equal(t, []string{"z"}, distinct(boxesOf(s.steps())))
	assert.LessOrEqual(t, s.result.Runs, 5, "the input, three names, the mailboxes")
}

func TestShortcutIsTaken(t *testing.T) {
	login := model.Step{Cmd: model.LoginCmd{User: model.A("u"), Password: model.A("p")}}
	in := model.Trace{Steps: []model.Step{
		{Cmd: model.Authenticate{Mechanism: "PLAIN", Lines: []string{"x"}}}, {Cmd: model.Simple{Verb: "NOOP"}}, {Cmd: model.Simple{Verb: "CHECK"}}}}
	run := func(_ context.Context, c model.Trace) ([]Failure, error) {
		names := outline(c)
		if strings.HasPrefix(names, "0 AUTHENTICATE[]; 0 NOOP[]; 0 CHECK") || strings.HasPrefix(names, "0 LOGIN[]; 0 CHECK") {
			return []Failure{found("wanted", len(c.Steps)-1)}, nil
		}
		return nil, nil
	}
	got := shrunk(t, in, run, Options{Shortcut: func(t model.Trace, upTo int) []model.Trace {
		return []model.Trace{{Steps: append([]model.Step{login}, t.Steps[upTo:]...)}}
	}})
	assert.Equal(t, "0 LOGIN[]; 0 CHECK[]", outline(got.Trace))
}

// TestStandInsAreUsed: neither step can go alone, for the next one is on the
// mailbox that it made.
func TestStandInsAreUsed(t *testing.T) {
	in := model.Trace{Steps: []model.Step{
		{Cmd: model.Mailbox{Verb: "CREATE", Box: model.A("a")}},
		{Cmd: model.Rename{From: model.A("a"), To: model.A("b")}},
		{Cmd: model.Mailbox{Verb: "SELECT", Box: model.A("b")}},
	}}
	run := func(_ context.Context, c model.Trace) ([]Failure, error) {
		switch outline(c) {
		case outline(in), "0 CREATE[a]; 0 SELECT[a]", "0 SELECT[INBOX]":
			return []Failure{found("wanted", len(c.Steps)-1)}, nil
		}
		return nil, nil
	}
	assert.Equal(t, "0 SELECT[INBOX]", outline(shrunk(t, in, run, Options{}).Trace))
}

// TestArgumentsAreSimplified: what the failure does not need is gone from every
// argument, even where the simpler command is longer.
func TestArgumentsAreSimplified(t *testing.T) {
	in := model.Trace{Fixture: model.Fixture{Messages: 5}, Steps: []model.Step{
		{Cmd: model.Fetch{Set: set("*"), Items: []string{"ALL"}}},
		{Cmd: model.Append{Box: model.AString{S: "INBOX", Form: model.Literal}, Flags: []string{`\Seen`}, Date: "x", Message: strings.Repeat("From: x\r\n", 99)}},
		{Cmd: model.Store{UID: true, Set: set("$3:*"), Op: '+', Silent: true, Flags: []string{`\Seen`}, Paren: true}},
	}}
	full := func(c model.Trace) bool { return c.Fixture.Messages >= 3 }
	got := shrunk(t, in, shape(full, "FETCH", "APPEND", "UID STORE"), Options{})
	assert.Equal(t, model.Trace{Fixture: model.Fixture{Messages: 3}, Steps: []model.Step{
		{Cmd: model.Fetch{Set: set("1"), Items: []string{"FLAGS"}}},
		{Cmd: model.Append{Box: model.A("INBOX"), Message: "S"}},
		{Cmd: model.Store{UID: true, Set: set("$1"), Flags: []string{}, Paren: true}},
	}}, got.Trace)
}
