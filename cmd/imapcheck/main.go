// Command imapcheck finds where an IMAP server departs from RFC 3501. See
// "imapcheck help".
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the program, and its result the exit status. The first interrupt ends
// a run early but in order; a second one kills.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// A reader that leaves early does not end the run, nor a file that may not grow.
	signal.Ignore(append(tooLarge, syscall.SIGPIPE)...)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	a := &app{in: stdin, out: stdout, err: stderr, name: programName()}
	root := a.root()
	root.SetArgs(args)
	return a.status(root.ExecuteContext(ctx))
}

// app is what the subcommands share.
type app struct {
	in       io.Reader
	out, err io.Writer
	name     string // what to type to run this program
}

// programName is how a person starts this program, as far as can be told: go
// run puts it into a folder of its own.
func programName() string {
	if exe, err := os.Executable(); err == nil && strings.Contains(exe, "go-build") {
		return "go run ./cmd/imapcheck"
	}
	return "imapcheck"
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "imapcheck",
		Short: "Find where an IMAP server departs from RFC 3501",
		Long: `imapcheck drives an IMAP server through generated command sequences, judges
every octet of the answers by a model of RFC 3501, and shrinks what breaks a
rule to the few commands that matter.

Exit status: 0 nothing new was found, 1 a new violation, 2 trouble with the
command line or the environment.`,
		Example: `  imapcheck fuzz
  imapcheck replay findings/state-gating-0123456789ab.trace --target mem`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          helpOrUnknown,
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usageError{err, cmd.CommandPath()} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(a.fuzzCommand(), a.exploreCommand(), a.replayCommand(), a.shrinkCommand(), a.diffCommand(),
		a.benchCommand(), a.serveCommand(), a.corpusCommand(), a.ciCommand(), a.rulesCommand(), a.targetsCommand(), a.versionCommand())
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", ".FlagUsagesWrapped 80 "))
	for _, cmd := range root.Commands() {
		pointsAtHelp(cmd)
	}
	return root
}

// helpOrUnknown is what a command does that only has others below it.
func helpOrUnknown(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	message := "unknown command " + quoted(args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		message += ", did you mean " + strings.Join(near, " or ") + "?"
	}
	return usagef("%s", message)
}

// pointsAtHelp makes the usage errors of cmd, and of the commands below it, name the
// command whose help tells more.
func pointsAtHelp(cmd *cobra.Command) {
	check, work := cmd.Args, cmd.RunE
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{err, cmd.CommandPath()}
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		err := work(cmd, args)
		if usage, ok := err.(usageError); ok {
			usage.command = cmd.CommandPath()
			return usage
		}
		return err
	}
	for _, sub := range cmd.Commands() {
		pointsAtHelp(sub)
	}
}
