package goptergen_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/prop"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/goptergen"
)

func TestTracesAgainstTheEmbeddedServer(t *testing.T) {
	server, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	defer server.Close()
	d := fuzz.Driver{Target: server, Machine: model.New()}

	parameters := gopter.DefaultTestParameters()
	t.Log("seed", parameters.Seed())
	checks := gopter.NewProperties(parameters)
	traces := goptergen.Trace(d.Machine, fuzz.GenerateOptions{Steps: 20})
	checks.Property("a run has a verdict", prop.ForAll(func(trace model.Trace) (bool, error) {
		r, err := d.Run(t.Context(), trace)
		return r.Commands > 0 && len(r.Transitions) > 0, err
	}, traces))
	checks.Property("a trace is what its file says", prop.ForAll(func(trace model.Trace) (bool, error) {
		f, err := corpus.Parse(corpus.Format(&corpus.File{Trace: trace}))
		return err == nil && assert.ObjectsAreEqual(trace, f.Trace), err
	}, traces))
	checks.TestingRun(t)
}

// What falsifies the property is the finding.
func TestCheckSaysTheFinding(t *testing.T) {
	c := campaign(t)
	c.Save = t.TempDir()
	checker := fuzz.NewChecker(c)
	property := func(ctx context.Context, k *fuzz.Checker) gopter.Prop {
		return prop.ForAllNoShrink(goptergen.Check(ctx, k), goptergen.Trace(c.Machine, fuzz.GenerateOptions{}))
	}
	for range 2 {
		r := property(t.Context(), checker).Check(gopter.DefaultTestParametersWithSeed(1))
		require.Equal(t, gopter.TestFailed, r.Status)
		require.Len(t, r.Labels, 1)
		f := checker.Report().Findings[0]
		assert.Contains(t, r.Labels[0], "shrunk from 40 commands")
		assert.Contains(t, r.Labels[0], "imapcheck replay "+filepath.Dir(f.File))
	}

	var err error
	c.Known, err = corpus.ReadKnown(knownFile)
	require.NoError(t, err)
	r := property(t.Context(), fuzz.NewChecker(c)).Check(gopter.DefaultTestParametersWithSeed(1))
	assert.True(t, r.Passed(), "%v", r.Labels)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r = property(ctx, checker).Check(gopter.DefaultTestParameters())
	assert.Equal(t, gopter.TestError, r.Status)
	assert.ErrorIs(t, r.Error, context.Canceled)
}

// The same seed makes the same trace, which makes a finding of a run again.
func ExampleTrace() {
	server, err := target.Open("mem", target.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	d := fuzz.Driver{Target: server, Machine: model.New()}

	parameters := gopter.DefaultGenParameters().CloneWithSeed(4711)
	trace, _ := goptergen.Trace(d.Machine, fuzz.GenerateOptions{Steps: 30})(parameters).Retrieve()
	r, err := d.Run(context.Background(), trace.(model.Trace))
	fmt.Println(len(r.Transcript.Exchanges) > 0, err)
	// Output: true <nil>
}
