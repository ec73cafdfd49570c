package concurrent

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// session is what a connection was told, up to an exchange: enough to know which messages
// a command names.
type session struct {
	box      string // the selected mailbox; "" for none
	readOnly bool
	lost     bool     // the numbers of messages are not known any more
	uids     []uint32 // of the messages by their numbers, 0 for unknown
	perm     []string // PERMANENTFLAGS in lower case
	all      bool     // there was no PERMANENTFLAGS: all are (section 7.1)
	validity uint32
}

// box is a name without the cases of INBOX.
func box(name string) string { return model.FoldInbox(name) }

// told takes over an exchange. gone gets the unique identifier of each message that is
// said to be expunged.
func (s *session) told(x *model.Exchange, gone func(uid uint32)) {
	m, opens := x.Cmd.(model.Mailbox)
	if opens = opens && (m.Verb == "SELECT" || m.Verb == "EXAMINE"); opens {
		*s = session{}
		if x.Outcome() != model.OK {
			return
		}
		*s = session{box: box(m.Box.S), readOnly: m.Verb == "EXAMINE", all: true}
	}
	begun := *s
	for i := range x.Reply.Responses {
		r := &x.Reply.Responses[i]
		if r.Code != nil && r.Code.Name == "CLOSED" && r.Syntax == nil { // before it is the mailbox that is left (RFC 7162 section 3.2.11)
			*s = begun
			s.lost = !opens
			continue
		}
		s.lost = s.lost || r.Syntax != nil
		switch d := r.Data.(type) {
		case model.Exists:
			if n := int(d.N); n < len(s.uids) || n > mostMessages {
				s.lost = true
			} else {
				s.uids = append(s.uids, make([]uint32, n-len(s.uids))...)
			}
		case model.Expunge:
			if d.N < 1 || int(d.N) > len(s.uids) {
				s.lost = true
				continue
			}
			if uid := s.uids[d.N-1]; uid != 0 && !s.lost && gone != nil {
				gone(uid)
			}
			s.uids = slices.Delete(s.uids, int(d.N)-1, int(d.N))
		case model.VanishedData:
			s.lost = true
		case model.FetchData:
			s.fetched(d)
		}
		s.code(r)
	}
	if c, ok := x.Cmd.(model.Simple); ok && x.Outcome() == model.OK && (c.Verb == "CLOSE" || c.Verb == "UNSELECT" || c.Verb == "LOGOUT") {
		*s = session{}
	}
}

// mostMessages bounds the messages of a mailbox that is judged.
const mostMessages = 1000

func (s *session) fetched(d model.FetchData) {
	if d.N < 1 || int(d.N) > len(s.uids) {
		s.lost = true
		return
	}
	for i := range d.Atts {
		if d.Atts[i].Name != "UID" {
			continue
		}
		if was := s.uids[d.N-1]; was != 0 && was != d.Atts[i].Num {
			s.lost = true
		}
		s.uids[d.N-1] = d.Atts[i].Num
	}
}

func (s *session) code(r *model.Response) {
	if r.Code == nil || r.Syntax != nil {
		return
	}
	switch r.Code.Name {
	case "PERMANENTFLAGS":
		s.perm, s.all = nil, false
		for _, f := range r.Code.List {
			s.perm = append(s.perm, strings.ToLower(f))
		}
	case "UIDVALIDITY":
		s.lost = s.lost || s.validity != 0 && s.validity != r.Code.Num
		s.validity = r.Code.Num
	case "READ-ONLY":
		s.readOnly = true
	case "READ-WRITE":
		s.lost = s.lost || s.readOnly
	}
}

// permanent reports whether a change of the flag outlives the session (section 7.1).
func (s *session) permanent(flag string) bool {
	return !s.readOnly && (s.all || slices.Contains(s.perm, flag))
}

// reach is whether a command reaches a message.
type reach uint8

const (
	never reach = iota
	perhaps
	surely
)

// reaches says whether a set names the message with a unique identifier. A message that
// the session was not told of may be in a set of unique identifiers.
func (s *session) reaches(set model.Set, uid bool, id uint32) reach {
	at := slices.Index(s.uids, id)
	switch {
	case s.lost, set.Reversed():
		return perhaps // which a reversed range names is judged elsewhere
	case uid && set.HasStar():
		return perhaps // the largest may be one that the session was not told of
	case uid && !set.Contains(id, 0):
		return never
	case uid && at < 0:
		return perhaps
	case uid:
		return surely
	case at >= 0 && set.Contains(uint32(at)+1, uint32(len(s.uids))):
		if set.HasStar() || set.Max(0) > uint32(len(s.uids)) {
			return perhaps // a server may refuse it, or count what it has not told of
		}
		return surely
	case at >= 0 && !set.HasStar():
		return never
	case !slices.Contains(s.uids, 0) && set.Max(0) <= uint32(len(s.uids)) && !set.HasStar():
		return never // it names others
	}
	return perhaps
}

// bound is the command with what the session was told in the place of symbols: "$3" is the
// unique identifier of message 3. One that is not known is left to be a large one.
func (s *session) bound(m model.Machine, c model.Command) model.Command {
	v := &model.View{}
	for _, uid := range s.uids {
		v.Msgs = append(v.Msgs, &model.Msg{UID: uid})
	}
	return m.Bind(model.State{Conns: []model.Conn{{View: v}}}, 0, c)
}
