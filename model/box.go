package model

import (
	"slices"
	"time"

	"github.com/imapcheck/imapcheck/model/message"
)

// Box is a mailbox, whatever its name.
type Box struct {
	Msgs      []*Msg // in the order of arrival
	Vague     bool   // Msgs is not known; the next SELECT tells
	By        Cause
	more      Cause // the suspect if there are more messages than known; Rule nil for By
	less      Cause // the same if there are fewer: it may have removed so many
	removable int
	recent    uint32 // at least so many have \Recent: by STATUS or EXAMINE, that leave it alone
	recentBy  Cause  // the first of these
	Validity  uint32 // UIDVALIDITY; 0 is unknown
	Next      uint32 // UIDNEXT as last told; 0 is unknown
	added     bool   // messages were added since Next was told
	nextSeq   int    // Msg.seq of the last message when Next was told
	nextFree  bool   // an attempt to add failed since then
	sticky    bool   // its UIDs are known to last
	lastUID   uint32 // the largest UID seen
	lastSeq   int
}

// Msg is a message of a mailbox.
type Msg struct {
	seq     int
	UID     uint32 // 0 is unknown
	uidBy   Cause  // the response code that told it; Rule nil: a FETCH did
	minUID  uint32 // its UID is at least this
	copyBy  Cause  // the COPYUID that says which of several copies it is
	fresh   Cause  // what added it, if no session had the mailbox selected since
	undated Cause  // the APPEND without a date that added it, if no date was shown since
	addedBy Cause  // what added it; Rule nil when something has shown that it is there
	copied  Cause  // the COPY into its own mailbox; Rule nil if something has shown since that it is there
	Flags   Flags
	FlagsBy Cause
	seenBy  Cause             // the FETCH since then that set \Seen
	peeked  Cause             // the FETCH since then that should have left \Seen alone
	Body    string            // the octets
	NoBody  bool              // Body is not known
	eight   bool              // Body has 8-bit data
	kept    bool              // and the server keeps them
	looked  bool              // tree is set, if it is ever to be
	tree    *message.Message  // see built
	right   map[string]string // the ENVELOPE, BODY and BODYSTRUCTURE that were right
	Date    time.Time
	DateBy  Cause // Rule nil: Date is not known
	gone    bool  // expunged
}

// doubtful reports whether the flags are what they are only if a read-only view
// changed nothing, or if a "*" or a range reached the message.
func (m *Msg) doubtful() bool {
	r := m.FlagsBy.Rule
	return r != nil && (r == ruleReadOnly || r == ruleStar || r == ruleRange)
}

// flagCause is what to blame when the flags of m look wrong by way of another
// command: a read-only view that changed them, an APPEND or COPY that only
// should have set them, a "*" that did not reach them, or else that command.
func (m *Msg) flagCause(other Cause) Cause {
	if m != nil && (m.doubtful() || m.recommended()) {
		return m.FlagsBy
	}
	return other
}

// trust forgets what a server should only have set and has not shown: what is
// known of the flags from here on is a MUST.
func (m *Msg) trust() {
	if m.recommended() {
		m.Flags = Flags{Vague: true}
	}
}

// recommended reports whether the flags of m are what a server should have set,
// and has not shown since.
func (m *Msg) recommended() bool {
	return m.FlagsBy.Rule != nil && m.FlagsBy.Rule.Level == SHOULD
}

// add puts a message at the end of the mailbox.
func (b *Box) add(m *Msg) {
	b.lastSeq++
	m.seq = b.lastSeq
	m.minUID = max(b.lastUID+1, b.Next)
	b.added = true
	b.Msgs = append(b.Msgs, m)
}

// drop takes messages out of the mailbox.
func (b *Box) drop(out map[*Msg]bool) {
	b.recent = 0
	b.Msgs = slices.DeleteFunc(slices.Clone(b.Msgs), func(m *Msg) bool { return out[m] })
}

// countCause is what to blame when the mailbox has n messages.
func (b *Box) countCause(n int) Cause {
	explains := b.less.Rule != nil && len(b.Msgs)-n <= b.removable
	switch {
	case n > len(b.Msgs) && b.more.Rule != nil:
		return b.more
	case n >= len(b.Msgs):
		return b.By
	case explains && (b.less.Rule == ruleCloseReadOnly || b.less.Rule == ruleRenameInbox):
		return b.less
	}
	if taken, by := b.taken(); taken > 0 && len(b.Msgs)-n == taken {
		return by
	}
	unshown := Cause{}
	for _, m := range b.Msgs {
		switch by := m.addedBy; {
		case by.Rule == ruleStar || by.Rule == ruleRange:
			return by
		case unshown.Rule == nil:
			unshown = by
		}
	}
	switch {
	case unshown.Rule != nil:
		return unshown
	case explains:
		return b.less
	}
	return b.By
}

// taken is how many messages were copied within the mailbox and not shown since,
// and the COPY that may have taken them away.
func (b *Box) taken() (n int, by Cause) {
	for _, m := range b.Msgs {
		if m.copied.Rule != nil {
			n, by = n+1, Cause{ruleCopy, m.copied.Command, m.copied.State}
		}
	}
	return n, by
}

// fewer makes c the suspect if messages are missing, up to n of them. If there is one of
// another kind, it is not known whom to blame: an APPEND or COPY that failed, the CLOSE
// of a read-only view, or what else ended one.
func (b *Box) fewer(c Cause, n int) {
	kind := func(r *Rule) *Rule {
		switch r {
		case ruleCopyRestores:
			return ruleAppendRestores
		case ruleUnselect:
			return ruleDeselect
		}
		return r
	}
	if b.less.Rule != nil && kind(b.less.Rule) != kind(c.Rule) {
		b.Vague = true
	}
	b.less, b.removable = c, n
}

// counted notes that the mailbox was shown to have the messages that it has.
func (b *Box) counted() {
	b.more, b.less = Cause{}, Cause{}
	for _, m := range b.Msgs {
		m.addedBy, m.copied = Cause{}, Cause{}
	}
}
