// Package sarif writes what a campaign has found in SARIF 2.1.0, the Static Analysis
// Results Interchange Format.
package sarif

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

// schema is where the format is described.
const schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// Format is the report of c. Its results are the findings: those that are known are
// suppressed. What is fixed and what was not confirmed are no results, but notifications
// of the run.
func Format(c *report.Campaign) ([]byte, error) {
	out := sarif.NewReport()
	out.Schema = schema
	run := sarif.NewRun()
	out.AddRun(run)
	driver := sarif.NewToolComponent()
	driver.Name, driver.Version = new("imapcheck"), text(c.Version)
	driver.InformationURI = new("https://github.com/imapcheck/imapcheck")
	run.Tool = sarif.NewTool()
	run.Tool.Driver = driver

	index := map[string]int{}
	for i, r := range c.Rules() {
		index[r.ID] = i
		driver.Rules = append(driver.Rules, rule(r.Rule))
	}
	for _, f := range c.Findings {
		run.AddResult(result(c, f, index[f.Violation.Rule.ID]))
	}

	ran := sarif.NewInvocation()
	ran.ExecutionSuccessful = new(!c.Interrupted)
	run.Invocations = append(run.Invocations, ran)
	for _, key := range c.Fixed {
		ran.ToolExecutionNotifications = append(ran.ToolExecutionNotifications, notification("fixed", "fixed: "+key))
	}
	for _, f := range c.Unconfirmed {
		ran.ToolExecutionNotifications = append(ran.ToolExecutionNotifications,
			notification("unconfirmed", strings.TrimSpace("unconfirmed: "+f.Key+" "+f.File)))
	}
	for _, n := range [][2]string{
		{"fixed", "A known finding that is not seen any more."},
		{"unconfirmed", "A violation that the same commands did not show again. Nothing is claimed of it."},
	} {
		d := sarif.NewReportingDescriptor()
		d.ID, d.ShortDescription = new(n[0]), message(n[1])
		driver.Notifications = append(driver.Notifications, d)
	}
	run.Properties = sarif.NewPropertyBag()
	run.Properties.Add("target", report.Legible(c.Server())).Add("seed", c.Seed).Add("commands", c.Commands).Add("traces", c.Traces)
	if c.Scope != "" {
		run.Properties.Add("scope", c.Scope)
	}
	var b bytes.Buffer
	if err := out.PrettyWrite(&b); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

func level(l model.Level) string {
	if l == model.MUST {
		return sarif.LevelError
	}
	return sarif.LevelWarning
}

func rule(r *model.Rule) *sarif.ReportingDescriptor {
	d := sarif.NewReportingDescriptor()
	d.ID, d.HelpURI = new(r.ID), new(report.ClauseURL(r.Clause))
	d.ShortDescription = message(r.Text)
	d.FullDescription = message(fmt.Sprintf("%s (%s, %s)", r.Text, r.Clause, r.Level))
	commands := "any command"
	if len(r.On) > 0 {
		commands = strings.Join(r.On, ", ")
	}
	d.Help = message(fmt.Sprintf("%s\n\n%s at level %s, on %s.", r.Text, r.Clause, r.Level, commands))
	d.Help.Markdown = new(fmt.Sprintf("%s\n\n[%s](%s) at level %s, on %s.", r.Text, r.Clause, report.ClauseURL(r.Clause), r.Level, commands))
	d.DefaultConfiguration = sarif.NewReportingConfiguration()
	d.DefaultConfiguration.Level = level(r.Level)
	d.Properties = sarif.NewPropertyBag()
	d.Properties.Add("clause", r.Clause).AddTag(r.Level.String()).AddTag(r.Clause)
	return d
}

func result(c *report.Campaign, f *fuzz.Finding, index int) *sarif.Result {
	v := f.Violation
	r := sarif.NewResult()
	r.RuleID, r.RuleIndex, r.Level = new(v.Rule.ID), index, level(v.Rule.Level)
	says := fmt.Sprintf("%s\nkey: %s\ngot: %s\nwant: %s", v.Rule.Text, f.Key, report.Clip(report.Printable(v.Got), mostGot), report.Printable(v.Want))
	if replay := c.Replay(f); replay != "" {
		says += "\nreplay: " + replay
	}
	r.Message = sarif.NewMessage()
	r.Message.Text = text(says)
	hash := sha256.Sum256([]byte(f.Key))
	r.PartialFingerprints = map[string]string{
		"imapcheckKey/v1":         report.Legible(f.Key),
		"primaryLocationLineHash": fmt.Sprintf("%x:1", hash[:8]), // GitHub tells alerts apart by it alone
	}
	r.Locations = append(r.Locations, location(c, f))
	r.BaselineState = new("new")
	if f.Known {
		r.BaselineState = new("unchanged")
		s := sarif.NewSuppression()
		s.Kind, s.Status, s.Justification = new("external"), new("accepted"), new("It is among the known findings.")
		r.Suppressions = append(r.Suppressions, s)
	}
	r.Properties = sarif.NewPropertyBag()
	r.Properties.Add("key", report.Legible(f.Key)).Add("confirmed", fmt.Sprintf("%d/%d", f.Confirmed, f.Tries)).Add("steps", len(f.Trace.Steps))
	return r
}

const mostGot = 1000 // octets of the evidence

// location is the line of the trace file where the offending answer is, or of the file of
// known findings where the key is.
func location(c *report.Campaign, f *fuzz.Finding) *sarif.Location {
	l := sarif.NewLocation()
	where := sarif.NewLogicalLocation()
	where.Name, where.FullyQualifiedName = text(f.Violation.Command), text(f.Key)
	l.LogicalLocations = append(l.LogicalLocations, where)
	file, line := f.File, 0
	if file != "" {
		line = report.Line(f)
	} else if f.Known && c.KnownFile != "" {
		file, line = c.KnownFile, c.KnownLines[f.Key]
	}
	if file == "" {
		return l
	}
	l.PhysicalLocation = sarif.NewPhysicalLocation()
	l.PhysicalLocation.ArtifactLocation = sarif.NewArtifactLocation().WithURI(uri(file))
	if line > 0 {
		l.PhysicalLocation.Region = sarif.NewRegion()
		l.PhysicalLocation.Region.StartLine = new(line)
	}
	return l
}

// uri is the reference to a file: relative, or with a scheme if its name is absolute.
func uri(file string) string {
	u := url.URL{Path: filepath.ToSlash(file)}
	if filepath.IsAbs(file) {
		u.Scheme = "file"
		u.Path = "/" + strings.TrimPrefix(u.Path, "/")
	}
	return u.String()
}

func notification(id, says string) *sarif.Notification {
	n := sarif.NewNotification()
	n.Level = sarif.LevelNote
	n.Descriptor = sarif.NewReportingDescriptorReference()
	n.Descriptor.ID = new(id)
	n.Message = sarif.NewMessage()
	n.Message.Text = text(says)
	return n
}

func message(s string) *sarif.MultiformatMessageString {
	m := sarif.NewMultiformatMessageString()
	m.Text = text(s)
	return m
}

func text(s string) *string { return new(report.Legible(s)) }
