package fuzz

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// In a hundred commands that change something, so many are followed by one that shows what
// has become of it.
const witnessed = 25

// witness is a command of a connection that shows what the last command, perhaps that of
// another, has done; nil for none.
func (g *generator) witness(conn int) model.Command {
	g.turn(conn)
	if g.last.Cmd == nil || g.last.Delivery != (model.Delivery{}) {
		return nil
	}
	phase := g.s.Phase(conn)
	if phase != model.Authenticated && phase != model.Selected {
		return nil
	}
	selected := phase == model.Selected && g.view != nil
	boxes := model.BoxNames(g.last.Cmd)
	_, raw := g.last.Cmd.(model.Raw)
	switch g.last.Cmd.Name() {
	case "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE":
		switch {
		case raw:
			if g.percent(2 * witnessed) { // of names that it spells out
				return g.shown(names("LIST"), names("LSUB"))
			}
		case g.percent(witnessed + 15):
			return g.sequel(boxes)
		}
	case "APPEND", "COPY", "UID COPY", "MOVE", "UID MOVE":
		if g.percent(witnessed) {
			moves := strings.HasSuffix(g.last.Cmd.Name(), "MOVE")
			if !selected || !moves && model.FoldInbox(named(boxes).S) != g.view.Name {
				return g.shown(counts(boxes), opens(boxes))
			}
			if !moves && g.percent(20) {
				g.builds("FETCH")
				return model.Fetch{Set: latest, Items: []string{g.section(latest)}}
			}
			return g.shown(counts(boxes), opens(boxes), model.Simple{Verb: "NOOP"}, model.Simple{Verb: "NOOP"}, allFlags, allData)
		}
		if name := named(boxes); !g.open(name.S) && model.FoldInbox(name.S) != "INBOX" && g.percent(6) {
			return g.shown(model.Mailbox{Verb: "DELETE", Box: name}) // there may be another of its name
		}
	case "STORE", "UID STORE":
		if selected && conn == g.last.Conn && deletes(g.last.Cmd) && g.percent(witnessed/2) {
			return g.shown(model.Simple{Verb: "EXPUNGE"}, model.Simple{Verb: "EXPUNGE"}, model.Simple{Verb: "CLOSE"})
		}
		if raw && selected && g.percent(witnessed) {
			return g.shown(allFlags)
		}
		if selected && g.percent(witnessed) {
			if conn != g.last.Conn {
				return g.shown(allFlags, model.Simple{Verb: "NOOP"}, model.Simple{Verb: "NOOP"})
			}
			return g.seen()
		}
	case "FETCH", "UID FETCH":
		if selected && g.percent(witnessed) {
			return g.seen()
		}
	case "EXPUNGE", "UID EXPUNGE":
		if selected && conn != g.last.Conn && g.percent(witnessed) {
			return g.stale()
		}
		if selected && g.percent(witnessed) {
			return g.seen()
		}
	case "CLOSE", "UNSELECT":
		if selected && conn != g.last.Conn && g.percent(witnessed) {
			return g.stale()
		}
		if conn == g.last.Conn && !selected && g.percent(witnessed/2) { // whether it is
			return g.shown(allFlags, model.Search{Keys: []model.SearchKey{{Key: "ALL"}}}, model.Simple{Verb: "CHECK"})
		}
	case "SELECT":
		if selected && g.percent(witnessed+10) {
			return g.shown(allFlags, allData)
		}
	}
	return nil
}

// asksAgain reports whether a NOOP is sent again: a server may need a second one to have
// heard of what others do.
func (g *generator) asksAgain(conns int) bool {
	c, ok := g.last.Cmd.(model.Simple)
	again := 30
	if conns > 1 {
		again = 50
	}
	return ok && c.Verb == "NOOP" && g.last.Delivery == (model.Delivery{}) && g.s.Phase(g.last.Conn) == model.Selected && g.percent(again)
}

// shown is one of the commands.
func (g *generator) shown(list ...model.Command) model.Command {
	c := pick(g, list...)
	g.builds(c.Name())
	return c
}

// sequel is a command on the last of the names, after one that has changed what is known
// of it: names with a past are where servers err.
func (g *generator) sequel(boxes []string) model.Command {
	name := named(boxes)
	if slices.Contains(wrongNames, name.S) {
		return g.shown(names("LIST")) // which are only tried to make
	}
	top, _, _ := strings.Cut(name.S, "/")
	if g.s.Exists(top) == model.Maybe {
		top = name.S // a level of which too little is known
	}
	levels := strings.Count(name.S, "/")
	again, fill := 0, 0
	switch g.last.Cmd.Name() {
	case "DELETE":
		again = 16
	case "CREATE":
		fill = 16
	}
	switch g.choose(14, 18, 11, 12, 16+6*levels+again, 9, 8, 12+12*levels, 2+fill) {
	case 0:
		return g.shown(names("LIST"))
	case 1:
		return g.shown(names("LSUB"))
	case 2:
		return g.shown(counts(boxes))
	case 3:
		return g.shown(opens(boxes))
	case 4:
		if g.s.Exists(name.S) == model.Yes && len(name.S) < 8 {
			name = model.A(name.S + "/" + pick(g, "b", "c"))
		}
		return g.shown(model.Mailbox{Verb: "CREATE", Box: name})
	case 5:
		return g.shown(model.Mailbox{Verb: "DELETE", Box: name})
	case 6:
		return g.shown(model.Mailbox{Verb: "SUBSCRIBE", Box: name})
	case 8:
		g.builds("APPEND")
		return model.Append{Box: name, Message: g.message().Octets()}
	}
	g.builds("RENAME")
	return model.Rename{From: model.A(top), To: g.astring(g.newMailbox())}
}

// allFlags and allData show all messages of a mailbox.
var (
	allFlags = model.Fetch{Set: everyone, Items: []string{"FLAGS"}}
	allData  = model.Fetch{Set: everyone, Items: []string{"UID", "FLAGS", "INTERNALDATE"}, Paren: true}
	everyone = model.Set{{From: model.Num{N: 1}, To: model.Star}}
	latest   = model.Set{{From: model.Star, Single: true}}
)

// seen is a command that shows flags.
func (g *generator) seen() model.Command {
	if g.percent(20) {
		g.builds("SEARCH")
		return model.Search{Keys: []model.SearchKey{{Key: pick(g, flagKeys...)}}}
	}
	return g.shown(allFlags, allFlags, model.Simple{Verb: "NOOP"})
}

// stale is a command on messages that the session has not heard of the end of.
func (g *generator) stale() model.Command {
	switch g.choose(2, 1, 1) {
	case 0:
		g.builds("COPY")
		return model.Copy{Set: everyone, Box: g.astring(g.other())}
	case 1:
		g.builds("APPEND")
		return model.Append{Box: model.A(g.view.Name), Message: g.message().Octets()}
	}
	return g.build("STORE")
}

// deletes reports whether a STORE gives messages \Deleted.
func deletes(c model.Command) bool {
	st, ok := c.(model.Store)
	return ok && st.Op != '-' && slices.Contains(st.Flags, `\Deleted`)
}

// names shows all names.
func names(verb string) model.Command {
	return model.List{Verb: verb, Ref: model.A(""), Pattern: model.A("*")}
}

// counts shows what is in the last of the mailboxes.
func counts(boxes []string) model.Command {
	return model.StatusCmd{Box: named(boxes), Items: []string{"MESSAGES", "UNSEEN"}}
}

// opens selects the last of the mailboxes.
func opens(boxes []string) model.Command {
	return model.Mailbox{Verb: "SELECT", Box: named(boxes)}
}

// named is the last of the mailboxes; INBOX for none, in malformed input.
func named(boxes []string) model.AString {
	if len(boxes) == 0 {
		return model.A("INBOX")
	}
	return model.A(boxes[len(boxes)-1])
}
