// Package fault is bugs that can be planted in the reference server: what it is that
// a tester finds is known then. Each is one small function at one place of the
// server's way from a command to its answer.
package fault

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// Layer is what a fault is a fault of.
type Layer uint8

// The layers.
const (
	Dialogue Layer = iota + 1 // tags, completions, states
	Grammar                   // the octets of a response
	View                      // message numbers, UIDs, what a session is told
	Store                     // what is kept
	Sessions                  // several connections at once
	Hostile                   // malformed input
	TLS                       // STARTTLS
)

var layerNames = [...]string{"", "dialogue", "grammar", "view", "store", "sessions", "hostile", "tls"}

// String is a word for it.
func (l Layer) String() string { return layerNames[l] }

// Fault is one bug. A hook that is nil changes nothing. Hooks of one account are never
// called at the same time, but for what others do while [Call.Yield] waits.
type Fault struct {
	Name   string // in lower case, with hyphens
	Layer  Layer
	Clause string // that it breaks: "6.4.3", of RFC 3501 if no other is named
	Text   string // what the server does, in one sentence
	// Level is that of what it breaks; 0 is MUST.
	Level model.Level
	// Least is how many commands the shortest trace has that shows it, and Conns how
	// many connections; 0 is 1.
	Least, Conns int
	// Racy says that only commands that overlap show it.
	Racy bool
	// Caps are the capabilities that the server has to have, besides those it has anyway.
	Caps []string

	// Greet is called with the greeting made.
	Greet func(*Call)
	// Hear is called with a command before it is answered. It may change what the
	// server takes the command for, and the account.
	Hear func(*Call)
	// Tell is called with the answer made, and the account as that says. It may
	// change both.
	Tell func(*Call)
	// Spell makes other octets of a response, which is without its CRLF. It gets none
	// if it makes the octets end in LF.
	Spell func(c *Call, r *model.Response, octets string) string
	// Literal is how many octets the server reads of a literal of n that ends so far
	// a command, and whether it asks for them. With less than none the line is the
	// whole command.
	Literal func(line string, n int, asks bool) (int, bool)
	// Lines are the lines that the server takes a line for, all without their CRLF.
	Lines func(line string) []string
	// KeepsPlain says that the octets behind STARTTLS are read again under TLS.
	KeepsPlain bool
}

// Call is one command on its way through the server.
type Call struct {
	Conn    int
	Machine model.Machine // a copy: it counts for this command alone
	// Account is that of the connection, to be changed at will.
	Account *model.Account
	// Was is the connection's session before the command, and Before the account:
	// copies of them. The folder of Was is that of Account.
	Was    model.Session
	Before *model.Account
	Tag    string
	Text   string        // as it was sent, without the tag
	Cmd    model.Command // nil for the greeting
	Reply  *model.Reply  // in Tell: without continuation requests
	// Memory is what the fault keeps of the account, from call to call, and Own what it
	// keeps of the connection.
	Memory, Own map[string]int
	// Yield lets other connections have the account for a moment.
	Yield func()
	// Hang is to be set for a server that falls silent, and Crash to what it says at
	// its sudden end.
	Hang  bool
	Crash string
}

// Session is that of the connection.
func (c *Call) Session() *model.Session { return c.Account.Session(c.Conn) }

// Name is that of the command, "" for the greeting.
func (c *Call) Name() string {
	if c.Cmd == nil {
		return ""
	}
	return c.Cmd.Name()
}

// Is reports whether the command has one of the names, whatever stands behind UID.
func (c *Call) Is(names ...string) bool {
	return slices.Contains(names, strings.TrimPrefix(c.Name(), "UID "))
}

// Malformed reports whether section 9 does not allow the command.
func (c *Call) Malformed() bool {
	_, raw := c.Cmd.(model.Raw)
	return raw
}

// Tagged is the completion, nil for none.
func (c *Call) Tagged() *model.Response {
	if c.Reply == nil {
		return nil
	}
	for i := range c.Reply.Responses {
		if r := &c.Reply.Responses[i]; r.Tag == c.Tag {
			return r
		}
	}
	return nil
}

// OK reports whether the command has succeeded.
func (c *Call) OK() bool {
	r := c.Tagged()
	return r != nil && r.Status == model.OK
}

// Drop takes responses out of the answer.
func (c *Call) Drop(is func(*model.Response) bool) {
	c.Reply.Responses = slices.DeleteFunc(c.Reply.Responses, func(r model.Response) bool { return is(&r) })
}

// Put adds a response before the completion.
func (c *Call) Put(r model.Response) {
	rs := c.Reply.Responses
	at := len(rs)
	for i := range rs {
		if rs[i].Tag == c.Tag {
			at = i
		}
	}
	c.Reply.Responses = slices.Insert(rs, at, r)
}

// Complete makes st the completion of the command.
func (c *Call) Complete(st model.Status) {
	if r := c.Tagged(); r != nil {
		r.Status, r.Code, r.Text = st, nil, c.Name()+" is so"
	}
}

// Stay leaves the connection in the session that it had before the command.
func (c *Call) Stay() { *c.Session() = c.Was }

// All are the faults, by layer and name.
func All() []*Fault { return slices.Clone(all) }

// Find is the fault of that name, nil for none.
func Find(name string) *Fault {
	i := slices.IndexFunc(all, func(f *Fault) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return all[i]
}

var all = slices.Concat(dialogue, grammar, view, store, sessions, hostile, tls)
