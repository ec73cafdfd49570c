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
	replay := ""
	if f.File != "" {
		replay = fmt.Sprintf("%s replay %s %s", r.program, report.ShellWord(f.File), r.again)
	}
	fmt.Fprintln(r.w, r.Finding(f, replay))
}

// campaign writes the findings, the new ones at length, and a summary.
func (r *printer) campaign(c *campaignResult) {
	for _, level := range []model.Level{model.MUST, model.SHOULD} {
		for _, f := range c.report.Findings {
			if f.Violation.Rule.Level == level && !f.Known {
				r.finding(f)
			}
		}
	}
	if known := c.known(); len(known) > 0 {
		fmt.Fprintln(r.w, r.Bold("Known before"))
		for _, f := range known {
			fmt.Fprintf(r.w, "  %-6s %s  (%s)\n", f.Violation.Rule.Level, f.Key, f.Violation.Rule.Clause)
		}
		fmt.Fprintln(r.w)
	}
	r.summary(c)
}

func (r *printer) summary(c *campaignResult) {
	rep := c.report
	fmt.Fprintln(r.w, r.Bold("Summary"))
	r.entry("target", strings.TrimSpace(c.target+" "+c.serverVersion))
	r.entry("greeting", report.Clip(report.Printable(rep.Greeting), r.Columns()-len(entryIndent)))
	switch {
	case c.sequences != nil:
		r.entry("sequences", c.sequences.text())
	case c.coverage != nil:
		r.entry("suite", c.coverage.text(rep.Traces))
	default:
		r.entry("seed", fmt.Sprint(c.seed))
	}
	r.entry("commands", fmt.Sprintf("%d in %s, %s", rep.Commands, report.Plural(rep.Traces, "trace"), speed(rep)))
	if !c.overlap {
		r.entry("rules", fmt.Sprintf("%d of %d on commands that were answered", rep.RulesExercised, len(model.Rules())))
		r.entry("transitions", fmt.Sprintf("%d of %d hit", rep.Coverage.Hit, rep.Coverage.Total))
	}
	if c.sequences == nil { // a small alphabet has no others
		r.transitions("missed", rep.Coverage.Missed)
	}
	r.transitions("beyond", rep.Coverage.Beyond)
	r.entry("findings", c.counts())
	if len(rep.Findings) > 0 {
		r.entry("shrunk", fmt.Sprintf("to a median of %s commands, from %s", c.median(shrunkSteps), c.median(firstSteps)))
	}
	var unconfirmed []string
	for _, f := range rep.Unconfirmed {
		unconfirmed = append(unconfirmed, strings.TrimSpace(f.Key+"  "+f.File))
	}
	r.list("unconfirmed", unconfirmed)
	r.list("fixed", rep.Fixed)
	if c.sequences == nil && !c.overlap { // the list may be that of sequential runs
		r.list("not seen", c.absent)
	}
	if c.interrupted {
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

// campaignResult is a report and what the command line knows about it.
type campaignResult struct {
	report        *fuzz.Report
	target        string
	serverVersion string // of its server, "" if it is not known
	seed          uint64
	before        map[string]bool // keys that were known before
	absent        []string        // those of them that did not show
	interrupted   bool
	overlap       bool       // of connections that send at the same time: coverage is not counted
	sequences     *sequences // of "explore --depth"; nil for others
	coverage      *coverage  // of "explore --cover"; nil for others
}

func (c *campaignResult) known() []*fuzz.Finding {
	var list []*fuzz.Finding
	for _, f := range c.report.Findings {
		if f.Known {
			list = append(list, f)
		}
	}
	return list
}

// keys are those of the findings, and those that were known before.
func (c *campaignResult) keys() map[string]bool {
	keys := maps.Clone(c.before)
	for _, f := range c.report.Findings {
		keys[f.Key] = true
	}
	return keys
}

func (c *campaignResult) counts() string {
	levels := map[model.Level]int{}
	for _, f := range c.report.Findings {
		levels[f.Violation.Rule.Level]++
	}
	fresh := c.report.New()
	return fmt.Sprintf("%d MUST, %d SHOULD: %d new, %d known", levels[model.MUST], levels[model.SHOULD],
		fresh, len(c.report.Findings)-fresh)
}

func shrunkSteps(f *fuzz.Finding) int { return len(f.Trace.Steps) }
func firstSteps(f *fuzz.Finding) int  { return f.FirstSteps }

// median is that of a measure of the findings, of which there is at least one.
func (c *campaignResult) median(measure func(*fuzz.Finding) int) string {
	var ns []int
	for _, f := range c.report.Findings {
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
