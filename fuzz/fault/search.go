package fault

import (
	"slices"
	"strings"
	"time"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/message"
)

// searched is what SEARCH finds.
var searched = []*Fault{
	{Name: "search-sentsince-excludes", Layer: Store, Clause: "6.4.4", Least: 3,
		Text: "SENTSINCE does not find the messages of the day itself.",
		Hear: func(c *Call) {
			c.keys(func(k model.SearchKey) model.SearchKey {
				if day, err := time.Parse("_2-Jan-2006", first(k)); k.Key == "SENTSINCE" && err == nil {
					k.Args = []model.AString{model.A(day.AddDate(0, 0, 1).Format("2-Jan-2006"))}
				}
				return k
			})
		}},
	{Name: "search-sent-internal", Layer: Store, Clause: "6.4.4", Least: 4,
		Text: "SENTBEFORE looks at the internal date.",
		Hear: func(c *Call) { renamed(c, "SENTBEFORE", "BEFORE") }},
	{Name: "search-new-seen", Layer: Store, Clause: "6.4.4", Least: 4,
		Text: "NEW finds what is RECENT, seen or not.",
		Hear: func(c *Call) { renamed(c, "NEW", "RECENT") }},
	{Name: "search-not-list", Layer: Store, Clause: "6.4.4", Least: 3,
		Text: "NOT before a list is NOT of each key in it.",
		Hear: func(c *Call) {
			c.keys(func(k model.SearchKey) model.SearchKey {
				if k.Key != "NOT" || k.Keys[0].Key != "(" {
					return k
				}
				list := slices.Clone(k.Keys[0].Keys)
				for i := range list {
					list[i] = model.SearchKey{Key: "NOT", Keys: []model.SearchKey{list[i]}}
				}
				return model.SearchKey{Key: "(", Keys: list}
			})
		}},
	{Name: "search-or-in-not", Layer: Store, Clause: "6.4.4", Least: 3,
		Text: "NOT before OR counts for the first of the two keys alone.",
		Hear: func(c *Call) {
			c.keys(func(k model.SearchKey) model.SearchKey {
				if k.Key != "NOT" || k.Keys[0].Key != "OR" {
					return k
				}
				two := k.Keys[0].Keys
				not := model.SearchKey{Key: "NOT", Keys: two[:1]}
				return model.SearchKey{Key: "OR", Keys: []model.SearchKey{not, two[1]}}
			})
		}},
	{Name: "search-text-case", Layer: Store, Clause: "6.4.4", Least: 3,
		Text: "SUBJECT finds a text where it is in the same case.",
		Hear: func(c *Call) {
			c.keys(func(k model.SearchKey) model.SearchKey {
				if k.Key != "SUBJECT" {
					return k
				}
				return c.but(k, func(m model.Mail) bool {
					return !strings.Contains(subject(m), first(k)) && strings.Contains(fold(subject(m)), fold(first(k)))
				})
			})
		}},
	{Name: "search-cc-in-to", Layer: Store, Clause: "6.4.4", Least: 3,
		Text: "CC looks at To, too.",
		Hear: func(c *Call) {
			c.keys(func(k model.SearchKey) model.SearchKey {
				if k.Key != "CC" {
					return k
				}
				return model.SearchKey{Key: "OR", Keys: []model.SearchKey{k, {Key: "TO", Args: k.Args}}}
			})
		}},
	{Name: "search-body-header", Layer: Store, Clause: "6.4.4", Least: 3,
		Text: "BODY looks at the header, too.",
		Hear: func(c *Call) { renamed(c, "BODY", "TEXT") }},
	{Name: "search-set-one", Layer: Store, Clause: "6.4.4", Least: 3,
		Text: "Behind a set of message numbers only the next key counts.",
		Hear: func(c *Call) {
			if s, ok := c.Cmd.(model.Search); ok && len(s.Keys) > 2 && s.Keys[0].Key == "" {
				s.Keys = s.Keys[:2]
				c.Cmd = s
			}
		}},
}

// first is the first argument of a key, "" for none.
func first(k model.SearchKey) string {
	if len(k.Args) == 0 {
		return ""
	}
	return k.Args[0].S
}

// renamed takes a key of a SEARCH for another.
func renamed(c *Call, from, to string) {
	c.keys(func(k model.SearchKey) model.SearchKey {
		if k.Key == from {
			k.Key = to
		}
		return k
	})
}

// subject is the field of that name, with the name.
func subject(m model.Mail) string {
	if t := message.Find(m.Body); t != nil {
		if texts, ok := t.Section("BODY[HEADER.FIELDS (SUBJECT)]"); ok {
			return texts[0]
		}
	}
	return ""
}

func fold(s string) string { return strings.ToLower(s) }
