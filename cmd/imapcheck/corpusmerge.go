package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

func (a *app) corpusMergeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "merge --into DIR DIR...",
		Short: "Put what several corpora have into one",
		Long: `Merge puts the traces, the findings and the progress of corpora into the one of --into,
which is made if there is none. Of findings with one key the shortest trace stays. The
order of the corpora does not matter, nor how often they are merged: the files are the
same, to the octet.`,
		Example: `  imapcheck corpus merge --into corpus shard1 shard2 shard3 shard4`,
		Args:    cobra.MinimumNArgs(1),
	}
	var into string
	cmd.Flags().StringVar(&into, "into", "", "the corpus (`DIR`) that gets it all")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if into == "" {
			return usagef("--into DIR: it says where to put what is merged")
		}
		return a.corpusMerge(into, args)
	}
	return cmd
}

func (a *app) corpusMerge(into string, args []string) error {
	var from []*corpus.Folder
	for _, dir := range args {
		f, err := corpus.ReadFolder(dir)
		if err != nil {
			return err
		}
		from = append(from, f)
	}
	folder, err := corpus.OpenFolder(into)
	if err != nil {
		return err
	}
	defer folder.Close()
	written, err := corpus.Merge(folder, from...)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s written to %s\n", report.Plural(written, "file"), into)
	return nil
}

func (a *app) corpusMinimizeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "minimize DIR",
		Short: "Leave of a corpus what it takes to cover the same",
		Long: `Minimize chooses traces of a corpus that have shown all transitions of the automaton
and all shapes of answers that the whole of it has, with few commands: each time the
beginning of a trace that adds most for a command, and in the end those go, or end sooner,
that others make needless. The rest is removed, when the choice is written; with --into it
stays, and the choice, the findings and the progress go there. Findings, and traces without
evidence, are left as they are.`,
		Example: `  imapcheck corpus minimize corpus
  imapcheck corpus minimize corpus --into small`,
		Args: cobra.ExactArgs(1),
	}
	var into string
	cmd.Flags().StringVar(&into, "into", "", "write the choice to the corpus in `DIR`, which must be new or empty")
	cmd.RunE = func(_ *cobra.Command, args []string) error { return a.corpusMinimize(args[0], into) }
	return cmd
}

func (a *app) corpusMinimize(dir, into string) error {
	open := corpus.ReadFolder
	if into == "" {
		if _, err := os.Stat(dir); err != nil {
			return fmt.Errorf("corpus: %w", err)
		}
		open = corpus.OpenFolder
	}
	f, err := open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	few := fuzz.Minimize(model.New(), f.Entries)
	if into != "" {
		if err := a.copyCorpus(into, f, few); err != nil {
			return err
		}
	} else if err := f.Replace(few); err != nil {
		return err
	}
	for _, list := range [][]corpus.Entry{f.Entries, few} {
		fmt.Fprintln(a.out, sizeOf(list, fuzz.CoverOf(model.New(), list)))
	}
	return nil
}

// copyCorpus writes a corpus with some of its entries to a new folder.
func (a *app) copyCorpus(into string, f *corpus.Folder, few []corpus.Entry) error {
	to, err := corpus.OpenFolder(into)
	if err != nil {
		return err
	}
	defer to.Close()
	if len(to.Entries)+len(to.Findings) > 0 {
		return fmt.Errorf("--into %s: there are traces in it", into)
	}
	some := *f
	some.Entries = few
	_, err = corpus.Merge(to, &some)
	return err
}
