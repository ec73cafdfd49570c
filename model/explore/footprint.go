package explore

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// footprint is what a command reads and changes of what all connections share: a bit
// for the names of mailboxes, one for subscriptions, one for each mailbox. The state of
// its own connection is not among it: two commands of one connection are never swapped.
type footprint struct{ reads, writes uint64 }

const (
	theNames uint64 = 1 << iota
	theSubscriptions
	theFirstMailbox
	theStore = ^uint64(0)
)

// apart reports whether a server cannot tell in which order two commands came.
func (f footprint) apart(g footprint) bool {
	return f.writes&(g.reads|g.writes) == 0 && g.writes&f.reads == 0
}

// footprints knows what the commands of an alphabet touch.
type footprints struct {
	machine  model.Machine
	alphabet []model.Command
	names    []string // of mailboxes
}

func (p Paths) footprints() footprints {
	f := footprints{machine: p.Machine, alphabet: p.Alphabet, names: []string{"INBOX"}}
	for _, c := range p.Alphabet {
		for _, name := range model.BoxNames(c) {
			if name = model.FoldInbox(name); !slices.Contains(f.names, name) {
				f.names = append(f.names, name)
			}
		}
	}
	return f
}

// box is the bit of a mailbox. With so many that they share bits, more commands seem to
// touch the same; that is on the safe side.
func (f footprints) box(name string) uint64 {
	return theFirstMailbox << (max(0, slices.Index(f.names, model.FoldInbox(name))) % 60)
}

// of is what a command touches in a state. What the state of its connection does not
// allow is refused, and touches nothing. In Selected any command may bring news
// of the mailbox (section 7), so it reads that.
func (f footprints) of(s *model.State, a action) (t footprint) {
	c, phase := f.alphabet[a.cmd], s.Phase(a.conn)
	if phase == model.Unopened || phase == model.Logout {
		phase = model.NotAuthenticated
		if f.machine.Profile.Preauth {
			phase = model.Authenticated
		}
	}
	var view uint64
	if phase == model.Selected {
		if v := s.Conns[a.conn].View; v.Orphan {
			view = theStore
		} else {
			view = f.box(v.Name)
		}
		t.reads = view
	}
	name := strings.TrimPrefix(c.Name(), "UID ")
	_, malformed := c.(model.Raw)
	switch {
	case malformed && phase != model.NotAuthenticated:
		return footprint{theStore, theStore} // a liberal server may do it
	case malformed || !model.Valid(c.Name(), phase):
		return t
	}
	switch name {
	case "CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "LOGIN", "AUTHENTICATE", "ENABLE", "NAMESPACE", "IDLE", "CHECK", "SEARCH", "UNSELECT":
	case "CLOSE", "EXPUNGE", "STORE", "FETCH": // FETCH may set \Seen
		t.writes |= view
	case "LIST", "LSUB": // LIST may say \Subscribed (RFC 5258)
		t.reads |= theNames | theSubscriptions
	case "SUBSCRIBE", "UNSUBSCRIBE":
		t.reads |= theNames
		t.writes |= theSubscriptions
	case "STATUS", "EXAMINE":
		t.reads |= theNames | f.box(model.BoxNames(c)[0])
	case "SELECT": // it takes \Recent
		t.reads |= theNames
		t.writes |= f.box(model.BoxNames(c)[0])
	case "CREATE":
		t.writes |= theNames | f.box(model.BoxNames(c)[0])
	case "APPEND", "COPY":
		t.reads |= theNames
		t.writes |= f.box(model.BoxNames(c)[0])
	case "MOVE":
		t.reads |= theNames
		t.writes |= view | f.box(model.BoxNames(c)[0])
	default: // DELETE, RENAME, and what is not known here
		return footprint{theStore, theStore}
	}
	return t
}
