package fuzz

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// secretTarget is an account with a password of its own on a server that
// answers every line with that line.
type secretTarget struct{ target.Target }

type secretInstance struct{ target.Instance }

const secret = "S3cret!"

func (secretTarget) Open(context.Context, model.Fixture) (target.Instance, error) {
	return secretInstance{}, nil
}

func (secretInstance) User() (string, string) { return "joe", secret }
func (secretInstance) Close() error           { return nil }

func (secretInstance) Dial(context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		fmt.Fprint(server, "* OK ready\r\n")
		for lines := bufio.NewScanner(server); lines.Scan(); {
			tag, rest, _ := strings.Cut(lines.Text(), " ")
			if _, err := fmt.Fprintf(server, "%s NO you said %s\r\n", tag, rest); err != nil {
				return
			}
		}
	}()
	return client, nil
}

// The account's password goes to the server and into no evidence, also if the
// server repeats it.
func TestPasswordIsInNoEvidence(t *testing.T) {
	d := Driver{Target: secretTarget{}, Machine: model.New()}
	trace := model.Trace{Steps: []model.Step{
		{Cmd: model.LoginStep()},
		{Cmd: model.Raw{Bytes: "LOGIN a b c"}},
	}}
	r, err := d.Run(context.Background(), trace)
	require.NoError(t, err)
	text := string(corpus.Format(&corpus.File{Trace: trace, Transcript: &r.Transcript}))
	assert.NotContains(t, text, secret)
	assert.Contains(t, text, "you said LOGIN joe *******", "the server was given the account's name and password")
	assert.Contains(t, text, "C0: LOGIN user pass")
}

// So does that of a LOGIN behind STARTTLS.
func TestCredentialsBehindStartTLS(t *testing.T) {
	a := NewAccount(secretInstance{})
	behind := model.StartTLS{Behind: model.LoginStep()}
	want := model.StartTLS{Behind: model.LoginCmd{User: model.A("joe"), Password: model.A(secret)}}
	assert.Equal(t, want, a.Command(behind))
	assert.Equal(t, model.LoginStep(), behind.Behind, "the trace is as it was")
	assert.Equal(t, model.StartTLS{}, a.Command(model.StartTLS{}))
}

// A Raw command that is a legal one in an unusual spelling is judged as that.
func TestUnusualSpellingIsNotMalformed(t *testing.T) {
	d := memDriver(t)
	trace := model.Trace{Steps: []model.Step{
		{Cmd: model.Raw{Bytes: "login user pass"}},
		{Cmd: model.Raw{Bytes: `sElEcT "inbox"`}},
		{Cmd: model.Simple{Verb: "CLOSE"}},
	}}
	r, err := d.Run(context.Background(), trace)
	require.NoError(t, err)
	for _, v := range r.Violations {
		assert.Equal(t, model.SHOULD, v.Rule.Level, v.Key())
	}
	assert.Equal(t, []string{"Unopened greeting OK", "NotAuthenticated LOGIN ok", "Authenticated SELECT ok", "Selected CLOSE ok"}, r.Transitions)
}

// crashTarget is a server that closes the connection at EXPUNGE and at CHECK, at the
// former by a crash.
type crashTarget struct{ target.Target }

type crashInstance struct {
	target.Instance
	crash *string
}

func (crashTarget) Open(context.Context, model.Fixture) (target.Instance, error) {
	return crashInstance{crash: new(string)}, nil
}

func (crashInstance) User() (string, string) { return model.User, model.Password }
func (crashInstance) Close() error           { return nil }
func (in crashInstance) Crashed() string     { return *in.crash }

func (in crashInstance) Dial(context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		fmt.Fprint(server, "* PREAUTH ready\r\n")
		for lines := bufio.NewScanner(server); lines.Scan(); {
			tag, name, _ := strings.Cut(lines.Text(), " ")
			switch name {
			case "EXPUNGE":
				*in.crash += "out of order\n"
				return
			case "CHECK":
				return
			case "CLOSE":
				fmt.Fprintf(server, "%s NO never\r\n", tag)
			default:
				fmt.Fprintf(server, "%s OK done\r\n", tag)
			}
		}
	}()
	return client, nil
}

// What closes a connection behind a crash, or before one, has not crashed; also if
// nothing is said of the crash, since a command before it may be what closed.
func TestCrashIsOfTheCommandThatCrashed(t *testing.T) {
	d := Driver{Target: crashTarget{}, Machine: model.New()}
	var trace model.Trace
	for _, verb := range []string{"CHECK", "EXPUNGE", "NOOP", "CHECK", "EXPUNGE", "CLOSE", "EXPUNGE", "CHECK"} {
		trace.Steps = append(trace.Steps, model.Step{Cmd: model.Simple{Verb: verb}})
	}
	r, err := d.Run(context.Background(), trace)
	require.NoError(t, err)
	var keys []string
	for _, v := range r.Violations {
		keys = append(keys, v.Key())
	}
	const closed, crashed = "bye-before-close/CHECK/Authenticated", "bye-before-close:panic/EXPUNGE/Authenticated"
	assert.Equal(t, []string{closed, crashed, closed, crashed, closed}, keys)
	assert.Equal(t, strings.Repeat("out of order\n", 3), r.Crash)
}

// Bind sees what was answered before, and ends the trace where it says so.
func TestBindSteps(t *testing.T) {
	var before []int
	d := Driver{Target: secretTarget{}, Machine: model.New()}
	d.Bind = func(step int, c model.Command, list []model.Exchange) (model.Command, bool) {
		before = append(before, len(list))
		if step == 1 {
			c = model.Raw{Bytes: "bound " + list[1].Tagged().Text}
		}
		return c, step < 2
	}
	noop := model.Step{Cmd: model.Simple{Verb: "NOOP"}}
	trace := model.Trace{Steps: []model.Step{noop, {Cmd: model.Raw{Bytes: "$x"}}, noop, noop}}
	r, err := d.Run(t.Context(), trace)
	require.NoError(t, err)
	assert.Equal(t, []int{0, 2, 3}, before)
	assert.Equal(t, 2, r.Commands)
	assert.Equal(t, model.Command(model.Raw{Bytes: "$x"}), trace.Steps[1].Cmd)
	assert.Equal(t, model.Command(model.Raw{Bytes: "bound you said NOOP"}), r.Transcript.Exchanges[2].Cmd)
}
