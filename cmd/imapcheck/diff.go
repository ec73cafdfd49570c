package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

const defaultDiffCommands = 10_000

// diffFlags are the flags of "imapcheck diff".
type diffFlags struct {
	*connection
	level    *levelFlag
	seed     uint64
	commands int
	sessions int
	steps    int
	traces   []string
	known    string
	save     string
	json     string
	noShrink bool
}

func (a *app) diffCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff TARGET...",
		Short: "Compare how two servers answer the same commands",
		Long: `Diff drives several servers through the same command sequences, compares the
answers of the first, A, with those of each other one, B and so on, and reports
the classes of differences, each with a session as short as it can be. If there is
one TARGET, it is B, and A is "reference": the model itself, served.

What a server is free to choose is not compared: texts, unique identifiers, the
order of data, data that nobody asked for, when the client is told of news. What
follows from a difference in the same session is not reported again.

Each class has a label, by what the model of RFC 3501 says of it:

  violation  one of the two breaks the rule that is named
  freedom    both may do so
  unknown    the model cannot judge either of them there

The key of a class is KIND/COMMAND/STATE. KIND is what differs: the outcome
(outcome-OK-NO: that of A comes first), the data (data-LIST), a response code
(code-READ-ONLY), or that one of the two closes or hangs (close, silent).

If a TARGET greets with PREAUTH, connections to the others log in first, and the
time before LOGIN is not compared. The traces use the extensions that all have.
The same TARGET may be given twice; all flags are for every TARGET.

Exit status: 0 no difference is a violation, or only such as --known names, 1 a
violation, 2 trouble with the command line or the environment.`,
		Example: `  imapcheck diff dovecot:stdio
  imapcheck diff mem imap://127.0.0.1:1143 --user 'u%d' --users 1000
  imapcheck diff mem mem:preauth --commands 5000 --json report.json
  imapcheck diff mem imap://127.0.0.1:1143 --trace my.trace`,
		Args: cobra.MinimumNArgs(1),
	}
	f := &diffFlags{connection: connectionFlags(cmd), level: levelOf(cmd)}
	flags := cmd.Flags()
	flags.Lookup("level").Usage = "take violations below this level for freedoms"
	flags.Uint64Var(&f.seed, "seed", 1, "the seed (`N`) of all choices")
	flags.IntVar(&f.commands, "commands", defaultDiffCommands, "end after `N` commands to each server")
	flags.IntVar(&f.sessions, "sessions", 1, "the most connections (`K`) of a trace")
	flags.IntVar(&f.steps, "steps", 40, "commands (`N`) of a trace")
	flags.StringArrayVar(&f.traces, "trace", nil, "run the trace of `FILE`, and no generated ones; can be given again")
	flags.StringVar(&f.known, "known", "", "violations that are no news: a `FILE` of keys, or a report of fuzz --json")
	flags.StringVar(&f.save, "save", "", "save the traces of the classes in the folder `DIR`")
	flags.StringVar(&f.json, "json", "", "write a report in JSON to `FILE`; \"-\" is standard output, and the text then goes to standard error")
	flags.BoolVar(&f.noShrink, "no-shrink", false, "keep traces as long as they were found")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			args = []string{"reference", args[0]}
		}
		return a.diff(cmd.Context(), f, args)
	}
	return cmd
}

// check looks for what would only be noticed when the work is done.
func (f *diffFlags) check() error {
	switch {
	case f.commands < 1:
		return usagef("--commands %d: it has to be one or more", f.commands)
	case f.sessions < 1:
		return usagef("--sessions %d: a trace has one connection or more", f.sessions)
	case f.steps < 1:
		return usagef("--steps %d: a trace has one command or more", f.steps)
	}
	if f.json == "" || f.json == stdoutName {
		return nil
	}
	if info, err := os.Stat(filepath.Dir(f.json)); err != nil || !info.IsDir() {
		return fmt.Errorf("--json %s: there is no folder %s", f.json, filepath.Dir(f.json))
	}
	if info, err := os.Stat(f.json); err == nil && info.IsDir() {
		return fmt.Errorf("--json %s: it is a folder", f.json)
	}
	return nil
}

func (a *app) diff(ctx context.Context, f *diffFlags, specs []string) error {
	if err := f.check(); err != nil {
		return err
	}
	d := fuzz.Diff{
		Seed: f.seed, Commands: f.commands, Generate: fuzz.GenerateOptions{Steps: f.steps, Conns: f.sessions},
		Level: model.Level(*f.level), Save: f.save, NoShrink: f.noShrink,
	}
	if f.known != "" {
		var err error
		if d.Known, err = corpus.ReadKnown(f.known); err != nil {
			return err
		}
	}
	files, err := a.readTraces(f.traces, false)
	if err != nil {
		return err
	}
	for _, file := range files {
		d.Traces = append(d.Traces, file.Trace)
	}
	if f.save != "" {
		if err := writable("save", f.save); err != nil {
			return err
		}
	}
	var names []string
	for _, spec := range specs {
		driver, err := f.open(ctx, spec)
		if err != nil {
			return err
		}
		defer driver.Target.Close()
		d.Drivers = append(d.Drivers, *driver)
		names = append(names, driver.Target.Name())
	}

	fmt.Fprintf(a.err, "comparing %s, %s\n", strings.Join(names, " with "), f.budget())
	p := newProgress(a.err, f.commands)
	d.Progress = p.update
	d.Found = func(c *fuzz.Class) {
		if c.Verdict.Judgement == fuzz.Wrong && !c.Known {
			p.say(strings.TrimSpace(fmt.Sprintf("%-9s %s %s  %s", c.Verdict.Judgement, c.Verdict.Violation.Rule.Level, c.Verdict.Violation.Key(), c.File)))
		}
	}
	rep, trouble := d.Run(ctx)
	p.end()
	result := &diffResult{diff: rep, targets: names, seed: f.seed, generated: d.Traces == nil, interrupted: ctx.Err() != nil}
	err = a.publishDiff(f, result)
	switch {
	case trouble != nil:
		return trouble
	case err != nil:
		return err
	case rep.New() > 0:
		return errFound
	}
	return nil
}

func (f *diffFlags) budget() string {
	if n := len(f.traces); n > 0 {
		return report.Plural(n, "trace file")
	}
	return fmt.Sprintf("seed %d, %d commands", f.seed, f.commands)
}

// publishDiff writes the report in all forms that were asked for.
func (a *app) publishDiff(f *diffFlags, result *diffResult) error {
	w := a.out
	if f.json == stdoutName {
		w = a.err
	}
	if f.json != "" {
		if err := a.writeReport(f.json, result.json()); err != nil {
			return err
		}
	}
	r := diffReport{printer: printer{Style: styleOf(w), w: w, program: a.name}, flags: f, diffResult: result}
	fmt.Fprintln(w)
	r.write()
	return nil
}
