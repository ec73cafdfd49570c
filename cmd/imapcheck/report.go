package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

// printer writes the outcome of a campaign for a person to read.
type printer struct {
	report.Style
	w       io.Writer
	program string // what to type to run this program
	again   string // the flags that reach the target once more
}

// finding writes one finding, and how to see it again if it was saved.
func (r *printer) finding(f *fuzz.Finding) {
	c := report.Campaign{Program: r.program, Again: r.again}
	fmt.Fprintln(r.w, r.Finding(f, c.Replay(f)))
}

// campaign writes the findings, the new ones at length, and a summary.
func (r *printer) campaign(c *campaignResult) {
	for _, f := range c.Those(false) {
		r.finding(f)
	}
	if known := c.Those(true); len(known) > 0 {
		fmt.Fprintln(r.w, r.Bold("Known before"))
		for _, f := range known {
			fmt.Fprintf(r.w, "  %-6s %s  (%s)\n", f.Violation.Rule.Level, f.Key, f.Violation.Rule.Clause)
		}
		fmt.Fprintln(r.w)
	}
	r.summary(c)
}

func (r *printer) summary(c *campaignResult) {
	rep := c.Report
	fmt.Fprintln(r.w, r.Bold("Summary"))
	r.entry("target", c.Server())
	r.entry("greeting", report.Clip(report.Printable(rep.Greeting), r.Columns()-len(entryIndent)))
	switch {
	case c.sequences != nil:
		r.entry("sequences", c.Scope)
	case c.coverage != nil:
		r.entry("suite", c.Scope)
	default:
		r.entry("seed", fmt.Sprint(c.Seed))
	}
	r.entry("commands", fmt.Sprintf("%d in %s, %s", rep.Commands, report.Plural(rep.Traces, "trace"), speed(rep)))
	if !c.Overlap {
		r.entry("rules", fmt.Sprintf("%d of %d on commands that were answered", rep.RulesExercised, len(model.Rules())))
		r.entry("transitions", fmt.Sprintf("%d of %d hit", rep.Coverage.Hit, rep.Coverage.Total))
	}
	if c.sequences == nil { // a small alphabet has no others
		r.transitions("missed", rep.Coverage.Missed)
	}
	r.transitions("beyond", rep.Coverage.Beyond)
	r.entry("findings", c.Counts())
	if len(rep.Findings) > 0 {
		r.entry("shrunk", fmt.Sprintf("to a median of %s commands, from %s", c.median(shrunkSteps), c.median(firstSteps)))
	}
	var unconfirmed []string
	for _, f := range rep.Unconfirmed {
		unconfirmed = append(unconfirmed, strings.TrimSpace(f.Key+"  "+f.File))
	}
	r.list("unconfirmed", unconfirmed)
	r.list("fixed", rep.Fixed)
	if c.sequences == nil && !c.Overlap { // the list may be that of sequential runs
		r.list("not seen", c.Absent)
	}
	if c.Interrupted {
		r.entry("ended by", "an interrupt, before the budget was spent")
	}
}

const entryIndent = "               "

func (r *printer) entry(name, text string) {
	r.items(name, strings.Fields(text))
}

// items writes an entry that breaks between the words only.
func (r *printer) items(name string, words []string) {
	fmt.Fprintf(r.w, "  %-13s%s\n", name, r.WrapWords(words, entryIndent))
}

// list writes keys, one a line.
func (r *printer) list(name string, keys []string) {
	for _, key := range keys {
		r.entry(name, key)
		name = ""
	}
}

// transitions writes names of transitions, put together by state and outcome.
func (r *printer) transitions(name string, list []string) {
	commands := map[string][]string{}
	for _, t := range list {
		words := strings.Fields(t)
		last := len(words) - 1
		group := words[0] + " " + words[last] + ":"
		commands[group] = append(commands[group], strings.Join(words[1:last], " "))
	}
	groups := make([]string, 0, len(commands))
	for g := range commands {
		groups = append(groups, g)
	}
	sort.Strings(groups)
	for _, g := range groups {
		sort.Strings(commands[g])
		last := len(commands[g]) - 1
		for i := range last {
			commands[g][i] += ","
		}
		r.items(name, append([]string{g}, commands[g]...))
		name = ""
	}
}

// campaignResult is what a campaign has found and what the command line knows about it.
type campaignResult struct {
	report.Campaign
	before    map[string]bool // keys that were known before
	sequences *sequences      // of "explore --depth"; nil for others
	coverage  *coverage       // of "explore --cover"; nil for others
}

// scope says in words what was to be covered, "" if commands were generated.
func (c *campaignResult) scope() string {
	switch {
	case c.sequences != nil:
		return c.sequences.text()
	case c.coverage != nil:
		return c.coverage.text(c.Traces)
	}
	return ""
}

// keys are those of the findings, and those that were known before.
func (c *campaignResult) keys() map[string]bool {
	keys := maps.Clone(c.before)
	for _, f := range c.Findings {
		keys[f.Key] = true
	}
	return keys
}

func shrunkSteps(f *fuzz.Finding) int { return len(f.Trace.Steps) }
func firstSteps(f *fuzz.Finding) int  { return f.FirstSteps }

// median is that of a measure of the findings, of which there is at least one.
func (c *campaignResult) median(measure func(*fuzz.Finding) int) string {
	var ns []int
	for _, f := range c.Findings {
		ns = append(ns, measure(f))
	}
	slices.Sort(ns)
	mid := len(ns) / 2
	if len(ns)%2 == 0 && (ns[mid-1]+ns[mid])%2 == 1 {
		return fmt.Sprintf("%d.5", (ns[mid-1]+ns[mid])/2)
	} else if len(ns)%2 == 0 {
		return fmt.Sprint((ns[mid-1] + ns[mid]) / 2)
	}
	return fmt.Sprint(ns[mid])
}

func speed(rep *fuzz.Report) string {
	return fmt.Sprintf("%.1f s (%.0f commands/s)", rep.Elapsed.Seconds(), perSecond(rep.Commands, rep.Elapsed))
}

func perSecond(n int, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}
