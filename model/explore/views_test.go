package explore

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

func TestViewsKeepTheirClaims(t *testing.T) {
	for n, states := range []int{2: 452, 3: 1756} {
		if states == 0 {
			continue // too small for news of both kinds at once
		}
		g := Views(n)
		r := Check(g.System(), g.Properties(), Options{})
		assert.Equal(t, Complete, r.Ended)
		assert.Equal(t, states, r.States)
		for _, v := range r.Verdicts {
			assert.Equal(t, Holds, v.Answer, v.Property.Name)
		}
	}
}

// follower leads the reference model along a path of [Views]: each command is sent,
// and answered as the system says.
type follower struct {
	m     model.Machine
	g     *Guarded
	n     int    // messages at most
	at    string // the state of the system
	s     model.State
	step  int
	uid   int // UIDNEXT
	views int // comparisons of a view
	news  int // comparisons of what is pending
}

func follow(n int) *follower {
	f := &follower{m: model.Machine{Profile: model.Profile{Delim: "/", Preauth: true, Caps: model.Understood([]string{"UNSELECT"})}}, g: Views(n), n: n, uid: 1}
	f.at = f.g.System().Init[0]
	f.s = f.m.Init(model.Fixture{})
	for i := range 2 {
		x := model.Exchange{Conn: i}
		x.Reply.Responses = []model.Response{wire.ParseResponse("* PREAUTH ready")}
		f.s, _ = f.m.Next(f.s, x)
	}
	return f
}

// branch is f with a state of its own.
func (f *follower) branch() *follower {
	o := *f
	o.s = f.s.Clone()
	return &o
}

func (f *follower) value(format string, args ...any) int {
	return f.g.Value(f.at, fmt.Sprintf(format, args...))
}

// shown are the messages that session i was told of, and due those it was not.
func (f *follower) shown(i int) (shown, due []int) {
	for k := range f.n {
		m := byte(f.value("m%d", k))
		if f.value("v%d_%d", i, k) == 1 {
			shown = append(shown, k)
		} else if m == msgKept || m == msgDeleted {
			due = append(due, k)
		}
	}
	return shown, due
}

// parts are the verb of a command of the system, its message or NO, and what its
// answer tells of news.
func (f *follower) parts(name string) (verb, arg, tells string) {
	words := strings.Fields(name)[1:]
	verb = words[0]
	if n := len(words) - 1; n > 0 && strings.HasPrefix(words[n], "EX") {
		tells, words = words[n], words[:n]
	}
	if len(words) > 1 {
		arg = words[1]
	}
	return verb, arg, tells
}

// room is where the next message will be.
func (f *follower) room() (k int) {
	for byte(f.value("m%d", k)) != msgNone {
		k++
	}
	return k
}

// answer is the command, and what the server says to it before the completion.
func (f *follower) answer(name string) (conn int, cmd model.Command, lines []string, status string) {
	conn = int(name[0] - '0')
	verb, arg, tells := f.parts(name)
	shown, due := f.shown(conn)
	selected := byte(f.value("at%d", conn)) != viewNone
	exists := func() {
		if len(due) > 0 {
			shown, due = slices.Concat(shown, due), nil
			slices.Sort(shown)
			lines = append(lines, fmt.Sprintf("* %d EXISTS", len(shown)))
		}
	}
	expunge := func(gone ...byte) {
		for i := len(shown) - 1; i >= 0; i-- {
			if slices.Contains(gone, byte(f.value("m%d", shown[i]))) {
				lines = append(lines, fmt.Sprintf("* %d EXPUNGE", i+1))
			}
		}
	}
	news := func() {
		switch tells {
		case "EXISTS":
			exists()
		case "EXPUNGE":
			exists()
			expunge(msgGone)
		}
	}
	all, _ := model.ParseSet("1:*")
	cmd, status = model.Simple{Verb: verb}, "OK done"
	switch verb {
	case "SELECT", "EXAMINE":
		if arg == "NO" {
			return conn, model.Mailbox{Verb: verb, Box: model.A("other")}, nil, "NO no such mailbox"
		}
		n := 0
		for k := range f.n {
			if m := byte(f.value("m%d", k)); m == msgKept || m == msgDeleted {
				n++
			}
		}
		lines = append(lines, `* FLAGS (\Answered \Flagged \Deleted \Seen \Draft)`, fmt.Sprintf("* %d EXISTS", n), "* 0 RECENT",
			`* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] x`, "* OK [UIDVALIDITY 1] x", fmt.Sprintf("* OK [UIDNEXT %d] x", f.uid))
		if n > 0 {
			lines = append(lines, "* OK [UNSEEN 1] x")
		}
		status = "OK [READ-WRITE] done"
		if verb == "EXAMINE" {
			status = "OK [READ-ONLY] done"
		}
		cmd = model.Mailbox{Verb: verb, Box: model.A("INBOX")}
	case "LOGOUT":
		lines = []string{"* BYE bye"}
	case "APPEND":
		lines = []string{"+ go on"}
		cmd = model.Append{Box: model.A("INBOX"), Message: "Subject: x\r\n\r\nx\r\n"}
		if arg == "NO" {
			status = "NO no room"
			news()
			break
		}
		f.uid++
		due = append(due, f.room()) // the one that is new
		news()
	case "STORE":
		store := model.Store{Set: all, Op: '+', Flags: []string{`\Deleted`}, Paren: true}
		if cmd, status = store, "NO not now, or not here"; arg != "NO" {
			at := slices.IndexFunc(shown, func(k int) bool { return fmt.Sprint(k) == arg })
			store.Set, _ = model.ParseSet(fmt.Sprint(at + 1))
			cmd, status = store, "NO it is gone"
			if byte(f.value("m%d", shown[at])) != msgGone {
				lines, status = []string{fmt.Sprintf(`* %d FETCH (FLAGS (\Deleted))`, at+1)}, "OK done"
			}
		}
		news()
	case "EXPUNGE":
		if arg == "NO" {
			status = "NO not now, or not here"
			news()
			break
		}
		if tells == "EXISTS" {
			exists()
		}
		expunge(msgDeleted, msgGone)
	case "FETCH": // or SEARCH, which does as well where there is no message
		cmd = model.Search{Keys: []model.SearchKey{{Key: "ALL"}}}
		found := "* SEARCH"
		for i := range shown {
			found += fmt.Sprint(" ", i+1)
		}
		lines = append(lines, found)
		news()
	case "NOOP":
		if selected {
			exists()
			for i, k := range shown { // what another has done to the flags
				flags := map[byte]string{msgKept: "", msgDeleted: `\Deleted`, msgGone: `\Deleted`}[byte(f.value("m%d", k))]
				lines = append(lines, fmt.Sprintf("* %d FETCH (FLAGS (%s))", i+1, flags))
			}
			expunge(msgGone)
		}
	}
	return conn, cmd, lines, status
}

// take takes a command of the system. It is an error if the model finds a violation
// in the answer, or if it sees other views.
func (f *follower) take(name, to string) error {
	conn, cmd, lines, status := f.answer(name)
	x := model.Exchange{Conn: conn, Step: f.step, Tag: model.Tag(f.step), Cmd: cmd}
	for _, line := range append(lines, x.Tag+" "+status) {
		x.Reply.Responses = append(x.Reply.Responses, wire.ParseResponse(line))
	}
	if cmd.Name() == "LOGOUT" {
		x.Reply.End = model.Closed
	}
	var broken []model.Violation
	f.s, broken = f.m.Next(f.s, x)
	for _, v := range broken {
		if !strings.HasSuffix(name, " APPEND") || v.Rule.Level == model.MUST { // the server should tell of it at once, and need not
			return fmt.Errorf("%s: %q: got %s, want %s", name, lines, v.Got, v.Want)
		}
	}
	f.at, f.step = to, f.step+1
	for i := range 2 {
		if err := f.compare(i); err != nil {
			return fmt.Errorf("session %d after %s: %w", i, name, err)
		}
	}
	return nil
}

// compare compares session i with what the model knows of the connection.
func (f *follower) compare(i int) error {
	at := byte(f.value("at%d", i))
	phase := map[byte]model.Phase{viewNone: model.Authenticated, viewReadWrite: model.Selected, viewReadOnly: model.Selected, viewLogout: model.Logout}[at]
	v := f.s.Conns[i].View
	shown, due := f.shown(i)
	switch {
	case f.s.Phase(i) != phase:
		return fmt.Errorf("%s, not %s", f.s.Phase(i), phase)
	case v == nil && len(shown) > 0:
		return fmt.Errorf("no view, and %d messages in it", len(shown))
	case v == nil || v.Vague: // the model knows no more
		return nil
	case v.ReadOnly != (at == viewReadOnly):
		return fmt.Errorf("read-only is %v", v.ReadOnly)
	}
	if f.views++; len(v.Msgs) != len(shown) || len(v.Msgs) != f.value("n%d", i) {
		return fmt.Errorf("%d messages in the view, not %d", len(v.Msgs), len(shown))
	}
	if v.Box.Vague || f.s.Vague {
		return nil
	}
	f.news++
	pending := 0
	for _, m := range v.Box.Msgs {
		if !slices.Contains(v.Msgs, m) {
			pending++
		}
	}
	if pending != len(due) {
		return fmt.Errorf("%d messages pending, not %d", pending, len(due))
	}
	return nil
}

// The reference model accepts every short path of the system as evidence, without a
// violation of any level, and sees the same views.
func TestViewsAreTheModelsOnShortPaths(t *testing.T) {
	depth, paths := 3, 0
	var visit func(f *follower, left int)
	visit = func(f *follower, left int) {
		if left == 0 {
			paths++
			return
		}
		for name, to := range f.g.System().Next(f.at) {
			o := f.branch()
			require.NoError(t, o.take(name, to))
			visit(o, left-1)
		}
	}
	visit(follow(2), depth)
	assert.Greater(t, paths, 4000)
}

// random takes a random path; seen are the commands on it.
func (f *follower) random(seed uint64, seen map[string]bool) error {
	r := rand.New(rand.NewPCG(seed, 0))
	type way struct{ name, to string }
	for range 40 {
		var ways []way
		for name, to := range f.g.System().Next(f.at) {
			if !strings.HasSuffix(name, "LOGOUT") || r.IntN(20) == 0 {
				ways = append(ways, way{name, to})
			}
		}
		if len(ways) == 0 {
			continue // both sessions have left, or one is about to
		}
		w := ways[r.IntN(len(ways))]
		seen[w.name] = true
		if err := f.take(w.name, w.to); err != nil {
			return err
		}
	}
	return nil
}

func TestViewsAreTheModelsOnRandomPaths(t *testing.T) {
	views, news, seen := 0, 0, map[string]bool{}
	for seed := range uint64(300) {
		f := follow(3)
		require.NoError(t, f.random(seed, seen), "seed %d", seed)
		views, news = views+f.views, news+f.news
	}
	t.Logf("%d views and %d times what is pending compared", views, news)
	assert.Greater(t, views, 5000)
	assert.Greater(t, news, 5000)
	for _, c := range Views(3).Commands {
		assert.True(t, seen[c.Name], "%s was never taken", c.Name)
	}
}

// client is what a client of [Views] can see of its session.
type client struct{ at, count int }

// hears takes over an answer.
func (c *client) hears(x model.Exchange) {
	for _, r := range x.Reply.Responses {
		switch d := r.Data.(type) {
		case model.Exists:
			c.count = int(d.N)
		case model.Expunge:
			c.count--
		}
	}
	name, ok := x.Cmd.Name(), x.Outcome() == model.OK
	switch {
	case name == "LOGOUT":
		*c = client{at: int(viewLogout)}
	case name == "SELECT" && ok:
		c.at = int(viewReadWrite)
	case name == "EXAMINE" && ok:
		c.at = int(viewReadOnly)
	case name == "SELECT" || name == "EXAMINE" || name == "UNSELECT" || name == "CLOSE":
		*c = client{at: int(viewNone)}
	}
}

// The answers that the reference model gives are those of the system: whatever its
// clients see, there is a path on which they see the same.
func TestRepliesArePathsOfViews(t *testing.T) {
	taken := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		f := follow(3)
		sys, clients := f.g.System(), [2]client{}
		f.s = f.m.Init(model.Fixture{})
		for i := range 2 {
			x := model.Exchange{Conn: i}
			x.Reply = f.m.Replies(f.s, x)[0]
			f.s, _ = f.m.Next(f.s, x)
		}
		may := sys.Init // where the system may be
		for step := range 40 {
			f.at = may[r.IntN(len(may))]
			var names []string
			for name := range sys.Next(f.at) {
				names = append(names, name)
			}
			if len(names) == 0 {
				break
			}
			name := names[r.IntN(len(names))]
			conn, cmd, _, _ := f.answer(name)
			verb, arg, _ := f.parts(name)
			if verb == "STORE" && arg == "NO" && f.value("at%d", conn) == int(viewReadWrite) {
				continue // it is of all messages at once, and need not fail
			}
			if verb == "EXPUNGE" && slices.ContainsFunc(may, func(s string) bool { return f.unheard(s, conn) }) {
				continue // the system tells of every message before it goes; a server need not
			}
			full := slices.ContainsFunc(may, func(s string) bool { return byte(f.g.Value(s, "m2")) != msgNone })
			if verb == "LOGOUT" && r.IntN(20) > 0 || verb == "APPEND" && full {
				continue
			}
			x := model.Exchange{Conn: conn, Step: step, Tag: model.Tag(step), Cmd: cmd}
			replies := f.m.Replies(f.s, x)
			x.Reply = replies[r.IntN(len(replies))]
			clients[conn].hears(x)
			f.s, _ = f.m.Next(f.s, x)
			may = f.after(may, name[:2]+verb, x.Outcome() != model.OK, clients)
			require.NotEmpty(t, may, "seed %d, step %d: %s: %v", seed, step, name, x.Reply)
			taken++
		}
	}
	assert.Greater(t, taken, 5000)
}

// unheard reports whether a message has \Deleted that the session was not told of.
func (f *follower) unheard(state string, conn int) bool {
	for k := range f.n {
		if byte(f.g.Value(state, fmt.Sprint("m", k))) == msgDeleted && f.g.Value(state, fmt.Sprintf("v%d_%d", conn, k)) == 0 {
			return true
		}
	}
	return false
}

// after are the states of the system behind a command that begins so, and fails or
// not, as far as clients see what they see.
func (f *follower) after(may []string, begins string, fails bool, clients [2]client) (list []string) {
	for _, from := range may {
		for name, to := range f.g.System().Next(from) {
			_, arg, _ := f.parts(name)
			if !strings.HasPrefix(name+" ", begins+" ") || fails != (arg == "NO") || slices.Contains(list, to) {
				continue
			}
			if f.at = to; clients == [2]client{{f.value("at0"), f.value("n0")}, {f.value("at1"), f.value("n1")}} {
				list = append(list, to)
			}
		}
	}
	return list
}

// A bent system is not the model's.
func TestBentViewsAreNotTheModels(t *testing.T) {
	for _, b := range bents {
		if b.make().Name != Views(2).Name || b.claim == "gone-while-shown" {
			continue // the latter keeps to itself what it does not forget
		}
		t.Run(b.name, func(t *testing.T) {
			var err error
			for seed := uint64(0); seed < 3000 && err == nil; seed++ {
				f := follow(2)
				f.g = b.make()
				err = f.random(seed, map[string]bool{})
			}
			require.Error(t, err)
			t.Log(err)
		})
	}
}
