package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExploreExports(t *testing.T) {
	for flag, want := range map[string]string{
		"--promela": "two sessions on a mailbox of up to 2 messages",
		"--mermaid": "Authenticated --> Selected: (5) SELECT, EXAMINE",
		"--dot":     "digraph imap {",
	} {
		name := filepath.Join(t.TempDir(), "out")
		var out, errs bytes.Buffer
		require.Equal(t, 0, run([]string{"explore", "--sessions", "2", "--messages", "2", flag, name}, nil, &out, &errs), errs.String())
		assert.Empty(t, out.String())
		got, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Contains(t, string(got), want)
	}
	var out, errs bytes.Buffer
	assert.Equal(t, 2, run([]string{"explore", "--sessions", "2", "--messages", "0", "--promela", filepath.Join(t.TempDir(), "out")}, nil, &out, &errs))
	assert.Contains(t, errs.String(), "--messages 0")
}
