package page_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/fuzz/report/page"
	"github.com/imapcheck/imapcheck/fuzz/report/sample"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

func format(t *testing.T, c *report.Campaign) string {
	t.Helper()
	b, err := page.Format(c)
	require.NoError(t, err)
	again, err := page.Format(c)
	require.NoError(t, err)
	assert.Equal(t, string(b), string(again), "the same result gives the same octets")
	return string(b)
}

var (
	style   = regexp.MustCompile(`(?s)<style>.*</style>`)
	rules   = regexp.MustCompile(`(?s)(<section id="rules"[^>]*>).*?(</section>)`)
	ofRules = regexp.MustCompile(`\d+<small> of \d+</small></b><span>rules`)
)

// The page of a fixed campaign, without its style and the list of rules, is that in
// testdata, which is rewritten if IMAPCHECK_UPDATE is set.
func TestGolden(t *testing.T) {
	for name, c := range map[string]*report.Campaign{"campaign": sample.Campaign(), "clean": sample.Clean()} {
		got := style.ReplaceAllString(rules.ReplaceAllString(format(t, c), "$1$2"), "")
		got = ofRules.ReplaceAllString(got, "RULES<small> of ALL</small></b><span>rules")
		name = "testdata/" + name + ".html"
		if os.Getenv("IMAPCHECK_UPDATE") != "" {
			require.NoError(t, os.MkdirAll("testdata", 0o777))
			require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
		}
		want, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, string(want), got, "set IMAPCHECK_UPDATE=1 to accept this page")
	}
}

func ids(text string) map[string]int {
	n := map[string]int{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		n[m[1]]++
	}
	return n
}

// Every link within the page leads somewhere, and every other to an RFC.
func TestLinks(t *testing.T) {
	overlap := sample.Campaign()
	overlap.Overlap = true
	for name, c := range map[string]*report.Campaign{"campaign": sample.Campaign(), "clean": sample.Clean(), "hostile": sample.Hostile(), "overlap": overlap} {
		text := format(t, c)
		there := ids(text)
		for id, n := range there {
			assert.Equal(t, 1, n, "%s: %s", name, id)
			assert.Regexp(t, `^[A-Za-z0-9-]+$`, id)
		}
		for _, m := range regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
			if id, ok := strings.CutPrefix(m[1], "#"); ok {
				assert.Contains(t, there, id, name)
			} else if m[1] != "data:," {
				assert.Regexp(t, `^https://www\.rfc-editor\.org/rfc/rfc\d+(#section-[\d.]+)?$`, m[1])
			}
		}
		assert.NotContains(t, text, "url(http")
		assert.NotContains(t, text, "@import")
	}
}

// What a server sends is text: it makes no element, no attribute and no script.
func TestHostile(t *testing.T) {
	text := format(t, sample.Hostile())
	clean := format(t, sample.Clean())
	for _, octet := range []string{"<script", "</script", "<img", "\x00", "\x1b", "\xff", "ZgotmplZ"} {
		assert.False(t, strings.Contains(text, octet), octet)
	}
	assert.Equal(t, strings.Count(clean, "<title"), strings.Count(text, "<title"))
	assert.True(t, strings.Contains(text, `]]&gt;&lt;/pre&gt;&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;{{.}}\x1B[31m\xFF\xC3(`), `]]&gt;&lt;/pre&gt;&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;{{.}}\x1B[31m\xFF\xC3(`)
	assert.True(t, strings.Contains(text, `<b class="octet" title="this octet breaks the grammar">\x00</b>`), `<b class="octet" title="this octet breaks the grammar">\x00</b>`)
	assert.True(t, strings.Contains(text, "panic: &lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;\\x00"), "panic: &lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;\\x00")
}

func TestRules(t *testing.T) {
	text := rules.FindString(format(t, sample.Campaign()))
	for _, r := range model.Rules() {
		assert.Equal(t, 1, strings.Count(text, `<span class="key">`+r.ID+`</span>`), r.ID)
	}
	row := func(id string) string {
		_, row, _ := strings.Cut(text, `<span class="key">`+id+`</span>`)
		row, _, _ = strings.Cut(row, "</tr>")
		return row
	}
	for id, want := range map[string]string{
		"grammar": ">new capability</a>", "flags-list-system": ">known SELECT</a>", "state-gating": `href="#fixed">fixed</a>`,
		"bye-before-close": `href="#unconfirmed">unconfirmed</a>`, "search-matches": "not exercised", "completes": "kept",
	} {
		assert.Contains(t, row(id), want, id)
	}
	assert.Contains(t, row("rename-inferiors"), `href="https://www.rfc-editor.org/rfc/rfc3501#section-6.3.5"`)
	must := sample.Campaign()
	must.Level = model.MUST
	text = rules.FindString(format(t, must))
	assert.Contains(t, row("list-percent-levels"), "below --level")
	overlap := sample.Campaign()
	overlap.Overlap = true
	text = rules.FindString(format(t, overlap))
	for _, r := range model.OrderRules() {
		assert.Contains(t, row(r.ID), "not counted")
	}
}

func TestFindings(t *testing.T) {
	text := format(t, sample.Campaign())
	assert.True(t, strings.Contains(text, `<span class="conn">connection 1</span>`), `<span class="conn">connection 1</span>`)
	assert.Equal(t, 4, strings.Count(text, `<div class="line blamed">`), "one for each finding")
	assert.True(t, strings.Contains(text, `this breaks the rule:</span></span>* LIST () &#34;/&#34; &#34;a/b&#34;</div>`), `this breaks the rule:</span></span>* LIST () &#34;/&#34; &#34;a/b&#34;</div>`)
	assert.True(t, strings.Contains(text, `<b class="octet" title="this octet breaks the grammar">⏎</b>`), "the end of a line is wrong")
	assert.True(t, strings.Contains(text, "imapcheck replay &#39;findings/two connections.trace&#39; --target mem</pre>"), "imapcheck replay &#39;findings/two connections.trace&#39; --target mem</pre>")
	assert.True(t, strings.Contains(text, "<li>state-gating/CHECK/Authenticated</li>"), "<li>state-gating/CHECK/Authenticated</li>")
	assert.True(t, strings.Contains(text, "<li>valid-not-bad/UID COPY/Selected</li>"), "<li>valid-not-bad/UID COPY/Selected</li>")
	assert.True(t, strings.Contains(text, `<td class="n wrong" data-name="accepted">2</td>`), `<td class="n wrong" data-name="accepted">2</td>`)
	assert.Contains(t, format(t, sample.Clean()), "The run was interrupted")
}

// The arrows are those of the figure that is drawn from the model.
func TestArrows(t *testing.T) {
	var b strings.Builder
	require.NoError(t, explore.Mermaid(&b, model.New()))
	figure := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\s*(\S+) --> (\S+): \((\d)\)`).FindAllStringSubmatch(b.String(), -1) {
		figure["("+m[3]+") "+strings.Replace(m[1], "[*]", "connection", 1)+" → "+m[2]] = true
	}
	require.Len(t, figure, 9)
	drawn := map[string]bool{}
	text := format(t, sample.Campaign())
	for _, m := range regexp.MustCompile(`<span class="number">(\(\d\))</span> [^<]*<small>([^<]*)</small>`).FindAllStringSubmatch(text, -1) {
		if m[2] != "Selected → Selected" { // by way of Authenticated
			drawn[m[1]+" "+m[2]] = true
		}
	}
	assert.Equal(t, figure, drawn)
	for _, want := range []string{"LOGIN 280</td>", "SELECT 1,234, EXAMINE 99</td>", "CLOSE 600, failed SELECT 4</td>"} {
		assert.True(t, strings.Contains(text, want), want)
	}
	assert.Equal(t, 9, strings.Count(text, `class="label`), "each has its number")
}
