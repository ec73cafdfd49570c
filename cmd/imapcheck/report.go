package main

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
)

// report writes the outcome of a campaign for a person to read.
type report struct {
	style
	w       io.Writer
	program string // what to type to run this program
	again   string // the flags that reach the target once more
}

// finding writes one finding, as a compiler writes an error.
func (r *report) finding(f *fuzz.Finding) {
	v := f.Violation
	rule := v.Rule
	fmt.Fprintf(r.w, "%s %s  (%s)\n", r.level(rule.Level), r.bold(f.Key), rule.Clause)
	fmt.Fprintf(r.w, "  %s\n\n", r.wrap(rule.Text, "  "))
	fmt.Fprintf(r.w, "%s\n", r.excerpt(f.Transcript, v))
	r.field("got", r.evidence(v.Got))
	r.field("want", r.wrap(printable(v.Want), fieldIndent))
	if f.Crash != "" {
		first, _, _ := strings.Cut(f.Crash, "\n")
		r.field("panic", r.wrap(printable(first), fieldIndent))
	}
	r.field("seen", r.wrap(r.seen(f), fieldIndent))
	if f.File != "" {
		r.field("file", f.File)
		r.field("replay", fmt.Sprintf("%s replay %s %s", r.program, shellWord(f.File), r.again))
	}
	fmt.Fprintln(r.w)
}

// seen says how sure a finding is, and how its trace became short.
func (r *report) seen(f *fuzz.Finding) string {
	text := fmt.Sprintf("confirmed %d/%d", f.Confirmed, f.Tries)
	if n := len(f.Trace.Steps); n < f.FirstSteps {
		text += fmt.Sprintf(", shrunk from %d commands to %d", f.FirstSteps, n)
	} else {
		text += ", " + plural(n, "command")
	}
	if f.FoundAt > 0 {
		text += fmt.Sprintf(", first seen at command %d", f.FoundAt)
	}
	return text
}

const fieldIndent = "           "

func (r *report) field(name, text string) {
	fmt.Fprintf(r.w, "  %s%s\n", r.bold(fmt.Sprintf("%-9s", name+":")), text)
}

// evidence is what a server said, on two lines at most.
func (r *report) evidence(got string) string {
	return clip(printable(got), 2*(r.width-len(fieldIndent)))
}

func (r *report) level(l model.Level) string {
	if l == model.MUST {
		return r.red(l.String())
	}
	return r.amber(l.String())
}

// campaign writes the findings, the new ones at length, and a summary.
func (r *report) campaign(c *campaignResult) {
	for _, level := range []model.Level{model.MUST, model.SHOULD} {
		for _, f := range c.report.Findings {
			if f.Violation.Rule.Level == level && !f.Known {
				r.finding(f)
			}
		}
	}
	if known := c.known(); len(known) > 0 {
		fmt.Fprintln(r.w, r.bold("Known before"))
		for _, f := range known {
			fmt.Fprintf(r.w, "  %-6s %s  (%s)\n", f.Violation.Rule.Level, f.Key, f.Violation.Rule.Clause)
		}
		fmt.Fprintln(r.w)
	}
	r.summary(c)
}

func (r *report) summary(c *campaignResult) {
	rep := c.report
	fmt.Fprintln(r.w, r.bold("Summary"))
	r.entry("target", strings.TrimSpace(c.target+" "+c.serverVersion))
	r.entry("greeting", clip(printable(rep.Greeting), r.width-len(entryIndent)))
	r.entry("seed", fmt.Sprint(c.seed))
	r.entry("commands", fmt.Sprintf("%d in %s, %s", rep.Commands, plural(rep.Traces, "trace"), speed(rep)))
	r.entry("rules", fmt.Sprintf("%d of %d on commands that were answered", rep.RulesExercised, len(model.Rules())))
	r.entry("transitions", fmt.Sprintf("%d of %d hit", rep.Coverage.Hit, rep.Coverage.Total))
	r.transitions("missed", rep.Coverage.Missed)
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
	r.list("not seen", c.absent)
	if c.interrupted {
		r.entry("ended by", "an interrupt, before the budget was spent")
	}
}

const entryIndent = "               "

func (r *report) entry(name, text string) {
	r.items(name, strings.Fields(text))
}

// items writes an entry that breaks between the words only.
func (r *report) items(name string, words []string) {
	fmt.Fprintf(r.w, "  %-13s%s\n", name, r.wrapWords(words, entryIndent))
}

// list writes keys, one a line.
func (r *report) list(name string, keys []string) {
	for _, key := range keys {
		r.entry(name, key)
		name = ""
	}
}

// transitions writes names of transitions, put together by state and outcome.
func (r *report) transitions(name string, list []string) {
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

// plural is a number of things, in words.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
