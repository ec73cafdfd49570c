package explore_test

import (
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

// bend is a fault in what becomes of an exchange: it changes the state behind it. was is
// the view of the connection before it, nil for none.
type bend func(before model.Phase, x model.Exchange, s *model.State, was *model.View)

// planted is a copy of the model with one fault, the claim that it breaks, and how many
// exchanges it takes to show.
type planted struct {
	name  string
	claim string
	steps int

	conns   int // 1 if zero
	bend    bend
	replies func(model.State, model.Exchange, []model.Reply) []model.Reply
	judges  func(model.Exchange, []model.Violation) []model.Violation
}

func (p *planted) server(m model.Machine) explore.Server {
	srv := explore.ServerOf(m)
	right := srv
	if p.replies != nil {
		srv.Replies = func(s model.State, x model.Exchange) []model.Reply { return p.replies(s, x, right.Replies(s, x)) }
	}
	srv.Next = func(s model.State, x model.Exchange) (model.State, []model.Violation) {
		before := s.Phase(x.Conn)
		var was *model.View
		if x.Conn < len(s.Conns) && s.Conns[x.Conn].View != nil {
			v := *s.Conns[x.Conn].View
			box := *v.Box
			box.Msgs, v.Msgs = slices.Clone(box.Msgs), slices.Clone(v.Msgs)
			v.Box, was = &box, &v
		}
		s, broken := right.Next(s, x)
		if p.bend != nil {
			p.bend(before, x, &s, was)
		}
		if p.judges != nil {
			broken = p.judges(x, broken)
		}
		return s, broken
	}
	return srv
}

// goes leads to another state where a command was answered so in the state before.
func goes(name string, outcome model.Status, before, to model.Phase) bend {
	return func(b model.Phase, x model.Exchange, s *model.State, _ *model.View) {
		if x.Cmd != nil && x.Cmd.Name() == name && x.Outcome() == outcome && b == before {
			s.Conns[x.Conn].Phase = to
			s.Forget()
		}
	}
}

// greets leads to another state behind a greeting.
func greets(status model.Status, to model.Phase) bend {
	return func(_ model.Phase, x model.Exchange, s *model.State, _ *model.View) {
		if x.Cmd == nil && x.Reply.Responses[0].Status == status {
			s.Conns[x.Conn].Phase = to
			s.Forget()
		}
	}
}

// leaves makes the store after a command from what the connection has selected.
func leaves(name string, readOnly bool, msgs func(was *model.View) []*model.Msg) bend {
	return func(before model.Phase, x model.Exchange, s *model.State, was *model.View) {
		if x.Cmd == nil || x.Cmd.Name() != name || before != model.Selected || was.ReadOnly != readOnly {
			return
		}
		s.Names[was.Name].Box.Msgs = msgs(was)
		if v := s.Conns[x.Conn].View; v != nil {
			v.Msgs = slices.Clone(s.Names[was.Name].Box.Msgs)
		}
		s.Forget()
	}
}

func undeleted(was *model.View) []*model.Msg {
	return slices.DeleteFunc(slices.Clone(was.Box.Msgs), func(m *model.Msg) bool { return m.Flags.Has(`\deleted`) == model.Yes })
}

func none(*model.View) []*model.Msg { return nil }

func all(was *model.View) []*model.Msg { return was.Box.Msgs }

func status(x model.Exchange, st model.Status) model.Reply {
	return model.Reply{Responses: []model.Response{{Tag: x.Tag, Status: st, Text: "bent", Raw: x.Tag + " " + st.String() + " bent"}}}
}

var faults = []planted{
	{name: "greeting OK logs in", claim: "only-arrows", steps: 1, bend: greets(model.OK, model.Authenticated)},
	{name: "greeting PREAUTH does not log in", claim: "only-arrows", steps: 1, bend: greets(model.PREAUTH, model.NotAuthenticated)},
	{name: "greeting BYE opens", claim: "only-arrows", steps: 1, bend: greets(model.BYE, model.NotAuthenticated)},
	{name: "LOGIN does not log in", claim: "only-arrows", steps: 2, bend: goes("LOGIN", model.OK, model.NotAuthenticated, model.NotAuthenticated)},
	{name: "LOGIN with a wrong password logs in", claim: "login-first", steps: 2, bend: goes("LOGIN", model.NO, model.NotAuthenticated, model.Authenticated)},
	{name: "NOOP logs in", claim: "login-first", steps: 2, bend: goes("NOOP", model.OK, model.NotAuthenticated, model.Authenticated)},
	{name: "malformed NOOP ends the connection", claim: "only-arrows", steps: 2, bend: goes("NOOP", model.BAD, model.Authenticated, model.Logout)},
	{name: "SELECT does not select", claim: "only-arrows", steps: 2, bend: goes("SELECT", model.OK, model.Authenticated, model.Authenticated)},
	{name: "EXAMINE logs out", claim: "only-arrows", steps: 2, bend: goes("EXAMINE", model.OK, model.Authenticated, model.Logout)},
	{name: "LOGOUT leads to Authenticated", claim: "logout-logs-out", steps: 2, bend: goes("LOGOUT", model.OK, model.NotAuthenticated, model.Authenticated)},
	{name: "LOGOUT does not leave Selected", claim: "only-arrows", steps: 3, bend: goes("LOGOUT", model.OK, model.Selected, model.Authenticated)},
	{name: "CLOSE leads to NotAuthenticated", claim: "only-arrows", steps: 3, bend: goes("CLOSE", model.OK, model.Selected, model.NotAuthenticated)},
	{name: "CLOSE stays selected", claim: "only-arrows", steps: 3, bend: stays("CLOSE", model.OK)},
	{name: "a SELECT that fails stays selected", claim: "failed-select-deselects", steps: 3, bend: stays("SELECT", model.NO)},
	{name: "the view is kept after CLOSE", claim: "view-iff-selected", steps: 3,
		bend: func(_ model.Phase, x model.Exchange, s *model.State, was *model.View) {
			if x.Cmd != nil && x.Cmd.Name() == "CLOSE" && was != nil {
				was.Box = s.Names[was.Name].Box
				s.Conns[x.Conn].View = was
			}
		}},
	{name: "LOGIN is accepted in Authenticated", claim: "gated", steps: 2,
		replies: func(s model.State, x model.Exchange, right []model.Reply) []model.Reply {
			if x.Cmd != nil && x.Cmd.Name() == "LOGIN" && s.Phase(x.Conn) == model.Authenticated {
				return []model.Reply{status(x, model.OK)}
			}
			return right
		}},
	{name: "STORE is accepted in Authenticated", claim: "gated", steps: 2,
		replies: func(s model.State, x model.Exchange, right []model.Reply) []model.Reply {
			if x.Cmd != nil && x.Cmd.Name() == "STORE" && s.Phase(x.Conn) == model.Authenticated {
				return []model.Reply{status(x, model.OK)}
			}
			return right
		}},
	{name: "EXPUNGE expunges in an examined mailbox", claim: "examine-changes-nothing", steps: 5, bend: leaves("EXPUNGE", true, undeleted)},
	{name: "CLOSE expunges in an examined mailbox", claim: "examine-changes-nothing", steps: 5, bend: leaves("CLOSE", true, undeleted)},
	{name: "STORE stores in an examined mailbox", claim: "examine-changes-nothing", steps: 3,
		bend: func(_ model.Phase, x model.Exchange, s *model.State, was *model.View) {
			if st, ok := x.Cmd.(model.Store); ok && was != nil && was.ReadOnly && len(was.Msgs) > 0 {
				s.Names[was.Name].Box.Msgs[0].Flags = model.NewFlags(st.Flags)
				s.Forget()
			}
		}},
	{name: "EXPUNGE removes what is not deleted", claim: "only-deleted-removed", steps: 3, bend: leaves("EXPUNGE", false, none)},
	{name: "CLOSE removes what is not deleted", claim: "only-deleted-removed", steps: 3, bend: leaves("CLOSE", false, none)},
	{name: "EXPUNGE leaves what is deleted", claim: "expunge-removes-deleted", steps: 4, bend: leaves("EXPUNGE", false, all)},
	{name: "CLOSE leaves what is deleted", claim: "expunge-removes-deleted", steps: 4, bend: leaves("CLOSE", false, all)},
	{name: "LOGOUT ends every connection", claim: "others-stay", steps: 3, conns: 2,
		bend: func(_ model.Phase, x model.Exchange, s *model.State, _ *model.View) {
			if x.Cmd != nil && x.Cmd.Name() == "LOGOUT" {
				for i := range s.Conns {
					s.Conns[i].Phase, s.Conns[i].View = model.Logout, nil
				}
				s.Forget()
			}
		}},
	{name: "EXPUNGE in answer to FETCH", claim: "numbers-stand-still", steps: 7, conns: 2,
		replies: func(s model.State, x model.Exchange, right []model.Reply) []model.Reply {
			if _, ok := x.Cmd.(model.Fetch); !ok || s.Phase(x.Conn) != model.Selected {
				return right
			}
			shot := s.Snapshot()
			ses := shot.Sessions[x.Conn]
			if len(ses.Mail) == 0 || len(shot.Boxes[0].Mail) > 0 {
				return right
			}
			told := status(x, model.OK)
			told.Responses = append([]model.Response{{Tag: "*", Data: model.Expunge{N: 1}, Raw: "* 1 EXPUNGE"}}, told.Responses...)
			return []model.Reply{told}
		}},
	{name: "a connection goes on after LOGOUT", claim: "logout-absorbs", steps: 2,
		replies: func(s model.State, x model.Exchange, right []model.Reply) []model.Reply {
			if x.Cmd != nil && s.Phase(x.Conn) == model.Logout {
				return []model.Reply{status(x, model.BAD)}
			}
			return right
		}},
	{name: "EXPUNGE in an examined mailbox has no answer", claim: "an-answer-to-all", steps: 3,
		replies: func(s model.State, x model.Exchange, right []model.Reply) []model.Reply {
			if x.Cmd != nil && x.Cmd.Name() == "EXPUNGE" && s.Phase(x.Conn) == model.Selected && s.Conns[x.Conn].View.ReadOnly {
				return nil
			}
			return right
		}},
	{name: "a right answer to EXAMINE is blamed", claim: "no-violation", steps: 2,
		judges: func(x model.Exchange, broken []model.Violation) []model.Violation {
			if x.Cmd != nil && x.Cmd.Name() == "EXAMINE" && x.Outcome() == model.OK {
				return append(broken, model.Violation{Command: "EXAMINE"})
			}
			return broken
		}},
}

// stays keeps the mailbox selected behind a command that should end that.
func stays(name string, outcome model.Status) bend {
	return func(before model.Phase, x model.Exchange, s *model.State, was *model.View) {
		if x.Cmd != nil && x.Cmd.Name() == name && x.Outcome() == outcome && before == model.Selected {
			was.Box = s.Names[was.Name].Box
			s.Conns[x.Conn].Phase, s.Conns[x.Conn].View = model.Selected, was
			s.Forget()
		}
	}
}

// Every fault is found, by the claim that is about it, in as few exchanges as it takes:
// there is none in fewer.
func TestPlantedFaults(t *testing.T) {
	for _, p := range faults {
		t.Run(p.name, func(t *testing.T) {
			m := model.New()
			scope := explore.Scope{Conns: max(1, p.conns), Mailboxes: 1, Messages: 1}
			sys := explore.NewSystem(m, scope, p.server(m))
			requireRefuted(t, sys, p.claim, p.steps)
		})
	}
	assert.GreaterOrEqual(t, len(faults), 15)
}

func requireRefuted(t *testing.T, sys explore.System[*explore.World, model.Exchange], claim string, steps int) {
	t.Helper()
	properties := explore.Properties()
	i := slices.IndexFunc(properties, func(p explore.Property[*explore.World, model.Exchange]) bool { return p.Name == claim })
	require.GreaterOrEqual(t, i, 0, claim)
	r := explore.Check(sys, properties[i:i+1], explore.Options{First: true, Limits: explore.Limits{Depth: steps}})
	v := r.Verdicts[0]
	require.Equal(t, explore.Refuted, v.Answer, claim)
	if v.Property.Kind == explore.Leads {
		require.GreaterOrEqual(t, v.Path.Loop, steps, tale(v.Path))
		require.Equal(t, "LOGOUT", v.Path.Steps[steps-1].Action.Cmd.Name())
	} else {
		require.Len(t, v.Path.Steps, steps, tale(v.Path))
	}
	if steps > 1 {
		r = explore.Check(sys, properties[i:i+1], explore.Options{Limits: explore.Limits{Depth: steps - 1}})
		require.NotEqual(t, explore.Refuted, r.Verdicts[0].Answer)
	}
}

// UIDs are no choice of the model: the fault is in what is seen of the store.
func TestPlantedUIDs(t *testing.T) {
	m := model.New()
	for _, p := range []struct {
		claim string
		uid   func(was uint32) uint32
	}{
		{"uids-ascend", func(was uint32) uint32 { return was - 1 }},
		{"uids-not-reused", func(was uint32) uint32 { return was - 2 }},
	} {
		t.Run(p.claim, func(t *testing.T) {
			sys := explore.NewSystem(m, explore.Scope{Conns: 1, Mailboxes: 1, Messages: 2}, explore.ServerOf(m))
			right := sys.Next
			sys.Next = func(w *explore.World) iter.Seq2[model.Exchange, *explore.World] {
				return func(yield func(model.Exchange, *explore.World) bool) {
					right(w)(func(x model.Exchange, to *explore.World) bool {
						if _, ok := x.Cmd.(model.Append); ok && x.Outcome() == model.OK {
							mail := slices.Clone(to.Shot.Boxes[0].Mail)
							mail[len(mail)-1].UID = p.uid(mail[len(mail)-1].UID)
							to.Shot.Boxes[0].Mail = mail
						}
						return yield(x, to)
					})
				}
			}
			requireRefuted(t, sys, p.claim, 2)
		})
	}
}
