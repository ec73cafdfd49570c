package fuzz

import (
	"context"
	"fmt"

	"github.com/imapcheck/imapcheck/model"
)

// Probe logs in to the target once, as traces do, and returns what has to be
// known of it before the first trace: whether it greets with PREAUTH, its
// hierarchy delimiter, and its capabilities. The error is one line. It says why nothing can be
// learned about this server: there is none, it does not greet, or it refuses
// the name and the password.
func (d *Driver) Probe(ctx context.Context) (model.Profile, error) {
	profile := d.Machine.Profile
	root := model.AString{Form: model.Quoted}
	r, err := d.Run(ctx, model.Trace{Steps: []model.Step{
		{Cmd: model.LoginCmd{User: model.A(model.User), Password: model.A(model.Password)}},
		{Cmd: model.List{Verb: "LIST", Ref: root, Pattern: root}},
		{Cmd: model.Simple{Verb: "CAPABILITY"}},
	}})
	if err != nil {
		return profile, err
	}
	for i := range r.Transcript.Exchanges {
		x := &r.Transcript.Exchanges[i]
		switch x.Cmd.(type) {
		case nil:
			profile.Preauth, err = d.greeted(x.Reply)
		case model.LoginCmd:
			err = d.loggedIn(x, profile.Preauth)
		case model.Simple:
			for _, p := range x.Reply.Responses {
				if c, ok := p.Data.(model.CapabilityData); ok && p.Syntax == nil {
					profile.Caps = model.Understood(c.Caps)
				}
			}
		case model.List:
			for _, p := range x.Reply.Responses {
				if l, ok := p.Data.(model.ListData); ok && p.Syntax == nil {
					profile.Delim = l.Delim
				}
			}
		}
		if err != nil {
			return profile, err
		}
	}
	return profile, nil
}

// greeted reports whether a greeting is PREAUTH.
func (d *Driver) greeted(reply model.Reply) (preauth bool, err error) {
	if len(reply.Responses) > 0 {
		switch first := reply.Responses[0]; first.Status {
		case model.OK:
			return false, nil
		case model.PREAUTH:
			return true, nil
		case model.BYE:
			return false, fmt.Errorf("%s turns connections away: %.200q", d.Target.Name(), first.Raw)
		default:
			return false, fmt.Errorf("%s is not an IMAP server: its greeting is %.200q", d.Target.Name(), first.Raw)
		}
	}
	return false, d.missing("its greeting", reply.End)
}

// loggedIn checks the answer to LOGIN. What a server says in it is not shown,
// because it may hold the password.
func (d *Driver) loggedIn(x *model.Exchange, preauth bool) error {
	switch outcome := x.Outcome(); {
	case outcome == model.OK || preauth:
		return nil
	case outcome == model.NoStatus:
		return d.missing("the answer to LOGIN", x.Reply.End)
	default:
		return fmt.Errorf("%s refuses LOGIN with this name and password: %s", d.Target.Name(), outcome)
	}
}

// missing is the error for what did not come before the connection ended.
func (d *Driver) missing(what string, end model.End) error {
	switch end {
	case model.Closed:
		return fmt.Errorf("%s closed the connection before %s", d.Target.Name(), what)
	case model.Flooded:
		return fmt.Errorf("%s floods the client in %s", d.Target.Name(), what)
	}
	return fmt.Errorf("%s did not send %s in time", d.Target.Name(), what)
}
