package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/corpus/imaptest"
	"github.com/imapcheck/imapcheck/model"
)

const defaultImport = "corpus-import"

func (a *app) corpusImportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE|DIR...",
		Short: "Make traces of a fuzzing engine's input, or of ImapTest's scripts",
		Long: `Import writes a trace file for each file of a fuzzing engine: one of "go test
-fuzz" (of version v1, with one []byte or string), or the octets as they are, as
libFuzzer keeps them. The first line tells which of the two it is. Of a folder,
all files in and below it are read (links and names with a dot in front are
passed over). A FILE named "-" is standard input.

` + aboutOctets + `

Any octets are a trace. It has neither evidence nor a finding: "imapcheck replay"
and "imapcheck shrink", with a --target, show what a server does with it.

A FILE that is text with a line of a header ("state: ...") or of an expected
completion ("ok ...") is a scripted test of ImapTest. The set-up that it implies
is part of the trace, and what it expects is in the "??" lines: "imapcheck replay
--target" compares the answers with that, too. The messages are those of
FILE.mbox, or of default.mbox beside it; such files are passed over. What a trace
cannot do is told.

No file is replaced: one that has the trace already is left as it is. A file that
cannot be imported is named, the others are written, and the exit status is 2.`,
		Example: `  imapcheck corpus import testdata/fuzz/FuzzTrace
  imapcheck corpus import crash-0123456789abcdef --save findings
  imapcheck corpus import imaptest/src/tests`,
		Args: cobra.MinimumNArgs(1),
	}
	var save, mailbox string
	f := octetFlagsOf(cmd)
	cmd.Flags().StringVar(&save, "save", defaultImport, "the folder (`DIR`) for trace files")
	cmd.Flags().StringVar(&mailbox, "mailbox", "imaptest", "the mailbox (`NAME`) of scripts; \"/\" stands for the delimiter of the server")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.corpusImport(cmd.Context(), f, save, mailbox, args)
	}
	return cmd
}

func (a *app) corpusImport(ctx context.Context, f *octetFlags, save, mailbox string, args []string) error {
	if err := f.check(); err != nil {
		return err
	}
	if save == "" {
		return usagef("--save: a folder for trace files is needed")
	}
	if mailbox == "" || strings.ContainsFunc(mailbox, func(r rune) bool { return r >= 0x80 || !model.IsAtomChar(byte(r)) }) {
		return usagef("--mailbox %s: the name of scripts' mailbox is an atom", quoted(mailbox))
	}
	noMbox := func(name string) bool { return filepath.Ext(name) != mboxExt }
	names, err := filesOf(args, "file", noMbox)
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !noMbox(name) })
	if err := writable("save", save); err != nil {
		return err
	}
	var c *codec // for octets only
	b := &batch{app: a}
	for _, name := range names {
		if ctx.Err() != nil {
			break
		}
		octets, err := a.readOctets(name)
		if err != nil {
			b.fail(err)
			continue
		}
		var trace *corpus.File
		if imaptest.IsScript(octets) {
			if trace, err = a.readScript(name, string(octets), mailbox); err != nil {
				b.fail(err)
				continue
			}
		} else {
			if c == nil {
				if c, err = f.codec(ctx); err != nil {
					return err
				}
			}
			trace = &corpus.File{Trace: c.decode(octets)}
		}
		file, written, err := corpus.Add(save, trace)
		if err != nil {
			b.fail(fmt.Errorf("%s: %w", name, err))
			continue
		}
		b.count(written)
		fmt.Fprintf(a.out, "%s: %s\n", name, file)
	}
	return b.end(ctx, len(names), "file", c, save)
}

// readOctets reads a file of a fuzzing engine. Its errors name the file.
func (a *app) readOctets(name string) ([]byte, error) {
	var b []byte
	var err error
	if name == stdinName {
		if b, err = io.ReadAll(a.in); err != nil {
			return nil, fmt.Errorf("standard input: %w", err)
		}
		name = "standard input"
	} else if b, err = os.ReadFile(name); err != nil {
		return nil, err
	}
	switch {
	case corpus.IsGoFuzz(b):
		if b, err = corpus.ParseGoFuzz(b); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	case filepath.Ext(name) == traceExt || bytes.HasPrefix(b, []byte("imaptrace ")):
		return nil, fmt.Errorf("%s: it is a trace file already", name)
	}
	return b, nil
}
