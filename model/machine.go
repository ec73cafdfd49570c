package model

import (
	"slices"
	"strings"
)

// Profile is what a target is known to be like before a trace begins: the
// freedoms of RFC 3501 that it has used.
type Profile struct {
	// Delim is the hierarchy delimiter, "" for none (RFC 3501 section 7.2.2).
	Delim string
	// Preauth says that the target greets with PREAUTH (section 7.1.4).
	Preauth bool
	// TLS says that connections are under TLS from the start.
	TLS bool
	// Caps are the capabilities of the target that [Understood] knows, in upper
	// case and sorted: those that it advertises after login, and, of those before
	// it, STARTTLS and LOGINDISABLED.
	Caps []string
}

// Machine is the reference model of a server with a profile.
type Machine struct {
	Profile Profile
	// DialogueOnly leaves out all that is said of mailboxes and messages: what a
	// server is held to is the grammar, the dialogue, and the four states. It is
	// for a mailbox that others change at the same time, and it is what the cost
	// of the other layers is measured against.
	DialogueOnly bool
	// Foreign says that the account is somebody's: what it holds is not known, and
	// others change it at any time. A server is held to the grammar, the dialogue, the
	// four states, and what a session tells of the messages of its mailbox.
	Foreign bool
}

// New is the model of a server whose hierarchy delimiter is "/".
func New() Machine { return Machine{Profile: Profile{Delim: "/"}} }

var ruleFixture = rule("fixture-kept", "6.3.11", MUST,
	"What was put into the mailbox before the trace is there when it begins.", "SELECT", "EXAMINE", "STATUS", "FETCH")

// Init is what is known before the first connection: the fixture, and nothing
// of any other mailbox name. Of a foreign account nothing is known.
func (m Machine) Init(f Fixture) State {
	if m.Foreign {
		return State{Names: map[string]*Name{}, Vague: true, odd: true}
	}
	by := Cause{ruleFixture, "APPEND", Authenticated}
	box := &Box{By: by}
	for i := range f.Messages {
		box.add(&Msg{Body: FixtureMessage(i), Date: FixtureDate(i), DateBy: Cause{ruleAppendDate, "APPEND", Authenticated},
			Flags: Flags{Fresh: true}, FlagsBy: by})
	}
	s := State{Names: map[string]*Name{
		"INBOX": {Exists: Yes, ExistsBy: Cause{ruleInbox, "LIST", Authenticated}, Box: box, Subscribed: Maybe},
	}}
	s.ref = recall(&s)
	return s
}

// judge is the judgement of one exchange.
type judge struct {
	m       Machine
	s       *State
	x       *Exchange
	c       *Conn
	phase   Phase // before the exchange
	tls     bool  // TLS was in effect before it
	offers  bool  // the server had advertised STARTTLS
	name    string
	label   string // the name in a violation's key: malformed input has its flaw
	outcome Status
	valid   bool // the command is allowed in phase, and is not malformed
	seen    int  // View.seen before the exchange
	broken  bool // a response broke the grammar
	tagged  int  // the place of the completion in the reply
	asked   int  // that of the last continuation request, -1 for none
	astray  bool // what is answered may be what came before this command
	out     []Violation

	answered map[*Msg][]string // what FETCH responses brought; nil but in FETCH
	sees     bool              // it is a FETCH that sets \Seen
	recent   map[*Msg]bool     // whether \Recent was shown of messages
	instead  []Response        // what came in the place of TLS, behind the OK of STARTTLS
	within   map[*Msg]bool     // what UID EXPUNGE or MOVE may remove; nil if any
}

// Next is what is known after an exchange, and the rules that it broke. It uses
// s up. A violation is reported once: afterwards what the server said is
// believed, so that one fault does not look like many.
func (m Machine) Next(s State, x Exchange) (State, []Violation) {
	s.ref = m.follow(&s, &x)
	j := judge{m: m, s: &s, x: &x}
	j.c = s.conn(x.Conn)
	j.phase, j.astray = j.c.Phase, j.c.Astray
	before := j.phase
	j.tls, j.offers = j.c.TLS, j.c.offersTLS
	if x.Cmd == nil {
		j.greeting()
	} else {
		raw, malformed := x.Cmd.(Raw)
		j.name, j.outcome = x.Cmd.Name(), x.Outcome()
		if j.label = j.name; malformed && !m.Foreign {
			j.label = "malformed:" + raw.Flaw()
		}
		j.valid = Valid(j.name, j.phase) && !malformed && m.knows(j.name)
		if x.Reply.End == NotTLS {
			x.Reply.Responses, j.instead = x.cut()
		}
		if j.c.View != nil {
			j.seen = j.c.View.seen
		}
		if !m.Foreign {
			j.s.uses(x.Cmd)
		}
		j.s.odd = j.s.odd || oddFlags(x.Cmd)
		if malformed && j.outcome != NO && j.outcome != BAD && j.s.octets.Rule == nil && mutates(j.name) && raw.octets() {
			j.s.octets = Cause{ruleGrammar, j.label, j.phase}
		}
		if x.Delivery.HangsUp() {
			j.hungUp()
			return s, j.out
		}
		switch j.dialogue(); {
		case m.Foreign:
			j.foreign()
		case m.DialogueOnly || j.c.rev2:
			j.arrow()
		default:
			j.perform()
		}
		j.upgrade()
	}
	j.s.recent = j.s.recent || setsRecent(x.Cmd)
	j.c.selected = j.c.selected || j.name == "SELECT" || j.name == "EXAMINE"
	if j.c.Phase != j.phase {
		j.c.caps, j.c.enabled = nil, false // they may be others now
	}
	if j.advertised(); j.c.TLS != j.tls {
		j.c.forget()
	}
	j.end()
	if j.phase == Selected && j.outcome == OK && !Valid(j.name, Authenticated) || j.c.Phase != Selected || j.c.View == nil {
		j.c.shut = Cause{}
	}
	j.c.last, j.c.lastOutcome = Cause{Command: j.label, State: j.phase}, j.outcome
	switch j.label {
	case "SELECT", "EXAMINE":
		if j.outcome == NO && before == Selected {
			j.c.failed = Cause{ruleGating, j.label, before}
		} else if j.outcome == OK {
			j.c.failed = Cause{}
		}
	case "CLOSE", "UNSELECT", "greeting":
		j.c.failed = Cause{}
	}
	raw, malformed := x.Cmd.(Raw)
	if (malformed || plus(x.Cmd)) && !m.Foreign {
		j.c.last.Rule = ruleInStep
	}
	j.c.held = j.heldBack()
	j.c.ahead = raw.ahead() || m.Foreign && plus(x.Cmd)
	return s, j.out[:min(len(j.out), mostViolations)]
}

// mostViolations bounds what is reported of one exchange, and mostEvidence the
// octets of what was got and wanted: a server may send a million of each.
const (
	mostViolations = 100
	mostEvidence   = 4000
)

// advertised takes over the capabilities that the server shows.
func (j *judge) advertised() {
	for _, r := range j.x.Reply.Responses {
		var caps []string
		if d, ok := r.Data.(CapabilityData); ok {
			caps = d.Caps
			if r.Syntax == nil {
				j.sameCapabilities(sortedFold(caps), r.Raw)
			}
		} else if r.Code != nil && r.Code.Name == "CAPABILITY" {
			caps = r.Code.List
		}
		if caps == nil || r.Syntax != nil {
			continue
		}
		j.c.noLogin, j.c.offersTLS = containsFold(caps, "LOGINDISABLED"), containsFold(caps, "STARTTLS")
	}
}

// report adds a violation of r by the command of this exchange.
func (j *judge) report(r *Rule, got, want string) {
	j.reportBy(Cause{r, strings.TrimPrefix(j.label, "UID "), j.phase}, got, want)
}

// reportBy adds a violation whose cause may be an earlier command.
//
// Selected counts as Authenticated for the commands that both allow, and for
// malformed ones: that some mailbox is selected is no other bug.
func (j *judge) reportBy(c Cause, got, want string) {
	if j.c.Lost && !Valid(c.Command, c.State) && Valid(c.Command, Selected) {
		c.State = Selected // which state it is in is not known: the one that allows it
	}
	if c.State == Selected && (Valid(c.Command, Authenticated) || strings.HasPrefix(c.Command, "malformed:")) {
		c.State = Authenticated
	}
	j.out = append(j.out, Violation{Rule: c.Rule, Command: c.Command, State: c.State,
		Step: j.x.Step, Got: clipTo(got, mostEvidence), Want: clipTo(want, mostEvidence)})
}

// reportPart adds a violation with a part.
func (j *judge) reportPart(r *Rule, part, got, want string) {
	j.report(r, got, want)
	j.out[len(j.out)-1].Part = part
}

// by is this command as the cause of a fact that r demands.
func (j *judge) by(r *Rule) Cause { return Cause{r, j.base(), j.phase} }

// causes gives the causes of facts that rules demand: the command of j, or, when
// it is nil and nobody is judged, the named one.
func causes(j *judge, name string, state Phase) func(*Rule) Cause {
	if j != nil {
		name, state = j.base(), j.phase
	}
	return func(r *Rule) Cause { return Cause{r, name, state} }
}

// base is the name of the command without UID.
func (j *judge) base() string { return strings.TrimPrefix(j.name, "UID ") }

// mutates reports whether a command of that name can change the store or the
// state of its connection.
func mutates(name string) bool {
	switch strings.TrimPrefix(name, "UID ") {
	case "CAPABILITY", "NOOP", "CHECK", "LIST", "LSUB", "STATUS", "SEARCH", "LOGOUT", "STARTTLS", "X",
		"NAMESPACE", "ENABLE", "IDLE":
		return false
	}
	return true
}

// perform judges the command's own answer and takes over its effect.
func (j *judge) perform() {
	j.regain()
	j.orphaned()
	switch {
	case j.c.Lost:
		if mutates(j.name) && j.outcome != BAD {
			j.s.Vague = true
		}
	case j.x.Reply.End != Open && j.outcome == NoStatus || j.broken:
		// What the command did before the answer went wrong is not known.
		if mutates(j.name) && j.phase != NotAuthenticated {
			j.s.Vague = true
		}
		j.untagged()
		if j.valid && j.outcome != NoStatus {
			j.arrow()
		}
	case !j.valid:
		j.refused()
		j.untagged()
	case j.c.Unsure && !Valid(j.name, Authenticated):
		// What it did depends on whether a mailbox is selected.
		if j.outcome != BAD && mutates(j.name) {
			j.s.Vague = true
		}
		if v := j.c.View; v != nil && j.base() == "MOVE" {
			v.Vague, v.Box.Vague = true, true
		}
		j.untagged()
		if (j.name == "CLOSE" || j.name == "UNSELECT") && j.outcome == OK {
			j.leave(Authenticated)
		}
	default:
		j.command()
	}
}

// arrow takes over what the command does to the state of its connection: one of
// the arrows of section 3.
func (j *judge) arrow() {
	j.regain()
	switch {
	case j.c.Lost:
	case !j.valid:
		j.refused()
	case j.outcome == OK:
		switch j.name {
		case "LOGIN", "AUTHENTICATE", "CLOSE", "UNSELECT":
			j.leave(Authenticated)
		case "SELECT", "EXAMINE":
			j.leave(Selected)
			if !j.m.DialogueOnly {
				j.c.View = newView("", &Box{Vague: true}, false)
				j.c.View.Vague = true
			}
		}
	case j.name != "SELECT" && j.name != "EXAMINE":
	case j.outcome == NO:
		j.leave(Authenticated)
	default:
		j.c.Unsure = j.phase == Selected
	}
}

// regain ends what is not known of the connection's state where the answer
// tells: a SELECT or EXAMINE selects or deselects, and FETCH responses show that
// the mailbox is still selected. An OK alone shows nothing: some servers say it
// in the wrong state.
func (j *judge) regain() {
	if j.c.Astray || !j.c.Lost && !j.c.Unsure || j.phase == Unopened || j.phase == Logout {
		return
	}
	m, ok := j.x.Cmd.(Mailbox)
	switch {
	case ok && (m.Verb == "SELECT" || m.Verb == "EXAMINE") && (j.outcome == OK || j.outcome == NO && j.valid):
		j.s.closeView(j.c)
		j.c.Lost, j.c.Unsure, j.c.Phase, j.phase, j.valid = false, false, Authenticated, Authenticated, true
	case !j.c.Lost && j.valid && j.outcome == OK && slices.ContainsFunc(j.x.Reply.Responses, isFetch):
		j.c.Unsure = false
	}
}

var (
	ruleGating = rule("state-gating", "3", MUST,
		"A command that the connection's state does not allow is answered BAD or NO.")
	ruleBad = rule("valid-not-bad", "7.1.3", MUST,
		"BAD is for protocol errors: a well-formed command in a state that allows it is not answered BAD.")
)

// refused judges a command that the state does not allow, or that is malformed.
func (j *judge) refused() {
	if j.outcome != OK && (j.name == "SELECT" || j.name == "EXAMINE") && j.phase == Selected {
		j.c.Unsure = true // a SELECT that fails deselects; malformed, it may have been one
	}
	raw, malformed := j.x.Cmd.(Raw)
	if malformed {
		j.strict(raw)
	}
	if malformed && j.outcome != OK && j.phase == Selected && raw.begins("SELECT", "EXAMINE") {
		j.c.Unsure = true
	}
	if malformed && j.outcome == BAD && raw.closes() && j.phase == Selected {
		j.c.shut = Cause{ruleBad, j.label, j.phase}
	}
	if j.outcome != OK {
		if malformed && len(raw.Bytes) > 6 && strings.EqualFold(raw.Bytes[:6], "APPEND") {
			j.appendsNothing(false)
		}
		return
	}
	switch {
	case !malformed && j.name == "X":
		// The server may know the command (section 6.5.1).
	case !malformed && !j.m.knows(j.name):
		j.s.Vague, j.c.Lost = true, true // an extension that it does not speak of
	case malformed && Valid(j.name, j.phase) || malformed && j.name == "?":
		// To read liberally is the server's own affair; what it read is not known.
		if j.base() == "STORE" && j.c.View != nil {
			j.c.View.recents = -1
			for _, m := range j.c.View.Box.Msgs {
				j.s.loosen(j.c.View, m, Cause{ruleReadOnly, "STORE", j.phase})
			}
		} else if mutates(j.name) {
			j.s.Vague = true
		}
		switch j.name {
		case "CLOSE", "UNSELECT", "SELECT", "EXAMINE", "LOGIN", "AUTHENTICATE", "LOGOUT", "?":
			j.c.Lost = true
			if v := j.c.View; v != nil {
				v.Vague = true // the data may be that of another mailbox
			}
		}
	default:
		cause := j.by(ruleGating)
		if j.phase == Authenticated && j.name != "CHECK" && j.c.failed.Rule != nil {
			cause = j.c.failed // which has left the mailbox selected (section 6.3.1)
		}
		if j.loggedInBefore() {
			j.injected("the OK of " + j.name + ", before LOGIN")
			return
		}
		j.reportBy(cause, "OK", "BAD or NO: "+j.name+" is not allowed in the state "+j.phase.String())
		j.s.Vague = j.s.Vague || mutates(j.name)
		if (j.name == "LOGIN" || j.name == "AUTHENTICATE") && j.phase == Selected {
			j.c.Lost = true // the mailbox may still be selected
		}
	}
}

// command judges a well-formed command in a state that allows it.
func (j *judge) command() {
	switch j.name {
	case "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE":
		j.c.renamed = true
	}
	j.s.Vague = j.s.Vague || j.outcome == OK && j.oddName()
	switch c := j.x.Cmd.(type) {
	case Simple:
		j.simple()
	case StartTLS:
		j.startTLS(c)
	case LoginCmd, Authenticate:
		j.authentication()
	case Mailbox:
		j.mailbox(c)
	case Rename:
		j.rename(c)
	case List:
		j.untagged()
		j.list(c)
	case StatusCmd:
		j.untagged()
		j.status(c)
	case Append:
		j.append(c)
	case Copy:
		j.copy(c)
	case Store:
		j.store(c)
	case Fetch:
		j.fetch(c)
	case Search:
		j.untagged()
		j.search(c)
	case UIDExpunge:
		j.uidExpunge(c)
	case Enable:
		j.untagged()
		j.enable(c)
	default:
		j.untagged()
	}
}

// notBad reports BAD as the answer to a well-formed command.
func (j *judge) notBad() {
	if v := j.c.View; v != nil && v.Orphan && !Valid(j.name, Authenticated) {
		return // the mailbox is gone: the server may have deselected it
	}
	if oddFlags(j.x.Cmd) {
		return // flags that no standard has defined
	}
	if f, ok := j.x.Cmd.(Fetch); ok && slices.ContainsFunc(f.Items, eightBit) {
		return // names that no header field can have (RFC 2822 section 2.2)
	}
	if plus(j.x.Cmd) && !j.m.Profile.Has("LITERAL+") {
		return // LITERAL- has it up to 4096 octets (RFC 7888 section 5)
	}
	if by := j.c.shut; j.outcome == BAD && by.Rule != nil && !Valid(j.name, Authenticated) {
		j.c.shut, j.c.Unsure = Cause{}, true
		j.reportBy(by, j.shown(), "OK or NO: the CLOSE was refused, and a mailbox is selected")
		return
	}
	if j.outcome == BAD {
		j.report(ruleBad, j.shown(), "OK or NO")
	}
}

// shown is the completion as evidence.
func (j *judge) shown() string {
	if r := j.x.Tagged(); r != nil {
		return strings.TrimPrefix(r.Raw, j.x.Tag+" ")
	}
	return "no completion"
}
