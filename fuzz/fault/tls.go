package fault

import (
	"slices"

	"github.com/imapcheck/imapcheck/model"
)

// strict is what a server offers that lets nobody in in the clear.
var strict = []string{"LOGINDISABLED", "STARTTLS"}

var tls = []*Fault{
	{
		Name: "plain-kept", Layer: TLS, Clause: "6.2.1", Least: 2,
		Text:       "A command that came in the clear behind STARTTLS is executed under TLS.",
		Caps:       strict,
		KeepsPlain: true,
	},
	{
		Name: "logindisabled-kept", Layer: TLS, Clause: "7.2.1", Least: 3,
		Text: "LOGINDISABLED is advertised under TLS, where LOGIN is accepted.",
		Caps: strict,
		Tell: func(c *Call) {
			for i := range c.Reply.Responses {
				d, is := c.Reply.Responses[i].Data.(model.CapabilityData)
				if is && c.Was.TLS && c.Was.Phase == model.NotAuthenticated {
					c.Reply.Responses[i].Data = model.CapabilityData{Caps: append(slices.Clone(d.Caps), "LOGINDISABLED")}
				}
			}
		},
	},
	{
		Name: "login-in-clear", Layer: TLS, Clause: "6.2.3", Least: 2,
		Text: "LOGIN is accepted in the clear although LOGINDISABLED is advertised.",
		Caps: strict,
		Hear: func(c *Call) { c.openly() },
		Tell: func(c *Call) { c.inClear() },
	},
	{
		Name: "login-in-clear-again", Layer: TLS, Clause: "6.2.3", Least: 3,
		Text: "LOGIN is accepted in the clear when it was refused once.",
		Caps: strict,
		Hear: func(c *Call) {
			if c.Is("LOGIN") {
				if c.Own["refused"]++; c.Own["refused"] > 1 {
					c.openly()
				}
			}
		},
		Tell: func(c *Call) { c.inClear() },
	},
	{
		Name: "login-kept", Layer: TLS, Clause: "6.2.1", Least: 3,
		Text: "A client that was refused in the clear, with the right password, is logged in by STARTTLS.",
		Caps: strict,
		Tell: func(c *Call) {
			switch l, is := c.Cmd.(model.LoginCmd); {
			case is && !c.Was.TLS && c.Was.Phase == model.NotAuthenticated && l.User.S == model.User && l.Password.S == model.Password:
				c.Own["right"] = 1
			case c.Is("STARTTLS") && c.OK() && c.Own["right"] > 0:
				c.Session().Phase = model.Authenticated
			}
		},
	},
	{
		Name: "starttls-again", Layer: TLS, Clause: "RFC 9051 6.2.1", Level: model.SHOULD, Least: 2,
		Text: "STARTTLS under TLS is answered OK.",
		Caps: strict,
		Tell: func(c *Call) {
			if _, is := c.Cmd.(model.StartTLS); is && c.Was.TLS && c.Was.Phase == model.NotAuthenticated {
				c.Complete(model.OK)
			}
		},
	},
	{
		Name: "starttls-after-login", Layer: TLS, Clause: "6.2.1", Least: 3,
		Text: "STARTTLS is answered OK behind LOGIN.",
		Caps: strict,
		Tell: func(c *Call) {
			if _, is := c.Cmd.(model.StartTLS); is && c.Was.Phase == model.Authenticated {
				c.Complete(model.OK)
			}
		},
	},
	{
		Name: "starttls-refused", Layer: TLS, Clause: "7.1.3", Least: 3,
		Text: "STARTTLS is answered BAD behind a LOGIN that was refused.",
		Caps: strict,
		Hear: func(c *Call) {
			if c.Is("LOGIN") && !c.Was.TLS {
				c.Own["refused"] = 1
			}
			if c.Is("STARTTLS") && c.Own["refused"] > 0 {
				c.Session().TLS = true // so that there is none to begin
			}
		},
		Tell: func(c *Call) {
			if c.Is("STARTTLS") && !c.OK() {
				c.Session().TLS = c.Was.TLS
			}
		},
	},
	{
		Name: "starttls-nothing", Layer: TLS, Clause: "6.2.1", Least: 1,
		Text: "STARTTLS is answered OK, and the connection stays in the clear.",
		Caps: []string{"STARTTLS"},
		Tell: func(c *Call) {
			if c.Is("STARTTLS") && c.OK() {
				c.Session().TLS = c.Was.TLS
			}
		},
	},
	{
		Name: "starttls-talks", Layer: TLS, Clause: "6.2.1", Least: 2,
		Text: "Behind the OK of STARTTLS the capabilities are sent in the clear, if they were asked for before.",
		Caps: []string{"STARTTLS"},
		Tell: func(c *Call) {
			switch {
			case c.Is("CAPABILITY") && c.OK():
				c.Own["asked"] = 1
			case c.Is("STARTTLS") && c.OK() && c.Own["asked"] > 0:
				c.Reply.Responses = append(c.Reply.Responses, model.Response{Tag: "*", Data: model.CapabilityData{Caps: []string{"IMAP4rev1"}}})
			}
		},
	},
	{
		Name: "starttls-closes", Layer: TLS, Clause: "6.2.1", Level: model.SHOULD, Least: 1,
		Text: "STARTTLS is answered OK, and the connection closed.",
		Caps: []string{"STARTTLS"},
		Tell: func(c *Call) {
			if c.Is("STARTTLS") && c.OK() {
				c.Reply.End = model.Closed
			}
		},
	},
}

// inClear ends what openly began.
func (c *Call) inClear() {
	if c.Is("LOGIN") {
		c.Session().TLS = c.Was.TLS
	}
}

// openly has LOGIN in the clear taken as if it were under TLS.
func (c *Call) openly() {
	if c.Is("LOGIN") && c.Was.Phase == model.NotAuthenticated {
		c.Session().TLS = true
	}
}
