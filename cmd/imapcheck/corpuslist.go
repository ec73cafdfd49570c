package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

func (a *app) corpusListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list DIR",
		Short: "List what is in a corpus, and what each trace alone covers",
		Long: `List names the traces of a corpus, each with its commands and with the transitions
of the automaton and the shapes of answers that it alone has shown. A shape is a command
with its outcome, and a kind of data, with a data item, or a response code in the answer.
It is the evidence in the files that is looked at; no server is needed.`,
		Example: `  imapcheck corpus list corpus`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.corpusList(args[0]) },
	}
}

func (a *app) corpusList(dir string) error {
	f, err := corpus.ReadFolder(dir)
	if err != nil {
		return err
	}
	cover := fuzz.CoverOf(model.New(), f.Entries)
	for i, e := range f.Entries {
		note := ""
		if e.File.Transcript == nil {
			note = ", no evidence"
		}
		fmt.Fprintf(a.out, "%s  %s%s\n", filepath.Base(e.Path), report.Plural(len(e.File.Trace.Steps), "command"), note)
		for _, name := range cover.Alone(i) {
			fmt.Fprintf(a.out, "    %s\n", report.Printable(name))
		}
	}
	fmt.Fprintf(a.out, "%s, %s\n", sizeOf(f.Entries, cover), report.Plural(len(f.Findings), "finding"))
	return nil
}

// sizeOf is how much there is of a corpus, and what it covers.
func sizeOf(entries []corpus.Entry, cover fuzz.Cover) string {
	commands := 0
	for _, e := range entries {
		commands += len(e.File.Trace.Steps)
	}
	transitions, shapes := cover.Count()
	return fmt.Sprintf("%s of %s: %s, %s", report.Plural(len(entries), "trace"), report.Plural(commands, "command"),
		report.Plural(transitions, "transition"), report.Plural(shapes, "shape"))
}
