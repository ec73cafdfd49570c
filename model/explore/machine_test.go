package explore_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

type verdict = explore.Verdict[*explore.World, model.Exchange]

// tale is a path as a person reads it.
func tale(p *explore.Path[*explore.World, model.Exchange]) string {
	var b strings.Builder
	for _, x := range explore.Transcript(p).Exchanges {
		name := "greeting"
		if x.Cmd != nil {
			name = x.Cmd.Name()
		}
		fmt.Fprintf(&b, "%d: %s\n", x.Conn, name)
		for _, r := range x.Reply.Responses {
			fmt.Fprintln(&b, "  ", r.Raw)
		}
	}
	return b.String() + fmt.Sprint(p.Last().Broken)
}

// The scopes that are small enough to be visited completely in a test.
func TestModelHolds(t *testing.T) {
	m := model.New()
	for _, c := range []struct {
		explore.Scope
		states int
	}{
		{explore.Scope{Conns: 1, Mailboxes: 1, Messages: 0}, 6},
		{explore.Scope{Conns: 1, Mailboxes: 1, Messages: 1}, 29},
		{explore.Scope{Conns: 1, Mailboxes: 2, Messages: 1}, 74},
		{explore.Scope{Conns: 2, Mailboxes: 1, Messages: 0}, 21},
		{explore.Scope{Conns: 2, Mailboxes: 1, Messages: 1}, 354},
	} {
		t.Run(fmt.Sprint(c.Scope), func(t *testing.T) {
			r := explore.Check(explore.NewSystem(m, c.Scope, explore.ServerOf(m)), explore.Properties(), explore.Options{})
			require.Equal(t, explore.Complete, r.Ended)
			for _, v := range r.Verdicts {
				if assert.NotEqual(t, explore.Open, v.Answer) && v.Path != nil && v.Answer == explore.Refuted {
					assert.Fail(t, v.Property.Name, tale(v.Path))
				}
				assert.Equal(t, explore.Holds, v.Answer, v.Property.Name)
			}
			assert.Equal(t, c.states, r.States)
			assert.Greater(t, r.Transitions, 10*r.States)
		})
	}
}
