package model

import (
	"encoding/base64"
	"slices"
	"strings"
)

// steady are commands of extensions that leave the connection in its state and its
// mailbox as it is, whatever else they do: RFC 2971, 4978, 2087, 4314, 5256, 5464,
// 5255, 4467; XLIST is LIST by another name.
var steady = []string{
	"ID", "COMPRESS", "GETQUOTA", "GETQUOTAROOT", "SETQUOTA", "SETACL", "DELETEACL", "GETACL", "LISTRIGHTS", "MYRIGHTS",
	"SORT", "THREAD", "UID SORT", "UID THREAD", "GETMETADATA", "SETMETADATA", "LANGUAGE", "COMPARATOR",
	"GENURLAUTH", "RESETKEY", "URLFETCH", "XLIST",
}

// open are the rules of section 9 that extensions add names to.
var open = []string{"response-data", "msg-att", "status-att"}

// beyond reports whether a response that breaks the grammar of RFC 3501 may be as the
// client has asked for, by an extension or by IMAP4rev2.
func (j *judge) beyond(r *Response) bool {
	unsure := j.c.amid || j.x.Loose
	switch {
	case j.c.rev2:
		return true
	case (unsure || j.c.asked&asksUnicode != 0) && r.Syntax.Offset < len(r.Raw) && r.Raw[r.Syntax.Offset] >= 0x80:
		return true // RFC 6855 has it in quoted strings
	}
	return (unsure || j.c.extended) && slices.Contains(open, r.Syntax.Rule)
}

// foreignDialogue is dialogue of a session with a foreign account. Which extensions
// its server has is not known: what is malformed by RFC 3501 may be a command of one.
func (j *judge) foreignDialogue() {
	if j.x.Loose {
		return // responses cannot be attributed (section 5.5)
	}
	_, malformed := j.x.Cmd.(Raw)
	auth, isAuth := j.x.Cmd.(Authenticate)
	more := literals(j.x)
	if isAuth {
		more = len(auth.Lines) + 1
	}
	for i := range j.x.Reply.Responses {
		switch r := &j.x.Reply.Responses[i]; {
		case r.Syntax != nil || r.Tag == "*" || r.Tag == j.x.Tag || malformed && r.Tag == "+":
		case r.Tag == "+":
			if more--; more == -1 {
				j.report(ruleContinuation, r.Raw, "the completion: the command was complete")
			}
			if _, err := base64.StdEncoding.DecodeString(r.Text); isAuth && err != nil {
				j.report(ruleChallenge, r.Raw, `"+", a space and BASE64; an empty challenge is "+ "`)
			}
		case malformed || j.leftover(): // it may answer octets of a literal
			j.c.sight = nil
		default:
			j.report(ruleTag, r.Raw, "a response with the tag "+j.x.Tag)
			j.broken, j.c.sight = true, nil
		}
	}
}

// foreign judges the answer to a command on a foreign account: what follows from the
// session alone.
func (j *judge) foreign() {
	j.c.pushes = j.c.pushes || j.outcome == OK && j.verb() == "NOTIFY"
	known := !j.c.Lost && !j.c.Unsure && !j.x.Loose
	_, malformed := j.x.Cmd.(Raw)
	gated := known && !malformed && j.outcome == OK && j.name != "X" && extensionOf(j.name) == nil && !Valid(j.name, j.phase)
	if gated {
		j.report(ruleGating, "OK", "BAD or NO: "+j.name+" is not allowed in the state "+j.phase.String())
	}
	if j.name != "SELECT" && j.name != "EXAMINE" {
		j.told()
	}
	if !j.x.Loose && !malformed && !gated {
		j.foreignAnswer()
	}
	if j.foreignArrow(known && !gated); j.x.Loose && j.c.Phase != j.phase {
		j.c.Lost, j.c.sight = true, nil // which of the commands came first is not known
	}
}

// foreignArrow takes over what the command does to the state of its connection. What
// an OK shows is believed, also where the state was not known. known says that it was, and
// allowed the command.
func (j *judge) foreignArrow(known bool) {
	to := Unopened
	switch {
	case j.name == "SELECT" || j.name == "EXAMINE":
		j.foreignSelect(known)
		return
	case j.outcome != OK:
	case j.name == "LOGIN" || j.name == "AUTHENTICATE":
		to = Authenticated
		j.c.amid = false
	case j.name == "CLOSE" || j.name == "UNSELECT":
		to = Authenticated
	case (j.name == "?" || j.name == "X") && !slices.Contains(steady, j.verb()):
		j.c.Lost, j.c.sight = true, nil
	}
	if e, ok := j.x.Cmd.(Enable); ok && j.outcome == OK {
		j.c.rev2 = j.c.rev2 || containsFold(e.Caps, "IMAP4rev2")
	}
	if to != Unopened {
		j.leave(to)
		j.c.Lost = false
	}
}

// verb is the name of a command that is not of RFC 3501, in upper case.
func (j *judge) verb() string {
	text := ""
	switch c := j.x.Cmd.(type) {
	case Experimental:
		text = c.Verb
	case Raw:
		text = c.Bytes
	}
	words := strings.Fields(strings.ToUpper(firstLine(text)))
	switch {
	case len(words) == 0:
		return ""
	case words[0] == "UID" && len(words) > 1:
		return "UID " + words[1]
	}
	return words[0]
}

// foreignSelect judges SELECT and EXAMINE, and begins to look at the mailbox: arrows 5
// and 6. One that is malformed by RFC 3501 may have the parameters of RFC 4466.
func (j *judge) foreignSelect(known bool) {
	m, plain := j.x.Cmd.(Mailbox)
	switch j.outcome {
	case OK:
		j.leave(Selected)
		j.c.Lost = j.c.Lost && j.x.Loose
	case NO:
		if j.phase == Selected {
			j.leave(Authenticated)
			j.c.Unsure = !plain
		}
		return
	default:
		j.c.sight, j.c.Unsure = nil, j.phase == Selected
		return
	}
	if j.x.Loose {
		return
	}
	o := j.opened()
	if plain && known && !j.broken {
		j.foreignOpening(m.Verb, o)
	}
	late := slices.ContainsFunc(j.x.Reply.Responses, isExpunge) // news of the mailbox that is left, or of this one
	if o.exists != nil && !j.broken && !late {
		j.c.sight = newSight(o.exists.Data.(Exists).N)
	}
}

// foreignOpening judges what SELECT and EXAMINE have to tell.
func (j *judge) foreignOpening(verb string, o opening) {
	if missing := absent([]string{"FLAGS", "EXISTS"}, o.flags, o.exists); missing != "" {
		j.report(ruleSelectData, "no "+missing, "FLAGS, EXISTS and RECENT")
	} else if o.recent == nil && !j.c.rev2 && !j.c.amid { // RFC 9051 has no RECENT
		j.report(ruleSelectData, "no RECENT", "FLAGS, EXISTS and RECENT")
	}
	if missing := absent([]string{"PERMANENTFLAGS", "UIDNEXT", "UIDVALIDITY"}, o.perm, o.next, o.validity); missing != "" {
		j.report(ruleSelectCodes, "no "+missing, "PERMANENTFLAGS, UIDNEXT and UIDVALIDITY")
	}
	j.systemFlags(o.flags)
	if o.perm != nil {
		j.permanent(o.perm, o.flags)
	}
	switch code := j.x.Tagged().Code; {
	case verb == "EXAMINE" && (code == nil || code.Name != "READ-ONLY"):
		j.report(ruleReadOnlyCode, j.shown(), "OK [READ-ONLY]")
	case verb == "SELECT" && (code == nil || code.Name != "READ-WRITE" && code.Name != "READ-ONLY"):
		j.report(ruleReadWriteCode, j.shown(), "OK [READ-WRITE] or OK [READ-ONLY]")
	}
}

// foreignAnswer judges that the command was answered with the data that it asks for.
func (j *judge) foreignAnswer() {
	has := func(is func(Data) bool) bool {
		return slices.ContainsFunc(j.x.Reply.Responses, func(r Response) bool { return r.Syntax != nil || is(r.Data) })
	}
	switch c := j.x.Cmd.(type) {
	case Simple:
		switch {
		case c.Verb == "CAPABILITY" || c.Verb == "NOOP":
			j.succeeds()
			if c.Verb == "CAPABILITY" && j.outcome == OK && !has(func(d Data) bool { _, ok := d.(CapabilityData); return ok }) {
				j.report(ruleCapability, "OK without a CAPABILITY response", "* CAPABILITY ... IMAP4rev1 ...")
			}
		case c.Verb == "IDLE" && j.outcome == OK && !j.goOn():
			j.report(ruleIdle, j.shown(), "a continuation request, and OK after DONE")
		}
	case StatusCmd:
		if j.outcome == OK && !has(func(d Data) bool { _, ok := d.(StatusData); return ok }) {
			j.report(ruleStatus, "OK without a STATUS response for "+c.Box.S, "* STATUS "+c.Box.S+" (...)")
		}
	}
}
