package fuzz

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

// walked goes the way of a trace with a checker.
func walked(t *testing.T, k *Checker, trace model.Trace) (*CheckedWalk, *Finding) {
	t.Helper()
	w, err := k.Start(t.Context(), trace.Fixture)
	require.NoError(t, err)
	defer w.Close()
	var f *Finding
	for _, st := range trace.Steps {
		f, err = w.Step(st)
		require.NoError(t, err)
	}
	return w, f
}

func TestCheckedWalkEndsAtAFinding(t *testing.T) {
	checker := NewChecker(&Campaign{Driver: memDriver(t), Level: model.MUST, Save: t.TempDir()})
	trace := deleteInbox(model.Simple{Verb: "CAPABILITY"})
	trace.Steps = append(trace.Steps, model.Step{Cmd: model.Simple{Verb: "LOGOUT"}})
	w, first := walked(t, checker, trace)
	require.NotNil(t, first)
	assert.Equal(t, deleteInboxKey, first.Key)
	assert.Len(t, first.Trace.Steps, 2, "it is shrunk")
	assert.FileExists(t, first.File)
	assert.Len(t, w.Trace().Steps, 4, "the LOGOUT is not sent")

	_, again := walked(t, checker, trace)
	assert.Same(t, first, again)
	again, err := checker.First(t.Context(), trace)
	require.NoError(t, err)
	assert.Same(t, first, again)

	w, clean := walked(t, checker, model.Trace{Steps: trace.Steps[:3]})
	assert.Nil(t, clean)
	w.Close()
	r := checker.Report()
	assert.Equal(t, 4, r.Traces, "a walk is counted once")
	assert.Equal(t, 4+4+5+3, r.Commands)
}

// What is known does not end a walk, nor what does not show again.
func TestCheckedWalkGoesOn(t *testing.T) {
	trace := deleteInbox()
	trace.Steps = append(trace.Steps, model.Step{Cmd: model.Simple{Verb: "NOOP"}})
	d := memDriver(t)
	d.Target = &flakyTarget{Target: d.Target, opened: 2}
	checker := NewChecker(&Campaign{Driver: d, Level: model.MUST, Known: map[string]bool{deleteInboxKey: true}})
	for range 2 {
		w, f := walked(t, checker, trace)
		assert.Nil(t, f)
		assert.Equal(t, 4, w.Result().Commands)
		assert.Equal(t, trace, w.Trace())
	}
	r := checker.Report()
	require.Len(t, r.Unconfirmed, 1)
	assert.Equal(t, "greeting/greeting/Unopened", r.Unconfirmed[0].Key)
	assert.Equal(t, 8, r.Commands)
}

func TestWalksEndIfNoCommandIsTaken(t *testing.T) {
	d := memDriver(t)
	d.Target = byeTarget{d.Target}
	checker := NewChecker(&Campaign{Driver: d, Level: model.MUST})
	for range mostIdleWalks {
		w, f := walked(t, checker, deleteInbox())
		assert.Nil(t, f)
		assert.Zero(t, w.Result().Commands)
	}
	_, err := checker.Start(t.Context(), model.Fixture{})
	assert.ErrorContains(t, err, "took no command in 20 walks: * BYE closed today")
}
