package bench

import (
	"context"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/shrink"
	"github.com/imapcheck/imapcheck/model"
)

// Shrink makes a trace minimal that shows the fault, and is that with the number of runs
// that it took. Whatever violation shows the fault will do, since what is looked for is
// the fault: a campaign, which does not know that there is one only, keeps to the key.
func (s *Subject) Shrink(ctx context.Context, t model.Trace) (model.Trace, int, error) {
	o := fuzz.ShrinkOptions(s.Machine, t)
	o.Confirm, o.Plain = -1, plain
	res, err := shrink.Shrink(ctx, t, s.Fault.Name, func(ctx context.Context, t model.Trace) ([]shrink.Failure, error) {
		r, err := s.Run(ctx, t)
		if v := s.first(r); v != nil {
			return []shrink.Failure{{Key: s.Fault.Name, Step: v.Step}}, err
		}
		return nil, err
	}, o)
	return res.Trace, res.Runs, err
}

// plain are commands that show what a fault has left behind, the simplest first.
var plain = []model.Command{
	model.Simple{Verb: "NOOP"}, model.Simple{Verb: "CHECK"}, model.Simple{Verb: "EXPUNGE"}, parsed("SEARCH ALL"),
	parsed("FETCH 1 FLAGS"), parsed("FETCH 1 (FLAGS UID)"), parsed(`LIST "" *`), parsed("SELECT INBOX"),
	model.LoginCmd{User: model.A(model.User), Password: model.A("wrong")},
}
