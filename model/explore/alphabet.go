package explore

import "github.com/imapcheck/imapcheck/model"

// Alphabet is a small one: a command or two of each kind that the profile has, on INBOX
// and a mailbox "a", of which the fixture has the first, so that a few steps lead
// through all that there is.
func Alphabet(p model.Profile) []model.Command {
	inbox, a := model.A("INBOX"), model.A("a")
	first := model.One(1)
	list := []model.Command{
		model.LoginStep(),
		model.LoginCmd{User: model.A(model.User), Password: model.A("wrong")},
		model.Mailbox{Verb: "SELECT", Box: inbox},
		model.Mailbox{Verb: "EXAMINE", Box: inbox},
		model.Mailbox{Verb: "SELECT", Box: a},
		model.Mailbox{Verb: "CREATE", Box: a},
		model.Mailbox{Verb: "DELETE", Box: a},
		model.Rename{From: a, To: model.A("b")},
		model.Mailbox{Verb: "SUBSCRIBE", Box: inbox},
		model.List{Verb: "LIST", Ref: model.A(""), Pattern: model.A("*")},
		model.List{Verb: "LSUB", Ref: model.A(""), Pattern: model.A("*")},
		model.StatusCmd{Box: inbox, Items: []string{"MESSAGES", "UIDNEXT", "UNSEEN"}},
		model.Append{Box: inbox, Message: "t: a\r\n"},
		model.Simple{Verb: "NOOP"},
		model.Simple{Verb: "CHECK"},
		model.Simple{Verb: "CLOSE"},
		model.Simple{Verb: "EXPUNGE"},
		model.Search{Keys: []model.SearchKey{{Key: "ALL"}}},
		model.Fetch{Set: first, Items: []string{"FLAGS", "UID"}},
		model.Store{Set: first, Op: '+', Flags: []string{`\Deleted`}},
		model.Copy{Set: first, Box: a},
		model.Simple{Verb: "CAPABILITY"},
		model.Simple{Verb: "LOGOUT"},
		model.Raw{Bytes: "SELECT"},
	}
	for _, c := range []struct {
		extension string
		command   model.Command
	}{
		{"UNSELECT", model.Simple{Verb: "UNSELECT"}},
		{"UIDPLUS", model.UIDExpunge{Set: model.Set{{From: model.Num{N: 1, Symb: true}, Single: true}}}},
		{"MOVE", model.Copy{Set: first, Box: a, Move: true}},
	} {
		if p.Has(c.extension) {
			list = append(list, c.command)
		}
	}
	return list
}
