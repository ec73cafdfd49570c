package message

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMatch(t *testing.T) {
	const no, open, yes = "no", "open", "yes"
	for _, c := range []struct {
		subject, key, field, text string
		utf8                      bool
		want                      string
	}{
		{"one", "SUBJECT", "", "one", false, yes},
		{"one", "SUBJECT", "", "ONE", false, yes},
		{"one", "SUBJECT", "", "n", false, yes},
		{"one", "SUBJECT", "", "ones", false, no},
		{"one", "SUBJECT", "", "hello", false, no},
		{"one", "FROM", "", "example.org", false, yes},
		{"one", "FROM", "", "a@example", false, open},
		{"one", "FROM", "", "", false, open},
		{"one", "TO", "", "a", false, no},
		{"one", "CC", "", "", false, open},
		{"one", "BODY", "", "hello", false, yes},
		{"one", "BODY", "", "one", false, no},
		{"one", "TEXT", "", "hello", false, yes},
		{"one", "TEXT", "", "one", false, yes},
		{"one", "TEXT", "", "Subject", false, open},
		{"one", "TEXT", "", nowhere, false, no},
		{"one", "TEXT", "", "\xff", false, open},
		{"one", "HEADER", "subject", "", false, yes},
		{"one", "HEADER", "Subject", "one", false, yes},
		{"one", "HEADER", "Date", "2020", false, yes},
		{"one", "HEADER", "To", "", false, no},
		{"a folded\r\n subject", "SUBJECT", "", "subject", false, yes},
		{"a folded\r\n subject", "SUBJECT", "", "folded subject", false, open},
		{"a folded\r\n subject", "BODY", "", "1 line", false, open},
		{"a folded\r\n subject", "FROM", "", "Ann <ann", false, open},
		{"a quoted phrase", "TO", "", "Doe, John", false, yes},
		{"a quoted phrase", "TO", "", "john", false, yes},
		{"a quoted quote", "TO", "", `Joe" Doe`, false, open},
		{"an encoded phrase", "TO", "", "Jörg", false, open},
		{"an encoded phrase", "TO", "", "Jörg", true, yes},
		{"an encoded phrase", "TO", "", "UTF", false, open},
		{"a group", "TO", "", "carol", false, yes},
		{"a group", "TO", "", "friends", false, open},
		{"a field twice", "HEADER", "Comments", "second", false, yes},
		{"a field twice", "HEADER", "Comments", "remark between", false, no},
		{"=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=", "SUBJECT", "", "Gr", false, open},
		{"=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=", "SUBJECT", "", "Grüße", true, yes},
		{"=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=", "SUBJECT", "", "grü", true, yes},
		{"=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=", "SUBJECT", "", "GRÜ", true, open},
		{"8bit", "BODY", "", "Café", true, yes},
		{"8bit", "BODY", "", "Café", false, open},
		{"8bit", "BODY", "", "aus dem", false, yes},
		{"base64", "BODY", "", "Hidden", false, open},
		{"base64", "BODY", "", "hidden", true, yes},
		{"quoted-printable", "BODY", "", "soft line break", true, yes},
		{"quoted-printable", "BODY", "", "soft line break", false, open},
		{"html", "BODY", "", "bold world", false, open},
		{"html", "BODY", "", "hello", false, open},
		{"two parts", "BODY", "", "second", false, yes},
		{"two parts", "BODY", "", "us-ascii", false, open},
		{"two parts", "HEADER", "Content-Type", "plain", false, open},
		{"two parts", "HEADER", "Content-Type", "mixed", false, yes},
		{"two parts", "SUBJECT", "", "second", false, no},
		{"forwarded", "BODY", "", "dear", false, open},
		{"forwarded", "FROM", "", "inner", false, no},
		{"forwarded", "HEADER", "From", "inner", false, open},
		{"data", "BODY", "", "binary", true, open},
	} {
		must, may := titled(t, c.subject).Match(c.key, c.field, c.text, c.utf8)
		got := no
		if must {
			got = yes
		} else if may {
			got = open
		}
		assert.Equal(t, c.want, got, "%q: %s %s %q, UTF-8 %v", c.subject, c.key, c.field, c.text, c.utf8)
		assert.True(t, may || !must)
	}
}

// Every word but the last can be found, and that one cannot.
func TestWords(t *testing.T) {
	for _, m := range some() {
		words := m.Words()
		for i, w := range words {
			_, may := m.Match("TEXT", "", w, true)
			assert.Equal(t, i < len(words)-1, may, "%q", w)
			assert.False(t, strings.ContainsAny(w, "\r\n\"\\\x00"), "%q", w)
		}
	}
}

func BenchmarkMatchText(b *testing.B) {
	m := New(uint64(Count()) + 7)
	for b.Loop() {
		m.Match("TEXT", "", nowhere, false)
	}
}
