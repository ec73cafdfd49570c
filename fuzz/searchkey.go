package fuzz

import (
	"fmt"
	"strings"
	"time"

	"github.com/imapcheck/imapcheck/model"
)

func (g *generator) search(uid bool) model.Command {
	c := model.Search{UID: uid}
	switch g.IntN(20) {
	case 0:
		c.Charset = "US-ASCII"
	case 1:
		c.Charset = "X-UNKNOWN"
	case 2, 3, 4:
		c.Charset = "UTF-8"
	}
	g.charset = c.Charset
	for len(c.Keys) == 0 || len(c.Keys) < 3 && g.percent(25) {
		c.Keys = append(c.Keys, g.key(0))
	}
	return c
}

// key is a search key; depth bounds how keys nest.
func (g *generator) key(depth int) model.SearchKey {
	if depth < 2 && g.percent(25) {
		switch g.IntN(3) {
		case 0:
			return model.SearchKey{Key: "NOT", Keys: []model.SearchKey{g.key(depth + 1)}}
		case 1:
			return model.SearchKey{Key: "OR", Keys: []model.SearchKey{g.key(depth + 1), g.key(depth + 1)}}
		default:
			return model.SearchKey{Key: "(", Keys: []model.SearchKey{g.key(depth + 1), g.key(depth + 1)}}
		}
	}
	switch n := g.IntN(130); {
	case n >= 120:
		return model.SearchKey{Key: pick(g, "SENTBEFORE", "SENTON", "SENTSINCE"), Args: []model.AString{model.A(g.sent())}}
	case n >= 100:
		return g.textKey()
	case n < 10:
		return model.SearchKey{Key: "ALL"}
	case n < 30:
		return model.SearchKey{Set: g.set(false)}
	case n < 45:
		return model.SearchKey{Key: "UID", Set: g.set(true)}
	case n < 60:
		key := pick(g, "LARGER", "SMALLER")
		return model.SearchKey{Key: key, Args: []model.AString{model.A(fmt.Sprint(pick(g, 0, 1, 50, 100, 100000)))}}
	case n < 68:
		return model.SearchKey{Key: pick(g, "KEYWORD", "UNKEYWORD"), Args: []model.AString{model.A("k1")}}
	case n < 80:
		return model.SearchKey{Key: pick(g, "BEFORE", "ON", "SINCE"),
			Args: []model.AString{model.A(pick(g, "1-Jan-2020", "4-Jan-2020", "1-Jan-2021", "1-Mar-2020"))}}
	}
	return model.SearchKey{Key: pick(g, "ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN", "RECENT", "NEW", "OLD",
		"UNANSWERED", "UNDELETED", "UNDRAFT", "UNFLAGGED", "UNSEEN")}
}

// textKey is a search key for a text, mostly one of a message that is there.
func (g *generator) textKey() model.SearchKey {
	text := "nowhere"
	if m := g.existing(); m != nil {
		if words := m.Words(); len(words) > 0 {
			text = words[g.IntN(len(words))]
		}
	}
	if !ascii(text) && g.charset != "UTF-8" {
		text = "caf" // without a charset there is no telling what octets beyond US-ASCII mean
	}
	a := g.form(text)
	key := pick(g, "BCC", "BODY", "BODY", "CC", "FROM", "FROM", "SUBJECT", "SUBJECT", "TEXT", "TEXT", "TO", "HEADER")
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
