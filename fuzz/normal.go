package fuzz

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Answer is what a server answered to a command, without what it is free to
// choose: texts, tags, unique identifiers, the order of data, the spelling of
// strings, data that nobody asked for, and response codes that ask nothing of the
// client. Two servers that do the same have equal answers.
type Answer struct {
	// Outcome is that of the completion, NoStatus if there was none.
	Outcome model.Status
	// End is Closed also if the server said BYE and has not closed yet.
	End   model.End
	Codes []string // sorted
	Facts []Fact   // by kind, then by what they are about; none unless OK
}

// Context is what has to be known of a session to read an answer in it.
type Context struct {
	Delim string // the hierarchy delimiter
	// UIDs are the unique identifiers of the messages by number, from 1, once the
	// answer is known; 0 for one that was not told.
	UIDs []uint32
	// Dates are the internal dates of the messages by number, as far as the client
	// has set or seen them; zero for the others, which the server's clock made.
	Dates []time.Time
	// Keywords are those that the client has used, in lower case: others are the
	// server's own affair.
	Keywords []string
	// UIDPlus says that the servers to be compared all have UIDPLUS (RFC 4315).
	UIDPlus bool
}

// Normalize is what an exchange comes to.
func Normalize(x *model.Exchange, c Context) Answer {
	a := Answer{Outcome: x.Outcome(), End: x.Reply.End}
	if a.End == model.Open && slices.ContainsFunc(x.Reply.Responses, isBye) {
		a.End = model.Closed
	}
	n := normalizer{Context: c, x: x, facts: map[[2]string]Fact{}}
	cmd := spelled(x.Cmd)
	a.Codes = n.codes(cmd)
	if a.Outcome != model.OK {
		return a
	}
	switch cmd := cmd.(type) {
	case model.Fetch:
		n.fetch(cmd)
	case model.Store:
		if !cmd.Silent {
			n.stored(cmd)
		}
	case model.Search:
		n.search(cmd)
	case model.List:
		n.list(cmd)
	case model.StatusCmd:
		n.status(cmd)
	case model.Mailbox:
		if cmd.Verb == "SELECT" || cmd.Verb == "EXAMINE" {
			n.opened()
		}
	case model.Copy:
		if cmd.Move {
			n.expunged()
		}
	case model.UIDExpunge:
		n.expunged()
	case model.Simple:
		if cmd.Verb == "EXPUNGE" {
			n.expunged()
		}
	}
	for _, f := range n.facts {
		a.Facts = append(a.Facts, f)
	}
	slices.SortFunc(a.Facts, func(f, g Fact) int { return cmp.Or(cmp.Compare(f.Kind, g.Kind), cmp.Compare(f.About, g.About)) })
	return a
}

func isBye(r model.Response) bool { return r.Tag == "*" && r.Status == model.BYE }

// spelled is a command that was sent in an unusual spelling, and else the command
// itself.
func spelled(c model.Command) model.Command {
	if raw, ok := c.(model.Raw); ok {
		if legal, ok := wire.Spells(raw.Bytes); ok {
			return legal
		}
	}
	return c
}

// normalizer collects the facts of an exchange.
type normalizer struct {
	Context
	x     *model.Exchange
	facts map[[2]string]Fact // by kind and what they are about: what is said last holds
}

func (n *normalizer) add(kind, about, value string) {
	n.say(Fact{Kind: kind, About: about, Value: value})
}

func (n *normalizer) say(f Fact) { n.facts[[2]string{f.Kind, f.About}] = f }

// each calls f with the data of type D that kept to the grammar.
func each[D model.Data](x *model.Exchange, f func(D)) {
	for i := range x.Reply.Responses {
		r := &x.Reply.Responses[i]
		if d, ok := r.Data.(D); ok && r.Syntax == nil {
			f(d)
		}
	}
}

// codes are the response codes that the client acts upon, where they belong.
func (n *normalizer) codes(cmd model.Command) []string {
	name := strings.TrimPrefix(cmd.Name(), "UID ")
	var list []string
	for _, r := range n.x.Reply.Responses {
		tagged := r.Tag == n.x.Tag
		if r.Code == nil || !tagged && r.Code.Name != "COPYUID" {
			continue
		}
		means := false
		switch r.Code.Name {
		case "READ-ONLY", "READ-WRITE":
			means = name == "SELECT" || name == "EXAMINE"
		case "TRYCREATE":
			means = name == "APPEND" || name == "COPY" || name == "MOVE"
		case "BADCHARSET":
			means = name == "SEARCH"
		case "APPENDUID", "COPYUID": // a MOVE has it in an untagged OK (RFC 6851 section 4.3)
			means = n.UIDPlus
		}
		if means && !slices.Contains(list, r.Code.Name) {
			list = append(list, r.Code.Name)
		}
	}
	slices.Sort(list)
	return list
}

// search adds the result, as message numbers.
func (n *normalizer) search(c model.Search) {
	value, told := []string{}, false
	numbers := map[uint32]bool{}
	each(n.x, func(d model.SearchData) {
		told = true
		for _, num := range d.Nums {
			numbers[num] = true
		}
	})
	sorted := make([]uint32, 0, len(numbers))
	unknown := 0
	for num := range numbers {
		if c.UID {
			i := slices.Index(n.UIDs, num)
			if i < 0 {
				unknown++
				continue
			}
			num = uint32(i) + 1
		}
		sorted = append(sorted, num)
	}
	slices.Sort(sorted)
	for _, num := range sorted {
		value = append(value, strconv.FormatUint(uint64(num), 10))
	}
	for range unknown {
		value = append(value, "?")
	}
	text := strings.Join(value, " ")
	if !told {
		text = "(no response)"
	}
	kind := "SEARCH"
	switch {
	case asksRecent(c.Keys):
		kind = "RECENT"
	case len(c.Keys) == 1 && !slices.Contains([]string{"", "(", "NOT", "OR"}, c.Keys[0].Key):
		kind += "-" + c.Keys[0].Key
	}
	n.say(Fact{Kind: kind, About: "SEARCH", Value: text, Unknown: unknown > 0})
}

// asksRecent reports whether the result of a search depends on \Recent.
func asksRecent(keys []model.SearchKey) bool {
	return slices.ContainsFunc(keys, func(k model.SearchKey) bool {
		return k.Key == "RECENT" || k.Key == "NEW" || k.Key == "OLD" || asksRecent(k.Keys)
	})
}

// list adds the names. Attributes other than \Noselect and \Noinferiors are hints.
func (n *normalizer) list(c model.List) {
	each(n.x, func(d model.ListData) {
		if d.LSub != (c.Verb == "LSUB") {
			return
		}
		kind, name := c.Verb, n.name(d.Name)
		switch {
		case c.Pattern.S == "": // asks for the delimiter, which is free
			n.add(kind+"-delimiter", "", "told")
			return
		case c.Ref.S != "": // which is interpreted as the server likes
			kind += "-reference"
		}
		var attrs []string
		for _, a := range d.Attrs {
			switch a = strings.ToLower(a); a {
			case `\nonexistent`:
				a = `\noselect`
				fallthrough
			case `\noselect`:
				attrs = append(attrs, a)
			case `\noinferiors`:
				if c.Verb == "LIST" {
					attrs = append(attrs, a)
				}
			}
		}
		slices.Sort(attrs)
		n.add(kind, name, "("+strings.Join(slices.Compact(attrs), " ")+")")
	})
}

// name is a mailbox name with "/" for the hierarchy delimiter.
func (n *normalizer) name(name string) string {
	if n.Delim != "" {
		name = strings.ReplaceAll(name, n.Delim, "/")
	}
	return model.FoldInbox(strings.TrimSuffix(name, "/"))
}

// status adds the items asked for; of UIDNEXT and UIDVALIDITY only that they are
// there.
func (n *normalizer) status(c model.StatusCmd) {
	name := n.name(c.Box.S)
	each(n.x, func(d model.StatusData) {
		if n.name(d.Name) != name {
			return
		}
		for _, item := range d.Items {
			value := strconv.FormatUint(uint64(item.N), 10)
			switch {
			case !slices.Contains(c.Items, item.Name):
			case item.Name == "UIDNEXT" || item.Name == "UIDVALIDITY":
				n.add("STATUS-"+item.Name, name, "told")
			case item.Name == "RECENT":
				n.add("RECENT", "STATUS "+name, value)
			default:
				n.add("STATUS-"+item.Name, name, value)
			}
		}
	})
}

// opened adds the numbers of SELECT and EXAMINE.
func (n *normalizer) opened() {
	each(n.x, func(d model.Exists) { n.add("EXISTS", "", strconv.FormatUint(uint64(d.N), 10)) })
	each(n.x, func(d model.Recent) { n.add("RECENT", "", strconv.FormatUint(uint64(d.N), 10)) })
}

// expunged adds which messages of the view are gone, by the numbers that they had
// before, whatever the order in which the server tells of them.
func (n *normalizer) expunged() {
	var gone []uint32
	each(n.x, func(d model.Expunge) {
		number := d.N
		for _, g := range gone { // sorted
			if g <= number {
				number++
			}
		}
		i, _ := slices.BinarySearch(gone, number)
		gone = slices.Insert(gone, i, number)
	})
	words := make([]string, len(gone))
	for i, g := range gone {
		words[i] = strconv.FormatUint(uint64(g), 10)
	}
	n.add("EXPUNGE", "", strings.Join(words, " "))
}
