package main

import (
	"fmt"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
)

// diffResult is the report of a differential run and what the command line knows
// about it.
type diffResult struct {
	diff        *fuzz.DiffReport
	targets     []string
	seed        uint64
	generated   bool // the traces were
	interrupted bool
}

// side is the target that breaks the rule of a class.
func side(c *fuzz.Class) int {
	if c.Verdict.OfB {
		return c.Other
	}
	return 0
}

// count is the number of classes with a judgement, those that are known apart.
func (d *diffResult) count(j fuzz.Judgement) (fresh, known int) {
	for _, c := range d.diff.Classes {
		switch {
		case c.Verdict.Judgement != j:
		case c.Known:
			known++
		default:
			fresh++
		}
	}
	return fresh, known
}

// diffReport writes the outcome of a differential run for a person to read.
type diffReport struct {
	printer
	flags *diffFlags
	*diffResult
}

// write writes the classes, the new ones at length, and a summary.
func (r *diffReport) write() {
	for _, c := range r.diff.Classes {
		if !c.Known {
			r.class(c)
		}
	}
	if _, known := r.count(fuzz.Wrong); known > 0 {
		fmt.Fprintln(r.w, r.Bold("Known before"))
		for _, c := range r.diff.Classes {
			if c.Known {
				fmt.Fprintf(r.w, "  %s of %s  %s\n", c.Verdict.Violation.Key(), report.Letter(side(c)), c.Key())
			}
		}
		fmt.Fprintln(r.w)
	}
	r.summary()
}

// class writes one class, as a compiler writes an error.
func (r *diffReport) class(c *fuzz.Class) {
	v := c.Verdict.Violation
	clause := c.Verdict.Clause
	if v != nil {
		clause = v.Rule.Clause + ", " + v.Rule.Level.String()
	}
	if clause != "" {
		clause = "  (" + clause + ")"
	}
	fmt.Fprintf(r.w, "%s %s%s\n", r.label(c.Verdict.Judgement), r.Bold(c.Key()), clause)
	switch {
	case v != nil:
		fmt.Fprintf(r.w, "  %s\n", r.Wrap(fmt.Sprintf("%s (%s) breaks %s: %s", report.Letter(side(c)), r.targets[side(c)], v.Key(), v.Rule.Text), "  "))
	case c.Verdict.Judgement == fuzz.Unknown:
		fmt.Fprintln(r.w, "  The model cannot judge this here.")
	default:
		fmt.Fprintln(r.w, "  The model allows both.")
	}
	fmt.Fprintf(r.w, "\n%s\n", r.Compared(c))
	if v != nil {
		fmt.Fprint(r.w, r.Evidence(*v))
	}
	fmt.Fprint(r.w, r.Field("seen", r.seenOf(c)))
	if c.File != "" {
		fmt.Fprint(r.w, r.Line("file", c.File))
	}
	fmt.Fprint(r.w, r.Line("replay", r.replay(c)))
	fmt.Fprintln(r.w)
}

func (r *diffReport) label(j fuzz.Judgement) string {
	switch j {
	case fuzz.Wrong:
		return r.Red(j.String())
	case fuzz.Unknown:
		return r.Amber(j.String())
	}
	return j.String()
}

// seenOf says how sure a class is, and how its trace became short.
func (r *diffReport) seenOf(c *fuzz.Class) string {
	times := "once"
	if c.Count != 1 {
		times = report.Plural(c.Count, "time")
	}
	if c.Count == 0 {
		times = "while another was made minimal"
	}
	f := fuzz.Finding{Trace: c.Trace, FirstSteps: c.FirstSteps, Confirmed: c.Confirmed, Tries: c.Tries}
	if r.generated {
		f.FoundAt = c.FoundAt
	}
	return times + ", " + report.Seen(&f)
}

// replay is the command that shows the class again: on its trace if that was saved,
// and else by the same choices.
func (r *diffReport) replay(c *fuzz.Class) string {
	words := []string{r.program, "diff", report.ShellWord(r.targets[0]), report.ShellWord(r.targets[c.Other])}
	words = append(words, r.flags.flags()...)
	switch {
	case c.File != "":
		words = append(words, "--trace", report.ShellWord(c.File))
	case !r.generated:
		words = append(words, "--trace", report.ShellWord(r.flags.traces[c.TraceIndex]))
	default:
		for _, name := range []string{"seed", "sessions", "steps"} {
			if f := r.flags.cmd.Flags().Lookup(name); f.Changed {
				words = append(words, "--"+name, f.Value.String())
			}
		}
		words = append(words, "--commands", fmt.Sprint(c.FoundAt))
	}
	return strings.Join(words, " ")
}

func (r *diffReport) summary() {
	rep := r.diff
	fmt.Fprintln(r.w, r.Bold("Summary"))
	for i, name := range r.targets {
		r.entry(report.Letter(i), name+"  "+report.Clip(report.Printable(rep.Greetings[i]), r.Columns()-len(entryIndent)-len(name)-2))
	}
	if r.generated {
		r.entry("seed", fmt.Sprint(r.seed))
	}
	r.entry("commands", fmt.Sprintf("%d to each in %s, %.1f s", rep.Commands, report.Plural(rep.Traces, "trace"), rep.Elapsed.Seconds()))
	r.entry("compared", fmt.Sprintf("%s; %d more could not be", report.Plural(rep.Compared, "answer"), rep.NotCompared))
	var counts []string
	for _, j := range []fuzz.Judgement{fuzz.Wrong, fuzz.Unknown, fuzz.Freedom} {
		fresh, known := r.count(j)
		text := fmt.Sprintf("%d %s", fresh+known, j)
		if known > 0 {
			text += fmt.Sprintf(" (%d known)", known)
		}
		counts = append(counts, text)
	}
	r.entry("classes", strings.Join(counts, ", "))
	var unconfirmed []string
	for _, c := range rep.Unconfirmed {
		unconfirmed = append(unconfirmed, c.Key())
	}
	r.list("unconfirmed", unconfirmed)
	if r.interrupted {
		r.entry("ended by", "an interrupt, before the budget was spent")
	}
}
