package main

import (
	"cmp"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/report"
	pages "github.com/imapcheck/imapcheck/fuzz/report/page"
	"github.com/imapcheck/imapcheck/fuzz/report/sample"
)

// The page of a campaign is looked at with a browser: it needs nothing but its file, has no
// script error, its links lead somewhere, and it fits a phone. Its pictures are kept in
// $IMAPCHECK_SCREENSHOTS.
func TestPageInChromium(t *testing.T) {
	b := chromium(t)
	pictures := cmp.Or(os.Getenv("IMAPCHECK_SCREENSHOTS"), t.TempDir())
	pictures, err := filepath.Abs(pictures)
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	status, _, stderr := invoke("fuzz", "--commands", "20000", "--write-known", "all.txt", "--html", "report.html")
	require.Equal(t, exitFound, status, stderr)
	file, err := filepath.Abs("report.html")
	require.NoError(t, err)
	page := fileURL(file)

	for _, c := range []struct {
		name          string
		width, height int
		dark          bool
	}{{"desktop", 1280, 900, false}, {"desktop-dark", 1280, 900, true}, {"phone", 390, 844, false}, {"phone-dark", 390, 844, true}} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			b.open(page, c.width, c.height, c.dark)
			assert.Equal(t, "imapcheck: mem v2.0.0-beta.8", eval[string](b, "document.title"))
			sound(b, c.width)
			assert.Greater(t, eval[int](b, `document.querySelectorAll("article .blamed").length`), 10)
			// A link leads to its finding.
			id := eval[string](b, `document.querySelector(".index a").getAttribute("href").slice(1)`)
			eval[bool](b, `document.querySelector(".index a").click(), true`)
			assert.Equal(t, "#"+id, eval[string](b, "location.hash"))
			assert.Less(t, eval[float64](b, `Math.abs(document.querySelector(":target").getBoundingClientRect().top)`), 100.0)
			b.screenshot(pictures, c.name+"-finding", false)
			eval[bool](b, `document.getElementById("states").scrollIntoView(), true`)
			b.screenshot(pictures, c.name+"-states", false)
			eval[bool](b, `document.getElementById("state-Selected").scrollIntoView(), true`)
			b.screenshot(pictures, c.name+"-commands", false)
			eval[bool](b, `document.getElementById("rules").scrollIntoView(), true`)
			b.screenshot(pictures, c.name+"-rules", false)
			eval[bool](b, `scrollTo(0, 0), true`)
			b.screenshot(pictures, c.name, false)

			quiet(b, page)
		})
	}
	for name, c := range map[string]*report.Campaign{"sample": sample.Campaign(), "hostile": sample.Hostile(), "clean": sample.Clean()} {
		t.Run(name, func(t *testing.T) {
			text, err := pages.Format(c)
			require.NoError(t, err)
			file := filepath.Join(t.TempDir(), "report.html")
			require.NoError(t, os.WriteFile(file, text, 0o600))
			b.t = t
			for _, width := range []int{1280, 390} {
				b.open(fileURL(file), width, 900, false)
				sound(b, width)
				eval[bool](b, `document.querySelectorAll("details").forEach(d => d.open = true), true`)
				sound(b, width)
				quiet(b, fileURL(file))
			}
			b.screenshot(pictures, name, true)
		})
	}
}

func fileURL(name string) string { return (&url.URL{Scheme: "file", Path: name}).String() }

// sound asserts that the page fits the width, has no script, and that its links lead
// somewhere.
func sound(b *browser, width int) {
	b.t.Helper()
	assert.Equal(b.t, width, eval[int](b, "innerWidth"), "it is not made smaller to fit")
	assert.LessOrEqual(b.t, eval[int](b, "document.scrollingElement.scrollWidth"), width, "it does not scroll sideways")
	assert.Zero(b.t, eval[int](b, "document.scripts.length"))
	assert.Zero(b.t, eval[int](b, `document.querySelectorAll("img, iframe, object, embed, form, [onerror], [onclick], [style]").length`))
	assert.Empty(b.t, eval[[]string](b, `[...document.querySelectorAll("a[href^='#']")].map(a => a.getAttribute("href").slice(1)).filter(id => !document.getElementById(id))`), "links that lead nowhere")
	assert.Empty(b.t, eval[[]string](b, `[...document.querySelectorAll("[id]")].map(e => e.id).filter((id, i, all) => all.indexOf(id) != i)`), "ids that are there twice")
	assert.Empty(b.t, eval[[]string](b, `[...document.querySelectorAll("a:not([href^='#'])")].map(a => a.href.baseVal ?? a.href).filter(u => !/^https:\/\/www\.rfc-editor\.org\/rfc\/rfc\d+(#section-[\d.]+)?$/.test(u))`), "links elsewhere")
}

// quiet asserts that nothing but the page was asked for, and that there was no complaint.
func quiet(b *browser, page string) {
	b.t.Helper()
	requests, complaints := b.heard()
	for _, u := range requests {
		assert.Contains(b.t, []string{page, "data:,"}, u, "nothing else is asked for")
	}
	assert.NotEmpty(b.t, requests)
	assert.Empty(b.t, complaints)
}
