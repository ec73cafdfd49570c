package explore

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// claim is a [Property] of the model.
type claim = Property[*World, model.Exchange]

// Properties are what is claimed of the model in any scope. They do not ask which
// connection is which, so that they hold of all states of one key or of none.
func Properties() []Property[*World, model.Exchange] {
	list := []claim{
		step("only-arrows", "3", followsFigure),
		step("others-stay", "3", othersStay),
		step("login-first", "3.1", loginFirst),
		step("gated", "3", gated),
		step("logout-absorbs", "3.4", func(from *World, x model.Exchange, _ *World) bool {
			return from.State.Phase(x.Conn) != model.Logout
		}),
		{Name: "logout-logs-out", Clause: "6.1.3", Kind: Leads, Step: logsOut, Then: func(w *World) bool { return w.any(model.Logout) }},
		{Name: "view-iff-selected", Clause: "3.3", Kind: Always, State: viewIffSelected},
		step("failed-select-deselects", "6.3.1", failedSelect),
		step("examine-changes-nothing", "6.3.2", examineChangesNothing),
		{Name: "uids-ascend", Clause: "2.3.1.1", Kind: Always, State: uidsAscend},
		step("uids-not-reused", "2.3.1.1", uidsNotReused),
		step("view-of-the-mailbox", "7.4.1", viewOfTheMailbox),
		step("only-deleted-removed", "6.4.3", onlyDeletedRemoved),
		step("expunge-removes-deleted", "6.4.3", expungeRemoves),
		step("numbers-stand-still", "7.4.1", numbersStandStill),
		step("no-violation", "", func(_ *World, _ model.Exchange, to *World) bool { return len(to.Broken) == 0 }),
		{Name: "an-answer-to-all", Clause: "2.2.2", Kind: Always, State: func(w *World) bool { return !w.Stuck }},
		{Name: "ends-in-logout", Clause: "3.4", Kind: Ends, State: func(w *World) bool {
			return !w.Stuck && !w.any(model.Unopened) && !w.any(model.NotAuthenticated) && !w.any(model.Authenticated) && !w.any(model.Selected)
		}},
	}
	for p := model.NotAuthenticated; p <= model.Logout; p++ {
		list = append(list, claim{Name: "reached " + p.String(), Clause: "3", Kind: Sometimes, State: func(w *World) bool { return w.any(p) }})
	}
	for a := model.GreetingOK; a <= model.EnterLogout; a++ {
		list = append(list, claim{Name: "taken " + arrowNames[a], Clause: "3", Kind: Sometimes,
			Step: func(from *World, x model.Exchange, to *World) bool {
				by, phase := Figure(from.State.Phase(x.Conn), x)
				return by == a && to.State.Phase(x.Conn) == phase
			}})
	}
	return list
}

// step is a claim of every transition, but those without an answer.
func step(name, clause string, holds func(from *World, x model.Exchange, to *World) bool) claim {
	return claim{Name: name, Clause: clause, Kind: Always, Step: func(from *World, x model.Exchange, to *World) bool {
		return to.Stuck || holds(from, x, to)
	}}
}

// any reports whether a connection that the state has heard of is in a phase.
func (w *World) any(p model.Phase) bool {
	return slices.ContainsFunc(w.State.Conns, func(c model.Conn) bool { return c.Phase == p })
}

func followsFigure(from *World, x model.Exchange, to *World) bool {
	_, want := Figure(from.State.Phase(x.Conn), x)
	return to.State.Phase(x.Conn) == want
}

func othersStay(from *World, x model.Exchange, to *World) bool {
	for i := range to.State.Conns {
		if i != x.Conn && from.State.Phase(i) != to.State.Phase(i) {
			return false
		}
	}
	return true
}

func loginFirst(from *World, x model.Exchange, to *World) bool {
	if from.State.Phase(x.Conn) != model.NotAuthenticated || to.State.Phase(x.Conn) == model.NotAuthenticated {
		return true
	}
	switch x.Cmd.Name() {
	case "LOGIN", "AUTHENTICATE":
		return x.Outcome() == model.OK && to.State.Phase(x.Conn) == model.Authenticated
	}
	return to.State.Phase(x.Conn) == model.Logout
}

// gated: what the state does not allow, and what is malformed, does not succeed, and
// changes no message.
func gated(from *World, x model.Exchange, to *World) bool {
	if x.Cmd == nil {
		return true
	}
	_, malformed := x.Cmd.(model.Raw)
	if !malformed && model.Valid(x.Cmd.Name(), from.State.Phase(x.Conn)) {
		return true
	}
	return x.Outcome() != model.OK && sameBoxes(from.Shot.Boxes, to.Shot.Boxes)
}

func logsOut(from *World, x model.Exchange, _ *World) bool {
	return x.Cmd != nil && x.Cmd.Name() == "LOGOUT"
}

func viewIffSelected(w *World) bool {
	return !slices.ContainsFunc(w.State.Conns, func(c model.Conn) bool { return (c.Phase == model.Selected) != (c.View != nil) })
}

func failedSelect(_ *World, x model.Exchange, to *World) bool {
	m, ok := x.Cmd.(model.Mailbox)
	if !ok || m.Verb != "SELECT" && m.Verb != "EXAMINE" || x.Outcome() != model.NO {
		return true
	}
	return to.State.Phase(x.Conn) != model.Selected && to.State.Conns[x.Conn].View == nil
}

// examineChangesNothing: APPEND and COPY name the mailbox that they change, and it may
// be that which is selected; names are another matter.
func examineChangesNothing(from *World, x model.Exchange, to *World) bool {
	if x.Cmd == nil || x.Conn >= len(from.Shot.Sessions) || !from.Shot.Sessions[x.Conn].ReadOnly {
		return true
	}
	switch x.Cmd.Name() {
	case "APPEND", "COPY", "CREATE", "DELETE":
		return true
	}
	return sameBoxes(from.Shot.Boxes, to.Shot.Boxes)
}

func sameBoxes(a, b []model.BoxSnapshot) bool {
	return slices.EqualFunc(a, b, func(a, b model.BoxSnapshot) bool {
		return a.Name == b.Name && slices.EqualFunc(a.Mail, b.Mail, func(a, b model.MailSnapshot) bool {
			return a.UID == b.UID && slices.Equal(a.Flags, b.Flags)
		})
	})
}

func uidsAscend(w *World) bool {
	ascend := func(list []model.MailSnapshot) bool {
		for i := 1; i < len(list); i++ {
			if list[i-1].UID >= list[i].UID {
				return false
			}
		}
		return true
	}
	for _, b := range w.Shot.Boxes {
		if !ascend(b.Mail) {
			return false
		}
	}
	return !slices.ContainsFunc(w.Shot.Sessions, func(s model.SessionSnapshot) bool { return !ascend(s.Mail) })
}

// box is the mailbox of that name.
func (w *World) box(name string) *model.BoxSnapshot {
	for i := range w.Shot.Boxes {
		if w.Shot.Boxes[i].Name == name {
			return &w.Shot.Boxes[i]
		}
	}
	return nil
}

func find(list []model.MailSnapshot, uid uint32) *model.MailSnapshot {
	for i := range list {
		if list[i].UID == uid {
			return &list[i]
		}
	}
	return nil
}

// uidsNotReused: a message that is new has a UID above all that are or were told.
func uidsNotReused(from *World, _ model.Exchange, to *World) bool {
	for _, b := range to.Shot.Boxes {
		was := from.box(b.Name)
		if was == nil {
			continue
		}
		last := uint32(0)
		for _, m := range was.Mail {
			last = max(last, m.UID)
		}
		for _, s := range from.Shot.Sessions {
			for _, m := range s.Mail {
				if s.Box == b.Name {
					last = max(last, m.UID)
				}
			}
		}
		for _, m := range b.Mail {
			if find(was.Mail, m.UID) == nil && m.UID <= last {
				return false
			}
		}
	}
	return true
}

// viewOfTheMailbox: what a session is told of is in its mailbox, or was when it was told.
func viewOfTheMailbox(from *World, _ model.Exchange, to *World) bool {
	for i, s := range to.Shot.Sessions {
		b := to.box(s.Box)
		for _, m := range s.Mail {
			known := i < len(from.Shot.Sessions) && find(from.Shot.Sessions[i].Mail, m.UID) != nil
			if b != nil && !known && find(b.Mail, m.UID) == nil {
				return false
			}
		}
	}
	return true
}

func deleted(m model.MailSnapshot) bool {
	return slices.ContainsFunc(m.Flags, func(f string) bool { return strings.EqualFold(f, `\Deleted`) })
}

func onlyDeletedRemoved(from *World, _ model.Exchange, to *World) bool {
	for _, b := range from.Shot.Boxes {
		is := to.box(b.Name)
		if is == nil {
			continue
		}
		for _, m := range b.Mail {
			if find(is.Mail, m.UID) == nil && !deleted(m) {
				return false
			}
		}
	}
	return true
}

// expungeRemoves: of the messages that the session knows, those with \Deleted.
func expungeRemoves(from *World, x model.Exchange, to *World) bool {
	if x.Cmd == nil || x.Cmd.Name() != "EXPUNGE" && x.Cmd.Name() != "CLOSE" || x.Outcome() != model.OK || x.Conn >= len(from.Shot.Sessions) {
		return true
	}
	s := from.Shot.Sessions[x.Conn]
	was, is := from.box(s.Box), to.box(s.Box)
	if s.ReadOnly || was == nil || is == nil {
		return true
	}
	for _, m := range was.Mail {
		if deleted(m) && find(s.Mail, m.UID) != nil && find(is.Mail, m.UID) != nil {
			return false
		}
	}
	return true
}

// numbersStandStill: no EXPUNGE response where the client could mistake a number.
func numbersStandStill(_ *World, x model.Exchange, _ *World) bool {
	if x.Cmd == nil {
		return true
	}
	switch x.Cmd.Name() {
	case "FETCH", "STORE", "SEARCH":
		return !slices.ContainsFunc(x.Reply.Responses, func(r model.Response) bool {
			_, expunge := r.Data.(model.Expunge)
			return expunge
		})
	}
	return true
}
