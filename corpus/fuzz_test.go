package corpus

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzTraceFile: no text makes a reader panic; what one of them takes, Format
// writes so that the strict reader gives back the same file.
func FuzzTraceFile(f *testing.F) {
	for _, file := range goldenFiles {
		f.Add(Format(file()))
	}
	for _, tt := range corrupt {
		f.Add([]byte(tt.text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		lenient, err := ParseLenient(b)
		if err != nil {
			_, strict := Parse(b)
			require.EqualError(t, strict, err.Error())
			return
		}
		text := Format(lenient)
		again, err := Parse(text)
		require.NoError(t, err, "%s", text)
		require.Equal(t, lenient, again)
		require.Equal(t, string(text), string(Format(again)))
		if strict, err := Parse(b); err == nil {
			require.Equal(t, lenient, strict)
		}
	})
}
