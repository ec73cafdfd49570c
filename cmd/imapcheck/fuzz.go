package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/concurrent"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

const (
	defaultCommands = 100_000
	defaultSave     = "findings"
	stdoutName      = "-"
	stdinName       = "-"
	mostConcurrent  = 8 // that send at the same time
)

// fuzzFlags are the flags of "imapcheck fuzz".
type fuzzFlags struct {
	*connection
	level      *levelFlag
	seed       uint64
	commands   int
	duration   time.Duration
	sessions   int
	steps      int
	jobs       int
	known      string
	writeKnown string
	save       string
	json       string
	reports    reportFlags
	noShrink   bool
	concurrent bool
	corpus     string
	shard      shardFlag
}

func (a *app) fuzzCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fuzz [TARGET]",
		Short: "Generate, judge, shrink, save: the main job",
		Long: `Fuzz drives a server through generated command sequences until its budget is
spent, judges every answer, and shrinks what breaks a rule to the few commands
that matter. Each finding is saved as a trace file the moment it is confirmed.

TARGET is one of those that "imapcheck targets" lists, by default "mem". The
same seed and --commands give the same traces, and with a server that answers
the same, the same findings.

A finding's key is RULE/COMMAND/STATE. --known FILE names findings that are no
news: they do not change the exit status and are not saved again. FILE has one
key a line, with comments after "#", as --write-known makes it; or it is the
report that --json made of an earlier run.

What is known and was not seen is looked for once more, where a trace is at hand that
has shown it: in the corpus, in the folder of --save, or built in. What is not shown by
it is "fixed".

With --corpus DIR, a campaign runs the traces in DIR and DIR/findings first; their commands
count. Then it generates traces, from where the last campaign with that seed has ended,
and adds to DIR what takes transitions, or is answered in shapes, that none there has
shown, cut to what that needs. It can be killed at any time. --shard I/N makes N campaigns of
one seed, which have no trace in common; "imapcheck corpus merge" puts what they
have learned together.

With --concurrent, up to --sessions connections, 3 if that is not given, send at the
same time. Each is judged by what it was told, and all together by whether one order
of the commands explains what they have done. The seed chooses the commands; how they
meet is chance. A page in HTML beside the trace file shows what no order explains.

Exit status: 0 nothing new was found, 1 a new violation, 2 trouble with the
command line or the environment.`,
		Example: `  imapcheck fuzz
  imapcheck fuzz --seed 7 --commands 20000 --json report.json
  imapcheck fuzz --known report.json
  imapcheck fuzz dovecot --concurrent --sessions 4 --commands 20000
  IMAPCHECK_PASSWORD=... imapcheck fuzz imap://127.0.0.1:1143 --user test --duration 10m`,
		Args: cobra.MaximumNArgs(1),
	}
	f := campaignFlags(cmd)
	flags := cmd.Flags()
	flags.Uint64Var(&f.seed, "seed", 1, "the seed (`N`) of all choices")
	flags.IntVar(&f.commands, "commands", defaultCommands, "end after `N` commands; 0 is no end, and the default with --duration")
	flags.IntVar(&f.sessions, "sessions", 1, "the most connections (`K`) of a trace")
	flags.IntVar(&f.steps, "steps", 40, "commands (`N`) of a trace")
	flags.BoolVar(&f.concurrent, "concurrent", false, "have the connections of a trace send at the same time")
	flags.StringVar(&f.corpus, "corpus", "", "start from the corpus in `DIR`, and add to it; --save is then DIR/findings")
	flags.Var(&f.shard, "shard", "run every N-th trace of the seed, beginning with the I-th (`I/N`)")
	cmd.MarkFlagsMutuallyExclusive("concurrent", "corpus")
	cmd.MarkFlagsMutuallyExclusive("concurrent", "shard")
	cmd.MarkFlagsMutuallyExclusive("concurrent", "steps")
	cmd.MarkFlagsMutuallyExclusive("concurrent", "jobs")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		spec := defaultTarget
		if len(args) > 0 {
			spec = args[0]
		}
		return a.fuzz(cmd.Context(), f, spec)
	}
	return cmd
}

// campaignFlags gives cmd the flags of all that runs many traces.
func campaignFlags(cmd *cobra.Command) *fuzzFlags {
	f := &fuzzFlags{connection: connectionFlags(cmd), level: levelOf(cmd), sessions: 1, steps: 1}
	flags := cmd.Flags()
	flags.DurationVar(&f.duration, "duration", 0, "end after so long (`D`, as 90s or 10m)")
	flags.IntVar(&f.jobs, "jobs", 1, "traces (`N`) that run at the same time, each on an account of its own")
	flags.StringVar(&f.known, "known", "", "findings that are no news: a `FILE` of keys, or a report of --json")
	flags.StringVar(&f.writeKnown, "write-known", "", "write the keys of all findings to `FILE`, for --known")
	flags.StringVar(&f.save, "save", defaultSave, "the folder (`DIR`) for trace files; \"\" saves none")
	flags.StringVar(&f.json, "json", "", "write a report in JSON to `FILE`; \"-\" is standard output, and the text then goes to standard error")
	f.reports.add(flags)
	flags.BoolVar(&f.noShrink, "no-shrink", false, "keep traces as long as they were found")
	return f
}

// check looks for what would only be noticed when the work is done.
func (f *fuzzFlags) check() error {
	if f.duration > 0 && !f.cmd.Flags().Changed("commands") {
		f.commands = 0
	}
	if f.concurrent && !f.cmd.Flags().Changed("sessions") {
		f.sessions = 3
	}
	switch {
	case f.concurrent && (f.sessions < 2 || f.sessions > mostConcurrent):
		return usagef("--sessions %d: with --concurrent there are 2 to %d", f.sessions, mostConcurrent)
	case f.commands < 0:
		return usagef("--commands %d: it cannot be negative", f.commands)
	case f.duration < 0:
		return usagef("--duration %v: it cannot be negative", f.duration)
	case f.sessions < 1:
		return usagef("--sessions %d: a trace has one connection or more", f.sessions)
	case f.jobs < 1:
		return usagef("--jobs %d: one trace or more runs at a time", f.jobs)
	case f.steps < 1:
		return usagef("--steps %d: a trace has one command or more", f.steps)
	}
	return f.checkOutputs()
}

func (a *app) fuzz(ctx context.Context, f *fuzzFlags, spec string) (err error) {
	var folder *corpus.Folder
	if f.corpus != "" {
		if folder, err = f.openCorpus(); err != nil {
			return err
		}
		defer folder.Close()
	}
	return a.campaign(ctx, f, spec, func(c *fuzz.Campaign, result *campaignResult) (line string, err error) {
		c.Corpus = folder
		if f.concurrent {
			result.Overlap = true
			return fmt.Sprintf("fuzzing %s, up to %d sessions at the same time, seed %d, %s", c.Target.Name(), f.sessions, f.seed, f.budget()), nil
		}
		c.Generate = fuzz.GenerateOptions{Steps: f.steps, Conns: f.sessions}
		c.Shard, c.Shards = f.shard.i, f.shard.n
		if c.Witnesses, err = f.witnesses(c); err != nil {
			return "", err
		}
		return fmt.Sprintf("fuzzing %s, seed %d, %s", c.Target.Name(), f.seed, f.budget()), nil
	})
}

// campaign runs one and reports what it found. shape says what is particular about it,
// before it begins, and gives the line that announces it.
func (a *app) campaign(ctx context.Context, f *fuzzFlags, spec string, shape func(*fuzz.Campaign, *campaignResult) (string, error)) error {
	if err := f.check(); err != nil {
		return err
	}
	known, lines := map[string]bool{}, map[string]int{}
	if f.known != "" {
		var err error
		if known, err = corpus.ReadKnown(f.known); err != nil {
			return err
		}
		if lines, err = knownLines(f.known); err != nil {
			return err
		}
	}
	if f.save != "" {
		if err := writable("save", f.save); err != nil {
			return err
		}
	}
	driver, err := f.open(ctx, spec)
	if err != nil {
		return err
	}
	defer driver.Target.Close()

	if n := target.Accounts(driver.Target); n < f.jobs {
		return usagef("--jobs %d: %s has %s, and every trace that runs needs one", f.jobs, driver.Target.Name(), report.Plural(n, "account"))
	}
	c := fuzz.Campaign{
		Driver: *driver, Seed: f.seed, Commands: f.commands, Duration: f.duration,
		Level: model.Level(*f.level), Known: known, Save: f.save, NoShrink: f.noShrink, Jobs: f.jobs,
	}
	result := &campaignResult{before: known, Campaign: report.Campaign{
		Version: version(), Target: driver.Target.Name(), ServerVersion: target.Version(driver.Target), Seed: f.seed,
		Level: c.Level, KnownFile: f.known, KnownLines: lines, Program: a.name, Again: f.again(driver.Target.Name()),
	}}
	line, err := shape(&c, result)
	if err != nil {
		return err
	}
	fmt.Fprintln(a.err, line)
	p := newProgress(a.err, c.Commands)
	c.Progress, f.notice = p.update, p.say
	c.Found = func(found *fuzz.Finding) {
		if !found.Known {
			p.say(announcement(found))
		}
	}
	run := c.Run
	if result.Overlap {
		run = (&concurrent.Campaign{Campaign: &c, Sessions: f.sessions}).Run
	}
	rep, trouble := run(ctx)
	p.end()
	if q := result.coverage; q != nil && q.err != nil {
		trouble = errors.Join(trouble, fmt.Errorf("the model contradicts itself: %w", q.err))
	}
	result.Report, result.Absent, result.Interrupted = rep, absent(known, rep), ctx.Err() != nil
	result.Scope = result.scope()
	err = a.publish(f, result)
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

// writable makes the folder that a flag names, if need be, and sees that a file can be
// put there.
func writable(flag, dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("--%s: %w", flag, err)
	}
	if err := takesFiles(dir); err != nil {
		return fmt.Errorf("--%s: %w", flag, err)
	}
	return nil
}

func (f *fuzzFlags) budget() string {
	switch {
	case f.commands > 0 && f.duration > 0:
		return fmt.Sprintf("%d commands or %v", f.commands, f.duration)
	case f.commands > 0:
		return fmt.Sprintf("%d commands", f.commands)
	case f.duration > 0:
		return f.duration.String()
	}
	return "until interrupted"
}

func announcement(f *fuzz.Finding) string {
	line := fmt.Sprintf("%-6s %s", f.Violation.Rule.Level, f.Key)
	if f.File != "" {
		line += "  " + f.File
	}
	return line
}

// absent are the known keys that no finding has and that are not fixed, in order.
func absent(known map[string]bool, rep *fuzz.Report) []string {
	seen := map[string]bool{}
	for _, f := range rep.Findings {
		seen[f.Key] = true
	}
	for _, key := range rep.Fixed {
		seen[key] = true
	}
	var list []string
	for key := range known {
		if !seen[key] {
			list = append(list, key)
		}
	}
	sort.Strings(list)
	return list
}

// publish writes the report in all forms that were asked for.
func (a *app) publish(f *fuzzFlags, result *campaignResult) error {
	w := a.out
	if f.json == stdoutName {
		w = a.err
	}
	trouble := a.writeOutputs(f, result)
	resume := f.reports.pause(w)
	r := printer{Style: styleOf(w), w: w, program: a.name, again: result.Again}
	fmt.Fprintln(w)
	r.campaign(result)
	resume()
	if result.New() > 0 && f.writeKnown == "" {
		fmt.Fprintf(w, "\n%s\n", r.Wrap("To hear only of what is new next time, add --write-known known.txt now and --known known.txt then.", ""))
	}
	return errors.Join(trouble, a.annotate(w, f, result))
}
