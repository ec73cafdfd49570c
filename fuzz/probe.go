package fuzz

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// Probe logs in to the target once, as traces do, and returns what has to be
// known of it before the first trace: whether it greets with PREAUTH, whether
// connections are under TLS, its hierarchy delimiter, and its capabilities. Where
// LOGINDISABLED is advertised it begins TLS first. The error is one line. It says
// why nothing can be learned about this server: there is none, it does not greet, or
// it refuses the name and the password.
func (d *Driver) Probe(ctx context.Context) (model.Profile, error) {
	profile := d.Machine.Profile
	_, err := d.with(ctx, model.Fixture{}, func(r *run) error {
		before, err := r.ask(model.Simple{Verb: "CAPABILITY"})
		if err != nil {
			return err
		}
		if profile.Preauth, err = d.greeted(r.Transcript.Exchanges[0].Reply); err != nil {
			return err
		}
		profile.TLS = r.sessions[0].underTLS()
		if !profile.Preauth {
			if err := d.enter(r, before); err != nil {
				return err
			}
		}
		root := model.AString{Form: model.Quoted}
		list, err := r.ask(model.List{Verb: "LIST", Ref: root, Pattern: root})
		if err != nil {
			return err
		}
		for _, p := range list.Reply.Responses {
			if l, ok := p.Data.(model.ListData); ok && p.Syntax == nil {
				profile.Delim = l.Delim
			}
		}
		after, err := r.ask(model.Simple{Verb: "CAPABILITY"})
		if err != nil {
			return err
		}
		profile.Caps = keptCapabilities(capabilities(before), capabilities(after))
		return nil
	})
	return profile, err
}

// ask sends one more command on the first connection. The exchange is an empty one
// if the server did not let it be sent.
func (r *run) ask(c model.Command) (model.Exchange, error) {
	n := r.Commands
	if err := r.step(n, model.Step{Cmd: c}); err != nil || r.Commands == n {
		return model.Exchange{}, err
	}
	return r.Transcript.Exchanges[len(r.Transcript.Exchanges)-1], nil
}

// enter logs in, under TLS if need be. before is the answer to CAPABILITY.
func (d *Driver) enter(r *run, before model.Exchange) error {
	p := model.Profile{Caps: model.Understood(capabilities(before)), TLS: r.sessions[0].underTLS()}
	if p.OffersTLS() && p.Has("LOGINDISABLED") {
		x, err := r.ask(model.StartTLS{})
		switch {
		case err != nil:
			return err
		case x.Outcome() != model.OK:
			return fmt.Errorf("%s does not let anyone in without TLS, and refuses STARTTLS", d.Target.Name())
		case x.Reply.End != model.Open:
			return fmt.Errorf("%s does not let anyone in without TLS, and no TLS comes of STARTTLS: %s", d.Target.Name(), x.Reply.End)
		}
	}
	x, err := r.ask(model.LoginStep())
	if err != nil {
		return err
	}
	return d.loggedIn(x)
}

// capabilities are those that the answer to CAPABILITY lists.
func capabilities(x model.Exchange) (caps []string) {
	for _, p := range x.Reply.Responses {
		if c, ok := p.Data.(model.CapabilityData); ok && p.Syntax == nil {
			caps = c.Caps
		}
	}
	return caps
}

// keptCapabilities are those of a profile: the ones that are advertised after login,
// and of those before it the ones that say how to get there.
func keptCapabilities(before, after []string) []string {
	first := func(c string) bool { return strings.EqualFold(c, "STARTTLS") || strings.EqualFold(c, "LOGINDISABLED") }
	kept := slices.DeleteFunc(slices.Clone(after), first)
	for _, c := range before {
		if first(c) {
			kept = append(kept, c)
		}
	}
	return model.Understood(kept)
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
func (d *Driver) loggedIn(x model.Exchange) error {
	switch outcome := x.Outcome(); {
	case outcome == model.OK:
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
