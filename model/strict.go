package model

import (
	"slices"
	"strings"
)

var ruleStrict = rule("strict-syntax", "2.2.2", SHOULD,
	"A command with a syntax error is rejected, and answered BAD.")

// grammars are the capabilities that add to the grammar of commands of RFC 3501,
// and which these are.
var grammars = map[string]string{
	"ANNOTATE-EXPERIMENT-1": "SELECT EXAMINE FETCH STORE SEARCH APPEND", // RFC 5257
	"APPENDLIMIT":           "STATUS",                                   // RFC 7889
	"BINARY":                "FETCH APPEND",                             // RFC 3516
	"CATENATE":              "APPEND",                                   // RFC 4469
	"CONDSTORE":             "SELECT EXAMINE FETCH STORE SEARCH STATUS",
	"CONTEXT=SEARCH":        "SEARCH", // RFC 5267
	"CREATE-SPECIAL-USE":    "CREATE", // RFC 6154
	"ESEARCH":               "SEARCH", // RFC 4731
	"FILTERS":               "SEARCH", // RFC 5466
	"IMAP4REV2":             "SELECT EXAMINE CREATE LIST STATUS APPEND FETCH STORE COPY SEARCH AUTHENTICATE",
	"LIST-EXTENDED":         "LIST", // RFC 5258
	"LIST-METADATA":         "LIST", // RFC 9590
	"LIST-MYRIGHTS":         "LIST", // RFC 8440
	"LIST-STATUS":           "LIST", // RFC 5819
	"MULTIAPPEND":           "APPEND",
	"OBJECTID":              "FETCH SEARCH STATUS", // RFC 8474
	"PARTIAL":               "FETCH SEARCH",        // RFC 9394
	"PREVIEW":               "FETCH",               // RFC 8970
	"QRESYNC":               "SELECT EXAMINE FETCH STORE SEARCH STATUS",
	"QUOTASET":              "STATUS",       // RFC 9208
	"SASL-IR":               "AUTHENTICATE", // RFC 4959
	"SAVEDATE":              "FETCH SEARCH", // RFC 8514
	"SEARCH=FUZZY":          "SEARCH",       // RFC 6203
	"SEARCHRES":             "FETCH STORE COPY SEARCH",
	"SNIPPET=FUZZY":         "FETCH",
	"SPECIAL-USE":           "LIST CREATE",
	"STATUS=SIZE":           "STATUS", // RFC 8438
	"UIDONLY":               "SELECT EXAMINE FETCH",
	"URL-PARTIAL":           "APPEND",
	"URLAUTH":               "APPEND",
	"UTF8=ACCEPT":           "APPEND", // RFC 6855
	"UTF8=ONLY":             "APPEND",
	"WITHIN":                "SEARCH", // RFC 5032
	"X-GM-EXT-1":            "FETCH STORE SEARCH",
}

// strict judges the answer to malformed input. Which command the input
// resembles is no other bug: the violation is of its flaw.
func (j *judge) strict(c Raw) {
	flaw := c.Flaw()
	switch {
	case j.outcome != OK && j.outcome != NO:
		return
	case flaw == "no-command":
	case !slices.Contains(CommandNames, j.name) || !Valid(j.name, j.phase):
		return // a command of its own, or one that is refused for another reason
	case flaw != "open-quote" && j.extended():
		return
	case eightBit(c.Bytes) && j.unicode():
		return // RFC 6855 has it in quoted strings
	case strings.Contains(strings.ToUpper(c.Bytes), `\RECENT`):
		return // section 9 has it among the flags that an extension may define
	}
	if j.outcome == NO && !j.strictlyNo(c) {
		return
	}
	j.report(ruleStrict, j.shown(), "BAD: the command is malformed")
}

// strictlyNo reports whether nothing else than the syntax can have been the
// reason of a NO.
func (j *judge) strictlyNo(c Raw) bool {
	if r := j.x.Tagged(); r.Code != nil || j.bye() {
		return false
	}
	switch j.base() {
	case "STARTTLS", "AUTHENTICATE", "LOGIN":
		return false // not offered, or not to this client
	case "APPEND":
		return false // the message may be refused before what follows it is read
	case "SEARCH":
		return !strings.Contains(strings.ToUpper(c.Bytes), "CHARSET")
	}
	v := j.c.View
	return v == nil || !v.ReadOnly && !v.Orphan && !v.Shared
}

// extended reports whether the server has, or may have, a capability that adds
// to the grammar of the command.
func (j *judge) extended() bool {
	name := j.base()
	if name == "AUTHENTICATE" && j.c.caps == nil {
		return true // what is advertised after login need not be all
	}
	adds := func(capability string) bool {
		commands, ok := grammars[strings.ToUpper(capability)]
		return ok && slices.Contains(strings.Fields(commands), name)
	}
	return slices.ContainsFunc(j.m.Profile.Caps, adds) || slices.ContainsFunc(j.c.caps, adds)
}

// unicode reports whether the server advertises that mailbox names may be UTF-8.
func (j *judge) unicode() bool {
	for _, c := range []string{"IMAP4REV2", "UTF8=ACCEPT", "UTF8=ONLY"} {
		if j.m.Profile.Has(c) || containsFold(j.c.caps, c) {
			return true
		}
	}
	return false
}
