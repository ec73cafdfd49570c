package main

import (
	"context"
	"fmt"
	"path"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
)

// exportFlags are the flags of "imapcheck corpus export".
type exportFlags struct {
	*octetFlags
	goFuzz, raw string
}

func (a *app) corpusExportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export {--go-fuzz DIR | --raw DIR} [FILE|DIR...]",
		Short: "Write traces as input of a fuzzing engine",
		Long: `Export writes each trace to a file of its own in DIR: with --go-fuzz one that "go
test -fuzz" reads (of version v1, with one []byte), with --raw its octets as
they are, for libFuzzer and its like. It names the files as the engine does, so
that the engine knows its own again.

The traces are those of the FILEs, and of the files in and below a folder whose
names end in .trace (links and names with a dot in front are passed over); without
any, the built-in corpus of seeds and regressions. A FILE named "-" is standard
input.

` + aboutOctets + `

"imapcheck corpus import" gives the same traces back: the commands and the
fixture. Evidence, marks and finding stay behind.

No file is replaced. A trace that cannot be exported is named, the others are
written, and the exit status is 2.`,
		Example: `  imapcheck corpus export --go-fuzz testdata/fuzz/FuzzTrace
  imapcheck corpus export --raw libfuzzer-corpus findings my.trace`,
		Args: cobra.ArbitraryArgs,
	}
	f := &exportFlags{octetFlags: octetFlagsOf(cmd)}
	cmd.Flags().StringVar(&f.goFuzz, "go-fuzz", "", "write files of Go's fuzzing engine to the folder `DIR`")
	cmd.Flags().StringVar(&f.raw, "raw", "", "write octets to the folder `DIR`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.corpusExport(cmd.Context(), f, args) }
	return cmd
}

func (f *exportFlags) check() error {
	switch changed := f.cmd.Flags().Changed; {
	case changed("go-fuzz") && changed("raw"):
		return usagef("--go-fuzz and --raw: give one of them")
	case f.goFuzz == "" && f.raw == "":
		return usagef("a folder for the files is needed: --go-fuzz DIR or --raw DIR")
	}
	return f.octetFlags.check()
}

// export is the folder for the files, and what they are.
func (f *exportFlags) export() (flag, dir string, file func(octets []byte) (name string, text []byte)) {
	if f.raw != "" {
		return "raw", f.raw, func(octets []byte) (string, []byte) { return corpus.LibFuzzerName(octets), octets }
	}
	return "go-fuzz", f.goFuzz, func(octets []byte) (string, []byte) {
		text := corpus.FormatGoFuzz(octets)
		return corpus.GoFuzzName(text), text
	}
}

func (a *app) corpusExport(ctx context.Context, f *exportFlags, args []string) error {
	if err := f.check(); err != nil {
		return err
	}
	sources, err := a.sourcesOf(args)
	if err != nil {
		return err
	}
	flag, dir, file := f.export()
	if err := writable(flag, dir); err != nil {
		return err
	}
	c, err := f.codec(ctx)
	if err != nil {
		return err
	}
	b := &batch{app: a}
	for _, s := range sources {
		if ctx.Err() != nil {
			break
		}
		t, err := s.read()
		if err != nil {
			b.fail(err)
			continue
		}
		octets, err := c.encode(t)
		if err != nil {
			b.fail(fmt.Errorf("%s: %w", s.name, err))
			continue
		}
		name, text := file(octets)
		written, err := addFile(dir, name, text)
		if err != nil {
			b.fail(fmt.Errorf("%s: %w", s.name, err))
			continue
		}
		b.count(written)
	}
	return b.end(ctx, len(sources), "trace", c, dir)
}

// source is where a trace comes from. The errors of read name it.
type source struct {
	name string
	read func() (model.Trace, error)
}

// sourcesOf are the trace files that the arguments name, or the built-in corpus.
func (a *app) sourcesOf(args []string) ([]source, error) {
	if len(args) == 0 {
		return builtIn()
	}
	names, err := filesOf(args, "trace file", func(name string) bool { return path.Ext(name) == traceExt })
	if err != nil {
		return nil, err
	}
	var sources []source
	for _, name := range names {
		sources = append(sources, source{name, func() (model.Trace, error) {
			f, err := a.readTrace(name)
			if err != nil {
				return model.Trace{}, err
			}
			return f.Trace, nil
		}})
	}
	return sources, nil
}

// builtIn is the corpus that the program brings along.
func builtIn() ([]source, error) {
	var sources []source
	for _, dir := range []string{"seeds", "regressions"} {
		entries, err := corpus.LoadFS(corpus.Data, dir)
		if err != nil {
			return nil, fmt.Errorf("built-in corpus: %w", err)
		}
		for _, e := range entries {
			sources = append(sources, source{"built-in " + e.Path, func() (model.Trace, error) { return e.File.Trace, nil }})
		}
	}
	return sources, nil
}
