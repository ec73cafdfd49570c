//go:build cgo

package main

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/target/goservers/internal/serve/servetest"
)

// start serves in this process until the test ends.
func start(t *testing.T, keep int) (addr, dir string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	dir = t.TempDir()
	done := make(chan error, 1)
	go func() { done <- serveIn(t.Context(), l, dir, keep) }()
	t.Cleanup(func() {
		l.Close()
		assert.ErrorIs(t, <-done, net.ErrClosed)
	})
	return l.Addr().String(), dir
}

func TestAccountsAreForgotten(t *testing.T) {
	const keep, spares = 3, 3
	addr, dir := start(t, keep)
	held := servetest.Dial(t, addr)
	held.OK(t, "LOGIN held pass", servetest.Append, "SELECT INBOX")
	for i := range 10 {
		c := servetest.Dial(t, addr)
		c.OK(t, fmt.Sprintf("LOGIN u%d pass", i), servetest.Append)
		c.Logout(t)
	}
	assert.Contains(t, servetest.Dial(t, addr).OK(t, "LOGIN u9 pass", "SELECT INBOX"), "* 1 EXISTS", "one of the last")
	assert.Contains(t, servetest.Dial(t, addr).OK(t, "LOGIN u0 pass", "SELECT INBOX"), "* 0 EXISTS", "one of the first")
	assert.Contains(t, held.OK(t, "FETCH 1 BODY.PEEK[TEXT]"), "hello", "one that has a connection")

	databases, err := filepath.Glob(filepath.Join(dir, "*.db"))
	require.NoError(t, err)
	assert.LessOrEqual(t, len(databases), keep+spares)
}

// More connections than there are spare users at the start, one of them used.
func TestEachConnectionCanBeTheFirst(t *testing.T) {
	addr, _ := start(t, 1)
	var conns []*servetest.Conn
	for range 10 {
		conns = append(conns, servetest.Dial(t, addr))
	}
	for i, c := range conns {
		c.OK(t, fmt.Sprintf("LOGIN u%d pass", i), servetest.Append)
		assert.Contains(t, c.OK(t, "STATUS INBOX (MESSAGES)"), "MESSAGES 1")
	}
}

// What another connection does is told by one of the next commands, as gluon
// likes, and is not taken back.
func TestAnotherConnectionIsTold(t *testing.T) {
	addr, _ := start(t, 1)
	a, b := servetest.Dial(t, addr), servetest.Dial(t, addr)
	a.OK(t, "LOGIN a pass", "SELECT INBOX")
	told := func(what string) {
		t.Helper()
		const enough = 10_000
		for range enough {
			if strings.Contains(a.OK(t, "NOOP"), what) {
				return
			}
		}
		t.Errorf("no %s after %d times NOOP", what, enough)
	}
	b.OK(t, "LOGIN a pass", servetest.Append)
	told("* 1 EXISTS")
	b.OK(t, "SELECT INBOX", `STORE 1 FLAGS (\Answered \Deleted)`)
	told(`\Deleted`)
	assert.Contains(t, a.OK(t, "FETCH 1 FLAGS"), `\Answered`)
	b.OK(t, "EXPUNGE")
	told("* 1 EXPUNGE")
}

func TestNoSessionReadsForEver(t *testing.T) {
	addr, _ := start(t, 1)
	c := servetest.Dial(t, addr)
	c.OK(t, "LOGIN a pass")
	_, err := io.WriteString(c, `t SELECT "INB`)
	require.NoError(t, err)
	require.NoError(t, c.Conn.(*net.TCPConn).CloseWrite())
	require.NoError(t, c.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err = io.ReadAll(c)
	assert.NoError(t, err, "it is closed")
}
