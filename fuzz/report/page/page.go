// Package page writes what a campaign has found as one page in HTML, which needs no other
// file, no network and no script.
package page

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/scenarios"
)

var (
	//go:embed page.tmpl
	text string
	//go:embed page.css
	css string
)

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"count": count, "plural": plural, "url": report.ClauseURL, "legible": report.Legible,
	"css": func() template.CSS { return template.CSS(css) },
}).Parse(text))

// Format is the page of c.
func Format(c *report.Campaign) ([]byte, error) {
	var b bytes.Buffer
	if err := page.Execute(&b, newView(c)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// view is what the template shows.
type view struct {
	*report.Campaign
	Greeting     string // in printable ASCII
	Fresh, Known []*finding
	States       []*state
	Arrows       []arrow
	Diagram      diagram
	Families     []family
	Rules        int // how many there are
}

// finding is one, with what is shown of it.
type finding struct {
	*fuzz.Finding
	ID                string // of its element
	Got, Want, Replay string
	Panic             string // the first line of what is known of a crash
	Messages          []message
}

// Seen says how sure it is.
func (f *finding) Seen() string { return report.Seen(f.Finding) }

// Label tells it apart from others of its rule, mostly.
func (f *finding) Label() string { return cmp.Or(f.Violation.Part, f.Violation.Command) }

// family is a family of rules.
type family struct {
	Name, Text string
	Rules      []ruled
}

// ruled is a rule with links to its findings.
type ruled struct {
	report.Checked
	Left         bool // out of the run, by its level
	Fresh, Known []*finding
}

// order is the family of the rules of commands that overlap, which are of no other.
var order = family{Name: "order", Text: "what one order of the commands explains that were in progress at the same time"}

func newView(c *report.Campaign) *view {
	v := &view{Campaign: c, Greeting: report.Printable(c.Report.Greeting), Rules: len(model.Rules())}
	shown := map[*fuzz.Finding]*finding{}
	taken := map[string]bool{}
	show := func(list []*fuzz.Finding) (out []*finding) {
		for _, f := range list {
			shown[f] = newFinding(c, f, anchor(f.Key, taken))
			out = append(out, shown[f])
		}
		return out
	}
	v.Fresh, v.Known = show(c.Those(false)), show(c.Those(true))
	links := func(list []*fuzz.Finding) (out []*finding) {
		for _, f := range list {
			out = append(out, shown[f])
		}
		return out
	}
	v.Families = families(c, links)
	v.States = states(c.Coverage.Times, append(v.Fresh[:len(v.Fresh):len(v.Fresh)], v.Known...))
	v.Arrows = arrows(v.States)
	v.Diagram = draw(v.States, v.Arrows)
	return v
}

func newFinding(c *report.Campaign, f *fuzz.Finding, id string) *finding {
	const mostEvidence = 2000 // octets; the trace file has all
	first, _, _ := strings.Cut(f.Crash, "\n")
	return &finding{
		Finding: f, ID: id, Replay: report.Legible(c.Replay(f)), Panic: report.Printable(first),
		Got: report.Clip(report.Printable(f.Violation.Got), mostEvidence), Want: report.Clip(report.Printable(f.Violation.Want), mostEvidence),
		Messages: messages(f),
	}
}

// anchor is an id for a key that no other has.
func anchor(key string, taken map[string]bool) string {
	id := "finding-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, key)
	for n, base := 2, id; taken[id]; n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	taken[id] = true
	return id
}

func families(c *report.Campaign, links func([]*fuzz.Finding) []*finding) []family {
	var list []family
	at := map[string]int{}
	for i, f := range scenarios.Families() {
		list = append(list, family{Name: f.Name, Text: f.Text})
		at[f.Name] = i
	}
	list = append(list, order)
	for _, r := range c.Rules() {
		i, ok := at[scenarios.FamilyOf(r.ID)]
		if !ok {
			i = len(list) - 1
		}
		list[i].Rules = append(list[i].Rules, ruled{Checked: r, Left: r.Level > c.Level, Fresh: links(r.Fresh), Known: links(r.Known)})
	}
	if len(list[len(list)-1].Rules) == 0 {
		list = list[:len(list)-1]
	}
	return list
}

// count is a number with its thousands apart.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural is a number of things in words, with its thousands apart.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return count(n) + " " + thing + "s"
}
