package page

import (
	"cmp"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// state is one of the four states, or what is before them, and what was done in it.
type state struct {
	model.Phase
	ID       string // of its element
	Total    int    // commands
	Commands []*command
	Findings []*finding // by the state of their keys
}

// command is a command in a state.
type command struct {
	Name     string
	Times    [classes]int
	Findings []*finding // of the state, by the command of their keys
}

// The classes of outcomes, as [model.Transition] names them.
const classes = 7

var classNames = [classes]string{"ok", "no", "bad", "refused", "malformed", "accepted", "malformed-accepted"}

// Classes are the headings of a table of commands.
func (s *state) Classes() []string {
	return []string{"OK", "NO", "BAD", "refused", "malformed", "accepted", "malformed, OK"}
}

// Wrong reports whether outcomes of a class are against the RFC.
func (c *command) Wrong(class int) bool { return class >= 5 && c.Times[class] > 0 }

func (c *command) ok() int { return c.Times[0] }
func (c *command) no() int { return c.Times[1] }

func (s *state) command(name string) *command {
	for _, c := range s.Commands {
		if c.Name == name {
			return c
		}
	}
	c := &command{Name: name}
	s.Commands = append(s.Commands, c)
	return c
}

// states counts the transitions by state, command and outcome.
func states(times map[string]int, findings []*finding) []*state {
	var list []*state
	for p := model.Unopened; p <= model.Logout; p++ {
		list = append(list, &state{Phase: p, ID: "state-" + p.String()})
	}
	of := func(phase string) *state {
		i := slices.IndexFunc(list, func(s *state) bool { return s.Phase.String() == phase })
		if i < 0 {
			return nil
		}
		return list[i]
	}
	for t, n := range times {
		words := strings.Fields(t)
		if len(words) < 3 || of(words[0]) == nil {
			continue
		}
		s, last := of(words[0]), len(words)-1
		name := strings.Join(words[1:last], " ")
		if s.Phase == model.Unopened { // the greeting
			name, words[last] = words[last], classNames[0]
		}
		if class := slices.Index(classNames[:], words[last]); class >= 0 {
			s.command(name).Times[class] += n
			s.Total += n
		}
	}
	for _, f := range findings {
		if s := of(f.Violation.State.String()); s != nil {
			s.Findings = append(s.Findings, f)
			name := f.Violation.Command
			c := s.command(name)
			c.Findings = append(c.Findings, f)
		}
	}
	for _, s := range list {
		slices.SortFunc(s.Commands, func(a, b *command) int { return cmp.Compare(a.Name, b.Name) })
	}
	return list
}

// arrow is one of the figure of RFC 3501 section 3.
type arrow struct {
	Number   model.Arrow
	Name     string
	From, To model.Phase
	Total    int
	Takes    []take
	Findings []*finding // of its commands in its state
}

// take is a command that takes an arrow, and how often it did.
type take struct {
	Name  string
	Total int
}

// taking are the commands that take an arrow, and whether by OK or by NO.
var taking = []struct {
	number   model.Arrow
	name     string
	from, to model.Phase
	ok, no   []string
}{
	{model.GreetingOK, "greeting", model.Unopened, model.NotAuthenticated, []string{"OK"}, nil},
	{model.GreetingPreauth, "pre-authenticated greeting", model.Unopened, model.Authenticated, []string{"PREAUTH"}, nil},
	{model.GreetingBye, "rejected connection", model.Unopened, model.Logout, []string{"BYE"}, nil},
	{model.Login, "login", model.NotAuthenticated, model.Authenticated, []string{"AUTHENTICATE", "LOGIN"}, nil},
	{model.Select, "select", model.Authenticated, model.Selected, []string{"SELECT", "EXAMINE"}, nil},
	{model.Select, "select again", model.Selected, model.Selected, []string{"SELECT", "EXAMINE"}, nil},
	{model.Deselect, "deselect", model.Selected, model.Authenticated, []string{"CLOSE", "UNSELECT"}, []string{"SELECT", "EXAMINE"}},
	{model.EnterLogout, "logout", model.NotAuthenticated, model.Logout, []string{"LOGOUT"}, nil},
	{model.EnterLogout, "logout", model.Authenticated, model.Logout, []string{"LOGOUT"}, nil},
	{model.EnterLogout, "logout", model.Selected, model.Logout, []string{"LOGOUT"}, nil},
}

// arrows counts how often each was taken. What a server does on its own (it closes the
// connection, say) completes no command and is not counted.
func arrows(states []*state) []arrow {
	var list []arrow
	for _, t := range taking {
		a := arrow{Number: t.number, Name: t.name, From: t.from, To: t.to}
		from := states[t.from]
		add := func(name, label string, times func(*command) int) {
			if i := slices.IndexFunc(from.Commands, func(c *command) bool { return c.Name == name }); i >= 0 {
				c := from.Commands[i]
				if n := times(c); n > 0 {
					a.Takes = append(a.Takes, take{label, n})
					a.Total += n
				}
				for _, f := range c.Findings {
					if !slices.Contains(a.Findings, f) {
						a.Findings = append(a.Findings, f)
					}
				}
			}
		}
		for _, name := range t.ok {
			add(name, name, (*command).ok)
		}
		for _, name := range t.no {
			add(name, "failed "+name, (*command).no)
		}
		list = append(list, a)
	}
	return list
}
