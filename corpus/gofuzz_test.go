package corpus

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestGoFuzzIsWhatTheEngineWrites(t *testing.T) {
	// "go test -fuzz" has written this file, and named it.
	text := FormatGoFuzz([]byte("0\x8900"))
	assert.Equal(t, "go test fuzz v1\n[]byte(\"0\\x8900\")\n", string(text))
	assert.Equal(t, "30ccfc93fd35c2e0", GoFuzzName(text))
	// libFuzzer calls the empty input so.
	assert.Equal(t, "da39a3ee5e6b4b0d3255bfef95601890afd80709", LibFuzzerName(nil))
}

// Any octets come back from their file.
func TestGoFuzzRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		octets := rapid.SliceOf(rapid.Byte()).Draw(t, "octets")
		text := FormatGoFuzz(octets)
		require.True(t, IsGoFuzz(text))
		require.Equal(t, 2, strings.Count(string(text), "\n"))
		got, err := ParseGoFuzz(text)
		require.NoError(t, err)
		require.Equal(t, string(octets), string(got))
		require.Equal(t, text, FormatGoFuzz(got))
	})
}

// What a person may write, and the engine takes.
func TestParseGoFuzzByHand(t *testing.T) {
	for text, want := range map[string]string{
		"go test fuzz v1\n[]byte(\"\")":                       "",
		"go test fuzz v1\nstring(\"a\\x00\\377\\n\u00fc\")\n": "a\x00\xff\n\u00fc",
		"go test fuzz v1\r\n\r\n  []byte(\"a\")\t\r\n\n":      "a",
		"go test fuzz v1\n[]byte(`\\x00\"`)\n":                `\x00"`,
		"go test fuzz v1\n[]byte( \"a\", ) // why\n":          "a",
	} {
		got, err := ParseGoFuzz([]byte(text))
		assert.NoError(t, err, "%q", text)
		assert.Equal(t, want, string(got), "%q", text)
	}
}

func TestParseGoFuzzRefuses(t *testing.T) {
	const no = `: not []byte("...") or string("..."): `
	for text, want := range map[string]string{
		"":                               `line 1: should be "go test fuzz v1", got ""`,
		"go test fuzz v2\n[]byte(\"\")":  `line 1: should be "go test fuzz v1", got "go test fuzz v2"`,
		"go test fuzz v1":                "there is no value in it",
		"go test fuzz v1\n\n":            "there is no value in it",
		"go test fuzz v1\n\nint(3)\n":    "line 3" + no + `"int(3)"`,
		"go test fuzz v1\n[]byte(\"a\n":  "line 2" + no + `"[]byte(\"a"`,
		"go test fuzz v1\n[]byte(3)\n":   "line 2" + no + `"[]byte(3)"`,
		"go test fuzz v1\n[]byte()\n":    "line 2" + no + `"[]byte()"`,
		"go test fuzz v1\n[]int(\"\")\n": "line 2" + no + `"[]int(\"\")"`,
		"go test fuzz v1\n[1]byte(\"\")": "line 2" + no + `"[1]byte(\"\")"`,
		"go test fuzz v1\nx.y(\"\")\n":   "line 2" + no + `"x.y(\"\")"`,
		"go test fuzz v1\n\"a\"\n":       "line 2" + no + `"\"a\""`,
		"go test fuzz v1\n[]byte('a')":   "line 2" + no + `"[]byte('a')"`,
		"go test fuzz v1\nbyte('a')\n":   "line 2" + no + `"byte('a')"`,
		"go test fuzz v1\n[]byte(\"a\")\nint(3)\n": `line 3: the fuzz target has more than one argument: ` +
			`"int(3)"`,
		"go test fuzz v1\n[]byte(\"" + strings.Repeat("a", 99) + "\n": "line 2" + no +
			`"[]byte(\"` + strings.Repeat("a", 72) + `"...`,
	} {
		_, err := ParseGoFuzz([]byte(text))
		assert.EqualError(t, err, want, "%q", text)
	}
}

func TestIsGoFuzz(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "\x02\x00\xff": false, "imaptrace v1\n": false, "go test fuzz": false,
		"go test fuzz v1\n": true, "go test fuzz v1": true, "go test fuzz v9\n": true,
	} {
		assert.Equal(t, want, IsGoFuzz([]byte(text)), "%q", text)
	}
}

// FuzzGoFuzz: no text makes the reader panic, and what it takes is written so that it is
// read again.
func FuzzGoFuzz(f *testing.F) {
	f.Add(FormatGoFuzz([]byte("\x00\xff\"\\\n`")))
	f.Add([]byte("go test fuzz v1\r\nstring(`a`)"))
	f.Fuzz(func(t *testing.T, b []byte) {
		octets, err := ParseGoFuzz(b)
		if err != nil {
			assert.NotContains(t, err.Error(), "\n")
			return
		}
		again, err := ParseGoFuzz(FormatGoFuzz(octets))
		require.NoError(t, err)
		require.Equal(t, string(octets), string(again))
	})
}
