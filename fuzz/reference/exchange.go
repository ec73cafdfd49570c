package reference

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/model"
)

// exchange answers a command, or greets, and puts the answer into the connection's
// output. It reports whether the connection goes on.
func (s *Server) exchange(c *conn, call *fault.Call) bool {
	a, f := call.Account, s.Fault
	if f == nil {
		f = &fault.Fault{}
	}
	if f.Hear != nil || f.Tell != nil {
		call.Before = a.Clone()
	}
	call.Was = *a.Session(call.Conn)
	call.Was.Told = slices.Clone(call.Was.Told)
	if f.Hear != nil && call.Cmd != nil {
		f.Hear(call)
	}
	if call.Crash == "" && !call.Hang {
		x := model.Exchange{Conn: call.Conn, Tag: call.Tag, Cmd: call.Cmd}
		reply, ok := a.Answer(call.Machine, x, s.Policy.manner(c.rand, call))
		if !ok {
			reply, ok = a.Answer(call.Machine, x, model.Usual)
		}
		if !ok { // a.Session is not open
			return false
		}
		// Literals were asked for while they were read.
		reply.Responses = slices.DeleteFunc(reply.Responses, func(r model.Response) bool { return r.Tag == "+" })
		call.Reply = &reply
		hook := f.Tell
		if call.Cmd == nil {
			hook = f.Greet
		}
		if hook != nil {
			hook(call)
		}
		s.Policy.dress(c.rand, call)
	}
	switch {
	case call.Crash != "":
		s.crashed(call.Crash)
		return false
	case call.Hang:
		c.silent = true
		return false
	}
	for i := range call.Reply.Responses {
		r := &call.Reply.Responses[i]
		octets, end := c.spell(r), "\r\n"
		if f.Spell != nil {
			other := f.Spell(call, r, octets)
			if strings.HasSuffix(other, "\n") && !strings.HasSuffix(octets, "\n") { // which a literal may
				end = ""
			}
			octets = other
		}
		c.out = append(append(c.out, octets...), end...)
	}
	return call.Reply.End == model.Open
}

// write puts a response into the output.
func (c *conn) write(r *model.Response) {
	c.out = append(append(c.out, c.spell(r)...), "\r\n"...)
}
