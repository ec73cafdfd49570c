// Package annotation writes what a campaign has found for a job of GitHub Actions: as
// workflow commands, which become annotations, and as the summary of the job.
package annotation

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

// Commands are workflow commands: an error for each new finding at MUST level, a warning
// for one at SHOULD level, and a notice for each known one that is fixed. GitHub shows ten
// of a kind for a step.
func Commands(c *report.Campaign) []byte {
	var b bytes.Buffer
	for _, f := range c.Those(false) {
		command := "error"
		if f.Violation.Rule.Level != model.MUST {
			command = "warning"
		}
		var properties []string
		if f.File != "" {
			properties = append(properties, "file="+property(f.File))
			if line := report.Line(f); line > 0 {
				properties = append(properties, fmt.Sprint("line=", line))
			}
		}
		properties = append(properties, "title="+property(f.Key))
		fmt.Fprintf(&b, "::%s %s::%s\n", command, strings.Join(properties, ","), data(message(c, f)))
	}
	for _, key := range c.Fixed {
		fmt.Fprintf(&b, "::notice title=%s::%s\n", property("fixed: "+key), data("It is known, and not seen any more."))
	}
	return b.Bytes()
}

func message(c *report.Campaign, f *fuzz.Finding) string {
	v := f.Violation
	lines := []string{
		fmt.Sprintf("%s (%s)", v.Rule.Text, v.Rule.Clause),
		"got: " + report.Clip(report.Printable(v.Got), mostGot), "want: " + report.Printable(v.Want),
	}
	if replay := c.Replay(f); replay != "" {
		lines = append(lines, "replay: "+replay)
	}
	return strings.Join(lines, "\n")
}

const mostGot = 400 // octets of the evidence

// data escapes the text of a command.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\n", "%0A").Replace(report.Legible(s))
}

// property escapes the value of a property of a command.
func property(s string) string {
	return strings.NewReplacer("%", "%25", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(report.Legible(s))
}
