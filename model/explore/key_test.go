package explore_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

var chosen = regexp.MustCompile(`(UID|UIDNEXT|UIDVALIDITY) \d+`)

// canonical is what a client sees of the first reply, but for the numbers that the server
// has chosen.
func canonical(r model.Reply) string {
	var b strings.Builder
	for _, resp := range r.Responses {
		b.WriteString(chosen.ReplaceAllString(resp.Raw, "$1 n") + "\n")
	}
	return b.String() + r.End.String()
}

// offer is what is enabled in a state and what it is answered, by connection.
func offer(m model.Machine, scope explore.Scope, w *explore.World) []string {
	srv := explore.ServerOf(m)
	first := srv.Replies
	srv.Replies = func(s model.State, x model.Exchange) []model.Reply {
		list := first(s, x)
		return list[:min(1, len(list))]
	}
	list := make([]string, scope.Conns)
	for x, to := range explore.NewSystem(m, scope, srv).Next(w) {
		list[x.Conn] += fmt.Sprintf("%v\n%s%s\n", x.Cmd, canonical(x.Reply), to.State.Phase(x.Conn))
	}
	return list
}

// Two states with one key offer the same commands with the same answers, if need be
// with the connections exchanged: every transition that leads back to a key that is
// known is such a pair.
func TestKey(t *testing.T) {
	m := model.New()
	for _, scope := range []explore.Scope{{Conns: 1, Mailboxes: 2, Messages: 2}, {Conns: 2, Mailboxes: 2, Messages: 1}} {
		t.Run(fmt.Sprint(scope), func(t *testing.T) {
			sys := explore.NewSystem(m, scope, explore.ServerOf(m))
			offers := map[string][]string{}
			compared, exchanged := 0, 0
			look := explore.Property[*explore.World, model.Exchange]{Kind: explore.Always,
				Step: func(_ *explore.World, _ model.Exchange, w *explore.World) bool {
					key, got := sys.Key(w), offer(m, scope, w)
					want, there := offers[key]
					if !there {
						offers[key] = got
						return true
					}
					if compared++; got[0] != want[0] {
						got[0], got[len(got)-1] = got[len(got)-1], got[0]
						exchanged++
					}
					require.Equal(t, want, got, "%s", key)
					return true
				}}
			explore.Check(sys, []explore.Property[*explore.World, model.Exchange]{look}, explore.Options{Limits: explore.Limits{States: 150}})
			assert.Greater(t, compared, 1000)
			assert.Equal(t, scope.Conns > 1, exchanged > 0)
		})
	}
}

// What the protocol tells apart has different keys.
func TestKeysDiffer(t *testing.T) {
	m := model.New()
	scope := explore.Scope{Conns: 2, Mailboxes: 2, Messages: 2}
	sys := explore.NewSystem(m, scope, explore.ServerOf(m))
	seen := map[string]string{}
	for _, program := range []string{
		"", "0", "0 LOGOUT", "0 SELECT", "0 EXAMINE", "0 SELECT, 0 STORE", "0 SELECT, 0 STORE, 0 EXPUNGE", "0 APPEND", "0 CREATE",
		"0 SELECT, 0 CLOSE, 0 APPEND", "0 SELECT, 0 APPEND", "0 SELECT, 1 APPEND", "0 SELECT, 1 SELECT, 1 STORE", "0 SELECT, 1 SELECT, 1 STORE, 1 EXPUNGE",
		"0 SELECT, 1 SELECT, 1 STORE, 1 EXPUNGE, 0 NOOP",
	} {
		w := sys.Init[0]
		for _, step := range strings.Split(program, ", ") {
			conn, name, _ := strings.Cut(step, " ")
			for _, opened := range []bool{false, true} {
				for x, to := range sys.Next(w) {
					if fmt.Sprint(x.Conn) != conn || opened != (x.Cmd != nil) || opened && x.Cmd.Name() != name || !opened && x.Reply.End != model.Open {
						continue
					}
					if w = to; opened || to.State.Phase(x.Conn) == model.Authenticated {
						break
					}
				}
			}
		}
		key := sys.Key(w)
		assert.Empty(t, seen[key], "%q has the key of %q", program, seen[key])
		seen[key] = program + " "
	}
}
