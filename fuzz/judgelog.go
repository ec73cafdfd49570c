package fuzz

import (
	"iter"

	"github.com/imapcheck/imapcheck/corpus/sessionlog"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
)

// JudgedLog is what was in a log of sessions.
type JudgedLog struct {
	Sessions int // connections, each from its greeting, or where the log begins
	Commands int // that were judged
	Loose    int // of those, the ones that were in progress at the same time as others
}

// JudgeLog judges the exchanges of a log, in a time that is linear in their number and
// size. Nothing is known of the accounts. Each violation is given to found when it is seen. The
// error is that of the exchanges.
func JudgeLog(exchanges iter.Seq2[sessionlog.Exchange, error], found func(sessionlog.Exchange, model.Violation)) (JudgedLog, error) {
	m := model.New()
	m.Foreign = true
	s := m.Init(model.Fixture{})
	var log JudgedLog
	for x, err := range exchanges {
		if err != nil {
			return log, err
		}
		if x.Cmd == nil {
			log.Sessions++
		} else if log.Commands++; x.Loose {
			log.Loose++
		}
		var v properties.Verdict
		s = v.Next(m, s, x.Exchange)
		for _, broken := range v.Violations {
			found(x, broken)
		}
	}
	return log, nil
}
