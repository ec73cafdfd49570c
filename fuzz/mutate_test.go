package fuzz

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

func TestTokens(t *testing.T) {
	assert.Equal(t, []string{"STORE", " ", "1", " ", "FLAGS", " ", "(", `\Seen`, " ", "x", ")"}, tokens(`STORE 1 FLAGS (\Seen x)`))
	assert.Equal(t, []string{"RENAME", " ", `"a \"b"`, " ", "{3}\r\na b"}, tokens("RENAME \"a \\\"b\" {3}\r\na b"))
	assert.Equal(t, []string{"LOGIN", " ", "{1+}\r\n(", " ", "{9}\r\nshort"}, tokens("LOGIN {1+}\r\n( {9}\r\nshort"))
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([ ()"{}a\\1-3+]|\r\n){0,20}`).Draw(t, "text")
		require.Equal(t, text, strings.Join(tokens(text), ""))
		require.NotContains(t, tokens(text), "")
	})
}

// Each mutator does what its name says, in every place where it can.
func TestMutators(t *testing.T) {
	const text = "COPY 1:2 ab"
	for name, want := range map[string][]string{
		"delete":    {"COPY1:2 ab", "COPY  ab", "COPY 1:2ab", "COPY 1:2 "},
		"duplicate": {"COPY  1:2 ab", "COPY 1:21:2 ab", "COPY 1:2  ab", "COPY 1:2 abab"},
		"format":    {`COPY 1:2 "ab"`, "COPY 1:2 {2}\r\nab", "COPY 1:2 (ab)", "COPY 1:2 NIL", `COPY 1:2 ""`, `COPY "1:2" ab`, "COPY {3}\r\n1:2 ab"},
		"number": {"COPY 0:2 ab", "COPY 1:0 ab", "COPY 1:2147483648 ab", "COPY 1:4294967295 ab", "COPY 4294967296:2 ab",
			"COPY 9223372036854775808:2 ab", "COPY 1:18446744073709551616 ab"},
		"long":  {text + " " + strings.Repeat("a", 9000) + " (", text + ` "` + strings.Repeat("a", 300) + `" (`, text + " {1100}\r\n" + strings.Repeat("a", 1100) + " ("},
		"nest":  {"COPY 1:2 ((ab)", "COPY 1:2 " + strings.Repeat("(", 3000) + "ab" + strings.Repeat(")", 2999), "COPY " + strings.Repeat("(", 60) + "1:2" + strings.Repeat(")", 59) + " ab"},
		"octet": {"COPY 1:2 a\x00b", "COPY\x80 1:2 ab", "COPY 1:2 ab\xFF", "COPY 1\x01:2 ab", "COPY\t 1:2 ab", "COPY 1:2\x7F ab", "\x1BCOPY 1:2 ab"},
		"line":  {"COPY 1:2\r ab", "COPY 1:2\n ab", "\nCOPY 1:2 ab", "COPY 1:2 ab\r\r", "COPY 1:2 ab\nx1 NOOP", "COPY\n\r 1:2 ab"},
	} {
		i := slices.IndexFunc(mutators, func(m mutator) bool { return m.name == name })
		require.GreaterOrEqual(t, i, 0, name)
		seen := map[string]bool{}
		for seed := range 4000 {
			g := newGenerator(model.New(), NewSource(5, seed))
			seen[mutators[i].mutate(&g, text)] = true
		}
		for _, w := range want {
			assert.True(t, seen[w], "%s never makes %.60q", name, w)
		}
		assert.False(t, seen[text] && name != "format", "%s makes no difference", name)
	}
}

// A splice begins as one command and goes on as another.
func TestSplice(t *testing.T) {
	other := 0
	for seed := range 300 {
		g := newGenerator(model.New(), NewSource(6, seed))
		g.s = model.New().Init(model.Fixture{})
		got := g.spliced("RENAME ab cd")
		require.True(t, strings.HasPrefix(got, "RENAME"), got)
		if rest := strings.TrimPrefix(got, "RENAME ab cd"); strings.ContainsAny(rest, `*%("\`) || strings.Contains(rest, "INBOX") {
			other++
		}
	}
	assert.Greater(t, other, 20)
}

// The generator makes use of every mutator, and what it makes is one line or the last of its
// connection.
func TestGenerateMutates(t *testing.T) {
	m := model.New()
	malformed, hungUp, legal := 0, 0, 0
	signs := map[string]bool{}
	for i := range 500 {
		for _, st := range Generate(m, NewSource(4, i), GenerateOptions{}).Steps {
			raw, ok := st.Cmd.(model.Raw)
			if !ok {
				continue
			}
			require.False(t, unruly(st), "%q", raw.Bytes)
			if _, ok := wire.Spells(raw.Bytes); ok {
				legal++
				continue
			}
			malformed++
			if st.Delivery.HangsUp() {
				hungUp++
			}
			for name, sign := range map[string]string{"number": "18446744073709551616", "format": "NIL", "NUL": "\x00", "8 bits": "\xFF", "DEL": "\x7F",
				"LF": "\n", "CR": "\r", "long": strings.Repeat("a", 9000), "nest": strings.Repeat("(", 3000)} {
				if strings.Contains(raw.Bytes, sign) {
					signs[name] = true
				}
			}
		}
	}
	assert.Len(t, signs, 9, "%v", signs)
	assert.InDelta(t, 0.07*500*40, malformed, 0.025*500*40)
	assert.Greater(t, hungUp, 10)
	assert.Greater(t, legal, 10)
}

// Each way of delivery is chosen, and a burst has its NOOP.
func TestGenerateDelivers(t *testing.T) {
	ways := map[model.Way]int{}
	bursts, literals := 0, 0
	for i := range 300 {
		steps := Generate(model.New(), NewSource(9, i), GenerateOptions{Conns: 2}).Steps
		for n, st := range steps {
			ways[st.Delivery.Way]++
			if n+1 < len(steps) && len(burst(n, st, steps[n+1:])) > 0 {
				bursts++
			}
			if text := wire.FormatCommand(st.Cmd); st.Delivery.Way == model.CutOff && strings.HasSuffix(text[:min(len(text), st.Delivery.At)], "}\r\n") {
				literals++
			}
		}
	}
	for w := range model.Ways {
		assert.Greater(t, ways[w], 30, "way %d", w)
	}
	assert.Greater(t, bursts, ways[model.Burst]/2)
	assert.Greater(t, literals, 5)
}
