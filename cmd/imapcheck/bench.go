package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/fuzz/bench"
	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/fuzz/report"
)

// benchFlags are the flags of "imapcheck bench".
type benchFlags struct {
	faults     []string
	generators []string
	seeds      int
	commands   int
	jobs       int
	csv        string
	shrink     bool
	prove      bool
	depth      int
	states     int
	record     string
}

func (a *app) benchCommand() *cobra.Command {
	names := []string{}
	for _, g := range benchGenerators() {
		names = append(names, fmt.Sprintf("  %-10s %s", g.Name, g.Text))
	}
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure how soon planted faults are found, and how small traces get",
		Long: `Bench plants faults in the reference server, one at a time, and measures how many
commands each generator of traces needs to see it, with each of several seeds. With
--shrink it also makes the first trace that showed the fault minimal.

The generators are

` + strings.Join(names, "\n") + `

For every fault and generator it says how often the fault was found, the median of the
commands it took (by Kaplan and Meier, since some runs end before), how that compares
with the baseline "` + bench.Baseline + `" (p of Mann and Whitney, two-sided; A12 of Vargha and
Delaney), and of the traces the median length when they were found and when they were
minimal, the least length that a fault can be shown with, the median of the runs
that shrinking took, and how many different minimal traces there are.

With --prove it looks for the shortest trace of each fault instead, by trying all
there are over a small alphabet, and says how far it came.

A fault that only commands show which overlap is left out. The same flags give
the same numbers, whatever --jobs is.

Exit status: 0, or 2 for trouble with the command line or the environment.`,
		Example: `  imapcheck bench --faults view --seeds 5
  imapcheck bench --shrink --jobs 8 --csv bench.csv
  imapcheck bench --shrink --faults challenge --generators imapcheck
  imapcheck bench --prove --faults dialogue`,
		Args: cobra.NoArgs,
	}
	f := &benchFlags{}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.faults, "faults", []string{"all"}, "`NAMES` of faults or of layers, with commas, or challenge, those that shrinking is measured by")
	flags.StringSliceVar(&f.generators, "generators", []string{"all"}, "`NAMES` of generators, with commas")
	flags.IntVar(&f.seeds, "seeds", 20, "seeds (`N`) of each generator on each fault")
	flags.IntVar(&f.commands, "commands", 20_000, "commands (`N`) of a run, at most")
	flags.IntVar(&f.jobs, "jobs", 1, "runs (`N`) at the same time")
	flags.StringVar(&f.csv, "csv", "", "write a line for every run to `FILE`")
	flags.BoolVar(&f.shrink, "shrink", false, "make the trace minimal that showed the fault first")
	flags.BoolVar(&f.prove, "prove", false, "look for the shortest traces")
	flags.IntVar(&f.depth, "depth", 0, "with --prove: traces of no more than `N` commands; 0 is less than the shortest that is known")
	flags.IntVar(&f.states, "states", 200_000, "with --prove: states (`N`) of the server and the judge, at most")
	flags.StringVar(&f.record, "record", "", "with --prove: keep what is proven in `FILE`, where other faults may have lines")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		for _, other := range []string{"generators", "seeds", "csv", "shrink"} {
			if f.prove && flags.Changed(other) {
				return usagef("--%s means nothing with --prove", other)
			}
		}
		for _, other := range []string{"depth", "states", "record"} {
			if !f.prove && flags.Changed(other) {
				return usagef("--%s means nothing without --prove", other)
			}
		}
		return a.bench(cmd.Context(), f)
	}
	return cmd
}

// check looks for bounds that are none.
func (f *benchFlags) check() error {
	for _, n := range []struct {
		flag     string
		n, least int
	}{{"seeds", f.seeds, 1}, {"commands", f.commands, 1}, {"jobs", f.jobs, 1}, {"depth", f.depth, 0}, {"states", f.states, 1}} {
		if n.n < n.least {
			return usagef("--%s %d: it is %d or more", n.flag, n.n, n.least)
		}
	}
	return nil
}

// chosen are the faults of the flags, in the order of all, without those that are races.
func (f *benchFlags) chosen() ([]*fault.Fault, error) {
	all := fault.All()
	var list []*fault.Fault
	for _, name := range f.faults {
		some := slices.DeleteFunc(slices.Clone(all), func(x *fault.Fault) bool {
			return name != "all" && x.Name != name && x.Layer.String() != name && (name != "challenge" || !slices.Contains(bench.Challenge(), x))
		})
		if len(some) == 0 {
			return nil, usagef("--faults %s: there is no such fault and no such layer", name)
		}
		list = append(list, some...)
	}
	return slices.DeleteFunc(all, func(x *fault.Fault) bool { return x.Racy || !slices.Contains(list, x) }), nil
}

// makers are the generators of the flags, in their order.
func (f *benchFlags) makers() ([]bench.Generator, error) {
	all := benchGenerators()
	var known []string
	for _, g := range all {
		known = append(known, g.Name)
	}
	for _, name := range f.generators {
		if name != "all" && !slices.Contains(known, name) {
			return nil, usagef("--generators %s: there is none of that name (known: %s)", name, strings.Join(known, ", "))
		}
	}
	return slices.DeleteFunc(all, func(g bench.Generator) bool {
		return !slices.Contains(f.generators, "all") && !slices.Contains(f.generators, g.Name)
	}), nil
}

func (a *app) bench(ctx context.Context, f *benchFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	makers, err := f.makers()
	if err != nil {
		return err
	}
	faults, err := f.chosen()
	if err != nil {
		return err
	}
	if f.prove {
		return a.prove(ctx, f, faults)
	}
	var file io.WriteCloser
	if f.csv != "" {
		if file, err = os.Create(f.csv); err != nil {
			return fmt.Errorf("--csv: %w", err)
		}
		defer file.Close()
	}
	g := bench.Grid{Faults: faults, Generators: makers, Seeds: f.seeds, Commands: f.commands, Shrink: f.shrink, Jobs: f.jobs}
	fmt.Fprintf(a.err, "measuring %s, %s, %s, at most %d commands each\n", report.Plural(len(faults), "fault"),
		report.Plural(len(makers), "generator"), report.Plural(f.seeds, "seed"), f.commands)
	p := newBenchProgress(a.err, len(faults)*len(makers)*f.seeds)
	g.Progress = func(now bench.Progress) { p.update(now.Done, now.Of, fmt.Sprintf("%d found", now.Found)) }
	list, err := g.Run(ctx)
	p.end()
	if err != nil {
		return err
	}
	rows := bench.Rows(list)
	if file != nil {
		if err := cmp.Or(bench.WriteCSV(file, list), file.Close()); err != nil {
			return fmt.Errorf("--csv: %w", err)
		}
	}
	if err := bench.WriteTable(a.out, rows); err != nil {
		return err
	}
	fmt.Fprintln(a.out)
	return bench.WriteSummary(a.out, rows, f.commands)
}

// benchProgress tells a person how far a measurement is.
type benchProgress struct {
	live  *live // nil for none
	plain plain
}

func newBenchProgress(w io.Writer, of int) *benchProgress {
	now := time.Now()
	p := &benchProgress{plain: plain{w: w, start: now, last: now}}
	if _, ok := terminal(w); ok {
		p.live = newLive(w, of, "runs")
	}
	return p
}

func (p *benchProgress) update(done, of int, text string) {
	if p.live != nil {
		p.live.bar.Describe(text)
		_ = p.live.bar.Set(done)
		return
	}
	if time.Since(p.plain.last) >= plainEvery {
		p.plain.last = time.Now()
		p.plain.say(fmt.Sprintf("%d of %d, %s", done, of, text))
	}
}

func (p *benchProgress) end() {
	if p.live != nil {
		p.live.end()
	}
}
