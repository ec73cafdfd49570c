package model_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
	"github.com/imapcheck/imapcheck/properties/rapidgen"
)

// place is where a step of a trace finds its connection, by the prediction.
type place struct {
	phase    model.Phase
	mailbox  string // selected
	messages uint32 // in the view
}

// places are those of all steps.
func places(m model.Machine, t model.Trace) []place {
	var list []place
	s := m.Init(t.Fixture)
	for _, st := range t.Steps {
		p := place{phase: s.Phase(st.Conn)}
		switch {
		case p.phase == model.Unopened || p.phase == model.Logout:
			if p.phase = model.NotAuthenticated; m.Profile.Preauth {
				p.phase = model.Authenticated
			}
		case p.phase == model.Selected:
			v := s.Conns[st.Conn].View
			p.mailbox, p.messages = v.Name, uint32(len(v.Msgs))
		}
		list = append(list, p)
		s = m.Predict(s, st)
	}
	return list
}

// cuts are a trace, and a copy that lacks some of its steps, and of which some
// connections may have become one.
func cuts(t *rapid.T) (m model.Machine, whole, cut model.Trace) {
	m = rapid.SampledFrom([]model.Machine{model.New(), extended, closed, {Profile: model.Profile{Delim: ".", Preauth: true}}}).Draw(t, "machine")
	whole = rapidgen.Trace(m, fuzz.GenerateOptions{Steps: 40, Conns: 3}).Draw(t, "trace")
	cut.Fixture = whole.Fixture
	if rapid.Bool().Draw(t, "fewer messages") {
		cut.Fixture.Messages /= 2
	}
	into := rapid.SampledFrom([][]int{{0, 1, 2}, {0, 0, 0}, {1, 0, 0}}).Draw(t, "connections")
	share := rapid.IntRange(1, 9).Draw(t, "share")
	for _, st := range whole.Steps {
		if rapid.IntRange(0, 9).Draw(t, "kept") < share {
			st.Conn = into[st.Conn]
			cut.Steps = append(cut.Steps, st)
		}
	}
	return m, whole, cut
}

// On a server that greets with PREAUTH, a connection that the cut opens anew gets
// its SELECT as well.
func TestRepairOpensWithPreauth(t *testing.T) {
	m := model.Machine{Profile: model.Profile{Delim: "/", Preauth: true}}
	whole := steps("EXAMINE INBOX", "NOOP", "FETCH 1 FLAGS")
	whole.Fixture.Messages = 1
	cut := steps("FETCH 1 FLAGS")
	require.Equal(t, []string{"EXAMINE INBOX", "FETCH 1 FLAGS"}, written(m.Repairer(whole)(cut)))
}

// What a command had wherever it was sent, it gets again; what the repair puts in
// needs no repair itself.
func TestRepairOfWhatWasSentTwice(t *testing.T) {
	m := model.New()
	whole := steps("LOGIN user pass", "CREATE a", "SELECT INBOX", "SEARCH ALL", "SELECT a", "SEARCH ALL", "NOOP", "CLOSE", "NOOP")
	require.Equal(t, []string{"LOGIN user pass", "SELECT INBOX", "SEARCH ALL"}, written(m.Repairer(whole)(steps("SEARCH ALL"))))
	require.Equal(t, []string{"LOGIN user pass", "NOOP"}, written(m.Repairer(whole)(steps("NOOP"))))
	require.Equal(t, []string{"LOGIN user pass", "SELECT a"}, written(m.Repairer(whole)(steps("SELECT a"))))
}

// The repair touches nothing in a trace that is whole, to any step.
func TestRepairLeavesAloneWhatIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, whole, _ := cuts(t)
		repair := m.Repairer(whole)
		for n := range len(whole.Steps) + 1 {
			head := model.Trace{Fixture: whole.Fixture, Steps: whole.Steps[:n:n]}
			got := repair(head)
			require.Equal(t, n, len(got.Steps))
			for i, st := range got.Steps {
				require.Equal(t, head.Steps[i], st)
			}
		}
	})
}

// put says of each step of a repaired trace which step of the cut it is, -1 if
// the repair has put it in. Only the way in, and to a mailbox, is put in; a
// step of the cut is as it was, or has its message numbers lowered.
func put(t *rapid.T, cut, repaired model.Trace) []int {
	var from []int
	next := 0
	for i, st := range repaired.Steps {
		if next < len(cut.Steps) && lowered(cut.Steps[next], st) {
			from = append(from, next)
			next++
			continue
		}
		switch name := st.Cmd.Name(); name {
		case "LOGIN", "STARTTLS", "SELECT", "EXAMINE":
			from = append(from, -1)
		default:
			require.Failf(t, "put in", "step %d: %s", i, wire.FormatCommand(st.Cmd))
		}
	}
	require.Equal(t, len(cut.Steps), next, "steps are lost")
	return from
}

// lowered reports whether b is a, or a with a smaller sequence number for its set.
func lowered(a, b model.Step) bool {
	if a.Conn != b.Conn {
		return false
	}
	set := numbers(b.Cmd)
	if set == nil || len(set) != 1 || !set[0].Single || set[0].From.N > numbers(a.Cmd).Max(0) {
		return wire.FormatCommand(a.Cmd) == wire.FormatCommand(b.Cmd)
	}
	switch c := a.Cmd.(type) {
	case model.Fetch:
		c.Set = set
		a.Cmd = c
	case model.Store:
		c.Set = set
		a.Cmd = c
	case model.Copy:
		c.Set = set
		a.Cmd = c
	}
	return wire.FormatCommand(a.Cmd) == wire.FormatCommand(b.Cmd)
}

// numbers are the sequence numbers of a command, nil if it has none.
func numbers(c model.Command) model.Set {
	switch c := c.(type) {
	case model.Fetch:
		if !c.UID {
			return c.Set
		}
	case model.Store:
		if !c.UID {
			return c.Set
		}
	case model.Copy:
		if !c.UID {
			return c.Set
		}
	}
	return nil
}

// The fixture and all steps of a cut are still there, in order.
func TestRepairKeepsTheSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, whole, cut := cuts(t)
		was := written(cut)
		got := m.Repairer(whole)(cut)
		require.Equal(t, cut.Fixture, got.Fixture)
		put(t, cut, got)
		require.Equal(t, was, written(cut), "the cut itself is changed")
		require.Equal(t, written(got), written(m.Repairer(whole)(cut)))
	})
}

// sent are the places that the trace sends a command from, by its text.
func sent(m model.Machine, t model.Trace) map[string][]place {
	all := map[string][]place{}
	for i, p := range places(m, t) {
		text := wire.FormatCommand(t.Steps[i].Cmd)
		all[text] = append(all[text], p)
	}
	return all
}

// everywhere reports whether it holds in all places, of which there is one.
func everywhere(at []place, holds func(place) bool) bool {
	return len(at) > 0 && !slices.ContainsFunc(at, func(p place) bool { return !holds(p) })
}

// A command that the trace sends only where its state allows it is, in the
// repaired cut, where its state allows it: but a LOGIN for which there is no way
// back, and one for a selected mailbox that is no longer there.
func TestRepairedCommandsAreAllowed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, whole, cut := cuts(t)
		at := sent(m, whole)
		got := m.Repairer(whole)(cut)
		before := places(m, got)
		from := put(t, cut, got)
		s := m.Init(got.Fixture)
		for i, st := range got.Steps {
			name, origin := st.Cmd.Name(), from[i]
			if origin < 0 {
				require.True(t, model.Valid(name, before[i].phase), "%s is put in where it is not allowed", name)
				s = m.Predict(s, st)
				continue
			}
			sentAt := at[wire.FormatCommand(cut.Steps[origin].Cmd)]
			if everywhere(sentAt, func(p place) bool { return model.Valid(name, p.phase) && p.phase > model.NotAuthenticated }) &&
				!model.Valid(name, before[i].phase) {
				require.Equal(t, model.Authenticated, before[i].phase, "step %d, %s", i, name)
				require.NotEqual(t, model.Yes, s.Exists(sentAt[0].mailbox), "step %d, %s: %s is there", i, name, sentAt[0].mailbox)
			}
			s = m.Predict(s, st)
		}
	})
}

// A command whose message numbers were there wherever the trace sends it has
// numbers that are there, if there is a message.
func TestRepairedNumbersAreThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, whole, cut := cuts(t)
		at := sent(m, whole)
		got := m.Repairer(whole)(cut)
		from := put(t, cut, got)
		for i, p := range places(m, got) {
			if from[i] < 0 || p.messages == 0 {
				continue
			}
			c := cut.Steps[from[i]].Cmd
			there := func(p place) bool { return p.messages > 0 && numbers(c).Max(p.messages) <= p.messages }
			if numbers(c) != nil && everywhere(at[wire.FormatCommand(c)], there) {
				require.LessOrEqual(t, numbers(got.Steps[i].Cmd).Max(p.messages), p.messages, "step %d", i)
			}
		}
	})
}

// Repaired twice is repaired once.
func TestRepairIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, whole, cut := cuts(t)
		repair := m.Repairer(whole)
		once := repair(cut)
		require.Equal(t, written(once), written(repair(once)))
	})
}
