package model_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// steps is a trace of commands on connection 0.
func steps(lines ...string) model.Trace {
	var t model.Trace
	for _, line := range lines {
		t.Steps = append(t.Steps, model.Step{Cmd: wire.ParseCommand(line)})
	}
	return t
}

// written are the commands of a trace.
func written(t model.Trace) []string {
	var lines []string
	for _, st := range t.Steps {
		lines = append(lines, wire.FormatCommand(st.Cmd))
	}
	return lines
}

// closed is a server that lets nobody in without TLS, and open one that has it.
var (
	closed = model.Machine{Profile: model.Profile{Delim: "/", Caps: []string{"LOGINDISABLED", "STARTTLS"}}}
	open   = model.Machine{Profile: model.Profile{Delim: "/", Caps: []string{"STARTTLS"}}}
	imaps  = model.Machine{Profile: model.Profile{Delim: "/", Caps: []string{"LOGINDISABLED", "STARTTLS"}, TLS: true}}
)

func TestPredictStartTLS(t *testing.T) {
	for _, c := range []struct {
		name   string
		m      model.Machine
		trace  string
		phase  model.Phase
		secure bool // for the next command
	}{
		{"nothing", closed, "", model.Unopened, false},
		{"TLS from the start", imaps, "", model.Unopened, true},
		{"in the clear", closed, "NOOP", model.NotAuthenticated, false},
		{"nobody is let in", closed, "LOGIN user pass", model.NotAuthenticated, false},
		{"somebody is", open, "LOGIN user pass", model.Authenticated, false},
		{"TLS", closed, "STARTTLS", model.NotAuthenticated, true},
		{"the way in", closed, "STARTTLS|LOGIN user pass", model.Authenticated, true},
		{"another way", closed, "STARTTLS|AUTHENTICATE PLAIN\r\nAHVzZXIAcGFzcw==", model.Authenticated, true},
		{"no other way", closed, "AUTHENTICATE PLAIN\r\nAHVzZXIAcGFzcw==", model.NotAuthenticated, false},
		{"the way in under TLS", imaps, "LOGIN user pass", model.Authenticated, true},
		{"not offered", model.New(), "STARTTLS", model.NotAuthenticated, false},
		{"too late", open, "LOGIN user pass|STARTTLS", model.Authenticated, false},
		{"with a command behind", open, "STARTTLS\r\nx1 NOOP", model.Logout, false},
		{"opened again", closed, "STARTTLS|LOGIN user pass|LOGOUT|NOOP", model.NotAuthenticated, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := c.m.Init(model.Fixture{})
			for line := range strings.SplitSeq(c.trace, "|") {
				if line != "" {
					s = c.m.Predict(s, model.Step{Cmd: wire.ParseCommand(line)})
				}
			}
			assert.Equal(t, c.phase, s.Phase(0))
			assert.Equal(t, c.secure, c.m.Secure(s, 0))
		})
	}
}

// A trace that is cut gets a LOGIN again, and TLS where there is none without it.
func TestRepairStartTLS(t *testing.T) {
	whole := steps("STARTTLS", "LOGIN user pass", "SELECT INBOX", "NOOP")
	cut := steps("SELECT INBOX", "NOOP")
	assert.Equal(t, []string{"STARTTLS", "LOGIN user pass", "SELECT INBOX", "NOOP"}, written(closed.Repairer(whole)(cut)))
	assert.Equal(t, []string{"LOGIN user pass", "SELECT INBOX", "NOOP"}, written(open.Repairer(whole)(cut)))
	assert.Equal(t, []string{"LOGIN user pass", "SELECT INBOX", "NOOP"}, written(imaps.Repairer(whole)(cut)))
	cut = steps("STARTTLS", "NOOP")
	assert.Equal(t, []string{"STARTTLS", "LOGIN user pass", "SELECT INBOX", "NOOP"}, written(closed.Repairer(whole)(cut)))
}

func TestShortcutStartTLS(t *testing.T) {
	way := func(m model.Machine, upTo int, lines ...string) []string {
		short := m.Shortcut(steps(lines...), upTo)
		require.NotEmpty(t, short)
		return written(short[0])
	}
	assert.Equal(t, []string{"STARTTLS", "LOGIN user pass", "LIST a b"}, way(closed, 3, "STARTTLS", "LOGIN user pass", "NOOP", "LIST a b"))
	assert.Equal(t, []string{"LOGIN user pass", "LIST a b"}, way(open, 3, "STARTTLS", "LOGIN user pass", "NOOP", "LIST a b"))
	assert.Equal(t, []string{"LOGIN user pass", "LIST a b"}, way(imaps, 2, "LOGIN user pass", "NOOP", "LIST a b"))
	assert.Equal(t, []string{"STARTTLS", "LIST a b"}, way(open, 2, "STARTTLS", "NOOP", "LIST a b"))
	assert.Equal(t, []string{"LIST a b"}, way(imaps, 1, "NOOP", "LIST a b"))
}

func TestReachableStartTLS(t *testing.T) {
	const ok = "NotAuthenticated STARTTLS ok"
	assert.Contains(t, open.Reachable(), ok)
	assert.NotContains(t, imaps.Reachable(), ok)
	assert.NotContains(t, model.New().Reachable(), ok)
}

// Only the dialogue is judged, and the connection is followed all the same.
func TestStartTLSOfTheDialogueAlone(t *testing.T) {
	m := model.Machine{DialogueOnly: true}
	s := m.Init(model.Fixture{})
	for i, raw := range []string{"* OK hi", "A2 OK begin"} {
		x := model.Exchange{Step: i, Reply: model.Reply{Responses: []model.Response{wire.ParseResponse(raw)}}}
		if i > 0 {
			x.Tag, x.Cmd = model.Tag(i), model.StartTLS{}
		}
		var broken []model.Violation
		s, broken = m.Next(s, x)
		assert.Empty(t, broken)
	}
	assert.True(t, m.Secure(s, 0))
	assert.Equal(t, model.NotAuthenticated, s.Phase(0))
}
