package model

import (
	"slices"
	"strings"
)

var (
	ruleFlagExtension = rule("flag-extension", "9", MUST,
		"Flags that begin with \\ are those of section 2.3.2: no standard has defined others.")
	ruleBodyExtension = rule("body-extension", "9", MUST,
		"BODYSTRUCTURE ends with the body location: no standard has defined further extension data.", "FETCH")
	ruleRFC1730 = rule("imap4-first", "9", MUST,
		"A server that also offers IMAP4 (RFC 1730) lists that capability first.")
	ruleCodePrefix = rule("code-prefixed", "7.1", SHOULD,
		"A response code that is not registered begins with X.")
)

// vocabulary reports what the formal syntax leaves to future standards and no
// standard has defined, once an exchange.
func (j *judge) vocabulary() {
	var reported []*Rule
	report := func(r *Rule, got, want string) {
		if !slices.Contains(reported, r) {
			reported = append(reported, r)
			j.reportBy(Cause{r, j.base(), j.phase}, got, want) // of malformed input, too
		}
	}
	for i := range j.x.Reply.Responses {
		r := &j.x.Reply.Responses[i]
		if r.Syntax != nil {
			continue
		}
		var flags, caps []string
		switch d := r.Data.(type) {
		case FlagsData:
			flags = d.Flags
		case CapabilityData:
			caps = d.Caps
		case FetchData:
			for k := range d.Atts {
				a := &d.Atts[k]
				if a.Name == "FLAGS" {
					flags = a.Flags
				}
				if a.Name == "BODYSTRUCTURE" && bodyExtended(a.Raw) {
					report(ruleBodyExtension, clipRaw(r.Raw), "nothing behind the body location")
				}
			}
		}
		if c := r.Code; c != nil {
			switch c.Name {
			case "PERMANENTFLAGS":
				flags = c.List
			case "CAPABILITY":
				caps = c.List
			}
			if !registered(c.Name) {
				report(ruleCodePrefix, r.Raw, "X"+c.Name+", or a registered code")
			}
		}
		for _, f := range flags {
			if !j.s.odd && strings.HasPrefix(f, `\`) && f != `\*` && !strings.EqualFold(f, `\Recent`) && !isSystem(f) {
				report(ruleFlagExtension, clipRaw(r.Raw), "no flag "+f)
			}
		}
		for k, c := range caps {
			if k > 0 && strings.EqualFold(c, "IMAP4") {
				report(ruleRFC1730, r.Raw, "IMAP4 before "+caps[0])
			}
		}
	}
}

// oddFlags reports whether the client has sent a flag that begins with "\\" and is
// no system flag, or malformed input that a server may read so: it may come back.
func oddFlags(c Command) bool {
	odd := func(f string) bool { return strings.HasPrefix(f, `\`) && !isSystem(f) }
	switch c := c.(type) {
	case Store:
		return slices.ContainsFunc(c.Flags, odd)
	case Append:
		return slices.ContainsFunc(c.Flags, odd)
	case Raw:
		return strings.Contains(c.Bytes, `\`)
	}
	return false
}

// codes are the response codes of RFC 3501 and of the registry that RFC 5530
// began.
var codes = strings.Fields(`
		ALERT BADCHARSET CAPABILITY PARSE PERMANENTFLAGS READ-ONLY READ-WRITE TRYCREATE UIDNEXT UIDVALIDITY UNSEEN
		NEWNAME REFERRAL UNKNOWN-CTE APPENDUID COPYUID UIDNOTSTICKY BADURL TOOBIG URLMECH COMPRESSIONACTIVE
		UNAVAILABLE AUTHENTICATIONFAILED AUTHORIZATIONFAILED EXPIRED PRIVACYREQUIRED CONTACTADMIN NOPERM INUSE
		EXPUNGEISSUED CORRUPTION SERVERBUG CLIENTBUG CANNOT LIMIT OVERQUOTA ALREADYEXISTS NONEXISTENT
		HIGHESTMODSEQ NOMODSEQ MODIFIED CLOSED NOTSAVED BADCOMPARATOR ANNOTATE ANNOTATIONS
		TEMPFAIL MAXCONVERTMESSAGES MAXCONVERTPARTS NOUPDATE METADATA NOTIFICATIONOVERFLOW BADEVENT
		UNDEFINED-FILTER USEATTR DOWNGRADED HASCHILDREN MAILBOXID MESSAGELIMIT UIDREQUIRED INPROGRESS JMAPACCESS`)

// registered reports whether a response code is a standard one, or begins with X,
// or may be no code: section 9 lets a text begin with a bracket, and no standard
// code has other characters than letters and hyphens.
func registered(code string) bool {
	for i := 0; i < len(code); i++ {
		if c := code[i]; (c < 'A' || c > 'Z') && c != '-' {
			return true
		}
	}
	return slices.Contains(codes, code) || strings.HasPrefix(code, "X")
}
