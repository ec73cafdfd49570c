package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
)

// Campaign is what a campaign has found, and what is known about it: all that its reports
// say.
type Campaign struct {
	*fuzz.Report
	Version       string // of imapcheck
	Target        string
	ServerVersion string // "" if it is not known
	Seed          uint64
	Scope         string      // what was to be covered, in words; "" if commands are generated
	Level         model.Level // findings below it were left out
	// Absent are the known keys that did not show, in order.
	Absent []string
	// KnownFile has the known keys, each on its line, from 1.
	KnownFile  string
	KnownLines map[string]int
	// Interrupted says that it was ended before its budget was spent.
	Interrupted bool
	// Overlap says that connections sent at the same time: coverage is not counted.
	Overlap bool
	// Program and Again are what to type to run this program, and the flags that reach
	// the target once more.
	Program, Again string
}

// Server is the target, and the version of its server.
func (c *Campaign) Server() string { return strings.TrimSpace(c.Target + " " + c.ServerVersion) }

// Replay is the command line that shows a finding again, "" if it was not saved.
func (c *Campaign) Replay(f *fuzz.Finding) string {
	if f.File == "" {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%s replay %s %s", c.Program, ShellWord(f.File), c.Again))
}

// Those are the findings that are known, or those that are not, in their order: what is
// broken at MUST level first.
func (c *Campaign) Those(known bool) []*fuzz.Finding {
	var list []*fuzz.Finding
	for _, f := range c.Findings {
		if f.Known == known {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(a, b *fuzz.Finding) int { return cmp.Compare(a.Violation.Rule.Level, b.Violation.Rule.Level) })
	return list
}

// Counts says how many findings there are of each level, and how many are new.
func (c *Campaign) Counts() string {
	levels := map[model.Level]int{}
	for _, f := range c.Findings {
		levels[f.Violation.Rule.Level]++
	}
	fresh := c.New()
	return fmt.Sprintf("%d MUST, %d SHOULD: %d new, %d known", levels[model.MUST], levels[model.SHOULD], fresh, len(c.Findings)-fresh)
}

// Checked is a rule, and what became of it.
type Checked struct {
	*model.Rule
	// Exercised says that a command was answered on which it lies. In a campaign whose
	// connections overlap that is not counted, and only true of rules with findings.
	Exercised bool
	Fresh     []*fuzz.Finding // that are new
	Known     []*fuzz.Finding
	Fixed     []string        // keys
	Doubtful  []*fuzz.Finding // that were not confirmed
}

// Rules are the rules that the campaign could find broken, in the order of their ids.
func (c *Campaign) Rules() []Checked {
	rules := model.Rules()
	if c.Overlap {
		rules = append(rules, model.OrderRules()...)
		slices.SortFunc(rules, func(a, b *model.Rule) int { return cmp.Compare(a.ID, b.ID) })
	}
	exercised := c.Coverage.Exercised()
	list := make([]Checked, len(rules))
	at := make(map[string]*Checked, len(rules))
	for i, r := range rules {
		list[i] = Checked{Rule: r, Exercised: exercised[r.ID] && !c.Overlap}
		at[r.ID] = &list[i]
	}
	for _, f := range c.Findings {
		if r := at[f.Violation.Rule.ID]; r != nil && f.Known {
			r.Known, r.Exercised = append(r.Known, f), true
		} else if r != nil {
			r.Fresh, r.Exercised = append(r.Fresh, f), true
		}
	}
	for _, f := range c.Unconfirmed {
		if r := at[f.Violation.Rule.ID]; r != nil {
			r.Doubtful = append(r.Doubtful, f)
		}
	}
	for _, key := range c.Fixed {
		if r := at[RuleOf(key)]; r != nil {
			r.Fixed = append(r.Fixed, key)
		}
	}
	return list
}

// RuleOf is the id of the rule of a key.
func RuleOf(key string) string {
	id, _, _ := strings.Cut(key, "/")
	id, _, _ = strings.Cut(id, ":")
	return id
}

// Line is the number of the line in the trace file of a finding, from 1, where the answer
// is that broke the rule; 0 if there is none.
func Line(f *fuzz.Finding) int {
	file := &corpus.File{Finding: &corpus.Finding{}, Trace: f.Trace, Transcript: &f.Transcript}
	for _, v := range f.All {
		file.Marks = append(file.Marks, fuzz.Mark(v))
	}
	list := f.Transcript.Exchanges
	for i := range list {
		if x := &list[i]; blames(f.Violation, x) {
			return cmp.Or(corpus.Line(file, i, culprit(x, f.Violation)), corpus.Line(file, i, -1))
		}
	}
	return 0
}

// ClauseURL is where a clause like "RFC 3501 6.3.1" can be read, "" if it is of no RFC.
func ClauseURL(clause string) string {
	words := strings.Fields(clause)
	if len(words) < 2 || words[0] != "RFC" {
		return ""
	}
	url := "https://www.rfc-editor.org/rfc/rfc" + words[1]
	if len(words) > 2 {
		url += "#section-" + words[2]
	}
	return url
}
