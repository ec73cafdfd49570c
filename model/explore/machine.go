package explore

import (
	"iter"
	"slices"

	"github.com/imapcheck/imapcheck/model"
)

// Scope is how much of the world is visited: small, since what goes wrong mostly goes
// wrong there.
type Scope struct {
	// Conns is the number of connections, 1 or 2. One that has ended is not opened
	// again.
	Conns int
	// Mailboxes is 1, INBOX, or 2, then there is one "a" at times.
	Mailboxes int
	// Messages is the most that there are at one time, in all mailboxes; one that is
	// expunged counts until every session has been told. At the beginning INBOX has
	// one, if it may.
	Messages int
}

// World is a state of the model, and what came of the last step.
type World struct {
	State model.State
	// Shot is the store behind State.
	Shot model.Snapshot
	// Broken are the violations that the model saw in the last step.
	Broken []model.Violation
	// Stuck says that the model had no answer to the last step.
	Stuck bool
}

// Server is the model as it answers and as it judges. The two are apart so that a copy
// can be bent.
type Server struct {
	// Replies are the right answers to an exchange without a reply.
	Replies func(model.State, model.Exchange) []model.Reply
	// Next takes over an exchange. It may use the state up.
	Next func(model.State, model.Exchange) (model.State, []model.Violation)
}

// ServerOf is the model itself. It greets as it likes: with OK, BYE or PREAUTH.
func ServerOf(m model.Machine) Server {
	pre := m
	pre.Profile.Preauth = true
	greets := func(x model.Exchange) model.Machine {
		if x.Cmd == nil && len(x.Reply.Responses) > 0 && x.Reply.Responses[0].Status == model.PREAUTH {
			return pre
		}
		return m
	}
	return Server{
		Replies: func(s model.State, x model.Exchange) []model.Reply {
			list := m.Replies(s, x)
			if x.Cmd == nil && !m.Profile.Preauth {
				list = append(list, pre.Replies(s, x)[0])
			}
			return list
		},
		Next: func(s model.State, x model.Exchange) (model.State, []model.Violation) {
			return greets(x).Next(s, x)
		},
	}
}

// NewSystem is the model as a transition system. An action is an exchange: a command
// and one of the answers that the server has the choice of, or a greeting. The numbers
// of steps, and the tags, are those of a first step; see [Transcript].
func NewSystem(m model.Machine, sc Scope, srv Server) System[*World, model.Exchange] {
	init := &World{State: m.Init(model.Fixture{Messages: min(1, sc.Messages)})}
	init.Shot = init.State.Snapshot()
	return System[*World, model.Exchange]{
		Init: []*World{init},
		Next: func(w *World) iter.Seq2[model.Exchange, *World] {
			return func(yield func(model.Exchange, *World) bool) {
				for st := range sc.steps(w) {
					x := model.Exchange{Conn: st.Conn, Cmd: st.Cmd}
					if st.Cmd != nil {
						x.Tag = model.Tag(0)
					}
					if !srv.answers(w, x, yield) {
						return
					}
				}
			}
		},
		Key: func(w *World) string {
			if w.Stuck {
				return "stuck " + model.Key(w.State)
			}
			return model.Key(w.State)
		},
		Size: func(*World) int { return sizeOfWorld },
	}
}

// sizeOfWorld is the memory of a state: 4.5 kB were measured in the largest scope, and
// the garbage collector lets as much lie about.
const sizeOfWorld = 9 << 10

// answers yields what may come of a step: false if that is enough.
func (srv *Server) answers(w *World, x model.Exchange, yield func(model.Exchange, *World) bool) bool {
	replies := srv.Replies(w.State, x)
	if len(replies) == 0 && w.State.Phase(x.Conn) == model.Logout {
		return true
	}
	if len(replies) == 0 {
		stuck := &World{State: w.State.Clone(), Shot: w.Shot, Stuck: true}
		return yield(x, stuck)
	}
	for _, r := range replies {
		next := &World{}
		x.Reply = r
		next.State, next.Broken = srv.Next(w.State.Clone(), x)
		next.Shot = next.State.Snapshot()
		if !yield(x, next) {
			return false
		}
	}
	return true
}

// steps are what clients may do, in order: nothing but wait for the greeting where a
// connection is not open, and where it has ended try in vain.
func (sc Scope) steps(w *World) iter.Seq[model.Step] {
	return func(yield func(model.Step) bool) {
		if w.Stuck {
			return
		}
		for conn := range sc.Conns {
			switch w.State.Phase(conn) {
			case model.Logout:
				if !yield(model.Step{Conn: conn, Cmd: model.Simple{Verb: "NOOP"}}) {
					return
				}
			case model.Unopened:
				if !yield(model.Step{Conn: conn}) {
					return
				}
			default:
				for _, c := range sc.commands(w) {
					if !yield(model.Step{Conn: conn, Cmd: c}) {
						return
					}
				}
			}
		}
	}
}

// commands are the alphabet: a few of each kind, in every state, whether it allows
// them or not. What adds messages is left out where there are enough.
func (sc Scope) commands(w *World) []model.Command {
	inbox, a, one := model.A("INBOX"), model.A("a"), model.One(1)
	list := []model.Command{
		model.Simple{Verb: "NOOP"},
		model.LoginStep(),
		model.LoginCmd{User: model.A(model.User), Password: model.A("wrong")},
		model.Simple{Verb: "LOGOUT"},
		model.Mailbox{Verb: "SELECT", Box: inbox},
		model.Mailbox{Verb: "EXAMINE", Box: inbox},
		model.Mailbox{Verb: "SELECT", Box: a},
		model.Simple{Verb: "CLOSE"},
		model.Simple{Verb: "EXPUNGE"},
		model.Fetch{Set: one, Items: []string{"FLAGS"}},
		model.Store{Set: one, Op: '+', Flags: []string{`\Deleted`}, Paren: true},
		model.Store{Set: one, Op: '+', Flags: []string{`\Seen`}, Paren: true},
		model.Raw{Bytes: "NOOP ("},
	}
	if sc.Mailboxes > 1 {
		list = append(list, model.Mailbox{Verb: "CREATE", Box: a}, model.Mailbox{Verb: "DELETE", Box: a})
	}
	if w.messages() < sc.Messages {
		list = append(list, model.Append{Box: inbox, Message: model.FixtureMessage(0)})
		if sc.Mailboxes > 1 {
			list = append(list, model.Copy{Set: one, Box: a})
		}
	}
	return list
}

// messages are how many there are, and how many are gone that a session has in its view
// still: a server may put off telling, so that without a bound views would grow for ever.
func (w *World) messages() int {
	n := 0
	for _, b := range w.Shot.Boxes {
		n += len(b.Mail)
	}
	for _, s := range w.Shot.Sessions {
		b := w.box(s.Box)
		for _, m := range s.Mail {
			if b == nil || find(b.Mail, m.UID) == nil {
				n++
			}
		}
	}
	return n
}

// Transcript is a path as evidence, each exchange with its number and its tag.
func Transcript(p *Path[*World, model.Exchange]) model.Transcript {
	tr := model.Transcript{Fixture: model.Fixture{Messages: p.Init.messages()}}
	step := 0
	for _, st := range p.Steps {
		x := st.Action
		x.Step = step
		if x.Cmd != nil {
			x.Tag = model.Tag(step)
			x.Reply.Responses = slices.Clone(x.Reply.Responses)
			for i := range x.Reply.Responses {
				if r := &x.Reply.Responses[i]; r.Tag == model.Tag(0) {
					r.Tag, r.Raw = x.Tag, x.Tag+r.Raw[len(r.Tag):]
				}
			}
			step++
		}
		tr.Exchanges = append(tr.Exchanges, x)
	}
	return tr
}
