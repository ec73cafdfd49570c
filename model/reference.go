package model

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// reference is the mail store of a server of which all is known: what [Machine.Replies]
// answers from. A State has one as long as all answers were those of Replies, since
// State itself forgets what a server may do in more than one way. One that a State
// has never changes.
type reference struct {
	boxes      map[string]*folder
	subscribed map[string]bool
	validity   uint32 // the last UIDVALIDITY given
	sessions   []session
}

// folder is a mailbox. A session may have one that no name leads to any more.
type folder struct {
	validity, next uint32
	mail           []mail // with ascending UIDs
}

// mail is a message: in a folder as it is, in a session as the client was told.
type mail struct {
	uid    uint32
	body   string
	date   time.Time
	flags  []string // \Recent apart; a list that is shared and never changed
	recent bool     // no session has had it yet; in a session: it is this one
}

// session is one connection.
type session struct {
	phase    Phase
	box      *folder // the mailbox that is selected; nil for none
	readOnly bool
	told     []mail // message n is told[n-1]; those that are gone are there until the client knows
}

// clone shares no folder with r.
func (r *reference) clone() *reference {
	c := &reference{boxes: make(map[string]*folder, len(r.boxes)), subscribed: maps.Clone(r.subscribed), validity: r.validity,
		sessions: slices.Clone(r.sessions)}
	copies := make(map[*folder]*folder, len(r.boxes))
	of := func(b *folder) *folder {
		if b != nil && copies[b] == nil {
			copies[b] = &folder{b.validity, b.next, slices.Clone(b.mail)}
		}
		return copies[b]
	}
	for name, b := range r.boxes {
		c.boxes[name] = of(b)
	}
	for i := range c.sessions {
		ses := &c.sessions[i]
		ses.box, ses.told = of(ses.box), slices.Clone(ses.told)
	}
	return c
}

// session is that of connection i.
func (r *reference) session(i int) *session {
	for len(r.sessions) <= i {
		r.sessions = append(r.sessions, session{})
	}
	return &r.sessions[i]
}

// create makes a mailbox, and its superiors (section 6.3.3).
func (r *reference) create(m Machine, name string) *folder {
	if p := FoldInbox(parent(name, m.Profile.Delim)); p != "" && r.boxes[p] == nil {
		r.create(m, p)
	}
	r.validity++
	b := &folder{validity: r.validity, next: 1}
	r.boxes[name] = b
	return b
}

// level reports whether mailboxes are below the name.
func (r *reference) level(m Machine, name string) bool {
	for other := range r.boxes {
		if inferior(other, name, m.Profile.Delim) {
			return true
		}
	}
	return false
}

// find is the place of the message with that UID, -1 if there is none.
func (b *folder) find(uid uint32) int {
	i, found := slices.BinarySearchFunc(b.mail, uid, func(m mail, uid uint32) int { return int(int64(m.uid) - int64(uid)) })
	if !found {
		return -1
	}
	return i
}

// add puts a copy of the message at the end, and returns its new UID.
func (b *folder) add(m mail) uint32 {
	m.uid, m.recent = b.next, true
	b.next++
	b.mail = append(b.mail, m)
	return m.uid
}

// take tells the session of the messages that it does not know, and returns how
// many they are. The first session that may change the mailbox has them as recent.
func (ses *session) take() int {
	last, n := uint32(0), 0
	if len(ses.told) > 0 {
		last = ses.told[len(ses.told)-1].uid
	}
	for i := range ses.box.mail {
		m := &ses.box.mail[i]
		if m.uid <= last {
			continue
		}
		n++
		ses.told = append(ses.told, *m)
		if !ses.readOnly {
			m.recent = false
		}
	}
	return n
}

// recent is how many messages of the session have \Recent.
func (ses *session) recent() (n uint32) {
	for _, m := range ses.told {
		n += uint32(one(m.recent))
	}
	return n
}

// places are the messages of a set, from 0, as the session numbers them. It is not
// ok if a message number is of none.
func (ses *session) places(set Set, uid bool) (list []int, ok bool) {
	last := uint32(len(ses.told))
	if !uid && (last == 0 || set.Max(last) > last) {
		return nil, false
	}
	if uid && last > 0 {
		last = ses.told[last-1].uid
	}
	for i, m := range ses.told {
		n := uint32(i) + 1
		if uid {
			n = m.uid
		}
		if set.Contains(n, last) {
			list = append(list, i)
		}
	}
	return list, true
}

// gone reports whether the message was expunged, and the client does not know.
func (ses *session) gone(i int) bool { return ses.box.find(ses.told[i].uid) < 0 }

// has reports whether the message has a flag.
func (m *mail) has(flag string) bool { return containsFold(m.flags, flag) }

// set gives the message a flag, or takes it away.
func (m *mail) set(flag string, on bool) {
	m.flags = slices.DeleteFunc(slices.Clone(m.flags), func(f string) bool { return strings.EqualFold(f, flag) })
	if on {
		m.flags = append(m.flags, flag)
	}
	slices.SortFunc(m.flags, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
}

// shown are the flags as FETCH shows them.
func (m *mail) shown() []string {
	if m.recent {
		return append(slices.Clone(m.flags), `\Recent`)
	}
	if len(m.flags) == 0 {
		return nil
	}
	return m.flags
}
