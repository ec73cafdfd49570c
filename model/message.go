package model

import (
	"strings"
	"time"

	"github.com/imapcheck/imapcheck/model/message"
)

// fixtureMessages is the number of different messages of fixtures: the simplest
// ones of package message, whose header and text have one right answer.
const fixtureMessages = 5

// FixtureMessage is the i-th message (from 0) of a fixture's INBOX.
func FixtureMessage(i int) string {
	return message.New(uint64(i % fixtureMessages)).Octets()
}

// FixtureDate is the internal date of the i-th message (from 0) of a fixture.
func FixtureDate(i int) time.Time {
	return time.Date(2020, time.January, 2+i, 3, 4, 5, 0, time.UTC)
}

// built is the message as it was built, nil for one that was not.
func (m *Msg) built() *message.Message {
	if m.altered() {
		return nil
	}
	return m.tree
}

// altered reports whether the server may keep another message in the place of
// this one: it may convert 8-bit data (section 6.3.11), until its size shows that
// it has not.
func (m *Msg) altered() bool {
	if !m.looked && !m.NoBody {
		m.tree, m.looked = message.Find(m.Body), true
		m.eight = eightBit(m.Body)
	}
	return m.eight && !m.kept
}

// section is all that FETCH of a section may return for a message, the canonical
// octets first; nil if that is not known. Of a message that was not built from a
// tree, only what needs no MIME is.
func (m *Msg) section(name string) []string {
	if tree := m.built(); tree != nil {
		texts, known := tree.Section(name)
		if !known {
			return nil
		}
		return texts
	}
	if m.NoBody || m.altered() {
		return nil
	}
	header, text, split := strings.Cut(m.Body, "\r\n\r\n")
	if split {
		header += "\r\n\r\n"
	}
	switch name {
	case "BODY[]", "RFC822":
		return []string{m.Body}
	case "BODY[HEADER]", "RFC822.HEADER":
		if !split {
			return []string{header, header + "\r\n"} // section 6.4.5 can be read so
		}
		return []string{header}
	case "BODY[TEXT]", "RFC822.TEXT":
		return []string{text}
	}
	return nil
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
