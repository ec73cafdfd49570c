package properties_test

import (
	"slices"

	"github.com/imapcheck/imapcheck/model"
)

// arrow is one of the figure of RFC 3501 section 3: from where to where it leads,
// and which exchanges take it.
type arrow struct {
	number model.Arrow
	from   []model.Phase
	to     model.Phase
	takes  func(model.Exchange) bool
}

var (
	anywhere = []model.Phase{model.Unopened, model.NotAuthenticated, model.Authenticated, model.Selected, model.Logout}
	loggedIn = []model.Phase{model.Authenticated, model.Selected}
)

// arrows are all that change the state of a connection. CLOSE has UNSELECT beside it
// (RFC 3691), and what a server does not say before it ends is arrow 7 as well.
var arrows = []arrow{
	{model.GreetingOK, anywhere, model.NotAuthenticated, greeted(model.OK)},
	{model.GreetingPreauth, anywhere, model.Authenticated, greeted(model.PREAUTH)},
	{model.GreetingBye, anywhere, model.Logout, func(x model.Exchange) bool {
		return x.Cmd == nil && !greeted(model.OK)(x) && !greeted(model.PREAUTH)(x)
	}},
	{model.Login, []model.Phase{model.NotAuthenticated}, model.Authenticated, completed(model.OK, "LOGIN", "AUTHENTICATE")},
	{model.Select, loggedIn, model.Selected, completed(model.OK, "SELECT", "EXAMINE")},
	{model.Deselect, []model.Phase{model.Selected}, model.Authenticated, func(x model.Exchange) bool {
		return completed(model.OK, "CLOSE", "UNSELECT")(x) || completed(model.NO, "SELECT", "EXAMINE")(x)
	}},
	{model.EnterLogout, anywhere[1:4], model.Logout, completed(model.OK, "LOGOUT")},
	{model.EnterLogout, anywhere, model.Logout, func(x model.Exchange) bool { return x.Cmd != nil && over(x) }},
}

// greeted are the exchanges that open a connection with a status.
func greeted(status model.Status) func(model.Exchange) bool {
	return func(x model.Exchange) bool {
		rs := x.Reply.Responses
		return x.Cmd == nil && x.Reply.End == model.Open && len(rs) > 0 && rs[0].Tag == "*" && rs[0].Status == status &&
			!slices.ContainsFunc(rs, isBye)
	}
}

// completed are those of well-formed commands that end in a status, and leave the
// connection open.
func completed(status model.Status, names ...string) func(model.Exchange) bool {
	return func(x model.Exchange) bool {
		_, malformed := x.Cmd.(model.Raw)
		return x.Cmd != nil && !malformed && slices.Contains(names, x.Cmd.Name()) && x.Outcome() == status && !over(x)
	}
}

// over reports whether the connection has ended with the exchange.
func over(x model.Exchange) bool {
	return x.Reply.End != model.Open || slices.ContainsFunc(x.Reply.Responses, isBye)
}

func isBye(r model.Response) bool { return r.Tag == "*" && r.Status == model.BYE }

// taken is the arrow that an exchange takes from a state, nil for none.
func taken(from model.Phase, x model.Exchange) *arrow {
	for i := len(arrows) - 1; i >= 0; i-- { // the end of a connection comes first
		if a := &arrows[i]; a.takes(x) && slices.Contains(a.from, from) {
			return a
		}
	}
	return nil
}
