package scenarios

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/imapcheck/imapcheck/model"
)

// The table of families has no beginning that is there twice, decides nothing, or
// is of a rule that is gone.
func TestBeginnings(t *testing.T) {
	names := map[string]bool{}
	for _, r := range model.Rules() {
		names[r.ID] = true
	}
	for _, s := range All() {
		names[s.Name] = true
	}
	of := map[string]string{}
	for _, f := range families {
		for b := range strings.FieldsSeq(f.beginnings) {
			assert.Empty(t, of[b], "%s is in two families", b)
			of[b] = f.name
		}
	}
	for b, family := range of {
		used := false
		for name := range names {
			used = used || strings.HasPrefix(name+"-", b+"-") && families[familyOf(name)].name == family
		}
		assert.True(t, used, "%s: nothing of family %s begins so", b, family)
		for shorter, other := range of {
			implied := shorter != b && strings.HasPrefix(b, shorter+"-") && other == family
			assert.False(t, implied, "%s is in family %s by %s already", b, family, shorter)
		}
	}
}
