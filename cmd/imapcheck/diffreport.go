package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// diffResult is the report of a differential run and what the command line knows
// about it.
type diffResult struct {
	report      *fuzz.DiffReport
	targets     []string
	seed        uint64
	generated   bool // the traces were
	interrupted bool
}

// letter is the name of a target in a report: A is the first.
func letter(target int) string { return string(rune('A' + target)) }

// side is the target that breaks the rule of a class.
func side(c *fuzz.Class) int {
	if c.Verdict.OfB {
		return c.Other
	}
	return 0
}

// count is the number of classes with a judgement, those that are known apart.
func (d *diffResult) count(j fuzz.Judgement) (fresh, known int) {
	for _, c := range d.report.Classes {
		switch {
		case c.Verdict.Judgement != j:
		case c.Known:
			known++
		default:
			fresh++
		}
	}
	return fresh, known
}

// diffReport writes the outcome of a differential run for a person to read.
type diffReport struct {
	report
	flags *diffFlags
	*diffResult
}

// write writes the classes, the new ones at length, and a summary.
func (r *diffReport) write() {
	for _, c := range r.diffResult.report.Classes {
		if !c.Known {
			r.class(c)
		}
	}
	if _, known := r.count(fuzz.Wrong); known > 0 {
		fmt.Fprintln(r.w, r.bold("Known before"))
		for _, c := range r.diffResult.report.Classes {
			if c.Known {
				fmt.Fprintf(r.w, "  %s of %s  %s\n", c.Verdict.Violation.Key(), letter(side(c)), c.Key())
			}
		}
		fmt.Fprintln(r.w)
	}
	r.summary()
}

// class writes one class, as a compiler writes an error.
func (r *diffReport) class(c *fuzz.Class) {
	v := c.Verdict.Violation
	clause := c.Verdict.Clause
	if v != nil {
		clause = v.Rule.Clause + ", " + v.Rule.Level.String()
	}
	if clause != "" {
		clause = "  (" + clause + ")"
	}
	fmt.Fprintf(r.w, "%s %s%s\n", r.label(c.Verdict.Judgement), r.bold(c.Key()), clause)
	switch {
	case v != nil:
		fmt.Fprintf(r.w, "  %s\n", r.wrap(fmt.Sprintf("%s (%s) breaks %s: %s", letter(side(c)), r.targets[side(c)], v.Key(), v.Rule.Text), "  "))
	case c.Verdict.Judgement == fuzz.Unknown:
		fmt.Fprintln(r.w, "  The model cannot judge this here.")
	default:
		fmt.Fprintln(r.w, "  The model allows both.")
	}
	fmt.Fprintf(r.w, "\n%s\n", r.session(c))
	if v != nil {
		r.field("got", r.evidence(v.Got))
		r.field("want", r.wrap(printable(v.Want), fieldIndent))
	}
	r.field("seen", r.wrap(r.seenOf(c), fieldIndent))
	if c.File != "" {
		r.field("file", c.File)
	}
	r.field("replay", r.replay(c))
	fmt.Fprintln(r.w)
}

func (r *diffReport) label(j fuzz.Judgement) string {
	switch j {
	case fuzz.Wrong:
		return r.red(j.String())
	case fuzz.Unknown:
		return r.amber(j.String())
	}
	return j.String()
}

// seenOf says how sure a class is, and how its trace became short.
func (r *diffReport) seenOf(c *fuzz.Class) string {
	times := "once"
	if c.Count != 1 {
		times = plural(c.Count, "time")
	}
	if c.Count == 0 {
		times = "while another was made minimal"
	}
	f := fuzz.Finding{Trace: c.Trace, FirstSteps: c.FirstSteps, Confirmed: c.Confirmed, Tries: c.Tries}
	if r.generated {
		f.FoundAt = c.FoundAt
	}
	return times + ", " + r.seen(&f)
}

// replay is the command that shows the class again: on its trace if that was saved,
// and else by the same choices.
func (r *diffReport) replay(c *fuzz.Class) string {
	words := []string{r.program, "diff", shellWord(r.targets[0]), shellWord(r.targets[c.Other])}
	words = append(words, r.flags.flags()...)
	switch {
	case c.File != "":
		words = append(words, "--trace", shellWord(c.File))
	case !r.generated:
		words = append(words, "--trace", shellWord(r.flags.traces[c.TraceIndex]))
	default:
		for _, name := range []string{"seed", "sessions", "steps"} {
			if f := r.flags.cmd.Flags().Lookup(name); f.Changed {
				words = append(words, "--"+name, f.Value.String())
			}
		}
		words = append(words, "--commands", fmt.Sprint(c.FoundAt))
	}
	return strings.Join(words, " ")
}

// session writes the trace of a class with the answers of both servers. Where they
// differ, what is the same is left out. What depends on \Recent is shown where it
// is the matter.
func (r *diffReport) session(c *fuzz.Class) string {
	a, b := letter(0), letter(c.Other)
	w := session{style: r.style}
	for _, st := range c.Steps {
		w.numbered = w.numbered || st.Conn != 0
	}
	if n := c.Trace.Fixture.Messages; n > 0 {
		w.b.WriteString("    " + w.faint("INBOX holds "+plural(n, "message")) + "\n")
	}
	for i, st := range c.Steps {
		x := &model.Exchange{Conn: st.Conn}
		text := wire.FormatCommand(st.Cmd)
		if text == "" {
			text = "(nothing but the tag)"
		}
		w.text(x, "C", text, nil, false)
		factsA, factsB := st.Apart()
		if i != c.Step {
			factsA, factsB = slices.DeleteFunc(factsA, isRecent), slices.DeleteFunc(factsB, isRecent)
		}
		if st.Alike() && len(factsA)+len(factsB) == 0 {
			w.answer(x, a+b, st.A, nil, nil, false)
			continue
		}
		w.answer(x, a, st.A, factsA, factsB, i == c.Step)
		w.answer(x, b, st.B, factsB, factsA, i == c.Step)
	}
	return w.b.String()
}

func isRecent(f fuzz.Fact) bool { return f.Kind == "RECENT" }

const mostFacts = 4 // of an answer that are written

// answer writes what is left of an answer: the facts that are other ones on the
// other side, and the completion.
func (w *session) answer(x *model.Exchange, who string, a *fuzz.Answer, facts, others []fuzz.Fact, blamed bool) {
	if a == nil {
		w.row(x, who, "(was not sent it)", blamed)
		return
	}
	for i, f := range facts {
		if i == mostFacts-1 && len(facts) > mostFacts {
			w.row(x, who, w.faint(fmt.Sprintf("... (%d more)", len(facts)-i)), blamed)
			break
		}
		w.row(x, who, w.fact(f, others, w.width-len(w.head(x, who))), blamed)
	}
	text := a.Outcome.String()
	for _, code := range a.Codes {
		text += " [" + code + "]"
	}
	switch {
	case text != "":
		w.row(x, who, text, blamed)
	case a.End == model.Open:
		w.row(x, who, "(no completion)", blamed)
	}
	switch a.End {
	case model.Closed:
		w.row(x, who, "(closes the connection)", blamed)
	case model.Silent:
		w.row(x, who, "(says nothing more)", blamed)
	case model.Flooded:
		w.row(x, who, "(sends more than can be read)", blamed)
	}
}

// fact is a fact in so many columns. A long value is cut to where it begins to
// differ from that of the other side.
func (w *session) fact(f fuzz.Fact, others []fuzz.Fact, width int) string {
	head, value, tail := f.Text()
	head, value, tail = printable(head), printable(value), printable(tail)
	room := width - len(head) - len(tail)
	if len(value) <= room {
		return head + value + tail
	}
	same := 0
	for _, o := range others {
		if o.Kind == f.Kind && o.About == f.About {
			other := printable(o.Value)
			for same < min(len(value), len(other)) && value[same] == other[same] {
				same++
			}
		}
	}
	const least = 20 // columns that are shown from there on
	if from := same + least + len("...") - room; from > 0 {
		value = "..." + value[min(from, len(value)):]
	}
	return head + clip(value, max(room, least)) + tail
}

func (r *diffReport) summary() {
	rep := r.diffResult.report
	fmt.Fprintln(r.w, r.bold("Summary"))
	for i, name := range r.targets {
		r.entry(letter(i), name+"  "+clip(printable(rep.Greetings[i]), r.width-len(entryIndent)-len(name)-2))
	}
	if r.generated {
		r.entry("seed", fmt.Sprint(r.seed))
	}
	r.entry("commands", fmt.Sprintf("%d to each in %s, %.1f s", rep.Commands, plural(rep.Traces, "trace"), rep.Elapsed.Seconds()))
	r.entry("compared", fmt.Sprintf("%s; %d more could not be", plural(rep.Compared, "answer"), rep.NotCompared))
	var counts []string
	for _, j := range []fuzz.Judgement{fuzz.Wrong, fuzz.Unknown, fuzz.Freedom} {
		fresh, known := r.count(j)
		text := fmt.Sprintf("%d %s", fresh+known, j)
		if known > 0 {
			text += fmt.Sprintf(" (%d known)", known)
		}
		counts = append(counts, text)
	}
	r.entry("classes", strings.Join(counts, ", "))
	var unconfirmed []string
	for _, c := range rep.Unconfirmed {
		unconfirmed = append(unconfirmed, c.Key())
	}
	r.list("unconfirmed", unconfirmed)
	if r.interrupted {
		r.entry("ended by", "an interrupt, before the budget was spent")
	}
}
