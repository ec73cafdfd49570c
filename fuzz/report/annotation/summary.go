package annotation

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

// Of each list of the summary, which may have a megabyte.
const mostListed = 100

// Summary is a short one in Markdown.
func Summary(c *report.Campaign) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "### imapcheck: %s\n\n", markdown(c.Server()))
	fmt.Fprintf(&b, "**%d new**, %d known, %d fixed, %d unconfirmed. ", c.New(), len(c.Findings)-c.New(), len(c.Fixed), len(c.Unconfirmed))
	fmt.Fprintf(&b, "%s in %s, ", report.Plural(c.Commands, "command"), report.Plural(c.Traces, "trace"))
	if c.Scope != "" {
		fmt.Fprintf(&b, "%s", markdown(c.Scope))
	} else {
		fmt.Fprintf(&b, "seed %d", c.Seed)
	}
	if !c.Overlap {
		fmt.Fprintf(&b, "; %d of %d rules, %d of %d transitions", c.RulesExercised, len(model.Rules()), c.Coverage.Hit, c.Coverage.Total)
	}
	b.WriteString(".\n")
	if c.Interrupted {
		b.WriteString("\nThe run was interrupted before its budget was spent.\n")
	}
	if fresh := c.Those(false); len(fresh) > 0 {
		b.WriteString("\n| | New | Clause | Trace |\n|---|---|---|---|\n")
		for i, f := range fresh {
			if i == mostListed {
				fmt.Fprintf(&b, "| | and %d more | | |\n", len(fresh)-i)
				break
			}
			v := f.Violation
			fmt.Fprintf(&b, "| %s | %s | [%s](%s) | %s |\n", v.Rule.Level, markdown(f.Key), v.Rule.Clause, report.ClauseURL(v.Rule.Clause), markdown(f.File))
		}
	}
	if len(c.Fixed) > 0 {
		b.WriteString("\nFixed:\n\n")
		for i, key := range c.Fixed {
			if i == mostListed {
				fmt.Fprintf(&b, "- and %d more\n", len(c.Fixed)-i)
				break
			}
			fmt.Fprintf(&b, "- %s\n", markdown(key))
		}
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// markdown is s as plain text in a line or a cell of Markdown.
func markdown(s string) string {
	var b strings.Builder
	for _, r := range report.Legible(s) {
		switch {
		case r == '\n':
			b.WriteByte(' ')
		case r == '&' || r == '<' || r == '>' || r == '@' || r == ':' || r == '#':
			fmt.Fprintf(&b, "&#%d;", r) // no tags, mentions, links and references
		case strings.ContainsRune("\\`*_{}[]()+-.!|~$", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
