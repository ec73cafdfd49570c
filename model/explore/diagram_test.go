package explore_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

// The figure as RFC 3501 section 3 has it.
func TestFigureIsThatOfTheRFC(t *testing.T) {
	over := []string{"LOGOUT", "server shutdown"}
	assert.Equal(t, []explore.Line{
		{Arrow: model.GreetingOK, From: model.Unopened, To: model.NotAuthenticated, By: []string{"OK greeting"}},
		{Arrow: model.GreetingPreauth, From: model.Unopened, To: model.Authenticated, By: []string{"PREAUTH greeting"}},
		{Arrow: model.GreetingBye, From: model.Unopened, To: model.Logout, By: []string{"BYE greeting"}},
		{Arrow: model.Login, From: model.NotAuthenticated, To: model.Authenticated, By: []string{"AUTHENTICATE", "LOGIN"}},
		{Arrow: model.Select, From: model.Authenticated, To: model.Selected, By: []string{"SELECT", "EXAMINE"}},
		{Arrow: model.Deselect, From: model.Selected, To: model.Authenticated, By: []string{"failed SELECT", "failed EXAMINE", "CLOSE"}},
		{Arrow: model.EnterLogout, From: model.NotAuthenticated, To: model.Logout, By: over},
		{Arrow: model.EnterLogout, From: model.Authenticated, To: model.Logout, By: over},
		{Arrow: model.EnterLogout, From: model.Selected, To: model.Logout, By: over},
	}, explore.Lines(model.New()))
}

func TestFigureHasWhatAnExtensionAdds(t *testing.T) {
	m := model.Machine{Profile: model.Profile{Delim: "/", Caps: model.Understood([]string{"UNSELECT"})}}
	assert.Equal(t, []string{"failed SELECT", "failed EXAMINE", "CLOSE", "UNSELECT"}, explore.Lines(m)[5].By)
}

func TestReadmeHasTheFigure(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(readme), "```mermaid\n")
	require.True(t, ok, "the README has no figure")
	shown, _, _ := strings.Cut(rest, "```")
	var b strings.Builder
	require.NoError(t, explore.Mermaid(&b, model.New()))
	assert.Equal(t, b.String(), shown)
}

func TestDot(t *testing.T) {
	var b strings.Builder
	require.NoError(t, explore.Dot(&b, model.New()))
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	assert.Equal(t, "digraph imap {", lines[0])
	assert.Contains(t, lines, `    Selected -> Authenticated [label="(6) failed SELECT, failed EXAMINE, CLOSE"];`)
	assert.Equal(t, "}", lines[len(lines)-1])
	assert.Equal(t, len(explore.Lines(model.New())), strings.Count(b.String(), " -> "))
}
