package main

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

func TestCorpusGenerate(t *testing.T) {
	for _, cover := range covers {
		t.Run(cover, func(t *testing.T) {
			t.Chdir(t.TempDir())
			args := []string{"corpus", "generate", "--cover", cover, "--save", "a"}
			status, stdout, stderr := invoke(args...)
			require.Equal(t, exitClean, status, stderr)
			assert.Contains(t, stdout, " written to a, 0 there already\n")
			files := contents(t, "a")

			seen := map[string]bool{}
			entries, err := corpus.Load("a")
			require.NoError(t, err)
			for _, e := range entries {
				m := model.New()
				m.Profile.Caps = model.Understood(strings.Fields("ENABLE IDLE LITERAL- MOVE NAMESPACE UIDPLUS UNSELECT"))
				labels, err := explore.Labels(m, e.File.Trace)
				require.NoError(t, err, e.Path)
				for _, l := range labels {
					seen[l] = true
				}
			}
			for _, l := range model.New().Reachable() {
				if lost := cover == "wp" && (strings.HasSuffix(l, "SELECT malformed") || strings.HasSuffix(l, "EXAMINE malformed")); !lost &&
					!strings.Contains(l, " greeting ") {
					assert.True(t, seen[l], l)
				}
			}

			_, stdout, _ = invoke(args...)
			assert.Contains(t, stdout, ": 0 written to a, ")
			assert.Equal(t, files, contents(t, "a"))
		})
	}
}

// A trace that was generated is one that the server can be driven through.
func TestCorpusGenerateIsReplayed(t *testing.T) {
	t.Chdir(t.TempDir())
	status, _, stderr := invoke("corpus", "generate", "--cover", "transitions", "--save", "a", "--target", "mem:preauth")
	require.Equal(t, exitClean, status, stderr)
	files := slices.Sorted(maps.Keys(contents(t, "a")))
	for i := range files {
		files[i] = filepath.Join("a", files[i])
	}
	status, stdout, stderr := invoke(append([]string{"replay", "--target", "mem:preauth"}, files...)...)
	assert.Equal(t, exitFound, status, stderr)
	assert.Contains(t, stdout, "state-gating/CHECK/Authenticated")
	assert.Contains(t, stdout, "examine-read-only/MOVE/Selected")
}

func TestCorpusGenerateUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ args, want string }{
		{"", "--cover: say what is to be covered"},
		{"--cover all", "--cover all: it is one of transitions, pairs, wp"},
		{"--cover wp --extra 2", "--extra 2: 0 to 1 states more"},
		{"--cover pairs --extra 1", "--extra: only --cover wp has a use for it"},
		{"--cover pairs --steps -1", "--steps -1"},
		{"--cover pairs --save=", "--save: a folder"},
		{"--cover pairs more", "unknown command"},
	} {
		status, _, stderr := invoke(append([]string{"corpus", "generate"}, strings.Fields(c.args)...)...)
		assert.Equal(t, exitTrouble, status, c.args)
		assert.Contains(t, stderr, c.want)
	}
}
