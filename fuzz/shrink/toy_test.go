package shrink

import (
	"context"
	"math/rand/v2"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// toy is a small mail store for two connections with one planted bug. It is
// comparable, so that a breadth-first search can keep a set of them.
type toy struct {
	exists, flagged [3]bool
	messages        [3]int // 3 stands for more
	auth            [2]bool
	selected        [2]int // -1 for none
	progress        int    // events of the bug that have happened
	owner           int    // connection of the first of them
}

// slots are the names that a toy knows, with the mailbox that each means.
var slots = map[string]int{"INBOX": 0, "inbox": 0, "Work": 1, "a": 1, "Old mail": 2, "b": 2}

// event is what a bug waits for: a successful command, on the connection of the
// first event or on another one.
type event struct {
	verb  string
	other bool
	also  func(model.Command) bool
}

// bug shows when its events have happened in order. A CHECK in between, which
// is what makes cuts interact, lets it start anew.
type bug struct {
	name   string
	events []event
}

var bugs = []bug{
	{"second expunge after rename", []event{{verb: "RENAME"}, {verb: "EXPUNGE"}, {verb: "EXPUNGE"}}},
	{"copy into a new mailbox, store, fetch", []event{{verb: "CREATE"}, {verb: "COPY"}, {verb: "STORE"}, {verb: "FETCH"}}},
	{"deleted under another session", []event{{verb: "SELECT"}, {verb: "DELETE", other: true}, {verb: "NOOP"}}},
	{"six in a row", []event{{verb: "APPEND"}, {verb: "STORE"}, {verb: "EXPUNGE"}, {verb: "CLOSE"}, {verb: "SELECT"}, {verb: "FETCH"}}},
	{"silent store, then expunge elsewhere", []event{
		{verb: "STORE", also: func(c model.Command) bool { return c.(model.Store).Silent }},
		{verb: "EXPUNGE", other: true}, {verb: "FETCH"}}},
}

func newToy(f model.Fixture) toy {
	return toy{exists: [3]bool{true}, messages: [3]int{min(f.Messages, 3)}, selected: [2]int{-1, -1}}
}

// do is the toy's next state, and whether the command succeeded.
func (t toy) do(step model.Step) (toy, bool) {
	conn, name := step.Conn, step.Cmd.Name()
	box := t.selected[conn]
	switch {
	case name != "LOGIN" && name != "NOOP" && !t.auth[conn],
		needsSelected(name) && (box < 0 || !t.exists[box]):
		return t, false
	}
	switch c := step.Cmd.(type) {
	case model.LoginCmd:
		ok := !t.auth[conn]
		t.auth[conn] = true
		return t, ok
	case model.Mailbox:
		n, known := slots[c.Box.S]
		switch {
		case !known:
			return t, false
		case c.Verb == "CREATE":
			ok := !t.exists[n]
			t.exists[n] = true
			return t, ok
		case c.Verb == "SELECT" && t.exists[n]:
			t.selected[conn] = n
			return t, true
		case c.Verb == "DELETE" && t.exists[n] && n != 0:
			t.exists[n], t.messages[n], t.flagged[n] = false, 0, false
			return t, true
		}
		return t, false
	case model.Rename:
		from, to := slots[c.From.S], slots[c.To.S]
		if from == 0 || !t.exists[from] || t.exists[to] {
			return t, false
		}
		t.exists[to], t.messages[to], t.flagged[to] = true, t.messages[from], t.flagged[from]
		t.exists[from], t.messages[from], t.flagged[from] = false, 0, false
	case model.Append:
		n, known := slots[c.Box.S]
		if !known || !t.exists[n] {
			return t, false
		}
		t.messages[n] = min(t.messages[n]+1, 3)
	case model.Copy:
		n, known := slots[c.Box.S]
		if !known || !t.exists[n] || t.messages[box] == 0 {
			return t, false
		}
		t.messages[n] = min(t.messages[n]+1, 3)
	case model.Store:
		t.flagged[box] = t.messages[box] > 0
		return t, t.messages[box] > 0
	case model.Fetch:
		return t, t.messages[box] > 0
	case model.Simple:
		switch c.Verb {
		case "EXPUNGE", "CLOSE":
			if t.flagged[box] {
				t.messages[box], t.flagged[box] = t.messages[box]-1, false
			}
			if c.Verb == "CLOSE" {
				t.selected[conn] = -1
			}
		}
	}
	return t, true
}

// next is do with an eye on the bug: shows says that it does.
func (t toy) next(step model.Step, b bug) (after toy, shows bool) {
	after, ok := t.do(step)
	name := verb(step.Cmd)
	if !ok {
		return after, false
	}
	if name == "CHECK" {
		after.progress, after.owner = 0, 0
		return after, false
	}
	e := b.events[after.progress]
	if name != e.verb || e.also != nil && !e.also(step.Cmd) {
		return after, false
	}
	if after.progress == 0 {
		after.owner = step.Conn
	} else if (step.Conn != after.owner) != e.other {
		return after, false
	}
	after.progress++
	return after, after.progress == len(b.events)
}

// verb is a command's name without UID: the toy's bugs do not care.
func verb(c model.Command) string { return strings.TrimPrefix(c.Name(), "UID ") }

func needsSelected(name string) bool {
	return model.Valid(name, model.Selected) && !model.Valid(name, model.Authenticated)
}

func (b bug) key() string { return "planted/" + b.events[len(b.events)-1].verb }

// run is a Run on a fresh toy with the bug.
func (b bug) run(_ context.Context, t model.Trace) ([]Failure, error) {
	server := newToy(t.Fixture)
	for i, step := range t.Steps {
		var shows bool
		if server, shows = server.next(step, b); shows {
			return []Failure{{b.key(), i}}, nil
		}
	}
	return nil, nil
}

// repair logs in and selects where a command needs it, and drops a second
// LOGIN.
func repair(t model.Trace) model.Trace {
	server := newToy(t.Fixture)
	var out []model.Step
	do := func(step model.Step) {
		server, _ = server.do(step)
		out = append(out, step)
	}
	for _, step := range t.Steps {
		name, conn := step.Cmd.Name(), step.Conn
		if name == "LOGIN" && server.auth[conn] {
			continue
		}
		if name != "LOGIN" && name != "NOOP" && !server.auth[conn] {
			do(model.Step{Conn: conn, Cmd: model.LoginCmd{User: model.A(model.User), Password: model.A(model.Password)}})
		}
		if box := server.selected[conn]; needsSelected(name) && (box < 0 || !server.exists[box]) {
			do(model.Step{Conn: conn, Cmd: model.Mailbox{Verb: "SELECT", Box: model.A("INBOX")}})
		}
		do(step)
	}
	t.Steps = out
	return t
}

// alphabet are all steps on mailboxes of these names.
func alphabet(names ...string) (out []model.Step) {
	lit := func(s string) model.AString { return model.AString{S: s, Form: model.Literal} }
	var cmds []model.Command
	for _, name := range names {
		cmds = append(cmds, model.Append{Box: lit(name), Flags: []string{`\Seen`, "Funny"}, Message: "Subject: long\r\n\r\nlong\r\n"},
			model.Copy{Set: model.One(1), Box: model.A(name)})
		for _, verb := range []string{"SELECT", "CREATE", "DELETE"} {
			cmds = append(cmds, model.Mailbox{Verb: verb, Box: lit(name)})
		}
		for _, to := range names {
			if name != to {
				cmds = append(cmds, model.Rename{From: model.A(name), To: lit(to)})
			}
		}
	}
	for _, verb := range []string{"NOOP", "CHECK", "CLOSE", "EXPUNGE"} {
		cmds = append(cmds, model.Simple{Verb: verb})
	}
	cmds = append(cmds, model.LoginCmd{User: model.A(model.User), Password: lit(model.Password)},
		model.Fetch{UID: true, Set: model.Set{{From: model.Num{N: 3, Symb: true}, To: model.Star}}, Items: []string{"FULL"}},
		model.Store{UID: true, Set: model.One(2), Op: '+', Silent: true, Flags: []string{`\Deleted`, "Funny"}, Paren: true})
	for conn := range 2 {
		for _, c := range cmds {
			out = append(out, model.Step{Conn: conn, Cmd: c})
		}
	}
	return out
}

// minimum is the number of steps of the shortest failing trace, by
// breadth-first search over the whole alphabet.
func (b bug) minimum(f model.Fixture) int {
	steps := alphabet("INBOX", "a", "b")
	level := []toy{newToy(f)}
	seen := map[toy]bool{level[0]: true}
	for depth := 1; len(level) > 0; depth++ {
		var next []toy
		for _, t := range level {
			for _, step := range steps {
				after, shows := t.next(step, b)
				if shows {
					return depth
				}
				if !seen[after] {
					seen[after] = true
					next = append(next, after)
				}
			}
		}
		level = next
	}
	return -1
}

// failing is a random trace of 40 to 200 steps that shows the bug no sooner
// than in its second half.
func (b bug) failing(r *rand.Rand, f model.Fixture) model.Trace {
	steps := alphabet("INBOX", "inbox", "Work", "Old mail")
	for {
		t := model.Trace{Fixture: f}
		for range 40 + r.IntN(161) {
			t.Steps = append(t.Steps, steps[r.IntN(len(steps))])
		}
		if found, _ := b.run(context.Background(), t); len(found) > 0 && found[0].Step >= len(t.Steps)/2 {
			return t
		}
	}
}
