package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/concurrent"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

func (a *app) replayCommand() *cobra.Command {
	var spec string
	var logs, strict bool
	cmd := &cobra.Command{
		Use:   "replay FILE...",
		Short: "Judge recorded evidence or sessions, or drive a trace again",
		Long: `Without --target, replay judges the evidence of trace files (their S lines) with
no server, and compares the judgement with their "!!" lines. The exit status is
1 if the two differ.

With --target, it sends the C lines again, and shows the session and the rules
that the server breaks. The exit status is 1 if there are any. Commands that were
in progress at the same time are sent at the same time, up to 20 times until a
rule is broken.

With --judge, a FILE is a log of sessions, and no trace file: lines that begin
with "C: " or "S: ", with the client's own tags, as a packet capture or a server's
log has them. Of the accounts nothing is known: what is judged is the grammar,
the dialogue, the four states, and what a session tells of its mailbox. Two files
in a row, X.in and X.out, are Dovecot's rawlog of one connection. The exit status
is 1 if a rule is broken, and 2 if a log cannot be read.

Where a trace has "??" lines (of "imapcheck corpus import"), the answers are
compared with what its author expects. Where that and the model part, either may
be wrong: it is told, and the exit status is 1 only with --assertions.

A FILE named "-" is standard input.`,
		Example: `  imapcheck replay findings/*.trace
  imapcheck replay findings/state-gating-0123456789ab.trace --target mem
  imapcheck replay --judge session.log
  imapcheck replay --judge 20260101-120000-42.in 20260101-120000-42.out`,
		Args: cobra.MinimumNArgs(1),
	}
	cmd.Flags().StringVar(&spec, "target", "", "the server (`TARGET`) to send the commands to")
	cmd.Flags().BoolVar(&logs, "judge", false, "judge logs of sessions, with C: and S: lines")
	cmd.Flags().BoolVar(&strict, "assertions", false, "exit with status 1 if an answer is not as a \"??\" line expects")
	cmd.MarkFlagsMutuallyExclusive("judge", "target")
	conn, level := connectionFlags(cmd), levelOf(cmd)
	cmd.RunE = func(cmd *cobra.Command, names []string) error {
		if logs {
			return a.judge(names, model.Level(*level))
		}
		files, err := a.readTraces(names, spec == "")
		if err != nil {
			return err
		}
		if spec == "" {
			return a.recheck(names, files, strict)
		}
		driver, err := conn.open(cmd.Context(), spec)
		if err != nil {
			return err
		}
		defer driver.Target.Close()
		return a.replay(cmd.Context(), driver, names, files, model.Level(*level), strict)
	}
	return cmd
}

// readTraces reads all files before anything is done with the first.
func (a *app) readTraces(names []string, evidence bool) ([]*corpus.File, error) {
	var files []*corpus.File
	for _, name := range names {
		f, err := a.readTrace(name)
		if err != nil {
			return nil, err
		}
		if evidence && f.Transcript == nil {
			return nil, fmt.Errorf("%s: there is no evidence in it (no S lines): give a --target to send its commands to", name)
		}
		files = append(files, f)
	}
	return files, nil
}

func (a *app) readTrace(name string) (*corpus.File, error) {
	if name != stdinName {
		return corpus.ReadFile(name)
	}
	b, err := io.ReadAll(a.in)
	if err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	f, err := corpus.ParseLenient(b)
	if err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	return f, nil
}

// recheck judges evidence without a server.
func (a *app) recheck(names []string, files []*corpus.File, strict bool) error {
	var err error
	for i, f := range files {
		judge := fuzz.JudgeFile
		if concurrent.Judges(f) {
			judge = concurrent.JudgeFile
		}
		r := judge(model.New(), f)
		as, aerr := newAsserted(f, fuzz.MachineOf(model.New(), f).Profile)
		if aerr != nil {
			return fmt.Errorf("%s: %w", names[i], aerr)
		}
		tell := func() {
			if as.tell(a.out, *f.Transcript, r.Violations) && strict {
				err = errFound
			}
		}
		if len(r.Lost)+len(r.New) == 0 {
			fmt.Fprintf(a.out, "%s: ok: same %s\n", names[i], report.Plural(r.Same, "violation"))
			tell()
			continue
		}
		err = errFound
		fmt.Fprintf(a.out, "%s: the judgement differs from the marks\n", names[i])
		for _, m := range r.Lost {
			fmt.Fprintf(a.out, "  - %s\n", formatMark(m))
		}
		for _, m := range r.New {
			fmt.Fprintf(a.out, "  + %s\n", formatMark(m))
		}
		tell()
	}
	return err
}

// formatMark is the "!!" line of a mark.
func formatMark(m corpus.Mark) string {
	text := corpus.Format(&corpus.File{Trace: model.Trace{}, Marks: []corpus.Mark{m}})
	_, mark, _ := bytes.Cut(text, []byte("\n\n"))
	return string(bytes.TrimSpace(mark))
}

// replay drives the traces again and shows what happens.
func (a *app) replay(ctx context.Context, d *fuzz.Driver, names []string, files []*corpus.File, level model.Level, strict bool) error {
	s := styleOf(a.out)
	var found error
	for i, f := range files {
		as, err := newAsserted(f, d.Machine.Profile)
		if err != nil {
			return fmt.Errorf("%s: %w", names[i], err)
		}
		evidence, violations, err := again(ctx, as.driver(d), f, level)
		if err != nil {
			return fmt.Errorf("%s: %w", names[i], err)
		}
		fmt.Fprintf(a.out, "%s on %s\n\n%s\n", s.Bold(names[i]), d.Target.Name(), s.Session(evidence, violations))
		for _, v := range violations {
			fmt.Fprintln(a.out, s.Violation(v))
		}
		if as.tell(a.out, evidence, violations) && strict || len(violations) > 0 {
			found = errFound
		}
		fmt.Fprintf(a.out, "%s\n", report.Plural(len(violations), "violation"))
	}
	return found
}

// races is how often what overlaps is sent again, until a rule is broken.
const races = 20

// again drives a trace again. Commands that were in progress at the same time are sent so.
func again(ctx context.Context, d *fuzz.Driver, f *corpus.File, level model.Level) (model.Transcript, []model.Violation, error) {
	weak := func(v model.Violation) bool { return v.Rule.Level > level }
	if !concurrent.Judges(f) {
		r, err := d.Run(ctx, f.Trace)
		return r.Transcript, slices.DeleteFunc(r.Violations, weak), err
	}
	p := concurrent.Of(f.Trace, f.Transcript)
	var r concurrent.Result
	for range races {
		var err error
		if r, err = concurrent.Run(ctx, d, p); err != nil {
			return model.Transcript{}, nil, err
		}
		if r.Violations = slices.DeleteFunc(r.Violations, weak); len(r.Violations) > 0 {
			break
		}
	}
	return r.Transcript, r.Violations, nil
}
