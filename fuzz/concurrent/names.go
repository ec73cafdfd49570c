package concurrent

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// plain reports whether a name is one without hierarchy, that a server has no reason to
// take for another or to make more of than a mailbox.
func plain(name string) bool {
	return name != "" && name != "INBOX" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// named are the plain names that commands with one of the verbs have, in order.
func (a *account) named(verbs ...string) []string {
	var list []string
	for _, x := range a.exchanges {
		if slices.Contains(verbs, x.Cmd.Name()) {
			for _, name := range model.BoxNames(x.Cmd) {
				if plain(name) {
					list = append(list, name)
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// flat reports whether no command has a name that is not plain, but for INBOX: the parts
// of hierarchical names depend on each other.
func (a *account) flat() bool {
	for _, x := range a.exchanges {
		switch x.Cmd.Name() {
		case "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE":
			for _, name := range model.BoxNames(x.Cmd) {
				if !plain(name) {
					return false
				}
			}
		}
	}
	return true
}

// names are the names of mailboxes. A RENAME is two commands that may be ordered apart.
func (a *account) names() []*part {
	if !a.flat() {
		return nil
	}
	var list []*part
	for _, name := range a.named("CREATE", "DELETE", "RENAME") {
		p := &part{rule: model.RuleOrderNames, what: "the mailbox " + name, begin: no | yes, names: []string{"not there", "there"}}
		for _, x := range a.exchanges {
			if x.Outcome() == model.BAD {
				continue
			}
			from, into := uint64(0), uint64(0)
			switch c := x.Cmd.(type) {
			case model.Mailbox:
				switch {
				case c.Box.S != name:
				case c.Verb == "CREATE":
					from, into = no, yes
				case c.Verb == "DELETE":
					from, into = yes, no
				}
			case model.Rename:
				switch {
				case c.From.S == c.To.S:
				case c.From.S == name:
					from, into = yes, no
				case c.To.S == name:
					from, into = no, yes
				}
			case model.Append, model.Copy:
				if receiver(x) == name && x.Outcome() == model.OK {
					p.add(x, false, x.Cmd.Name()+": OK", func(s uint64) uint64 { return s | yes }) // it may make the mailbox
				}
			case model.List:
				if there, ok := a.lists(x, "LIST", name); ok {
					p.listed(x, there)
				}
			}
			if from != 0 {
				p.add(x, true, fmt.Sprintf("%s: %s", wireText(x.Cmd), outcome(x)), done(x, func(s uint64) uint64 {
					if s&from == 0 {
						return 0
					}
					return into
				}))
			}
		}
		list = append(list, p)
	}
	return list
}

// listed adds what LIST or LSUB shows.
func (p *part) listed(x *model.Exchange, there bool) {
	if there {
		p.add(x, false, x.Cmd.Name()+" shows it", only(yes))
	} else {
		p.add(x, false, x.Cmd.Name()+" does not show it", only(no))
	}
}

// lists is what a LIST or LSUB of all, by a connection that was alone, says of a name. ok
// is false where it says nothing.
func (a *account) lists(x *model.Exchange, verb, name string) (there, ok bool) {
	c, is := x.Cmd.(model.List)
	if !is || c.Verb != verb || c.Ref.S != "" || c.Pattern.S != "*" || x.Outcome() != model.OK || !a.alone[x] {
		return false, false
	}
	for _, r := range x.Reply.Responses {
		if r.Syntax != nil {
			return false, false
		}
		if d, is := r.Data.(model.ListData); is && d.Name == name {
			for _, attr := range d.Attrs {
				if strings.EqualFold(attr, `\Noselect`) || strings.EqualFold(attr, `\NonExistent`) {
					return false, false
				}
			}
			there = true
		}
	}
	return there, true
}

// subscriptions are the names that are subscribed. What becomes of the subscription of a
// mailbox that is taken away is not judged, nor that of a name without one.
func (a *account) subscriptions() []*part {
	if !a.flat() {
		return nil
	}
	taken, made := a.named("DELETE", "RENAME"), a.named("CREATE")
	var list []*part
	for _, name := range a.named("SUBSCRIBE", "UNSUBSCRIBE") {
		if slices.Contains(taken, name) || !slices.Contains(made, name) {
			continue
		}
		p := &part{rule: model.RuleOrderSubscriptions, what: "the subscription of " + name, begin: no | yes, names: []string{"not subscribed", "subscribed"}}
		for _, x := range a.exchanges {
			switch c := x.Cmd.(type) {
			case model.Mailbox:
				becomes := map[string]uint64{"SUBSCRIBE": yes, "UNSUBSCRIBE": no}[c.Verb]
				if c.Box.S == name && becomes != 0 && x.Outcome() != model.BAD {
					p.add(x, true, fmt.Sprintf("%s: %s", wireText(c), outcome(x)), done(x, to(becomes)))
				}
			case model.List:
				if there, ok := a.lists(x, "LSUB", name); ok {
					p.listed(x, there)
				}
			}
		}
		list = append(list, p)
	}
	return list
}
