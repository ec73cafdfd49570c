package explore

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// input is a class of commands: those of a name that end in one way where the state
// allows them, or some of these by which others do something.
type input struct {
	name, class string // the class is that of [model.Transition]
	// kind says which of them it is, "" for any, and is which commands are of it.
	kind string
	is   func(model.Command) bool
	// cmd is one that ends so, with what there is in the stock.
	cmd func(*stock) model.Command
	// use is what the stock is like afterwards, if the command has succeeded; nil for
	// no other.
	use func(*stock)
	// names and messages are how many the stock has to have for it to succeed.
	names, messages int
}

func (i *input) String() string {
	switch {
	case i.name == "?":
		return "unknown"
	case i.kind != "":
		return i.name + " " + i.kind
	case i.class == "ok":
		return i.name
	}
	return i.name + " " + i.class
}

// has reports whether a command of the name is of the kind.
func (i *input) has(c model.Command) bool { return i.kind == "" || i.is(c) }

// stock is what there is to use up: mailboxes with the names c1, c2, ... from first
// on, next being one that never was, and messages in INBOX.
type stock struct{ first, next, messages int }

func (s *stock) names() int { return s.next - s.first }

func numbered(n int) model.AString { return model.A(fmt.Sprintf("c%d", n)) }

// inputsOf are the classes of commands of which the model says that every server can
// be led through them, in order.
func inputsOf(m model.Machine) []*input {
	reachable := map[string][]string{} // classes by name
	for _, label := range m.Reachable() {
		_, label, _ = strings.Cut(label, " ")
		i := strings.LastIndexByte(label, ' ')
		name, class := label[:i], label[i+1:]
		if !slices.Contains(reachable[name], class) {
			reachable[name] = append(reachable[name], class)
		}
	}
	var list []*input
	for _, name := range m.Profile.Commands() {
		for _, class := range []string{"ok", "no", "bad", "malformed"} {
			if slices.Contains(reachable[name], class) || class == "ok" { // which may be refused everywhere
				list = append(list, inputOf(name, class))
			}
		}
		if strings.HasSuffix(name, "STORE") {
			list = append(list, deleting(name))
		}
	}
	return append(list, &input{name: "?", class: "malformed", cmd: func(*stock) model.Command { return model.Raw{Bytes: "FOO"} }})
}

// deleting is the STORE or UID STORE without which there is nothing to expunge. The
// message may be gone behind the next command.
func deleting(name string) *input {
	const flag = `\Deleted`
	uid := name != "STORE"
	c := model.Store{UID: uid, Set: first(uid), Op: '+', Flags: []string{flag}, Paren: true}
	return &input{
		name: name, class: "ok", kind: flag, messages: 2,
		cmd: func(*stock) model.Command { return c },
		use: func(s *stock) { s.messages-- },
		is: func(c model.Command) bool {
			s, ok := c.(model.Store)
			return ok && s.Op != '-' && slices.Contains(s.Flags, flag)
		},
	}
}

// first is the set of the first message.
func first(uid bool) model.Set {
	return model.Set{{From: model.Num{N: 1, Symb: uid}, Single: true}}
}

// inputOf is the class of that name.
func inputOf(name, class string) *input {
	in := &input{name: name, class: class}
	fixed := func(c model.Command) *input {
		in.cmd = func(*stock) model.Command { return c }
		return in
	}
	box := model.A("INBOX")
	if class == "malformed" {
		return fixed(model.Raw{Bytes: name + " ("})
	}
	if class != "ok" {
		box = model.A("missing")
	}
	uid := strings.HasPrefix(name, "UID ")
	one := first(uid)
	switch base := strings.TrimPrefix(name, "UID "); base {
	case "STARTTLS":
		return fixed(model.StartTLS{})
	case "LOGIN":
		return fixed(model.LoginCmd{User: model.A(model.User), Password: model.A(map[string]string{"ok": model.Password, "no": "wrong"}[class])})
	case "AUTHENTICATE":
		line := map[string]string{"ok": model.PlainLine(model.User, model.Password), "no": model.PlainLine(model.User, "wrong"), "bad": "*"}[class]
		return fixed(model.Authenticate{Mechanism: "PLAIN", Lines: []string{line}})
	case "SELECT", "EXAMINE", "SUBSCRIBE", "UNSUBSCRIBE":
		return fixed(model.Mailbox{Verb: name, Box: box})
	case "CREATE":
		if class != "ok" {
			return fixed(model.Mailbox{Verb: name, Box: model.A("INBOX")})
		}
		in.cmd = func(s *stock) model.Command { return model.Mailbox{Verb: name, Box: numbered(s.next)} }
		in.use = func(s *stock) { s.next++ }
	case "DELETE":
		if class != "ok" {
			return fixed(model.Mailbox{Verb: name, Box: box})
		}
		in.names = 1
		in.cmd = func(s *stock) model.Command { return model.Mailbox{Verb: name, Box: numbered(s.first)} }
		in.use = func(s *stock) { s.first++ }
	case "RENAME":
		if class != "ok" {
			return fixed(model.Rename{From: box, To: model.A("other")})
		}
		in.names = 1
		in.cmd = func(s *stock) model.Command { return model.Rename{From: numbered(s.first), To: numbered(s.next)} }
		in.use = func(s *stock) { s.first, s.next = s.first+1, s.next+1 }
	case "LIST", "LSUB":
		return fixed(model.List{Verb: name, Pattern: model.AString{S: "*"}})
	case "STATUS":
		return fixed(model.StatusCmd{Box: box, Items: []string{"MESSAGES"}})
	case "APPEND":
		in.cmd = func(*stock) model.Command { return model.Append{Box: box, Message: model.FixtureMessage(0)} }
		if class == "ok" {
			in.use = func(s *stock) { s.messages++ }
		}
	case "SEARCH":
		c := model.Search{UID: uid, Keys: []model.SearchKey{{Key: "ALL"}}}
		if class != "ok" {
			c.Charset = "X-UNKNOWN"
		}
		return fixed(c)
	case "FETCH":
		return fixed(model.Fetch{UID: uid, Set: one, Items: []string{"FLAGS"}})
	case "STORE":
		return fixed(model.Store{UID: uid, Set: one, Op: '+', Flags: []string{`\Seen`}, Paren: true})
	case "COPY", "MOVE":
		move := base == "MOVE"
		if class != "ok" {
			return fixed(model.Copy{UID: uid, Set: one, Box: box, Move: move})
		}
		in.names, in.messages = 1, 1
		in.cmd = func(s *stock) model.Command {
			return model.Copy{UID: uid, Set: one, Box: numbered(s.first), Move: move}
		}
		if move {
			in.messages = 2 // there is always one left
			in.use = func(s *stock) { s.messages-- }
		}
	case "EXPUNGE":
		if uid {
			return fixed(model.UIDExpunge{Set: one})
		}
		return fixed(model.Simple{Verb: name})
	case "ENABLE":
		return fixed(model.Enable{Caps: []string{"X-UNKNOWN"}})
	case "X":
		return fixed(model.Experimental{Verb: "XYZZY"})
	default:
		return fixed(model.Simple{Verb: name})
	}
	return in
}
