package fuzz

import (
	"bytes"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// What a server in this process holds in memory for what it was sent, and for what it was
// only told of: RFC 3501 bounds neither, so this is no rule. go-imap's server
// keeps to a few times the octets that were sent, before and after login.
func TestMemoryOfMem(t *testing.T) {
	const sent = 4 << 20
	junk := bytes.Repeat([]byte("a"), sent)
	for name, text := range map[string][]byte{
		"a line without an end":                   append([]byte("A9 SELECT "), junk...),
		"a quoted string without an end":          append([]byte(`A9 SELECT "`), junk...),
		"a tag without an end":                    junk,
		"a literal announced":                     []byte("A9 SELECT {4294967295}\r\n"),
		"a literal announced, and a part of it":   append([]byte("A9 SELECT {4294967295+}\r\n"), junk...),
		"a message announced":                     []byte("A9 APPEND INBOX {4294967295}\r\n"),
		"literals announced, one after the other": bytes.Repeat([]byte("A9 APPEND INBOX {2147483647}\r\n"), 1000),
		"lists in lists":                          append([]byte("A9 SEARCH "), bytes.Repeat([]byte("("), sent)...),
		"a set of many numbers":                   append([]byte("A9 FETCH "), bytes.Repeat([]byte("1,"), sent/2)...),
	} {
		for _, loggedIn := range []bool{false, true} {
			growth := grows(t, text, loggedIn)
			t.Logf("%s, logged in %t: %d octets were sent, %d more are in use", name, loggedIn, len(text), growth)
			assert.Less(t, growth, int64(16*len(text)+4<<20), "%s, logged in %t", name, loggedIn)
		}
	}
}

// grows is by how much the memory in use grows while the server has text, and waits for
// the rest or has refused it.
func grows(t *testing.T, text []byte, loggedIn bool) int64 {
	tg, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	in, err := tg.Open(t.Context(), model.Fixture{})
	require.NoError(t, err)
	defer in.Close()
	s, err := Dial(t.Context(), in, 0, SessionOptions{Timeout: time.Minute})
	require.NoError(t, err)
	defer s.Close()
	_, err = s.Greeting()
	require.NoError(t, err)
	if loggedIn {
		do(t, s, "A1", login, model.Open)
		do(t, s, "A2", model.Mailbox{Verb: "SELECT", Box: model.A("INBOX")}, model.Open)
	}
	before := inUse()
	_, err = s.conn.Write(text)
	require.NoError(t, err)
	drain(s.conn)
	return inUse() - before
}

// drain reads until the server waits for more, or closes.
func drain(c net.Conn) {
	b := make([]byte, 4096)
	for {
		if _, err := c.Read(b); err != nil {
			return
		}
	}
}

// inUse is the size of the heap without its garbage.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
