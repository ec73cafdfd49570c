package model

import (
	"encoding/base64"
	"slices"
	"strings"
)

var (
	ruleGreeting = rule("greeting", "7.1", MUST,
		"The first response on a connection is an untagged OK, PREAUTH or BYE.")
	ruleGrammar = rule("grammar", "9", MUST,
		"Every response is one that the formal syntax allows.")
	ruleText = rule("resp-text-empty", "9", SHOULD,
		"A status response ends in a text of at least one character (RFC 9051 dropped this).")
	ruleCompletes = rule("completes", "2.2.2", MUST,
		"Every command is completed by one tagged OK, NO or BAD.")
	ruleTag = rule("tag", "2.2.2", MUST,
		"The completion of a command bears the tag of that command.")
	ruleInStep = rule("in-step", "2.2.1", SHOULD,
		"A server reads a malformed command to its end, and takes no part of it for another command.")
	ruleContinuation = rule("continuation-unasked", "7.5", MUST,
		"A continuation request is sent only when the command has more to come.")
	ruleChallenge = rule("auth-challenge-base64", "6.2.2", MUST,
		"A challenge of AUTHENTICATE is a continuation request whose text is BASE64.", "AUTHENTICATE")
	rulePreauth = rule("preauth-only-greets", "7.1.4", MUST,
		"PREAUTH is sent as a greeting and at no other time.")
	ruleBye = rule("bye-before-close", "3.4", MUST,
		"A server that closes the connection has sent an untagged BYE with the reason.")
	ruleByeCloses = rule("bye-closes", "7.1.5", MUST,
		"A server that has sent BYE closes the connection.")
	ruleLogoutBye = rule("logout-bye", "6.1.3", MUST,
		"LOGOUT is answered by an untagged BYE before the tagged OK.", "LOGOUT")
	ruleLogoutCloses = rule("logout-closes", "6.1.3", MUST,
		"The server closes the connection after the tagged OK of LOGOUT.", "LOGOUT")
	ruleSucceeds = rule("always-succeeds", "6.1", MUST,
		"CAPABILITY, NOOP and LOGOUT without arguments are completed by OK.", "CAPABILITY", "NOOP", "LOGOUT")
)

// greeting judges the first responses of a connection: arrows 1, 2 and 3.
func (j *judge) greeting() {
	j.name, j.label, j.phase = "greeting", "greeting", Unopened
	j.s.closeView(j.c)
	if j.m.Foreign {
		*j.c = Conn{}
	}
	j.c.Phase, j.c.asked, j.c.last = Logout, 0, Cause{}
	j.c.Lost, j.c.Astray, j.c.Unsure = false, false, false
	j.c.forget()
	j.c.TLS, j.tls, j.c.injected = j.m.Profile.TLS, j.m.Profile.TLS, nil
	j.c.amid, j.c.pushes = j.x.Loose, false
	rs := j.x.Reply.Responses
	if j.x.Loose {
		j.syntax()
		j.c.Phase, j.c.Lost = NotAuthenticated, true
		return
	}
	if len(rs) == 0 {
		if j.x.Reply.End == Closed {
			j.report(ruleBye, "the connection was closed", "a greeting, or * BYE and a reason")
		} else {
			j.report(ruleGreeting, "nothing", "* OK, * PREAUTH or * BYE")
		}
		return
	}
	j.syntax()
	r := rs[0]
	if r.Tag == "*" && !j.broken {
		switch r.Status {
		case OK:
			j.c.Phase = NotAuthenticated
			return
		case PREAUTH:
			j.c.Phase = Authenticated
			return
		case BYE:
			return
		}
	}
	if !j.broken {
		j.report(ruleGreeting, r.Raw, "* OK, * PREAUTH or * BYE")
	}
}

// dialogue judges what every command has in common: grammar, tags,
// continuation requests, one completion.
func (j *judge) dialogue() {
	j.c.asked |= asks(j.x.Cmd)
	raw, ok := j.x.Cmd.(Raw)
	_, experiment := j.x.Cmd.(Experimental)
	j.c.extended = j.c.extended || experiment || ok && j.name != "LOGIN"
	j.syntax()
	if j.m.Foreign {
		j.foreignDialogue()
		return
	}
	if ok && (raw.Lines() || raw.Waits() || raw.Name() == "IDLE" || raw.Name() == "AUTHENTICATE" && j.goOn() || raw.ahead() && !j.m.plus()) {
		// How many commands these are, and whether the last is complete, depends
		// on how liberally the server reads: it may idle, or challenge, too. One that
		// knows no "{n+}" (RFC 7888) reads it at the end of a line like anything else.
		j.c.Lost, j.c.Astray = true, true
	}
	if ok && raw.mimics() {
		j.c.Lost, j.c.Astray = true, true // what has such a tag answers this command or a part of it
	}
	if j.c.Astray {
		return
	}
	more := literals(j.x)
	auth, isAuth := j.x.Cmd.(Authenticate)
	if isAuth {
		more = len(auth.Lines) + 1
	}
	start, _ := j.x.Cmd.(StartTLS)
	for i := range j.x.Reply.Responses {
		switch r := &j.x.Reply.Responses[i]; {
		case r.Tag == InjectedTag && start.Behind != nil: // it is in the clear, as what it answers
		case r.Tag == InjectedTag && j.c.injected != nil:
			j.injected(r.Raw)
			return
		case j.leftover() && j.stray(r):
			j.outOfStep(r.Raw)
			return
		case r.Syntax != nil || r.Tag == "*" || r.Tag == j.x.Tag:
		case r.Tag == "+":
			if more--; more == -1 && j.leftover() {
				j.outOfStep(r.Raw)
				return
			} else if more == -1 {
				j.report(ruleContinuation, r.Raw, "the completion: the command was complete")
			}
			if _, err := base64.StdEncoding.DecodeString(r.Text); isAuth && err != nil {
				j.report(ruleChallenge, r.Raw, `"+", a space and BASE64; an empty challenge is "+ "`)
			}
		case j.label != j.name:
			j.report(ruleInStep, r.Raw, "a response with the tag "+j.x.Tag)
			j.lose()
			return
		default:
			j.report(ruleTag, r.Raw, "a response with the tag "+j.x.Tag)
			j.broken = true
		}
	}
	if j.label != j.name && slices.ContainsFunc(j.x.Reply.Responses, isUntaggedBad) {
		return // for malformed input that will do (section 7.1.3)
	}
	if j.outcome == NoStatus && j.x.Reply.End != Closed && !j.broken {
		if j.c.ahead && j.leftover() && j.label == j.name {
			j.outOfStep("no completion (" + j.x.Reply.End.String() + ")")
			return
		}
		cause := Cause{ruleCompletes, strings.TrimPrefix(j.label, "UID "), j.phase}
		if j.c.held.Rule != nil && j.label == j.name &&
			(len(j.x.Reply.Responses) == 0 || slices.ContainsFunc(j.x.Reply.Responses, isUntaggedBad)) {
			cause = j.c.held // the server has taken this command for octets of that one
		}
		j.reportBy(cause, "no completion ("+j.x.Reply.End.String()+")", "a tagged OK, NO or BAD")
	}
}

// heldBack is a malformed command that was refused before the server had asked for all
// of its literals, so that the client has not sent them; none for any other.
func (j *judge) heldBack() Cause {
	raw, malformed := j.x.Cmd.(Raw)
	if !malformed || j.outcome == NoStatus {
		return Cause{}
	}
	asked := 0
	for _, r := range j.x.Reply.Responses {
		asked += int(one(r.Tag == "+"))
	}
	if asked >= raw.synchronizing() {
		return Cause{}
	}
	return Cause{ruleCompletes, j.label, j.phase}
}

// leftover reports whether a server that is out of step may answer octets of the
// command before this one: it was malformed, or its literal did not wait.
func (j *judge) leftover() bool {
	if j.m.Foreign {
		return j.c.held.Rule != nil || j.c.ahead
	}
	last := j.c.last
	return last.Rule == ruleInStep && (j.c.lastOutcome != OK || strings.HasPrefix(last.Command, "malformed:"))
}

// outOfStep reports that the server answers a part of the last command.
func (j *judge) outOfStep(got string) {
	j.reportBy(j.c.last, got, "a response with the tag "+j.x.Tag)
	j.lose()
}

// stray reports whether a response completes something else than this command. What
// the server has taken for the tag need not be one.
func (j *judge) stray(r *Response) bool {
	if r.Syntax == nil {
		return r.Tag != "*" && r.Tag != "+" && r.Tag != j.x.Tag
	}
	if r.Raw == "" {
		return false // it has nothing of the octets that were taken for a command
	}
	if r.Syntax.Rule == "tag" || r.Syntax.Rule == "response-tagged" {
		return true
	}
	tag, rest, _ := strings.Cut(r.Raw, " ")
	status, _, _ := strings.Cut(rest, " ")
	return tag != "" && tag != "*" && tag != "+" && tag != j.x.Tag && containsFold([]string{"OK", "NO", "BAD"}, status)
}

// goOn reports whether the reply has a continuation request.
func (j *judge) goOn() bool {
	return slices.ContainsFunc(j.x.Reply.Responses, func(r Response) bool { return r.Tag == "+" })
}

func isUntaggedBad(r Response) bool { return r.Tag == "*" && r.Status == BAD }

// syntax reports the first response that breaks the grammar, and in the others
// what no standard defines, or what the client did not ask for. A completion of what was
// never meant for a command has for its tag whatever the server took for one; dialogue
// has that.
func (j *judge) syntax() {
	j.vocabulary()
	if !j.m.Foreign { // whose client may have asked before the record began
		j.unasked()
	}
	for i := range j.x.Reply.Responses {
		r := &j.x.Reply.Responses[i]
		switch {
		case r.Syntax == nil, j.m.Foreign && j.beyond(r), (j.c.Astray || j.leftover()) && j.stray(r):
		case r.Syntax.Rule == "text", r.Syntax.Rule == "resp-text" && r.Syntax.Offset == len(r.Raw):
			j.report(ruleText, r.Raw, r.Syntax.Want)
		case !j.broken:
			j.broken, j.c.sight = true, nil
			if j.c.View != nil {
				j.c.View.Vague = true
			}
			if by := j.s.octets; by.Rule != nil && r.Syntax.Offset < len(r.Raw) && notChar(rune(r.Raw[r.Syntax.Offset])) {
				j.reportBy(by, r.Raw, r.Syntax.Error())
				j.out[len(j.out)-1].Part = "CHAR"
				continue
			}
			j.reportPart(ruleGrammar, r.Syntax.Rule, r.Raw, r.Syntax.Error())
		}
	}
}

// literals is the number of continuation requests that a command needs.
func literals(x *Exchange) int {
	n := announcements(x.Sent)
	if n > 0 {
		return n
	}
	count := func(args ...AString) {
		for _, a := range args {
			if a.Legal().Form == Literal {
				n++
			}
		}
	}
	switch c := x.Cmd.(type) {
	case Simple:
		n = int(one(c.Verb == "IDLE"))
	case LoginCmd:
		count(c.User, c.Password)
	case Mailbox:
		count(c.Box)
	case Rename:
		count(c.From, c.To)
	case List:
		count(c.Ref, c.Pattern)
	case StatusCmd:
		count(c.Box)
	case Append:
		count(c.Box)
		if !c.Plus {
			n++
		}
	case Copy:
		count(c.Box)
	case Search:
		n = searchLiterals(c.Keys)
		if c.Charset != "" {
			count(A(c.Charset))
		}
	case Fetch:
		for _, item := range c.Items {
			n += announcements(item) // of names of header fields
		}
	case Raw:
		n = announcements(c.Bytes)
	}
	return n
}

// announcements is the number of lines that announce a literal.
func announcements(s string) int {
	n := 0
	for line := range strings.SplitSeq(s, "\r\n") {
		if _, ok := announced(line); ok {
			n++
		}
	}
	return n
}

func searchLiterals(keys []SearchKey) int {
	n := 0
	for _, k := range keys {
		for _, a := range k.Args {
			if a.Legal().Form == Literal {
				n++
			}
		}
		n += searchLiterals(k.Keys)
	}
	return n
}

// end judges how the exchange left the connection: arrow 7.
func (j *judge) end() {
	bye := j.bye()
	for _, r := range j.x.Reply.Responses {
		if r.Status == PREAUTH && j.x.Cmd != nil {
			j.report(rulePreauth, r.Raw, "no PREAUTH after the greeting")
		}
	}
	logout := j.name == "LOGOUT" && j.valid && !j.x.Loose
	if logout {
		j.logout()
	}
	switch j.x.Reply.End {
	case Open:
		if bye && !logout {
			j.report(ruleByeCloses, "the connection stayed open", "the close of the connection after BYE")
		}
		if bye || logout && j.outcome == OK {
			j.leave(Logout)
		}
	case Closed:
		if !bye && !j.broken && j.name != "greeting" && j.outcome == NoStatus {
			j.closed()
		}
		if !bye {
			j.unwritten()
		}
		j.leave(Logout)
	default:
		j.unwritten()
		j.leave(Logout)
	}
}

// unwritten forgets what a session that ends without a word may not have written down.
func (j *judge) unwritten() {
	if v := j.c.View; v != nil {
		for _, m := range v.Box.Msgs {
			m.Flags, m.FlagsBy, m.peeked, m.seenBy = Flags{Vague: true}, Cause{ruleFlagsKept, "FETCH", Selected}, Cause{}, Cause{}
		}
	}
}

// closed reports that the server has closed the connection without BYE, in the
// place of the completion. Behind malformed input or a NO it may be that what closed it:
// a command that no server trips over tells; of any other nothing is said.
func (j *judge) closed() {
	if j.astray && len(j.x.Reply.Responses) > 0 || j.phase == Logout {
		return // it reads something else, or there is no more to be said
	}
	if j.c.last.Command == "STARTTLS" && j.c.lastOutcome == OK && len(j.x.Reply.Responses) == 0 {
		return // the server's half of the negotiation has failed, of which the client has not heard
	}
	cause := Cause{ruleBye, strings.TrimPrefix(j.label, "UID "), j.phase}
	if len(j.x.Reply.Responses) == 0 && (strings.HasPrefix(j.c.last.Command, "malformed") || j.c.lastOutcome == NO) {
		if j.label != "NOOP" && j.label != "CAPABILITY" && j.label != "LOGOUT" {
			return
		}
		cause.Command, cause.State = strings.TrimPrefix(j.c.last.Command, "UID "), j.c.last.State
	}
	j.reportBy(cause, "the connection was closed", "* BYE and the reason, then the close")
}

// bye reports whether the server has said BYE in this exchange.
func (j *judge) bye() bool {
	return slices.ContainsFunc(j.x.Reply.Responses, func(r Response) bool { return r.Tag == "*" && r.Status == BYE })
}

// logout judges the order untagged BYE, tagged OK, close (section 6.1.3).
func (j *judge) logout() {
	switch j.outcome {
	case OK:
	case NO, BAD:
		j.report(ruleSucceeds, j.shown(), "OK")
		return
	default:
		// A server that closes of its own accord (arrow 7) may do so just now; one
		// that has just refused a command, or whose mailbox may be gone, is suspected of it.
		if v := j.c.View; v != nil && (v.Orphan || j.s.Vague) {
			return
		}
		if j.x.Reply.End == Closed && !j.broken && !j.c.Astray && len(j.x.Reply.Responses) > 0 && j.c.lastOutcome != BAD {
			j.report(ruleCompletes, "the close of the connection", "* BYE, the tagged OK, then the close")
		}
		return // silence is reported by dialogue
	}
	for _, r := range j.x.Reply.Responses {
		if r.Tag == "*" && r.Status == BYE {
			break
		}
		if r.Tag == j.x.Tag {
			j.report(ruleLogoutBye, "OK without a BYE before it", "* BYE, then the tagged OK")
			break
		}
	}
	if j.x.Reply.End == Open {
		j.report(ruleLogoutCloses, "the connection stayed open", "the close of the connection after the tagged OK")
	}
}

// deselected notes, where a command ends a view without an expunge, that \Deleted
// messages have to be there still.
func (j *judge) deselected() {
	v, r := j.c.View, ruleDeselect
	switch j.name {
	case "SELECT", "EXAMINE", "LOGOUT":
	case "UNSELECT":
		r = ruleUnselect
	default:
		return
	}
	if v != nil && !v.Orphan {
		v.keeps(j.by(r))
	}
}

// leave puts the connection in a state without a selected mailbox.
func (j *judge) leave(p Phase) {
	j.deselected()
	j.s.closeView(j.c)
	j.c.Phase = p
	if j.c.Unsure = false; p == Logout {
		j.c.Lost, j.c.Astray = false, false
	}
}
