package fuzz

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// managedDriver is a driver of a server that is started for the test. Without the
// server the test is skipped.
func managedDriver(t testing.TB, spec string) Driver {
	t.Helper()
	name, _, _ := strings.Cut(spec, "?")
	name, _, _ = strings.Cut(name, ":")
	for _, i := range target.Known() {
		if i.Spec == name && i.Missing != "" {
			t.Skipf("%s: %s", name, i.Missing)
		}
	}
	tg, err := target.Open(spec, target.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, tg.Close()) })
	d := Driver{Target: tg, Machine: model.New()}
	d.Machine.Profile, err = d.Probe(context.Background())
	require.NoError(t, err)
	return d
}

// known are the findings of a server, each of which was read against the clause, and
// the rules that they are of.
func known(t *testing.T, server string) (keys, rules map[string]bool) {
	t.Helper()
	text, err := os.ReadFile("../corpus/known/" + server + ".txt")
	require.NoError(t, err)
	keys, rules = map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(text)) {
		key, _, _ := strings.Cut(line, "#")
		if rule, _, ok := strings.Cut(strings.TrimSpace(key), "/"); ok {
			keys[strings.TrimSpace(key)], rules[rule] = true, true
		}
	}
	return keys, rules
}

// A MUST that a server is newly said to break is most likely our error: this is
// the test of the judge's soundness. Dovecot has the most of it, as the strictest.
func TestRealServersBreakOnlyWhatIsKnown(t *testing.T) {
	for _, c := range []struct {
		spec     string
		commands int
		conns    int
	}{
		{"dovecot", 3000, 1},
		{"dovecot?tls=imaps", 1000, 1},
		{"dovecot:stdio", 6000, 1},
		{"dovecot:stdio", 2000, 3},
		{"dovecot:stdio?format=sdbox", 2000, 1},
		{"dovecot:stdio?format=mdbox", 2000, 1},
		{"dovecot:stdio?format=mbox", 2000, 1},
		{"cyrus", 2000, 1},
		{"cyrus:daemon", 1000, 2},
		{"courier", 1500, 1},
		{"mailutils", 1500, 1},
		{"gomem1", 1500, 1},
		{"gluon", 1500, 1},
	} {
		t.Run(fmt.Sprintf("%s, %d connections", c.spec, c.conns), func(t *testing.T) {
			d := managedDriver(t, c.spec)
			server, _, _ := strings.Cut(c.spec, "?")
			server, _, _ = strings.Cut(server, ":")
			keys, rules := known(t, server)
			campaign := Campaign{
				Driver: d, Seed: 100, Commands: c.commands, Jobs: 4, Level: model.MUST, Known: keys, NoShrink: true,
				Generate: GenerateOptions{Conns: c.conns},
			}
			campaign.Driver.Session.Timeout = 5 * time.Second // a failed LOGIN takes three at Cyrus
			r, err := campaign.Run(t.Context())
			require.NoError(t, err)
			assert.GreaterOrEqual(t, r.Commands, c.commands)
			assert.Greater(t, r.Coverage.Hit, r.Coverage.Total/2)
			for _, f := range r.Findings {
				if !f.Known && !rules[f.Violation.ID()] {
					t.Errorf("%s: got %s, want %s\n%s", f.Key, f.Violation.Got, f.Violation.Want, formatTrace(f.Trace))
				}
			}
		})
	}
}
