package bench

import "github.com/imapcheck/imapcheck/fuzz/fault"

// challenge names the faults of [Challenge]. How they come out had no part in the choice:
// of each layer and each least length it is the first that was proven, and examine-expunges
// is there because it was that before the other of its kind was proven, too.
var challenge = []string{
	"noop-uncompleted", "close-completed-twice", "untagged-completion", "bye-behind-ok", "failed-select-stays",
	"quote-bare", "space-missing", "status-negative",
	"expunge-old-numbers", "first-message-untold", "recent-lost-by-examine", "unseen-counts", "examine-expunges",
	"append-third-lost", "append-flags-with-date", "append-date-lost",
	"uidvalidity-of-session",
	"open-quote-waits", "open-parenthesis-crashes", "malformed-closes-mailbox", "malformed-taken",
}

// Challenge are the faults by which the shrinker is measured. The least length of each is
// proven.
func Challenge() (list []*fault.Fault) {
	for _, name := range challenge {
		list = append(list, fault.Find(name))
	}
	return list
}
