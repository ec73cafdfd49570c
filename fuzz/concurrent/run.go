package concurrent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// Result is the evidence of one run of a program, and what it breaks. The steps of Trace are
// in the order in which they were sent.
type Result struct {
	Trace      model.Trace
	Transcript model.Transcript
	Violations []model.Violation
	Commands   int
	Crash      string // what is known of a crash of the server, "" for none
}

// Run has the connections run a program on a fresh instance, and judges it. What a
// connection has still to send when the server has closed it is left out. An error is never
// the server's fault.
func Run(ctx context.Context, d *fuzz.Driver, p Program) (Result, error) {
	in, err := d.Target.Open(ctx, p.Fixture)
	if err != nil {
		return Result{}, err
	}
	defer in.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &run{d: d, in: in, ctx: ctx, account: fuzz.NewAccount(in), lines: map[int]*line{}}
	defer r.close()
	for _, g := range p.Groups {
		if err := r.group(g); errors.Is(err, target.ErrGone) {
			break
		} else if err != nil {
			return Result{}, err
		}
	}
	return r.result(p.Fixture), nil
}

// run is the run of a program. mu guards what the connections share.
type run struct {
	d       *fuzz.Driver
	in      target.Instance
	ctx     context.Context
	account fuzz.Account
	lines   map[int]*line

	mu        sync.Mutex
	steps     []model.Step
	exchanges []*model.Exchange // in the order in which they began, greetings included
	err       error
}

// line is a connection.
type line struct {
	*fuzz.Session
	state session
	ended bool
}

func (r *run) close() {
	for _, l := range r.lines {
		l.Close()
	}
}

// group runs the commands of a group, and returns when all are complete.
func (r *run) group(steps []model.Step) error {
	var conns []int
	of := map[int][]model.Step{}
	for _, st := range steps {
		if of[st.Conn] == nil {
			conns = append(conns, st.Conn)
			if err := r.open(st.Conn); err != nil {
				return err
			}
		}
		of[st.Conn] = append(of[st.Conn], st)
	}
	if len(conns) == 1 {
		r.send(of[conns[0]], func() {})
		return r.err
	}
	// A connection in IDLE leaves it when no other is at work.
	start, quiet := make(chan struct{}), make(chan struct{})
	working := len(conns)
	rests := func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if working--; working == 0 {
			close(quiet)
		}
	}
	var all sync.WaitGroup
	for _, conn := range conns {
		all.Go(func() {
			resting := false
			rest := func() {
				if !resting {
					resting = true
					rests()
				}
			}
			<-start
			r.send(of[conn], func() { rest(); <-quiet })
			rest()
		})
	}
	close(start)
	all.Wait()
	return r.err
}

// open opens a connection, unless it was open before.
func (r *run) open(conn int) error {
	if r.lines[conn] != nil {
		return nil
	}
	s, err := fuzz.Dial(r.ctx, r.in, conn, r.d.Session)
	if err != nil {
		return err
	}
	l := &line{Session: s}
	r.lines[conn] = l
	x := &model.Exchange{Conn: conn, Step: len(r.steps)}
	if x.Reply, err = s.Greeting(); err != nil {
		return err
	}
	r.exchanges = append(r.exchanges, x)
	l.ended = over(x)
	return nil
}

// send sends commands on one connection, one after the other.
func (r *run) send(steps []model.Step, hold func()) {
	for _, st := range steps {
		l := r.lines[st.Conn]
		if l.ended {
			return
		}
		x := &model.Exchange{Conn: st.Conn, Cmd: l.state.bound(r.d.Machine, st.Cmd)}
		r.mu.Lock()
		x.Step, x.Tag = len(r.steps), model.Tag(len(r.steps))
		r.steps = append(r.steps, st)
		r.exchanges = append(r.exchanges, x)
		r.mu.Unlock()
		reply, err := l.DoHeld(x.Tag, r.account.Command(x.Cmd), hold)
		r.mu.Lock()
		x.Reply = reply
		if len(r.steps) > x.Step+1 {
			x.Until = len(r.steps)
		}
		if err != nil && r.err == nil {
			r.err = fmt.Errorf("command %d: %w", x.Step+1, err)
		}
		r.mu.Unlock()
		l.state.told(x, nil)
		if l.ended = over(x) || err != nil; l.ended {
			return
		}
	}
}

// over reports whether nothing more can be sent.
func over(x *model.Exchange) bool {
	if x.Reply.End != model.Open || x.Cmd != nil && x.Cmd.Name() == "LOGOUT" && x.Outcome() == model.OK {
		return true
	}
	for _, r := range x.Reply.Responses {
		if r.Status == model.BYE && r.Tag == "*" {
			return true
		}
	}
	return false
}

// result is what the run has shown.
func (r *run) result(f model.Fixture) Result {
	res := Result{Trace: model.Trace{Fixture: f, Steps: r.steps}, Transcript: model.Transcript{Fixture: f}, Commands: len(r.steps)}
	for i, x := range r.exchanges {
		if x.Cmd == nil { // a greeting has the number of the next step of its connection
			x.Step = len(r.steps)
			for _, y := range r.exchanges[i+1:] {
				if y.Conn == x.Conn {
					x.Step = y.Step
					break
				}
			}
		}
		res.Transcript.Exchanges = append(res.Transcript.Exchanges, r.account.Struck(*x))
	}
	slices.SortStableFunc(res.Transcript.Exchanges, func(a, b model.Exchange) int { return cmp.Compare(a.Step, b.Step) })
	res.Violations = Judge(r.d.Machine, res.Transcript)
	if c, ok := r.in.(interface{ Crashed() string }); ok {
		res.Crash = r.account.Text(c.Crashed())
	}
	return res
}
