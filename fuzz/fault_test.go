package fuzz

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// unusual are sessions that show faults which the commands of a campaign of some twenty
// thousand do not, or hardly.
var unusual = map[string]string{
	"names-refused-done":  "LOGIN user pass|RENAME INBOX a junk|SELECT INBOX",
	"recent-refused-done": `LOGIN user pass|SELECT INBOX|STORE 1 FLAGS (\Seen)|STORE 1 FLAGS (\Recent)|FETCH 1 FLAGS`,
}

// unseen are the faults that so short a campaign does not see, and why.
var unseen = map[string]string{
	"copy-part":               "it takes an EXPUNGE that another session does not know of",
	"append-untold-to-others": "a server need not observe what another session adds",
	"examine-made-writable":   "of flags in a mailbox that two sessions have little is judged",
	"store-from-cache":        "of flags in a mailbox that two sessions have little is judged",
	"append-resurrects-seen":  "of messages in a mailbox that two sessions have little is judged",
	"number-of-mailbox":       "of flags in a mailbox that two sessions have little is judged",
}

// Every fault but those of races is found, in a campaign on one of two seeds or in a session
// of its own, and shown by no fewer commands than it says.
func TestFaultsAreFound(t *testing.T) {
	for i, f := range fault.All() {
		if f.Racy {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if testing.Short() && i%5 != 0 {
				t.Skip("one of five is enough")
			}
			if why, is := unseen[f.Name]; is {
				t.Skip(why)
			}
			d := faultDriver(t, f)
			if session, is := unusual[f.Name]; is {
				found(t, d, f, session)
				return
			}
			first := campaigned(t, d, f, 1)
			if first == nil {
				first = campaigned(t, d, f, 2)
			}
			require.NotNil(t, first)
			assert.GreaterOrEqual(t, len(first.Trace.Steps), f.Least, "%s", first.Violation.Key())
		})
	}
}

// What only commands show that overlap is not there when they take turns.
func TestRacesNeedCommandsThatOverlap(t *testing.T) {
	for _, f := range fault.All() {
		if !f.Racy {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			c := Campaign{Driver: faultDriver(t, f), Seed: 1, Commands: 20000, Level: model.SHOULD, Generate: GenerateOptions{Conns: 3}}
			if testing.Short() {
				c.Commands = 2000
			}
			r, err := c.Run(context.Background())
			require.NoError(t, err)
			assert.Empty(t, r.Findings)
			assert.Empty(t, r.Unconfirmed)
		})
	}
}

func faultDriver(t *testing.T, f *fault.Fault) Driver {
	t.Helper()
	server, err := target.Open("reference?fault="+f.Name, target.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { server.Close() })
	d := Driver{Target: server, Machine: model.New()}
	d.Machine.Profile, err = d.Probe(t.Context())
	require.NoError(t, err)
	return d
}

// campaigned is the first finding of a campaign, nil if there is none.
func campaigned(t *testing.T, d Driver, f *fault.Fault, seed uint64) (first *Finding) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	conns := 1
	if f.Conns > 1 {
		conns = 3
	}
	c := Campaign{Driver: d, Seed: seed, Commands: 20_000, Level: level(f), Generate: GenerateOptions{Conns: conns},
		Found: func(finding *Finding) {
			if first == nil {
				first = finding
			}
			stop()
		}}
	_, err := c.Run(ctx)
	require.NoError(t, err)
	return first
}

func level(f *fault.Fault) model.Level {
	return max(f.Level, model.MUST)
}

// found sees that a session shows the fault, and that none does without its last command.
func found(t *testing.T, d Driver, f *fault.Fault, session string) {
	t.Helper()
	trace := model.Trace{Fixture: model.Fixture{Messages: 3}}
	for text := range strings.SplitSeq(session, "|") {
		trace.Steps = append(trace.Steps, model.Step{Cmd: wire.ParseCommand(text)})
	}
	broken := func() bool {
		r, err := d.Run(t.Context(), trace)
		require.NoError(t, err)
		return slices.ContainsFunc(r.Violations, func(v model.Violation) bool { return v.Rule.Level <= level(f) })
	}
	assert.True(t, broken(), "with %q", session)
	trace.Steps = trace.Steps[:len(trace.Steps)-1]
	assert.False(t, broken(), "without the last of %q", session)
	assert.GreaterOrEqual(t, len(trace.Steps)+1, f.Least)
}

// A fault has a name, a clause and a sentence, and one hook at least.
func TestFaultsAreDescribed(t *testing.T) {
	names := map[string]bool{}
	for _, f := range fault.All() {
		assert.False(t, names[f.Name], f.Name)
		names[f.Name] = true
		assert.Regexp(t, `^[a-z0-9]+(-[a-z0-9]+)*$`, f.Name)
		assert.Regexp(t, `^(RFC \d+ )?\d`, f.Clause, f.Name)
		assert.Regexp(t, `^[A-Z\\"%0-9].*\.$`, f.Text, f.Name)
		assert.Positive(t, f.Least, f.Name)
		hooks := f.Greet != nil || f.Hear != nil || f.Tell != nil || f.Spell != nil || f.Literal != nil || f.Lines != nil || f.KeepsPlain
		assert.True(t, hooks, f.Name)
	}
	for name := range unusual {
		assert.True(t, names[name], name)
	}
}
