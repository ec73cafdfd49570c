package model

import (
	"slices"
	"strings"
)

// perform answers a well-formed command in a state that allows it.
func (a *answer) perform() {
	switch c := a.x.Cmd.(type) {
	case Simple:
		a.simple(c.Verb)
	case StartTLS:
		a.startTLS()
	case LoginCmd:
		a.login(c)
	case Authenticate:
		a.authenticate(c)
	case Mailbox:
		a.mailbox(c)
	case Rename:
		a.rename(c)
	case List:
		a.list(c)
	case StatusCmd:
		a.status(c)
	case Append:
		a.append(c)
	case Copy:
		a.copy(c)
	case Store:
		a.store(c)
	case Fetch:
		a.fetch(c)
	case Search:
		a.search(c)
	case UIDExpunge:
		a.expunge(c.Set)
	case Enable:
		a.enable(c)
	}
}

// simple answers the commands without arguments.
func (a *answer) simple(verb string) {
	switch verb {
	case "CAPABILITY":
		a.tell(CapabilityData{Caps: a.capabilities()})
	case "NAMESPACE":
		a.tell(NamespaceData{Personal: []Namespace{{Delim: a.m.Profile.Delim}}})
	case "LOGOUT":
		a.become(Logout)
		a.put(Response{Tag: "*", Status: BYE, Text: "Until next time"})
		a.reply.End = Closed
	case "CLOSE":
		if !a.ses.ReadOnly {
			a.remove(nil)
		}
		a.become(Authenticated)
	case "UNSELECT":
		a.become(Authenticated)
	case "EXPUNGE":
		a.expunge(nil)
		return
	}
	a.ok(nil)
}

// capabilities are those that are advertised in the state of the connection.
func (a *answer) capabilities() []string {
	caps := []string{"IMAP4rev1"}
	clear := !a.ses.TLS
	for _, c := range a.m.Profile.Caps {
		if c != "STARTTLS" && c != "LOGINDISABLED" || a.phase == NotAuthenticated && clear {
			caps = append(caps, c)
		}
	}
	if a.phase == NotAuthenticated && !a.m.RefusesLogin(!clear) {
		caps = append(caps, "AUTH=PLAIN")
	}
	return caps
}

// startTLS begins TLS. What came behind the command in the clear is thrown away.
func (a *answer) startTLS() {
	if !a.m.Profile.OffersTLS() || a.ses.TLS {
		a.refuse("There is no TLS to begin")
		return
	}
	a.ses.TLS = true
	a.ok(nil)
}

// refusesLogin reports whether nobody is let in on the connection as it is.
func (a *answer) refusesLogin() bool { return a.m.RefusesLogin(a.ses.TLS) }

func (a *answer) login(c LoginCmd) {
	if c.User.S != User || c.Password.S != Password || a.refusesLogin() {
		a.no("", "Name and password are not right, or not wanted in the clear")
		return
	}
	a.become(Authenticated)
	a.ok(nil)
}

// authenticate answers AUTHENTICATE, of which PLAIN is known (RFC 4616): one empty
// challenge.
func (a *answer) authenticate(c Authenticate) {
	if !strings.EqualFold(c.Mechanism, "PLAIN") || a.refusesLogin() {
		a.no("", "There is no such mechanism")
		return
	}
	a.put(Response{Tag: "+"})
	switch {
	case len(c.Lines) == 0 || c.Lines[0] == "*":
		a.done(BAD, nil, "AUTHENTICATE is cancelled")
	case c.Lines[0] != PlainLine(User, Password):
		a.no("", "Name and password are not right")
	default:
		a.become(Authenticated)
		a.ok(nil)
	}
}

// enable answers ENABLE (RFC 5161). No capability has to be enabled.
func (a *answer) enable(Enable) {
	if a.phase == Selected {
		a.refuse("ENABLE is for the time before a mailbox is selected")
		return
	}
	a.tell(EnabledData{})
	a.ok(nil)
}

// news tells the session what became of its mailbox (sections 5.2 and 7): what is
// gone where that may be told, what has come, and flags that are others.
func (a *answer) news() {
	if a.ses.Box == nil || a.how == Reticent && a.optional() {
		return
	}
	a.departed()
	if a.ses.take() > 0 {
		a.tell(Exists{uint32(len(a.ses.Told))})
		a.tell(Recent{a.ses.recent()})
	}
	for i := range a.ses.Told {
		t := &a.ses.Told[i]
		at := a.ses.Box.Find(t.UID)
		if at < 0 || slices.Equal(t.Flags, a.ses.Box.Mail[at].Flags) {
			continue
		}
		t.Flags = a.ses.Box.Mail[at].Flags
		a.show(i, nil, Att{Name: "FLAGS", Origin: -1, Flags: t.shown()})
	}
}

// departed tells which messages are gone.
func (a *answer) departed() {
	switch a.x.Cmd.Name() {
	case "FETCH", "STORE", "SEARCH":
		return // section 7.4.1
	}
	kept := a.ses.Told[:0:0]
	for i, t := range a.ses.Told {
		if a.ses.gone(i) {
			a.tell(Expunge{uint32(len(kept)) + 1})
		} else {
			kept = append(kept, t)
		}
	}
	a.ses.Told = kept
}

// optional reports whether the command may be answered without the news of the
// selected mailbox. NOOP and CHECK are the ways to ask for them; what the command has
// itself done there is told at once.
func (a *answer) optional() bool {
	switch a.x.Cmd.Name() {
	case "NOOP", "CHECK", "IDLE", "APPEND", "STORE", "UID STORE", "EXPUNGE", "UID EXPUNGE", "COPY", "UID COPY", "MOVE", "UID MOVE":
		return false
	}
	return true
}

// show tells data items of message i, from 0. They come with the UID where the
// command is one of UIDs (section 6.4.8).
func (a *answer) show(i int, asked []item, atts ...Att) {
	uid := a.how == Talkative || strings.HasPrefix(a.x.Cmd.Name(), "UID ")
	if uid && !slices.ContainsFunc(asked, func(it item) bool { return it.name == "UID" }) {
		atts = append([]Att{{Name: "UID", Origin: -1, Num: a.ses.Told[i].UID}}, atts...)
	}
	a.tell(FetchData{N: uint32(i) + 1, Atts: atts})
}

// expunge answers EXPUNGE, and UID EXPUNGE for the messages of a set of UIDs.
func (a *answer) expunge(set Set) {
	if a.ses.ReadOnly {
		a.no("", "The mailbox is selected read-only")
		return
	}
	a.remove(set)
	a.ok(nil)
}

// remove takes those messages away that have \Deleted and that the session knows;
// set is nil for any.
func (a *answer) remove(set Set) {
	places, _ := a.ses.places(set, true)
	for i, t := range a.ses.Told {
		at := a.ses.Box.Find(t.UID)
		if at >= 0 && (set == nil || slices.Contains(places, i)) && a.ses.Box.Mail[at].Has(`\Deleted`) {
			a.ses.Box.Mail = slices.Delete(a.ses.Box.Mail, at, at+1)
		}
	}
}
