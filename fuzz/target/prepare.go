package target

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// prepare empties the account by IMAP commands, sees that it is empty, and
// appends the fixture's messages.
func (in *account) prepare(ctx context.Context, f model.Fixture) error {
	a, preauth, err := in.dialAdmin(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	defer context.AfterFunc(ctx, func() { a.conn.Close() })()

	err = a.prepare(in.user, preauth, in.target.blank, f)
	if err != nil && ctx.Err() != nil {
		return ctx.Err() // why the connection was closed
	}
	return err
}

// prepare fills the account, and empties it first unless it is blank.
func (a *admin) prepare(user string, preauth, blank bool, f model.Fixture) error {
	if !preauth {
		login := model.LoginCmd{User: model.A(user), Password: model.A(a.secret)}
		if _, err := a.do(fmt.Sprintf("LOGIN as %q", user), login); err != nil {
			return a.disabled(err)
		}
	}
	steps := []func() error{
		func() error { return a.remove("LIST", "DELETE") },
		func() error { return a.remove("LSUB", "UNSUBSCRIBE") },
		a.emptyInbox,
		func() error { return a.inboxHolds(0) },
		func() error { return a.fill(f) },
		func() error { return a.inboxHolds(f.Messages) },
	}
	if blank {
		steps = steps[4:]
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("preparing the account %q: %w", user, err)
		}
	}
	// The account is ready whatever the server says to this.
	_, _ = a.do("LOGOUT", model.Simple{Verb: "LOGOUT"})
	return nil
}

// disabled is the error of a LOGIN, with the way out if the server takes none in
// the clear.
func (a *admin) disabled(err error) error {
	if refusal := new(refused); !errors.As(err, &refusal) {
		return err
	}
	told, _ := a.do("CAPABILITY", model.Simple{Verb: "CAPABILITY"})
	for _, r := range told {
		if c, ok := r.Data.(model.CapabilityData); ok && slices.Contains(c.Caps, "LOGINDISABLED") {
			return fmt.Errorf("%s takes no LOGIN in the clear: give --starttls", a.name)
		}
	}
	return err
}

// remove gives every name that list ("LIST" or "LSUB") shows to the command
// verb, until none is shown. The deepest come first, because deleting a name
// with inferiors may leave it as a \Noselect one (RFC 3501 section 6.3.4). A
// refusal is no error as long as a round makes the list shorter: one name can
// be in the way of another.
func (a *admin) remove(list, verb string) error {
	var refusal *refused
	for left := -1; ; {
		boxes, err := a.list(list)
		if a.trusts(err) {
			return nil
		}
		if err != nil || len(boxes) == 0 {
			return err
		}
		if left >= 0 && len(boxes) >= left {
			if refusal != nil {
				return refusal
			}
			return fmt.Errorf("%s: %s still shows %q after %s", a.name, list, boxes[0].Name, verb)
		}
		left = len(boxes)
		sort.SliceStable(boxes, func(i, j int) bool { return depth(boxes[i]) > depth(boxes[j]) })
		refusal = nil
		for _, b := range boxes {
			_, err := a.do(fmt.Sprintf("%s %q", verb, b.Name), model.Mailbox{Verb: verb, Box: model.A(b.Name)})
			if err != nil && !errors.As(err, &refusal) {
				return err
			}
		}
	}
}

// trusts reports whether err is that a server refuses to show what is in an account
// which is most likely new.
func (a *admin) trusts(err error) bool {
	refusal := new(refused)
	return a.young && errors.As(err, &refusal)
}

// list is what LIST or LSUB says of the whole account; LIST without INBOX.
func (a *admin) list(verb string) ([]model.ListData, error) {
	rs, err := a.do(verb, model.List{
		Verb:    verb,
		Ref:     model.AString{Form: model.Quoted},
		Pattern: model.AString{S: "*", Form: model.Quoted},
	})
	if err != nil {
		return nil, err
	}
	var boxes []model.ListData
	for _, r := range rs {
		tag, word, _ := split(r.Raw)
		if tag != "*" || word != verb {
			continue
		}
		d, ok := r.Data.(model.ListData)
		if !ok || r.Syntax != nil {
			return nil, fmt.Errorf("%s: cannot make out the mailbox in %s", a.name, a.clean(r.Raw))
		}
		if verb == "LIST" && model.FoldInbox(d.Name) == "INBOX" {
			continue
		}
		boxes = append(boxes, d)
	}
	return boxes, nil
}

func depth(b model.ListData) int {
	if b.Delim == "" {
		return 0
	}
	return strings.Count(b.Name, b.Delim)
}

// emptyInbox marks everything in INBOX as deleted and closes it, which removes
// what is marked without a response for each (RFC 3501 section 6.4.2).
func (a *admin) emptyInbox() error {
	selectInbox := model.Mailbox{Verb: "SELECT", Box: model.A("INBOX")}
	rs, err := a.do("SELECT INBOX", selectInbox)
	if refusal := new(refused); errors.As(err, &refusal) {
		// A trace before this one may have found that INBOX can be deleted.
		if _, created := a.do("CREATE INBOX", model.Mailbox{Verb: "CREATE", Box: model.A("INBOX")}); created == nil {
			rs, err = a.do("SELECT INBOX", selectInbox)
		}
	}
	if err != nil {
		return err
	}
	var exists uint32
	for _, r := range rs {
		if d, ok := r.Data.(model.Exists); ok {
			exists = d.N
		}
	}
	if exists > 0 {
		all := model.Set{{From: model.Num{N: 1}, To: model.Star}}
		store := model.Store{Set: all, Op: '+', Silent: true, Flags: []string{`\Deleted`}, Paren: true}
		if _, err := a.do(`STORE 1:* +FLAGS.SILENT (\Deleted)`, store); err != nil {
			return err
		}
	}
	_, err = a.do("CLOSE", model.Simple{Verb: "CLOSE"})
	return err
}

// inboxHolds fails unless STATUS counts n messages in INBOX.
func (a *admin) inboxHolds(n int) error {
	rs, err := a.do("STATUS INBOX", model.StatusCmd{Box: model.A("INBOX"), Items: []string{"MESSAGES"}})
	if a.trusts(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, r := range rs {
		d, ok := r.Data.(model.StatusData)
		if !ok || model.FoldInbox(d.Name) != "INBOX" {
			continue
		}
		for _, item := range d.Items {
			if item.Name != "MESSAGES" {
				continue
			}
			if int64(item.N) != int64(n) {
				return fmt.Errorf("%s: INBOX should hold %d messages now, STATUS says %d", a.name, n, item.N)
			}
			return nil
		}
	}
	if a.young {
		return nil
	}
	return fmt.Errorf("%s: STATUS does not say how many messages INBOX holds", a.name)
}

func (a *admin) fill(f model.Fixture) error {
	for i := range f.Messages {
		message := model.Append{
			Box:     model.A("INBOX"),
			Date:    model.FixtureDate(i).Format("_2-Jan-2006 15:04:05 -0700"),
			Message: model.FixtureMessage(i),
		}
		if _, err := a.do(fmt.Sprintf("APPEND of message %d", i+1), message); err != nil {
			return err
		}
	}
	return nil
}
