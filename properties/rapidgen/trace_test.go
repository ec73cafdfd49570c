package rapidgen_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
	"github.com/imapcheck/imapcheck/properties/rapidgen"
)

// A run is judged as it goes; its evidence alone, also by way of a trace file,
// has to give the same verdict.
func TestVerdictNeedsNoServer(t *testing.T) {
	server, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	defer server.Close()
	m := model.New()
	d := fuzz.Driver{Target: server, Machine: m}
	traces := rapidgen.Trace(m, fuzz.GenerateOptions{Steps: 20, Conns: 2})

	rapid.Check(t, func(t *rapid.T) {
		trace := traces.Draw(t, "trace")
		run, err := d.Run(t.Context(), trace)
		require.NoError(t, err, "trouble of ours")
		want := keys(run.Verdict, run.Crash)

		offline := properties.Judge(m, run.Transcript)
		require.Equal(t, want, keys(offline, run.Crash))

		text := corpus.Format(&corpus.File{Trace: trace, Transcript: &run.Transcript})
		f, err := corpus.Parse(text)
		require.NoError(t, err, "%s", text)
		if f.Transcript != nil {
			require.Equal(t, want, keys(properties.Judge(m, *f.Transcript), run.Crash), "%s", text)
		}
	})
}

// keys are a verdict's violations and transitions. That a close was a crash is
// known to the run alone.
func keys(v properties.Verdict, crash string) []string {
	var list []string
	for _, b := range v.Violations {
		if crash != "" && b.Rule.ID == "bye-before-close" {
			b.Part = ""
		}
		list = append(list, b.Key()+" at step "+model.Tag(b.Step))
	}
	return append(list, v.Transitions...)
}

// The weights of the generator stand: most commands are ones that the state
// allows.
func TestChoicesAreEven(t *testing.T) {
	traces := rapidgen.Trace(model.New(), fuzz.GenerateOptions{Steps: 50})
	commands, malformed := 0, 0
	for seed := range 40 {
		for _, st := range traces.Example(seed).Steps {
			commands++
			if _, raw := st.Cmd.(model.Raw); raw {
				malformed++
			}
		}
	}
	require.InDelta(t, 0.08, float64(malformed)/float64(commands), 0.03, "the share of malformed commands")
}
