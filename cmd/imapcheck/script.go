package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/corpus/imaptest"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

// mboxExt is how the names of the files end that hold the messages of scripts.
const mboxExt = ".mbox"

// readScript makes a trace of a script, and tells of what the trace does not do.
func (a *app) readScript(name, text, mailbox string) (*corpus.File, error) {
	base, folder := filepath.Base(name), filepath.Dir(name)
	if name == stdinName {
		base, folder, name = "stdin", ".", "stdin"
	}
	s, err := imaptest.Parse(base, text, os.LookupEnv)
	if err != nil {
		return nil, inFolder(folder, err)
	}
	s.Mailbox = mailbox
	messages, err := readMbox(name+mboxExt, filepath.Join(folder, "default"+mboxExt))
	if err != nil {
		return nil, err
	}
	f, err := s.Trace(messages)
	if err != nil {
		return nil, inFolder(folder, err)
	}
	for _, x := range f.Expectations {
		if place, note, ok := strings.Cut(x.Text, " note "); ok && !strings.Contains(place, " ") {
			a.tell(inFolder(folder, fmt.Errorf("%s: note: %s", place, note)))
		}
	}
	return f, nil
}

// inFolder puts the folder of a script before an error that begins with the script's name.
func inFolder(folder string, err error) error {
	if folder == "." {
		return err
	}
	return fmt.Errorf("%s%c%w", folder, filepath.Separator, err)
}

// readMbox reads the first of the files that is there.
func readMbox(names ...string) ([]imaptest.Message, error) {
	for _, name := range names {
		b, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		messages, err := imaptest.ParseMbox(string(b))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return messages, nil
	}
	return nil, nil
}

// asserted compares a trace's answers with what its author expects.
type asserted struct {
	file    *corpus.File
	profile model.Profile
	checker *imaptest.Checker
}

func newAsserted(f *corpus.File, p model.Profile) (*asserted, error) {
	c, err := imaptest.NewChecker(f, p)
	return &asserted{f, p, c}, err
}

// driver is d, binding the variables of the commands.
func (as *asserted) driver(d *fuzz.Driver) *fuzz.Driver {
	if len(as.file.Expectations) == 0 {
		return d
	}
	own := *d
	own.Bind = as.checker.Command
	return &own
}

// tell says which expectations the answers do not meet, and what the model says of those.
// It reports whether there are any.
func (as *asserted) tell(w io.Writer, t model.Transcript, violations []model.Violation) bool {
	if len(as.file.Expectations) == 0 {
		return false
	}
	r := as.checker.Result(t)
	for _, f := range r.Failures {
		fmt.Fprintf(w, "?? %s step=%d\n", f.At, f.Step+1)
		fmt.Fprintf(w, "   script:  %s\n", corpus.Escape(f.Want))
		fmt.Fprintf(w, "   server:  %s\n", corpus.Escape(f.Got))
		fmt.Fprintf(w, "   model:   %s\n", opinion(f, violations))
	}
	for _, v := range violations {
		if !slices.ContainsFunc(r.Failures, func(f imaptest.Failure) bool { return within(f, v) }) && r.Skipped == "" {
			fmt.Fprintf(w, "?? step=%d: the script is content where the model says %s: either may be wrong\n", v.Step+1, v.Rule.ID)
		}
	}
	if r.Skipped != "" {
		fmt.Fprintf(w, "?? nothing more is expected: %s\n", r.Skipped)
	}
	fmt.Fprintf(w, "%s: %d met, %d not\n", report.Plural(r.Held+len(r.Failures), "expectation"), r.Held, len(r.Failures))
	return len(r.Failures) > 0
}

func within(f imaptest.Failure, v model.Violation) bool { return f.From <= v.Step && v.Step <= f.Step }

// opinion is what the model says of an answer that is not as the script expects.
func opinion(f imaptest.Failure, violations []model.Violation) string {
	var rules []string
	for _, v := range violations {
		if within(f, v) && !slices.Contains(rules, v.Rule.ID) {
			rules = append(rules, v.Rule.ID)
		}
	}
	if rules == nil {
		return "content: either may be wrong"
	}
	return "not content, either: " + strings.Join(rules, ", ")
}
