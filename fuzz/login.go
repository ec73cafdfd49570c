package fuzz

import (
	"slices"

	"github.com/imapcheck/imapcheck/model"
)

// withLogins is the run of a driver with [Driver.LogIn] as that of a trace that has
// the commands itself that log in.
func withLogins(t model.Trace, run model.Transcript) (model.Trace, model.Transcript) {
	out := model.Transcript{Fixture: run.Fixture}
	steps := make([]model.Step, 0, len(t.Steps))
	next := 0 // step of t
	upTo := func(n int) {
		for ; next < n; next++ {
			steps = append(steps, t.Steps[next])
		}
	}
	for _, x := range run.Exchanges {
		upTo(x.Step)
		login := logsIn(&x)
		switch x.Step = len(steps); {
		case login:
			steps = append(steps, model.Step{Conn: x.Conn, Cmd: x.Cmd})
		case x.Cmd != nil:
			upTo(next + 1)
		}
		out.Exchanges = append(out.Exchanges, x)
	}
	upTo(len(t.Steps))
	return model.Trace{Fixture: t.Fixture, Steps: steps}, out
}

// withoutLogins is a trace without the commands that log in, for servers that
// greet with PREAUTH.
func withoutLogins(t model.Trace) model.Trace {
	out := model.Trace{Fixture: t.Fixture}
	m := model.New()
	s := m.Init(t.Fixture)
	for _, st := range t.Steps {
		before := s.Phase(st.Conn)
		s = m.Predict(s, st)
		first := before != model.Authenticated && before != model.Selected
		in := false
		switch c := st.Cmd.(type) {
		case model.LoginCmd, model.Authenticate:
			in = s.Phase(st.Conn) == model.Authenticated
		case model.StartTLS:
			in = c.Behind == nil
		}
		if !first || !in {
			out.Steps = append(out.Steps, st)
		}
	}
	return out
}

// askUIDs is a trace that asks for the unique identifiers of messages before it
// uses them, so that a symbolic number is no guess on any server.
func askUIDs(m model.Machine, t model.Trace) model.Trace {
	out := model.Trace{Fixture: t.Fixture}
	s := m.Init(t.Fixture)
	asked := map[*model.View]*model.Msg{} // the last message whose UID was asked for
	for _, st := range t.Steps {
		if s.Phase(st.Conn) == model.Selected && needsUIDs(st.Cmd) {
			v := s.Conns[st.Conn].View
			var last *model.Msg // nil if none is predicted
			if n := len(v.Msgs); n > 0 {
				last = v.Msgs[n-1]
			}
			if known, ok := asked[v]; !ok || known != last {
				asked[v] = last
				all := model.Set{{From: model.Num{N: 1}, To: model.Star}}
				out.Steps = append(out.Steps, model.Step{Conn: st.Conn, Cmd: model.Fetch{UID: true, Set: all, Items: []string{"UID"}}})
			}
		}
		out.Steps = append(out.Steps, st)
		s = m.Predict(s, st)
	}
	return out
}

// needsUIDs reports whether a command has symbolic numbers, or its answer has unique
// identifiers for a result.
func needsUIDs(c model.Command) bool {
	if search, ok := c.(model.Search); ok && search.UID {
		return true
	}
	return slices.ContainsFunc(setsOf(c), func(set model.Set) bool {
		return slices.ContainsFunc(set, func(r model.Range) bool { return r.From.Symb || r.To.Symb })
	})
}
