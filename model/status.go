package model

import (
	"fmt"
	"slices"
	"strings"
)

// status judges STATUS (section 6.3.10).
func (j *judge) status(c StatusCmd) {
	name := FoldInbox(c.Box.S)
	if plainName(name) {
		j.notBad()
	}
	if j.outcome == NO {
		j.missing(name)
	}
	if j.outcome != OK {
		return
	}
	n := j.found(name)
	var got *StatusData
	raw := ""
	for i := range j.x.Reply.Responses {
		r := &j.x.Reply.Responses[i]
		if d, ok := r.Data.(StatusData); ok && FoldInbox(d.Name) == name {
			got, raw = &d, r.Raw
		}
	}
	if got == nil {
		j.report(ruleStatus, "OK without a STATUS response for "+name, "* STATUS "+name+" (...)")
		return
	}
	have := map[string]uint32{}
	for _, item := range got.Items {
		have[item.Name] = item.N
	}
	for _, item := range c.Items {
		if _, ok := have[item]; !ok {
			j.report(ruleStatus, raw, item+" among the items")
			return
		}
	}
	j.statusCounts(n, have, raw)
}

// statusCounts compares the numbers of a STATUS response with the store.
func (j *judge) statusCounts(n *Name, have map[string]uint32, raw string) {
	b := n.Box
	if v, ok := have["UIDVALIDITY"]; ok && !j.s.Vague {
		j.learnValidity(n, v)
	}
	if v := j.c.View; j.s.elsewhere(j.c, b) || v != nil && v.Box == b && (v.Shared || len(v.pending()) > 0) {
		return // of a selected mailbox, the server may tell what that session was told
	}
	if v, ok := have["UIDNEXT"]; ok {
		j.learnNext(b, v)
	}
	if b.Vague || j.s.Vague {
		return
	}
	if v, ok := have["MESSAGES"]; ok && int(v) != len(b.Msgs) {
		j.reportBy(b.By, raw, fmt.Sprintf("MESSAGES %d", len(b.Msgs)))
		b.Vague = true
		return
	}
	if v, ok := have["UNSEEN"]; ok {
		surely, perhaps := 0, 0
		for _, m := range b.Msgs {
			if m.doubtful() {
				return
			}
			switch m.Flags.Has(`\seen`) {
			case No:
				surely++
				perhaps++
			case Maybe:
				perhaps++
			}
		}
		if !j.s.readOnlyView(b) && (int(v) < surely || int(v) > perhaps) {
			cause := j.by(ruleStatusCounts)
			for _, m := range b.Msgs {
				cause = m.flagCause(cause)
			}
			if b.By.Rule == ruleCloseReadOnly {
				cause = b.By
			}
			j.reportBy(cause, raw, fmt.Sprintf("UNSEEN from %d to %d", surely, perhaps))
		}
	}
}

// readOnlyView reports whether a connection has the mailbox selected read-only
// and has touched flags there.
func (s *State) readOnlyView(b *Box) bool {
	for i := range s.Conns {
		if v := s.Conns[i].View; v != nil && v.Box == b && len(v.undo) > 0 {
			return true
		}
	}
	return false
}

var (
	ruleListMatches = rule("list-matches", "6.3.8", MUST,
		"The names in LIST responses match the pattern.")
	ruleListLevels = rule("list-percent-levels", "6.3.8", SHOULD,
		"A pattern that ends in % also returns the matching levels of hierarchy.")
	ruleListDelimiter = rule("list-delimiter", "6.3.8", MUST,
		"LIST with an empty pattern returns the hierarchy delimiter.")
	ruleLSubMatches = rule("lsub-matches", "6.3.9", MUST,
		"The names in LSUB responses match the pattern.")
	ruleLSubPercent = rule("lsub-percent", "6.3.9", MUST,
		"LSUB with % returns the superior of a subscribed name, with \\Noselect if it is not subscribed itself.")
)

// list judges LIST and LSUB (sections 6.3.8 and 6.3.9). How a reference is
// interpreted is the server's affair, so only an empty one is judged.
func (j *judge) list(c List) {
	if plainName(strings.NewReplacer("*", "", "%", "").Replace(c.Pattern.S+"x")) && c.Ref.S == "" {
		j.notBad()
	}
	if j.outcome != OK || c.Ref.S != "" {
		return
	}
	lsub := c.Verb == "LSUB"
	shown := map[string]ListData{}
	for _, r := range j.x.Reply.Responses {
		if d, ok := r.Data.(ListData); ok && d.LSub == lsub {
			if d.Delim != "" && d.Delim != j.m.Profile.Delim {
				j.s.Vague = true // what is below what was judged by another delimiter
				return
			}
			d.Name = FoldInbox(d.Name)
			if d.Delim != "" && c.Pattern.S != "" {
				d.Name = strings.TrimSuffix(d.Name, d.Delim)
			}
			shown[d.Name] = d
		}
	}
	delim := j.m.Profile.Delim
	if c.Pattern.S == "" {
		if !lsub && len(shown) == 0 {
			j.report(ruleListDelimiter, "OK without a LIST response", `* LIST (\Noselect) "`+delim+`" ""`)
		}
		return
	}
	matches := ruleListMatches
	if lsub {
		matches = ruleLSubMatches
	}
	for _, name := range sortedNames(shown) {
		d := shown[name]
		if !matchPattern(c.Pattern.S, name, delim) && !(name == "INBOX" && strings.EqualFold(c.Pattern.S, name)) {
			j.report(matches, c.Verb+" response for "+d.Name, "names that match "+c.Pattern.S)
		}
	}
	if j.s.Vague || j.s.namesElsewhere(j.c) {
		return
	}
	if lsub {
		j.subscriptions(c.Pattern.S, shown)
	} else {
		j.names(c.Pattern.S, shown)
	}
}

// names compares the answer to LIST with the names known.
func (j *judge) names(pattern string, shown map[string]ListData) {
	delim := j.m.Profile.Delim
	for _, name := range j.s.sorted() {
		n := j.s.Names[name]
		d, listed := shown[name]
		noselect := containsFold(d.Attrs, `\Noselect`) || containsFold(d.Attrs, `\NonExistent`)
		switch {
		case n.Exists == Yes && (!listed || noselect) && plainName(name) && matchPattern(pattern, name, delim):
			got := "no LIST response for " + name
			if noselect {
				got = name + ` with \Noselect`
			}
			j.reportBy(n.ExistsBy, got, name+" in the answer to LIST: the mailbox exists")
			n.Exists, n.Box = Maybe, nil
		case n.Exists == No && n.ExistsBy.Rule != nil && listed && !noselect && !j.s.level(j.m, name):
			j.reportBy(n.ExistsBy, "a LIST response for "+name, "none: there is no such mailbox")
			n.Exists = Maybe
		}
	}
	if !strings.HasSuffix(pattern, "%") {
		return
	}
	for _, name := range j.s.sorted() {
		if j.s.Names[name].Exists != Yes || !plainName(name) {
			continue
		}
		if p := parent(name, delim); p != "" && matchPattern(pattern, p, delim) {
			if _, ok := shown[p]; !ok {
				j.report(ruleListLevels, "no LIST response for "+p, p+" in the answer: it is a superior of "+name)
				return
			}
		}
	}
}

// subscriptions compares the answer to LSUB with the subscriptions known.
func (j *judge) subscriptions(pattern string, shown map[string]ListData) {
	delim := j.m.Profile.Delim
	for _, name := range j.s.sorted() {
		n := j.s.Names[name]
		_, listed := shown[name]
		switch {
		case n.Subscribed == Yes && !listed && plainName(name) && matchPattern(pattern, name, delim):
			j.reportBy(n.SubscribedBy, "no LSUB response for "+name, name+" in the answer: it is subscribed")
			n.Subscribed = Maybe
		case n.Subscribed == No && listed && !strings.Contains(pattern, "%"):
			j.reportBy(n.SubscribedBy, "an LSUB response for "+name, "none: it is not subscribed")
			n.Subscribed = Maybe
		}
	}
	if !strings.HasSuffix(pattern, "%") {
		return
	}
	for _, name := range j.s.sorted() {
		p := parent(name, delim)
		if j.s.Names[name].Subscribed != Yes || !plainName(name) || p == "" ||
			!matchPattern(pattern, p, delim) || matchPattern(pattern, name, delim) {
			continue
		}
		d, listed := shown[p]
		switch superior := j.s.Names[p]; {
		case !listed:
			j.report(ruleLSubPercent, "no LSUB response for "+p, "* LSUB (\\Noselect) for "+p+": "+name+" is subscribed")
			return
		case superior != nil && superior.Subscribed == No && !containsFold(d.Attrs, `\Noselect`):
			j.report(ruleLSubPercent, "LSUB response for "+p+` without \Noselect`, `\Noselect: `+p+" is not subscribed")
			return
		}
	}
}

// matchPattern reports whether a name matches a pattern of LIST: "*" stands
// for anything, "%" for anything but the delimiter (section 6.3.8). It takes
// time in proportion to the product of both lengths, whatever a server sends.
func matchPattern(pattern, name, delim string) bool {
	// at[i] says that the pattern up to now matches name[:i].
	at := make([]bool, len(name)+1)
	at[0] = true
	for p := 0; p < len(pattern); p++ {
		switch c := pattern[p]; c {
		case '*', '%':
			for i := range name {
				if at[i] && (c == '*' || delim == "" || !strings.HasPrefix(name[i:], delim)) {
					at[i+1] = true
				}
			}
		default:
			for i := len(name); i > 0; i-- {
				at[i] = at[i-1] && name[i-1] == c
			}
			at[0] = false
		}
	}
	return at[len(name)]
}

func sortedNames(shown map[string]ListData) []string {
	names := make([]string, 0, len(shown))
	for n := range shown {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
