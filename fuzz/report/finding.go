package report

import (
	"fmt"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
)

// Finding is one finding, as a compiler writes an error: the rule, what matters of
// the session that breaks it, and how sure that is. The command line that shows it
// again is replay, "" if there is none.
func (s Style) Finding(f *fuzz.Finding, replay string) string {
	v := f.Violation
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", s.broken(f.Key, v, ""))
	fmt.Fprintf(&b, "%s\n", s.Excerpt(f.Transcript, v))
	b.WriteString(s.Evidence(v))
	if f.Crash != "" {
		first, _, _ := strings.Cut(f.Crash, "\n")
		b.WriteString(s.Field("panic", Printable(first)))
	}
	b.WriteString(s.Field("seen", Seen(f)))
	if f.File != "" {
		b.WriteString(s.Line("file", f.File))
	}
	if replay != "" {
		b.WriteString(s.Line("replay", replay))
	}
	return b.String()
}

// Violation is one violation of a session that has been shown.
func (s Style) Violation(v model.Violation) string {
	return s.broken(v.Key(), v, fmt.Sprintf(", at command %d", v.Step+1)) + "\n" + s.Evidence(v)
}

// Logged is one violation of a log of sessions, and where in it the evidence is.
func (s Style) Logged(v model.Violation, where string) string {
	return s.broken(v.Key(), v, ", at "+where) + "\n" + s.Evidence(v)
}

// broken is what rule was broken, and behind its clause where.
func (s Style) broken(key string, v model.Violation, where string) string {
	r := v.Rule
	return fmt.Sprintf("%s %s  (%s)%s\n  %s", s.Level(r.Level), s.Bold(key), r.Clause, where, s.Wrap(r.Text, "  "))
}

// Evidence is what the server said, on two lines at most, and what would have been
// right.
func (s Style) Evidence(v model.Violation) string {
	got := Clip(Printable(v.Got), 2*(s.Columns()-len(fieldIndent)))
	return s.Line("got", got) + s.Field("want", Printable(v.Want))
}

// Seen says how sure a finding is, and how its trace became short.
func Seen(f *fuzz.Finding) string {
	text := fmt.Sprintf("confirmed %d/%d", f.Confirmed, f.Tries)
	if n := len(f.Trace.Steps); n < f.FirstSteps {
		text += fmt.Sprintf(", shrunk from %d commands to %d", f.FirstSteps, n)
	} else {
		text += ", " + Plural(n, "command")
	}
	if f.FoundAt > 0 {
		text += fmt.Sprintf(", first seen at command %d", f.FoundAt)
	}
	return text
}

const fieldIndent = "           "

// Field is a field of a finding, its text in as many lines as it takes.
func (s Style) Field(name, text string) string {
	return s.Line(name, s.Wrap(text, fieldIndent))
}

// Line is a field whose text is not broken into lines, so that it can be copied.
func (s Style) Line(name, text string) string {
	return fmt.Sprintf("  %s%s\n", s.Bold(fmt.Sprintf("%-9s", name+":")), text)
}
