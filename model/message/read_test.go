package message

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What is read from the octets of a message that was built is what it was built of.
func TestReadIsWhatWasBuilt(t *testing.T) {
	for n := range uint64(Count() + 1000) {
		m := New(n)
		r := Read(m.Octets())
		field, want := m.Envelope(r.ShowEnvelope())
		assert.Empty(t, field, "message %d: want %s\n%s\n%s", n, want, r.ShowEnvelope(), m.Octets())
		for _, ext := range []bool{false, true} {
			field, want = m.Structure(r.ShowStructure(ext), ext)
			assert.Empty(t, field, "message %d: want %s\n%s\n%s", n, want, r.ShowStructure(ext), m.Octets())
		}
		require.Equal(t, m.Parts(), r.Parts(), n)
		for _, part := range m.Parts() {
			for _, name := range []string{"", ".MIME", ".HEADER", ".TEXT"} {
				texts, known := m.Section("BODY[" + part + name + "]")
				got, there := r.Section("BODY[" + part + name + "]")
				require.Equal(t, known, there)
				require.Equal(t, texts, got, n)
			}
		}
	}
}

// Any octets are read, and shown as what the grammar allows.
func TestReadIsTotal(t *testing.T) {
	words := rapid.SampledFrom([]string{"From: ", "a@b", "<", ">", ",", ":", ";", "\r\n", "\r\n\r\n", "(", ")", `"`, `\`, " ", "--x", "--",
		"Content-Type: ", "multipart/mixed; boundary=x", "message/rfc822", "Date: ", "To:", "text", "/", "=", "\xe4"})
	rapid.Check(t, func(t *rapid.T) {
		octets := ""
		for _, w := range rapid.SliceOf(words).Draw(t, "words") {
			octets += w
		}
		m := Read(octets)
		for _, raw := range []string{m.ShowEnvelope(), m.ShowStructure(false), m.ShowStructure(true)} {
			_, ok := readAll(raw)
			require.True(t, ok, "%q", raw)
		}
		require.NotEmpty(t, m.Parts())
	})
}
