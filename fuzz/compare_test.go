package fuzz

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// What follows from a difference opens no class of its own.
func TestCompareLeavesOutConsequences(t *testing.T) {
	type step struct{ command, a, b string }
	flags := step{"FETCH 1 FLAGS", `* 1 FETCH (FLAGS (\Seen)) | t OK x`, `* 1 FETCH (FLAGS ()) | t OK x`}
	seen := step{"SEARCH SEEN", "* SEARCH 1 | t OK x", "* SEARCH | t OK x"}
	size := step{"FETCH 1 RFC822.SIZE", "* 1 FETCH (RFC822.SIZE 5) | t OK x", "* 1 FETCH (RFC822.SIZE 6) | t OK x"}
	for _, c := range []struct {
		name   string
		steps  []step
		want   string
		parted int
		alone  bool
	}{
		{"flags, then a search for them", []step{flags, seen, size}, "data-FETCH-FLAGS data-FETCH-RFC822.SIZE", -1, false},
		{"a difference of the answer alone", []step{size, flags}, "data-FETCH-RFC822.SIZE data-FETCH-FLAGS", -1, false},
		{"a command that changes the store", []step{{"CREATE a", "t OK x", "t NO x"}, size}, "outcome-OK-NO", 0, true},
		{"one that does not", []step{{"LIST \"\" *", "t OK x", "t NO x"}, size}, "outcome-OK-NO data-FETCH-RFC822.SIZE", -1, false},
		{"a subscription", []step{{"SUBSCRIBE a", "t OK x", "t NO x"}, {"LSUB \"\" *", `* LSUB () "/" a | t OK x`, "t OK x"}, size},
			"outcome-OK-NO data-FETCH-RFC822.SIZE", -1, false},
		{"a close", []step{size, {"NOOP", "* BYE x", "t OK x"}, flags}, "data-FETCH-RFC822.SIZE close", 1, true},
		{"other messages", []step{{"EXPUNGE", "* 1 EXPUNGE | t OK x", "t OK x"}, size}, "data-EXPUNGE", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			left, right := sides()
			var a, b []*moment
			for _, s := range c.steps {
				a, b = append(a, answered(t, s.command, left, lines(s.a))), append(b, answered(t, s.command, right, lines(s.b)))
			}
			got := compare(a, b, model.SHOULD, 0)
			var kinds []string
			for _, d := range got.differences {
				kinds = append(kinds, d.Kind)
			}
			assert.Equal(t, c.want, strings.Join(kinds, " "))
			assert.Equal(t, c.parted, got.parted)
			assert.Equal(t, c.alone, got.alone)
		})
	}
}

// Two that were not asked the same are not compared.
func TestCompareOnlyWhatIsComparable(t *testing.T) {
	const answer, other = "* 1 FETCH (RFC822.SIZE 5) | t OK x", "* 1 FETCH (RFC822.SIZE 6) | t OK x"
	for _, c := range []struct {
		name, command string
		change        func(b *moment)
		compared      bool
	}{
		{"as they are", "FETCH 1 RFC822.SIZE", func(*moment) {}, true},
		{"a guessed UID", "UID FETCH 1 RFC822.SIZE", func(b *moment) { b.bound = false }, false},
		{"more messages, of which the command is none", "FETCH 1 RFC822.SIZE", func(b *moment) { b.size++ }, true},
		{"the last message is another", "FETCH 1:* RFC822.SIZE", func(b *moment) { b.size++ }, false},
		{"more messages, and a UID", "UID FETCH 1 RFC822.SIZE", func(b *moment) { b.size++ }, false},
		{"a mailbox that is gone", "FETCH 1 RFC822.SIZE", func(b *moment) { b.adrift = true }, false},
		{"and a command that does not need it", "NOOP", func(b *moment) { b.adrift = true }, true},
		{"another state", "FETCH 1 RFC822.SIZE", func(b *moment) { b.phase = model.Authenticated }, false},
	} {
		left, right := sides()
		a, b := answered(t, c.command, left, lines(answer)), answered(t, c.command, right, lines(other))
		c.change(b)
		got := compare([]*moment{a}, []*moment{b}, model.SHOULD, 0)
		assert.Equal(t, c.compared, got.compared == 1, c.name)
		assert.LessOrEqual(t, len(got.differences), got.compared, c.name)
	}
}

// A number in a UID set is that of the message that it means, or a guess.
func TestBoundAs(t *testing.T) {
	uids := []uint32{17, 20}
	right := func(n, uid uint32) bool { return int(n) <= len(uids) && uids[n-1] == uid }
	for _, c := range []struct {
		symbolic, sent string
		want           bool
	}{
		{"UID FETCH $1:* FLAGS", "UID FETCH 17:* FLAGS", true},
		{"UID FETCH $1,$2 FLAGS", "UID FETCH 17,20 FLAGS", true},
		{"UID FETCH $1,$2 FLAGS", "UID FETCH 17,18 FLAGS", false},
		{"UID FETCH $3 FLAGS", "UID FETCH 21 FLAGS", false},
		{"UID FETCH 1:* FLAGS", "UID FETCH 1:* FLAGS", true},
		{"UID FETCH 1 FLAGS", "UID FETCH 1 FLAGS", false},
		{"UID FETCH 1:$2 FLAGS", "UID FETCH 1:20 FLAGS", false},
		{"UID FETCH 1000 FLAGS", "UID FETCH 1000 FLAGS", true},
		{"FETCH 3 FLAGS", "FETCH 3 FLAGS", true},
		{"SEARCH OR UID $1 ALL", "SEARCH OR UID 17 ALL", true},
		{"SEARCH OR UID $1 ALL", "SEARCH OR UID 18 ALL", false},
		{"SEARCH 1", "SEARCH 1", true},
		{"UID EXPUNGE $2", "UID EXPUNGE 2", false},
	} {
		assert.Equal(t, c.want, boundAs(wire.ParseCommand(c.symbolic), wire.ParseCommand(c.sent), right), c.symbolic)
	}
}

// A common difference that parts the two early does not hide what comes behind it.
func TestDiffGoesOnBehindACommonDifference(t *testing.T) {
	noop := model.Step{Cmd: model.Simple{Verb: "NOOP"}}
	trace := model.Trace{Steps: []model.Step{{Cmd: model.Mailbox{Verb: "CREATE", Box: model.A("a")}}, noop, noop,
		{Cmd: model.Mailbox{Verb: "CREATE", Box: model.A("b")}}, {Cmd: model.Simple{Verb: "CAPABILITY"}}}}
	a, b := openDriver(t, "mem:preauth"), openDriver(t, "mem:preauth")
	b.Target = filter{b.Target, replacing("OK CREATE", "NO CREATE", "OK CAPABILITY", "NO CAPABILITY")}
	d := newDiff(&Diff{Drivers: []Driver{a, b}, Commands: 100, Level: model.SHOULD})
	require.NoError(t, d.explore(context.Background(), 0, 1, trace))
	var got []string
	for _, c := range d.report.Classes {
		got = append(got, fmt.Sprint(c.Key(), " ", c.Count))
	}
	assert.Equal(t, []string{"outcome-OK-NO/CREATE/Authenticated 2", "outcome-OK-NO/CAPABILITY/Authenticated 1"}, got)
	assert.Equal(t, 5, d.report.Compared, "each step once")
}

// A driver that logs in has the same answers as one that need not, step by step.
func TestLogIn(t *testing.T) {
	d, preauth := openDriver(t, "mem"), openDriver(t, "mem:preauth")
	d.LogIn, preauth.LogIn = true, true
	noop, logout := model.Simple{Verb: "NOOP"}, model.Simple{Verb: "LOGOUT"}
	trace := model.Trace{Steps: []model.Step{{Cmd: noop}, {Conn: 1, Cmd: noop}, {Cmd: logout}, {Cmd: noop}}}
	r, err := d.Run(context.Background(), trace)
	require.NoError(t, err)
	p, err := preauth.Run(context.Background(), trace)
	require.NoError(t, err)
	assert.Empty(t, r.Violations)
	assert.Equal(t, 4, p.Commands)
	assert.Equal(t, 7, r.Commands)
	a, b := follow(d.Machine, trace, r, true), follow(preauth.Machine, trace, p, true)
	for i := range trace.Steps {
		require.NotNil(t, a[i])
		assert.Equal(t, model.OK, a[i].Outcome)
		assert.Equal(t, model.Authenticated, a[i].phase)
		assert.Equal(t, b[i].Answer, a[i].Answer)
	}

	whole, transcript := withLogins(trace, r.Transcript)
	login := model.LoginStep()
	assert.Equal(t, []model.Step{{Cmd: login}, {Cmd: noop}, {Conn: 1, Cmd: login}, {Conn: 1, Cmd: noop}, {Cmd: logout}, {Cmd: login}, {Cmd: noop}}, whole.Steps)
	steps := []int{}
	for _, x := range transcript.Exchanges {
		steps = append(steps, x.Step)
	}
	assert.Equal(t, []int{0, 0, 1, 2, 2, 3, 4, 5, 5, 6}, steps)
	assert.Equal(t, trace, withoutLogins(whole))
}

// What logs in is left out, and nothing else.
func TestWithoutLogins(t *testing.T) {
	step := func(c model.Command) model.Step { return model.Step{Cmd: c} }
	wrong := model.LoginCmd{User: model.A("user"), Password: model.A("wrong")}
	plain := model.Authenticate{Mechanism: "PLAIN", Lines: []string{model.PlainLine(model.User, model.Password)}}
	noop, logout := model.Simple{Verb: "NOOP"}, model.Simple{Verb: "LOGOUT"}
	in := model.Trace{Steps: []model.Step{step(wrong), step(noop), step(plain), step(model.LoginStep()), step(logout), step(model.LoginStep()), step(noop)}}
	assert.Equal(t, []model.Step{step(wrong), step(noop), step(model.LoginStep()), step(logout), step(noop)}, withoutLogins(in).Steps)
}

// Unique identifiers are asked for before they are used, and not more often.
func TestAskUIDs(t *testing.T) {
	m := model.Machine{Profile: model.Profile{Delim: "/", Preauth: true}}
	set := model.Set{{From: model.Num{N: 1, Symb: true}, Single: true}}
	use := model.Step{Cmd: model.Fetch{UID: true, Set: set, Items: []string{"FLAGS"}}}
	ask := model.Step{Cmd: model.Fetch{UID: true, Set: model.Set{{From: model.Num{N: 1}, To: model.Star}}, Items: []string{"UID"}}}
	sel := model.Step{Cmd: model.Mailbox{Verb: "SELECT", Box: model.A("INBOX")}}
	add := model.Step{Cmd: model.Append{Box: model.A("INBOX"), Message: model.FixtureMessage(1)}}
	in := model.Trace{Fixture: model.Fixture{Messages: 1}, Steps: []model.Step{use, sel, use, use, add, use, sel, use}}
	assert.Equal(t, []model.Step{use, sel, ask, use, use, add, ask, use, sel, ask, use}, askUIDs(m, in).Steps)
}
