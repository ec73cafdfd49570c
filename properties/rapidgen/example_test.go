package rapidgen_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/rapidgen"
)

// A test that sends step after step. Run it with -rapid.shrinktime=0s, and with
// -rapid.steps=40 for runs of 40 steps on average.
func ExampleMachine() {
	var t *testing.T // of the test
	server, err := target.Open("imap://127.0.0.1:1143", target.Options{User: "u%d", Users: 50})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	d := fuzz.Driver{Target: server, Machine: model.New()}
	if d.Machine.Profile, err = d.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	checker := fuzz.NewChecker(&fuzz.Campaign{Driver: d, Level: model.MUST, Save: "findings"})
	rapid.Check(t, func(t *rapid.T) {
		t.Repeat(rapidgen.NewMachine(t, checker, fuzz.GenerateOptions{Conns: 2}).Actions())
	})
}

// A test of whole traces, in the place of the one of ExampleMachine.
func ExampleTrace() {
	var t *testing.T // of the test
	var checker *fuzz.Checker
	traces := rapidgen.Trace(checker.Machine(), fuzz.GenerateOptions{Steps: 40})
	rapid.Check(t, func(t *rapid.T) {
		rapidgen.Check(t, checker, traces.Draw(t, "trace"))
	})
}
