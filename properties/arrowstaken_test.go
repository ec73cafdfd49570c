package properties_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
	"github.com/imapcheck/imapcheck/properties/rapidgen"
)

// extended is a server with all extensions that bring commands, or forms of
// strings.
var extended = model.Machine{Profile: model.Profile{Delim: "/", Caps: model.Understood([]string{
	"ENABLE", "IDLE", "LITERAL+", "MOVE", "NAMESPACE", "STARTTLS", "UIDPLUS", "UNSELECT"})}}

// requireArrows follows a transcript: each exchange takes the arrow that it takes
// by the figure, or leaves its connection in its state, and does nothing to
// others. It is the arrows that were taken.
func requireArrows(t *rapid.T, m model.Machine, tr model.Transcript) map[model.Arrow]bool {
	seen := map[model.Arrow]bool{}
	s := m.Init(tr.Fixture)
	for i, x := range tr.Exchanges {
		before, others, sure := s.Phase(x.Conn), phases(s, x.Conn), true
		if x.Conn < len(s.Conns) {
			c := s.Conns[x.Conn]
			sure = !c.Lost && !c.Unsure && !c.Astray || x.Cmd == nil || before == model.Unopened || before == model.Logout
		}
		s, _ = m.Next(s, x)
		about := fmt.Sprintf("exchange %d, %v, in %s: %q, %s", i, x.Cmd, before, raws(x.Reply), x.Reply.End)
		require.Equal(t, others, phases(s, x.Conn), about)
		if c := s.Conns[x.Conn]; x.Cmd == nil {
			require.False(t, c.Lost || c.Unsure || c.Astray, about)
		}
		if _, raw := x.Cmd.(model.Raw); !raw && x.Cmd != nil {
			sure = sure && !s.Conns[x.Conn].Lost // it has shown that the server is out of step
		}
		if !sure {
			continue // a malformed command may have been taken for another
		}
		want := before
		if a := taken(before, x); a != nil {
			want, seen[a.number] = a.to, true
		} else if x.Cmd != nil && x.Cmd.Name() == "STARTTLS" && s.Phase(x.Conn) == model.Logout {
			continue // it cannot be followed: the client gives up
		}
		require.Equal(t, want.String(), s.Phase(x.Conn).String(), about)
	}
	return seen
}

// phases are the states of all connections but one.
func phases(s model.State, but int) []model.Phase {
	list := make([]model.Phase, 8)
	for i := range list {
		if i != but {
			list[i] = s.Phase(i)
		}
	}
	return list
}

func raws(r model.Reply) (list []string) {
	for _, r := range r.Responses {
		list = append(list, r.Raw)
	}
	return list
}

func TestArrowsOfAServer(t *testing.T) {
	server, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	defer server.Close()
	d := fuzz.Driver{Target: server, Machine: model.New()}
	traces := rapidgen.Trace(d.Machine, fuzz.GenerateOptions{Steps: 40, Conns: 3})
	rapid.Check(t, func(t *rapid.T) {
		run, err := d.Run(t.Context(), traces.Draw(t, "trace"))
		require.NoError(t, err, "trouble of ours")
		requireArrows(t, d.Machine, run.Transcript)
	})
}

// What a hostile server says: well-formed responses, none of them for a reason.
var (
	greetings = []string{"* OK ready", "* OK ready", "* PREAUTH ready", "* PREAUTH ready", "* BYE no", "* NO what", "* 1 EXISTS", "A1 OK"}
	untagged  = []string{"* 1 EXISTS", "* 0 EXISTS", "* 1 RECENT", "* 1 EXPUNGE", "* 1 FETCH (FLAGS (\\Seen))", "* 2 FETCH (UID 7)", "* SEARCH 1", "* FLAGS (\\Seen)",
		"* LIST () \"/\" a", "* LSUB () \"/\" a", "* STATUS INBOX (MESSAGES 3)", "* CAPABILITY IMAP4rev1 STARTTLS", "* OK [UIDVALIDITY 4] x", "* OK [UIDNEXT 9] x",
		"* OK [READ-ONLY] x", "* OK [CLOSED] x", "* OK x", "* NO x", "* BAD x", "* PREAUTH x", "+ go on", "+ AAAA", "* ENABLED X", "* NAMESPACE NIL NIL NIL"}
	completions = []string{"OK done", "OK done", "OK done", "OK [READ-WRITE] done", "OK [READ-ONLY] done", "OK [CLOSED] done", "NO no", "NO [TRYCREATE] no", "BAD bad"}
)

// hostile is evidence of a server that says anything, to a client that does not
// care: it may go on where a connection is over, and open one where none is.
func hostile(t *rapid.T, trace model.Trace) model.Transcript {
	tr := model.Transcript{Fixture: trace.Fixture}
	chance := func(n int, of string) bool { return rapid.IntRange(0, n-1).Draw(t, of) == n-1 }
	open := map[int]bool{}
	for i, st := range trace.Steps {
		if !open[st.Conn] && !chance(8, "no greeting") || chance(20, "opened again") {
			x := model.Exchange{Conn: st.Conn, Step: i}
			x.Reply.Responses = []model.Response{wire.ParseResponse(rapid.SampledFrom(greetings).Draw(t, "greeting"))}
			tr.Exchanges = append(tr.Exchanges, x)
			open[st.Conn] = true
		}
		x := model.Exchange{Conn: st.Conn, Step: i, Tag: model.Tag(i), Cmd: st.Cmd}
		lines := rapid.SliceOfN(rapid.SampledFrom(untagged), 0, 4).Draw(t, "untagged")
		if !chance(12, "not completed") {
			lines = append(lines, x.Tag+" "+rapid.SampledFrom(completions).Draw(t, "completion"))
		}
		if chance(25, "says BYE") {
			lines = append(lines, "* BYE enough")
			open[st.Conn] = false
		}
		lines = rapid.Permutation(lines).Draw(t, "order")
		for _, line := range lines {
			x.Reply.Responses = append(x.Reply.Responses, wire.ParseResponse(strings.TrimSpace(line)))
		}
		if chance(25, "ends") {
			x.Reply.End = model.End(rapid.IntRange(1, int(model.TLSFailed)).Draw(t, "end"))
			open[st.Conn] = false
		}
		tr.Exchanges = append(tr.Exchanges, x)
	}
	return tr
}

func TestArrowsOfAHostileServer(t *testing.T) {
	traces := rapidgen.Trace(extended, fuzz.GenerateOptions{Steps: 40, Conns: 3})
	seen := map[model.Arrow]bool{}
	rapid.Check(t, func(t *rapid.T) {
		m := extended
		m.DialogueOnly = rapid.Bool().Draw(t, "dialogue only")
		for a := range requireArrows(t, m, hostile(t, traces.Draw(t, "trace"))) {
			seen[a] = true
		}
	})
	for _, a := range arrows {
		require.True(t, seen[a.number], "arrow %d was never taken", a.number)
	}
}
