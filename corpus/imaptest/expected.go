package imaptest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
)

// expected is what is expected of the answer to a step.
type expected struct {
	place     string
	reply     completionLine
	untagged  []untaggedLine
	group     int    // how many steps the untagged responses are of, up to this one
	strict    string // the place that says that there are no others, "" for none
	variables bool
	setUp     bool // an OK
	needs     []string
}

// completionLine is how a step completes.
type completionLine struct {
	place, text string
	status      model.Status // NoStatus for any
	prefix      line         // without arguments for any text
}

// untaggedLine is an untagged response that comes, does not, or may.
type untaggedLine struct {
	place, text string
	sign        byte
	line        line
}

// parseExpected reads the "??" lines of a file, by step.
func parseExpected(f *corpus.File) (map[int]*expected, error) {
	steps := map[int]*expected{}
	for _, x := range f.Expectations {
		if x.Step < 0 || x.Step >= len(f.Trace.Steps) {
			return nil, fmt.Errorf("there is no step %d", x.Step+1)
		}
		place, text, _ := strings.Cut(x.Text, " ")
		e := steps[x.Step]
		if e == nil {
			e = &expected{place: place, group: 1}
			steps[x.Step] = e
		}
		if err := e.line(place, text); err != nil {
			return nil, fmt.Errorf("step %d: ?? %s: %w", x.Step+1, short(x.Text), err)
		}
		if e.group > x.Step+1 {
			return nil, fmt.Errorf("step %d: there are no %d steps before it", x.Step+1, e.group-1)
		}
	}
	return steps, nil
}

// line reads what stands behind the place.
func (e *expected) line(place, text string) error {
	word, rest, _ := strings.Cut(text, " ")
	switch word {
	case "ok", "no", "bad", "any":
		return e.completion(place, word, rest)
	case "*", "!", "?":
		l, err := parseLine(rest)
		e.untagged = append(e.untagged, untaggedLine{place, rest, word[0], l})
		return err
	case "group":
		n, ok := number(rest, maxMessages)
		if !ok {
			return errors.New("a group has a number of steps")
		}
		e.group = n
		return nil
	case "needs":
		if e.needs = strings.Fields(rest); len(e.needs) == 0 {
			return errors.New("no capability is named")
		}
		return nil
	case "note":
		return nil
	}
	if rest == "" && word == "no-extra" {
		e.strict = place
		return nil
	}
	if rest == "" && word == "variables" {
		e.variables = true
		return nil
	}
	if rest == "" && word == "set-up" {
		e.setUp = true
		return nil
	}
	return errors.New("behind the place stands ok, no, bad, any, *, !, ?, no-extra, group, variables, set-up, needs or note")
}

func (e *expected) completion(place, word, prefix string) error {
	if e.reply.place != "" {
		return errors.New("a second completion")
	}
	e.reply = completionLine{place: place, text: strings.ToUpper(strings.TrimSpace(word + " " + prefix))}
	for _, s := range []model.Status{model.OK, model.NO, model.BAD} {
		if strings.EqualFold(s.String(), word) {
			e.reply.status = s
		}
	}
	if prefix == "" {
		return nil
	}
	if e.reply.status == model.NoStatus {
		return errors.New("nothing follows any")
	}
	e.reply.text = e.reply.status.String() + " " + prefix
	var err error
	e.reply.prefix, err = parseLine(e.reply.text)
	return err
}
