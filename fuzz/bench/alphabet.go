package bench

import (
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Alphabet are the commands that short traces are made of: all that the profile has,
// each with few arguments.
func Alphabet(p model.Profile) (list []model.Command) {
	inbox, a, ab, b := model.A("INBOX"), model.A("a"), model.A("a/b"), model.A("b")
	message := model.FixtureMessage(1)
	add := func(cs ...model.Command) { list = append(list, cs...) }
	add(model.LoginStep(), model.LoginCmd{User: model.A(model.User), Password: model.A("wrong")},
		model.Authenticate{Mechanism: "PLAIN", Lines: []string{model.PlainLine(model.User, model.Password)}})
	for _, verb := range []string{"CAPABILITY", "NOOP", "LOGOUT", "CHECK", "CLOSE", "EXPUNGE"} {
		add(model.Simple{Verb: verb})
	}
	for _, verb := range []string{"SELECT", "EXAMINE", "CREATE", "DELETE", "SUBSCRIBE", "UNSUBSCRIBE"} {
		add(model.Mailbox{Verb: verb, Box: inbox}, model.Mailbox{Verb: verb, Box: a})
	}
	add(model.Mailbox{Verb: "CREATE", Box: ab}, model.Mailbox{Verb: "SELECT", Box: ab},
		model.Rename{From: a, To: b}, model.Rename{From: inbox, To: b})
	for _, verb := range []string{"LIST", "LSUB"} {
		for _, pattern := range []string{"*", "%"} {
			add(model.List{Verb: verb, Ref: model.A(""), Pattern: model.A(pattern)})
		}
	}
	items := []string{"MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN"}
	add(model.StatusCmd{Box: inbox, Items: items}, model.StatusCmd{Box: a, Items: items},
		model.Append{Box: inbox, Message: message}, model.Append{Box: inbox, Flags: []string{`\Seen`}, Message: message},
		model.Append{Box: a, Message: message})
	for _, text := range []string{"ALL", "SEEN", "UNSEEN", "DELETED", "1:*", "NOT 1", "LARGER 1", "ON 2-Jan-2020"} {
		add(parsed("SEARCH " + text))
	}
	add(parsed("UID SEARCH ALL"))
	for _, text := range []string{
		"FETCH 1 FLAGS", "FETCH 1:* (FLAGS UID)", "FETCH * FLAGS", "FETCH 1 (ENVELOPE BODYSTRUCTURE INTERNALDATE RFC822.SIZE)",
		"FETCH 1 BODY[]", "FETCH 2 BODY.PEEK[TEXT]<0.5>", "UID FETCH 1:* FLAGS", "UID FETCH * FLAGS",
		`STORE 1 +FLAGS (\Deleted)`, `STORE 1:* +FLAGS (\Deleted)`, `STORE 2 +FLAGS (\Deleted)`, `STORE 1 FLAGS (\Seen)`, `STORE 1 -FLAGS (\Seen)`,
		`STORE 1:* +FLAGS.SILENT (\Seen)`, `UID STORE 1:* +FLAGS (\Flagged)`,
		"COPY 1 a", "COPY 1:* INBOX", "UID COPY 1:* a",
	} {
		add(parsed(text))
	}
	for _, c := range []struct{ extension, text string }{
		{"UIDPLUS", "UID EXPUNGE 1:*"}, {"MOVE", "MOVE 1 a"}, {"MOVE", "UID MOVE 1:* a"}, {"IDLE", "IDLE"}, {"UNSELECT", "UNSELECT"},
		{"NAMESPACE", "NAMESPACE"}, {"ENABLE", "ENABLE CONDSTORE"},
	} {
		if p.Has(c.extension) {
			add(parsed(c.text))
		}
	}
	add(model.Raw{Bytes: "SELECT"}, model.Raw{Bytes: "FETCH 1"})
	return list
}

// parsed is the command of a text.
func parsed(text string) model.Command { return wire.ParseCommand(text) }
