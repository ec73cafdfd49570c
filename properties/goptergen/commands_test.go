package goptergen_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/commands"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/goptergen"
)

// Every command of a sequence is executed, and those that break what is known are no end.
func TestCommandsExecuteEveryStep(t *testing.T) {
	c := campaign(t)
	var err error
	c.Known, err = corpus.ReadKnown(knownFile)
	require.NoError(t, err)
	checker := fuzz.NewChecker(c)
	parameters := gopter.DefaultTestParametersWithSeed(1)
	r := commands.Prop(goptergen.Commands(t.Context(), checker, fuzz.GenerateOptions{Conns: 2})).Check(parameters)
	assert.True(t, r.Passed(), "%v %v", r.Labels, r.Error)
	want := 0
	for n := range parameters.MinSuccessfulTests { // the length grows with the number
		want += n
	}
	assert.Equal(t, want, checker.Report().Commands)
	assert.Equal(t, parameters.MinSuccessfulTests, checker.Report().Traces)
}

func TestCommandsWithoutAServer(t *testing.T) {
	c := campaign(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := commands.Prop(goptergen.Commands(ctx, fuzz.NewChecker(c), fuzz.GenerateOptions{})).Check(gopter.DefaultTestParameters())
	assert.Equal(t, gopter.TestError, r.Status)
	assert.ErrorIs(t, r.Error, context.Canceled)
}

// Gopter makes up sequences of commands, and the label of the failure is the finding.
func ExampleCommands() {
	ctx := context.Background()
	server, err := target.Open("mem", target.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	d := fuzz.Driver{Target: server, Machine: model.New()}
	if d.Machine.Profile, err = d.Probe(ctx); err != nil {
		fmt.Println(err)
		return
	}
	known, err := corpus.ReadKnown(knownFile)
	if err != nil {
		fmt.Println(err)
		return
	}
	delete(known, "delete-inbox/DELETE/Authenticated")
	checker := fuzz.NewChecker(&fuzz.Campaign{Driver: d, Level: model.MUST, Known: known})

	parameters := gopter.DefaultTestParametersWithSeed(1)
	conforms := commands.Prop(goptergen.Commands(ctx, checker, fuzz.GenerateOptions{}))
	r := conforms.Check(parameters) // or gopter.NewProperties(parameters) and TestingRun
	if !r.Passed() {
		fmt.Println("falsified:")
	}
	for _, label := range r.Labels {
		finding, _, _ := strings.Cut(label, "  seen:")
		fmt.Print(finding)
	}
	// Output:
	// falsified:
	// MUST delete-inbox/DELETE/Authenticated  (RFC 3501 6.3.4)
	//   DELETE of INBOX is an error.
	//
	//     C: LOGIN user pass
	//     S: OK [CAPABILITY IMAP4rev1 SASL-IR LITERAL- UNSELECT ENABLE IDLE UTF8=ACCEPT NAMESPACE UIDPL...
	//     C: DELETE INBOX
	//  !! S: OK DELETE completed
	//
	//   got:     OK
	//   want:    NO: INBOX is not to be deleted
}
