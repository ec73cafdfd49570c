package model

import (
	"slices"
	"strings"
)

var (
	ruleLoginDisabled = rule("logindisabled-refuses", "7.2.1", MUST,
		"While LOGINDISABLED is advertised, LOGIN is answered NO even if name and password are right.", "LOGIN")
	ruleCancel = rule("auth-cancel-bad", "6.2.2", MUST,
		"An AUTHENTICATE that the client cancels with \"*\" is answered BAD.", "AUTHENTICATE")
	ruleMechanism = rule("auth-mechanism-no", "6.2.2", SHOULD,
		"AUTHENTICATE with a mechanism that the server does not support is answered NO.", "AUTHENTICATE")
	ruleImplemented = rule("auth-implemented", "6.2.2", MUST,
		"The AUTHENTICATE command exists: one of a mechanism that is advertised is not answered BAD at once.", "AUTHENTICATE")
	ruleAuthListed = rule("auth-listed", "6.2.2", SHOULD,
		"CAPABILITY lists the mechanisms that AUTHENTICATE supports.", "AUTHENTICATE")
)

// authentication judges LOGIN and AUTHENTICATE: arrow 4. Whom a server lets in
// is its own affair.
func (j *judge) authentication() {
	j.untagged()
	switch c := j.x.Cmd.(type) {
	case Authenticate:
		j.authenticate(c)
	case LoginCmd:
		if !j.c.noLogin && c.User.S != "" && c.Password.S != "" { // else the client may not send it (section 6.2.3)
			j.notBad()
		} else if j.outcome == OK {
			j.report(ruleLoginDisabled, j.shown(), "NO: LOGINDISABLED is advertised")
		}
	}
	if j.outcome == OK {
		j.c.Phase = Authenticated
	}
}

func (j *judge) authenticate(c Authenticate) {
	asked := 0
	for _, r := range j.x.Reply.Responses {
		if r.Tag == "+" {
			asked++
		}
	}
	if n := len(c.Lines); n > 0 && c.Lines[n-1] == "*" && asked == n && j.outcome != BAD && j.outcome != NoStatus {
		j.report(ruleCancel, j.shown(), "BAD")
		return
	}
	mechanism := "AUTH=" + strings.ToUpper(c.Mechanism)
	shown := j.c.caps != nil // by CAPABILITY, before authentication
	listed := containsFold(j.c.caps, mechanism)
	unknown := shown && !listed || strings.HasPrefix(mechanism, "AUTH=X") && !listed
	switch {
	case j.outcome == BAD && asked == 0 && listed && !j.bye():
		j.report(ruleImplemented, j.shown(), "a challenge: "+mechanism+" is advertised")
	case j.outcome == BAD && asked == 0 && unknown && !j.bye():
		j.report(ruleMechanism, j.shown(), "NO: "+mechanism+" is not advertised")
	case j.outcome == OK && shown && !listed:
		j.report(ruleAuthListed, "OK, and CAPABILITY has shown "+strings.Join(j.mechanisms(), " "), mechanism+" in the answer to CAPABILITY")
	}
}

// mechanisms are the AUTH= capabilities shown, or "no AUTH=".
func (j *judge) mechanisms() []string {
	auth := slices.DeleteFunc(slices.Clone(j.c.caps), func(c string) bool {
		return !strings.HasPrefix(strings.ToUpper(c), "AUTH=")
	})
	if len(auth) == 0 {
		return []string{"no AUTH="}
	}
	return auth
}
