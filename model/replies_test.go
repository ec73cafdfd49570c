package model_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

var (
	replyTraces = flag.Int("replies.traces", 2000, "traces of 40 steps that Replies answers")
	replySeed   = flag.Uint64("replies.seed", 1, "their seed")
)

// answered is a run of commands that Replies answers.
type answered struct {
	m   model.Machine
	s   model.State
	log strings.Builder

	choose func(n int) int // of n answers
	judged func(before model.State, x model.Exchange, replies []model.Reply)
	missed map[string]bool // transitions that were not taken yet
}

// say has the model judge one of the answers to a step, behind the greeting if it opens the
// connection, and returns the violations.
func (a *answered) say(i int, st model.Step) []model.Violation {
	var out []model.Violation
	if p := a.s.Phase(st.Conn); p == model.Unopened || p == model.Logout {
		out = a.next(model.Exchange{Conn: st.Conn, Step: i})
		if a.s.Phase(st.Conn) == model.Logout {
			return out
		}
	}
	x := model.Exchange{Conn: st.Conn, Step: i, Tag: model.Tag(i), Cmd: a.m.Bind(a.s, st.Conn, st.Cmd)}
	if raw, ok := x.Cmd.(model.Raw); ok {
		if c, legal := wire.Spells(raw.Bytes); legal {
			x.Cmd, x.Sent = c, raw.Bytes
		}
	}
	return append(out, a.next(x)...)
}

func (a *answered) next(x model.Exchange) []model.Violation {
	replies := a.m.Replies(a.s, x)
	if a.judged != nil {
		a.judged(a.s, x, replies)
	}
	x.Reply = replies[a.choose(len(replies))]
	if x.Cmd != nil {
		fmt.Fprintf(&a.log, "C%d: %s\n", x.Conn, wire.FormatCommand(x.Cmd))
	}
	for _, r := range x.Reply.Responses {
		fmt.Fprintf(&a.log, "S%d: %s\n", x.Conn, r.Raw)
	}
	delete(a.missed, model.Transition(a.s.Phase(x.Conn), x))
	var vs []model.Violation
	a.s, vs = a.m.Next(a.s, x)
	return vs
}

// servers are machines with the profiles that Replies answers for.
var servers = []model.Machine{extended, closed, model.New(),
	{Profile: model.Profile{Delim: ".", Preauth: true, Caps: []string{"MOVE", "UIDPLUS"}}},
	{Profile: model.Profile{Caps: []string{"IDLE", "UNSELECT"}}}}

// traced is trace i, of up to three connections, on one of the servers.
func traced(i int) (model.Machine, model.Trace) {
	m := servers[i%len(servers)]
	return m, fuzz.Generate(m, fuzz.NewSource(*replySeed, i), fuzz.GenerateOptions{Conns: 1 + i%3})
}

// Next takes every answer of Replies for right, whichever come before it.
func TestNextAcceptsReplies(t *testing.T) {
	bad := map[string]int{}
	for i := range *replyTraces {
		m, tr := traced(i)
		a := answered{m: m, s: m.Init(tr.Fixture), choose: func(int) int { return 0 }}
		if i%2 == 1 {
			a.choose = rand.New(rand.NewPCG(2, uint64(i))).IntN
		}
		for k, st := range tr.Steps {
			if vs := a.say(k, st); len(vs) > 0 {
				if bad[vs[0].Key()]++; bad[vs[0].Key()] == 1 {
					t.Errorf("trace %d, connections %d: %s\ngot  %s\nwant %s\n%s", i, 1+i%3, vs[0].Key(), vs[0].Got, vs[0].Want, a.log.String())
				}
				break
			}
		}
		require.Contains(t, dump(a.s), "ref:", "an answer of Replies was not known again")
	}
	for _, k := range slices.Sorted(maps.Keys(bad)) {
		t.Log(bad[k], k)
	}
}

// The octets of an answer are read back as what it says.
func TestRepliesAreParsedBack(t *testing.T) {
	for i := range *replyTraces / 4 {
		m, tr := traced(i)
		a := answered{m: m, s: m.Init(tr.Fixture), choose: func(int) int { return 0 }}
		a.judged = func(_ model.State, _ model.Exchange, replies []model.Reply) {
			for _, reply := range replies {
				for _, r := range reply.Responses {
					require.Equal(t, wire.ParseResponse(r.Raw), r)
				}
			}
		}
		for k, st := range tr.Steps {
			a.say(k, st)
		}
	}
}

// What is asked twice is answered alike, and leaves the state as it was.
func TestRepliesChangeNothing(t *testing.T) {
	for i := range *replyTraces / 20 {
		m, tr := traced(i)
		a := answered{m: m, s: m.Init(tr.Fixture), choose: func(int) int { return 0 }}
		a.judged = func(s model.State, x model.Exchange, replies []model.Reply) {
			was := dump(s)
			require.NotEmpty(t, replies)
			require.LessOrEqual(t, len(replies), 4)
			require.Equal(t, replies, m.Replies(s, x))
			require.Equal(t, replies, m.Replies(s.Clone(), x))
			require.Equal(t, was, dump(s))
		}
		for k, st := range tr.Steps {
			a.say(k, st)
		}
	}
}

// A server that answers as Replies has it can be led through every transition.
func TestRepliesReachEveryTransition(t *testing.T) {
	for _, m := range servers {
		missed := map[string]bool{}
		for _, tr := range m.Reachable() {
			missed[tr] = true
		}
		for i := 0; i < 5000 && len(missed) > 0; i++ {
			tr := fuzz.Generate(m, fuzz.NewSource(3, i), fuzz.GenerateOptions{})
			a := answered{m: m, s: m.Init(tr.Fixture), choose: func(int) int { return 0 }, missed: missed}
			for k, st := range tr.Steps {
				a.say(k, st)
			}
		}
		require.Empty(t, missed, "%v", m.Profile)
	}
}
