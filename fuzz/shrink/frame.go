package shrink

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// longestTail is how many steps are tried behind a frame, at most.
const longestTail = 3

// frames puts the last steps behind each of the usual beginnings: as they are, with INBOX
// for every other mailbox, and with the last message for others that are named by UID.
func (s *shrinker) frames() {
	for _, f := range s.o.Frames { // as good as the whole?
		if len(f.Steps) == s.failing()+1 && connsOf(f.Steps) <= s.conns() {
			s.try(f)
		}
	}
	for k := 1; k <= longestTail; k++ {
		for _, f := range s.o.Frames {
			n := s.failing() + 1
			if k > n || len(f.Steps)+k > n || connsOf(f.Steps) > s.conns() {
				continue
			}
			tail := slices.Clone(s.steps()[n-k : n])
			if k == 1 && s.conns() == 1 {
				tail[0].Conn = 0
			}
			_ = s.behind(f, tail, func(c model.Command) model.Command { return c }) ||
				s.behind(f, tail, inInbox) || s.behind(f, tail, ofLast) || s.behind(f, tail, ofMarked)
		}
	}
}

// behind tries steps, changed by a function, behind a frame.
func (s *shrinker) behind(f model.Trace, tail []model.Step, change func(model.Command) model.Command) bool {
	steps := slices.Clone(f.Steps)
	for _, st := range tail {
		st.Cmd = change(st.Cmd)
		steps = append(steps, st)
	}
	t := s.with(steps)
	t.Fixture = f.Fixture
	return s.try(t)
}

func inInbox(c model.Command) model.Command {
	return mapBoxes(c, func(string) string { return "INBOX" })
}

// ofMarked is EXPUNGE for what takes away messages of a set, which needs no mark.
func ofMarked(c model.Command) model.Command {
	if move, ok := c.(model.Copy); ok && move.Move || c.Name() == "UID EXPUNGE" {
		return model.Simple{Verb: "EXPUNGE"}
	}
	return c
}

// ofLast is c on the last message if it names some by UID.
func ofLast(c model.Command) model.Command {
	if !strings.HasPrefix(c.Name(), "UID ") {
		return c
	}
	return mapNums(c, func(model.Num) model.Num { return model.Star })
}

// flagged has the fixture hold a message that an APPEND to INBOX adds, and a STORE give it
// the flags, or, if there are none, tell its UID.
func (s *shrinker) flagged() {
	for i := len(s.steps()) - 1; i >= 0; i-- {
		if i >= len(s.steps()) {
			continue
		}
		c, ok := s.steps()[i].Cmd.(model.Append)
		if !ok || model.FoldInbox(c.Box.S) != "INBOX" {
			continue
		}
		t := s.with(s.steps())
		at, conn := s.selects(i)
		if at < 0 {
			continue
		}
		t.Fixture.Messages++
		store := model.Store{Set: model.One(uint32(t.Fixture.Messages)), Flags: c.Flags, Paren: len(c.Flags) != 1, UID: len(c.Flags) == 0}
		t.Steps = slices.Insert(t.Steps, at, model.Step{Conn: conn, Cmd: store})
		t.Steps = slices.Delete(t.Steps, i, i+1)
		s.try(t)
	}
}

// selects is the first place from i on where a connection has selected INBOX, and that
// connection; -1 if none has.
func (s *shrinker) selects(i int) (at, conn int) {
	where := boxesOf(s.steps())
	open := map[int]bool{}
	for k, st := range s.steps() {
		if k >= i {
			for c := range s.conns() {
				if open[c] {
					return k, c
				}
			}
		}
		switch name := st.Cmd.Name(); {
		case name == "SELECT":
			open[st.Conn] = slices.Contains(where[k], "INBOX")
		case name == "EXAMINE" || name == "CLOSE" || name == "UNSELECT" || name == "LOGOUT":
			open[st.Conn] = false
		}
	}
	return -1, 0
}

// moved has one MOVE in the place of a STORE of \Deleted and what expunges.
func (s *shrinker) moved() {
	for i := len(s.steps()) - 1; i >= 0; i-- {
		if i >= len(s.steps()) {
			continue
		}
		c, ok := s.steps()[i].Cmd.(model.Store)
		if !ok || !slices.Contains(c.Flags, `\Deleted`) {
			continue
		}
		j := slices.IndexFunc(s.steps(), func(st model.Step) bool {
			return st.Cmd.Name() == "EXPUNGE" || st.Cmd.Name() == "UID EXPUNGE"
		})
		if j < i {
			continue
		}
		steps := slices.Clone(s.steps())
		steps[j].Cmd = model.Copy{UID: c.UID, Set: c.Set, Box: model.A("INBOX"), Move: true}
		s.try(s.with(slices.Delete(steps, i, i+1)))
	}
}

// expunged has STORE of \Deleted and EXPUNGE in the place of CREATE and a MOVE to what that
// has made.
func (s *shrinker) expunged() {
	for j := len(s.steps()) - 1; j > 0; j-- {
		if j >= len(s.steps()) {
			continue
		}
		c, ok := s.steps()[j].Cmd.(model.Copy)
		if !ok || !c.Move {
			continue
		}
		i := slices.IndexFunc(s.steps()[:j], func(st model.Step) bool {
			return st.Cmd.Name() == "CREATE" && slices.Equal(named(st.Cmd), named(c))
		})
		if i < 0 {
			continue
		}
		steps := slices.Clone(s.steps())
		steps[j].Cmd = model.Simple{Verb: "EXPUNGE"}
		store := model.Store{UID: c.UID, Set: c.Set, Flags: []string{`\Deleted`}}
		steps = slices.Insert(steps, j, model.Step{Conn: steps[j].Conn, Cmd: store})
		s.try(s.with(slices.Delete(steps, i, i+1)))
	}
}

// swaps brings neighbours into the order of ranks, where that changes nothing, and moves
// single steps to earlier connections.
func (s *shrinker) swaps() {
	for again := true; again && !s.over; {
		again = false
		for i := len(s.steps()) - 2; i >= 0 && i+1 < len(s.steps()); i-- {
			steps := slices.Clone(s.steps())
			steps[i], steps[i+1] = steps[i+1], steps[i]
			again = s.try(s.with(steps)) || again
		}
	}
	for i := 0; i < len(s.steps()); i++ {
		for c := range s.steps()[i].Conn {
			st := s.steps()[i]
			st.Conn = c
			if s.replace(i, st) {
				break
			}
		}
	}
}
