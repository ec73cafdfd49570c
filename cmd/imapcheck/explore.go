package main

import (
	"github.com/spf13/cobra"
)

func (a *app) exploreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explore [TARGET]",
		Short: "Every sequence of commands to a depth",
		Long: `Explore leads a server through every sequence of a small alphabet of commands to
a depth, judges every answer, and shrinks what breaks a rule, as fuzz does. With
several connections, sequences that differ in the order of commands which touch
nothing in common, or in the numbers of connections, are the same to a server:
one of them is run.

Exit status: 0 nothing new was found, 1 a new violation, 2 trouble with the
command line or the environment.`,
		Example: `  imapcheck explore mem --depth 3
  imapcheck explore dovecot:stdio --begin select --depth 2 --sessions 2 --jobs 8`,
		Args: cobra.ExactArgs(1),
	}
	f := &exhaustFlags{fuzzFlags: campaignFlags(cmd)}
	flags := cmd.Flags()
	flags.IntVar(&f.depth, "depth", 3, "commands (`N`) of a sequence")
	flags.IntVar(&f.sessions, "sessions", 1, "connections (`K`)")
	flags.IntVar(&f.messages, "messages", 1, "messages (`N`) that INBOX has at first")
	flags.StringVar(&f.begin, "begin", "greeting", "`WHERE` a sequence begins, on each connection: greeting, login or select")
	flags.BoolVar(&f.plain, "plain", false, "leave out no sequence")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.exhaust(cmd.Context(), f, args[0]) }
	return cmd
}
