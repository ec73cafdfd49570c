package fuzz

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

// deleteInbox is a trace that the embedded server fails at, and more.
func deleteInbox(more ...model.Command) model.Trace {
	t := model.Trace{Steps: []model.Step{{Cmd: model.Simple{Verb: "NOOP"}}, {Cmd: model.LoginStep()}}}
	for _, c := range append(more, model.Mailbox{Verb: "DELETE", Box: model.A("INBOX")}) {
		t.Steps = append(t.Steps, model.Step{Cmd: c})
	}
	return t
}

const deleteInboxKey = "delete-inbox/DELETE/Authenticated"

func TestCheckerFindsOnce(t *testing.T) {
	c := &Campaign{Driver: memDriver(t), Level: model.MUST, Save: t.TempDir()}
	checker := NewChecker(c)
	first, err := checker.Check(t.Context(), deleteInbox(model.Simple{Verb: "CAPABILITY"}))
	require.NoError(t, err)
	require.Len(t, first, 1)
	f := first[0]
	assert.Equal(t, deleteInboxKey, f.Key)
	assert.Len(t, f.Trace.Steps, 2, "it is shrunk")
	assert.Equal(t, 5, f.Confirmed)
	assert.FileExists(t, f.File)
	second, err := checker.Check(t.Context(), deleteInbox())
	require.NoError(t, err)
	require.Len(t, second, 1)
	assert.Same(t, f, second[0])
	clean, err := checker.Check(t.Context(), model.Trace{Steps: []model.Step{{Cmd: model.LoginStep()}}})
	require.NoError(t, err)
	assert.Empty(t, clean)
	r := checker.Report()
	assert.Equal(t, 3, r.Traces)
	assert.Len(t, r.Findings, 1)

	c.Known = map[string]bool{deleteInboxKey: true}
	known, err := NewChecker(c).Check(t.Context(), deleteInbox())
	require.NoError(t, err)
	assert.Empty(t, known)
}

// A walk has the evidence and the verdict of a run.
func TestWalkIsARun(t *testing.T) {
	d := memDriver(t)
	for i := range 30 {
		trace := Generate(d.Machine, NewSource(21, i), GenerateOptions{Conns: 2})
		run, err := d.Run(t.Context(), trace)
		require.NoError(t, err)
		w, err := d.Start(t.Context(), trace.Fixture)
		require.NoError(t, err)
		defer w.Close()
		var violations []model.Violation
		for _, st := range trace.Steps {
			broken, err := w.Step(st)
			require.NoError(t, err)
			violations = append(violations, broken...)
		}
		assert.Equal(t, trace, w.Trace())
		assert.Equal(t, run.Transitions, w.Result().Transitions)
		require.Len(t, violations, len(run.Violations))
		for i, v := range violations {
			assert.Equal(t, run.Violations[i].Key(), v.Key())
		}
	}
}
