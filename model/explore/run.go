package explore

import (
	"fmt"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// taken is what a step of a [runner] has done.
type taken struct {
	label string // the transition
	out   string // what is seen of it: whether it opens a connection, succeeds, and ends it
}

// runner is the model that answers itself, on connection 0, in the canonical way.
type runner struct {
	machine model.Machine
	state   model.State
	steps   int
}

// step does one command, on a new connection if there is none.
func (r *runner) step(c model.Command) (taken, error) {
	var t taken
	if p := r.state.Phase(0); p == model.Unopened || p == model.Logout {
		if err := r.exchange(model.Exchange{Step: r.steps}); err != nil {
			return t, err
		}
		t.out = "greeting, "
	}
	before := r.state.Phase(0)
	x := model.Exchange{Step: r.steps, Tag: model.Tag(r.steps), Cmd: r.machine.Bind(r.state, 0, c)}
	x.Reply = r.canonical(x)
	if err := r.exchange(x); err != nil {
		return t, err
	}
	r.steps++
	t.label = model.Transition(before, x)
	if x.Outcome() == model.OK {
		t.out += "ok"
	} else {
		t.out += "not ok"
	}
	if x.Reply.End != model.Open {
		t.out += ", " + x.Reply.End.String()
	}
	return t, nil
}

// canonical is the first reply of the model; the zero Reply if it has none.
func (r *runner) canonical(x model.Exchange) model.Reply {
	if list := r.machine.Replies(r.state, x); len(list) > 0 {
		return list[0]
	}
	return model.Reply{}
}

// exchange lets the model judge its own reply.
func (r *runner) exchange(x model.Exchange) error {
	if x.Cmd == nil {
		x.Reply = r.canonical(x)
	}
	var broken []model.Violation
	if r.state, broken = r.machine.Next(r.state, x); len(broken) == 0 {
		return nil
	}
	var lines []string
	for _, resp := range x.Reply.Responses {
		lines = append(lines, resp.Raw)
	}
	v := broken[0]
	return fmt.Errorf("the model breaks %s: got %s, want %s (%s)", v.Key(), v.Got, v.Want, strings.Join(lines, "; "))
}

// Labels are the transitions that the model takes when it answers the trace itself, in
// order, and the state in which the trace ends. It is an error if the model does not
// accept its own answers. A trace of more than one connection has none.
func Labels(m model.Machine, t model.Trace) ([]string, error) {
	r := &runner{machine: m, state: m.Init(t.Fixture)}
	var list []string
	for _, st := range t.Steps {
		if st.Conn != 0 {
			return nil, fmt.Errorf("connection %d: one is all that there may be", st.Conn)
		}
		took, err := r.step(st.Cmd)
		if err != nil {
			return list, err
		}
		list = append(list, took.label)
	}
	return list, nil
}
