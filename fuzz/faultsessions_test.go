package fuzz

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// recommended are the faults that break what RFC 3501 says a server SHOULD do.
var recommended = map[string]bool{
	"append-flags-with-date": true, "append-date-lost": true, "copy-flags-lost": true, "copy-clears-deleted": true,
	"copy-date-lost": true, "date-without-zone": true, "lsub-forgets-deleted": true,
}

// unseen are the faults that so short a campaign does not see, and why.
var unseen = map[string]string{
	"move-leaves-last":        "the judge waits for the second NOOP",
	"part-first":              "a part behind the first is asked for once in a thousand traces",
	"rename-leaves-inferiors": "three levels are hardly ever made one by one, and then renamed",
	"create-unsubscribes":     "it takes SUBSCRIBE, CREATE and LSUB of one name",
	"search-set-one":          "it takes a set, and two keys behind it that differ",
	"expunge-between":         "it takes three messages whose flags were shown",
	"copy-part":               "it takes an EXPUNGE that another session does not know of",
	"append-untold-to-others": "a server need not observe what another session adds",
	"flags-untold":            "the judge waits for the second NOOP",
	"examine-made-writable":   "of flags in a mailbox that two sessions have little is judged",
	"store-from-cache":        "of flags in a mailbox that two sessions have little is judged",
	"append-resurrects-seen":  "of messages in a mailbox that two sessions have little is judged",
	"number-of-mailbox":       "of flags in a mailbox that two sessions have little is judged",
}

func faultDriver(t testing.TB, f *fault.Fault) Driver {
	t.Helper()
	tg, err := target.Open("reference?fault="+f.Name, target.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { tg.Close() })
	d := Driver{Target: tg, Machine: model.New()}
	d.Machine.Profile, err = d.Probe(context.Background())
	require.NoError(t, err)
	return d
}

// firstFinding is what a campaign against a fault finds first, nil for nothing.
func firstFinding(t *testing.T, f *fault.Fault, seed uint64) *Finding {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	conns := 1
	if f.Conns > 1 {
		conns = 3
	}
	c := Campaign{Driver: faultDriver(t, f), Seed: seed, Commands: 20000, Level: model.MUST, Generate: GenerateOptions{Conns: conns}}
	if recommended[f.Name] {
		c.Level = model.SHOULD
	}
	var first *Finding
	c.Found = func(found *Finding) {
		if first == nil {
			first = found
		}
		cancel()
	}
	_, err := c.Run(ctx)
	require.NoError(t, err)
	return first
}

// Each fault of what a server keeps and tells is found, and no trace is shorter than
// the shortest.
func TestStoredAndToldFaultsAreFound(t *testing.T) {
	for i, f := range fault.All() {
		why, is := unseen[f.Name]
		if f.Layer != fault.View && f.Layer != fault.Store && f.Layer != fault.Sessions || f.Racy || testing.Short() && i%5 != 0 {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if is {
				t.Skip(why)
			}
			found := firstFinding(t, f, 1)
			if found == nil {
				found = firstFinding(t, f, 2)
			}
			require.NotNil(t, found)
			t.Log(found.Key, found.FoundAt, len(found.Trace.Steps))
			assert.GreaterOrEqual(t, len(found.Trace.Steps), f.Least, "%s", found.Key)
			assert.NotZero(t, f.Least)
		})
	}
}

// What only commands show that overlap is not there when they take turns.
func TestRacesNeedCommandsThatOverlap(t *testing.T) {
	for _, f := range fault.All() {
		if !f.Racy {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			c := Campaign{Driver: faultDriver(t, f), Seed: 1, Commands: 20000, Level: model.SHOULD, Generate: GenerateOptions{Conns: 3}}
			if testing.Short() {
				c.Commands = 2000
			}
			r, err := c.Run(context.Background())
			require.NoError(t, err)
			assert.Empty(t, r.Findings)
			assert.Empty(t, r.Unconfirmed)
		})
	}
}
