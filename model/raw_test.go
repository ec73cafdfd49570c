package model_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/imapcheck/imapcheck/model"
)

func TestFlaw(t *testing.T) {
	for text, want := range map[string]string{
		``:                               "no-command",
		`UID (`:                          "no-command",
		"S\xE9LECT INBOX":                "no-command",
		`SELECT("`:                       "open-quote",
		`"`:                              "no-command",
		`UID "`:                          "no-command",
		`SELECT "a`:                      "open-quote",
		`SELECT "\"`:                     "open-quote",
		`SELECT "a\\\"`:                  "open-quote",
		`SELECT \"`:                      "open-quote",
		`SELECT "a\"b" c`:                "arguments",
		`SELECT "a\\" c`:                 "arguments",
		`SELECT a c`:                     "arguments",
		"SELECT {1}\r\na b":              "after-literal",
		"RENAME {1}\r\n\" \"b":           "open-quote",
		"RENAME {1}\r\n\" b c":           "after-literal",
		"APPEND a (\xE9) {2}\r\n\"\\ \"": "open-quote",
	} {
		assert.Equal(t, want, model.Raw{Bytes: text}.Flaw(), "%q", text)
	}
}

func TestWaits(t *testing.T) {
	for text, want := range map[string]bool{
		"NOOP":                       false,
		"{":                          false,
		"{}":                         false,
		"{x}":                        false,
		"{-1}":                       false,
		"{1} ":                       false,
		"LOGIN {4}":                  true,
		"LOGIN {4+}":                 true,
		"LOGIN {4}\r\nuse":           true,
		"LOGIN {4}\r\nuser pass":     false,
		"LOGIN {4}\r\nuser {4}":      true,
		"I {4294967296}":             true,
		"I {9223372036854775808}":    true, // no number of section 9, and counted all the same
		"I {18446744073709551616}":   true,
		"I {18446744073709551616}\n": true,
	} {
		assert.Equal(t, want, model.Raw{Bytes: text}.Waits(), "%q", text)
	}
}
