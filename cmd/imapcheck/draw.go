package main

import (
	"bytes"
	"io"

	"github.com/spf13/pflag"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

// drawFlags name the files that "explore" writes for other programs, in the place of a
// visit.
type drawFlags struct{ promela, mermaid, dot string }

func (f *drawFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.promela, "promela", "", "write a small system to `FILE` in Promela, for Spin: with --sessions 1 the states of a connection, with 2 the views of two sessions on a mailbox of --messages; visit nothing")
	flags.StringVar(&f.mermaid, "mermaid", "", "write the figure of section 3 to `FILE` as a Mermaid diagram; visit nothing")
	flags.StringVar(&f.dot, "dot", "", "write the figure of section 3 to `FILE` for Graphviz; visit nothing")
}

// wanted reports whether there is anything to write.
func (f *drawFlags) wanted() bool { return *f != drawFlags{} }

// draw writes what is wanted.
func (a *app) draw(f *exploreFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	system := explore.Connection(model.New())
	if f.sessions > 1 {
		if f.messages < 1 {
			return usagef("--messages %d: the views of two sessions are of one message or more", f.messages)
		}
		system = explore.Views(f.messages)
	}
	for _, out := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{f.promela, func(w io.Writer) error { return explore.WritePromela(w, system) }},
		{f.mermaid, func(w io.Writer) error { return explore.Mermaid(w, model.New()) }},
		{f.dot, func(w io.Writer) error { return explore.Dot(w, model.New()) }},
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
