package explore

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// What is left out because a server cannot tell it from another sequence, the embedded
// server does not tell: it gives the same answers where commands have been swapped.
func TestServerDoesNotTellSwaps(t *testing.T) {
	server, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	defer server.Close()
	d := fuzz.Driver{Target: server, Machine: model.New()}
	d.Machine.Profile, err = d.Probe(t.Context())
	require.NoError(t, err)
	answers := func(steps []model.Step) [][]string {
		r, err := d.Run(t.Context(), model.Trace{Fixture: model.Fixture{Messages: 1}, Steps: steps})
		require.NoError(t, err)
		list := make([][]string, len(steps))
		for _, x := range r.Transcript.Exchanges {
			if x.Cmd != nil {
				for _, response := range x.Reply.Responses {
					list[x.Step] = append(list[x.Step], strings.TrimPrefix(response.Raw, x.Tag+" "))
				}
			}
		}
		return list
	}
	const seed, tries = 5, 3000
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	p := Paths{Machine: d.Machine, Alphabet: Alphabet(d.Machine.Profile)}
	f, swaps := p.footprints(), 0
	for range tries {
		steps := []model.Step{{Conn: 0, Cmd: model.LoginStep()}, {Conn: 1, Cmd: model.LoginStep()}}
		s := d.Machine.Init(model.Fixture{Messages: 1})
		for len(steps) < 7 {
			steps = append(steps, model.Step{Conn: rnd.IntN(2), Cmd: p.Alphabet[rnd.IntN(len(p.Alphabet))]})
		}
		at := 2 + rnd.IntN(4)
		for _, st := range steps[:at] {
			s = d.Machine.Predict(s, st)
		}
		a, b := steps[at], steps[at+1]
		if a.Conn == b.Conn || !f.of(&s, f.action(a)).apart(f.of(&s, f.action(b))) {
			continue
		}
		swaps++
		swapped := slices.Clone(steps)
		swapped[at], swapped[at+1] = b, a
		one, other := answers(steps), answers(swapped)
		other[at], other[at+1] = other[at+1], other[at]
		require.Equal(t, one, other, "%s: %d", text(model.Trace{Steps: steps}), at)
	}
	assert.Greater(t, swaps, tries/10)
}
