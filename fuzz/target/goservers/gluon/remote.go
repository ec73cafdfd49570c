//go:build cgo

package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/ProtonMail/gluon/imap"
)

const delimiter = "/"

// remote is the mail store elsewhere that gluon believes to be a copy of. It
// agrees to everything and never says anything but that there is an INBOX.
//
// Gluon's own dummy is no substitute: it tells gluon again of each change, some
// time later, with less than all flags, and so undoes what a client has done in
// the meantime; and it panics when it is told of a mailbox that it has not heard of.
type remote struct {
	updates chan imap.Update

	mu       sync.Mutex
	ids      uint64
	literals map[imap.MessageID][]byte
}

func newRemote() *remote {
	return &remote{updates: make(chan imap.Update, 1), literals: map[imap.MessageID][]byte{}}
}

// announceInbox tells of INBOX. It is there when the update is done.
func (r *remote) announceInbox() imap.Update {
	inbox := imap.NewMailboxCreated(r.mailbox([]string{imap.Inbox}))
	r.updates <- inbox
	return inbox
}

// newID is no number: SQLite would give it back to gluon as one.
func (r *remote) newID() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ids++
	return "r" + strconv.FormatUint(r.ids, 10)
}

func (r *remote) mailbox(name []string) imap.Mailbox {
	flags := []string{imap.FlagAnswered, imap.FlagFlagged, imap.FlagDeleted, imap.FlagSeen, imap.FlagDraft}
	return imap.Mailbox{
		ID:             imap.MailboxID(r.newID()),
		Name:           name,
		Flags:          imap.NewFlagSet(flags...),
		PermanentFlags: imap.NewFlagSet(append(flags, `\*`)...), // gluon keeps every keyword
		Attributes:     imap.NewFlagSet(),
	}
}

func (r *remote) GetUpdates() <-chan imap.Update { return r.updates }

func (r *remote) CreateMailbox(_ context.Context, name []string) (imap.Mailbox, error) {
	return r.mailbox(name), nil
}

func (r *remote) UpdateMailboxName(context.Context, imap.MailboxID, []string) error { return nil }

func (r *remote) DeleteMailbox(context.Context, imap.MailboxID) error { return nil }

func (r *remote) GetMailboxVisibility(context.Context, imap.MailboxID) imap.MailboxVisibility {
	return imap.Visible
}

// CreateMessage is where the time comes from when APPEND gives none: gluon
// leaves that to the remote store.
func (r *remote) CreateMessage(_ context.Context, _ imap.MailboxID, literal []byte, flags imap.FlagSet, date time.Time) (imap.Message, []byte, error) {
	if date.IsZero() {
		date = time.Now()
	}
	id := imap.MessageID(r.newID())
	r.mu.Lock()
	defer r.mu.Unlock()
	r.literals[id] = literal
	return imap.Message{ID: id, Flags: flags, Date: date}, literal, nil
}

// GetMessageLiteral is for messages that gluon has lost.
func (r *remote) GetMessageLiteral(_ context.Context, id imap.MessageID) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	literal, ok := r.literals[id]
	if !ok {
		return nil, fmt.Errorf("there is no message %s", id)
	}
	return literal, nil
}

func (r *remote) AddMessagesToMailbox(context.Context, []imap.MessageID, imap.MailboxID) error {
	return nil
}

func (r *remote) RemoveMessagesFromMailbox(context.Context, []imap.MessageID, imap.MailboxID) error {
	return nil
}

// MoveMessages says yes, they are no longer where they were.
func (r *remote) MoveMessages(context.Context, []imap.MessageID, imap.MailboxID, imap.MailboxID) (bool, error) {
	return true, nil
}

func (r *remote) MarkMessagesSeen(context.Context, []imap.MessageID, bool) error { return nil }

func (r *remote) MarkMessagesFlagged(context.Context, []imap.MessageID, bool) error { return nil }

func (r *remote) Close(context.Context) error { return nil }
