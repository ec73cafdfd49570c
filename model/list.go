package model

import (
	"slices"
	"strings"
)

var (
	ruleListMatches = rule("list-matches", "6.3.8", MUST,
		"The names in LIST responses match the pattern.", "LIST")
	ruleListLevels = rule("list-percent-levels", "6.3.8", SHOULD,
		"A pattern that ends in % also returns the matching levels of hierarchy.", "LIST")
	ruleListDelimiter = rule("list-delimiter", "6.3.8", MUST,
		"LIST with an empty pattern returns the hierarchy delimiter.", "LIST")
	ruleLSubMatches = rule("lsub-matches", "6.3.9", MUST,
		"The names in LSUB responses match the pattern.", "LSUB")
	ruleLSubPercent = rule("lsub-percent", "6.3.9", MUST,
		"LSUB with % returns the superior of a subscribed name, with \\Noselect if it is not subscribed itself.", "LSUB")
)

// wildcards takes the wildcards out of a pattern.
var wildcards = strings.NewReplacer("*", "", "%", "")

// mostNames bounds the names of an answer that are compared with those known.
const mostNames = 500

// list judges LIST and LSUB (sections 6.3.8 and 6.3.9). How a reference is
// interpreted is the server's affair, so names are judged by an empty one only.
func (j *judge) list(c List) {
	list := j.listResponses(c)
	j.octets(list)
	j.delimiters(list)
	if c.Verb == "LIST" { // a name may be subscribed that is not there
		j.inferiors(list)
	}
	if utf7Flaw(c.Pattern.S) == "" && !eightBit(c.Pattern.S) {
		j.usable(c.Ref.S, false)
	}
	if c.Ref.S != "" {
		j.reference(c, list)
	}
	if plainName(wildcards.Replace(c.Pattern.S+"x")) && c.Ref.S == "" {
		j.notBad()
	}
	if j.outcome != OK || c.Ref.S != "" {
		return
	}
	lsub := c.Verb == "LSUB"
	shown := map[string]ListData{}
	for _, d := range list {
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
		if !returnable(c.Pattern.S, name, delim) {
			j.report(matches, c.Verb+" response for "+d.Name, "names that match "+c.Pattern.S)
		}
	}
	if j.s.Vague || len(shown) > mostNames {
		return
	}
	switch {
	case lsub:
		j.subscriptions(c.Pattern.S, shown)
	case !j.s.namesElsewhere(j.c):
		j.names(c.Pattern.S, c.Pattern.Legal().Form == Literal, shown)
	}
}

// returnable reports whether a name, shown with or without a delimiter at its
// end, may answer a pattern. INBOX has no case (section 5.1). The form that the pattern
// is interpreted into (section 6.3.8) may have no delimiter at its beginning.
func returnable(pattern, name, delim string) bool {
	pattern, name = strings.ToUpper(pattern), strings.ToUpper(name)
	for _, p := range []string{pattern, strings.TrimPrefix(pattern, delim)} {
		if matchPattern(p, name, delim) || matchPattern(p, name+delim, delim) {
			return true
		}
	}
	return false
}

// lookUp is what was shown for a name, in whatever case the server keeps it
// (section 5.1).
func lookUp(shown map[string]ListData, name string) (ListData, bool) {
	if d, ok := shown[name]; ok {
		return d, true
	}
	for _, other := range sortedNames(shown) {
		if strings.EqualFold(other, name) {
			return shown[other], true
		}
	}
	return ListData{}, false
}

// names compares the answer to LIST with the names known. literal says that the
// pattern was sent as one.
func (j *judge) names(pattern string, literal bool, shown map[string]ListData) {
	delim := j.m.Profile.Delim
	for _, name := range sortedNames(shown) { // the server has names of its own
		if n := j.s.name(name); n.Exists == No && n.ExistsBy.Rule == nil {
			n.Exists = Maybe
		}
	}
	if literal && len(shown) == 0 {
		// Another pattern may have been read: nothing is said of what names there are.
		if n := j.s.Names["INBOX"]; n != nil && n.Exists == Yes && n.ExistsBy.Rule == ruleInbox && matchPattern(pattern, "INBOX", delim) {
			j.reportBy(n.ExistsBy, "no LIST response for INBOX", "INBOX in the answer to LIST: the mailbox exists")
		}
		return
	}
	for _, name := range j.s.sorted() {
		n := j.s.Names[name]
		d, listed := lookUp(shown, name)
		noselect := containsFold(d.Attrs, `\Noselect`) || containsFold(d.Attrs, `\NonExistent`)
		_, exactly := shown[name] // in another case it may be another name
		other, recased := j.recased(name, shown)
		switch {
		case n.Exists == Yes && recased:
			j.reportBy(Cause{ruleUTF7Kept, n.ExistsBy.Command, n.ExistsBy.State}, "a LIST response for "+other, name+", as it was created")
			n.doubt()
		case n.Exists == No && n.ExistsBy.Rule == ruleDelete && selectable(shown, name) && j.s.below(j.m, name) != "":
			j.reportBy(Cause{ruleListNoselect, n.ExistsBy.Command, n.ExistsBy.State}, "a LIST response for "+name+` without \Noselect`,
				`\Noselect: it was deleted, and is a superior of `+j.s.below(j.m, name))
			n.Exists = Maybe
		case n.Exists == Yes && (!listed || noselect) && plainName(name) && matchPattern(pattern, name, delim):
			got, cause := "no LIST response for "+name, n.ExistsBy
			if noselect {
				got = name + ` with \Noselect`
				if cause.Rule == ruleStatus && cause.Command != "STATUS" { // it was selected
					cause.Rule = ruleNoselect
				}
			}
			j.reportBy(cause, got, name+" in the answer to LIST: the mailbox exists")
			n.doubt()
		case n.Exists == No && n.ExistsBy.Rule != nil && exactly && !noselect && !j.s.level(j.m, name):
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
		for p := parent(name, delim); p != ""; p = parent(p, delim) {
			if _, ok := lookUp(shown, p); !ok && matchPattern(pattern, p, delim) {
				j.report(ruleListLevels, "no LIST response for "+p, p+" in the answer: it is a superior of "+name)
				return
			}
		}
	}
}

// doubt says that there may be no mailbox of this name. A view of one may be of
// another than the name's from here on.
func (n *Name) doubt() {
	if n.Box != nil {
		n.Box.Vague = true
	}
	n.Exists, n.Box = Maybe, nil
}

// subscriptions compares the answer to LSUB with the subscriptions known.
func (j *judge) subscriptions(pattern string, shown map[string]ListData) {
	delim := j.m.Profile.Delim
	for _, name := range j.s.sorted() {
		n := j.s.Names[name]
		d, listed := lookUp(shown, name)
		switch {
		case n.hidden() && n.SubscribedBy.Rule == ruleDeleteSubscription:
			// It has to be there again once there is a mailbox of that name.
			if n.Subscribed == Yes && !listed && !n.missed && plainName(name) && matchPattern(pattern, name, delim) {
				by := n.SubscribedBy
				by.Rule, n.missed = ruleLSubDeleted, true
				j.reportBy(by, "no LSUB response for "+name, name+" in the answer: it is subscribed")
			}
		case n.Subscribed == Yes && !listed && plainName(name) && matchPattern(pattern, name, delim):
			j.reportBy(n.SubscribedBy, "no LSUB response for "+name, name+" in the answer: it is subscribed")
			n.Subscribed = Maybe
		case n.Subscribed == No && listed && !strings.Contains(pattern, "%") && !j.stands(name, d):
			j.reportBy(n.SubscribedBy, "an LSUB response for "+name, "none: it is not subscribed")
			n.Subscribed = Maybe
		}
	}
	if !strings.HasSuffix(pattern, "%") {
		return
	}
	for _, name := range j.s.sorted() {
		n := j.s.Names[name]
		if n.Subscribed != Yes || n.hidden() || !plainName(name) || matchPattern(pattern, name, delim) {
			continue
		}
		for p := parent(name, delim); p != ""; p = parent(p, delim) {
			if matchPattern(pattern, p, delim) && !j.superior(p, name, shown) {
				return
			}
		}
	}
}

// stands reports whether the answer to LSUB may have a name only for those below it, as it
// has to where "%" is asked for: that says of no name that it is subscribed.
func (j *judge) stands(name string, d ListData) bool {
	return containsFold(d.Attrs, `\Noselect`) && slices.ContainsFunc(j.s.sorted(), func(other string) bool {
		return j.s.Names[other].Subscribed != No && inferior(other, name, j.m.Profile.Delim)
	})
}

// hidden reports whether the mailbox of a subscribed name has gone, so that LSUB
// may leave out the name: it returns a subset of those that are subscribed.
func (n *Name) hidden() bool {
	r := n.SubscribedBy.Rule
	return n.Exists != Yes && (r == ruleDeleteSubscription || r == ruleRenameSubscription)
}

// superior judges what LSUB shows for a superior of a subscribed name, and
// reports whether that is right.
func (j *judge) superior(p, name string, shown map[string]ListData) bool {
	d, listed := lookUp(shown, p)
	switch n := j.s.Names[p]; {
	case !listed:
		j.report(ruleLSubPercent, "no LSUB response for "+p, "* LSUB (\\Noselect) for "+p+": "+name+" is subscribed")
		return false
	case n != nil && n.Subscribed == No && !containsFold(d.Attrs, `\Noselect`):
		j.report(ruleLSubPercent, "LSUB response for "+p+` without \Noselect`, `\Noselect: `+p+" is not subscribed")
		return false
	}
	return true
}

func sortedNames(shown map[string]ListData) []string {
	names := make([]string, 0, len(shown))
	for n := range shown {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
