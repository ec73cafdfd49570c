package model

import (
	"strings"
	"time"
)

// FixtureMessage is the i-th message (from 0) of a fixture's INBOX: RFC 2822
// octets whose sections have one right answer.
func FixtureMessage(i int) string {
	return cannedMessages[i%len(cannedMessages)]
}

// FixtureDate is the internal date of the i-th message (from 0) of a fixture.
func FixtureDate(i int) time.Time {
	return time.Date(2020, time.January, 2+i, 3, 4, 5, 0, time.UTC)
}

// Messages is the number of different canned messages.
func Messages() int { return len(cannedMessages) }

// CannedMessage is the i-th message that the generator appends; the first is
// the simplest.
func CannedMessage(i int) string { return cannedMessages[i] }

var cannedMessages = []string{
	"From: a@example.org\r\nDate: Thu, 2 Jan 2020 03:04:05 +0000\r\nSubject: one\r\n\r\nHello.\r\n",
	"From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nDate: Fri, 3 Jan 2020 03:04:05 +0000\r\n" +
		"Subject: a folded\r\n subject\r\nMessage-ID: <1@example.org>\r\n\r\nLine 1\r\nLine 2\r\n\r\nLine 4\r\n",
	"From: a@example.org\r\nDate: Sat, 4 Jan 2020 03:04:05 +0000\r\nSubject: no body\r\n\r\n",
	// A message may be its header alone (RFC 2822 section 3.5: the body is optional).
	"From: a@example.org\r\nDate: Sun, 5 Jan 2020 03:04:05 +0000\r\nSubject: no blank line\r\n",
	"From: a@example.org\r\nDate: Mon, 6 Jan 2020 03:04:05 +0000\r\nSubject: no newline at the end\r\n\r\nHello",
}

// Section is what FETCH of an item has to return for a message, and whether
// the model knows it. name is as in [Att.Name]: "BODY[TEXT]", "RFC822.HEADER".
// A message of the model has no MIME structure: part 1 is its text
// (RFC 3501 section 6.4.5).
func Section(message, name string) (string, bool) {
	header, text := message, ""
	if i := strings.Index(message, "\r\n\r\n"); i >= 0 {
		header, text = message[:i+4], message[i+4:]
	}
	switch name {
	case "BODY[]", "RFC822":
		return message, true
	case "BODY[HEADER]", "RFC822.HEADER":
		return header, true
	case "BODY[TEXT]", "RFC822.TEXT", "BODY[1]":
		return text, true
	}
	if list, ok := strings.CutPrefix(name, "BODY[HEADER.FIELDS ("); ok {
		return headerFields(header, strings.TrimSuffix(list, ")]"), true), true
	}
	if list, ok := strings.CutPrefix(name, "BODY[HEADER.FIELDS.NOT ("); ok {
		return headerFields(header, strings.TrimSuffix(list, ")]"), false), true
	}
	return "", false
}

// headerFields is the subset of a header whose field names are in the list of
// names, or are not, with the blank line behind it if the header has one.
func headerFields(header, list string, in bool) string {
	var b strings.Builder
	keep := false
	for line := range strings.SplitAfterSeq(header, "\r\n") {
		if line == "" {
			continue
		}
		if line != "\r\n" && line[0] != ' ' && line[0] != '\t' {
			name, _, _ := strings.Cut(line, ":")
			keep = containsFold(strings.Fields(list), name) == in
		}
		if keep || line == "\r\n" {
			b.WriteString(line)
		}
	}
	return b.String()
}

func containsFold(list []string, s string) bool {
	for _, e := range list {
		if strings.EqualFold(strings.Trim(e, `"`), s) {
			return true
		}
	}
	return false
}

// Partial is the substring of a section that "<origin.length>" asks for
// (RFC 3501 section 6.4.5): cut short, or empty, beyond the end.
func Partial(text string, origin, length int64) string {
	if origin >= int64(len(text)) {
		return ""
	}
	return text[origin:min(origin+length, int64(len(text)))]
}
