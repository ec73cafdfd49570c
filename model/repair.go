package model

import "fmt"

// intent is what a step of a trace was about: where its connection was, and
// whether its message numbers were there.
type intent struct {
	phase    Phase
	name     string
	readOnly bool
	inRange  bool
}

// Repairer remembers what the steps of a trace were about and gives a function
// that makes a cut copy of it sensible again: a command that was sent in the
// Selected state gets a LOGIN and a SELECT before it if the cut took them away,
// and a message number beyond the end is lowered to the last message. One that was
// sent in several places gets what it had in all of them. What makes sense, the
// whole trace and what is repaired already, is left alone.
func (m Machine) Repairer(t Trace) func(Trace) Trace {
	intents := map[string]intent{}
	s := m.Init(t.Fixture)
	for _, st := range t.Steps {
		k := stepKey(st)
		in := m.intentOf(&s, st)
		if old, ok := intents[k]; ok {
			in = old.meet(in)
		}
		intents[k] = in
		s = m.Predict(s, st)
	}
	return func(t Trace) Trace { return m.repair(t, intents) }
}

// meet is what a command that was sent in two places needs in both: the mailbox
// is the first one's.
func (in intent) meet(other intent) intent {
	in.inRange = in.inRange && other.inRange
	if other.phase < in.phase {
		in.phase = other.phase
	}
	if in.phase != Selected {
		in.name, in.readOnly, in.inRange = "", false, false
	}
	return in
}

func stepKey(st Step) string { return fmt.Sprintf("%T%v", st.Cmd, st.Cmd) }

func (m Machine) intentOf(s *State, st Step) intent {
	in := intent{phase: m.entered(s.Phase(st.Conn))}
	if st.Conn < len(s.Conns) {
		if v := s.Conns[st.Conn].View; v != nil {
			in.name, in.readOnly = v.Name, v.ReadOnly
			set, ok := numbers(st.Cmd)
			last := uint32(len(v.Msgs))
			in.inRange = ok && last > 0 && set.Max(last) <= last
		}
	}
	return in.capped(st.Cmd)
}

// capped leaves out what a command that is itself a step of the way does not need
// of it: what the repair puts in is not repaired in its turn.
func (in intent) capped(c Command) intent {
	switch c := c.(type) {
	case StartTLS, LoginCmd:
		return intent{phase: NotAuthenticated}
	case Mailbox:
		if c.Verb == "SELECT" || c.Verb == "EXAMINE" {
			return intent{phase: min(in.phase, Authenticated)}
		}
	}
	return in
}

// entered is the state that a command finds its connection in: a connection
// that is not open is opened first.
func (m Machine) entered(p Phase) Phase {
	if p != Unopened && p != Logout {
		return p
	}
	if m.Profile.Preauth {
		return Authenticated
	}
	return NotAuthenticated
}

func (m Machine) repair(t Trace, intents map[string]intent) Trace {
	out := Trace{Fixture: t.Fixture}
	s := m.Init(t.Fixture)
	do := func(st Step) {
		out.Steps = append(out.Steps, st)
		s = m.Predict(s, st)
	}
	for _, st := range t.Steps {
		in, ok := intents[stepKey(st)]
		if !ok {
			do(st)
			continue
		}
		if m.entered(s.Phase(st.Conn)) == NotAuthenticated && in.phase > NotAuthenticated {
			for _, way := range m.login(st.Conn, m.Secure(s, st.Conn)) {
				do(way)
			}
		}
		if m.entered(s.Phase(st.Conn)) == Authenticated && in.phase == Selected && s.Exists(in.name) == Yes {
			do(Step{Conn: st.Conn, Cmd: selectStep(in.name, in.readOnly)})
		}
		if in.inRange && s.Phase(st.Conn) == Selected {
			st.Cmd = lower1(st.Cmd, uint32(len(s.Conns[st.Conn].View.Msgs)))
		}
		do(st)
	}
	return out
}

// LoginStep is LOGIN with the right credentials in the simplest form.
func LoginStep() Command { return LoginCmd{User: A(User), Password: A(Password)} }

func selectStep(name string, readOnly bool) Command {
	verb := "SELECT"
	if readOnly {
		verb = "EXAMINE"
	}
	return Mailbox{Verb: verb, Box: A(name)}
}

// numbers are the sequence numbers of a command that has some.
func numbers(c Command) (Set, bool) {
	switch c := c.(type) {
	case Fetch:
		return c.Set, !c.UID
	case Store:
		return c.Set, !c.UID
	case Copy:
		return c.Set, !c.UID
	}
	return nil, false
}

// lower1 is c with its set of sequence numbers replaced by the last one, if it
// goes beyond.
func lower1(c Command, last uint32) Command {
	set, ok := numbers(c)
	if !ok || last == 0 || set.Max(last) <= last {
		return c
	}
	switch c := c.(type) {
	case Fetch:
		c.Set = One(last)
		return c
	case Store:
		c.Set = One(last)
		return c
	case Copy:
		c.Set = One(last)
		return c
	}
	return c
}

// Shortcut gives traces that reach the state before step upTo by the shortest
// way that the model knows, with the rest of the trace behind it.
func (m Machine) Shortcut(t Trace, upTo int) []Trace {
	s := m.Init(t.Fixture)
	for _, st := range t.Steps[:upTo] {
		s = m.Predict(s, st)
	}
	conn := t.Steps[upTo].Conn
	var way []Step
	switch p := m.entered(s.Phase(conn)); {
	case p >= Authenticated && !m.Profile.Preauth:
		way = m.login(conn, m.Profile.TLS)
	case p == NotAuthenticated && m.Secure(s, conn) && !m.Profile.TLS:
		way = []Step{{Conn: conn, Cmd: StartTLS{}}}
	}
	if s.Phase(conn) != Selected {
		return []Trace{m.join(t, way, upTo)}
	}
	v := s.Conns[conn].View
	plain := m.join(t, append(way[:len(way):len(way)], Step{Conn: conn, Cmd: selectStep(v.Name, v.ReadOnly)}), upTo)
	if v.Name == "INBOX" {
		return []Trace{plain}
	}
	inbox := m.join(t, append(way[:len(way):len(way)], Step{Conn: conn, Cmd: selectStep("INBOX", v.ReadOnly)}), upTo)
	create := m.join(t, append(way[:len(way):len(way)], Step{Conn: conn, Cmd: Mailbox{Verb: "CREATE", Box: A(v.Name)}},
		Step{Conn: conn, Cmd: selectStep(v.Name, v.ReadOnly)}), upTo)
	return []Trace{inbox, create}
}

func (m Machine) join(t Trace, way []Step, upTo int) Trace {
	return Trace{Fixture: t.Fixture, Steps: append(append([]Step(nil), way...), t.Steps[upTo:]...)}
}
