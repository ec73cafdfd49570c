package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

// traceExt is how the names of trace files end.
const traceExt = ".trace"

func (a *app) corpusCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "corpus",
		Short: "Keep, merge and generate traces, and move them to fuzzing engines and back",
		Long: `Corpus does what there is to do with many traces at once: it looks after the
corpus that "imapcheck fuzz --corpus DIR" makes grow, makes traces that
cover the automaton of a connection, hands traces to a fuzzing engine as the octets
that the engine changes, and makes traces of the octets that the engine has found.`,
		Example: `  imapcheck corpus check corpus --target mem
  imapcheck corpus merge --into corpus shard1 shard2
  imapcheck corpus generate --cover pairs
  imapcheck corpus export --go-fuzz testdata/fuzz/FuzzTrace
  imapcheck corpus import testdata/fuzz/FuzzTrace`,
		Args: cobra.ArbitraryArgs,
		RunE: helpOrUnknown,
	}
	cmd.AddCommand(a.corpusExportCommand(), a.corpusImportCommand(), a.corpusGenerateCommand(), a.corpusKnownCommand(),
		a.corpusListCommand(), a.corpusMinimizeCommand(), a.corpusMergeCommand(), a.corpusCheckCommand())
	return cmd
}

// aboutOctets is the part of the help that export and import have in common.
const aboutOctets = `The octets are the choices that the generator makes on its way to the trace. What
they mean depends on what the server of --target offers, on --sessions, and on
the version of imapcheck: give both commands the same, and keep trace files, not
octets. With the default of --sessions they mean what FuzzTrace takes them for.`

const (
	// defaultSessions is that of FuzzTrace.
	defaultSessions = 2
	// mostSessions is what the octets have room for.
	mostSessions = 8
)

// octetFlags say what octets mean.
type octetFlags struct {
	*connection
	target   string
	sessions int
}

// octetFlagsOf gives cmd the flags.
func octetFlagsOf(cmd *cobra.Command) *octetFlags {
	f := &octetFlags{connection: connectionFlags(cmd)}
	cmd.Flags().StringVar(&f.target, "target", defaultTarget, "the server (`TARGET`) that the octets are for")
	cmd.Flags().IntVar(&f.sessions, "sessions", defaultSessions, fmt.Sprintf("the most connections (`K`) of a trace, up to %d", mostSessions))
	return f
}

func (f *octetFlags) check() error {
	if f.sessions < 1 || f.sessions > mostSessions {
		return usagef("--sessions %d: octets have room for 1 to %d connections", f.sessions, mostSessions)
	}
	return nil
}

// codec turns traces into octets, and octets into traces.
type codec struct {
	target  string // whose profile the machine has
	machine model.Machine
	options fuzz.GenerateOptions
}

// codec asks the target what it offers.
func (f *octetFlags) codec(ctx context.Context) (*codec, error) {
	driver, err := f.open(ctx, f.target)
	if err != nil {
		return nil, err
	}
	defer driver.Target.Close()
	return &codec{driver.Target.Name(), driver.Machine, fuzz.GenerateOptions{Conns: f.sessions}}, nil
}

func (c *codec) encode(t model.Trace) ([]byte, error) {
	conns := 1
	for _, st := range t.Steps {
		conns = max(conns, st.Conn+1)
	}
	if conns > c.options.Conns && conns <= mostSessions {
		return nil, fmt.Errorf("it has %d connections: --sessions %[1]d makes room for them", conns)
	}
	return fuzz.Encode(c.machine, t, c.options)
}

func (c *codec) decode(octets []byte) model.Trace { return fuzz.Decode(c.machine, octets, c.options) }

// filesOf are the files that the arguments name. Of a folder, they are those in and
// below it that are taken; what begins with a dot is passed over, and links are not
// followed. A folder without any is an error.
func filesOf(args []string, kind string, taken func(name string) bool) ([]string, error) {
	var names []string
	for _, arg := range args {
		if arg == stdinName {
			names = append(names, arg)
			continue
		}
		info, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			names = append(names, arg)
			continue
		}
		before := len(names)
		err = fs.WalkDir(os.DirFS(arg), ".", func(name string, d fs.DirEntry, err error) error {
			switch hidden := name != "." && strings.HasPrefix(d.Name(), "."); {
			case err != nil:
				return err
			case hidden && d.IsDir():
				return fs.SkipDir
			case !hidden && d.Type().IsRegular() && taken(name):
				names = append(names, filepath.Join(arg, filepath.FromSlash(name)))
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", arg, err)
		}
		if len(names) == before {
			return nil, fmt.Errorf("%s: there is no %s in this folder", arg, kind)
		}
	}
	return names, nil
}

// batch counts what becomes of many files, each of which is done whatever becomes of
// the others.
type batch struct {
	*app
	written, there, failed int
}

// count counts a file that was written, or was there.
func (b *batch) count(written bool) {
	if written {
		b.written++
	} else {
		b.there++
	}
}

// fail counts a file with which there was trouble, and tells of it.
func (b *batch) fail(err error) {
	b.failed++
	b.tell(err)
}

// end writes the summary.
func (b *batch) end(ctx context.Context, all int, kind string, c *codec, dir string) error {
	done := b.written + b.there + b.failed
	what := report.Plural(done, kind)
	if c != nil {
		what += " for " + c.target
	}
	line := fmt.Sprintf("%s: %d written to %s, %d there already", what, b.written, dir, b.there)
	if b.failed > 0 {
		line += fmt.Sprintf(", %d failed", b.failed)
	}
	fmt.Fprintln(b.out, line)
	if ctx.Err() != nil && done < all {
		return errors.New("interrupted: " + report.Plural(all-done, kind) + " left")
	}
	if b.failed > 0 {
		return errTold
	}
	return nil
}
