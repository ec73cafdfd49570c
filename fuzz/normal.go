package fuzz

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/message"
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

// Fact is one thing that the data of an answer say.
type Fact struct {
	// Kind is the data and what of it: "FETCH-ENVELOPE", "STATUS-UNSEEN", "LIST".
	// What depends on \Recent is "RECENT", since a server need not know that flag.
	Kind string
	// About is the message or the mailbox that it is said of.
	About string
	Value string
	// Optional says that a server need not say it (section 6.4.6: STORE that changes
	// nothing): that one does and another does not is no difference.
	Optional bool
	// Unknown says that the value can mean the same as any other: a unique identifier
	// whose message is not known, a date of the server's clock.
	Unknown bool
}

// Text is the fact in the notation of the RFC, the value apart from what is around
// it.
func (f Fact) Text() (head, value, tail string) {
	kind, item, _ := strings.Cut(f.Kind, "-")
	number, about, _ := strings.Cut(f.About, " ")
	switch kind {
	case "FETCH":
		return "* " + number + " FETCH (" + about + " ", f.Value, ")"
	case "LIST", "LSUB":
		if item == "delimiter" {
			return "* " + kind + " (", "the delimiter", ")"
		}
		return "* " + kind + " ", f.Value, " " + strconv.Quote(f.About)
	case "STATUS":
		return "* STATUS " + strconv.Quote(f.About) + " (" + item + " ", f.Value, ")"
	case "SEARCH":
		return "* SEARCH ", f.Value, ""
	case "EXISTS":
		return "* ", f.Value, " EXISTS"
	case "EXPUNGE":
		return "EXPUNGE of ", cmp.Or(f.Value, "none"), ""
	}
	switch { // of RECENT
	case f.About == "":
		return "* ", f.Value, " RECENT"
	case about == "FLAGS":
		return "* " + number + " FETCH (FLAGS ", f.Value, ")"
	case number == "STATUS":
		return "* STATUS " + strconv.Quote(about) + " (RECENT ", f.Value, ")"
	}
	return "* SEARCH ", f.Value, ""
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

// uid is the unique identifier of message k, 0 if it was not told.
func (n *normalizer) uid(k uint32) uint32 {
	if k == 0 || uint64(k) > uint64(len(n.UIDs)) {
		return 0
	}
	return n.UIDs[k-1]
}

// asked reports whether the data of a FETCH response are of a message of the set.
func (n *normalizer) asked(d model.FetchData, uid bool, set model.Set) bool {
	if !uid {
		return set.Contains(d.N, uint32(len(n.UIDs)))
	}
	id := n.uid(d.N)
	for _, a := range d.Atts {
		if a.Name == "UID" {
			id = a.Num
		}
	}
	return id != 0 && set.Contains(id, max(id, n.uid(uint32(len(n.UIDs)))))
}

// fetch adds what was asked for: other data come unasked.
func (n *normalizer) fetch(c model.Fetch) {
	items, sees := itemsOf(c)
	each(n.x, func(d model.FetchData) {
		if !n.asked(d, c.UID, c.Set) {
			return
		}
		for i := range d.Atts {
			a := &d.Atts[i]
			item := a.Name
			if a.Origin >= 0 {
				item = fmt.Sprintf("%s<%d>", a.Name, a.Origin)
			}
			switch {
			case a.Name == "FLAGS" && slices.Contains(items, item):
				n.flags(d.N, a.Flags, sees)
			case slices.Contains(items, item):
				f := Fact{Kind: "FETCH-" + itemKind(item), About: fmt.Sprint(d.N, " ", item)}
				f.Value, f.Unknown = n.value(d.N, a)
				n.say(f)
			}
		}
	})
}

// itemsOf are the items of a FETCH as its responses name them, and whether one
// sets \Seen.
func itemsOf(c model.Fetch) (items []string, sees bool) {
	names := c.Items
	switch {
	case len(names) != 1:
	case names[0] == "ALL":
		names = []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"}
	case names[0] == "FAST":
		names = []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE"}
	case names[0] == "FULL":
		names = []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"}
	}
	if c.UID {
		items = append(items, "UID")
	}
	for _, name := range names {
		section, peek := strings.CutPrefix(name, "BODY.PEEK[")
		if peek {
			name = "BODY[" + section
		}
		sees = sees || !peek && (strings.HasPrefix(name, "BODY[") || name == "RFC822" || name == "RFC822.TEXT")
		if i := strings.LastIndexByte(name, '<'); i > 0 && strings.HasSuffix(name, ">") {
			origin, _, _ := strings.Cut(name[i:], ".")
			name = name[:i] + origin + ">"
		}
		items = append(items, name)
	}
	return items, sees
}

// itemKind is the item without what makes it this one: the number of a part,
// the names of fields, the origin octet.
func itemKind(item string) string {
	section, ok := strings.CutPrefix(item, "BODY[")
	if !ok {
		return item
	}
	section, _, _ = strings.Cut(section, "]")
	section, _, _ = strings.Cut(section, " ")
	words := strings.Split(section, ".")
	parts := 0
	for parts < len(words) && words[parts] != "" && strings.Trim(words[parts], "0123456789") == "" {
		parts++
	}
	if parts > 0 {
		words = append([]string{"n"}, words[parts:]...)
	}
	return "BODY[" + strings.Join(words, ".") + "]"
}

// flags adds the flags of message k. Whether they have \Seen is left open if the
// FETCH sets it, perhaps before and perhaps after they are shown.
func (n *normalizer) flags(k uint32, flags []string, sees bool) {
	var list []string
	recent := "()"
	for _, f := range flags {
		f = strings.ToLower(f)
		switch {
		case f == `\recent`:
			recent = `(\recent)`
		case f == `\seen` && sees:
		case strings.HasPrefix(f, `\`), slices.Contains(n.Keywords, f):
			list = append(list, f)
		}
	}
	slices.Sort(list)
	n.add("FETCH-FLAGS", fmt.Sprint(k, " FLAGS"), "("+strings.Join(slices.Compact(list), " ")+")")
	n.add("RECENT", fmt.Sprint(k, " FLAGS"), recent)
}

// value is what a FETCH response says of message k, and whether only this server
// can know it.
func (n *normalizer) value(k uint32, a *model.Att) (value string, unknown bool) {
	switch a.Name {
	case "UID":
		return "$" + strconv.FormatUint(uint64(k), 10), false
	case "RFC822.SIZE":
		return strconv.FormatUint(uint64(a.Num), 10), false
	case "INTERNALDATE":
		return n.date(k, a.Text)
	case "ENVELOPE":
		return envelope(a.Raw), false
	case "BODY", "BODYSTRUCTURE":
		return structure(a.Raw), false
	}
	if a.Nil {
		return "NIL", false
	}
	return `"` + a.Text + `"`, false
}

// envelope is an ENVELOPE with its date in one of the ways to write it.
func envelope(raw string) string {
	raw = message.Canonical(raw)
	date, rest, found := strings.Cut(strings.TrimPrefix(raw, `("`), `"`)
	for _, layout := range []string{"Mon, _2 Jan 2006 15:04:05 -0700", "_2 Jan 2006 15:04:05 -0700"} {
		if t, err := time.Parse(layout, date); err == nil && found {
			return `("` + t.Format(time.RFC1123Z) + `"` + rest
		}
	}
	return raw
}

// plainText is a text without parameters in a body structure.
var plainText = regexp.MustCompile(`\("TEXT" ("[^"]*") NIL `)

// structure is a BODY or BODYSTRUCTURE. Most strings in it have no case, and that a
// text is in US-ASCII by default can be said or not (RFC 2045 section 5.2).
func structure(raw string) string {
	raw = strings.ToUpper(message.Canonical(raw))
	return plainText.ReplaceAllString(raw, `("TEXT" $1 ("CHARSET" "US-ASCII") `)
}

// date is an internal date as an instant. One that is as it was set, or as the
// server has shown it before, is told as that: what the server's clock said when a
// message came in is another at each server, and in each copy of the message.
func (n *normalizer) date(k uint32, text string) (value string, unknown bool) {
	if k == 0 || uint64(k) > uint64(len(n.Dates)) || n.Dates[k-1].IsZero() {
		return "of the server's clock", true
	}
	t, err := time.Parse("_2-Jan-2006 15:04:05 -0700", text)
	switch {
	case err != nil:
		return strconv.Quote(text), false
	case t.Equal(n.Dates[k-1]):
		return "as it was set", false
	}
	return t.UTC().Format(time.RFC3339), false
}

// stored adds the flags that STORE shows of the messages of its set.
func (n *normalizer) stored(c model.Store) {
	each(n.x, func(d model.FetchData) {
		for _, a := range d.Atts {
			if a.Name == "FLAGS" && n.asked(d, c.UID, c.Set) {
				n.flags(d.N, a.Flags, false)
			}
		}
	})
	for key, f := range n.facts {
		f.Optional = true
		n.facts[key] = f
	}
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
