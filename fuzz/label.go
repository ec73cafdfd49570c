package fuzz

import (
	"slices"
	"strconv"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/message"
)

// Judgement is what the model says of a difference.
type Judgement uint8

// The judgements. Unknown is that of a difference which the model cannot judge: its
// knowledge was vague there.
const (
	Wrong Judgement = iota + 1 // one side breaks a rule
	Unknown
	Freedom // both sides may do so
)

// String is the word for it in reports.
func (j Judgement) String() string {
	switch j {
	case Wrong:
		return "violation"
	case Unknown:
		return "unknown"
	case Freedom:
		return "freedom"
	}
	return "Judgement(?)"
}

// Label is the judgement of a difference.
type Label struct {
	Judgement
	// Violation is that of the side that is wrong; nil if neither is known to be.
	// OfB says that it is the second server.
	Violation *model.Violation
	OfB       bool
	// Clause is where the RFC leaves the choice to the server, "" if it is not
	// one place.
	Clause string
}

func (l Label) side() string {
	if l.OfB {
		return "B"
	}
	return "A"
}

// labelOf judges a difference by what was judged of both sides at that step. f is
// one of the facts that differ, nil if none do.
func labelOf(d Difference, f *Fact, a, b *moment, level model.Level) Label {
	wrong, ofB := guilty(d.Kind, a, b, level), false
	if w := guilty(d.Kind, b, a, level); w != nil && (wrong == nil || w.Rule.Level < wrong.Rule.Level) {
		wrong, ofB = w, true
	}
	if wrong != nil {
		return Label{Judgement: Wrong, Violation: wrong, OfB: ofB}
	}
	known := a.stays && b.stays
	switch {
	case strings.HasPrefix(d.Kind, "outcome-") && strings.HasPrefix(d.Command, "malformed:"):
		known = a.known && b.known // what the server made of it cannot be known then
	case d.Kind == "close": // which is for a server to do if it gives a reason
		known = a.known && b.known && (a.End == model.Open || a.bye) && (b.End == model.Open || b.bye)
	case d.Kind == "silent", d.Kind == "flooded", d.Kind == "starttls":
		known = false
	}
	for _, mo := range []*moment{a, b} {
		known = known && (f == nil || free(f.Kind) && mo.settled(f))
		for _, v := range slices.Concat(mo.before, mo.broken) { // of which it may be a consequence
			known = known && (v.Rule.Level > level || !explains(v, d.Kind, mo.Outcome))
		}
	}
	if !known {
		return Label{Judgement: Unknown}
	}
	return Label{Judgement: Freedom, Clause: clauseOf(d)}
}

// free reports whether there can be more than one right answer. Where there is
// but one, and neither side is known to be wrong, the model does not know it.
func free(kind string) bool {
	switch kind {
	case "EXISTS", "EXPUNGE", "FETCH-UID", "FETCH-RFC822.SIZE", "FETCH-INTERNALDATE":
		return false
	}
	return !strings.HasPrefix(kind, "SEARCH") && !strings.HasPrefix(kind, "STATUS-")
}

// settled reports whether the model knew the message enough to hold an item of a
// FETCH response against it.
func (mo *moment) settled(f *Fact) bool {
	if !strings.HasPrefix(f.Kind, "FETCH-") {
		return true
	}
	number, item, _ := strings.Cut(f.About, " ")
	item, _, _ = strings.Cut(item, "<")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(mo.held) {
		return false
	}
	h := mo.held[n-1]
	if item == "FLAGS" {
		return !h.vague
	}
	tree := message.Find(h.body)
	switch {
	case tree == nil || strings.ContainsFunc(h.body, func(r rune) bool { return r > 127 }): // a server may convert it
		return false
	case item == "ENVELOPE", item == "BODY", item == "BODYSTRUCTURE":
		return true
	}
	_, known := tree.Section(item)
	return known
}

// guilty is the gravest violation of one side that can be why the answers differ:
// one that the other side is not guilty of as well.
func guilty(kind string, side, other *moment, level model.Level) (worst *model.Violation) {
	for i := range side.broken {
		v := &side.broken[i]
		if v.Rule.Level > level || !explains(*v, kind, side.Outcome) || worst != nil && worst.Rule.Level <= v.Rule.Level {
			continue
		}
		common := false
		for _, w := range other.broken {
			common = common || w.Key() == v.Key()
		}
		if !common {
			worst = v
		}
	}
	return worst
}

// The kinds of differences that groups of rules are about.
var (
	aboutNothing = []string{} // of what is compared
	aboutOutcome = []string{"outcome-"}
	aboutEnd     = []string{"close", "silent", "flooded", "starttls", "outcome-"}
	aboutFlags   = []string{"data-FETCH-FLAGS", "data-STATUS-UNSEEN", "data-SEARCH", "data-EXPUNGE", "data-EXISTS", "data-STATUS-MESSAGES"}
	aboutCounts  = []string{"data-EXISTS", "data-EXPUNGE", "data-STATUS-MESSAGES", "data-STATUS-UNSEEN", "data-FETCH", "data-SEARCH", "data-RECENT"}
	aboutDates   = []string{"data-FETCH-INTERNALDATE", "data-SEARCH"}
	aboutRecent  = []string{"data-RECENT"}
	aboutAccess  = []string{"code-READ-ONLY", "code-READ-WRITE"}
	aboutList    = []string{"data-LIST"}
	aboutLSub    = []string{"data-LSUB"}
	aboutStatus  = []string{"data-STATUS", "data-RECENT"}
	aboutSearch  = []string{"data-SEARCH", "data-RECENT"}
)

// about are the kinds of differences that a rule is about, by their first words; a
// rule that is not here may be about any. It keeps a violation from being named as
// the reason of a difference that only came in the same answer.
var about = map[string][]string{
	"resp-text-empty": aboutNothing, "flags-list-system": aboutNothing, "flags-list-keywords": aboutNothing,
	"select-codes": aboutNothing, "permanentflags-listed": aboutNothing, "select-unseen": aboutNothing,
	"unseen-first": aboutNothing, "uidnext": aboutNothing, "uid-persists": aboutNothing, "uidvalidity-grows": aboutNothing,
	"uid-stable": aboutNothing, "uid-ascending": aboutNothing, "uid-fresh": aboutNothing,
	"capability-response": aboutNothing, "extension-unasked": aboutNothing, "x-unasked": aboutNothing,
	"code-prefixed": aboutNothing, "flag-extension": aboutNothing, "continuation-unasked": aboutNothing,
	"imap4-first": aboutNothing, "enable-keeps-capabilities": aboutNothing, "enable-response": aboutNothing,
	"enabled-asked": aboutNothing, "namespace-response": aboutNothing, "append-tells": aboutNothing,
	"size-told": aboutNothing, "flags-told": aboutNothing, "seen-shown": aboutNothing, "store-shows": aboutNothing,
	"auth-listed": aboutNothing, "auth-challenge-base64": aboutNothing, "one-delimiter": aboutNothing,
	"close-no-expunge": aboutNothing, "greeting": aboutNothing, "preauth-only-greets": aboutNothing,

	"always-succeeds": aboutOutcome, "state-gating": aboutOutcome, "valid-not-bad": aboutOutcome,
	"strict-syntax": aboutEnd, "logindisabled-refuses": aboutOutcome, "auth-cancel-bad": aboutOutcome,
	"auth-implemented": aboutOutcome, "auth-mechanism-no": aboutOutcome, "close-read-only-ok": aboutOutcome,
	"search-charset-no": aboutOutcome, "search-us-ascii": aboutOutcome, "uid-absent-ignored": aboutOutcome,
	"noselect-selected": aboutOutcome, "listed-name-valid": aboutOutcome, "mutf7-verified": aboutOutcome,
	"name-8bit-refused": aboutOutcome, "enable-ignores-unknown": aboutOutcome, "idle-continues": aboutEnd, "tag": aboutEnd,
	"bye-before-close": aboutEnd, "bye-closes": aboutEnd, "logout-bye": aboutEnd, "logout-closes": aboutEnd, "completes": aboutEnd,
	"starttls-negotiates": aboutEnd, "starttls-closes": aboutEnd, "starttls-once": aboutEnd,

	"envelope": {"data-FETCH-ENVELOPE"}, "size-is-octets": {"data-FETCH-RFC822.SIZE", "data-SEARCH"},
	"body-structure": {"data-FETCH-BODY", "data-FETCH-BODYSTRUCTURE"}, "body-extension": {"data-FETCH-BODYSTRUCTURE"},
	"section-octets": {"data-FETCH-BODY[", "data-FETCH-RFC822", "data-FETCH-RFC822.HEADER", "data-FETCH-RFC822.TEXT"},
	"origin-unasked": {"data-FETCH"}, "uid-implied": {"data-FETCH-UID"}, "fetch-answers": {"data-FETCH"}, "fetch-number": {"data-FETCH"},
	"date-kept": aboutDates, "append-date": aboutDates, "append-now": aboutDates, "copy-date": aboutDates,
	"append-flags": aboutFlags, "copy-flags": aboutFlags, "store-sets-flags": aboutFlags, "flags-kept": aboutFlags,
	"fetch-sets-seen": aboutFlags, "peek-keeps-seen": aboutFlags, "session-flags-end": aboutFlags,
	"recent-counts": aboutRecent, "recent-is-counted": aboutRecent, "recent-told": aboutRecent,
	"append-recent": aboutRecent, "copy-recent": aboutRecent, "status-keeps-recent": aboutRecent,
	"examine-keeps-recent": aboutRecent, "recent-unalterable": aboutRecent,
	"select-data": {"data-EXISTS", "data-RECENT"}, "exists-counts": aboutCounts, "exists-never-shrinks": aboutCounts,
	"expunge-number": aboutCounts, "expunge-when": aboutCounts, "uid-expunge-only-set": aboutCounts, "uid-expunge-removes": aboutCounts,

	"examine-read-only-code": aboutAccess, "select-read-write-code": aboutAccess,
	"trycreate": {"code-TRYCREATE"}, "trycreate-exists": {"code-TRYCREATE"}, "search-badcharset": {"code-BADCHARSET"},
	"uidplus-codes": {"code-APPENDUID", "code-COPYUID"}, "appenduid": {"code-APPENDUID"}, "copyuid": {"code-COPYUID"},

	"list-percent-levels": aboutList, "list-matches": aboutList, "list-noselect": aboutList, "noinferiors": aboutList,
	"list-delimiter": aboutList, "list-root": aboutList, "name-8bit-listed": {"data-LIST", "data-LSUB"},
	"list-reference": {"data-LIST-reference", "data-LSUB-reference"},
	"lsub-matches":   aboutLSub, "lsub-percent": aboutLSub, "subscribe-adds": aboutLSub, "unsubscribe-removes": aboutLSub,
	"delete-keeps-subscription": aboutLSub, "rename-keeps-subscription": aboutLSub,
	"status-answers": aboutStatus, "status-counts": aboutStatus, "status-most": aboutStatus,
	"search-matches": aboutSearch, "search-number": aboutSearch, "search-response": aboutSearch,
}

// explains reports whether a violation can be why the answers differ in that way.
// outcome is that of the side that is guilty of it.
func explains(v model.Violation, kind string, outcome model.Status) bool {
	if v.Rule.ID == "grammar" { // what was not read is missing
		data, ok := strings.CutPrefix(kind, "data-")
		if !ok {
			return outcome == model.NoStatus
		}
		data, _, _ = strings.Cut(data, "-")
		return strings.Contains(v.Got, " "+data+" ")
	}
	kinds, limited := about[v.Rule.ID]
	if !limited {
		return true
	}
	for _, k := range kinds {
		rest, ok := strings.CutPrefix(kind, k)
		if ok && (rest == "" || rest[0] == '-' || strings.HasSuffix(k, "-") || strings.HasSuffix(k, "[")) {
			return true
		}
	}
	return false
}

// clauseOf is where the RFC leaves to the server in what two of them differ.
func clauseOf(d Difference) string {
	refused := strings.HasPrefix(d.Kind, "outcome-NO-BAD") || strings.HasPrefix(d.Kind, "outcome-BAD-NO")
	switch {
	case strings.HasPrefix(d.Command, "malformed:") && strings.HasPrefix(d.Kind, "outcome-"):
		return "RFC 3501 2.2.1"
	case d.Command == notAllowed:
		return "RFC 3501 3"
	case refused:
		return "RFC 3501 7.1"
	case d.Kind == "data-RECENT":
		return "RFC 3501 2.3.2"
	case strings.HasSuffix(d.Kind, "-reference"):
		return "RFC 3501 6.3.8"
	case strings.HasSuffix(d.Kind, "-attributes"):
		return "RFC 3501 7.2.2"
	case d.Kind == "close":
		return "RFC 3501 3.4"
	case d.Kind == "data-FETCH-ENVELOPE", d.Kind == "data-FETCH-BODY", d.Kind == "data-FETCH-BODYSTRUCTURE":
		return "RFC 3501 7.4.2"
	}
	return ""
}
