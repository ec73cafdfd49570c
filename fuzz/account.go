package fuzz

import (
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// Account is whom a trace logs in as: traces name [model.User], files and reports have no
// password.
type Account struct {
	user, secret string
	password     password
}

// NewAccount is the account of an instance.
func NewAccount(in target.Instance) Account {
	user, secret := in.User()
	return Account{user, secret, newPassword(user, secret)}
}

// Struck is an exchange as files and reports may have it: without the password in its
// answer.
func (a Account) Struck(x model.Exchange) model.Exchange { return a.password.exchange(x) }

// Text is what the server's process has written, without the password.
func (a Account) Text(text string) string { return a.password.text(text, nil) }

// Command puts the account's name and password in the place of those that traces
// have. They go to the server and nowhere else.
func (a Account) Command(c model.Command) model.Command {
	if a.user == model.User && a.secret == model.Password {
		return c
	}
	switch c := c.(type) {
	case model.LoginCmd:
		if c.User.S == model.User {
			c.User.S = a.user
			c.User = c.User.Legal()
		}
		if c.Password.S == model.Password {
			c.Password.S = a.secret
			c.Password = c.Password.Legal()
		}
		return c
	case model.Authenticate:
		lines := append([]string(nil), c.Lines...)
		for i, line := range lines {
			if line == model.PlainLine(model.User, model.Password) {
				lines[i] = model.PlainLine(a.user, a.secret)
			}
		}
		c.Lines = lines
		return c
	case model.StartTLS:
		if c.Behind != nil {
			c.Behind = a.Command(c.Behind)
		}
		return c
	}
	return c
}
