package scenarios

import (
	"slices"
	"strings"
	"sync"

	"github.com/imapcheck/imapcheck/model"
)

// Family is the rules of one part of the protocol, and the scenarios that are about
// them.
type Family struct {
	Name      string // one word in lower case: part of the name of a test
	Text      string // what it is about, in a few words
	Rules     []*model.Rule
	Scenarios []Scenario
}

// families are how the ids of rules and the names of scenarios of each begin: with
// whole words. Where several match, the longest counts.
var families = []struct{ name, text, beginnings string }{
	{"grammar", "the octets of responses, response codes and texts",
		"grammar code-prefixed codes flag-extension resp-text-empty text-bracket"},
	{"dialogue", "greeting, tag, completion, continuation, BYE and LOGOUT",
		"always-succeeds bye completes continuation greeting logout preauth rfc3501-section-8 tag unasked-data untagged valid-not-bad"},
	{"states", "which commands each state allows, and the arrows between the states",
		"arrow extensions-out-of-state failed-select-deselects refused-out-of-state select-malformed-deselects state-gating"},
	{"login", "LOGIN, AUTHENTICATE, STARTTLS and LOGINDISABLED",
		"auth authenticate bye-at-login capabilities-at-login login logindisabled-refuses starttls"},
	{"extensions", "CAPABILITY, ENABLE, IDLE, NAMESPACE, and data of extensions that nobody asked for",
		"capability condstore enable enabled-asked experimental extension extensions greeting-capability idle " +
			"imap4-first literals-plus namespace objectid preauth-extensions qresync rfc2177 x-unasked"},
	{"malformed", "commands that break the grammar",
		"cut-off hang-up in-step malformed strict-syntax untagged-bad-for-malformed"},
	{"mailboxes", "CREATE, DELETE and RENAME, and the names of mailboxes",
		"create delete inbox-exists inferiors-of-inbox mutf7 name names noinferiors recreated-mailbox rename"},
	{"list", "LIST, LSUB, SUBSCRIBE and UNSUBSCRIBE",
		"delete-keeps-subscription dot-delim list listed-name lsub one-delimiter rename-keeps-subscription " +
			"subscribe subscriptions two-delimiters unsubscribe"},
	{"select", "SELECT, EXAMINE and STATUS",
		"bye-in-select examine noselect-selected select status unseen"},
	{"append", "APPEND, and what it leaves behind",
		"append appenduid bye-in-append fixture-kept trycreate"},
	{"copy", "COPY and MOVE",
		"copy copyuid move uid-move uidplus-codes"},
	{"expunge", "EXPUNGE, UID EXPUNGE, CLOSE and UNSELECT",
		"bye-in-expunge close deselect expunge uid-expunge unselect"},
	{"fetch", "FETCH of sections, sizes, dates and flags",
		"date-kept empty-sections fetch origin-unasked partial peek section seen size uid-fetch"},
	{"structure", "ENVELOPE, BODY and BODYSTRUCTURE",
		"body bodystructure envelope"},
	{"search", "SEARCH",
		"search"},
	{"store", "STORE, and how long flags last",
		"flagged flags keyword keywords own-keyword-goes permanent-flags permanentflags recent-unalterable server-keywords " +
			"session-flags-end stale-flags store uid-store"},
	{"updates", "EXISTS, RECENT and EXPUNGE, and what other sessions do",
		"exists expunge-in expunge-news expunge-number expunge-when expunged flags-told news not-sticky recent size-told stale-flags-told"},
	{"uids", "UIDs, UIDVALIDITY, and sets of numbers",
		"empty-mailbox numbers range rfc4315 star uid uidnext uids uidvalidity"},
}

var grouped = sync.OnceValue(func() []Family {
	list := make([]Family, len(families))
	for i, f := range families {
		list[i] = Family{Name: f.name, Text: f.text}
	}
	for _, r := range model.Rules() {
		if i := familyOf(r.ID); i >= 0 {
			list[i].Rules = append(list[i].Rules, r)
		}
	}
	for _, s := range All() {
		about := s.Rule
		if about == "" {
			about = s.Name
		}
		if i := familyOf(about); i >= 0 {
			list[i].Scenarios = append(list[i].Scenarios, s)
		}
	}
	return list
})

// Families are all families. A rule and a scenario are in one of them each; a
// scenario that breaks a rule is in that of the rule.
func Families() []Family { return slices.Clone(grouped()) }

// FamilyOf is the name of the family that a rule is in, "" if there is no such rule.
func FamilyOf(ruleID string) string {
	i := familyOf(ruleID)
	if i < 0 || model.RuleByID(ruleID) == nil {
		return ""
	}
	return families[i].name
}

// familyOf is the index of the family that a rule or a clean scenario of that name
// is in, -1 for none.
func familyOf(name string) int {
	found, longest := -1, ""
	for i, f := range families {
		for beginning := range strings.FieldsSeq(f.beginnings) {
			if len(beginning) > len(longest) && strings.HasPrefix(name+"-", beginning+"-") {
				found, longest = i, beginning
			}
		}
	}
	return found
}
