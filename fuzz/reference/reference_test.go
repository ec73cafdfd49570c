package reference_test

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/reference"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

const seeds = 20

// The server is right under every policy, with one connection and with several, in the
// clear and with STARTTLS: a finding is a false alarm. IMAPCHECK_COMMANDS is how many
// commands there are in all.
func TestNoFalseAlarm(t *testing.T) {
	total, err := strconv.Atoi(cmp.Or(os.Getenv("IMAPCHECK_COMMANDS"), "50000"))
	require.NoError(t, err)
	policies := reference.Policies()
	each := (total + seeds*len(policies) - 1) / (seeds * len(policies))
	for _, p := range policies {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			commands := 0
			for seed := range uint64(seeds) {
				secure := map[bool]string{false: "no", true: "yes"}[seed%4 == 3]
				c := campaign(t, fmt.Sprintf("reference:%s?seed=%d&tls=%s", p.Name, seed, secure))
				c.Seed, c.Commands, c.Jobs = seed, each, 2
				c.Generate.Conns = 1 + int(seed%3)
				r, err := c.Run(t.Context())
				require.NoError(t, err)
				for _, f := range r.Findings {
					assert.Fail(t, f.Key, "seed %d: got %s, want %s", seed, f.Violation.Got, f.Violation.Want)
				}
				commands += r.Commands
			}
			t.Log(commands, "commands")
		})
	}
}

// campaign is one against a target, of which all is known that is to be known: from the
// canonical server, since one that closes at any time may close then.
func campaign(t *testing.T, spec string) *fuzz.Campaign {
	t.Helper()
	c := &fuzz.Campaign{Driver: fuzz.Driver{Machine: model.New()}, Level: model.SHOULD}
	_, params, _ := strings.Cut(spec, "?")
	for _, spec := range []string{"reference?" + params, spec} {
		tgt, err := target.Open(spec, target.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { tgt.Close() })
		if c.Target = tgt; c.Machine.Profile.Caps == nil {
			c.Machine.Profile, err = c.Probe(t.Context())
			require.NoError(t, err)
		}
	}
	return c
}

// What each policy makes of one session is there to be read.
func TestPolicies(t *testing.T) {
	in, err := corpus.ReadFile(filepath.Join("testdata", "session.trace"))
	require.NoError(t, err)
	seen := map[string]string{}
	for _, p := range reference.Policies() {
		t.Run(p.Name, func(t *testing.T) {
			spec := fmt.Sprintf("reference:%s?seed=1", p.Name)
			text := session(t, spec, in.Trace)
			golden := filepath.Join("testdata", p.Name+".trace")
			if os.Getenv("IMAPCHECK_UPDATE") != "" {
				require.NoError(t, os.WriteFile(golden, []byte(text), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), text)
			assert.Equal(t, text, session(t, spec, in.Trace), "the same again")
			if p.Trickle {
				assert.Equal(t, session(t, "reference", in.Trace), text)
				return
			}
			assert.Empty(t, seen[text], "another policy does the same")
			seen[text] = p.Name
		})
	}
}

// session is what a server answers, and that nothing is wrong with it.
func session(t *testing.T, spec string, trace model.Trace) string {
	t.Helper()
	c := campaign(t, spec)
	r, err := c.Driver.Run(t.Context(), trace)
	require.NoError(t, err)
	require.Empty(t, r.Violations)
	return string(corpus.Format(&corpus.File{Trace: trace, Transcript: &r.Transcript, Caps: c.Machine.Profile.Caps}))
}

// A policy of a server that trickles sends each octet by itself.
func TestTrickle(t *testing.T) {
	policy, err := reference.PolicyOf("trickle")
	require.NoError(t, err)
	client, server := net.Pipe() // a read has what one write wrote
	defer client.Close()
	go reference.New(reference.Options{Machine: model.New(), Policy: policy}).ServeConn(server)
	n, err := client.Read(make([]byte, 100))
	require.NoError(t, err)
	assert.Equal(t, 1, n)
}

func TestUnknownPolicy(t *testing.T) {
	_, err := reference.PolicyOf("lenient")
	assert.EqualError(t, err, `unknown policy "lenient" (known: canonical, curt, failing, late, early, talkative, split, shuffled, chatty, literals, case, trickle, closing, odd)`)
}
