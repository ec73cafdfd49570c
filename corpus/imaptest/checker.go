package imaptest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
)

// Failure is an expectation that an answer does not meet.
type Failure struct {
	Step int    // index in the trace
	From int    // the first step of its group
	At   string // NAME:LINE in the script
	Want string
	Got  string
}

// Result is how the answers to a trace compare with what is expected of them.
type Result struct {
	Failures []Failure
	Held     int    // expectations that were met
	Skipped  string // why nothing is expected from some step on, "" for nothing
}

// Checker compares answers with what a trace file expects, in their order.
type Checker struct {
	trace   model.Trace
	steps   map[int]*expected
	env     env
	done    int // exchanges that were compared
	stopped string
	stop    int // the step that was not sent
	result  Result
}

// NewChecker is a checker of the answers to f by a server with the profile. An error is
// that of a "??" line.
func NewChecker(f *corpus.File, p model.Profile) (*Checker, error) {
	steps, err := parseExpected(f)
	if err != nil {
		return nil, err
	}
	c := &Checker{trace: f.Trace, steps: steps, stop: -1}
	c.env.bound = slices.Clone(constants)
	if p.Delim != "" {
		c.env.bound = append(c.env.bound, binding{name: sepName, value: p.Delim})
	}
	return c, nil
}

// Command is the command of a step with its variables bound by the exchanges before it.
// It is false where one of them has no value: the session ends there.
func (c *Checker) Command(step int, cmd model.Command, before []model.Exchange) (model.Command, bool) {
	e := c.steps[step]
	if e == nil || !e.variables {
		return cmd, true
	}
	c.compare(before)
	bound, err := c.env.bind(cmd)
	if err != nil {
		c.stop, c.stopped = step, err.Error()
		return nil, false
	}
	return bound, true
}

// Result compares what is left of a transcript, and is all that was found.
func (c *Checker) Result(t model.Transcript) Result {
	c.compare(t.Exchanges)
	if c.result.Skipped != "" {
		return c.result
	}
	sent := map[int]bool{}
	for i := range t.Exchanges {
		if own(&t.Exchanges[i]) {
			sent[t.Exchanges[i].Step] = true
		}
	}
	for step := range c.trace.Steps {
		if e := c.steps[step]; e != nil && !sent[step] {
			got := "it was not sent"
			if step == c.stop {
				got += ": " + c.stopped
			}
			c.fail(step, e.place, "an answer to the command", got)
			break // what is behind hangs on it
		}
	}
	return c.result
}

// own reports whether x is of a step of the trace.
func own(x *model.Exchange) bool { return x.Cmd != nil && x.Tag == model.Tag(x.Step) }

func (c *Checker) fail(step int, place, want, got string) { c.failFrom(step, step, place, want, got) }

func (c *Checker) failFrom(from, step int, place, want, got string) {
	if c.result.Skipped == "" {
		c.result.Failures = append(c.result.Failures, Failure{step, from, place, want, got})
	}
}

// skip ends the comparison.
func (c *Checker) skip(why string) {
	if c.result.Skipped == "" {
		c.result.Skipped = why
	}
}

func (c *Checker) hold() {
	if c.result.Skipped == "" {
		c.result.Held++
	}
}

// compare compares the exchanges that are new.
func (c *Checker) compare(list []model.Exchange) {
	for ; c.done < len(list); c.done++ {
		x := &list[c.done]
		e := c.steps[x.Step]
		if !own(x) || e == nil {
			continue
		}
		if len(e.needs) > 0 {
			c.needs(e, x)
		}
		if e.setUp && x.Outcome() != model.OK {
			c.skip(fmt.Sprintf("%s: the set-up failed at %s", e.place, x.Cmd.Name()))
		}
		c.env.tag = x.Tag
		c.untagged(x.Step, e, c.responses(list[:c.done+1], x, e))
		c.completion(e, x)
	}
}

// needs ends the comparison if the server does not have the capabilities.
func (c *Checker) needs(e *expected, x *model.Exchange) {
	var has []string
	for _, r := range x.Reply.Responses {
		if d, ok := r.Data.(model.CapabilityData); ok {
			for _, name := range d.Caps {
				has = append(has, strings.ToUpper(name))
			}
		}
	}
	for _, name := range e.needs {
		if !slices.Contains(has, strings.ToUpper(name)) {
			c.skip(fmt.Sprintf("%s: the server has no %s", e.place, name))
			return
		}
	}
}

// responses are the untagged ones of the group that x ends.
func (c *Checker) responses(list []model.Exchange, x *model.Exchange, e *expected) []*model.Response {
	var rs []*model.Response
	for i := range list {
		if y := &list[i]; own(y) && y.Conn == x.Conn && y.Step > x.Step-e.group && y.Step <= x.Step {
			for j := range y.Reply.Responses {
				if r := &y.Reply.Responses[j]; strings.HasPrefix(r.Raw, "* ") {
					rs = append(rs, r)
				}
			}
		}
	}
	return rs
}

// untagged compares the untagged responses of a group.
func (c *Checker) untagged(step int, e *expected, rs []*model.Response) {
	if len(e.untagged) == 0 && e.strict == "" {
		return
	}
	var gone []uint32
	from := step - e.group + 1
	expunged := make([]int, len(rs)) // how many were, before each response
	args := make([][]arg, len(rs))
	met := make([]bool, len(e.untagged))
	var extra []string
	for i, r := range rs {
		args[i], expunged[i] = looseArgs(r.Raw[2:]), len(gone)
		c.env.gone = gone
		foreseen := false
		for j, u := range e.untagged {
			if u.sign != '!' && c.env.line(u.line, args[i]) {
				met[j], foreseen = true, true
			}
		}
		if !foreseen {
			extra = append(extra, r.Raw)
		}
		if d, ok := r.Data.(model.Expunge); ok {
			gone = append(gone, d.N)
		}
	}
	for j, u := range e.untagged {
		switch {
		case u.sign == '*' && met[j]:
			c.hold()
		case u.sign == '*':
			c.failFrom(from, step, u.place, "* "+u.text, fmt.Sprintf("no such response among %d untagged", len(rs)))
		case u.sign == '!':
			c.absent(from, step, u, rs, args, gone, expunged)
		}
	}
	c.env.gone = nil
	switch {
	case e.strict != "" && len(extra) > 0:
		c.failFrom(from, step, e.strict, "no untagged response but those above", extra[0])
	case e.strict != "":
		c.hold()
	}
}

// absent checks that no response is as u says.
func (c *Checker) absent(from, step int, u untaggedLine, rs []*model.Response, args [][]arg, gone []uint32, expunged []int) {
	before := len(c.env.bound)
	for i, r := range rs {
		c.env.gone = gone[:expunged[i]]
		if c.env.line(u.line, args[i]) {
			c.env.bound = c.env.bound[:before]
			c.failFrom(from, step, u.place, "no * "+u.text, r.Raw)
			return
		}
	}
	c.hold()
}

// completion compares how a command completed.
func (c *Checker) completion(e *expected, x *model.Exchange) {
	want := e.reply
	if want.place == "" {
		return
	}
	r := x.Tagged()
	switch {
	case r == nil:
		got := "no completion"
		if x.Reply.End != model.Open {
			got += ": " + x.Reply.End.String()
		}
		c.fail(x.Step, want.place, want.text, got)
	case want.status != model.NoStatus && want.status != r.Status,
		len(want.prefix.args) > 0 && !c.env.line(want.prefix, looseArgs(strings.TrimPrefix(r.Raw, r.Tag+" "))):
		c.fail(x.Step, want.place, want.text, strings.TrimPrefix(r.Raw, r.Tag+" "))
	default:
		c.hold()
	}
}
