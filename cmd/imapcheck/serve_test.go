package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/fuzz/reference"
)

// serving runs "imapcheck serve" to the end of the test, where it has to end well, and is
// the address that it prints.
func serving(t *testing.T, args ...string) string {
	t.Helper()
	ctx, interrupt := context.WithCancel(context.Background())
	out, printed := io.Pipe()
	var errs bytes.Buffer
	status := make(chan int, 1)
	go func() {
		a := &app{out: printed, err: &errs, name: "imapcheck"}
		root := a.root()
		root.SetArgs(append([]string{"serve"}, args...))
		status <- a.status(root.ExecuteContext(ctx))
		printed.Close()
	}()
	t.Cleanup(func() {
		interrupt()
		assert.Zero(t, <-status, "%s", errs.String())
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line)
}

func fuzzServed(t *testing.T, spec string, more ...string) (int, string) {
	t.Helper()
	var out, errs bytes.Buffer
	args := []string{"fuzz", spec, "--user", "user%d", "--users", "50", "--password", "pass", "--save", "", "--commands", "2000"}
	status := run(append(args, more...), strings.NewReader(""), &out, &errs)
	return status, out.String() + errs.String()
}

func TestServe(t *testing.T) {
	status, text := fuzzServed(t, serving(t, "--policy", "chatty", "--seed", "3"), "--sessions", "2")
	assert.Zero(t, status, "%s", text)
	assert.Contains(t, text, "0 MUST, 0 SHOULD")
}

func TestServeUnderTLS(t *testing.T) {
	status, text := fuzzServed(t, serving(t, "--tls"), "--starttls", "--insecure", "--commands", "500")
	assert.Zero(t, status, "%s", text)
}

func TestServeFault(t *testing.T) {
	status, text := fuzzServed(t, serving(t, "--fault", "status-commas"), "--level", "must")
	assert.Equal(t, 1, status, "%s", text)
	assert.Contains(t, text, "grammar:status-att-list/STATUS/Authenticated")
}

func TestServeLists(t *testing.T) {
	var out bytes.Buffer
	require.Zero(t, run([]string{"serve", "--fault", "?"}, nil, &out, io.Discard))
	assert.Len(t, strings.Split(strings.TrimSpace(out.String()), "\n"), 1+len(fault.All()))
	out.Reset()
	require.Zero(t, run([]string{"serve", "--policy", "?"}, nil, &out, io.Discard))
	assert.Len(t, strings.Split(strings.TrimSpace(out.String()), "\n"), 1+len(reference.Policies()))
}

func TestServeUsage(t *testing.T) {
	for want, args := range map[string][]string{
		"it is not loopback":      {"--listen", "0.0.0.0:0"},
		"it is not HOST:PORT":     {"--listen", "143"},
		"there is no fault":       {"--fault", "nonsense"},
		"unknown policy":          {"--policy", "nonsense"},
		"--users -1: it cannot":   {"--users", "-1"},
		"--messages -1: it canno": {"--messages", "-1"},
	} {
		var errs bytes.Buffer
		assert.Equal(t, 2, run(append([]string{"serve"}, args...), nil, io.Discard, &errs))
		assert.Contains(t, errs.String(), want)
	}
	var errs bytes.Buffer
	assert.Equal(t, 2, run([]string{"serve", "--listen", ":143"}, nil, io.Discard, &errs))
	assert.Contains(t, errs.String(), "it is not loopback")
}
