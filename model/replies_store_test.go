package model_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// everything asks for all messages of the mailbox that is selected.
var everything = model.Fetch{UID: true, Set: model.Set{{From: model.Num{N: 1}, To: model.Star}},
	Items: []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[]"}, Paren: true}

// mail is what a reply to [everything] tells, without \Recent, which is another in each
// session (RFC 3501 section 2.3.2).
func mail(r model.Reply) (list []model.FetchData) {
	for _, r := range r.Responses {
		d, ok := r.Data.(model.FetchData)
		if !ok {
			continue
		}
		for i := range d.Atts {
			a := &d.Atts[i]
			if a.Flags = slices.DeleteFunc(slices.Clone(a.Flags), func(f string) bool { return f == `\Recent` }); len(a.Flags) == 0 {
				a.Flags = nil
			}
		}
		list = append(list, d)
	}
	return list
}

// After quiet, the sessions agree on what is in a mailbox, and with STATUS on how much
// that is, whatever was said and not said before.
func TestRepliesAgreeAfterQuiet(t *testing.T) {
	compared := 0
	for i := range *replyTraces / 2 {
		tr := fuzz.Generate(extended, fuzz.NewSource(4, i), fuzz.GenerateOptions{Conns: 3})
		a := answered{m: extended, s: extended.Init(tr.Fixture), choose: rand.New(rand.NewPCG(5, uint64(i))).IntN}
		for k, st := range tr.Steps {
			a.say(k, st)
		}
		a.choose = func(int) int { return 0 }
		var views []*model.View
		var shown [][]model.FetchData
		for conn := range a.s.Conns {
			c := a.s.Conns[conn]
			if c.Phase != model.Selected || c.Lost || c.Unsure || c.View.Orphan {
				continue
			}
			var replies []model.Reply
			a.judged = func(_ model.State, _ model.Exchange, list []model.Reply) { replies = append(replies, list[0]) }
			a.say(40, model.Step{Conn: conn, Cmd: model.Simple{Verb: "NOOP"}})
			a.say(41, model.Step{Conn: conn, Cmd: everything})
			a.say(42, model.Step{Conn: conn, Cmd: model.StatusCmd{Box: model.A(c.View.Name), Items: []string{"MESSAGES"}}})
			got := mail(replies[1])
			require.Contains(t, replies[2].Responses[0].Raw, "(MESSAGES "+strconv.Itoa(len(got))+")", a.log.String())
			for k, v := range views {
				if v.Name == c.View.Name {
					require.Equal(t, shown[k], got, a.log.String())
					compared++
				}
			}
			views, shown = append(views, c.View), append(shown, got)
		}
	}
	require.NotZero(t, compared)
}

// Replies has an answer wherever another server has led: on each connection that is open.
func TestRepliesIsTotal(t *testing.T) {
	each(t, func(t require.TestingT, e evidence) {
		src := fuzz.NewSource(6, 0)
		e.judged(func(s model.State) model.State {
			for conn := range s.Conns {
				st := fuzz.NextStep(e.m, s.Clone(), src, 1)
				x := model.Exchange{Conn: conn, Tag: "A1", Cmd: st.Cmd}
				p := s.Phase(conn)
				require.Equal(t, p != model.Unopened && p != model.Logout, len(e.m.Replies(s, x)) > 0)
				x.Cmd = nil
				require.NotEmpty(t, e.m.Replies(s, x))
			}
			return s
		})
	})
}

// Whatever octets a message has, what is fetched of it is within the grammar, and is as
// long as it should be.
func TestRepliesOfAnyMessage(t *testing.T) {
	words := rapid.SampledFrom([]string{"From: ", "a@b", "<", ">", ",", ":", ";", "\r\n", "\r\n\r\n", "(", ")", `"`, `\`, " ", "--x", "--",
		"Content-Type: ", "multipart/mixed; boundary=x", "message/rfc822", "Date: ", "To:", "text", "/", "=", "\xe4", "x"})
	var all []string
	for _, s := range []string{"", "HEADER", "TEXT", "1", "1.MIME", "1.1", "1.HEADER", "2.TEXT", "HEADER.FIELDS (TO)", "1.HEADER.FIELDS.NOT (TO)"} {
		all = append(all, "BODY.PEEK["+s+"]")
	}
	all = append(all, "ENVELOPE", "BODY", "BODYSTRUCTURE", "RFC822", "RFC822.HEADER", "RFC822.TEXT")
	rapid.Check(t, func(t *rapid.T) {
		octets := "x" + strings.Join(rapid.SliceOf(words).Draw(t, "words"), "")
		a := answered{m: extended, s: extended.Init(model.Fixture{}), choose: func(int) int { return 0 }}
		for i, c := range []model.Command{model.LoginStep(), model.Append{Box: model.A("INBOX"), Message: octets},
			model.Mailbox{Verb: "SELECT", Box: model.A("INBOX")}, model.Fetch{Set: model.One(1), Items: all, Paren: true}} {
			a.judged = func(_ model.State, _ model.Exchange, list []model.Reply) {
				for _, r := range list[0].Responses {
					require.Equal(t, wire.ParseResponse(r.Raw), r)
				}
			}
			require.Empty(t, a.say(i, model.Step{Cmd: c}), a.log.String())
		}
	})
}
