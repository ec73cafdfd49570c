package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/fuzz/target"
)

func (a *app) targetsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "targets",
		Short: "List what can be tested here",
		Long: `Targets lists the servers that imapcheck can test, which of them are available
here and now, and how to get at any other server.`,
		Example: "  imapcheck targets",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.targets() },
	}
}

func (a *app) targets() error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TARGET\tAVAILABLE\tVERSION\tWHAT IT IS")
	for _, t := range target.Known() {
		available, version := "yes", t.Version
		if t.Missing != "" {
			available = "no"
		}
		if version == "" {
			version = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", t.Spec, available, version, t.Text)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(a.out, `
Any other server: run it on this machine, give it an account for nothing else,
allow LOGIN without TLS on loopback, and then

  %[2]s=... %[1]s fuzz imap://127.0.0.1:143 --user NAME

Everything in that account is deleted before each trace. A server elsewhere
needs --i-may-destroy-this-account as well.
`, a.name, passwordEnv)
	return nil
}
