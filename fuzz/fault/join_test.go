package fault

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/imapcheck/imapcheck/model"
)

func TestJoin(t *testing.T) {
	assert.Nil(t, Join())
	assert.Same(t, all[0], Join(all[0]))
	counts := func(name string) *Fault {
		return &Fault{Name: name, Text: name, Caps: []string{name}, Hear: func(c *Call) {
			if c.Memory["n"]++; c.Memory["n"] == 3 {
				delete(c.Memory, "n")
			}
			c.Own["n"] += 2
		}}
	}
	doubles := &Fault{Name: "c", Level: model.SHOULD,
		Spell:   func(_ *Call, _ *model.Response, octets string) string { return octets + octets },
		Literal: func(_ string, n int, asks bool) (int, bool) { return n + 1, !asks },
		Lines:   func(line string) []string { return []string{line, line} }}
	ends := &Fault{Name: "d", Spell: func(_ *Call, _ *model.Response, octets string) string { return octets + "\n" }}
	f := Join(counts("a"), counts("b"), doubles, ends, doubles)
	assert.Equal(t, "a+b+c+d+c", f.Name)
	assert.Equal(t, []string{"a", "b"}, f.Caps)
	assert.Equal(t, model.SHOULD, f.Level)
	assert.Nil(t, f.Tell)
	c := &Call{Memory: map[string]int{}, Own: map[string]int{}}
	f.Hear(c)
	assert.Equal(t, map[string]int{"0 n": 1, "1 n": 1}, c.Memory)
	f.Hear(c)
	f.Hear(c)
	assert.Empty(t, c.Memory, "each forgets for itself")
	assert.Equal(t, map[string]int{"0 n": 6, "1 n": 6}, c.Own)
	assert.Equal(t, "xx\n", f.Spell(c, nil, "x"), "nothing behind a line end")
	n, asks := f.Literal("", 3, true)
	assert.Equal(t, 5, n)
	assert.True(t, asks)
	assert.Equal(t, []string{"x", "x", "x", "x"}, f.Lines("x"))
}
