package bench

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/model"
)

// The shortest traces of the samples are those that are claimed, whether a campaign has
// found one before or not.
func TestProve(t *testing.T) {
	for _, f := range samples {
		if f.Least > 4 {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			p, err := Prove(t.Context(), f, Bounds{Worlds: 10_000, Commands: 3000})
			require.NoError(t, err)
			assert.True(t, p.Proven(), "%s", p.String())
			assert.Len(t, p.Trace.Steps, f.Least)

			p, err = Prove(t.Context(), f, Bounds{Depth: min(f.Least, 3), Worlds: 10_000})
			require.NoError(t, err)
			assert.Equal(t, f.Least <= 3, len(p.Trace.Steps) > 0)
			assert.Equal(t, min(f.Least-1, 3), p.None)
		})
	}
}

// Where a bound is met nothing is claimed.
func TestProveSaysThatItIsNotAll(t *testing.T) {
	p, err := Prove(t.Context(), sample(t, "copy-flags"), Bounds{Depth: 4, Worlds: 60})
	require.NoError(t, err)
	assert.False(t, p.Proven())
	assert.Equal(t, 1, p.None)
	assert.Contains(t, p.String(), "copy-flags: at least 2, of an alphabet of ")

	_, err = Prove(t.Context(), &fault.Fault{Name: "x", Racy: true}, Bounds{Depth: 1})
	assert.ErrorIs(t, err, ErrNoProof)
}

func sample(t *testing.T, name string) *fault.Fault {
	t.Helper()
	for _, f := range samples {
		if f.Name == name {
			return f
		}
	}
	require.Fail(t, "no such sample", name)
	return nil
}

// Two worlds are the same if commands that change nothing lie between them, and not if the
// server, its fault or the judge has got something new.
func TestKey(t *testing.T) {
	f := &fault.Fault{Name: "counts", Hear: func(c *fault.Call) {
		if c.Is("CHECK") {
			c.Memory["checks"]++
		}
	}}
	s, err := Open(f)
	require.NoError(t, err)
	key := func(texts ...string) hash {
		h := newHand(s)
		w := h.begin(model.Fixture{Messages: 2})
		for i, text := range append([]string{"LOGIN user pass", "SELECT INBOX", "FETCH 1 FLAGS"}, texts...) {
			_, err := h.step(w, i, model.Step{Cmd: parsed(text)})
			require.NoError(t, err)
		}
		return w.key()
	}
	same := key()
	assert.Equal(t, same, key("FETCH 1 FLAGS", "FETCH 1 FLAGS"))
	assert.NotEqual(t, same, key("STORE 1 +FLAGS (\\Seen)"), "the account")
	assert.NotEqual(t, same, key("FETCH 2 UID"), "the judge")
	assert.NotEqual(t, key("NOOP"), key("CHECK"), "the memory of the fault")
}
