package model

import "sort"

// Transition names what an exchange did in the automaton: the state, the
// command and the class of the outcome. "ok", "no" and "bad" are the answers to
// a well-formed command in a state that allows it; "refused" is NO or BAD where
// the state does not allow it (section 3 leaves the choice to the server), and
// "malformed" NO or BAD to malformed input. It is "" where no command was
// completed, or the client did not wait for that.
func Transition(before Phase, x Exchange) string {
	if x.Cmd == nil {
		if len(x.Reply.Responses) == 0 {
			return ""
		}
		return "Unopened greeting " + x.Reply.Responses[0].Status.String()
	}
	outcome, name := x.Outcome(), x.Cmd.Name()
	class := ""
	switch outcome {
	case OK:
		class = "ok"
	case NO:
		class = "no"
	case BAD:
		class = "bad"
	}
	_, raw := x.Cmd.(Raw)
	switch {
	case class == "", x.Delivery.HangsUp():
		return ""
	case raw && outcome == OK:
		class = "malformed-accepted"
	case raw:
		class = "malformed"
	case !Valid(name, before) && outcome == OK:
		class = "accepted"
	case !Valid(name, before):
		class = "refused"
	}
	return before.String() + " " + name + " " + class
}

// malformable reports whether malformed input that resembles the command is
// answered by all servers: an X command has any arguments, and a server that
// reads IDLE liberally waits for DONE.
func malformable(name string) bool { return name != "X" && name != "IDLE" }

// Reachable are the transitions that every conforming server with the profile
// can be led through, in order. What only some servers do (a NO for reasons of
// their own) is not among them.
func (m Machine) Reachable() []string {
	var list []string
	first := NotAuthenticated
	if m.Profile.Preauth {
		first = Authenticated
		list = append(list, "Unopened greeting PREAUTH")
	} else {
		list = append(list, "Unopened greeting OK")
	}
	fails := map[string][]string{
		"LOGIN": {"no"}, "AUTHENTICATE": {"no", "bad"},
		"SELECT": {"no"}, "EXAMINE": {"no"}, "CREATE": {"no"}, "DELETE": {"no"}, "RENAME": {"no"},
		"STATUS": {"no"}, "APPEND": {"no"}, "COPY": {"no"}, "UID COPY": {"no"},
		"SEARCH": {"no"}, "UID SEARCH": {"no"}, "MOVE": {"no"}, "UID MOVE": {"no"},
	}
	names := m.Profile.Commands()
	for p := first; p <= Selected; p++ {
		for _, name := range names {
			at := p.String() + " " + name + " "
			if malformable(name) {
				list = append(list, at+"malformed")
			}
			switch {
			case !Valid(name, p):
				list = append(list, at+"refused")
				continue
			case name == "STARTTLS" && !m.Profile.OffersTLS(), name == "ENABLE" && p == Selected:
				continue // whether it is offered there is the server's affair
			}
			list = append(list, at+"ok")
			for _, class := range fails[name] {
				list = append(list, at+class)
			}
		}
	}
	sort.Strings(list)
	return list
}
