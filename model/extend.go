package model

import (
	"fmt"
	"slices"
	"strings"
)

var (
	ruleUnselect = ruleOf("unselect-keeps", "RFC 3691 2", MUST,
		"UNSELECT deselects the mailbox and removes no message from it.", "UNSELECT")
	ruleIdle = ruleOf("idle-continues", "RFC 2177 3", MUST,
		"IDLE is answered by a continuation request, and not completed with OK before the client's DONE.", "IDLE")
	ruleNamespace = ruleOf("namespace-response", "RFC 2342 5", MUST,
		"NAMESPACE is answered by a NAMESPACE response.", "NAMESPACE")
	ruleEnable = ruleOf("enable-ignores-unknown", "RFC 5161 3.1", MUST,
		"ENABLE of capabilities that the server does not know or cannot enable is no error.", "ENABLE")
	ruleEnabled = ruleOf("enable-response", "RFC 5161 3.1", MUST,
		"ENABLE that is answered OK has an ENABLED response.", "ENABLE")
	ruleEnabledAsked = ruleOf("enabled-asked", "RFC 5161 3.1", SHOULD,
		"The ENABLED response lists only capabilities that this ENABLE named.", "ENABLE")
	ruleEnableCaps = ruleOf("enable-keeps-capabilities", "RFC 5161 3.1", MUST,
		"ENABLE does not change the list of capabilities.", "ENABLE")
)

// unselect judges UNSELECT (RFC 3691).
func (j *judge) unselect() {
	j.notBad()
	if j.outcome == OK {
		j.leave(Authenticated)
	}
}

// idle judges IDLE, which the client has ended at once (RFC 2177).
func (j *judge) idle() {
	j.notBad()
	asked := slices.ContainsFunc(j.x.Reply.Responses, func(r Response) bool { return r.Tag == "+" })
	if j.outcome == OK && !asked {
		j.report(ruleIdle, j.shown(), "a continuation request, and OK after DONE")
	}
}

// namespace judges NAMESPACE (RFC 2342).
func (j *judge) namespace() {
	j.notBad()
	answered := slices.ContainsFunc(j.x.Reply.Responses, func(r Response) bool {
		_, ok := r.Data.(NamespaceData)
		return ok
	})
	if j.outcome == OK && !answered {
		j.report(ruleNamespace, "OK without a NAMESPACE response", `* NAMESPACE (("" "/")) NIL NIL`)
	}
}

// enable judges ENABLE (RFC 5161). With a mailbox selected the client may not
// send it, though a server need not mind.
func (j *judge) enable(c Enable) {
	if j.phase != Authenticated {
		j.c.enabled = j.c.enabled || j.outcome == OK
		return
	}
	if j.outcome == BAD && !j.c.selected { // it is for the time before any mailbox is selected
		j.report(ruleEnable, j.shown(), "OK")
	}
	if j.outcome != OK {
		return
	}
	j.c.enabled = true
	j.c.rev2 = j.c.rev2 || containsFold(c.Caps, "IMAP4rev2")
	j.s.Vague = j.s.Vague || j.c.rev2
	answered := false
	for _, r := range j.x.Reply.Responses {
		d, ok := r.Data.(EnabledData)
		if !ok {
			continue
		}
		answered = true
		for _, e := range d.Caps {
			if !containsFold(c.Caps, e) && !impliedBy(c.Caps, e) {
				j.report(ruleEnabledAsked, r.Raw, "only names of "+strings.Join(c.Caps, " "))
				return
			}
		}
	}
	if !answered {
		j.report(ruleEnabled, "OK without an ENABLED response", "* ENABLED")
	}
}

// impliedBy reports whether one of the named extensions enables e, too: QRESYNC enables
// CONDSTORE (RFC 7162 section 3.2.3).
func impliedBy(named []string, e string) bool {
	return strings.EqualFold(e, "CONDSTORE") && containsFold(named, "QRESYNC")
}

// sameCapabilities compares the capabilities shown with those of before an
// ENABLE. They may well change with the state of the connection, and in it they
// may be shown in any order.
func (j *judge) sameCapabilities(caps []string, raw string) {
	c := j.c
	if j.name != "CAPABILITY" {
		return // it may be a summary
	}
	same := slices.EqualFunc(c.caps, caps, strings.EqualFold)
	if c.enabled && c.caps != nil && !same && !c.Lost {
		j.reportBy(Cause{ruleEnableCaps, "ENABLE", Authenticated}, raw, fmt.Sprintf("%s, as before ENABLE", strings.Join(c.caps, " ")))
	}
	c.caps, c.enabled = caps, false
}
