package servetest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Message is one that every server takes.
const Message = "From: a@example.org\r\nDate: Thu, 2 Jan 2020 03:04:05 +0000\r\nSubject: s\r\n\r\nhello\r\n"

// Append is the command that appends Message to INBOX.
var Append = fmt.Sprintf("APPEND INBOX {%d}\r\n%s", len(Message), Message)

// Conn is a client's connection.
type Conn struct {
	net.Conn
	in   *bufio.Reader
	tags int
}

// Dial connects and reads the greeting.
func Dial(t *testing.T, addr string) *Conn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { nc.Close() })
	c := &Conn{Conn: nc, in: bufio.NewReader(nc)}
	greeting, err := c.in.ReadString('\n')
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(greeting, "* OK "), greeting)
	return c
}

// Do sends a command, with its literals and without its tag, and returns all
// that the server says until the command is completed; the tag is "t".
func (c *Conn) Do(t *testing.T, command string) string {
	t.Helper()
	_, err := fmt.Fprintf(c, "t %s\r\n", command)
	require.NoError(t, err)
	var all strings.Builder
	for {
		line, err := c.in.ReadString('\n')
		all.WriteString(line)
		require.NoError(t, err, "%s: %s", command, &all)
		if strings.HasPrefix(line, "t ") {
			return all.String()
		}
	}
}

// OK does the commands and fails the test when one is refused. It returns what
// the server said to all.
func (c *Conn) OK(t *testing.T, commands ...string) string {
	t.Helper()
	var all strings.Builder
	for _, command := range commands {
		got := c.Do(t, command)
		require.Contains(t, "\n"+got, "\nt OK", command)
		all.WriteString(got)
	}
	return all.String()
}

// Logout says LOGOUT and waits until the server closes the connection.
func (c *Conn) Logout(t *testing.T) {
	t.Helper()
	c.OK(t, "LOGOUT")
	_, err := io.Copy(io.Discard, c.in)
	require.NoError(t, err)
}
