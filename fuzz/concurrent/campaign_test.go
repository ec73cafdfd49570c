package concurrent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
)

func toyCampaign(t *testing.T, server *toy, commands int) *Campaign {
	t.Helper()
	d := fuzz.Driver{Target: server, Machine: model.New()}
	var err error
	d.Machine.Profile, err = d.Probe(t.Context())
	require.NoError(t, err)
	return &Campaign{Campaign: &fuzz.Campaign{Driver: d, Seed: 1, Commands: commands, Level: model.MUST, Save: t.TempDir()}, Sessions: 3}
}

func TestRightServerIsPassed(t *testing.T) {
	c := toyCampaign(t, &toy{}, 4000)
	r, err := c.Run(t.Context())
	require.NoError(t, err)
	for _, f := range append(r.Findings, r.Unconfirmed...) {
		t.Errorf("%s: %s", f.Key, f.Violation.Got)
	}
	assert.GreaterOrEqual(t, r.Commands, 4000)
}

func TestRacesAreFound(t *testing.T) {
	for _, c := range []struct {
		name   string
		server toy
		key    string
	}{
		{"lost update", toy{lostUpdate: true}, "order-flags/STORE/Selected"},
		{"one UID twice", toy{sameUID: true}, "order-uids/APPEND/Authenticated"},
		{"CREATE twice", toy{twice: true}, "order-names/CREATE/Authenticated"},
		{"lost subscription", toy{lostSub: true}, "order-subscriptions/SUBSCRIBE/Authenticated"},
		{"lost APPEND", toy{lostAppend: true}, "order-messages/APPEND/Authenticated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			campaign := toyCampaign(t, &c.server, 4000)
			r, err := campaign.Run(t.Context())
			require.NoError(t, err)
			var keys []string
			for _, f := range r.Findings {
				keys = append(keys, f.Key)
				t.Logf("%s: %s, %d of %d runs, %d commands of %d, found at %d", f.Key, f.Violation.Got, f.Confirmed, f.Tries, len(f.Trace.Steps), f.FirstSteps, f.FoundAt)
				if f.Key == c.key {
					isSaved(t, f)
				}
			}
			assert.Contains(t, keys, c.key)
		})
	}
}

// isSaved holds the file of a finding against the finding: it parses back, the
// judgement is the same without the server, and the picture is beside it.
func isSaved(t *testing.T, f *fuzz.Finding) {
	t.Helper()
	b, err := os.ReadFile(f.File)
	require.NoError(t, err)
	file, err := corpus.Parse(b)
	require.NoError(t, err)
	r := JudgeFile(model.New(), file)
	assert.Empty(t, r.New)
	assert.Empty(t, r.Lost)
	assert.NotZero(t, r.Same)
	assert.FileExists(t, strings.TrimSuffix(f.File, filepath.Ext(f.File))+".html")
}
