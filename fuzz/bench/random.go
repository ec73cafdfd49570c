package bench

import (
	"fmt"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// random is the baseline: it knows the grammar, the account's password and a few names of
// mailboxes, and nothing else. It has no state and no weights: each choice is as
// likely as the others.
var random = Blind(func(m model.Machine, seed uint64, i int, o fuzz.GenerateOptions) model.Trace {
	d := dice{fuzz.NewSource(seed, i)}
	names := m.Profile.Commands()
	t := model.Trace{Fixture: model.Fixture{Messages: d.IntN(4)}}
	conns := 1 + d.IntN(o.Conns)
	for range o.Steps {
		t.Steps = append(t.Steps, model.Step{Conn: d.IntN(conns), Cmd: d.command(one(d, names...))})
	}
	return t
})

// dice makes choices, all as likely.
type dice struct{ fuzz.Source }

func one[T any](d dice, list ...T) T { return list[d.IntN(len(list))] }

// some are one or more of the list, in its order.
func some[T any](d dice, list ...T) (out []T) {
	for len(out) == 0 {
		for _, v := range list {
			if d.IntN(2) == 0 {
				out = append(out, v)
			}
		}
	}
	return out
}

// command is one with that name.
func (d dice) command(name string) model.Command {
	base, uid := strings.CutPrefix(name, "UID ")
	switch base {
	case "STARTTLS":
		return model.StartTLS{}
	case "LOGIN":
		return model.LoginCmd{User: d.astring(model.User), Password: d.astring(model.Password)}
	case "AUTHENTICATE":
		return model.Authenticate{Mechanism: "PLAIN", Lines: []string{one(d, model.PlainLine(model.User, model.Password), "*")}}
	case "SELECT", "EXAMINE", "SUBSCRIBE", "UNSUBSCRIBE", "CREATE", "DELETE":
		return model.Mailbox{Verb: name, Box: d.box()}
	case "RENAME":
		return model.Rename{From: d.box(), To: d.box()}
	case "LIST", "LSUB":
		return model.List{Verb: name, Ref: d.astring(one(d, "", "a", "a/")), Pattern: model.A(one(d, "", "*", "%", "a", "a/%", "INBOX"))}
	case "STATUS":
		return model.StatusCmd{Box: d.box(), Items: some(d, "MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN")}
	case "APPEND":
		return model.Append{Box: d.box(), Flags: one(d, nil, d.flags()), Date: one(d, "", " 1-Jan-2020 00:00:00 +0000"),
			Message: model.FixtureMessage(d.IntN(4))}
	case "SEARCH":
		return model.Search{UID: uid, Charset: one(d, "", "US-ASCII", "UTF-8"), Keys: d.keys(1 + d.IntN(2))}
	case "FETCH":
		return model.Fetch{UID: uid, Set: d.set(), Paren: true, Items: some(d, "FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE",
			"BODY", "BODYSTRUCTURE", "BODY[]", "BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]<0.10>", "RFC822.TEXT")}
	case "STORE":
		return model.Store{UID: uid, Set: d.set(), Op: one[byte](d, 0, '+', '-'), Silent: d.IntN(2) == 0, Flags: d.flags(), Paren: true}
	case "COPY", "MOVE":
		return model.Copy{UID: uid, Set: d.set(), Box: d.box(), Move: base == "MOVE"}
	case "EXPUNGE":
		if uid {
			return model.UIDExpunge{Set: d.set()}
		}
	case "ENABLE":
		return model.Enable{Caps: some(d, "CONDSTORE", "UTF8=ACCEPT", "X-UNKNOWN")}
	case "X":
		if d.IntN(2) == 0 {
			return d.malformed()
		}
		return model.Experimental{Verb: "XYZZY"}
	}
	return model.Simple{Verb: name}
}

// malformed is a command without its last word, or one that there is not.
func (d dice) malformed() model.Command {
	text := wire.FormatCommand(d.command(one(d, "SELECT", "STATUS", "FETCH", "STORE", "SEARCH", "COPY")))
	text, _, _ = strings.Cut(text, "\r\n")
	if i := strings.LastIndexByte(text, ' '); i > 0 && !strings.Contains(text, "{") {
		text = text[:i]
	} else {
		text = "NONSENSE"
	}
	return wire.ParseCommand(text)
}

func (d dice) astring(s string) model.AString {
	return model.AString{S: s, Form: one(d, model.Atom, model.Quoted, model.Literal)}.Legal()
}

func (d dice) box() model.AString { return d.astring(one(d, "INBOX", "a", "b", "a/b", "c")) }

func (d dice) flags() []string {
	return some(d, `\Answered`, `\Flagged`, `\Deleted`, `\Seen`, `\Draft`, "k1")
}

// set is of one or two members, each a number or a range.
func (d dice) set() (s model.Set) {
	num := func() model.Num { return one(d, model.Num{N: 1 + uint32(d.IntN(5))}, model.Star) }
	for range 1 + d.IntN(2) {
		if d.IntN(2) == 0 {
			s = append(s, model.Range{From: num(), Single: true})
		} else {
			s = append(s, model.Range{From: num(), To: num()})
		}
	}
	return s
}

func (d dice) keys(n int) (list []model.SearchKey) {
	for range n {
		list = append(list, d.key())
	}
	return list
}

func (d dice) key() model.SearchKey {
	k := model.SearchKey{Key: one(d, "", "UID", "NOT", "OR", "(", "ALL", "ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN", "RECENT", "NEW",
		"OLD", "UNANSWERED", "UNDELETED", "UNDRAFT", "UNFLAGGED", "UNSEEN", "LARGER", "SMALLER", "KEYWORD", "UNKEYWORD",
		"BEFORE", "ON", "SINCE", "SENTBEFORE", "SENTON", "SENTSINCE", "BCC", "BODY", "CC", "FROM", "SUBJECT", "TEXT", "TO", "HEADER")}
	arg := func(list ...string) { k.Args = append(k.Args, d.astring(one(d, list...))) }
	switch k.Key {
	case "", "UID":
		k.Set = d.set()
	case "NOT":
		k.Keys = d.keys(1)
	case "OR", "(":
		k.Keys = d.keys(2)
	case "LARGER", "SMALLER":
		k.Args = []model.AString{model.A(fmt.Sprint(d.IntN(1000)))}
	case "KEYWORD", "UNKEYWORD":
		k.Args = []model.AString{model.A("k1")}
	case "BEFORE", "ON", "SINCE", "SENTBEFORE", "SENTON", "SENTSINCE":
		k.Args = []model.AString{model.A(fmt.Sprintf("%d-Jan-2020", 1+d.IntN(9)))}
	case "HEADER":
		arg("Subject", "From", "Date")
		arg("", "a", "e")
	case "BCC", "BODY", "CC", "FROM", "SUBJECT", "TEXT", "TO":
		arg("", "a", "e", "hello")
	}
	return k
}
