package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
)

// jsonRules is the schema of "rules --json". Its names are stable: a name may
// come to it, none goes.
type jsonRules struct {
	Rules        []jsonRule        `json:"rules"`
	Requirements []jsonRequirement `json:"requirements"`
	Summary      jsonSummary       `json:"summary"`
}

type jsonRule struct {
	ID           string   `json:"id"`
	Clause       string   `json:"clause"`
	Level        string   `json:"level"`
	Text         string   `json:"text"`
	Requirements []string `json:"requirements"` // ids; none for a rule of another RFC
}

type jsonRequirement struct {
	ID     string   `json:"id"`
	Clause string   `json:"clause"`
	Word   string   `json:"word"`  // as the RFC has it, or "plain"
	Level  string   `json:"level"` // MUST or SHOULD
	Binds  string   `json:"binds"` // server, client or both
	Text   string   `json:"text"`
	Status string   `json:"status"` // checked, partly checked, unchecked; client for what no server is held to
	Rules  []string `json:"rules"`
	Tests  []string `json:"tests"`
	Reason string   `json:"reason"` // why it is not checked, or not in whole; else ""
}

type jsonSummary struct {
	Must   jsonTally `json:"must"`
	Should jsonTally `json:"should"`
	Client int       `json:"client"` // rows that bind the client alone
}

type jsonTally struct {
	Requirements int     `json:"requirements"` // that bind a server
	Checked      int     `json:"checked"`      // those in part included
	Partly       int     `json:"partly"`
	Percent      float64 `json:"percent"`
}

func (a *app) rulesCommand() *cobra.Command {
	var asJSON, asMarkdown, asRequirements bool
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List the rules that a server is held to, and the requirements of RFC 3501",
		Long: `Rules lists every rule with its id, its clause of the RFC, its level, what it
demands, and which requirements of RFC 3501 it checks, in the order of the ids.

With --requirements it lists every requirement of RFC 3501 instead, clause by
clause: whom it binds, and which rules check it, or why none does.`,
		Example: `  imapcheck rules
  imapcheck rules --requirements
  imapcheck rules --markdown > RULES.md`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			clauses := properties.Requirements()
			switch {
			case asJSON && asMarkdown, asJSON && asRequirements, asMarkdown && asRequirements:
				return usagef("--json, --markdown and --requirements: give one of them")
			case asJSON:
				return a.rulesJSON(clauses)
			case asMarkdown:
				a.rulesMarkdown(clauses)
			case asRequirements:
				a.requirementsText(clauses)
			default:
				a.rulesText(clauses)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asRequirements, "requirements", false, "the requirements of RFC 3501 in the place of the rules")
	cmd.Flags().BoolVar(&asJSON, "json", false, "rules and requirements in JSON")
	cmd.Flags().BoolVar(&asMarkdown, "markdown", false, "rules and requirements as tables in Markdown")
	return cmd
}

func (a *app) rulesJSON(clauses []properties.Clause) error {
	of := properties.RequirementsOf(clauses)
	var j jsonRules
	for _, r := range allRules() {
		j.Rules = append(j.Rules, jsonRule{r.ID, r.Clause, r.Level.String(), r.Text, listed(of[r.ID])})
	}
	for _, c := range clauses {
		for _, r := range c.Requirements {
			j.Requirements = append(j.Requirements, jsonRequirement{
				ID: r.ID, Clause: c.Number, Word: r.Word, Level: r.Level.String(), Binds: r.Binds.String(), Text: r.Text,
				Status: r.Status().String(), Rules: listed(r.Rules), Tests: listed(r.Tests), Reason: r.Unchecked,
			})
		}
	}
	s := properties.Summarize(clauses)
	j.Summary = jsonSummary{tally(s.Must), tally(s.Should), s.Client}
	return writeJSON(a.out, j)
}

// allRules are those of single exchanges, and of commands that overlap.
func allRules() []*model.Rule { return append(model.Rules(), model.OrderRules()...) }

// listed is the list, and an empty one for none.
func listed(list []string) []string { return append([]string{}, list...) }

func tally(t properties.Tally) jsonTally {
	return jsonTally{t.Rows, t.Checked, t.Partly, math.Round(t.Percent()*10) / 10}
}

func (a *app) rulesMarkdown(clauses []properties.Clause) {
	cell := strings.NewReplacer("|", `\|`, `\`, `\\`, "*", `\*`, "<", `\<`)
	of := properties.RequirementsOf(clauses)
	fmt.Fprint(a.out, "| Rule | Clause | Level | What a server has to do | Requirements |\n|---|---|---|---|---|\n")
	for _, r := range allRules() {
		fmt.Fprintf(a.out, "| `%s` | %s | %s | %s | %s |\n", r.ID, r.Clause, r.Level, cell.Replace(r.Text), strings.Join(of[r.ID], ", "))
	}
	fmt.Fprint(a.out, "\n| Requirement | Word | Binds | What RFC 3501 demands | Status | By, or why not |\n|---|---|---|---|---|---|\n")
	for _, c := range clauses {
		for _, r := range c.Requirements {
			fmt.Fprintf(a.out, "| %s | %s | %s | %s | %s | %s |\n", r.ID, wordOf(r), r.Binds, cell.Replace(r.Text),
				r.Status(), cell.Replace(because(r)))
		}
	}
	fmt.Fprintf(a.out, "\n%s\n", strings.Join(summary(clauses), "\n"))
}

// wordOf is the word of a requirement, with its level where that is another.
func wordOf(r properties.Requirement) string {
	if strings.HasPrefix(r.Word, r.Level.String()) {
		return r.Word
	}
	return r.Word + ", " + r.Level.String()
}

// because is what checks a requirement, and why it is not checked, or not in
// whole.
func because(r properties.Requirement) string {
	var parts []string
	if checks := append(listed(r.Rules), r.Tests...); len(checks) > 0 {
		parts = append(parts, strings.Join(checks, ", "))
	}
	if r.Unchecked != "" {
		parts = append(parts, r.Unchecked)
	}
	return strings.Join(parts, "; ")
}

func (a *app) rulesText(clauses []properties.Clause) {
	s := styleOf(a.out)
	rules := allRules()
	of := properties.RequirementsOf(clauses)
	for _, r := range rules {
		fmt.Fprintf(a.out, "%s  %s, %s\n    %s\n", s.Bold(r.ID), r.Clause, r.Level, s.Wrap(r.Text, "    "))
		if len(of[r.ID]) > 0 {
			fmt.Fprintf(a.out, "    %s\n", s.Faint(s.Wrap("checks "+strings.Join(of[r.ID], " "), "    ")))
		}
	}
	fmt.Fprintf(a.out, "\n%s\n%s\n", report.Plural(len(rules), "rule"), strings.Join(summary(clauses), "\n"))
}

func (a *app) requirementsText(clauses []properties.Clause) {
	s := styleOf(a.out)
	for _, c := range clauses {
		fmt.Fprintf(a.out, "%s\n", s.Bold(c.Number+"  "+c.Title))
		for _, r := range c.Requirements {
			status := r.Status().String()
			if r.Status() == properties.Unchecked {
				status = s.Amber(status)
			}
			fmt.Fprintf(a.out, "  %s  %s, %s\n    %s\n", r.ID, wordOf(r), status, s.Wrap(r.Text, "    "))
			if why := because(r); why != "" {
				fmt.Fprintf(a.out, "    %s\n", s.Faint(s.Wrap(why, "    ")))
			}
		}
		fmt.Fprintln(a.out)
	}
	fmt.Fprintf(a.out, "%s\n", strings.Join(summary(clauses), "\n"))
}

// summary is the figures of the matrix, a line each.
func summary(clauses []properties.Clause) []string {
	s := properties.Summarize(clauses)
	return []string{
		"RFC 3501, MUST: " + s.Must.String(),
		"RFC 3501, SHOULD: " + s.Should.String(),
		"RFC 3501, of the client alone: " + report.Plural(s.Client, "requirement"),
	}
}
