package report_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/imapcheck/imapcheck/fuzz/report"
)

func TestShellWord(t *testing.T) {
	for in, want := range map[string]string{
		"mem": "mem", "imap://[::1]:143": "'imap://[::1]:143'", "": "''", "it's": `'it'\''s'`, "a b": "'a b'", "u%d": "u%d",
	} {
		assert.Equal(t, want, report.ShellWord(in))
	}
}
