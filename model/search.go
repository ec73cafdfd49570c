package model

import (
	"fmt"
	"slices"
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
	ruleCharsetCode = rule("search-badcharset", "6.4.4", SHOULD,
		"The NO for a charset that the server does not support has the BADCHARSET code.", "SEARCH")
	ruleASCII = rule("search-us-ascii", "6.4.4", MUST,
		"SEARCH supports the charset US-ASCII.", "SEARCH")
)

// query is a SEARCH as it is held against the messages of a view.
type query struct {
	s       *State
	v       *View
	charset string
}

// search judges SEARCH and UID SEARCH (section 6.4.4).
func (j *judge) search(c Search) {
	v := j.c.View
	switch {
	case j.c.shut.Rule != nil && j.outcome == BAD:
		j.notBad()
	case v.Vague || j.c.Unsure || !c.inRange(uint32(len(v.Msgs))):
	case c.odd() || c.Charset != "" && j.c.asked&asksUnicode != 0: // RFC 6855 section 3
	case c.Charset != "" && j.outcome != OK:
		j.charset(c)
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
	if v.seen == j.seen && len(v.pending()) == 0 { // else it is not known whether the search was before the news
		j.result(c, nums, found)
	}
}

// result compares the result of a SEARCH, nums, which are the keys of found, with
// the messages that match.
func (j *judge) result(c Search, nums []uint32, found map[uint32]bool) {
	v := j.c.View
	q := query{j.s, v, c.Charset}
	all := SearchKey{Key: "(", Keys: c.Keys}
	for i, m := range v.Msgs {
		n := uint32(i) + 1
		if c.UID {
			n = m.UID
		}
		got, want := found[n], q.match(all, i)
		if n == 0 || want == Maybe || got == (want == Yes) {
			continue
		}
		cause, part, sure := j.searchCause(c, q, i, got)
		if !sure {
			continue
		}
		if by := m.copied; !got && part == "ALL" && by.Rule != nil { // which any message matches
			cause, part = Cause{ruleCopy, by.Command, by.State}, ""
		}
		in, out := "in", "not in"
		if !got {
			in, out = out, in
		}
		j.reportBy(cause, fmt.Sprintf("message %d is %s the result %v", i+1, in, nums), fmt.Sprintf("message %d %s the result", i+1, out))
		j.out[len(j.out)-1].Part = part
		return
	}
}

// odd reports whether a text of the search is none in its charset: octets above
// 127 without one or in US-ASCII, or what is not UTF-8.
func (c Search) odd() bool {
	var in func(keys []SearchKey) bool
	in = func(keys []SearchKey) bool {
		return slices.ContainsFunc(keys, func(k SearchKey) bool {
			return in(k.Keys) || slices.ContainsFunc(k.Args, func(a AString) bool {
				return eightBit(a.S) && (!strings.EqualFold(c.Charset, "UTF-8") || strings.ToValidUTF8(a.S, "") != a.S)
			})
		})
	}
	return in(c.Keys)
}

// sets reports whether there is a set of numbers among the keys of the search.
func (c Search) sets() bool {
	var in func(keys []SearchKey) bool
	in = func(keys []SearchKey) bool {
		return slices.ContainsFunc(keys, func(k SearchKey) bool { return k.Key == "" || k.Key == "UID" || in(k.Keys) })
	}
	return in(c.Keys)
}

// charset judges the refusal of a SEARCH with a charset.
func (j *judge) charset(c Search) {
	tagged := j.x.Tagged()
	bad := tagged != nil && tagged.Code != nil && tagged.Code.Name == "BADCHARSET"
	switch {
	case strings.EqualFold(c.Charset, "US-ASCII") && (j.outcome == BAD && !c.sets() || bad):
		j.report(ruleASCII, j.shown(), "OK")
	case j.outcome == BAD && c.sets():
		j.notBad() // perhaps not for the charset
	case j.outcome == BAD:
		j.report(ruleCharset, j.shown(), "OK or NO")
	case j.outcome == NO && strings.HasPrefix(c.Charset, "X-") && !bad:
		j.report(ruleCharsetCode, j.shown(), "NO [BADCHARSET]")
	}
}

// searchCause is what to blame for message i, from 0, being in the result or
// not: the search, or an earlier command, if the answer hangs on a fact that may
// be wrong. It is not sure if it can be either.
func (j *judge) searchCause(c Search, q query, i int, got bool) (cause Cause, part string, sure bool) {
	v := q.v
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
	if m.Flags = (Flags{Vague: true}); m.flagCause(cause) != cause && q.match(all, i) == Maybe {
		// Whether a STORE in an examined mailbox was of the keyword is not known: FETCH tells.
		return m.FlagsBy, "", part != "" && !(m.FlagsBy.Rule == ruleReadOnly && strings.HasSuffix(part, "KEYWORD"))
	}
	m.Flags = flags
	if m.DateBy = (Cause{}); date.Rule != nil && date.Rule.Level == SHOULD && q.match(all, i) == Maybe {
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
func (q query) match(k SearchKey, i int) Tri {
	v := q.v
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
			t = and(t, q.match(sub, i))
		}
		return t
	case "NOT":
		return not(q.match(k.Keys[0], i))
	case "OR":
		return or(q.match(k.Keys[0], i), q.match(k.Keys[1], i))
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
	case "KEYWORD", "UNKEYWORD":
		if strings.HasPrefix(k.Args[0].S, "$") {
			return Maybe // those are the server's own affair
		}
		if k.Key == "KEYWORD" {
			return m.Flags.Has(k.Args[0].S)
		}
		return not(m.Flags.Has(k.Args[0].S))
	case "LARGER", "SMALLER":
		n, err := strconv.Atoi(k.Args[0].S)
		if m.NoBody || m.altered() || err != nil {
			return Maybe
		}
		if k.Key == "LARGER" {
			return known(len(m.Body) > n)
		}
		return known(len(m.Body) < n)
	case "BEFORE", "ON", "SINCE":
		return m.matchDate(k.Key, k.Args[0].S)
	case "SENTBEFORE", "SENTON", "SENTSINCE":
		return m.matchSent(strings.TrimPrefix(k.Key, "SENT"), k.Args[0].S)
	case "RECENT":
		return q.matchRecent(m)
	case "OLD":
		return not(q.matchRecent(m))
	case "NEW":
		return and(q.matchRecent(m), not(m.Flags.Has(`\seen`)))
	case "HEADER":
		return q.matchText(m, k.Key, k.Args[0].S, k.Args[1].S)
	case "BCC", "BODY", "CC", "FROM", "SUBJECT", "TEXT", "TO":
		return q.matchText(m, k.Key, "", k.Args[0].S)
	}
	return Maybe
}

// matchText is what is known of a text in a message that was built from a tree.
// What a server makes of a text in another charset is not known.
func (q query) matchText(m *Msg, key, field, text string) Tri {
	tree := m.built()
	utf8 := strings.EqualFold(q.charset, "UTF-8")
	if tree == nil || !utf8 && q.charset != "" && !strings.EqualFold(q.charset, "US-ASCII") {
		return Maybe
	}
	switch must, may := tree.Match(key, field, text, utf8); {
	case must:
		return Yes
	case !may:
		return No
	}
	return Maybe
}

// matchRecent is what is known of \Recent, which is another in each session
// (section 2.3.2). Where the client has tried to set it, what it may do to the flag
// is not known.
func (q query) matchRecent(m *Msg) Tri {
	if recent, shown := q.v.recent[m]; shown && !q.s.recent {
		return known(recent)
	}
	return Maybe
}

// matchSent compares the day of the Date field, without regard to its zone.
func (m *Msg) matchSent(key, arg string) Tri {
	day, err := time.Parse("_2-Jan-2006", arg)
	tree := m.built()
	if err != nil || tree == nil {
		return Maybe
	}
	y, mon, d, ok := tree.SentDate()
	if !ok {
		return Maybe // section 6.4.4 does not say what a message without it matches
	}
	return known(compareDay(time.Date(y, time.Month(mon), d, 0, 0, 0, 0, time.UTC), key, day))
}

// compareDay reports whether a day is BEFORE, ON or SINCE another.
func compareDay(t time.Time, key string, day time.Time) bool {
	switch c := t.Compare(day); key {
	case "BEFORE":
		return c < 0
	case "ON":
		return c == 0
	default:
		return c >= 0
	}
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
		return compareDay(time.Date(y, mon, d, 0, 0, 0, 0, time.UTC), key, day)
	}
	west, here, east := compare(m.Date.Add(-14*time.Hour)), compare(m.Date), compare(m.Date.Add(14*time.Hour))
	if west == here && here == east {
		return known(here)
	}
	return Maybe
}
