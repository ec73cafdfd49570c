package model

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Account is all that a server knows of an account and of the connections to it: what
// [Machine.Replies] answers from, and [Account.Answer].
//
// A State has one as long as all answers were those of Replies, since State itself
// forgets what a server may do in more than one way. One that a State has never changes.
type Account struct {
	Boxes      map[string]*Folder // by name; INBOX in upper case
	Subscribed map[string]bool
	Validity   uint32 // the last UIDVALIDITY given
	Sessions   []Session
}

// Folder is a mailbox. A session may have one that no name leads to any more.
type Folder struct {
	Validity, Next uint32 // UIDVALIDITY and UIDNEXT
	Mail           []Mail // with ascending UIDs
}

// Mail is a message: in a folder as it is, in a session as the client was told.
type Mail struct {
	UID    uint32
	Body   string
	Date   time.Time // the internal date
	Flags  []string  // \Recent apart; a list that is shared and never changed
	Recent bool      // no session has had it yet; in a session: it is this one
}

// Session is one connection.
type Session struct {
	Phase    Phase
	TLS      bool
	Box      *Folder // the mailbox that is selected; nil for none
	ReadOnly bool
	Told     []Mail // message n is Told[n-1]; those that are gone are there until the client knows
}

// Account is that of the fixture, before the first connection.
func (m Machine) Account(f Fixture) *Account {
	s := m.Init(f)
	return recall(&s)
}

// Clone shares nothing with r that changes.
func (r *Account) Clone() *Account {
	c := &Account{Boxes: make(map[string]*Folder, len(r.Boxes)), Subscribed: maps.Clone(r.Subscribed), Validity: r.Validity,
		Sessions: slices.Clone(r.Sessions)}
	copies := make(map[*Folder]*Folder, len(r.Boxes))
	of := func(b *Folder) *Folder {
		if b != nil && copies[b] == nil {
			copies[b] = &Folder{b.Validity, b.Next, slices.Clone(b.Mail)}
		}
		return copies[b]
	}
	for name, b := range r.Boxes {
		c.Boxes[name] = of(b)
	}
	for i := range c.Sessions {
		ses := &c.Sessions[i]
		ses.Box, ses.Told = of(ses.Box), slices.Clone(ses.Told)
	}
	return c
}

// Session is that of connection i.
func (r *Account) Session(i int) *Session {
	for len(r.Sessions) <= i {
		r.Sessions = append(r.Sessions, Session{})
	}
	return &r.Sessions[i]
}

// create makes a mailbox, and its superiors (section 6.3.3).
func (r *Account) create(m Machine, name string) *Folder {
	if p := FoldInbox(parent(name, m.Profile.Delim)); p != "" && r.Boxes[p] == nil {
		r.create(m, p)
	}
	r.Validity++
	b := &Folder{Validity: r.Validity, Next: 1}
	r.Boxes[name] = b
	return b
}

// level reports whether mailboxes are below the name.
func (r *Account) level(m Machine, name string) bool {
	for other := range r.Boxes {
		if inferior(other, name, m.Profile.Delim) {
			return true
		}
	}
	return false
}

// Find is the place of the message with that UID, -1 if there is none.
func (b *Folder) Find(uid uint32) int {
	i, found := slices.BinarySearchFunc(b.Mail, uid, func(m Mail, uid uint32) int { return int(int64(m.UID) - int64(uid)) })
	if !found {
		return -1
	}
	return i
}

// Add puts a copy of the message at the end, and returns its new UID.
func (b *Folder) Add(m Mail) uint32 {
	m.UID, m.Recent = b.Next, true
	b.Next++
	b.Mail = append(b.Mail, m)
	return m.UID
}

// take tells the session of the messages that it does not know, and returns how
// many they are. The first session that may change the mailbox has them as recent.
func (ses *Session) take() int {
	last, n := uint32(0), 0
	if len(ses.Told) > 0 {
		last = ses.Told[len(ses.Told)-1].UID
	}
	for i := range ses.Box.Mail {
		m := &ses.Box.Mail[i]
		if m.UID <= last {
			continue
		}
		n++
		ses.Told = append(ses.Told, *m)
		if !ses.ReadOnly {
			m.Recent = false
		}
	}
	return n
}

// recent is how many messages of the session have \Recent.
func (ses *Session) recent() (n uint32) {
	for _, m := range ses.Told {
		n += uint32(one(m.Recent))
	}
	return n
}

// places are the messages of a set, from 0, as the session numbers them. It is not
// ok if a message number is of none.
func (ses *Session) places(set Set, uid bool) (list []int, ok bool) {
	last := uint32(len(ses.Told))
	if !uid && (last == 0 || set.Max(last) > last) {
		return nil, false
	}
	if uid && last > 0 {
		last = ses.Told[last-1].UID
	}
	for i, m := range ses.Told {
		n := uint32(i) + 1
		if uid {
			n = m.UID
		}
		if set.Contains(n, last) {
			list = append(list, i)
		}
	}
	return list, true
}

// gone reports whether the message was expunged, and the client does not know.
func (ses *Session) gone(i int) bool { return ses.Box.Find(ses.Told[i].UID) < 0 }

// Has reports whether the message has a flag.
func (m *Mail) Has(flag string) bool { return containsFold(m.Flags, flag) }

// Set gives the message a flag, or takes it away.
func (m *Mail) Set(flag string, on bool) {
	m.Flags = slices.DeleteFunc(slices.Clone(m.Flags), func(f string) bool { return strings.EqualFold(f, flag) })
	if on {
		m.Flags = append(m.Flags, flag)
	}
	slices.SortFunc(m.Flags, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
}

// shown are the flags as FETCH shows them.
func (m *Mail) shown() []string {
	if m.Recent {
		return append(slices.Clone(m.Flags), `\Recent`)
	}
	if len(m.Flags) == 0 {
		return nil
	}
	return m.Flags
}
