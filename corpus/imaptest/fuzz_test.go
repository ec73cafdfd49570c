package imaptest_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/corpus/imaptest"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

var mailboxes = []string{"", "INBOX/x"}

// FuzzScript reads any text: an error is one line that begins with its place; else there is
// a trace file that is read back, and what it expects can be compared with any answers.
func FuzzScript(f *testing.F) {
	for _, dir := range []string{"scripts", "wrong"} {
		for _, name := range scripts(f, dir) {
			b, err := os.ReadFile(name)
			require.NoError(f, err)
			f.Add(string(b))
		}
	}
	f.Add("state: nonauth\n\nok noop\n* $a$b$ (($!unordered=3 $ {{{\n$\n}}} $x))\nok select \"$a\"\n")
	f.Add("user 2: $user\nstate: created\n\ntag1 noop\ntag2 append\n!sleep 1\ntag2 ok [$modseq3]\ntag1 \"\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := imaptest.Parse("x", text, bare)
		if err != nil {
			assert.Regexp(t, `^x:\d+: [^\n]+$`, err.Error())
			return
		}
		s.Mailbox = mailboxes[len(text)%2]
		file, err := s.Trace([]imaptest.Message{{Octets: "a: b\r\n\r\nc\r\n"}})
		require.NoError(t, err)
		if len(file.Trace.Steps) > 1000 {
			return
		}
		back, err := corpus.Parse(corpus.Format(file))
		require.NoError(t, err)
		assert.Equal(t, file, back)
		c, err := imaptest.NewChecker(back, model.Profile{Delim: "/"})
		require.NoError(t, err)
		r := c.Result(echo(back, c))
		assert.LessOrEqual(t, len(r.Failures)+r.Held, 2*len(back.Expectations)+1)
	})
}

// echo answers each command with the responses that are expected of it, as they are written.
func echo(f *corpus.File, c *imaptest.Checker) model.Transcript {
	var t model.Transcript
	for i, st := range f.Trace.Steps {
		cmd, ok := c.Command(i, st.Cmd, t.Exchanges)
		if !ok {
			break
		}
		x := model.Exchange{Conn: st.Conn, Step: i, Tag: model.Tag(i), Cmd: cmd}
		for e := range slices.Values(f.Expectations) {
			_, text, _ := strings.Cut(e.Text, " ")
			if e.Step == i && strings.IndexByte("*?!", text[0]) >= 0 {
				x.Reply.Responses = append(x.Reply.Responses, wire.ParseResponse("* "+text[2:]))
			}
		}
		x.Reply.Responses = append(x.Reply.Responses, wire.ParseResponse(x.Tag+" OK done"))
		t.Exchanges = append(t.Exchanges, x)
	}
	return t
}
