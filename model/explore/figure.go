package explore

import (
	"slices"

	"github.com/imapcheck/imapcheck/model"
)

// Figure is the arrow of the figure of RFC 3501 section 3 that an exchange takes, and
// the state that it leads to: NoArrow, and the same state, for most. It knows nothing of
// the model; [Properties] holds the model against it.
func Figure(before model.Phase, x model.Exchange) (model.Arrow, model.Phase) {
	if x.Cmd == nil {
		if len(x.Reply.Responses) > 0 {
			switch x.Reply.Responses[0].Status {
			case model.OK:
				return model.GreetingOK, model.NotAuthenticated
			case model.PREAUTH:
				return model.GreetingPreauth, model.Authenticated
			}
		}
		return model.GreetingBye, model.Logout
	}
	name, outcome := x.Cmd.Name(), x.Outcome()
	selects := name == "SELECT" || name == "EXAMINE"
	_, malformed := x.Cmd.(model.Raw)
	switch {
	case x.Reply.End != model.Open || slices.ContainsFunc(x.Reply.Responses, isBye):
		return model.EnterLogout, model.Logout
	case malformed || !model.Valid(name, before):
	case outcome == model.OK && (name == "LOGIN" || name == "AUTHENTICATE"):
		return model.Login, model.Authenticated
	case outcome == model.OK && selects:
		return model.Select, model.Selected
	case outcome == model.OK && (name == "CLOSE" || name == "UNSELECT"), outcome == model.NO && selects && before == model.Selected:
		return model.Deselect, model.Authenticated
	}
	return model.NoArrow, before
}

func isBye(r model.Response) bool { return r.Tag == "*" && r.Status == model.BYE }

// arrowNames are those of the figure.
var arrowNames = [...]string{
	model.GreetingOK: "(1) greeting OK", model.GreetingPreauth: "(2) greeting PREAUTH", model.GreetingBye: "(3) greeting BYE",
	model.Login: "(4) login", model.Select: "(5) select", model.Deselect: "(6) deselect", model.EnterLogout: "(7) logout",
}
