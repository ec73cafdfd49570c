package model

import (
	"iter"
	"slices"
)

// Replies are representative right answers to what x says without its reply: a
// command with its tag on a connection, or, where Cmd is nil, the opening of the
// connection. The canonical answer is the first; the others are what RFC 3501 leaves
// to the server where that matters for what comes next. There are none on a
// connection that is not open. Continuation requests come first, one for each literal
// that waits: who answers a client has sent them by then.
//
// The state is left as it is: [Machine.Next] takes over which one it was. In a state
// that was led here by answers of Replies alone, from [Machine.Init], each tells the
// truth of one store, and Next accepts it. Elsewhere they are of the simplest store
// that agrees with what is known.
func (m Machine) Replies(s State, x Exchange) []Reply {
	var list []Reply
	for r := range m.answers(&s, &x) {
		if !slices.ContainsFunc(list, r.same) {
			list = append(list, r)
		}
	}
	return list
}

// Manner is a way to answer.
type Manner uint8

// The manners. An answer that is not touched by one is the usual.
const (
	Usual     Manner = iota
	Unable           // NO, to what may always fail
	Reticent         // of what other sessions did nothing is said yet
	Talkative        // FETCH responses have the UID
	Curt             // what is refused is answered by the other of NO and BAD
	Hanging          // BYE, and the close
	mostManner
)

// Answer is the right answer to x in a manner, as [Machine.Replies] has it, and the
// account is then as that says. There may be none: then nothing has changed.
func (r *Account) Answer(m Machine, x Exchange, how Manner) (Reply, bool) {
	a := r.answer(m, &x, how)
	return a.reply, a.give()
}

func (r *Account) answer(m Machine, x *Exchange, how Manner) *answer {
	ses := r.Session(x.Conn)
	return &answer{m: m, x: x, how: how, ref: r, ses: ses, phase: ses.Phase}
}

// News tells a connection of a mailbox what became of it since it was told: without
// EXPUNGE, unless the command that is in progress allows it (RFC 3501 section 7.4.1).
func (r *Account) News(m Machine, conn int, expunge bool) []Response {
	x := &Exchange{Conn: conn, Cmd: Fetch{}}
	if expunge {
		x.Cmd = Simple{Verb: "NOOP"}
	}
	a := r.answer(m, x, Usual)
	a.news()
	return a.reply.Responses
}

// answers are the answers, with the store behind each. One may come twice.
func (m Machine) answers(s *State, x *Exchange) iter.Seq2[Reply, *Account] {
	return func(yield func(Reply, *Account) bool) {
		// Of a connection that may be out of step, the state tells no more than whether it is open.
		phase := s.Phase(x.Conn)
		if x.Cmd != nil && (phase == Unopened || phase == Logout) {
			return
		}
		r := s.ref
		if r == nil {
			r = recall(s)
		}
		refused := false
		for how := Usual; how < mostManner; how++ {
			if how == Unable && refused {
				continue
			}
			a := r.Clone().answer(m, x, how)
			if a.give() && !yield(a.reply, a.ref) {
				return
			}
			refused = a.outcome != OK
		}
	}
}

// follow is the store of a server that has answered as Replies has it, nil if it has
// not, or if the state has none.
func (m Machine) follow(s *State, x *Exchange) *Account {
	if s.ref == nil || x.Delivery.HangsUp() {
		return nil
	}
	for r, after := range m.answers(s, x) {
		if r.same(x.Reply) {
			return after
		}
	}
	return nil
}

// same reports whether the octets are the same.
func (r Reply) same(o Reply) bool {
	return r.End == o.End && slices.EqualFunc(r.Responses, o.Responses, func(a, b Response) bool { return a.Raw == b.Raw })
}

// answer is one answer in the making.
type answer struct {
	m     Machine
	x     *Exchange
	how   Manner
	phase Phase    // before it
	ref   *Account // changed as the answer says
	ses   *Session
	reply Reply

	outcome Status // of the completion
}

// become puts the connection in a state without a selected mailbox.
func (a *answer) become(p Phase) { *a.ses = Session{Phase: p, TLS: a.ses.TLS} }

// put adds a response.
func (a *answer) put(r Response) {
	r.Raw = string(r.Append(nil))
	a.reply.Responses = append(a.reply.Responses, r)
}

// tell adds untagged data.
func (a *answer) tell(d Data) { a.put(Response{Tag: "*", Data: d}) }

// note adds an untagged OK with a code.
func (a *answer) note(c *Code, text string) {
	a.put(Response{Tag: "*", Status: OK, Code: c, Text: text})
}

// done completes the command.
func (a *answer) done(st Status, c *Code, text string) {
	a.outcome = st
	a.put(Response{Tag: a.x.Tag, Status: st, Code: c, Text: text})
}

// ok completes the command behind the news.
func (a *answer) ok(c *Code) {
	a.news()
	a.done(OK, c, a.x.Cmd.Name()+" completed")
}

// no refuses the command behind the news; code is "" for none.
func (a *answer) no(code, text string) {
	a.news()
	var c *Code
	if code != "" {
		c = &Code{Name: code}
	}
	a.done(NO, c, text)
}

// refuse is BAD, or NO where that is as good.
func (a *answer) refuse(text string) {
	if a.how == Curt {
		a.no("", text)
		return
	}
	a.news()
	a.done(BAD, nil, text)
}

// give makes the answer, if there is one of this manner.
func (a *answer) give() bool {
	if a.x.Cmd == nil {
		return a.greet()
	}
	if a.how == Hanging || a.how == Unable && !a.fallible() {
		return false
	}
	name := a.x.Cmd.Name()
	switch _, raw := a.x.Cmd.(Raw); {
	case raw:
		a.done(BAD, nil, "That is no command")
		return true
	case !Valid(name, a.phase) || !a.m.knows(name):
		a.proceed()
		a.refuse(name + " is not allowed now")
		return true
	}
	a.proceed()
	if a.how == Unable {
		a.fail()
		return true
	}
	a.perform()
	return true
}

// greet opens the connection.
func (a *answer) greet() bool {
	if a.how != Usual && a.how != Hanging {
		return false
	}
	st, phase := OK, NotAuthenticated
	switch {
	case a.how == Hanging:
		st, phase, a.reply.End = BYE, Logout, Closed
	case a.m.Profile.Preauth:
		st, phase = PREAUTH, Authenticated
	}
	*a.ses = Session{Phase: phase, TLS: a.m.Profile.TLS}
	a.put(Response{Tag: "*", Status: st, Text: "The reference server of imapcheck"})
	return true
}

// proceed asks for the literals of the command.
func (a *answer) proceed() {
	n := literals(a.x)
	if a.x.Sent != "" {
		n = Raw{a.x.Sent}.synchronizing()
	}
	for range n {
		a.put(Response{Tag: "+", Text: "Go on"})
	}
}

// fallible reports whether a well-formed command in a state that allows it can fail on any
// server.
func (a *answer) fallible() bool {
	switch a.x.Cmd.Name() {
	case "LOGIN", "AUTHENTICATE", "SELECT", "EXAMINE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "APPEND",
		"COPY", "UID COPY", "MOVE", "UID MOVE":
		return true
	}
	return false
}

// fail is NO for a reason of the server's own (RFC 5530).
func (a *answer) fail() {
	if c, ok := a.x.Cmd.(Mailbox); ok && (c.Verb == "SELECT" || c.Verb == "EXAMINE") {
		a.become(Authenticated)
	}
	a.no("UNAVAILABLE", "Try again later")
}
