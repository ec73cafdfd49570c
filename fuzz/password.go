package fuzz

import (
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// password is an account's password, which gets into no file and no report.
type password struct {
	spellings []string
	short     bool // it stands in many a text by chance
}

// newPassword is that of an account. One that everybody knows is nothing to hide.
func newPassword(user, text string) password {
	if text == "" || text == model.Password {
		return password{}
	}
	const long = 6
	return password{append(target.Spellings(text), model.PlainLine(user, text)), len(text) < long}
}

// text is what was said in answer to c, with the password blotted out octet by
// octet. A short password is looked for only where it was sent.
func (p password) text(text string, c model.Command) string {
	if p.short && !hasPassword(c) {
		return text
	}
	for _, spelling := range p.spellings {
		text = strings.ReplaceAll(text, spelling, strings.Repeat("*", len(spelling)))
	}
	return text
}

// hasPassword reports whether a command can have the account's password.
func hasPassword(c model.Command) bool {
	switch c := c.(type) {
	case model.LoginCmd, model.Authenticate:
		return true
	case model.StartTLS:
		return hasPassword(c.Behind)
	}
	return false
}

// exchange is an exchange without the password in its answer.
func (p password) exchange(x model.Exchange) model.Exchange {
	if len(p.spellings) == 0 {
		return x
	}
	x.Reply.Responses = slices.Clone(x.Reply.Responses)
	for i := range x.Reply.Responses {
		r := &x.Reply.Responses[i]
		said := 0 // what is of the protocol is no password
		if r.Status != model.NoStatus {
			said = strings.IndexByte(r.Raw, ' ') + 1 + len(r.Status.String())
		}
		switch raw := r.Raw[:said] + p.text(r.Raw[said:], x.Cmd); {
		case raw == r.Raw:
		case r.IsCut():
			*r = model.Cut(raw)
		default:
			*r = wire.ParseResponse(raw)
		}
	}
	return x
}
