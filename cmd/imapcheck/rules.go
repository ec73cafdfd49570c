package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/model"
)

// jsonRule is an entry of "rules --json".
type jsonRule struct {
	ID     string `json:"id"`
	Clause string `json:"clause"`
	Level  string `json:"level"`
	Text   string `json:"text"`
}

func (a *app) rulesCommand() *cobra.Command {
	var asJSON, asMarkdown bool
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List the rules that a server is held to",
		Long: `Rules lists every rule with its id, its clause of the RFC, its level and what it
demands, in the order of the ids.`,
		Example: `  imapcheck rules
  imapcheck rules --markdown > RULES.md`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			switch {
			case asJSON && asMarkdown:
				return usagef("--json and --markdown: give one of them")
			case asJSON:
				return a.rulesJSON()
			case asMarkdown:
				a.rulesMarkdown()
			default:
				a.rulesText()
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "an array in JSON")
	cmd.Flags().BoolVar(&asMarkdown, "markdown", false, "a table in Markdown")
	return cmd
}

func (a *app) rulesJSON() error {
	list := []jsonRule{}
	for _, r := range model.Rules() {
		list = append(list, jsonRule{r.ID, r.Clause, r.Level.String(), r.Text})
	}
	return writeJSON(a.out, list)
}

func (a *app) rulesMarkdown() {
	fmt.Fprint(a.out, "| Rule | Clause | Level | What a server has to do |\n|---|---|---|---|\n")
	cell := strings.NewReplacer("|", `\|`, `\`, `\\`, "*", `\*`, "<", `\<`)
	for _, r := range model.Rules() {
		fmt.Fprintf(a.out, "| `%s` | %s | %s | %s |\n", r.ID, r.Clause, r.Level, cell.Replace(r.Text))
	}
}

func (a *app) rulesText() {
	s := styleOf(a.out)
	rules := model.Rules()
	for _, r := range rules {
		fmt.Fprintf(a.out, "%s  %s, %s\n    %s\n", s.bold(r.ID), r.Clause, r.Level, s.wrap(r.Text, "    "))
	}
	fmt.Fprintf(a.out, "\n%s\n", plural(len(rules), "rule"))
}
