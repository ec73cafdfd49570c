package model

import (
	"slices"
	"strings"
	"time"
)

// search answers SEARCH and UID SEARCH (section 6.4.4).
func (a *answer) search(c Search) {
	switch strings.ToUpper(c.Charset) {
	case "", "US-ASCII", "UTF-8":
	default:
		a.news()
		a.done(NO, &Code{Name: "BADCHARSET", List: []string{"US-ASCII", "UTF-8"}}, "There is no such charset")
		return
	}
	v := a.ses.view()
	q := query{&State{}, v, c.Charset}
	var d SearchData
	for i, m := range v.Msgs {
		switch {
		case !q.finds(SearchKey{Key: "(", Keys: c.Keys}, i):
		case c.UID:
			d.Nums = append(d.Nums, m.UID)
		default:
			d.Nums = append(d.Nums, uint32(i)+1)
		}
	}
	a.tell(d)
	a.ok(nil)
}

// view is what the session sees of its mailbox, as a judge that knows all of it.
func (ses *Session) view() *View {
	v := newView("", &Box{}, ses.ReadOnly)
	for _, t := range ses.Told {
		m := &Msg{UID: t.UID, Body: t.Body, Date: t.Date, DateBy: Cause{Rule: ruleDateKept},
			kept: true, looked: true, tree: t.tree()}
		if at := ses.Box.Find(t.UID); at >= 0 {
			t.Flags = ses.Box.Mail[at].Flags
		}
		m.Flags = NewFlags(t.Flags)
		v.Msgs, v.recent[m] = append(v.Msgs, m), t.Recent
	}
	return v
}

// finds is [query.match] where nothing is open: what a server need not find is not
// found, and a date is of the day in its own zone.
func (q query) finds(k SearchKey, i int) bool {
	m := q.v.Msgs[i]
	finds := func(k SearchKey) bool { return q.finds(k, i) }
	switch k.Key {
	case "(":
		return !slices.ContainsFunc(k.Keys, func(k SearchKey) bool { return !finds(k) })
	case "NOT":
		return !finds(k.Keys[0])
	case "OR":
		return slices.ContainsFunc(k.Keys, finds)
	case "KEYWORD":
		return m.Flags.Has(k.Args[0].S) == Yes
	case "UNKEYWORD":
		return m.Flags.Has(k.Args[0].S) == No
	case "BEFORE", "ON", "SINCE":
		day, err := time.Parse("_2-Jan-2006", k.Args[0].S)
		year, month, d := m.Date.Date()
		return err == nil && compareDay(time.Date(year, month, d, 0, 0, 0, 0, time.UTC), k.Key, day)
	}
	return q.match(k, i) == Yes
}
