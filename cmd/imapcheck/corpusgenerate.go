package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

const (
	defaultGenerated = "corpus-generated"
	defaultSteps     = 400
	mostExtra        = 1 // two are half a million traces and more
)

// covers are the values of --cover.
var covers = []string{"transitions", "pairs", "wp"}

// generateFlags are the flags of "imapcheck corpus generate".
type generateFlags struct {
	*connection
	target, cover, save string
	extra, steps        int
	vary                uint64 // the seed; 0 for none
}

func (a *app) corpusGenerateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "generate --cover transitions|pairs|wp",
		Short: "Write traces that provably cover the automaton of a connection",
		Long: `Generate writes trace files that are not drawn by chance: a test suite of the
automaton of one connection, whose states are those of RFC 3501 section 3 and whose
inputs are classes of commands (SELECT of a mailbox that is there, of one that is not,
malformed, ...). It is derived from the model.

  transitions  every transition (0-switch)
  pairs        every two transitions that can follow each other (1-switch, Chow)
  wp           the partial W-method: a server that is such an automaton, with at most
               as many states as the model's and --extra more, and that answers all
               traces as the model does, answers everything as the model does

Of the first two there are as few commands as can be (a Chinese postman's tour), and
a trace is cut behind --steps commands. What a trace needs to have there (mailboxes to
delete, messages to move) it makes first. The suite is for the extensions
that the server of --target offers; the same arguments write the same files.

Every class has one command, the same each time. With --vary the suite covers as much,
and each command is another of its class: with those arguments that fuzz would choose.

"imapcheck replay FILE --target T" drives a server through a trace.

No file is replaced: one that has the trace already is left as it is.`,
		Example: `  imapcheck corpus generate --cover transitions
  imapcheck corpus generate --cover wp --extra 1 --target dovecot:stdio --save wp`,
		Args: cobra.NoArgs,
	}
	f := &generateFlags{connection: connectionFlags(cmd)}
	cmd.Flags().StringVar(&f.target, "target", defaultTarget, "the server (`TARGET`) that the traces are for")
	cmd.Flags().StringVar(&f.cover, "cover", "", "what is covered: `"+strings.Join(covers, "|")+"`")
	cmd.Flags().IntVar(&f.extra, "extra", 0, fmt.Sprintf("states (`K`) that the server may have more than the model, up to %d (for wp)", mostExtra))
	cmd.Flags().IntVar(&f.steps, "steps", defaultSteps, "commands (`N`) of a trace, those to make ready not counted; 0 is no end")
	cmd.Flags().Uint64Var(&f.vary, "vary", 0, "choose other arguments by the seed `N`, with which commands end in the same way; 0 is no choice")
	cmd.Flags().StringVar(&f.save, "save", defaultGenerated, "the folder (`DIR`) for trace files")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.corpusGenerate(cmd.Context(), f) }
	return cmd
}

func (f *generateFlags) check() error {
	switch {
	case f.cover == "":
		return usagef("--cover: say what is to be covered, %s", strings.Join(covers, ", "))
	case !slices.Contains(covers, f.cover):
		return usagef("--cover %s: it is one of %s", f.cover, strings.Join(covers, ", "))
	case f.extra < 0 || f.extra > mostExtra:
		return usagef("--extra %d: 0 to %d states more", f.extra, mostExtra)
	case f.extra > 0 && f.cover != "wp":
		return usagef("--extra: only --cover wp has a use for it")
	case f.steps < 0:
		return usagef("--steps %d: it cannot be negative", f.steps)
	case f.save == "":
		return usagef("--save: a folder for trace files is needed")
	}
	return nil
}

func (a *app) corpusGenerate(ctx context.Context, f *generateFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	if err := writable("save", f.save); err != nil {
		return err
	}
	driver, err := f.open(ctx, f.target)
	if err != nil {
		return err
	}
	name, machine := driver.Target.Name(), driver.Machine
	driver.Target.Close()

	automaton, suite, err := f.suite(machine)
	if err != nil {
		return err
	}
	written, there, steps := 0, 0, 0
	traces := automaton.Traces(suite)
	if f.vary > 0 {
		src := fuzz.NewSource(f.vary, 0)
		traces, err = automaton.Vary(suite, func(s model.State, name string, malformed bool) model.Command {
			return fuzz.Propose(machine, s, src, name, malformed)
		})
		if err != nil {
			return err
		}
	}
	for _, t := range traces {
		if ctx.Err() != nil {
			return errors.New("interrupted: " + report.Plural(len(traces)-written-there, "trace") + " left")
		}
		_, fresh, err := corpus.Add(f.save, &corpus.File{Trace: t})
		if err != nil {
			return err
		}
		if steps += len(t.Steps); fresh {
			written++
		} else {
			there++
		}
	}
	fmt.Fprintf(a.out, "%s of %s for %s: %d written to %s, %d there already\n", report.Plural(len(traces), "trace"),
		report.Plural(steps, "command"), name, written, f.save, there)
	fmt.Fprintf(a.out, "%s, %s, %s, %s\n", report.Plural(len(automaton.States), "state"), report.Plural(len(automaton.Inputs), "input"),
		report.Plural(len(automaton.Edges()), "transition"), report.Plural(len(automaton.Pairs()), "pair"))
	return nil
}

// suite is what covers the automaton of the machine.
func (f *generateFlags) suite(m model.Machine) (*explore.Automaton, []explore.Word, error) {
	a, err := explore.NewAutomaton(m)
	if err != nil {
		return nil, nil, fmt.Errorf("the model contradicts itself: %w", err)
	}
	var suite []explore.Word
	switch f.cover {
	case "transitions":
		suite = explore.Transitions(&a.Mealy, f.steps)
	case "pairs":
		suite = explore.Pairs(&a.Mealy, f.steps)
	default:
		suite, err = a.Wp(f.extra)
	}
	return a, suite, err
}
