package reference

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"net"

	"github.com/imapcheck/imapcheck/model"
)

// Store is the account of a server without a network, and what its fault remembers of it.
type Store struct {
	Account *model.Account
	Memory  map[string]int
	Own     []map[string]int // of each connection, by its number
}

// Store is that of a fixture, before the first connection.
func (s *Server) Store(f model.Fixture) Store {
	return Store{Account: s.Machine.Account(f), Memory: map[string]int{}}
}

// Clone shares nothing with st that changes.
func (st Store) Clone() Store {
	c := Store{Account: st.Account.Clone(), Memory: maps.Clone(st.Memory)}
	for _, own := range st.Own {
		c.Own = append(c.Own, maps.Clone(own))
	}
	return c
}

// Outcome is how [Server.Handle] leaves a connection.
type Outcome uint8

// The outcomes.
const (
	Waits   Outcome = iota // for the next command
	Ends                   // the server has closed it
	Hangs                  // the server waits for more of the command, or has fallen silent
	Strands                // octets are left that are no whole command
)

// Handle is a turn of a connection to the account, without a network: a greeting if
// there are no chunks, and else a command in the chunks that a client sends, the second
// and the others each when it was asked for. It returns what the server says. What it
// takes for further commands is answered, too. The store is changed; none of its
// connections may be in use elsewhere. TLS cannot begin.
func (s *Server) Handle(st *Store, number int, chunks [][]byte) (said []byte, o Outcome) {
	a := &account{Account: st.Account, memory: st.Memory, conns: make([]*conn, number+1), turn: make(chan struct{})}
	own := &Server{Options: s.Options, accounts: map[string]*account{model.User: a}}
	hand := &hand{chunks: chunks}
	c := &conn{server: own, account: a, number: number, rand: rand.New(rand.NewPCG(s.Seed, uint64(number)))}
	a.conns[number] = c
	for len(st.Own) <= number {
		st.Own = append(st.Own, nil)
	}
	if chunks == nil {
		st.Own[number] = map[string]int{}
	}
	c.memory = st.Own[number]
	c.use(hand)
	var open bool
	if chunks == nil {
		open = c.greet()
	} else {
		hand.next()
		for open = c.turn(); open && c.in.Buffered()+hand.sent() > 0; {
			if open = c.turn(); hand.starved {
				return hand.said, Strands
			}
		}
	}
	switch {
	case open:
		return hand.said, Waits
	case c.silent || hand.starved:
		return hand.said, Hangs
	}
	*a.Session(number) = model.Session{}
	return hand.said, Ends
}

// hand is a client that sends a chunk when it is asked to.
type hand struct {
	net.Conn // nil
	chunks   [][]byte
	unread   []byte
	said     []byte
	seen     int  // so much of it was there when the last chunk was sent
	starved  bool // the server has waited in vain
}

var errStarved = errors.New("nothing more is sent")

func (h *hand) next() {
	h.unread, h.chunks = h.chunks[0], h.chunks[1:]
	h.seen = len(h.said)
}

// sent is how many octets the server has not read, with those that it has asked for.
func (h *hand) sent() int {
	if len(h.unread) == 0 && len(h.chunks) > 0 && h.asked() {
		h.next()
	}
	return len(h.unread)
}

// asked reports whether the server has asked for more since the last chunk.
func (h *hand) asked() bool {
	for line := range bytes.Lines(h.said[h.seen:]) {
		if line[0] == '+' {
			return true
		}
	}
	return false
}

func (h *hand) Read(b []byte) (int, error) {
	if h.sent() == 0 {
		h.starved = true
		return 0, errStarved
	}
	n := copy(b, h.unread)
	h.unread = h.unread[n:]
	return n, nil
}

func (h *hand) Write(b []byte) (int, error) {
	h.said = append(h.said, b...)
	return len(b), nil
}

func (h *hand) Close() error { return nil }
