package bench

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz/reference"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
	"github.com/imapcheck/imapcheck/properties"
)

// world is the server, its connections and its judge between two commands.
type world struct {
	store reference.Store
	judge model.State
	links []link // by the number of the connection
}

// link is what a client has of a connection.
type link struct {
	number int              // the server's; -1 for none
	unread []model.Response // that came behind the completion
	closed bool             // by the server
	over   bool             // the client has heard of it, or cannot follow it any more
}

// clone shares nothing with w that changes.
func (w *world) clone() *world {
	return &world{w.store.Clone(), w.judge.Clone(), slices.Clone(w.links)}
}

// free is the number that the server gives to a connection: the first that no other
// has.
func (w *world) free(conn int) int {
	w.links[conn].number = -1
	for n := 0; ; n++ {
		if !slices.ContainsFunc(w.links, func(l link) bool { return l.number == n && !l.closed }) {
			return n
		}
	}
}

// hand leads a server through commands without a network: it is to a [fuzz.Driver] what
// [reference.Server.Handle] is to a connection.
type hand struct {
	server  *reference.Server
	machine model.Machine
}

// newHand leads the server of a subject.
func newHand(s *Subject) *hand {
	return &hand{server: reference.New(reference.Usual(s.Fault, false)), machine: s.Machine}
}

// begin is the world before the first connection.
func (h *hand) begin(f model.Fixture) *world {
	w := &world{store: h.server.Store(f), judge: h.machine.Init(f)}
	w.judge.Forget() // it judges, and answers nothing
	return w
}

// errStranded says that octets were left in the server that are no whole command.
var errStranded = fmt.Errorf("the server has read a part of a command")

// errHangsUp says that a client hangs up, which takes a network.
var errHangsUp = fmt.Errorf("a client that hangs up takes a network")

// step changes the world by number i of the steps of a trace, and says how that is
// judged.
func (h *hand) step(w *world, i int, st model.Step) (v properties.Verdict, err error) {
	if st.Delivery.HangsUp() {
		return v, errHangsUp
	}
	for len(w.links) <= st.Conn {
		w.links = append(w.links, link{number: -1})
	}
	if p := w.judge.Phase(st.Conn); p == model.Unopened || p == model.Logout {
		w.links[st.Conn] = link{number: w.free(st.Conn)}
		said, o := h.server.Handle(&w.store, w.links[st.Conn].number, nil)
		x := model.Exchange{Conn: st.Conn, Step: i, Reply: w.links[st.Conn].reply(said, o, "", nil)}
		w.judge = v.Next(h.machine, w.judge, x)
		if w.judge.Phase(st.Conn) == model.Logout {
			return v, nil
		}
	}
	l := &w.links[st.Conn]
	x := model.Exchange{Conn: st.Conn, Step: i, Tag: model.Tag(i), Cmd: h.machine.Bind(w.judge, st.Conn, st.Cmd)}
	switch {
	case l.over:
		x.Reply.End = model.Closed
	case l.closed:
		x.Reply = l.reply(nil, reference.Ends, x.Tag, x.Cmd)
	default:
		said, o := h.server.Handle(&w.store, l.number, chunks(x.Tag, x.Cmd))
		if o == reference.Strands {
			return v, errStranded
		}
		x.Reply = l.reply(said, o, x.Tag, x.Cmd)
	}
	w.judge = v.Next(h.machine, w.judge, x)
	return v, nil
}

// chunks are what a client sends of a command, each when it is asked to.
func chunks(tag string, c model.Command) [][]byte {
	octets := wire.AppendCommand(nil, tag, c)
	if raw, ok := c.(model.Raw); ok {
		if spelled, ok := wire.Spells(raw.Bytes); ok {
			c = spelled
		}
	}
	auth, ok := c.(model.Authenticate)
	if ok {
		octets = octets[:bytes.IndexByte(octets, '\n')+1]
	}
	list := wire.Chunks(octets)
	for _, line := range auth.Lines {
		list = append(list, []byte(line+"\r\n"))
	}
	if ok {
		list = append(list, []byte("*\r\n"))
	}
	if c.Name() == "IDLE" {
		list = append(list, []byte("DONE\r\n"))
	}
	return list
}

// reply is what a client reads as the answer to a command, or as the greeting, where
// the server has said so much more; see [fuzz.Session.Do].
func (l *link) reply(said []byte, o reference.Outcome, tag string, c model.Command) model.Reply {
	rs := slices.Clone(l.unread)
	cut := false
	for in := wire.NewReader(bytes.NewReader(said), wire.Limits{}); ; {
		r, err := in.Next()
		if err != nil {
			if cut = r.Raw != ""; cut {
				rs = append(rs, model.Cut(r.Raw))
			}
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				break
			}
			l.over = true
			return model.Reply{Responses: rs, End: model.Flooded}
		}
		rs = append(rs, r)
	}
	n := 0 // so many are of the answer
	done := false
	for n < len(rs) && !done {
		done = tag == "" || completes(&rs[n], tag)
		n++
	}
	if tag != "" {
		for done && n < len(rs) && strings.HasPrefix(rs[n].Raw, "* ") && strings.HasSuffix(rs[n].Raw, " EXPUNGE") {
			n++
		}
	}
	bye := slices.ContainsFunc(rs[:n], func(r model.Response) bool { return r.Tag == "*" && r.Status == model.BYE })
	loggedOut := c != nil && c.Name() == "LOGOUT" && done && rs[n-1].Status == model.OK
	if done && !bye && !loggedOut && !cut {
		l.unread, l.closed = slices.Clone(rs[n:]), o == reference.Ends
		l.over = o == reference.Hangs // no completion will come of what is sent
		return model.Reply{Responses: rs[:n]}
	}
	l.unread, l.closed, l.over = nil, o == reference.Ends, true
	switch {
	case o == reference.Ends:
		return model.Reply{Responses: rs, End: model.Closed}
	case done:
		return model.Reply{Responses: rs} // it does not close: that is no silence
	}
	return model.Reply{Responses: rs, End: model.Silent}
}

// completes reports whether r has the tag, also with a flaw.
func completes(r *model.Response, tag string) bool {
	if r.Tag == tag {
		return true
	}
	rest, ok := strings.CutPrefix(r.Raw, tag)
	return ok && r.Syntax != nil && (rest == "" || rest[0] == ' ')
}
