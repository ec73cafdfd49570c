package model

import "fmt"

var (
	ruleRecentCount = rule("recent-counts", "7.3.2", MUST,
		"RECENT is not larger than the number of messages.")
	ruleRecentIs = rule("recent-is-counted", "7.3.2", MUST,
		"RECENT is the number of messages that are shown with \\Recent.", "SELECT", "EXAMINE", "FETCH")
	ruleRecentTold = rule("recent-told", "7.3.2", SHOULD,
		"A new message that has \\Recent is counted in a RECENT response.", "FETCH")
	ruleRecent = rule("recent-unalterable", "2.3.2", MUST,
		"No client command sets or clears \\Recent.", "STORE")
	ruleAppendRecent = rule("append-recent", "6.3.11", SHOULD,
		"A message that was appended has \\Recent, if the server knows the flag.", "APPEND")
	ruleCopyRecent = rule("copy-recent", "6.4.7", SHOULD,
		"A copy has \\Recent, if the server knows the flag.", "COPY")
	ruleStatusRecent = rule("status-keeps-recent", "6.3.10", MUST,
		"STATUS takes \\Recent from no message.", "STATUS")
	ruleExamineRecent = rule("examine-keeps-recent", "6.3.2", MUST,
		"EXAMINE takes \\Recent from no message.", "EXAMINE")
)

// recentAgrees compares the number of RECENT with the messages shown, once all of
// them were.
func (j *judge) recentAgrees(v *View) {
	if v.recents < 0 || j.s.recent || j.base() != "FETCH" || !j.valid || len(v.recent) < len(v.Msgs) || len(v.Msgs) == 0 || v.Vague || v.Shared || j.s.Vague {
		return
	}
	n := 0
	for _, m := range v.Msgs {
		recent, shown := v.recent[m]
		if !shown {
			return
		}
		if recent {
			n++
		}
	}
	if n != v.recents {
		j.report(ruleRecentIs, fmt.Sprintf("RECENT %d, and %d messages with \\Recent", v.recents, n), "the same number")
		clear(v.recent) // which of them the messages have, what follows tells
	}
	v.recents = -1
}

// recentTold judges that the client was told how many messages have \Recent, those
// that came in after SELECT with them.
func (j *judge) recentTold(v *View) {
	if len(j.recent) == 0 || v.told < 0 || j.s.recent || !j.valid || v.seen != j.seen || v.Vague || v.Shared || j.s.Vague {
		return
	}
	n, fresh := 0, false
	for _, m := range v.Msgs {
		if v.recent[m] {
			n++
			fresh = fresh || m.seq > v.first
		}
	}
	if fresh && n > v.told {
		j.report(ruleRecentTold, fmt.Sprintf("RECENT %d, and %d messages with \\Recent", v.told, n), fmt.Sprintf("* %d RECENT", n))
		v.told = -1
	}
}

// keepsRecent judges that messages keep \Recent until a session has the mailbox
// selected read-write. n is the number of those that have it.
func (j *judge) keepsRecent(b *Box, n uint32, raw string) {
	if b.Vague {
		b.recent = 0
	}
	if j.s.Vague || b.Vague || j.name == "STATUS" && j.s.views(b) > 0 || j.s.elsewhere(j.c, b) {
		return // what a session has taken, another may or may not count
	}
	if n < b.recent {
		j.reportBy(b.recentBy, raw, fmt.Sprintf("at least %d messages with \\Recent", b.recent))
		b.recentBy = Cause{}
	}
	r := map[string]*Rule{"STATUS": ruleStatusRecent, "EXAMINE": ruleExamineRecent}[j.name]
	if b.recent = n; r != nil && (b.recentBy.Rule == nil || r == ruleExamineRecent) {
		b.recentBy = j.by(r)
	}
}

// freshRecent judges that the messages which came in since a session last had the
// mailbox selected are recent. A server that has never shown \Recent need not
// know it.
func (j *judge) freshRecent(v *View, n uint32, raw string) {
	k, by := uint32(0), Cause{}
	for _, m := range v.Msgs {
		if m.fresh.Rule == nil {
			continue
		}
		if k++; by.Rule == nil {
			by = m.fresh
		}
		if !v.ReadOnly {
			m.fresh = Cause{}
		}
	}
	if n < k && j.s.marks && !j.s.recent && !v.Vague && !v.Shared && !j.s.Vague {
		j.reportBy(by, raw, fmt.Sprintf("at least %d", k))
	}
}
