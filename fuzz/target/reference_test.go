package target_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

func TestReferenceRefuses(t *testing.T) {
	for spec, want := range map[string]string{
		"reference:kind":                             `reference:kind: unknown policy "kind" (known: canonical, curt,`,
		"reference?fault=nothing":                    `reference?fault=nothing: there is no fault "nothing"`,
		"reference?fault=logout-without-bye+nothing": `there is no fault "nothing"`,
		"reference?seed=x":                           "reference?seed=x: seed=x: it is a number",
		"reference?tls=maybe":                        "reference?tls=maybe: tls=maybe: it is yes or no",
		"reference?user=a":                           `reference?user=a: unknown parameter "user" (known: fault, seed, tls)`,
		"reference?a;b":                              "reference?a;b: invalid semicolon separator in query",
	} {
		_, err := target.Open(spec, target.Options{})
		assert.ErrorContains(t, err, want)
	}
}

// Each instance has a store of its own, and a name that opens it again.
func TestReferenceInstances(t *testing.T) {
	tgt, err := target.Open("reference:odd?seed=3", target.Options{})
	require.NoError(t, err)
	assert.Equal(t, "reference:odd?seed=3", tgt.Name())
	in, err := tgt.Open(t.Context(), model.Fixture{Messages: 2})
	require.NoError(t, err)
	c, err := in.Dial(t.Context())
	require.NoError(t, err)
	require.NoError(t, in.Close())
	_, err = c.Read(make([]byte, 10))
	assert.Error(t, err)
	_, err = in.Dial(t.Context())
	assert.Error(t, err)
}
