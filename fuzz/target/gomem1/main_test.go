package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// crashEnv makes the child of this test's program panic at its first connection.
const crashEnv = "GOMEM1_TEST_CRASH"

// This program is its own child, as gomem1 is.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv(childEnv) == "":
		os.Exit(m.Run())
	case os.Getenv(crashEnv) != "":
		l, err := net.FileListener(os.NewFile(3, "socket"))
		if err != nil {
			os.Exit(1)
		}
		c, err := l.Accept()
		if err != nil {
			os.Exit(1)
		}
		fmt.Fprint(c, "* OK\r\n")
		panic("as a test wants it")
	default:
		main()
	}
}

// start runs the server until the test ends and returns its address.
func start(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, "127.0.0.1:0", w) }()
	t.Cleanup(func() {
		cancel()
		assert.NoError(t, <-done)
	})
	line, err := bufio.NewReader(r).ReadString('\n')
	require.NoError(t, err)
	addr, ok := strings.CutPrefix(line, "listening on ")
	require.True(t, ok, line)
	return strings.TrimSpace(addr)
}

// talk sends the lines on a connection of their own, each after the answer to
// the one before, and returns all that the server said after the greeting.
func talk(t *testing.T, addr string, lines ...string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer c.Close()
	in := bufio.NewReader(c)
	_, err = in.ReadString('\n')
	require.NoError(t, err)
	var all strings.Builder
	for i, line := range lines {
		tag := fmt.Sprintf("t%d ", i)
		_, err = fmt.Fprint(c, tag, line, "\r\n")
		require.NoError(t, err)
		for {
			got, err := in.ReadString('\n')
			require.NoError(t, err, all.String())
			all.WriteString(got)
			if strings.HasPrefix(got, tag) || strings.HasPrefix(got, "+") {
				break
			}
		}
	}
	return all.String()
}

func TestEveryUserHasAnEmptyInbox(t *testing.T) {
	addr := start(t)
	for _, user := range []string{"a", "b"} {
		got := talk(t, addr, "LOGIN "+user+" pass", "SELECT INBOX")
		assert.Contains(t, got, "t0 OK")
		assert.Contains(t, got, "* 0 EXISTS")
	}
}

func TestAnAccountKeepsItsMail(t *testing.T) {
	addr := start(t)
	assert.Contains(t, talk(t, addr, "LOGIN a pass", "APPEND INBOX {1}\r\nx", "CREATE box"), "t2 OK")
	assert.Contains(t, talk(t, addr, "LOGIN a pass", "SELECT INBOX"), "* 1 EXISTS")
	assert.Contains(t, talk(t, addr, "LOGIN a pass", `LIST "" *`), "box")
	assert.NotContains(t, talk(t, addr, "LOGIN b pass", `LIST "" *`), "box")
}

func TestAnotherPasswordIsRefused(t *testing.T) {
	assert.Contains(t, talk(t, start(t), "LOGIN a word", "LOGIN a pass"), "t0 NO")
}

func TestAPanicRefusesNoLaterConnection(t *testing.T) {
	t.Setenv(crashEnv, "1")
	addr := start(t)
	for range 3 {
		c, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		got, err := io.ReadAll(c)
		if err != nil {
			assert.ErrorIs(t, err, syscall.ECONNRESET)
		}
		assert.Equal(t, "* OK\r\n", string(got))
		c.Close()
	}
}

func TestOnlyLoopback(t *testing.T) {
	assert.EqualError(t, run(t.Context(), "192.0.2.1:0", io.Discard), "192.0.2.1:0 is not loopback")
	assert.EqualError(t, run(t.Context(), ":0", io.Discard), ":0 is not loopback")
}
