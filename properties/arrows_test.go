package properties_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/scenarios"
)

// move is a change of one connection's state, and the command that made it.
type move struct {
	conn     int
	by       string
	from, to model.Phase
}

// figure is the one of RFC 3501 section 3: for each arrow the scenario that
// takes it, and all moves of that scenario.
var figure = []struct {
	arrow    model.Arrow
	scenario string
	moves    []move
}{
	{model.GreetingOK, "arrow-1-greeting-ok", []move{
		{0, "greeting", model.Unopened, model.NotAuthenticated},
	}},
	{model.GreetingPreauth, "arrow-2-greeting-preauth", []move{
		{0, "greeting", model.Unopened, model.Authenticated},
		{0, "SELECT", model.Authenticated, model.Selected},
	}},
	{model.GreetingBye, "arrow-3-greeting-bye", []move{
		{0, "greeting", model.Unopened, model.Logout},
		{0, "greeting", model.Logout, model.NotAuthenticated}, // another connection
	}},
	{model.Login, "arrow-4-login", []move{
		{0, "greeting", model.Unopened, model.NotAuthenticated},
		{0, "LOGIN", model.NotAuthenticated, model.Authenticated},
		{1, "greeting", model.Unopened, model.NotAuthenticated},
		{1, "AUTHENTICATE", model.NotAuthenticated, model.Authenticated},
	}},
	{model.Select, "arrow-5-select", []move{
		{0, "greeting", model.Unopened, model.NotAuthenticated},
		{0, "LOGIN", model.NotAuthenticated, model.Authenticated},
		{0, "SELECT", model.Authenticated, model.Selected},
		{0, "CLOSE", model.Selected, model.Authenticated},
		{0, "EXAMINE", model.Authenticated, model.Selected},
	}},
	{model.Deselect, "arrow-6-deselect", []move{
		{0, "greeting", model.Unopened, model.NotAuthenticated},
		{0, "LOGIN", model.NotAuthenticated, model.Authenticated},
		{0, "SELECT", model.Authenticated, model.Selected},
		{0, "CLOSE", model.Selected, model.Authenticated},
		{0, "SELECT", model.Authenticated, model.Selected},
		{0, "SELECT", model.Selected, model.Authenticated},
		{0, "EXAMINE", model.Authenticated, model.Selected},
		{0, "EXAMINE", model.Selected, model.Authenticated},
	}},
	{model.EnterLogout, "arrow-7-logout", []move{
		{0, "greeting", model.Unopened, model.NotAuthenticated},
		{0, "LOGOUT", model.NotAuthenticated, model.Logout},
		{1, "greeting", model.Unopened, model.NotAuthenticated},
		{1, "LOGIN", model.NotAuthenticated, model.Authenticated},
		{1, "LOGOUT", model.Authenticated, model.Logout},
		{2, "greeting", model.Unopened, model.NotAuthenticated},
		{2, "LOGIN", model.NotAuthenticated, model.Authenticated},
		{2, "SELECT", model.Authenticated, model.Selected},
		{2, "LOGOUT", model.Selected, model.Logout},
		{3, "greeting", model.Unopened, model.NotAuthenticated},
		{3, "LOGIN", model.NotAuthenticated, model.Authenticated},
		{3, "NOOP", model.Authenticated, model.Logout},
	}},
}

func TestArrowsOfTheFigure(t *testing.T) {
	all := scenarios.All()
	for i, a := range figure {
		t.Run(a.scenario, func(t *testing.T) {
			assert.Equal(t, model.Arrow(i+1), a.arrow, "in the order of the figure")
			i := slices.IndexFunc(all, func(s scenarios.Scenario) bool { return s.Name == a.scenario })
			require.GreaterOrEqual(t, i, 0)
			assert.Equal(t, a.moves, walk(t, *all[i].File.Transcript))
		})
	}
}

// walk folds the evidence with the model and is every move of a connection.
func walk(t *testing.T, tr model.Transcript) []move {
	t.Helper()
	m := model.New()
	s := m.Init(tr.Fixture)
	var moves []move
	for _, x := range tr.Exchanges {
		by := "greeting"
		if x.Cmd != nil {
			by = x.Cmd.Name()
		}
		before := s.Phase(x.Conn)
		var broken []model.Violation
		s, broken = m.Next(s, x)
		require.Empty(t, broken)
		if after := s.Phase(x.Conn); after != before {
			moves = append(moves, move{x.Conn, by, before, after})
		}
	}
	return moves
}
