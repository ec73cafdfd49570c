package fault

import (
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

var dialogue = []*Fault{
	{
		Name: "noop-uncompleted", Layer: Dialogue, Clause: "2.2.2", Least: 1,
		Text: "NOOP gets no completion when there is nothing to tell.",
		Tell: func(c *Call) {
			if c.Is("NOOP") && c.OK() && len(c.Reply.Responses) == 1 {
				c.Reply.Responses = nil
			}
		},
	},
	{
		Name: "close-completed-twice", Layer: Dialogue, Clause: "2.2.2", Least: 5,
		Text: "A CLOSE that has removed a message is completed twice.",
		Tell: func(c *Call) {
			if c.Is("CLOSE") && c.OK() && c.Was.Box != nil && mails(c.Before) > mails(c.Account) {
				c.Reply.Responses = append(c.Reply.Responses, *c.Tagged())
			}
		},
	},
	{
		Name: "tag-folded", Layer: Dialogue, Clause: "2.2.2", Least: 1,
		Text: "The tag of a NO is in lower case.",
		Tell: func(c *Call) {
			if r := c.Tagged(); r != nil && r.Status == model.NO {
				r.Tag = strings.ToLower(r.Tag)
			}
		},
	},
	{
		Name: "untagged-completion", Layer: Dialogue, Clause: "2.2.2", Least: 2,
		Text: "STATUS of a mailbox that does not exist is completed by an untagged NO.",
		Tell: func(c *Call) {
			if r := c.Tagged(); c.Is("STATUS") && r != nil && r.Status == model.NO {
				r.Tag = "*"
			}
		},
	},
	{
		Name: "logout-without-bye", Layer: Dialogue, Clause: "6.1.3", Least: 1,
		Text: "LOGOUT is answered without BYE.",
		Tell: func(c *Call) {
			if c.Is("LOGOUT") {
				c.Drop(isBye)
			}
		},
	},
	{
		Name: "bye-behind-ok", Layer: Dialogue, Clause: "6.1.3", Least: 3,
		Text: "LOGOUT with a mailbox selected is answered by BYE behind the tagged OK.",
		Tell: func(c *Call) {
			if rs := c.Reply.Responses; c.Is("LOGOUT") && c.OK() && c.Was.Phase == model.Selected {
				last := len(rs) - 1
				rs[last-1], rs[last] = rs[last], rs[last-1]
			}
		},
	},
	{
		Name: "logout-stays", Layer: Dialogue, Clause: "6.1.3", Least: 2,
		Text: "LOGOUT of a client that has logged in does not close the connection.",
		Tell: func(c *Call) {
			if c.Is("LOGOUT") && c.OK() && c.Was.Phase >= model.Authenticated {
				c.Reply.End = model.Open
			}
		},
	},
	{
		Name: "noop-read-only", Layer: Dialogue, Clause: "6.1.2", Least: 3,
		Text: "NOOP is refused in a mailbox that is selected read-only.",
		Tell: func(c *Call) {
			if c.Is("NOOP") && c.OK() && c.Was.ReadOnly {
				c.Complete(model.NO)
			}
		},
	},
	{
		Name: "capability-once", Layer: Dialogue, Clause: "6.1.1", Least: 2,
		Text: "The second CAPABILITY of a connection is answered without the list.",
		Tell: func(c *Call) {
			if c.Is("CAPABILITY") && c.OK() {
				if c.Own["told"]++; c.Own["told"] > 1 {
					c.Drop(func(r *model.Response) bool { _, is := r.Data.(model.CapabilityData); return is })
				}
			}
		},
	},
	{
		Name: "failed-select-stays", Layer: Dialogue, Clause: "6.3.1", Least: 4,
		Text: "A SELECT that fails leaves the mailbox selected that was.",
		Tell: func(c *Call) {
			if c.Is("SELECT", "EXAMINE") && !c.Malformed() && !c.OK() && c.Was.Phase == model.Selected {
				c.Stay()
			}
		},
	},
	{
		Name: "close-read-only-stays", Layer: Dialogue, Clause: "6.4.2", Least: 4,
		Text: "CLOSE leaves a mailbox selected that was opened by EXAMINE.",
		Tell: func(c *Call) {
			if c.Is("CLOSE") && c.OK() && c.Was.ReadOnly {
				c.Stay()
			}
		},
	},
	{
		Name: "reads-early", Layer: Dialogue, Clause: "6.3", Least: 1,
		Text: "LIST, LSUB and STATUS are answered before the client has logged in.",
		Hear: func(c *Call) {
			if c.Is("LIST", "LSUB", "STATUS") && c.Was.Phase == model.NotAuthenticated {
				c.Session().Phase = model.Authenticated
			}
		},
		Tell: func(c *Call) {
			if c.Is("LIST", "LSUB", "STATUS") {
				c.Session().Phase = c.Was.Phase
			}
		},
	},
	{
		Name: "failed-login-lets-in", Layer: Dialogue, Clause: "6.2.3", Least: 2,
		Text: "A LOGIN that is refused lets the client in all the same.",
		Tell: func(c *Call) {
			if c.Is("LOGIN") && !c.Malformed() && !c.OK() && c.Was.Phase == model.NotAuthenticated {
				c.Session().Phase = model.Authenticated
			}
		},
	},
	{
		Name: "login-twice", Layer: Dialogue, Clause: "6.2", Least: 2,
		Text: "LOGIN is accepted of a client that has logged in.",
		Hear: func(c *Call) {
			if c.Is("LOGIN") && !c.Malformed() && c.Was.Phase == model.Authenticated {
				c.Session().Phase = model.NotAuthenticated
			}
		},
		Tell: func(c *Call) {
			if c.Is("LOGIN") && c.Was.Phase == model.Authenticated {
				c.Stay()
			}
		},
	},
	{
		Name: "examine-read-write", Layer: Dialogue, Clause: "6.3.2", Least: 3,
		Text: "EXAMINE is completed with READ-WRITE if a mailbox was selected before.",
		Tell: func(c *Call) {
			if c.Is("EXAMINE") && c.OK() && c.Was.Phase == model.Selected {
				c.Tagged().Code = &model.Code{Name: "READ-WRITE"}
			}
		},
	},
	{
		Name: "search-after-close", Layer: Dialogue, Clause: "6.4", Least: 4,
		Text: "SEARCH behind CLOSE is answered, with no number.",
		Tell: func(c *Call) {
			switch {
			case c.Is("CLOSE") && c.OK():
				c.Own["closed"] = 1
			case c.Is("SELECT", "EXAMINE"):
				c.Own["closed"] = 0
			case c.Is("SEARCH") && !c.Malformed() && c.Was.Phase == model.Authenticated && c.Own["closed"] > 0:
				c.Put(model.Response{Tag: "*", Data: model.SearchData{}})
				c.Complete(model.OK)
			}
		},
	},
	{
		Name: "unselect-logs-out", Layer: Dialogue, Clause: "RFC 3691 2", Least: 4,
		Text: "Behind UNSELECT the client has to log in again.",
		Tell: func(c *Call) {
			if c.Is("UNSELECT") && c.OK() {
				c.Session().Phase = model.NotAuthenticated
			}
		},
	},
	{
		Name: "delete-selected-logs-out", Layer: Dialogue, Clause: "3.3", Least: 5,
		Text: "DELETE of the mailbox that is selected logs the client out.",
		Tell: func(c *Call) {
			box, is := c.Cmd.(model.Mailbox)
			if is && box.Verb == "DELETE" && c.OK() && c.Was.Box != nil && c.Before.Boxes[model.FoldInbox(box.Box.S)] == c.Before.Session(c.Conn).Box {
				*c.Session() = model.Session{Phase: model.NotAuthenticated, TLS: c.Was.TLS}
			}
		},
	},
	{
		Name: "create-again-bad", Layer: Dialogue, Clause: "7.1.3", Least: 3,
		Text: "CREATE of a mailbox that exists is answered BAD, but for INBOX.",
		Tell: func(c *Call) {
			box, is := c.Cmd.(model.Mailbox)
			if name := model.FoldInbox(box.Box.S); is && box.Verb == "CREATE" && !c.OK() && name != "INBOX" && c.Account.Boxes[name] != nil {
				c.Complete(model.BAD)
			}
		},
	},
	{
		Name: "uid-nothing-bad", Layer: Dialogue, Clause: "6.4.8", Least: 3,
		Text: "UID FETCH of messages that are not there is answered BAD.",
		Tell: func(c *Call) {
			if c.Name() == "UID FETCH" && c.OK() && len(c.Reply.Responses) == 1 {
				c.Complete(model.BAD)
			}
		},
	},
	{
		Name: "bye-and-on", Layer: Dialogue, Clause: "7.1.5", Least: 3,
		Text: "The third command that is refused before login is answered BYE, and the connection goes on.",
		Tell: func(c *Call) {
			if r := c.Tagged(); r != nil && r.Status != model.OK && c.Was.Phase == model.NotAuthenticated {
				if c.Own["refused"]++; c.Own["refused"] == 3 {
					c.Put(model.Response{Tag: "*", Status: model.BYE, Text: "You try too much."})
				}
			}
		},
	},
	{
		Name: "cancel-closes", Layer: Dialogue, Clause: "3.4", Least: 1,
		Text: "AUTHENTICATE that is cancelled closes the connection without a word.",
		Tell: func(c *Call) {
			if a, is := c.Cmd.(model.Authenticate); is && len(a.Lines) > 0 && a.Lines[0] == "*" && c.Was.Phase == model.NotAuthenticated {
				c.Reply.Responses, c.Reply.End = nil, model.Closed
			}
		},
	},
	{
		Name: "cancel-no", Layer: Dialogue, Clause: "6.2.2", Least: 1,
		Text: "AUTHENTICATE that is cancelled is answered NO.",
		Tell: func(c *Call) {
			if a, is := c.Cmd.(model.Authenticate); is && len(a.Lines) > 0 && a.Lines[0] == "*" && c.Was.Phase == model.NotAuthenticated {
				c.Complete(model.NO)
			}
		},
	},
	{
		Name: "preauth-late", Layer: Dialogue, Clause: "7.1.4", Least: 1,
		Text: "AUTHENTICATE that succeeds is answered by PREAUTH before the tagged OK.",
		Tell: func(c *Call) {
			if c.Is("AUTHENTICATE") && c.OK() {
				c.Put(model.Response{Tag: "*", Status: model.PREAUTH, Text: "You are known."})
			}
		},
	},
	{
		Name: "asks-twice", Layer: Dialogue, Clause: "7.5", Least: 2,
		Text: "APPEND with flags and a date is answered by a continuation request when it is complete.",
		Tell: func(c *Call) {
			if a, is := c.Cmd.(model.Append); is && c.OK() && len(a.Flags) > 0 && a.Date != "" {
				c.Put(model.Response{Tag: "+", Text: "Go on."})
			}
		},
	},
	{
		Name: "asks-for-what-comes", Layer: Dialogue, Clause: "RFC 7888 4", Least: 1,
		Text:    "A literal that does not wait is asked for.",
		Literal: func(_ string, n int, _ bool) (int, bool) { return n, true },
	},
	{
		Name: "greets-late", Layer: Dialogue, Clause: "7.1", Least: 3, Conns: 2,
		Text: "A connection is greeted with NO while another has a mailbox selected.",
		Greet: func(c *Call) {
			for i := range c.Account.Sessions {
				if i != c.Conn && c.Account.Sessions[i].Box != nil {
					c.Reply.Responses[0].Status = model.NO
				}
			}
		},
	},
}

func isBye(r *model.Response) bool { return r.Status == model.BYE }

// mails is the number of messages in an account.
func mails(a *model.Account) (n int) {
	for _, b := range a.Boxes {
		n += len(b.Mail)
	}
	return n
}
