package concurrent

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/model"
)

// referenceCampaign is one against the reference server, with a fault or none.
func referenceCampaign(t *testing.T, fault string, seed uint64, commands int) *Campaign {
	t.Helper()
	spec := "reference"
	if fault != "" {
		spec += "?fault=" + fault
	}
	return &Campaign{Sessions: 3, Campaign: &fuzz.Campaign{Driver: driver(t, spec), Seed: seed, Commands: commands,
		Level: model.SHOULD, NoShrink: true, Confirm: 1}}
}

// Every fault that only commands show which overlap is found, with each of ten seeds.
func TestRacyFaultsAreFound(t *testing.T) {
	const seeds, budget = 10, 20000
	for _, f := range fault.All() {
		if !f.Racy {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			var at []int
			for seed := range uint64(seeds) {
				c := referenceCampaign(t, f.Name, seed, budget)
				ctx, found := context.WithCancel(t.Context())
				c.Found = func(*fuzz.Finding) { found() }
				r, err := c.Run(ctx)
				found()
				require.NoError(t, err)
				if assert.NotEmpty(t, r.Findings, "seed %d", seed) {
					at = append(at, r.Findings[0].FoundAt)
				}
			}
			if slices.Sort(at); len(at) > 0 {
				t.Logf("found after %d commands by the median, %d at the most, of %d", at[len(at)/2], at[len(at)-1], budget)
			}
		})
	}
}

// Without a fault nothing is found.
func TestReferenceServerIsPassed(t *testing.T) {
	r, err := referenceCampaign(t, "", 1, 20000).Run(t.Context())
	require.NoError(t, err)
	for _, f := range append(r.Findings, r.Unconfirmed...) {
		t.Errorf("%s: %s", f.Key, f.Violation.Got)
	}
	assert.GreaterOrEqual(t, r.Commands, 20000)
}
