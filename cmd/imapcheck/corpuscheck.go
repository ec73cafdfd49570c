package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/concurrent"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

// checkFlags are the flags of "imapcheck corpus check".
type checkFlags struct {
	*connection
	level         *levelFlag
	target, known string
}

func (a *app) corpusCheckCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check DIR",
		Short: "Judge every trace of a corpus",
		Long: `Check judges the evidence of every trace of a corpus, and of its findings; with
--target, it drives the server through each again, and judges what that answers. It names
each trace with the violations that no --known FILE has.

Exit status: 0 there is no new violation, 1 there is one, 2 a file cannot be read, or
there is other trouble.`,
		Example: `  imapcheck corpus check corpus
  imapcheck corpus check corpus --target mem --known known.txt`,
		Args: cobra.ExactArgs(1),
	}
	f := &checkFlags{connection: connectionFlags(cmd), level: levelOf(cmd)}
	cmd.Flags().StringVar(&f.target, "target", "", "the server (`TARGET`) to drive through the traces")
	cmd.Flags().StringVar(&f.known, "known", "", "findings that are no news: a `FILE` of keys, or a report of --json")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.corpusCheck(cmd.Context(), f, args[0]) }
	return cmd
}

func (a *app) corpusCheck(ctx context.Context, f *checkFlags, dir string) error {
	known := map[string]bool{}
	if f.known != "" {
		var err error
		if known, err = corpus.ReadKnown(f.known); err != nil {
			return err
		}
	}
	names, err := corpus.FolderFiles(dir)
	if err != nil {
		return err
	}
	var driver *fuzz.Driver
	if f.target != "" {
		if driver, err = f.open(ctx, f.target); err != nil {
			return err
		}
		defer driver.Target.Close()
	}
	broken, corrupt, bare := 0, 0, 0
	for _, name := range names {
		if ctx.Err() != nil {
			return errors.New("interrupted: not all traces were judged")
		}
		file, err := corpus.ReadFile(name)
		if err != nil {
			corrupt++
			a.tell(err)
			continue
		}
		if driver == nil && file.Transcript == nil {
			bare++
			continue
		}
		violations, err := judged(ctx, driver, file, model.Level(*f.level))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		var keys []string
		for _, v := range violations {
			if !known[v.Key()] {
				keys = append(keys, fmt.Sprintf("%-6s %s", v.Rule.Level, v.Key()))
			}
		}
		slices.Sort(keys)
		if keys = slices.Compact(keys); len(keys) > 0 {
			broken++
		}
		for _, key := range keys {
			fmt.Fprintf(a.out, "%s: %s\n", name, key)
		}
	}
	fmt.Fprintf(a.out, "%s: %d with a new violation, %d cannot be read", report.Plural(len(names), "trace"), broken, corrupt)
	if bare > 0 {
		fmt.Fprintf(a.out, ", %d without evidence", bare)
	}
	fmt.Fprintln(a.out)
	switch {
	case corrupt > 0:
		return errTold
	case broken > 0:
		return errFound
	}
	return nil
}

// judged are the violations of a trace: by its evidence, or driven again.
func judged(ctx context.Context, d *fuzz.Driver, f *corpus.File, level model.Level) ([]model.Violation, error) {
	if d != nil {
		_, violations, err := again(ctx, d, f, level)
		return violations, err
	}
	judge := fuzz.JudgeFile
	if concurrent.Judges(f) {
		judge = concurrent.JudgeFile
	}
	weak := func(v model.Violation) bool { return v.Rule.Level > level }
	return slices.DeleteFunc(judge(model.New(), f).Violations, weak), nil
}
