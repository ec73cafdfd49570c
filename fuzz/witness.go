package fuzz

import (
	"github.com/imapcheck/imapcheck/model"
)

// In a hundred commands that change something, so many are followed by one that shows what
// has become of it.
const witnessed = 25

// witness is a command of a connection that shows what the last command, perhaps that of
// another, has done; nil for none.
func (g *generator) witness(conn int) model.Command {
	if g.last.Cmd == nil || g.last.Delivery != (model.Delivery{}) {
		return nil
	}
	phase := g.s.Phase(conn)
	if phase != model.Authenticated && phase != model.Selected {
		return nil
	}
	selected := phase == model.Selected
	boxes := model.BoxNames(g.last.Cmd)
	switch g.last.Cmd.Name() {
	case "CREATE", "DELETE", "RENAME":
		if g.percent(witnessed) {
			return g.shown(names("LIST"), names("LSUB"), g.counts(boxes))
		}
	case "SUBSCRIBE", "UNSUBSCRIBE":
		if g.percent(witnessed) {
			return g.shown(names("LSUB"))
		}
	case "APPEND", "COPY", "UID COPY", "MOVE", "UID MOVE":
		if g.percent(witnessed) {
			if !selected {
				return g.shown(g.counts(boxes))
			}
			return g.shown(g.counts(boxes), model.Simple{Verb: "NOOP"}, allFlags)
		}
	case "STORE", "UID STORE", "FETCH", "UID FETCH", "EXPUNGE", "UID EXPUNGE":
		if selected && g.percent(witnessed) {
			return g.shown(allFlags, allFlags, model.Simple{Verb: "NOOP"})
		}
	case "NOOP": // a server may need a second one to have heard of what others do
		if selected && g.percent(witnessed) {
			return g.shown(model.Simple{Verb: "NOOP"})
		}
	}
	return nil
}

// shown is one of the commands.
func (g *generator) shown(list ...model.Command) model.Command {
	c := pick(g, list...)
	g.builds(c.Name())
	return c
}

// allFlags shows all messages of a mailbox.
var allFlags = model.Fetch{Set: model.Set{{From: model.Num{N: 1}, To: model.Star}}, Items: []string{"FLAGS"}}

// names shows all names.
func names(verb string) model.Command {
	return model.List{Verb: verb, Ref: model.A(""), Pattern: model.A("*")}
}

// counts shows what is in the last of the mailboxes.
func (g *generator) counts(boxes []string) model.Command {
	name := "INBOX"
	if len(boxes) > 0 {
		name = boxes[len(boxes)-1]
	}
	return model.StatusCmd{Box: model.A(name), Items: []string{"MESSAGES", "UNSEEN"}}
}
