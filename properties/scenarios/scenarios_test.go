package scenarios_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/scenarios"
)

func TestAll(t *testing.T) {
	var names []string
	kinds := map[bool]int{}
	for _, s := range scenarios.All() {
		names = append(names, s.Name)
		kinds[s.Rule == ""]++
		assert.NotEmpty(t, s.Program().Steps, s.Name)
	}
	assert.True(t, slices.IsSorted(names))
	assert.Len(t, slices.Compact(slices.Clone(names)), len(names), "a name is there twice")
	assert.Greater(t, kinds[true], 200)
	assert.Greater(t, kinds[false], 300)
}

func TestEveryRuleHasOneFamily(t *testing.T) {
	of := map[string]string{}
	for _, f := range scenarios.Families() {
		assert.Regexp(t, regexp.MustCompile("^[a-z]+$"), f.Name)
		assert.NotEmpty(t, f.Text, f.Name)
		assert.NotEmpty(t, f.Rules, f.Name)
		for _, r := range f.Rules {
			assert.Empty(t, of[r.ID], "%s is in two families", r.ID)
			of[r.ID] = f.Name
			assert.Equal(t, f.Name, scenarios.FamilyOf(r.ID))
		}
	}
	for _, r := range model.Rules() {
		assert.NotEmpty(t, of[r.ID], "%s is in no family", r.ID)
	}
	assert.Empty(t, scenarios.FamilyOf("append-no-such-rule"))
}

func TestEveryScenarioHasOneFamily(t *testing.T) {
	of := map[string]string{}
	for _, f := range scenarios.Families() {
		assert.NotEmpty(t, f.Scenarios, f.Name)
		for _, s := range f.Scenarios {
			assert.Empty(t, of[s.Name], "%s is in two families", s.Name)
			of[s.Name] = f.Name
			if s.Rule != "" {
				assert.Equal(t, scenarios.FamilyOf(s.Rule), f.Name, s.Name)
			}
		}
	}
	for _, s := range scenarios.All() {
		assert.NotEmpty(t, of[s.Name], "%s is in no family", s.Name)
	}
}

func TestFor(t *testing.T) {
	plain := model.Profile{Delim: "."}
	for text, c := range map[string]struct{ fits, not model.Profile }{
		"fixture INBOX=0 caps=IDLE,MOVE\n\nS0: * OK a\n": {model.Profile{Caps: []string{"ENABLE", "IDLE", "MOVE"}}, model.Profile{Caps: []string{"IDLE"}}},
		"fixture INBOX=0 delim=.\n\nS0: * OK a\n":        {plain, model.New().Profile},
		"fixture INBOX=0 delim=NIL\n\nS0: * OK a\n":      {model.Profile{}, plain},
		"fixture INBOX=0 tls=yes\n\nS0: * OK a\n":        {model.Profile{TLS: true}, plain},
		"fixture INBOX=0\n\nS0: * PREAUTH a\n":           {model.Profile{Preauth: true}, plain},
	} {
		f, err := corpus.Parse([]byte("imaptrace v1\n" + text + "C0: NOOP\nS0: OK a\n"))
		require.NoError(t, err)
		s := scenarios.Scenario{File: f}
		assert.True(t, s.For(c.fits), text)
		assert.False(t, s.For(c.not), text)
		assert.True(t, s.For(s.Profile()), text)
	}
}

func TestTwin(t *testing.T) {
	s := scenarios.Scenario{Text: strings.Join([]string{
		"# departs: in-step", "C0: CLOSE", "# wrong:", "S0: * 1 EXPUNGE", "# right:", "#   S0: * 2 EXISTS", "# why", "S0: OK done", "!! a", "",
	}, "\n")}
	twin, places := s.Twin()
	assert.Equal(t, "# departs: in-step\nC0: CLOSE\nS0: * 2 EXISTS\n# why\nS0: OK done\n", twin)
	assert.Equal(t, 1, places)
	assert.Equal(t, []string{"in-step"}, s.Departs())
}

// Any server can be driven through the programs, those that are written against
// servers that hang and lie included.
func TestProgramsRunOnTheEmbeddedServer(t *testing.T) {
	for _, spec := range []string{"mem", "mem:preauth", "mem:tls"} {
		t.Run(spec, func(t *testing.T) {
			server, err := target.Open(spec, target.Options{})
			require.NoError(t, err)
			defer server.Close()
			d := fuzz.Driver{Target: server, Machine: model.New()}
			d.Machine.Profile, err = d.Probe(context.Background())
			require.NoError(t, err)
			driven := 0
			for _, s := range scenarios.All() {
				if !s.For(d.Machine.Profile) {
					continue
				}
				driven++
				_, err := d.Run(context.Background(), s.Program())
				assert.NoError(t, err, s.Name)
			}
			assert.Greater(t, driven, 600)
		})
	}
}
