package bench

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz/fault"
)

// Row is what the experiments with one fault and one generator have shown.
type Row struct {
	Fault       *fault.Fault
	Generator   string
	Runs, Found int
	// Median is of the commands until the fault was seen, 0 if it mostly was not.
	Median int
	// P and Sooner compare with the baseline, if it was measured and is not this one; see
	// [Differ] and [Sooner].
	Compared  bool
	P, Sooner float64
	// Of those that were seen, medians: First and Final are lengths of traces,
	// ShrinkRuns lies between them. Least counts the final ones that have the length of
	// Fault.Least, and Distinct is how many different ones there are.
	First, Final, ShrinkRuns, Least, Distinct int
}

// Rows are those of the experiments, in their order.
func Rows(list []Experiment) []Row {
	var rows []Row
	for _, group := range groups(list) {
		rows = append(rows, rowOf(group))
	}
	for i := range rows {
		base := slices.IndexFunc(list, func(e Experiment) bool { return e.Fault == rows[i].Fault && e.Generator == Baseline })
		if rows[i].Compared = base >= 0 && rows[i].Generator != Baseline; !rows[i].Compared {
			continue
		}
		mine := timesOf(list, rows[i].Fault, rows[i].Generator)
		theirs := timesOf(list, rows[i].Fault, Baseline)
		rows[i].P, rows[i].Sooner = Differ(mine, theirs), Sooner(mine, theirs)
	}
	return rows
}

// groups are the experiments that differ in the seed only.
func groups(list []Experiment) (out [][]Experiment) {
	for i := 0; i < len(list); {
		k := i + 1
		for k < len(list) && list[k].Fault == list[i].Fault && list[k].Generator == list[i].Generator {
			k++
		}
		out = append(out, list[i:k])
		i = k
	}
	return out
}

func timesOf(list []Experiment, f *fault.Fault, generator string) (out []Time) {
	for _, e := range list {
		if e.Fault == f && e.Generator == generator {
			out = append(out, Time{e.Commands, !e.Found})
		}
	}
	return out
}

func rowOf(group []Experiment) Row {
	r := Row{Fault: group[0].Fault, Generator: group[0].Generator, Runs: len(group)}
	r.Median, _ = Median(timesOf(group, r.Fault, r.Generator))
	var lengths, finals, runs []int
	distinct := map[string]bool{}
	for _, e := range group {
		if !e.Found {
			continue
		}
		r.Found++
		lengths = append(lengths, e.First)
		if e.Final == 0 {
			continue
		}
		finals, runs = append(finals, e.Final), append(runs, e.Runs)
		distinct[string(corpus.Format(&corpus.File{Trace: e.Trace}))] = true
		if e.Final == r.Fault.Least {
			r.Least++
		}
	}
	r.First, r.Final, r.ShrinkRuns, r.Distinct = middle(lengths), middle(finals), middle(runs), len(distinct)
	return r
}

// WriteTable writes a line for every row.
func WriteTable(w io.Writer, rows []Row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "fault\tgenerator\tfound\tcommands\tp\tA12\tfirst\tfinal\tleast\truns\ttraces")
	for _, r := range rows {
		p, a := "-", "-"
		if r.Compared {
			p, a = fmt.Sprintf("%.3f", r.P), fmt.Sprintf("%.2f", r.Sooner)
		}
		fmt.Fprintf(t, "%s\t%s\t%d/%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Fault.Name, r.Generator, r.Found, r.Runs,
			number(r.Median), p, a, number(r.First), number(r.Final), number(r.Fault.Least), number(r.ShrinkRuns), number(r.Distinct))
	}
	return t.Flush()
}

// WriteSummary writes a line for every generator, and what was missed.
func WriteSummary(w io.Writer, rows []Row, commands int) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "generator\tfaults\tfound\tby every seed\tcommands\tA12\tp < 0.05\tfinal = least\truns\tone trace")
	for _, name := range names(rows) {
		mine := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Generator != name })
		fmt.Fprintln(t, strings.Join(summary(name, mine), "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var missed []string
	for _, name := range names(rows) {
		list := ""
		for _, r := range rows {
			if r.Generator == name && r.Found < r.Runs {
				list += fmt.Sprintf(" %s %d/%d,", r.Fault.Name, r.Found, r.Runs)
			}
		}
		if list != "" {
			missed = append(missed, "  "+name+":"+strings.TrimSuffix(list, ",")+"\n")
		}
	}
	if len(missed) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "\nNot found by every seed in %d commands\n%s", commands, strings.Join(missed, ""))
	return err
}

// names are those of the generators, in order.
func names(rows []Row) (list []string) {
	for _, r := range rows {
		if !slices.Contains(list, r.Generator) {
			list = append(list, r.Generator)
		}
	}
	return list
}

// summary are the columns of a generator.
func summary(name string, rows []Row) []string {
	var found, runs, every, less, least, shrunk, provable, one int
	var medians []Time
	var executions []int
	var sooner float64
	for _, r := range rows {
		found, runs, sooner = found+r.Found, runs+r.Runs, sooner+r.Sooner
		medians = append(medians, Time{r.Median, r.Median == 0})
		if r.Found == r.Runs {
			every++
		}
		if r.Compared && r.P < 0.05 && r.Sooner > 0.5 {
			less++
		}
		if r.Distinct > 0 {
			shrunk++
			executions = append(executions, r.ShrinkRuns)
			if r.Distinct == 1 {
				one++
			}
			if r.Fault.Least > 0 {
				provable, least = provable+r.Found, least+r.Least
			}
		}
	}
	median, _ := Median(censoredLast(medians))
	columns := []string{name, strconv.Itoa(len(rows)), percent(found, runs), percent(every, len(rows)), number(median)}
	if !rows[0].Compared {
		columns = append(columns, "-", "-")
	} else {
		columns = append(columns, fmt.Sprintf("%.2f", sooner/float64(len(rows))), percent(less, len(rows)))
	}
	return append(columns, percent(least, provable), number(middle(executions)), percent(one, shrunk))
}

// censoredLast gives those that are censored the last time of all.
func censoredLast(list []Time) []Time {
	last := 0
	for _, t := range list {
		last = max(last, t.At)
	}
	list = slices.Clone(list)
	for i := range list {
		if list[i].Censored {
			list[i].At = last
		}
	}
	return list
}

// number is one that is there, or nothing.
func number(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

// percent is a share, or nothing of nothing.
func percent(n, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
}

// WriteCSV writes a line for every experiment.
func WriteCSV(w io.Writer, list []Experiment) error {
	c := csv.NewWriter(w)
	rows := [][]string{{"fault", "layer", "least", "generator", "seed", "found", "commands", "key", "first", "final", "runs"}}
	for _, e := range list {
		rows = append(rows, []string{e.Fault.Name, e.Fault.Layer.String(), strconv.Itoa(e.Fault.Least), e.Generator, strconv.FormatUint(e.Seed, 10),
			strconv.FormatBool(e.Found), strconv.Itoa(e.Commands), e.Key, strconv.Itoa(e.First), strconv.Itoa(e.Final), strconv.Itoa(e.Runs)})
	}
	return c.WriteAll(rows)
}
