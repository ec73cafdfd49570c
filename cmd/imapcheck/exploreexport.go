package main

import (
	"bytes"
	"io"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

// withExports gives "explore" the flags that write a file for another program, in
// place of a visit.
func (a *app) withExports(cmd *cobra.Command) *cobra.Command {
	var promela, mermaid, dot string
	flags, visit := cmd.Flags(), cmd.RunE
	flags.StringVar(&promela, "promela", "", "write a small system to `FILE` in Promela, for Spin: with --conns 1 the states of a connection, with 2 the views of two sessions on a mailbox of --messages; visit nothing")
	flags.StringVar(&mermaid, "mermaid", "", "write the figure of section 3 to `FILE` as a Mermaid diagram; visit nothing")
	flags.StringVar(&dot, "dot", "", "write the figure of section 3 to `FILE` for Graphviz; visit nothing")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if promela == "" && mermaid == "" && dot == "" {
			return visit(cmd, args)
		}
		system := explore.Connection(model.New())
		conns, _ := flags.GetInt("conns")
		messages, _ := flags.GetInt("messages")
		if conns < 1 || conns > mostConns || messages < 1 || messages > mostExplored {
			return usagef("--conns %d --messages %d: from 1 to %d connections, and from 1 to %d messages are written", conns, messages, mostConns, mostExplored)
		}
		if conns == 2 {
			system = explore.Views(messages)
		}
		for _, out := range []struct {
			name  string
			write func(io.Writer) error
		}{
			{promela, func(w io.Writer) error { return explore.WritePromela(w, system) }},
			{mermaid, func(w io.Writer) error { return explore.Mermaid(w, model.New()) }},
			{dot, func(w io.Writer) error { return explore.Dot(w, model.New()) }},
		} {
			var b bytes.Buffer
			if out.name == "" {
				continue
			}
			if err := out.write(&b); err != nil {
				return err
			}
			if err := writeFile(out.name, b.Bytes()); err != nil {
				return err
			}
		}
		return nil
	}
	return cmd
}
