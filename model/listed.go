package model

import (
	"maps"
	"strings"
)

var (
	ruleDelimiters = rule("one-delimiter", "7.2.2", MUST,
		"All names below one top level of hierarchy have the same delimiter.", "LIST", "LSUB")
	ruleListNoselect = rule("list-noselect", "6.3.4", MUST,
		"A name that was deleted and has inferior names is listed with \\Noselect.", "LIST", "DELETE")
	ruleListRoot = rule("list-root", "6.3.8", MUST,
		"LIST with an empty pattern returns the hierarchy delimiter whatever the reference.", "LIST")
	ruleReference = rule("list-reference", "6.3.8", SHOULD,
		"What of the reference is in the names of LIST responses is their beginning.", "LIST", "LSUB")
	ruleNoinferiors = rule("noinferiors", "7.2.2", MUST,
		"A name with \\Noinferiors has no names below it.", "LIST")
	ruleNoselect = rule("noselect-selected", "7.2.2", MUST,
		"A name that LIST has shown with \\Noselect cannot be selected.", "SELECT", "EXAMINE")
	ruleListed = rule("listed-name-valid", "7.2.2", MUST,
		"A name that LIST has shown is valid as a reference and, unless it is \\Noselect, as the argument of SELECT.",
		"SELECT", "EXAMINE", "LIST", "LSUB")
)

// listResponses are the responses of a LIST or LSUB. What LIST has shown is
// remembered.
func (j *judge) listResponses(c List) []ListData {
	var list []ListData
	for i := range j.x.Reply.Responses {
		r := &j.x.Reply.Responses[i]
		if d, ok := r.Data.(ListData); ok && r.Syntax == nil && d.LSub == (c.Verb == "LSUB") {
			list = append(list, d)
		}
	}
	if c.Verb == "LIST" && c.Pattern.S != "" && len(list) > 0 {
		j.s.listed = maps.Clone(j.s.listed)
		if j.s.listed == nil {
			j.s.listed = map[string][]string{}
		}
		for _, d := range list {
			j.s.listed[d.Name] = d.Attrs
		}
	}
	return list
}

// usable reports BAD as the answer to a command whose argument is a name that
// LIST has shown, as it was spelled there.
func (j *judge) usable(name string, selects bool) {
	attrs, listed := j.s.listed[name]
	if !listed || j.outcome != BAD || j.bye() || j.s.Vague || j.s.namesElsewhere(j.c) {
		return
	}
	if selects && (containsFold(attrs, `\Noselect`) || containsFold(attrs, `\NonExistent`)) {
		return
	}
	j.report(ruleListed, j.shown(), "OK or NO: LIST has shown "+clip(name))
}

// delimiters judges that names below one top level have one delimiter.
func (j *judge) delimiters(list []ListData) {
	tops := map[string]ListData{}
	for _, d := range list {
		top, _, below := strings.Cut(d.Name, d.Delim)
		if d.Delim == "" || !below || top == "" {
			continue // NIL, or a name at the top
		}
		other, seen := tops[FoldInbox(top)]
		if seen && other.Delim != d.Delim {
			j.report(ruleDelimiters, d.Name+` with the delimiter "`+d.Delim+`"`, `"`+other.Delim+`", that of `+other.Name)
			return
		}
		tops[FoldInbox(top)] = d
	}
}

// inferiors judges that no name is listed below one with \Noinferiors.
func (j *judge) inferiors(list []ListData) {
	barren := map[string]bool{}
	for _, d := range list {
		if containsFold(d.Attrs, `\Noinferiors`) {
			barren[d.Name] = true
		}
	}
	for _, d := range list {
		for p := parent(d.Name, d.Delim); p != "" && len(barren) > 0; p = parent(p, d.Delim) {
			if barren[p] && !containsFold(d.Attrs, `\NonExistent`) {
				j.report(ruleNoinferiors, p+` with \Noinferiors, and `+d.Name, "no name below it, or no such attribute")
				return
			}
		}
	}
}

// noselect judges that a mailbox which was selected is none that LIST has shown
// with \Noselect.
func (j *judge) noselect(name string) {
	if containsFold(j.s.listed[name], `\Noselect`) && !j.s.Vague && !j.s.namesElsewhere(j.c) {
		j.report(ruleNoselect, j.name+" "+name+": OK", "NO: LIST has shown it with \\Noselect")
	}
}

// reference judges the answer to a LIST or LSUB with a reference.
func (j *judge) reference(c List, list []ListData) {
	if j.outcome != OK {
		return
	}
	if c.Pattern.S == "" {
		if len(list) == 0 && c.Verb == "LIST" {
			j.report(ruleListRoot, "OK without a LIST response", `the hierarchy delimiter, as in * LIST (\Noselect) "`+j.m.Profile.Delim+`" ""`)
		}
		return
	}
	// A server that takes no part of the reference is free to. One that puts
	// something before it hides from the client where a name is.
	ref, delim := c.Ref.S, j.m.Profile.Delim
	if delim == "" || !strings.HasSuffix(ref, delim) || !plainName(strings.TrimSuffix(ref, delim)) ||
		!plainName(wildcards.Replace(c.Pattern.S+"x")) {
		return
	}
	for _, d := range list {
		if j.s.Names[FoldInbox(d.Name)] != nil || !strings.Contains(d.Name, delim+ref) {
			return
		}
	}
	if len(list) > 0 {
		j.report(ruleReference, c.Verb+" response for "+list[0].Name, ref+" at the beginning of the name")
	}
}

// selectable reports whether a name was shown, just so, as that of a mailbox.
func selectable(shown map[string]ListData, name string) bool {
	d, ok := shown[name]
	return ok && !containsFold(d.Attrs, `\Noselect`) && !containsFold(d.Attrs, `\NonExistent`)
}

// recased is the name that was shown in the place of one whose BASE64 has other
// letters (section 5.1.3).
func (j *judge) recased(name string, shown map[string]ListData) (string, bool) {
	if !strings.Contains(name, "&") {
		return "", false
	}
	if _, ok := shown[name]; ok {
		return "", false
	}
	for _, other := range sortedNames(shown) {
		n := j.s.Names[other]
		if sameButShifts(name, other) && (n == nil || n.Exists != Yes && !n.Created && n.ExistsBy.Rule == nil) {
			return other, true
		}
	}
	return "", false
}
