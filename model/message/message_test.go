package message

import (
	"hash/fnv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// some are all hand-made messages and 300 random ones.
func some() []*Message {
	list := append([]*Message(nil), handMade...)
	for n := range uint64(300) {
		list = append(list, New(uint64(Count())+n*n))
	}
	return list
}

// few are less than some, for what takes its time.
func few() []*Message { return some()[:Count()+50] }

func TestTheFirstAreAsTracesHaveThem(t *testing.T) {
	for i, want := range []string{
		"From: a@example.org\r\nDate: Thu, 2 Jan 2020 03:04:05 +0000\r\nSubject: one\r\n\r\nHello.\r\n",
		"From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nDate: Fri, 3 Jan 2020 03:04:05 +0000\r\n" +
			"Subject: a folded\r\n subject\r\nMessage-ID: <1@example.org>\r\n\r\nLine 1\r\nLine 2\r\n\r\nLine 4\r\n",
		"From: a@example.org\r\nDate: Sat, 4 Jan 2020 03:04:05 +0000\r\nSubject: no body\r\n\r\n",
		"From: a@example.org\r\nDate: Sun, 5 Jan 2020 03:04:05 +0000\r\nSubject: no blank line\r\n",
		"From: a@example.org\r\nDate: Mon, 6 Jan 2020 03:04:05 +0000\r\nSubject: no newline at the end\r\n\r\nHello",
	} {
		assert.Equal(t, want, New(uint64(i)).Octets())
	}
}

func TestFindIsTheWayBack(t *testing.T) {
	assert.GreaterOrEqual(t, Count(), 45)
	for _, m := range some() {
		got := Find(m.octets)
		require.NotNil(t, got, "%q", m.octets)
		assert.Equal(t, m.octets, got.octets)
		assert.Equal(t, m.Parts(), got.Parts())
	}
	assert.Len(t, byOctets, Count(), "two hand-made messages are the same")
	for _, foreign := range []string{
		"", "From: x@example.org\r\n\r\n", idStart, idStart + "x" + idEnd, idStart + "1" + idEnd,
		idStart + "99999" + idEnd + "\r\n", New(99999).Octets() + " ", idStart + "0" + New(99999).Octets()[len(idStart):],
	} {
		assert.Nil(t, Find(foreign), "%q", foreign)
	}
}

// Traces mean random trees by number: another tree there, and they mean nothing.
func TestTheSameForEver(t *testing.T) {
	sum := fnv.New64a()
	for n := range uint64(1000) {
		sum.Write([]byte(build(grow(n)).octets))
	}
	assert.Equal(t, uint64(0xa25357c33aac9fed), sum.Sum64(), "%#x", sum.Sum64())
}

func TestMessagesAreSmall(t *testing.T) {
	total := 0
	for _, m := range some()[Count():] {
		assert.LessOrEqual(t, len(m.octets), 5000)
		total += len(m.octets)
	}
	t.Logf("mean size %d octets", total/300)
}

// Lines end in CRLF, headers are ASCII, and no line but those that show it is
// longer than RFC 2822 section 2.1.1 allows.
func TestOctetsAreClean(t *testing.T) {
	for _, m := range some() {
		bare := strings.ReplaceAll(m.octets, "\r\n", "")
		assert.False(t, strings.ContainsAny(bare, "\r\n\x00"), "%q", m.octets)
		m.root.each(func(e *entity, _ bool) {
			assert.True(t, ascii(m.header(e)), "%q", m.header(e))
			assert.True(t, ascii(m.body(e)) || e.eightBit(), "%q", m.body(e))
		})
	}
}

func TestSentDate(t *testing.T) {
	for subject, want := range map[string][3]int{
		"one": {2020, 1, 2}, "far in the west": {2020, 1, 5}, "far in the east": {2020, 1, 6}, "an obsolete zone": {2020, 1, 4},
	} {
		y, m, d, ok := titled(t, subject).SentDate()
		assert.True(t, ok)
		assert.Equal(t, want, [3]int{y, m, d}, subject)
	}
	_, _, _, ok := titled(t, "no date").SentDate()
	assert.False(t, ok)
}

// titled is the hand-made message of that subject.
func titled(t *testing.T, subject string) *Message {
	t.Helper()
	for _, m := range handMade {
		if f := m.root.field("Subject"); f != nil && f.text == " "+subject {
			return m
		}
	}
	require.FailNow(t, "no such message", subject)
	return nil
}

func BenchmarkNew(b *testing.B) {
	n := uint64(Count())
	for b.Loop() {
		New(n)
		n++
	}
}

func BenchmarkFindForeign(b *testing.B) {
	foreign := "From: x@example.org\r\n\r\n" + strings.Repeat("Hello.\r\n", 500)
	for b.Loop() {
		Find(foreign)
	}
}
