// Package rapidgen lets pgregory.net/rapid make traces. It is a package of its
// own so that rapid reaches only those who want it.
//
// [Machine] chooses a step and sends it, one after the other, for T.Repeat; [Trace] makes
// whole traces, and [Check] is a property of them.
//
// Run the tests with -rapid.shrinktime=0s, or RAPID_SHRINKTIME=0s in the environment. A
// [fuzz.Checker] has made minimal what a test fails with: package fuzz/shrink knows what
// a trace means and takes far fewer runs than rapid, which sees only bits.
package rapidgen

import (
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

// Trace generates traces for the model m as [fuzz.Generate] does, of choices
// that rapid draws.
func Trace(m model.Machine, o fuzz.GenerateOptions) *rapid.Generator[model.Trace] {
	return rapid.Custom(func(t *rapid.T) model.Trace {
		return fuzz.Generate(m, source{t}, o)
	})
}

// Check is the property that a server breaks no rule in a trace but what the checker
// knows. A test that fails says the finding: the same at every run of that trace.
func Check(t *rapid.T, k *fuzz.Checker, trace model.Trace) {
	t.Helper()
	f, err := k.First(t.Context(), trace)
	judge(t, f, err)
}

// judge ends a test that has a finding, or trouble of its own.
func judge(t *rapid.T, f *fuzz.Finding, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("no verdict: %v", err)
	}
	if f != nil {
		t.Fatalf("%s", report.Failure(f))
	}
}
