package fuzz

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/message"
)

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
