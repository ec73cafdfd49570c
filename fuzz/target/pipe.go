package target

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// ErrStalled is what a client's Read returns when the server will never
// answer: it handles a connection in one goroutine, that goroutine waits for
// octets of the client, and both directions are empty. It is found by looking
// at the two ends under one lock, not by a timer, so the same conversation
// stalls at the same octet every time.
var ErrStalled = errors.New("stalled: the server waits for the client to go on")

// newPipe is a connection in memory. Each direction buffers whatever is written
// until it is read, so Write never blocks. After the server's end is closed the
// client reads what is left, then io.EOF.
//
// Stalls are only seen by the client's end. The server must read with one
// goroutine and must not write on its own account while that one waits.
func newPipe() (client, server *pipeEnd) {
	p := &pipe{}
	p.client.init(p, &p.server)
	p.server.init(p, &p.client)
	return &p.client, &p.server
}

type pipe struct {
	mu             sync.Mutex // guards both ends
	client, server pipeEnd
	relayed        bool // the server is not at its end: nothing is known of stalls
}

// pipeEnd is one end of a pipe; it is a net.Conn.
type pipeEnd struct {
	pipe *pipe
	peer *pipeEnd
	wake sync.Cond

	in      []byte // what the peer has written, from off still to be read
	off     int
	waiting int // goroutines inside Read with nothing to return
	closed  bool
	ended   bool // nothing more is written

	readBy, writeBy time.Time
	timer           *time.Timer
	timerAt         time.Time // when timer fires, zero if it is not armed
}

func (e *pipeEnd) init(p *pipe, peer *pipeEnd) {
	e.pipe, e.peer, e.wake.L = p, peer, &p.mu
}

// Read implements net.Conn. Octets that have arrived are delivered even after
// the deadline: a process that was not scheduled in time must not take an
// answer for a silence.
func (e *pipeEnd) Read(b []byte) (int, error) {
	e.pipe.mu.Lock()
	defer e.pipe.mu.Unlock()
	for {
		switch {
		case e.closed:
			return 0, net.ErrClosed
		case e.off < len(e.in):
			n := copy(b, e.in[e.off:])
			if e.off += n; e.off == len(e.in) {
				e.in, e.off = e.in[:0], 0
			}
			return n, nil
		case len(b) == 0:
			return 0, nil
		case e.peer.closed, e.peer.ended:
			return 0, io.EOF
		case e == &e.pipe.client && !e.pipe.relayed && e.peer.hungry():
			return 0, ErrStalled
		case expired(e.readBy):
			return 0, os.ErrDeadlineExceeded
		}
		e.arm()
		e.waiting++
		if e == &e.pipe.server && e.peer.waiting > 0 {
			e.peer.wake.Broadcast() // to find that it is stalled
		}
		e.wake.Wait()
		e.waiting--
	}
}

// hungry reports whether a goroutine waits in Read and nothing is there for it.
func (e *pipeEnd) hungry() bool { return e.waiting > 0 && e.off == len(e.in) && !e.peer.ended }

// Write implements net.Conn. To a closed peer it fails with io.ErrClosedPipe.
func (e *pipeEnd) Write(b []byte) (int, error) {
	e.pipe.mu.Lock()
	defer e.pipe.mu.Unlock()
	switch {
	case e.closed, e.ended:
		return 0, net.ErrClosed
	case e.peer.closed:
		return 0, io.ErrClosedPipe
	case expired(e.writeBy):
		return 0, os.ErrDeadlineExceeded
	}
	e.peer.in = append(e.peer.in, b...)
	if e.peer.waiting > 0 {
		e.peer.wake.Signal()
	}
	return len(b), nil
}

// Close implements net.Conn. Closing twice is no error.
func (e *pipeEnd) Close() error {
	e.pipe.mu.Lock()
	defer e.pipe.mu.Unlock()
	e.closed = true
	if e.timer != nil {
		e.timer.Stop()
	}
	e.wake.Broadcast()
	e.peer.wake.Broadcast()
	return nil
}

// CloseWrite has the peer read the end, behind what was written.
func (e *pipeEnd) CloseWrite() error {
	e.pipe.mu.Lock()
	defer e.pipe.mu.Unlock()
	e.ended = true
	e.peer.wake.Broadcast()
	return nil
}

// SetDeadline implements net.Conn.
func (e *pipeEnd) SetDeadline(t time.Time) error {
	e.pipe.mu.Lock()
	defer e.pipe.mu.Unlock()
	e.writeBy = t
	e.setReadBy(t)
	return nil
}

// SetReadDeadline implements net.Conn.
func (e *pipeEnd) SetReadDeadline(t time.Time) error {
	e.pipe.mu.Lock()
	defer e.pipe.mu.Unlock()
	e.setReadBy(t)
	return nil
}

// SetWriteDeadline implements net.Conn.
func (e *pipeEnd) SetWriteDeadline(t time.Time) error {
	e.pipe.mu.Lock()
	defer e.pipe.mu.Unlock()
	e.writeBy = t
	return nil
}

func (e *pipeEnd) setReadBy(t time.Time) {
	e.readBy = t
	if e.waiting > 0 {
		e.wake.Broadcast()
	}
}

// arm makes sure that a timer fires no later than the read deadline. Deadlines
// are moved forward at every command and hardly ever reached, so a timer that
// fires too early is left alone: the reader that it wakes arms it again.
func (e *pipeEnd) arm() {
	if e.readBy.IsZero() || !e.timerAt.IsZero() && !e.timerAt.After(e.readBy) {
		return
	}
	e.timerAt = e.readBy
	if e.timer == nil {
		e.timer = time.AfterFunc(time.Until(e.readBy), e.ring)
	} else {
		e.timer.Reset(time.Until(e.readBy))
	}
}

func (e *pipeEnd) ring() {
	e.pipe.mu.Lock()
	defer e.pipe.mu.Unlock()
	e.timerAt = time.Time{}
	e.wake.Broadcast()
}

func expired(t time.Time) bool { return !t.IsZero() && !time.Now().Before(t) }

// LocalAddr implements net.Conn.
func (e *pipeEnd) LocalAddr() net.Addr { return pipeAddr{} }

// RemoteAddr implements net.Conn.
func (e *pipeEnd) RemoteAddr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
