package main

import (
	"cmp"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
	page := (&url.URL{Scheme: "file", Path: file}).String()

	for _, c := range []struct {
		name          string
		width, height int
		dark          bool
	}{{"desktop", 1280, 900, false}, {"desktop-dark", 1280, 900, true}, {"phone", 390, 844, false}, {"phone-dark", 390, 844, true}} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			b.open(page, c.width, c.height, c.dark)
			assert.Equal(t, "imapcheck: mem v2.0.0-beta.8", eval[string](b, "document.title"))
			assert.LessOrEqual(t, eval[int](b, "document.scrollingElement.scrollWidth"), eval[int](b, "innerWidth"), "the page does not scroll sideways")
			assert.Equal(t, c.width, eval[int](b, "innerWidth"))

			assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll("a[href^='#']")].map(a => a.getAttribute("href").slice(1)).filter(id => !document.getElementById(id))`), "links that lead nowhere")
			assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll("[id]")].map(e => e.id).filter((id, i, all) => all.indexOf(id) != i)`), "ids that are there twice")
			assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll("a[href]:not([href^='#'])")].map(a => a.href).filter(u => !/^https:\/\/www\.rfc-editor\.org\/rfc\/rfc\d+(#section-[\d.]+)?$/.test(u))`), "links elsewhere")
			assert.Greater(t, eval[int](b, `document.querySelectorAll("article .blamed").length`), 10)
			assert.Equal(t, 0, eval[int](b, "document.scripts.length"))

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

			requests, complaints := b.heard()
			for _, u := range requests {
				assert.Contains(t, []string{page, "data:,"}, u, "nothing else is asked for")
			}
			assert.NotEmpty(t, requests)
			assert.Empty(t, complaints)
		})
	}
}
