package fuzz

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// extensions are the capabilities that bring commands.
var extensions = model.Profile{Delim: "/", Caps: []string{"ENABLE", "IDLE", "LITERAL+", "MOVE", "NAMESPACE", "UIDPLUS", "UNSELECT"}}

// Every command of section 6, and of the extensions, has all its parts: a state, a weight in the
// generator, an encoder and a parser that agree, a malformed twin, a simplifier
// that ends, and a rule that is held against it.
func TestEveryCommandHasItsParts(t *testing.T) {
	m := model.Machine{Profile: extensions}
	weights := weightsOf(extensions)
	for _, name := range extensions.Commands() {
		t.Run(name, func(t *testing.T) {
			valid, weighted := false, false
			for phase, list := range weights {
				valid = valid || model.Valid(name, phase)
				for _, e := range list {
					weighted = weighted || e.name == name && (model.Valid(name, phase) || name == "X")
				}
			}
			assert.True(t, valid || name == "X", "no state allows it")
			assert.True(t, weighted, "the generator never sends it where it is allowed")

			g := &generator{Source: NewSource(1, len(name)), m: m, s: m.Init(model.Fixture{})}
			for range 200 {
				c := g.build(name)
				require.Equal(t, name, c.Name())
				require.Equal(t, c, wire.ParseCommand(wire.FormatCommand(c)))
				raw, ok := g.malform(c).(model.Raw)
				require.True(t, ok)
				_, legal := wire.Spells(raw.Bytes)
				require.False(t, legal, "%q is not malformed", raw.Bytes)
				for n := 0; ; n++ {
					require.Less(t, n, 1000, "the simplifier does not end")
					simpler := simpler(c)
					if len(simpler) == 0 {
						break
					}
					require.Less(t, model.Weight(simpler[0]), model.Weight(c), "%v", c)
					c = simpler[0]
					if _, raw := c.(model.Raw); raw || c.Name() != name {
						break
					}
				}
			}
			base := strings.TrimPrefix(name, "UID ")
			held := slices.ContainsFunc(model.Rules(), func(r *model.Rule) bool {
				return len(r.On) == 0 || slices.Contains(r.On, base)
			})
			assert.True(t, held)
		})
	}
}

// The names that rules are declared for are names of commands.
func TestRulesAreOnCommands(t *testing.T) {
	for _, r := range model.Rules() {
		for _, name := range r.On {
			assert.Contains(t, extensions.Commands(), name, r.ID)
		}
	}
}
