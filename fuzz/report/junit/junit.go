// Package junit writes what a campaign has found in the XML of JUnit, which most
// services for continuous integration read.
package junit

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/properties/scenarios"
)

// order is the suite of the rules of commands that overlap, which are of no family.
const order = "order"

// Format is the report of c: a suite for each family of rules, and in it a case for each
// rule. It fails if there is a new finding, and is skipped if no command exercised the rule,
// if findings of its level were left out, or if what was found is known.
func Format(c *report.Campaign) ([]byte, error) {
	all := junit.Testsuites{Name: report.Legible("imapcheck " + c.Server()), Time: fmt.Sprintf("%.3f", c.Elapsed.Seconds())}
	suites := map[string]*junit.Testsuite{}
	var names []string
	for _, f := range scenarios.Families() {
		names = append(names, f.Name)
	}
	for _, name := range append(names, order) {
		suites[name] = &junit.Testsuite{Name: "imapcheck." + name, Time: "0.000"}
		for _, p := range properties(c) {
			suites[name].AddProperty(p[0], report.Legible(p[1]))
		}
	}
	for _, r := range c.Rules() {
		s := suites[scenarios.FamilyOf(r.ID)]
		if s == nil {
			s = suites[order]
		}
		s.AddTestcase(testcase(c, &r, s.Name))
	}
	for _, name := range append(names, order) {
		if s := suites[name]; s.Tests > 0 {
			s.ID = len(all.Suites)
			all.AddSuite(*s)
		}
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	err := all.WriteXML(&b)
	return b.Bytes(), err
}

func properties(c *report.Campaign) [][2]string {
	list := [][2]string{
		{"version", c.Version}, {"target", c.Server()}, {"seed", fmt.Sprint(c.Seed)},
		{"commands", fmt.Sprint(c.Commands)}, {"traces", fmt.Sprint(c.Traces)},
	}
	if c.Scope != "" {
		list = append(list, [2]string{"scope", c.Scope})
	}
	if c.Interrupted {
		list = append(list, [2]string{"interrupted", "true"})
	}
	return list
}

func testcase(c *report.Campaign, r *report.Checked, class string) junit.Testcase {
	tc := junit.Testcase{Name: r.ID, Classname: class}
	var notes []string
	for _, f := range r.Known {
		notes = append(notes, "known: "+f.Key)
	}
	for _, key := range r.Fixed {
		notes = append(notes, "fixed: "+key)
	}
	for _, f := range r.Doubtful {
		notes = append(notes, strings.TrimSpace("unconfirmed: "+f.Key+" "+f.File))
	}
	if len(notes) > 0 {
		tc.SystemOut = &junit.Output{Data: report.Legible(strings.Join(notes, "\n"))}
	}
	what := fmt.Sprintf("%s %s: %s", r.Level, r.Clause, r.Text)
	switch {
	case len(r.Fresh) > 0:
		tc.Failure = &junit.Result{Message: report.Legible(what), Type: r.Level.String(), Data: report.Legible(findings(c, r.Fresh))}
	case len(r.Known) > 0:
		tc.Skipped = &junit.Result{Message: report.Legible("what breaks it is known: " + what)}
	case r.Level > c.Level:
		tc.Skipped = &junit.Result{Message: report.Legible("below the level of this run: " + what)}
	case c.Overlap:
		tc.Skipped = &junit.Result{Message: report.Legible("not broken; whether it was exercised is not counted: " + what)}
	case !r.Exercised:
		tc.Skipped = &junit.Result{Message: report.Legible("no command exercised it: " + what)}
	}
	return tc
}

func findings(c *report.Campaign, list []*fuzz.Finding) string {
	var texts []string
	for _, f := range list {
		texts = append(texts, report.Style{}.Finding(f, c.Replay(f)))
	}
	return strings.Join(texts, "\n")
}
