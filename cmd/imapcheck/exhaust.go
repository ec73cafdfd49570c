package main

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

// exhaustFlags are those of "imapcheck explore TARGET".
type exhaustFlags struct {
	*fuzzFlags
	suite    suiteFlags
	depth    int
	messages int
	begin    string
	plain    bool
}

// beginnings are what can be sent on every connection before the first command that
// counts.
var beginnings = map[string][]model.Command{
	"greeting": nil,
	"login":    {model.LoginStep()},
	"select":   {model.LoginStep(), model.Mailbox{Verb: "SELECT", Box: model.A("INBOX")}},
}

// sequences are the paths of a run, and how far it came.
type sequences struct {
	explore.Paths
	run      int
	complete bool // all of them were run
}

// all are the paths, counted.
func (q *sequences) all(yield func(model.Trace) bool) {
	for t := range q.All() {
		q.run++
		if !yield(t) {
			return
		}
	}
	q.complete = true
}

// pruned is how many sequences did not have to be run.
func (q *sequences) pruned() *big.Int {
	return new(big.Int).Sub(q.Total(), big.NewInt(int64(q.run)))
}

// text is the entry of the summary.
func (q *sequences) text() string {
	on := ""
	if q.Conns > 1 {
		on = fmt.Sprintf(" on %d connections", q.Conns)
	}
	switch {
	case !q.complete:
		return fmt.Sprintf("%d of depth %d%s were begun, of at most %d: not all", q.run, q.Depth, on, q.Total())
	case q.pruned().Sign() == 0:
		return fmt.Sprintf("all %d of depth %d%s, of %d commands", q.run, q.Depth, on, len(q.Alphabet))
	}
	times := new(big.Float).Quo(new(big.Float).SetInt(q.Total()), big.NewFloat(float64(q.run)))
	return fmt.Sprintf("all %d of depth %d%s, of %d commands; %d others are the same to a server, and were left out (%.1f times as many)",
		q.run, q.Depth, on, len(q.Alphabet), q.pruned(), times)
}

// exhaust leads a server through all sequences to a depth.
func (a *app) exhaust(ctx context.Context, f *exhaustFlags, spec string) error {
	begin, ok := beginnings[f.begin]
	switch {
	case !ok:
		return usagef("--begin %s: it is greeting, login or select", f.begin)
	case f.depth < 1:
		return usagef("--depth %d: a sequence has one command or more", f.depth)
	case f.messages < 0:
		return usagef("--messages %d: it cannot be negative", f.messages)
	}
	q := &sequences{}
	return a.campaign(ctx, f.fuzzFlags, spec, func(c *fuzz.Campaign, result *campaignResult) (string, error) {
		q.Paths = explore.Paths{
			Machine: c.Machine, Fixture: model.Fixture{Messages: f.messages}, Begin: begin, Alphabet: explore.Alphabet(c.Machine.Profile),
			Conns: f.sessions, Depth: f.depth, Plain: f.plain,
		}
		if f.begin != "greeting" && c.Machine.Profile.Preauth {
			q.Begin = slices.DeleteFunc(slices.Clone(begin), func(c model.Command) bool { return c.Name() == "LOGIN" })
		}
		c.Traces, result.sequences = q.all, q
		return fmt.Sprintf("exploring %s to depth %d, with %d commands", c.Target.Name(), f.depth, len(q.Alphabet)), nil
	})
}
