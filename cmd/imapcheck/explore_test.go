package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

func TestExplore(t *testing.T) {
	status, stdout, stderr := invoke("explore", "--sessions", "1", "--mailboxes", "1", "--messages", "1")
	assert.Equal(t, exitClean, status, stderr)
	assert.Contains(t, stderr, "1 connection, 1 mailbox, at most 1 message\n")
	for _, p := range explore.Properties() {
		assert.Contains(t, stdout, "holds    "+p.Name)
	}
	for _, want := range []string{"  states       29\n", "  transitions  ", "  depth        5\n", "  time         ", "  not visited  nothing"} {
		assert.Contains(t, stdout, want)
	}
}

func TestExploreBounds(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--depth 2", " and what only they lead to (the bound on depth)"},
		{"--states 20", " and what only they lead to (the bound on states)"},
		{"--memory 1 --sessions 2", " and what only they lead to (the bound on memory)"},
	} {
		status, stdout, stderr := invoke(append([]string{"explore"}, strings.Fields(c.args)...)...)
		assert.Equal(t, exitClean, status, stderr)
		assert.Contains(t, stdout, c.want)
		assert.Contains(t, stdout, "open     only-arrows ")
	}
}

func TestExploreInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	a := &app{out: &stdout, err: &stderr}
	require.NoError(t, a.explore(ctx, &exploreFlags{exhaustFlags: exhaustFlags{fuzzFlags: &fuzzFlags{sessions: 2}, messages: 3}, scope: explore.Scope{Mailboxes: 2}}))
	assert.Contains(t, stdout.String(), "not visited  1 state, and what only they lead to (stopped)\n")
}

// A claim that does not hold is shown with its session, and is the exit status.
func TestExploreRefuted(t *testing.T) {
	m := model.New()
	srv := explore.ServerOf(m)
	right := srv.Next
	srv.Next = func(s model.State, x model.Exchange) (model.State, []model.Violation) {
		s, broken := right(s, x)
		if x.Cmd != nil && x.Cmd.Name() == "LOGOUT" {
			s.Conns[x.Conn].Phase = model.Authenticated
		}
		return s, broken
	}
	r := explore.Check(explore.NewSystem(m, explore.Scope{Conns: 1, Mailboxes: 1}, srv), explore.Properties(),
		explore.Options{Limits: explore.Limits{Depth: 4}})
	var stdout, stderr bytes.Buffer
	a := &app{out: &stdout, err: &stderr}
	assert.Equal(t, exitFound, a.status(a.explored(&r, time.Second)))
	assert.Contains(t, stdout.String(), "refuted  only-arrows ")
	assert.Contains(t, stdout.String(), "only-arrows is refuted, a shortest session of 2 exchanges\n")
	assert.Contains(t, stdout.String(), "C: LOGOUT\n")
	assert.Contains(t, stdout.String(), "and so on for ever, from exchange 3\n")
}

func TestExploreUsage(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--sessions 3", "--sessions 3: it is from 1 to 2"},
		{"--mailboxes 0", "--mailboxes 0: it is from 1 to 2"},
		{"--messages 4", "--messages 4: it is from 0 to 3"},
		{"--depth -1", "--depth -1"},
		{"--states many", "invalid argument"},
		{"mem dovecot", "accepts at most 1 arg"},
		{"--known known.txt", "--known means nothing without a TARGET"},
	} {
		status, _, stderr := invoke(append([]string{"explore"}, strings.Fields(c.args)...)...)
		assert.Equal(t, exitTrouble, status, c.args)
		assert.Contains(t, stderr, c.want)
	}
}
