package message

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What a message shows of itself is right, and one of the right spellings.
func TestShowIsRight(t *testing.T) {
	for n := range uint64(Count() + 2000) {
		m := New(n)
		for _, ext := range []bool{false, true} {
			raw := m.ShowStructure(ext)
			field, want := m.Structure(raw, ext)
			require.Empty(t, field, "message %d: %s, want %s", n, raw, want)
			_, whole := readAll(raw)
			require.True(t, whole, raw)
		}
		raw := m.ShowEnvelope()
		field, want := m.Envelope(raw)
		require.Empty(t, field, "message %d: %s, want %s", n, raw, want)
		v, _ := readAll(raw)
		require.Len(t, v.list, len(members))
	}
}
