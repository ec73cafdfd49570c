package message

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSections(t *testing.T) {
	const (
		inner  = "From: Inner <inner@example.com>\r\nDate: Sat, 4 Jan 2020 05:04:05 +0000\r\nSubject: inside\r\n\r\n"
		plain  = "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
		folded = "Subject: a folded\r\n subject\r\n\r\n"
	)
	for _, c := range []struct{ subject, name, want string }{
		{"one", "BODY[1]", "Hello.\r\n"},
		{"one", "BODY[TEXT]", "Hello.\r\n"},
		{"one", "RFC822.TEXT", "Hello.\r\n"},
		{"one", "BODY[HEADER.FIELDS (SUBJECT)]", "Subject: one\r\n\r\n"},
		{"one", `BODY[HEADER.FIELDS ("SUBJECT" TO)]`, "Subject: one\r\n\r\n"},
		{"one", "BODY[HEADER.FIELDS (TO)]", "\r\n"},
		{"one", "BODY[HEADER.FIELDS.NOT (DATE FROM)]", "Subject: one\r\n\r\n"},
		{"a folded\r\n subject", "BODY[HEADER.FIELDS (SUBJECT)]", folded},
		{"a folded\r\n subject", "BODY[HEADER.FIELDS.NOT (FROM DATE TO MESSAGE-ID)]", folded},
		{"no body", "BODY[TEXT]", ""},
		{"no blank line", "BODY[1]", ""},
		{"no blank line", "BODY[HEADER.FIELDS (SUBJECT)]", "Subject: no blank line\r\n"},
		{"a field twice", "BODY[HEADER.FIELDS (COMMENTS)]", "Comments: first remark\r\nComments: second remark\r\n\r\n"},
		{"two parts", "BODY[1]", "First part.\r\nOf two lines.\r\n"},
		{"two parts", "BODY[2]", "Second part.\r\n"},
		{"two parts", "BODY[2.MIME]", plain},
		{"an empty part", "BODY[1]", ""},
		{"a part without fields", "BODY[1]", "By default text."},
		{"a part without fields", "BODY[1.MIME]", "\r\n"},
		{"preamble and epilogue", "BODY[1]", "Between them."},
		{"preamble and epilogue", "BODY[TEXT]", "Before all parts.\r\n--b\r\n" + plain + "Between them.\r\n--b--\r\nBehind all parts.\r\n"},
		{"nested", "BODY[2.1]", "Below.\r\n"},
		{"nested", "BODY[2.2]", "<p>Below.</p>\r\n"},
		{"nested", "BODY[2.MIME]", "Content-Type: multipart/alternative; boundary=inner\r\n\r\n"},
		{"a message", "BODY[TEXT]", inner + "Dear reader.\r\n"},
		{"forwarded", "BODY[2]", inner + "Dear reader.\r\n"},
		{"forwarded", "BODY[2.HEADER]", inner},
		{"forwarded", "BODY[2.TEXT]", "Dear reader.\r\n"},
		{"forwarded", "BODY[2.1]", "Dear reader.\r\n"},
		{"forwarded", "BODY[2.HEADER.FIELDS (SUBJECT)]", "Subject: inside\r\n\r\n"},
		{"a multipart forwarded", "BODY[2.2]", "Second inside.\r\n"},
		{"a multipart forwarded", "BODY[2.2.MIME]", plain},
		{"a message in a message", "BODY[1.TEXT]", inner + "Dear reader.\r\n"},
		{"digest", "BODY[1.HEADER]", inner},
		{"digest", "BODY[2.2]", "Second inside.\r\n"},
		{"six deep", "BODY[1.1.1.1.1.1]", "At the bottom.\r\n"},
	} {
		texts, known := titled(t, c.subject).Section(c.name)
		if assert.True(t, known, "%s %s", c.subject, c.name) {
			assert.Equal(t, c.want, texts[0], "%s %s", c.subject, c.name)
		}
	}
}

func TestSectionsThatAreNotSettled(t *testing.T) {
	for _, c := range []struct{ subject, name string }{
		{"one", "BODY[0]"}, {"one", "BODY[2]"}, {"one", "BODY[1.1]"}, {"one", "BODY[1.MIME]"}, {"one", "BODY[MIME]"},
		{"one", "BODY[1.HEADER]"}, {"one", "BODY[1.TEXT]"}, {"one", "BODY[99999999999999999999]"}, {"one", "FLAGS"}, {"one", "BODY[X]"},
		{"two parts", "BODY[3]"}, {"two parts", "BODY[1.1]"}, {"two parts", "BODY[1.HEADER]"},
		{"nested", "BODY[2.HEADER]"}, {"nested", "BODY[2.TEXT]"}, {"nested", "BODY[2.3]"},
		{"forwarded", "BODY[2.2]"}, {"forwarded", "BODY[2.1.MIME]"}, {"forwarded", "BODY[2.1.1]"},
		{"a message", "BODY[1]"}, {"a message", "BODY[1.HEADER]"}, {"a message", "BODY[1.1]"},
		{"a message in a message", "BODY[1.1]"}, {"a message in a message", "BODY[1.1.HEADER]"},
	} {
		_, known := titled(t, c.subject).Section(c.name)
		assert.False(t, known, "%s %s", c.subject, c.name)
	}
}

// A header of a message without body may lack the blank line or have it.
func TestBlankLine(t *testing.T) {
	for subject, want := range map[string]int{"one": 1, "no body": 2, "no blank line": 2} {
		texts, _ := titled(t, subject).Section("BODY[HEADER]")
		assert.Len(t, texts, want, subject)
	}
}

func TestPartsOfNestedMessages(t *testing.T) {
	for subject, want := range map[string]string{
		"one": "1", "two parts": "1 2", "nested": "1 2 2.1 2.2", "a message": "1", "a message of parts": "1",
		"forwarded": "1 2 2.1", "a multipart forwarded": "1 2 2.1 2.2", "a message in a message": "1 1.1",
	} {
		assert.Equal(t, want, strings.Join(titled(t, subject).Parts(), " "), subject)
	}
}

// The sections add up: header and text to the whole, the parts to no more than
// the text that holds them, and each is where the message has it.
func TestSectionsFitTogether(t *testing.T) {
	get := func(m *Message, format string, args ...any) string {
		texts, known := m.Section(fmt.Sprintf(format, args...))
		require.True(t, known, format, args)
		return texts[0]
	}
	for _, m := range some() {
		assert.Equal(t, m.octets, get(m, "BODY[]"))
		assert.Equal(t, m.octets, get(m, "BODY[HEADER]")+get(m, "BODY[TEXT]"))
		top := 0
		for _, part := range m.Parts() {
			texts, known := m.Section("BODY[" + part + "]")
			if !known {
				continue
			}
			text := texts[0]
			assert.Contains(t, m.octets, text)
			if !strings.Contains(part, ".") {
				top += len(text)
			}
			if _, known := m.Section("BODY[" + part + ".HEADER]"); known {
				assert.Equal(t, text, get(m, "BODY[%s.HEADER]", part)+get(m, "BODY[%s.TEXT]", part))
			}
			if texts, known := m.Section("BODY[" + part + ".MIME]"); known {
				assert.Contains(t, m.octets, texts[0]+text)
			}
		}
		assert.LessOrEqual(t, top, len(get(m, "BODY[TEXT]")))
	}
}
