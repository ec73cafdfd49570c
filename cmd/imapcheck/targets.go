package main

import (
	"cmp"
	"fmt"
	"strings"
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
	known := target.Known()
	for _, t := range known {
		available := "yes"
		if t.Missing != "" {
			available = "no"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", t.Spec, available, cmp.Or(t.Version, "-"), t.Text)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprint(a.out, "\nServers that are started for a run, and stopped again:\n\n")
	missing := false
	for _, t := range known {
		if len(t.Modes) == 0 {
			continue
		}
		fmt.Fprintf(w, "  %s\t%s\n", t.Spec, ways(t))
		missing = missing || t.Missing != ""
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if missing {
		fmt.Fprintf(a.out, "\nTo get the rest, on Debian 12 (those that conflict are unpacked):\n\n"+
			"  export %s=$HOME/imap-servers; mkdir -p $%[1]s\n", target.ServersEnv)
	}
	for _, t := range known {
		for line := range strings.Lines(t.Get) {
			fmt.Fprintf(a.out, "  %s\n", strings.TrimSpace(line))
		}
		if t.Missing != "" && t.Get == "" {
			fmt.Fprintf(a.out, "  # %s\n", t.Missing)
		}
	}
	fmt.Fprintf(a.out, `
Any other server: run it on this machine, give it an account for nothing else,
allow LOGIN without TLS on loopback, and then

  %[2]s=... %[1]s fuzz imap://127.0.0.1:143 --user NAME

Everything in that account is deleted before each trace. A server elsewhere
needs --i-may-destroy-this-account as well. A command that speaks IMAP on
standard input and output is given as "exec:COMMAND". It finds a directory of
the trace's own in $IMAPCHECK_DIR, and the account's name in $IMAPCHECK_USER.
`, a.name, passwordEnv)
	return nil
}

// ways are the forms in which a server can be run.
func ways(t target.Info) string {
	var forms []string
	for i, mode := range t.Modes {
		form := t.Spec + ":" + mode
		if i == 0 {
			form = t.Spec + " (" + mode + ")"
		}
		forms = append(forms, form)
	}
	text := strings.Join(forms, ", ")
	if t.Params != "" {
		text += "; behind it ?" + t.Params
	}
	return text
}
