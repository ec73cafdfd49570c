package fuzz

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imapcheck/imapcheck/model"
)

func (g *generator) search(uid bool) model.Command {
	c := model.Search{UID: uid}
	c.Charset = []string{"US-ASCII", "X-UNKNOWN", "UTF-8", ""}[g.choose(1, 1, 3, 15)]
	g.says(c.Charset)
	g.charset = c.Charset
	for len(c.Keys) == 0 || len(c.Keys) < 3 && g.percent(42) {
		if len(c.Keys) > 0 {
			g.goesOn(" ")
		}
		c.Keys = append(c.Keys, g.key(0))
	}
	return c
}

// key is a search key; depth bounds how keys nest.
func (g *generator) key(depth int) model.SearchKey {
	if depth == 2 || !g.percent(30+15*depth) {
		k := g.leaf()
		g.goesOnWith(k)
		return k
	}
	switch k := (model.SearchKey{Key: pick(g, "NOT", "OR", "(")}); k.Key {
	case "NOT":
		g.goesOn("NOT ")
		k.Keys = []model.SearchKey{g.key(depth + 1)}
		return k
	case "OR":
		g.goesOn("OR ")
		k.Keys = g.twoKeys(depth + 1)
		return k
	default:
		g.goesOn("(")
		k.Keys = g.twoKeys(depth + 1)
		g.goesOn(")")
		return k
	}
}

func (g *generator) twoKeys(depth int) []model.SearchKey {
	first := g.key(depth)
	g.goesOn(" ")
	return []model.SearchKey{first, g.key(depth)}
}

// leaf is a search key without others in it.
func (g *generator) leaf() model.SearchKey {
	switch g.choose(10, 20, 15, 15, 8, 12, 20, 20, 10) {
	case 0:
		return model.SearchKey{Key: "ALL"}
	case 1:
		return model.SearchKey{Set: g.set(false)}
	case 2:
		return model.SearchKey{Key: "UID", Set: g.set(true)}
	case 3:
		key := pick(g, "LARGER", "SMALLER")
		return model.SearchKey{Key: key, Args: []model.AString{model.A(fmt.Sprint(g.size()))}}
	case 4:
		return model.SearchKey{Key: pick(g, "KEYWORD", "UNKEYWORD"), Args: []model.AString{model.A("k1")}}
	case 5:
		return model.SearchKey{Key: pick(g, "BEFORE", "ON", "SINCE"),
			Args: []model.AString{model.A(pick(g, "1-Jan-2020", "4-Jan-2020", "1-Jan-2021", "1-Mar-2020"))}}
	case 7:
		return g.textKey()
	case 8:
		return model.SearchKey{Key: pick(g, "SENTBEFORE", "SENTON", "SENTSINCE"), Args: []model.AString{model.A(g.sent())}}
	}
	return model.SearchKey{Key: pick(g, flagKeys...)}
}

// flagKeys are the search keys that are a flag's, or those of some.
var flagKeys = []string{"ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN", "RECENT", "NEW", "NEW", "OLD",
	"UNANSWERED", "UNDELETED", "UNDRAFT", "UNFLAGGED", "UNSEEN"}

// size is a number of octets, often one at which a message that is there is told from
// others.
func (g *generator) size() int {
	if m := g.existing(); m != nil && g.percent(60) {
		return len(m.Octets()) + g.IntN(3) - 1
	}
	return pick(g, 0, 1, 50, 100, 100000)
}

// textKey is a search key for a text, mostly one of a message that is there.
func (g *generator) textKey() model.SearchKey {
	key := pick(g, "BCC", "BODY", "BODY", "CC", "CC", "FROM", "SUBJECT", "SUBJECT", "TEXT", "TO", "TO", "HEADER")
	g.says(key)
	text := "nowhere"
	if m := g.existing(); m != nil {
		words := m.Words()
		if key != "HEADER" && g.percent(60) {
			words = slices.DeleteFunc(words, func(word string) bool {
				must, _ := m.Match(key, "", word, true)
				return !must
			})
		}
		if len(words) > 0 {
			text = words[g.IntN(len(words))]
			if ascii(text) && g.percent(25) {
				text = pick(g, strings.ToUpper(text), strings.ToLower(text))
			}
			g.says(text)
		}
	}
	if !ascii(text) && g.charset != "UTF-8" {
		text = "caf" // without a charset there is no telling what octets beyond US-ASCII mean
	}
	a := g.form(text)
	if key != "HEADER" {
		return model.SearchKey{Key: key, Args: []model.AString{a}}
	}
	if g.percent(30) {
		a = model.A("") // any message that has the field
	}
	field := model.A(pick(g, "Subject", "From", "to", "MESSAGE-ID", "X-None", "Date", "Content-Type"))
	return model.SearchKey{Key: key, Args: []model.AString{field, a}}
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// sent is a day near the Date of a message that is there, at the boundary.
func (g *generator) sent() string {
	day := time.Date(2020, time.January, 4, 0, 0, 0, 0, time.UTC)
	if m := g.existing(); m != nil {
		if y, mon, d, ok := m.SentDate(); ok {
			day = time.Date(y, time.Month(mon), d+g.IntN(3)-1, 0, 0, 0, 0, time.UTC)
		}
	}
	return day.Format("2-Jan-2006")
}
