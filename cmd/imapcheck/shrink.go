package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/concurrent"
	"github.com/imapcheck/imapcheck/fuzz/shrink"
	"github.com/imapcheck/imapcheck/model"
)

func (a *app) shrinkCommand() *cobra.Command {
	var spec, save string
	cmd := &cobra.Command{
		Use:   "shrink FILE --target T",
		Short: "Make a failing trace minimal",
		Long: `Shrink runs a trace against a server, and makes it smaller as long as the server
breaks the same rule. The rule is that of the file's "finding" line or, if it
has none, the last MUST that is broken, or the last SHOULD. The result is a new trace file beside the
old one. The exit status is 0 if the trace fails, be it minimal already.`,
		Example: "  imapcheck shrink my.trace --target mem",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&spec, "target", "", "the server (`TARGET`) to run it against")
	cmd.Flags().StringVar(&save, "save", "", "the folder (`DIR`) for the result (default that of FILE)")
	conn, level := connectionFlags(cmd), levelOf(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if spec == "" {
			return usagef("a --target is needed to run the trace against")
		}
		file, err := a.readTrace(args[0])
		if err != nil {
			return err
		}
		if concurrent.Judges(file) {
			return usagef("%s: commands overlap in it, and \"fuzz --concurrent\" has made it small", args[0])
		}
		driver, err := conn.open(cmd.Context(), spec)
		if err != nil {
			return err
		}
		defer driver.Target.Close()
		if !cmd.Flags().Changed("save") {
			save = filepath.Dir(args[0])
		}
		c := &fuzz.Campaign{Driver: *driver, Level: model.Level(*level)}
		r := &printer{Style: styleOf(a.out), w: a.out, program: a.name, again: conn.again(driver.Target.Name())}
		return a.shrink(cmd.Context(), c, r, args[0], file, save)
	}
	return cmd
}

func (a *app) shrink(ctx context.Context, c *fuzz.Campaign, r *printer, name string, file *corpus.File, save string) error {
	key, err := keyOf(ctx, c, file)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	f, err := c.Shrink(ctx, key, file.Trace)
	if errors.Is(err, shrink.ErrNotReproduced) {
		return fmt.Errorf("%s: %s does not show %s", name, c.Target.Name(), key)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if slices.Equal(commandLines(f.Trace), commandLines(file.Trace)) {
		r.finding(f)
		fmt.Fprintf(a.out, "%s is minimal already.\n", name)
		return nil
	}
	if save != "" {
		if f.File, err = corpus.Save(save, f.Shrunk(filepath.Base(name), &c.Driver)); err != nil {
			return err
		}
	}
	r.finding(f)
	return nil
}

// keyOf is the key of the finding that a file holds, and else of the last and
// gravest violation that its trace shows.
func keyOf(ctx context.Context, c *fuzz.Campaign, file *corpus.File) (string, error) {
	if file.Finding != nil {
		return file.Finding.Key(), nil
	}
	r, err := c.Driver.Run(ctx, file.Trace)
	if err != nil {
		return "", err
	}
	key, level := "", c.Level
	for _, v := range r.Violations {
		if v.Rule.Level <= level {
			key, level = v.Key(), v.Rule.Level
		}
	}
	if key != "" {
		return key, nil
	}
	return "", fmt.Errorf("%s breaks no rule when it is run", c.Target.Name())
}
