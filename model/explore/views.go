package explore

import (
	"fmt"
	"slices"
	"strings"
)

// What a session of [Views] has selected.
const (
	viewNone byte = iota // it is Authenticated
	viewReadWrite
	viewReadOnly
	viewLogout
)

// What a message of [Views] is. One that is gone is kept as long as a session has
// not been told so.
const (
	msgNone byte = iota
	msgKept
	msgDeleted // it has \Deleted
	msgGone
)

// views is the system of two sessions on one mailbox. Messages are in the order of
// their arrival, without gaps.
type views struct {
	*Guarded
	msgs []*Expr
	s    [2]session
	was  []*Expr // the messages before the step
}

// session is one of the two: what it has selected, which messages it was told of,
// and how many messages its client counts by the numbers of EXISTS and EXPUNGE.
type session struct {
	at, count *Expr
	told      []*Expr

	wasAt, wasCount *Expr // before the step
	wasTold         []*Expr
}

// Views is the system of two sessions on one mailbox of up to n messages (n > 0), gone ones
// that a session still shows included. Other sessions' news come with the answer to
// a command: EXISTS at will, EXPUNGE with none that has message numbers (RFC 3501
// sections 5.2, 5.5 and 7.4.1). The variables of session 0 are at0, n0 and v0_0,
// v0_1, ...; messages are m0, m1, ...
func Views(n int) *Guarded { return newViews(n).Guarded }

func newViews(n int) *views {
	w := &views{Guarded: &Guarded{Name: fmt.Sprintf("two sessions on a mailbox of up to %d messages", n)}}
	series := func(name string) (list []*Expr) {
		for k := range n {
			list = append(list, w.add(fmt.Sprint(name, k), 0))
		}
		return list
	}
	before := func(list []*Expr) (was []*Expr) {
		for _, e := range list {
			was = append(was, w.remember(e))
		}
		return was
	}
	w.msgs = series("m")
	for i := range w.s {
		w.s[i] = session{at: w.add(fmt.Sprint("at", i), viewNone), count: w.add(fmt.Sprint("n", i), 0), told: series(fmt.Sprintf("v%d_", i))}
	}
	w.was = before(w.msgs)
	for i := range w.s {
		s := &w.s[i]
		s.wasAt, s.wasCount, s.wasTold = w.remember(s.at), w.remember(s.count), before(s.told)
	}
	w.After = append(w.After, w.tidy()...)
	for i := range w.s {
		w.session(i)
	}
	w.claims()
	w.watches()
	return w
}

// session adds the commands of session i.
func (w *views) session(i int) {
	s := &w.s[i]
	open, selected := s.at.Less(num(viewLogout)), s.selected()
	writes := s.at.Is(int(viewReadWrite))
	room := w.msgs[len(w.msgs)-1].Is(int(msgNone))
	do := func(name string, guard *Expr, do ...[]Stmt) {
		w.Commands = append(w.Commands, Command{Name: fmt.Sprint(i, " ", name), Guard: guard, Do: slices.Concat(do...)})
	}
	do("SELECT", open, w.opens(s, viewReadWrite))
	do("EXAMINE", open, w.opens(s, viewReadOnly))
	do("SELECT NO", open, w.leaves(s, viewNone)) // section 6.3.1: none is selected
	do("EXAMINE NO", open, w.leaves(s, viewNone))
	do("CLOSE", selected, []Stmt{When(writes, w.removes()...)}, w.leaves(s, viewNone))
	do("UNSELECT", selected, w.leaves(s, viewNone))
	do("LOGOUT", open, w.leaves(s, viewLogout))
	news := w.exists(s)
	all := slices.Concat(news, w.expunges(s))
	// tells is a command in its forms: with nothing told, with what is new, and, where
	// the answer may have it, with what is gone, too.
	tells := func(name string, may *Expr, expunge bool, list ...Stmt) {
		do(name, may, list)
		do(name+" EXISTS", All(may, selected), list, news)
		if expunge {
			do(name+" EXPUNGE", All(may, selected), list, all)
		}
	}
	tells("APPEND", All(open, room), true, w.appends()...)
	for k := range w.msgs {
		tells(fmt.Sprint("STORE ", k), All(writes, s.told[k]), false, w.flags(k))
	}
	tells("APPEND NO", open, true) // as all that fails, it changes nothing
	tells("STORE NO", selected, false)
	tells("FETCH", selected, false)
	tells("EXPUNGE NO", selected, true)
	var unknown []*Expr // to the session, and to be removed: it has to hear of it before
	for k, m := range w.msgs {
		unknown = append(unknown, All(m.Is(int(msgDeleted)), s.told[k].Not()))
	}
	do("EXPUNGE", All(writes, Any(unknown...).Not()), w.removes(), w.expunges(s))
	do("EXPUNGE EXISTS", writes, news, w.removes(), w.expunges(s))
	do("NOOP", open, []Stmt{When(selected, all...)})
}

// selected is whether the session has a view.
func (s *session) selected() *Expr {
	return Any(s.at.Is(int(viewReadWrite)), s.at.Is(int(viewReadOnly)))
}

func num(n byte) *Expr { return Num(int(n)) }

// there is whether the mailbox has message k.
func (w *views) there(k int) *Expr {
	return Any(w.msgs[k].Is(int(msgKept)), w.msgs[k].Is(int(msgDeleted)))
}

// appends puts a message behind the last.
func (w *views) appends() (list []Stmt) {
	for k := len(w.msgs) - 1; k >= 0; k-- {
		last := w.msgs[k].Is(int(msgNone))
		if k > 0 {
			last = All(last, w.msgs[k-1].Is(int(msgNone)).Not())
		}
		list = append(list, When(last, w.msgs[k].Set(num(msgKept))))
	}
	return list
}

// flags gives message k \Deleted, if it is there.
func (w *views) flags(k int) Stmt {
	return When(w.msgs[k].Is(int(msgKept)), w.msgs[k].Set(num(msgDeleted)))
}

// removes takes the messages with \Deleted out of the mailbox (section 6.4.3).
func (w *views) removes() (list []Stmt) {
	for _, m := range w.msgs {
		list = append(list, When(m.Is(int(msgDeleted)), m.Set(num(msgGone))))
	}
	return list
}

// exists tells the session of what is new. The number counts what it was not told to
// be gone (section 7.3.1, with 7.4.1).
func (w *views) exists(s *session) []Stmt {
	var shown []*Expr
	var list []Stmt
	for k, told := range s.told {
		shown = append(shown, Any(w.there(k), told))
		list = append(list, told.Set(shown[k]))
	}
	return append([]Stmt{s.count.Set(Sum(shown...))}, list...)
}

// expunges tells the session of what is gone.
func (w *views) expunges(s *session) (list []Stmt) {
	for k, told := range s.told {
		list = append(list, When(All(told, w.msgs[k].Is(int(msgGone))), told.Set(Num(0)), s.count.Set(s.count.Minus(Num(1)))))
	}
	return list
}

// opens selects the mailbox.
func (w *views) opens(s *session, at byte) []Stmt {
	list := w.leaves(s, at)
	return append(list, w.exists(s)...)
}

// leaves ends the view, if there is one, without a word.
func (w *views) leaves(s *session, at byte) []Stmt {
	list := []Stmt{s.at.Set(num(at)), s.count.Set(Num(0))}
	for _, told := range s.told {
		list = append(list, told.Set(Num(0)))
	}
	return list
}

// tidy forgets the messages that are gone and that no session shows.
func (w *views) tidy() (list []Stmt) {
	last := len(w.msgs) - 1
	for k := last; k >= 0; k-- {
		var shift []Stmt
		for _, row := range [][]*Expr{w.msgs, w.s[0].told, w.s[1].told} {
			for i := k; i < last; i++ {
				shift = append(shift, row[i].Set(row[i+1]))
			}
			shift = append(shift, row[last].Set(Num(0)))
		}
		list = append(list, When(All(w.msgs[k].Is(int(msgGone)), Any(w.s[0].told[k], w.s[1].told[k]).Not()), shift...))
	}
	return list
}

// claims adds what is claimed of the states.
func (w *views) claims() {
	var agree, none, known, shown, ordered []*Expr
	var behind, ahead []*Expr
	for _, s := range w.s {
		selected := s.selected()
		agree = append(agree, s.count.Equal(Sum(s.told...)))
		none = append(none, Any(selected, All(s.count.Not(), Any(s.told...).Not())))
		for k, told := range s.told {
			known = append(known, told.Implies(w.msgs[k].Is(int(msgNone)).Not()))
			behind = append(behind, All(selected, w.there(k), told.Not()))
			ahead = append(ahead, All(told, w.msgs[k].Is(int(msgGone))))
			for i := range k {
				ordered = append(ordered, All(told, w.there(i)).Implies(s.told[i]))
			}
		}
	}
	for k, m := range w.msgs {
		shown = append(shown, m.Is(int(msgGone)).Implies(Any(w.s[0].told[k], w.s[1].told[k])))
	}
	claim := func(name, clause string, kind Kind, of *Expr) {
		w.Claims = append(w.Claims, Claim{Name: name, Clause: clause, Kind: kind, Of: of})
	}
	claim("counts-agree", "7.3.1", Always, All(agree...))
	claim("view-needs-selected", "3.3", Always, All(none...))
	claim("view-of-messages", "2.3.1.2", Always, All(known...))
	claim("news-behind-the-view", "2.3.1.2", Always, All(ordered...))
	claim("gone-while-shown", "7.4.1", Always, All(shown...))
	claim("sometimes-full", "", Sometimes, w.msgs[len(w.msgs)-1].Is(int(msgKept)))
	claim("sometimes-exists-due", "5.2", Sometimes, Any(behind...))
	claim("sometimes-expunge-due", "7.4.1", Sometimes, Any(ahead...))
	claim("sometimes-both-due", "5.5", Sometimes, All(Any(behind...), Any(ahead...)))
	claim("sometimes-both-logout", "3.4", Sometimes, All(w.s[0].at.Is(int(viewLogout)), w.s[1].at.Is(int(viewLogout))))
}

// watches adds what is claimed of the steps.
func (w *views) watches() {
	var same, lasts, marked, stays, logout []*Expr
	for k, m := range w.msgs {
		same = append(same, m.Equal(w.was[k]))
		lasts = append(lasts, w.was[k].Is(int(msgNone)).Not().Implies(m.Is(int(msgNone)).Not()))
		marked = append(marked, w.was[k].Is(int(msgKept)).Implies(m.Is(int(msgGone)).Not()))
		stays = append(stays, m.Is(int(msgGone)).Implies(w.was[k].Is(int(msgGone))))
	}
	for _, s := range w.s {
		logout = append(logout, s.wasAt.Is(int(viewLogout)).Implies(s.at.Is(int(viewLogout))))
	}
	w.watch("messages-last", "2.3.1.1", every, All(lasts...))
	w.watch("only-deleted-removed", "6.4.3", every, All(marked...))
	w.watch("deselect-keeps", "6.4.2", but(every, "CLOSE", "EXPUNGE"), All(stays...))
	w.watch("logout-is-the-end", "3.4", every, All(logout...))
	for i, s := range w.s {
		var holds, caughtUp []*Expr
		for k, told := range s.told {
			holds = append(holds, s.wasTold[k].Implies(told))
			caughtUp = append(caughtUp, told.Equal(w.there(k)))
		}
		selected := s.selected()
		mine, others := by(i), by(1-i)
		w.watch(fmt.Sprint("examine-read-only-", i), "6.3.2", but(mine, "APPEND"), s.wasAt.Is(int(viewReadOnly)).Implies(All(same...)))
		w.watch(fmt.Sprint("expunge-when-", i), "7.4.1", only(mine, "FETCH", "STORE"), All(holds...))
		w.watch(fmt.Sprint("no-expunge-unasked-", i), "7.4.1", others, All(holds...))
		w.watch(fmt.Sprint("exists-never-shrinks-", i), "5.2", only(mine, "FETCH", "STORE"), s.count.Less(s.wasCount).Not())
		w.watch(fmt.Sprint("noop-tells-all-", i), "6.1.2", only(mine, "NOOP"), selected.Implies(All(caughtUp...)))
	}
}

// The commands that a watch looks at, by their names.
type which func(name string) bool

func every(string) bool { return true }

func by(session int) which {
	return func(name string) bool { return strings.HasPrefix(name, fmt.Sprint(session, " ")) }
}

func only(w which, verbs ...string) which {
	return func(name string) bool { return w(name) && slices.Contains(verbs, strings.Fields(name)[1]) }
}

func but(w which, verbs ...string) which {
	return func(name string) bool { return w(name) && !only(w, verbs...)(name) }
}
