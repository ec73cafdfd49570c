package fuzz

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
)

// Driver runs traces against a target, each on a fresh instance of it, and
// judges the answers as they come.
type Driver struct {
	Target  target.Target
	Machine model.Machine
	Session SessionOptions
	// LogIn says that a connection that is not greeted with PREAUTH is logged in at
	// once, behind a STARTTLS if need be, so that the traces for a server that greets
	// so run here, too. These commands are no steps: in the transcript they have the
	// number of the next one, and a tag that is no step's.
	LogIn bool
	// Bind puts in the place of a step's command what the exchanges before it have told.
	// False ends the trace before that step. Nil leaves the commands as they are.
	Bind func(step int, c model.Command, before []model.Exchange) (model.Command, bool)
}

// Result is the evidence of one run of a trace, and its judgement.
type Result struct {
	Transcript model.Transcript
	properties.Verdict
	// Commands is the number of commands that were sent.
	Commands int
	// Crash is what is known of a crash of the server, "" for none.
	Crash string
}

// Run drives the target through the trace. A step on a connection that the
// server has closed, or that is not open yet, opens a new one first. An error
// is never the server's fault.
func (d *Driver) Run(ctx context.Context, t model.Trace) (Result, error) {
	return d.with(ctx, t.Fixture, func(r *run) error {
		r.Transcript.Exchanges = make([]model.Exchange, 0, len(t.Steps)+2)
		for i, st := range t.Steps {
			if d.Bind != nil {
				var ok bool
				if st.Cmd, ok = d.Bind(i, st.Cmd, r.Transcript.Exchanges); !ok {
					break
				}
			}
			if err := r.step(i, st, t.Steps[i+1:]...); errors.Is(err, target.ErrGone) {
				break
			} else if err != nil {
				return fmt.Errorf("step %d: %w", i+1, err)
			}
		}
		return nil
	})
}

// with opens an instance, and has do choose the steps as they go.
func (d *Driver) with(ctx context.Context, f model.Fixture, do func(*run) error) (Result, error) {
	r, err := d.open(ctx, f)
	if err != nil {
		return Result{}, err
	}
	defer r.close()
	err = do(r)
	if err == nil {
		r.autopsy(0)
	}
	return r.Result, err
}

func (d *Driver) open(ctx context.Context, f model.Fixture) (*run, error) {
	in, err := d.Target.Open(ctx, f)
	if err != nil {
		return nil, err
	}
	r := &run{Driver: d, ctx: ctx, in: in, state: d.Machine.Init(f), sessions: map[int]*Session{}}
	r.account = NewAccount(in)
	r.Transcript.Fixture = f
	return r, nil
}

// autopsy adds what has come to be known of a crash of the server. It is what the
// violations from there on are of.
func (r *run) autopsy(from int) {
	c, ok := r.in.(interface{ Crashed() string })
	if !ok {
		return
	}
	crash := r.account.password.text(c.Crashed(), nil)
	if crash == r.Crash {
		return
	}
	r.Crash = crash
	for i := from; i < len(r.Violations); i++ {
		if v := &r.Violations[i]; v.Rule.ID == "bye-before-close" && v.Part != "panic" {
			v.Part, v.Got = "panic", v.Got+": the server panicked"
		}
	}
}

type run struct {
	*Driver
	Result
	ctx      context.Context
	in       target.Instance
	state    model.State
	sessions map[int]*Session
	account  Account
}

func (r *run) close() {
	for _, s := range r.sessions {
		s.Close()
	}
	r.in.Close()
}

// step executes a step. Those behind it may go out with it.
func (r *run) step(i int, st model.Step, next ...model.Step) error {
	s, err := r.session(i, st.Conn)
	if err != nil || s == nil {
		return err
	}
	x := model.Exchange{Conn: st.Conn, Step: i, Tag: model.Tag(i), Cmd: r.Machine.Bind(r.state, st.Conn, st.Cmd), Delivery: st.Delivery}
	if x.Reply, err = s.Deliver(x.Tag, r.account.Command(x.Cmd), st.Delivery, burst(i, st, next)...); err != nil {
		return err
	}
	r.Commands++
	r.judge(x)
	return nil
}

// burst are the tags of the NOOPs that go out in one write with step i.
func burst(i int, st model.Step, next []model.Step) (tags []string) {
	if st.Delivery.Way != model.Burst || !model.Pipelines(spelled(st.Cmd)) {
		return nil
	}
	noop := model.Simple{Verb: "NOOP"}
	for n, follower := range next {
		way := follower.Delivery.Way
		if follower.Conn != st.Conn || follower.Cmd != noop || way != model.Burst && way != model.Whole {
			break
		}
		if tags = append(tags, model.Tag(i+1+n)); way != model.Burst {
			break
		}
	}
	return tags
}

// session is the open connection with that number. It is nil if the server
// refused a new one by its greeting.
func (r *run) session(i, conn int) (*Session, error) {
	if p := r.state.Phase(conn); p != model.Unopened && p != model.Logout {
		return r.sessions[conn], nil
	}
	if old := r.sessions[conn]; old != nil {
		old.Close()
	}
	s, err := Dial(r.ctx, r.in, conn, r.Session)
	if err != nil {
		return nil, err
	}
	r.sessions[conn] = s
	x := model.Exchange{Conn: conn, Step: i}
	if x.Reply, err = s.Greeting(); err != nil {
		return nil, err
	}
	r.judge(x)
	if r.LogIn {
		if err := r.logIn(i, conn, s); err != nil {
			return nil, err
		}
	}
	if r.state.Phase(conn) == model.Logout {
		return nil, nil
	}
	return s, nil
}

// logIn logs in on a new connection, before step i.
func (r *run) logIn(i, conn int, s *Session) error {
	way := []model.Command{model.LoginStep()}
	if p := r.Machine.Profile; p.OffersTLS() && p.Has("LOGINDISABLED") {
		way = []model.Command{model.StartTLS{}, model.LoginStep()}
	}
	for n, c := range way {
		if r.state.Phase(conn) != model.NotAuthenticated {
			break
		}
		x := model.Exchange{Conn: conn, Step: i, Tag: fmt.Sprintf("L%d", n+1), Cmd: c}
		var err error
		if x.Reply, err = s.Do(x.Tag, r.account.Command(x.Cmd)); err != nil {
			return err
		}
		r.Commands++
		r.judge(x)
	}
	return nil
}

// logsIn reports whether an exchange is one of [Driver.LogIn].
func logsIn(x *model.Exchange) bool { return x.Cmd != nil && x.Tag != model.Tag(x.Step) }

// judge has the model judge an exchange as it was, and keeps it without the
// password.
func (r *run) judge(x model.Exchange) {
	before := len(r.Violations)
	r.state = r.Next(r.Machine, r.state, x)
	r.Transcript.Exchanges = append(r.Transcript.Exchanges, r.account.Struck(x))
	for i := before; i < len(r.Violations); i++ {
		v := &r.Violations[i]
		v.Got, v.Want = r.account.password.text(v.Got, x.Cmd), r.account.password.text(v.Want, x.Cmd)
	}
	if x.Reply.End == model.Closed && !slices.ContainsFunc(x.Reply.Responses, isBye) {
		r.autopsy(before) // another connection may be closed for another reason
	}
}
