package fuzz

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Words of a kind, the lightest first.
var (
	plainFlags = []string{"k1", `\Seen`, `\Draft`, `\Deleted`, `\Flagged`, `\Answered`}
	plainStats = []string{"RECENT", "UNSEEN", "UIDNEXT", "MESSAGES", "UIDVALIDITY"}
)

// plainDates come before others in the order of characters.
var plainDates = []string{" 1-Apr-2020 00:00:00 +0000", " 1-Apr-2020 00:00:00 +0100"}

// alike are commands that differ from one in what seldom matters: other words of the same
// kind, as many, and a command that does the same to the same messages. They give one form
// to what many are as good for.
func alike(cmd model.Command) (list []model.Command) {
	add := func(c model.Command) { list = append(list, c) }
	switch c := cmd.(type) {
	case model.Raw:
		for _, verb := range []string{"COPY", "FETCH"} {
			add(model.Raw{Bytes: verb})
		}
		for _, digits := range tooLarge.FindAllStringIndex(c.Bytes, -1) {
			for _, n := range []string{"4294967296", "9223372036854775808"} {
				add(model.Raw{Bytes: c.Bytes[:digits[0]] + n + c.Bytes[digits[1]:]})
			}
		}
		legal := strings.TrimRight(c.Bytes, " ")
		if spelled, ok := wire.Spells(legal); ok {
			add(spelled)
			for _, s := range orAlike(spelled) {
				if _, raw := s.(model.Raw); !raw {
					add(model.Raw{Bytes: wire.FormatCommand(s) + c.Bytes[len(legal):]})
				}
			}
		}
	case model.LoginCmd:
		if c.Password.S != model.Password {
			add(model.LoginCmd{User: c.User, Password: model.A("wrong")})
		}
	case model.Simple:
		if c.Verb == "EXPUNGE" {
			add(model.Simple{Verb: "CLOSE"})
		}
	case model.Mailbox:
		if c.Verb == "SUBSCRIBE" {
			add(model.Mailbox{Verb: c.Verb, Box: model.A("a")}) // need not exist
		}
	case model.List:
		for _, pattern := range []string{"%", "%/%"} {
			add(model.List{Verb: c.Verb, Ref: c.Ref, Pattern: model.AString{S: pattern}})
		}
		if c.Verb == "LSUB" {
			add(model.List{Verb: "LIST", Ref: c.Ref, Pattern: c.Pattern})
		}
	case model.StatusCmd:
		add(model.Mailbox{Verb: "SELECT", Box: c.Box})
		for _, items := range likeWords(c.Items, plainStats) {
			add(model.StatusCmd{Box: c.Box, Items: items})
		}
	case model.Append:
		for _, date := range plainDates {
			if p := c; c.Date != "" && c.Date != date {
				p.Date = date
				add(p)
			} else {
				break
			}
		}
		for _, flags := range likeWords(c.Flags, plainFlags) {
			p := c
			p.Flags = flags
			add(p)
		}
	case model.Store:
		for _, flags := range likeWords(c.Flags, plainFlags) {
			p := c
			p.Flags = flags
			add(p)
		}
		for _, set := range likeSets(c.Set, c.UID) {
			p := c
			p.Set = set
			add(p)
		}
		if len(c.Flags) == 0 {
			add(model.Fetch{UID: c.UID, Set: c.Set, Items: []string{"FLAGS"}})
		}
	case model.Fetch:
		for _, set := range likeSets(c.Set, c.UID) {
			p := c
			p.Set = set
			add(p)
		}
		if slices.Equal(c.Items, []string{"UID"}) {
			add(model.Fetch{UID: true, Set: c.Set, Items: []string{"FLAGS"}})
		}
		if len(c.Items) == 1 {
			for _, item := range likeItems(c.Items[0]) {
				p := c
				p.Items = []string{item}
				add(p)
			}
			if strings.HasPrefix(c.Items[0], "BODY[") {
				add(model.Store{UID: c.UID, Set: c.Set, Flags: []string{`\Seen`}})
			}
		}
	case model.Copy:
		for _, set := range likeSets(c.Set, c.UID) {
			p := c
			p.Set = set
			add(p)
		}
		if c.Move {
			add(model.Copy{UID: c.UID, Set: c.Set, Box: c.Box})
		}
		add(model.Fetch{UID: c.UID, Set: c.Set, Items: []string{"FLAGS"}})
	case model.UIDExpunge:
		add(model.Simple{Verb: "EXPUNGE"})
		for _, set := range likeSets(c.Set, true) {
			add(model.UIDExpunge{Set: set})
		}
	case model.Search:
		for _, keys := range likeKeys(c.Keys) {
			add(model.Search{UID: c.UID, Charset: c.Charset, Keys: keys})
		}
		if k := c.Keys[0].Key; k == "ON" || k == "SINCE" || k == "BEFORE" {
			add(model.Fetch{Set: model.One(1), Items: []string{"INTERNALDATE"}})
		}
		if k := c.Keys[0]; len(c.Keys) == 1 && len(k.Set) > 0 {
			uid := k.Key == "UID"
			for _, set := range append([]model.Set{k.Set}, likeSets(k.Set, uid)...) {
				add(model.Fetch{UID: uid, Set: set, Items: []string{"FLAGS"}})
			}
		}
	}
	return list
}

// tooLarge is a number of more than 32 bits, or nearly.
var tooLarge = regexp.MustCompile("[0-9]{10,}")

// plainDays are days about which messages differ.
var plainDays = []string{"1-Jan-2020", "2-Jan-2020", "3-Jan-2020"}

// likeKeys are search keys of the same shape: one of them is NOT ALL, is of another day, or
// has changed places with the next.
func likeKeys(keys []model.SearchKey) (out [][]model.SearchKey) {
	with := func(i int, k model.SearchKey) {
		like := slices.Clone(keys)
		like[i] = k
		out = append(out, like)
	}
	for i, k := range keys {
		if k.Key != "ALL" && len(keys) > 1 {
			with(i, model.SearchKey{Key: "NOT", Keys: []model.SearchKey{{Key: "ALL"}}})
		}
		if strings.HasPrefix(k.Key, "SENT") {
			for _, day := range plainDays {
				k.Args = []model.AString{model.A(day)}
				with(i, k)
			}
		}
		for _, inner := range likeKeys(k.Keys) {
			k.Keys = inner
			with(i, k)
		}
		if i > 0 {
			like := slices.Clone(keys)
			like[i], like[i-1] = like[i-1], like[i]
			out = append(out, like)
		}
	}
	return out
}

// likeWords are as many of the plain words: of one each, of more the first ones.
func likeWords(list, plain []string) (out [][]string) {
	switch n := len(list); {
	case n == 1:
		for _, word := range plain {
			if word == list[0] {
				break
			}
			out = append(out, []string{word})
		}
	case n > 1 && n <= len(plain):
		out = [][]string{slices.Sorted(slices.Values(plain[:n])), plain[:n]}
		for i := range list {
			for _, word := range plain {
				if word == list[i] {
					break
				}
				if !slices.Contains(list, word) {
					like := slices.Clone(list)
					like[i] = word
					slices.Sort(like)
					out = append(out, like)
				}
			}
		}
		if sorted := slices.Sorted(slices.Values(list)); !slices.Equal(sorted, list) {
			out = append(out, sorted)
		}
	}
	return out
}

// boundaries are numbers where an arithmetic ends.
var boundaries = []uint32{1 << 31, 1<<32 - 1}

// lower has a large number give way to a smaller one, and reports whether it did.
func lower(n *model.Num, to uint32) bool {
	if *n == model.Star || n.N <= 1<<16 || n.N <= to {
		return false
	}
	n.N = to
	return true
}

// atBoundary has such numbers in the place of larger ones, which to reach by ones takes long.
func atBoundary(cmd model.Command) (list []model.Command) {
	var set model.Set
	with := func(model.Set) model.Command { return nil }
	switch c := cmd.(type) {
	case model.Fetch:
		set, with = c.Set, func(s model.Set) model.Command { c.Set = s; return c }
	case model.Store:
		set, with = c.Set, func(s model.Set) model.Command { c.Set = s; return c }
	case model.Copy:
		set, with = c.Set, func(s model.Set) model.Command { c.Set = s; return c }
	case model.UIDExpunge:
		set, with = c.Set, func(s model.Set) model.Command { c.Set = s; return c }
	}
	for i := range set {
		for _, at := range boundaries {
			like := slices.Clone(set)
			from, to := lower(&like[i].From, at), lower(&like[i].To, at)
			if from || to {
				list = append(list, with(like))
			}
		}
	}
	return list
}

// likeSets are sets of the same shape with small numbers.
func likeSets(set model.Set, uid bool) (out []model.Set) {
	num := func(n uint32) model.Num { return model.Num{N: n} }
	if uid && slices.ContainsFunc(set, func(r model.Range) bool { return r.From.Symb || r.To.Symb }) {
		plain := slices.Clone(set)
		for i := range plain {
			plain[i].From.Symb, plain[i].To.Symb = false, false
		}
		out = append(out, plain)
	}
	if len(set) == 1 && set[0].Single {
		if set[0].From == model.Star {
			out = append(out, model.One(2), model.One(3))
		} else if !uid && set[0].From.N > 3 {
			out = append(out, model.Set{{From: model.Star, Single: true}})
		}
		return out
	}
	if len(set) == 1 {
		return append(out, model.Set{{From: set[0].To, To: set[0].From}}, model.Set{{From: num(1), Single: true}, {From: num(2), Single: true}}, model.Set{{From: num(1), To: num(2)}}, model.Set{{From: num(1), To: model.Star}}, model.Set{{From: num(2), To: num(1)}}, model.Set{{From: num(2), To: model.Star}})
	}
	var same, rising model.Set
	for i := range set {
		same = append(same, model.Range{From: num(1), Single: true})
		rising = append(rising, model.Range{From: num(uint32(i + 1)), Single: true})
	}
	last := slices.Clone(same)
	last[len(last)-1] = model.Range{From: num(2), Single: true}
	return append(out, same, last, rising)
}

// likeItems are simpler items for one of a section: of the whole message and not of its
// part, with one field, and with the first octet.
func likeItems(item string) (out []string) {
	switch item {
	case "FULL", "FAST":
		return []string{"ALL"}
	case "RFC822":
		return []string{"BODY[]"}
	}
	name, rest, ok := strings.Cut(item, "[")
	if !ok {
		return nil
	}
	section, partial, _ := strings.Cut(rest, "]")
	whole := strings.TrimLeft(section, "0123456789.")
	fields, _, list := strings.Cut(whole, " (")
	origin, _, _ := strings.Cut(partial, ".")
	add := func(name, section, partial string) { out = append(out, name+"["+section+"]"+partial) }
	add("BODY", "", partial)
	add(name, "", partial)
	if list {
		for _, field := range []string{"TO", "DATE", "FROM"} {
			add("BODY", strings.TrimSuffix(fields, ".NOT")+" ("+field+")", partial)
			add("BODY", fields+" ("+field+")", partial)
		}
	}
	add("BODY", whole, partial)
	add("BODY", section, partial)
	add(name, whole, partial)
	if n, err := strconv.Atoi(strings.TrimPrefix(origin, "<")); err == nil && n > 1 {
		add(name, section, fmt.Sprintf("<%d.1>", n/2))
		add(name, section, fmt.Sprintf("<%d.1>", n-1))
	}
	if partial != "" {
		add(name, section, "<0.1>")
		add(name, section, origin+".1>")
	}
	return out
}
