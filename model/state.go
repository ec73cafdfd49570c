package model

import (
	"slices"
	"sort"
	"strings"
)

// State is what is known of a server: its mail store and one [Conn] per
// connection. A State is used up by the call that takes it: keep a Clone to go
// back to it.
type State struct {
	Conns []Conn
	Names map[string]*Name
	// Creates says that a CREATE of a name without superiors has succeeded: the
	// client may make mailboxes at the top.
	Creates bool
	// Vague says that a command may or may not have changed the store (the
	// connection broke, or malformed input was accepted): the store is judged
	// no more.
	Vague bool
	// listed are the attributes of the names that LIST has shown, as it spelled
	// them, since names were last changed.
	listed map[string][]string
	// marks says that RECENT has counted a message: the server knows \Recent.
	marks bool
	// recent says that the client has tried to set \Recent: what a server that let
	// it shows of the flag says nothing.
	recent bool
	// keywords are those that the client has used, in lower case. What others a
	// server sets is its own affair.
	keywords []string
	// odd says that the client has sent flags that begin with "\\" and that no
	// standard knows.
	odd bool
	// octets is the command that was not refused although it has octets that no command may
	// have; Rule nil for none. A server that has taken them may send them, too.
	octets Cause
	// fleeting says that a mailbox has no UIDs that last (RFC 4315, UIDNOTSTICKY).
	fleeting bool
	// ref is the store behind the answers, if all of them were those of Replies. What
	// it points to is shared by all clones, and never changes.
	ref *Account
}

// Conn is what is known of one connection.
type Conn struct {
	Phase Phase
	View  *View // of the selected mailbox; nil but in Selected
	// sight is what a session of a foreign account was told of its selected mailbox;
	// nil for nothing that is known.
	sight *sight
	// amid says that the record of a foreign session began after its greeting, and that
	// no login was seen since. pushes says that its client may be told of messages at
	// any time (RFC 5465).
	amid, pushes bool
	// extended says that it has sent a command that RFC 3501 does not have.
	extended bool
	// Lost says that the server took malformed input for a command that changes
	// the connection's state: only grammar and dialogue are judged until the
	// next SELECT.
	Lost bool
	// Astray says that malformed input may have been read as several commands,
	// or not to its end: whatever answers come, they may belong to it.
	Astray bool
	// Unsure says that a SELECT failed by BAD, or was malformed: the mailbox that
	// was selected before may still be, or none may be.
	Unsure bool
	// TLS says that TLS is in effect.
	TLS bool
	// injected is the command that was sent in the clear behind the STARTTLS that
	// began TLS; nil for none.
	injected Command
	// noLogin says that the server has advertised LOGINDISABLED, and offersTLS that
	// it has advertised STARTTLS.
	noLogin, offersTLS bool
	// shut is a malformed CLOSE or UNSELECT that was refused: if the mailbox is no
	// longer selected, it is to blame.
	shut Cause
	// asked are the extensions whose data the client has asked for; see asks.
	asked uint32
	// caps are the capabilities shown last, in this state of the connection, and
	// enabled says that ENABLE has succeeded since.
	caps    []string
	enabled bool
	// rev2 says that the client has enabled IMAP4rev2 (RFC 9051), which has other
	// data: only the dialogue is judged.
	rev2 bool
	// selected says that SELECT or EXAMINE was sent on the connection.
	selected bool
	// renamed says that the connection has changed what names of mailboxes there
	// are, or which are subscribed: others may list what they knew before.
	renamed bool
	// last is the last command, in the words of a violation's key, and
	// lastOutcome how it was completed.
	last        Cause
	lastOutcome Status
	// held is the last command if it was malformed and refused before the server had
	// asked for all of its literals; Rule nil for none. Octets that were not sent are
	// not to be waited for.
	held Cause
	// ahead says that octets of malformed input, the last command, followed without
	// being asked for: a server that has refused it may take them for a command.
	ahead bool
	// failed is the SELECT or EXAMINE that has deselected a mailbox by failing;
	// Rule nil for none since another command has selected one or none.
	failed Cause
}

// View is one connection's view of its selected mailbox: message n is Msgs[n-1].
type View struct {
	Name     string
	Box      *Box
	ReadOnly bool
	Msgs     []*Msg
	seen     int // Msg.seq of the last message announced
	// added is the command of this connection that added what the client was not
	// told of yet; Rule nil for none. polled are the commands since then that are
	// for the server to tell: NOOP, CHECK.
	added  Cause
	polled []string
	// recents is the number of RECENT, as long as it holds, and told the last one;
	// -1 is unknown. first is the Msg.seq of the last message at SELECT.
	recents, told, first int
	// moved are the messages that a MOVE was to take away and that are there still,
	// by movedBy.
	moved      []*Msg
	movedBy    Cause
	polledMove int // the NOOPs since
	// Perm are the flags of PERMANENTFLAGS in lower case, nil for "all".
	Perm []string
	// Orphan says that the mailbox was deleted or renamed under the view; then
	// RFC 3501 says nothing of what the view shows.
	Orphan bool
	// Vague says that message numbers can no longer be matched with messages.
	Vague bool
	// Shared says that another connection has, or had, the mailbox selected at
	// the same time: when each learns what the other did is the server's affair.
	Shared bool
	// flags are those that the session was last shown of messages, where there are
	// other sessions, and late the messages that another was shown with other flags
	// since: how often this one has asked in vain.
	flags map[*Msg]Flags
	late  map[*Msg]int
	// recent says of messages whether this session was last shown \Recent of them.
	recent map[*Msg]bool
	// soft are the flags changed in this session that may not outlive it.
	soft map[*Msg][]string
	// before are the flags that a STORE has changed although they are not permanent,
	// as they were.
	before map[*Msg]map[string]Tri
	// undo are the flags that messages have again when a read-only view ends,
	// for those whose flags a command of the view may have changed.
	undo map[*Msg]undo
}

type undo struct {
	flags Flags
	by    Cause
}

// Cause is the command that a fact comes from: where to look when the fact
// turns out to be wrong.
type Cause struct {
	Rule    *Rule
	Command string
	State   Phase
}

// Name is what is known of a mailbox name.
type Name struct {
	Exists       Tri // whether SELECT would find a mailbox of that name
	ExistsBy     Cause
	Box          *Box // the mailbox; nil unless Exists is Yes
	Subscribed   Tri
	SubscribedBy Cause
	missed       bool // LSUB has left it out since its mailbox was deleted
	level        bool // a level of hierarchy that is no mailbox may be left
	Created      bool // there was a mailbox of this name: a client can create it
	grave        *grave
}

// grave is what was known of a mailbox of this name that is gone.
type grave struct{ validity, uid uint32 }

func (s *State) conn(i int) *Conn {
	for len(s.Conns) <= i {
		s.Conns = append(s.Conns, Conn{})
	}
	return &s.Conns[i]
}

// Phase is the state of connection i.
func (s *State) Phase(i int) Phase {
	if i < len(s.Conns) {
		return s.Conns[i].Phase
	}
	return Unopened
}

// name is the entry of a mailbox name; a name never heard of does not exist.
func (s *State) name(name string) *Name {
	name = FoldInbox(name)
	n := s.Names[name]
	if n == nil {
		n = &Name{Subscribed: Maybe}
		s.Names[name] = n
	}
	return n
}

// Exists is what is known of the existence of a mailbox.
func (s *State) Exists(name string) Tri {
	if n := s.Names[FoldInbox(name)]; n != nil {
		return n.Exists
	}
	return No
}

// sorted are the names heard of, in order.
func (s *State) sorted() []string {
	names := make([]string, 0, len(s.Names))
	for n := range s.Names {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Mailboxes are the names of the mailboxes that surely exist, in order.
func (s *State) Mailboxes() []string {
	var names []string
	for _, n := range s.sorted() {
		if s.Names[n].Exists == Yes {
			names = append(names, n)
		}
	}
	return names
}

// Bygone are the names of mailboxes that there were, and those that are subscribed, which
// may not exist now, in order.
func (s *State) Bygone() []string {
	var names []string
	for _, name := range s.sorted() {
		if n := s.Names[name]; n.Exists != Yes && (n.Created || n.Subscribed == Yes) {
			names = append(names, name)
		}
	}
	return names
}

// views is the number of connections that have the mailbox selected.
func (s *State) views(b *Box) int {
	n := 0
	for i := range s.Conns {
		if v := s.Conns[i].View; v != nil && v.Box == b {
			n++
		}
	}
	return n
}

// elsewhere reports whether a connection other than c has, or may have, the
// mailbox selected. A mailbox that was renamed under a view may be it.
func (s *State) elsewhere(c *Conn, b *Box) bool {
	for i := range s.Conns {
		if o := &s.Conns[i]; o != c && o.View != nil && (o.View.Box == b || o.View.Orphan) {
			return true
		}
	}
	return false
}

// namesElsewhere reports whether a connection other than c has changed names.
func (s *State) namesElsewhere(c *Conn) bool {
	for i := range s.Conns {
		if o := &s.Conns[i]; o != c && o.renamed {
			return true
		}
	}
	return false
}

// touched reports whether a read-only view may show other flags of m than those
// that are kept.
func (s *State) touched(m *Msg) bool {
	for i := range s.Conns {
		if v := s.Conns[i].View; v != nil {
			if _, ok := v.undo[m]; ok {
				return true
			}
		}
	}
	return false
}

// held reports whether a connection has, or may have, the mailbox of that name selected:
// b, or one that had the name when it was selected, or that was renamed since.
func (s *State) held(name string, b *Box) bool {
	for i := range s.Conns {
		if v := s.Conns[i].View; v != nil && (v.Box == b || v.Name == name || v.Orphan) {
			return true
		}
	}
	return false
}

// share tells every view of the mailbox that there is more than one, if so. c
// is a connection that has it selected. Where it was doubted whether there is a mailbox of
// the name, a view from before then may be of the same.
func (s *State) share(c *Conn, b *Box) {
	same := func(v *View) bool { return v != nil && (v.Box == b || v.Name == c.View.Name) }
	other := s.elsewhere(c, b)
	for i := range s.Conns {
		other = other || &s.Conns[i] != c && same(s.Conns[i].View)
	}
	for i := range s.Conns {
		if v := s.Conns[i].View; other && same(v) {
			v.Shared = true
		}
	}
}

// orphan tells every view of the mailbox that it is gone from under its name.
func (s *State) orphan(b *Box) {
	for i := range s.Conns {
		if v := s.Conns[i].View; v != nil && v.Box == b {
			v.Orphan, v.Vague = true, true
		}
	}
}

// keeps makes c, which ends the view without an expunge, the suspect if messages
// are missing that have, or may have, \Deleted, or were given it in a read-only
// view.
func (v *View) keeps(c Cause) {
	closes := c.Command == "CLOSE" // the first to be suspected of removing what it may
	n := 0
	for _, m := range v.Box.Msgs {
		if _, loose := v.undo[m]; m.addedBy.Rule == nil && (loose || m.doubtful() || m.Flags.Has(`\deleted`) == Yes || slices.Contains(m.Flags.Maybe, `\deleted`) || closes && m.Flags.Vague) {
			n++
		}
	}
	if n > 0 {
		v.Box.fewer(c, n)
	}
}

// expunge takes an expunged message out of the mailbox. A view that was not told
// of it before may or may not hear of it.
func (s *State) expunge(b *Box, m *Msg) {
	m.gone, b.recent = true, 0
	if i := slices.Index(b.Msgs, m); i >= 0 {
		b.Msgs = slices.Delete(b.Msgs, i, i+1)
	}
	s.unsettle(b, m.seq)
}

// unsettle makes every view of the mailbox vague that was not told of the
// messages from seq on.
func (s *State) unsettle(b *Box, seq int) {
	for i := range s.Conns {
		if v := s.Conns[i].View; v != nil && v.Box == b && v.seen < seq {
			v.Vague = true
		}
	}
}

// at is message n of the view, nil if it has none.
func (v *View) at(n uint32) *Msg {
	if n == 0 || uint64(n) > uint64(len(v.Msgs)) {
		return nil
	}
	return v.Msgs[n-1]
}

// pending are the messages that the mailbox has and that the view was not told
// of yet.
func (v *View) pending() []*Msg {
	fresh := len(v.Box.Msgs)
	for fresh > 0 && v.Box.Msgs[fresh-1].seq > v.seen {
		fresh--
	}
	return v.Box.Msgs[fresh:]
}

// parent is the superior of a hierarchical name, "" at the top.
func parent(name, delim string) string {
	if delim == "" {
		return ""
	}
	if i := strings.LastIndex(name, delim); i > 0 {
		return name[:i]
	}
	return ""
}
