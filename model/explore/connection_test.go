package explore

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

// everything is a profile with all extensions that bring commands.
var everything = model.Machine{Profile: model.Profile{Delim: "/", Caps: model.Understood([]string{
	"ENABLE", "IDLE", "LITERAL+", "MOVE", "NAMESPACE", "STARTTLS", "UIDPLUS", "UNSELECT"})}}

// enabled are the states in which the automaton has each command, and where it
// leads from there.
func enabled(g *Guarded) map[string]map[model.Phase]model.Phase {
	all := map[string]map[model.Phase]model.Phase{}
	sys := g.System()
	for p := model.Unopened; p <= model.Logout; p++ {
		from := []byte(sys.Init[0])
		from[0] = byte(p)
		for name, to := range sys.Next(string(from)) {
			if all[name] == nil {
				all[name] = map[model.Phase]model.Phase{}
			}
			all[name][p] = model.Phase(g.Value(to, "phase"))
		}
	}
	return all
}

// What every right server can be led through, the automaton has.
func TestConnectionHasWhatIsReachable(t *testing.T) {
	for _, m := range []model.Machine{model.New(), everything} {
		has := enabled(Connection(m))
		phases := map[string]model.Phase{}
		for p := model.Unopened; p <= model.Logout; p++ {
			phases[p.String()] = p
		}
		n := 0
		for _, name := range m.Reachable() {
			state, rest, _ := strings.Cut(name, " ")
			i := strings.LastIndex(rest, " ")
			command, class := rest[:i], rest[i+1:]
			var answers []string
			switch class {
			case "malformed":
				continue // is no command
			case "refused":
				answers = []string{"NO", "BAD"}
			default:
				answers = []string{strings.ToUpper(class)}
			}
			for _, answer := range answers {
				to, ok := has[command+" "+answer][phases[state]]
				assert.True(t, ok, name)
				if class == "refused" {
					assert.Equal(t, phases[state], to, name)
				}
				n++
			}
		}
		assert.Greater(t, n, 100)
	}
}

// A command succeeds just where section 6 allows it; none succeeds in another
// state.
func TestConnectionSucceedsWhereValid(t *testing.T) {
	for _, m := range []model.Machine{model.New(), everything} {
		has := enabled(Connection(m))
		for p := model.Unopened; p <= model.Logout; p++ {
			for _, name := range m.Profile.Commands() {
				if name == "X" && p != model.Unopened && p != model.Logout {
					continue // it may be the server's own (section 6.5.1)
				}
				_, ok := has[name+" OK"][p]
				assert.Equal(t, model.Valid(name, p), ok, "%s in %s", name, p)
				x := exchange(model.Simple{Verb: name}, model.OK)
				assert.Equal(t, ok, strings.HasSuffix(model.Transition(p, x), " ok"), "%s in %s", name, p)
			}
		}
	}
}

// Predict, which goes by a command's arguments, is led to where the automaton is.
func TestConnectionGoesWherePredictGoes(t *testing.T) {
	m := model.New()
	has := enabled(Connection(m))
	inbox, other := model.A("INBOX"), model.A("other")
	in := map[model.Phase][]model.Command{model.NotAuthenticated: nil}
	in[model.Authenticated] = []model.Command{model.LoginCmd{User: model.A(model.User), Password: model.A(model.Password)}}
	in[model.Selected] = append(in[model.Authenticated][:1:1], model.Mailbox{Verb: "SELECT", Box: inbox})
	for p := model.NotAuthenticated; p <= model.Selected; p++ {
		for _, c := range []struct {
			cmd    model.Command
			answer string
		}{
			{model.LoginCmd{User: model.A(model.User), Password: model.A(model.Password)}, "OK"},
			{model.LoginCmd{User: model.A(model.User), Password: model.A("wrong")}, "NO"},
			{model.Authenticate{Mechanism: "PLAIN", Lines: []string{model.PlainLine(model.User, model.Password)}}, "OK"},
			{model.Authenticate{Mechanism: "PLAIN", Lines: []string{"*"}}, "BAD"},
			{model.Mailbox{Verb: "SELECT", Box: inbox}, "OK"},
			{model.Mailbox{Verb: "EXAMINE", Box: inbox}, "OK"},
			{model.Mailbox{Verb: "SELECT", Box: other}, "NO"},
			{model.Mailbox{Verb: "EXAMINE", Box: other}, "NO"},
			{model.Mailbox{Verb: "CREATE", Box: other}, "OK"},
			{model.Simple{Verb: "CLOSE"}, "OK"},
			{model.Simple{Verb: "EXPUNGE"}, "OK"},
			{model.Simple{Verb: "NOOP"}, "OK"},
			{model.Simple{Verb: "LOGOUT"}, "OK"},
		} {
			s := m.Init(model.Fixture{Messages: 1})
			s.Conns = []model.Conn{{Phase: model.NotAuthenticated}}
			for _, first := range in[p] {
				s = m.Predict(s, model.Step{Cmd: first})
			}
			require.Equal(t, p, s.Phase(0))
			answer := c.answer
			if !model.Valid(c.cmd.Name(), p) {
				answer = "BAD"
			}
			to, ok := has[c.cmd.Name()+" "+answer][p]
			s = m.Predict(s, model.Step{Cmd: c.cmd})
			assert.True(t, ok, "%v in %s", c.cmd, p)
			assert.Equal(t, s.Phase(0), to, "%v in %s", c.cmd, p)
		}
	}
}

func TestConnectionKeepsItsClaims(t *testing.T) {
	for _, m := range []model.Machine{model.New(), everything} {
		g := Connection(m)
		r := Check(g.System(), g.Properties(), Options{})
		assert.Equal(t, Complete, r.Ended)
		assert.Equal(t, 5, r.States)
		for _, v := range r.Verdicts {
			assert.Equal(t, Holds, v.Answer, v.Property.Name)
		}
	}
}
