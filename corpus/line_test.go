package corpus_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// The lines that are named are those of the commands, the responses and the ends.
func TestLine(t *testing.T) {
	for _, name := range []string{"full", "reopened", "extended", "bare"} {
		text, err := os.ReadFile("testdata/" + name + ".trace")
		require.NoError(t, err)
		f, err := corpus.ParseLenient(text)
		require.NoError(t, err)
		if f.Transcript == nil {
			continue
		}
		lines := strings.Split(string(corpus.Format(f)), "\n")
		at := func(exchange, response int) string {
			n := corpus.Line(f, exchange, response)
			require.Positive(t, n, "%s: exchange %d, response %d", name, exchange, response)
			return lines[n-1]
		}
		for i, x := range f.Transcript.Exchanges {
			if x.Cmd == nil {
				assert.Zero(t, corpus.Line(f, i, -1), "a greeting has no command")
			} else {
				symbolic := f.Trace.Steps[x.Step].Cmd
				assert.Contains(t, at(i, -1), ": "+corpus.Escape(wire.FormatCommand(symbolic)))
			}
			n := len(x.Reply.Responses)
			for j, r := range x.Reply.Responses {
				assert.Equal(t, byte('S'), at(i, j)[0])
				words := strings.Fields(r.Raw)
				if len(words) > 2 && words[0] == "*" {
					assert.Contains(t, at(i, j), words[1])
				}
			}
			if x.Reply.End != model.Open {
				assert.Contains(t, at(i, n), ": "+x.Reply.End.String())
			} else {
				assert.Zero(t, corpus.Line(f, i, n))
			}
			assert.Zero(t, corpus.Line(f, i, n+1))
		}
	}
}
