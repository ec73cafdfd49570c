package model

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

var (
	ruleSearch = rule("search-response", "6.4.4", MUST,
		"SEARCH that is answered OK has a SEARCH response.", "SEARCH")
	ruleSearchNumber = rule("search-number", "7.2.5", MUST,
		"The numbers in a SEARCH response are those of messages of the view.", "SEARCH")
	ruleSearchMatches = rule("search-matches", "6.4.4", MUST,
		"SEARCH returns just the messages that match all its keys.", "SEARCH")
	ruleCharset = rule("search-charset-no", "6.4.4", MUST,
		"SEARCH with a charset that the server does not support is answered NO.", "SEARCH")
)

// search judges SEARCH and UID SEARCH (section 6.4.4).
func (j *judge) search(c Search) {
	v := j.c.View
	switch {
	case v.Vague || j.c.Unsure || !c.inRange(uint32(len(v.Msgs))):
	case j.outcome == BAD && c.Charset != "":
		j.report(ruleCharset, j.shown(), "OK or NO")
	default:
		j.notBad()
	}
	if j.outcome != OK || v.Orphan {
		return
	}
	var nums []uint32
	answered := false
	for _, r := range j.x.Reply.Responses {
		if d, ok := r.Data.(SearchData); ok && r.Syntax == nil {
			answered = true
			nums = append(nums, d.Nums...)
		}
	}
	if !answered {
		j.report(ruleSearch, "OK without a SEARCH response", "* SEARCH and the numbers, if any")
		return
	}
	if v.Vague || j.s.Vague || v.Shared {
		return
	}
	found := make(map[uint32]bool, len(nums))
	for _, n := range nums {
		found[n] = true
		if !c.UID && v.at(n) == nil {
			j.report(ruleSearchNumber, fmt.Sprintf("* SEARCH %d", n), fmt.Sprintf("numbers from 1 to %d", len(v.Msgs)))
			return
		}
	}
	if v.seen != j.seen || len(v.pending()) > 0 {
		return // messages came in: before or after the search, nobody knows
	}
	all := SearchKey{Key: "(", Keys: c.Keys}
	for i, m := range v.Msgs {
		n := uint32(i) + 1
		if c.UID {
			if n = m.UID; n == 0 {
				continue
			}
		}
		got, want := found[n], j.s.match(v, all, i)
		if got && want == No || !got && want == Yes {
			cause, part, sure := j.searchCause(c, v, i, got)
			if !sure {
				continue
			}
			verb := map[bool]string{true: "in", false: "not in"}
			j.reportBy(cause, fmt.Sprintf("message %d is %s the result %v", i+1, verb[got], nums),
				fmt.Sprintf("message %d %s the result", i+1, verb[!got]))
			j.out[len(j.out)-1].Part = part
			return
		}
	}
}

// searchCause is what to blame for message i, from 0, being in the result or
// not: the search, or an earlier command, if the answer hangs on a fact that may
// be wrong. It is not sure if it can be either.
func (j *judge) searchCause(c Search, v *View, i int, got bool) (cause Cause, part string, sure bool) {
	cause, part = Cause{ruleSearchMatches, j.base(), j.phase}, c.part()
	if key, one := c.numbers(); !got && one && (key.Set.Reversed() || i == len(v.Msgs)-1) {
		if r := setRule(key.Key == "UID", key.Set, cause.Rule); r != cause.Rule {
			cause.Rule, part = r, ""
		}
	}
	m := v.Msgs[i]
	flags, date := m.Flags, m.DateBy
	defer func() { m.Flags, m.DateBy = flags, date }()
	all := SearchKey{Key: "(", Keys: c.Keys}
	if m.Flags = (Flags{Vague: true}); m.flagCause(cause) != cause && j.s.match(v, all, i) == Maybe {
		return m.FlagsBy, "", part != ""
	}
	m.Flags = flags
	if m.DateBy = (Cause{}); date.Rule != nil && date.Rule.Level == SHOULD && j.s.match(v, all, i) == Maybe {
		return date, "", part != ""
	}
	return cause, part, true
}

// part names the key of a search that has but one, and that not a compound.
func (c Search) part() string {
	if len(c.Keys) != 1 {
		return ""
	}
	switch key := c.Keys[0].Key; key {
	case "(", "NOT", "OR":
		return ""
	default:
		return key
	}
}

// numbers is the key of a search that has but one, and that a set.
func (c Search) numbers() (SearchKey, bool) {
	if len(c.Keys) == 1 && (c.Keys[0].Key == "UID" || c.Keys[0].Key == "") {
		return c.Keys[0], true
	}
	return SearchKey{}, false
}

// inRange reports whether all sequence numbers of the search are in use.
func (c Search) inRange(last uint32) bool {
	var ok func(keys []SearchKey) bool
	ok = func(keys []SearchKey) bool {
		for _, k := range keys {
			if k.Key == "" && (last == 0 || k.Set.Max(last) > last) || !ok(k.Keys) {
				return false
			}
		}
		return true
	}
	return ok(c.Keys)
}

// match is what is known of whether message i of the view, from 0, matches.
func (s *State) match(v *View, k SearchKey, i int) Tri {
	m := v.Msgs[i]
	if _, loose := v.undo[m]; m.gone || loose && k.Key != "(" && k.Key != "ALL" && k.Key != "" {
		return Maybe
	}
	switch k.Key {
	case "ALL":
		return Yes
	case "(":
		t := Yes
		for _, sub := range k.Keys {
			t = and(t, s.match(v, sub, i))
		}
		return t
	case "NOT":
		return not(s.match(v, k.Keys[0], i))
	case "OR":
		return or(s.match(v, k.Keys[0], i), s.match(v, k.Keys[1], i))
	case "":
		last := uint32(len(v.Msgs))
		if k.Set.Max(last) > last {
			return Maybe
		}
		return known(k.Set.Contains(uint32(i)+1, last))
	case "UID":
		return v.matchUID(k.Set, i)
	case "ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN":
		return m.Flags.Has(`\` + k.Key)
	case "UNANSWERED", "UNDELETED", "UNDRAFT", "UNFLAGGED", "UNSEEN":
		return not(m.Flags.Has(`\` + strings.TrimPrefix(k.Key, "UN")))
	case "KEYWORD":
		return m.Flags.Has(k.Args[0].S)
	case "UNKEYWORD":
		return not(m.Flags.Has(k.Args[0].S))
	case "LARGER", "SMALLER":
		n, err := strconv.Atoi(k.Args[0].S)
		if m.NoBody || err != nil {
			return Maybe
		}
		if k.Key == "LARGER" {
			return known(len(m.Body) > n)
		}
		return known(len(m.Body) < n)
	case "BEFORE", "ON", "SINCE":
		return m.matchDate(k.Key, k.Args[0].S)
	}
	return Maybe // \Recent, and what is in the text of messages
}

func (v *View) matchUID(set Set, i int) Tri {
	m, last := v.Msgs[i], v.Msgs[len(v.Msgs)-1]
	switch {
	case m == last && set.HasStar():
		return Yes
	case m.UID == 0 || last.UID == 0 && set.HasStar():
		return Maybe
	}
	return known(set.Contains(m.UID, last.UID))
}

// matchDate compares the day of the internal date. A server may keep the date
// in another zone, so a day that no zone agrees on is left open.
func (m *Msg) matchDate(key, arg string) Tri {
	day, err := time.Parse("_2-Jan-2006", arg)
	if err != nil || m.DateBy.Rule == nil {
		return Maybe
	}
	compare := func(t time.Time) bool {
		y, mon, d := t.UTC().Date()
		switch c := time.Date(y, mon, d, 0, 0, 0, 0, time.UTC).Compare(day); key {
		case "BEFORE":
			return c < 0
		case "ON":
			return c == 0
		default:
			return c >= 0
		}
	}
	west, here, east := compare(m.Date.Add(-14*time.Hour)), compare(m.Date), compare(m.Date.Add(14*time.Hour))
	if west == here && here == east {
		return known(here)
	}
	return Maybe
}
