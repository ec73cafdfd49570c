package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz/report"
)

const defaultGenerated = "corpus-generated"

// generateFlags are the flags of "imapcheck corpus generate".
type generateFlags struct {
	*connection
	suiteFlags
	target, save string
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
Those of the first two are in another order then, and a command that leads nowhere else
is repeated with other arguments.

"imapcheck replay FILE --target T" drives a server through a trace, and "imapcheck
explore TARGET --cover" through a suite that it does not write.

No file is replaced: one that has the trace already is left as it is.`,
		Example: `  imapcheck corpus generate --cover transitions
  imapcheck corpus generate --cover wp --extra 1 --target dovecot:stdio --save wp`,
		Args: cobra.NoArgs,
	}
	f := &generateFlags{connection: connectionFlags(cmd)}
	cmd.Flags().StringVar(&f.target, "target", defaultTarget, "the server (`TARGET`) that the traces are for")
	f.add(cmd.Flags(), stepsKept)
	cmd.Flags().StringVar(&f.save, "save", defaultGenerated, "the folder (`DIR`) for trace files")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.corpusGenerate(cmd.Context(), f) }
	return cmd
}

func (a *app) corpusGenerate(ctx context.Context, f *generateFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	if f.save == "" {
		return usagef("--save: a folder for trace files is needed")
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

	suite, err := f.of(machine)
	if err != nil {
		return err
	}
	written, there, steps := 0, 0, 0
	for n := range f.suites {
		for p, err := range suite.programs(n) {
			switch {
			case ctx.Err() != nil:
				return fmt.Errorf("interrupted: %s written, not all", report.Plural(written, "trace"))
			case err != nil:
				return fmt.Errorf("the model contradicts itself: %w", err)
			}
			_, fresh, err := corpus.Add(f.save, &corpus.File{Trace: p.Trace})
			if err != nil {
				return err
			}
			if steps += len(p.Trace.Steps); fresh {
				written++
			} else {
				there++
			}
		}
	}
	fmt.Fprintf(a.out, "%s of %s for %s: %d written to %s, %d there already\n", report.Plural(written+there, "trace"),
		report.Plural(steps, "command"), name, written, f.save, there)
	fmt.Fprintf(a.out, "%s, %s, %s, %s\n", report.Plural(len(suite.States), "state"), report.Plural(len(suite.Inputs), "input"),
		report.Plural(len(suite.Edges()), "transition"), report.Plural(len(suite.Pairs()), "pair"))
	return nil
}
