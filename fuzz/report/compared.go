package report

import (
	"fmt"
	"slices"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Letter is the name of a target that is compared with others: A is the first.
func Letter(target int) string { return string(rune('A' + target)) }

// Compared is the trace of a class of differences with the answers of both servers,
// by their letters. Where they differ, what is the same is left out. What depends on
// \Recent is shown where it is the matter.
func (s Style) Compared(c *fuzz.Class) string {
	a, b := Letter(0), Letter(c.Other)
	w := session{Style: s}
	for _, st := range c.Steps {
		w.numbered = w.numbered || st.Conn != 0
	}
	w.holds(c.Trace.Fixture.Messages)
	for i, st := range c.Steps {
		x := &model.Exchange{Conn: st.Conn}
		text := wire.FormatCommand(st.Cmd)
		if text == "" {
			text = "(nothing but the tag)"
		}
		w.texts(x, "C", text, nil, false)
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
	return w.text()
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
			w.aside(x, who, fmt.Sprintf("... (%d more)", len(facts)-i), blamed)
			break
		}
		w.row(x, who, w.fact(f, others, w.Columns()-len(w.head(Row{Conn: x.Conn, Who: who}))), blamed)
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
	head, value, tail = Printable(head), Printable(value), Printable(tail)
	room := width - len(head) - len(tail)
	if len(value) <= room {
		return head + value + tail
	}
	same := 0
	for _, o := range others {
		if o.Kind == f.Kind && o.About == f.About {
			other := Printable(o.Value)
			for same < min(len(value), len(other)) && value[same] == other[same] {
				same++
			}
		}
	}
	const least = 20 // columns that are shown from there on
	if from := same + least + len("...") - room; from > 0 {
		value = "..." + value[min(from, len(value)):]
	}
	return head + Clip(value, max(room, least)) + tail
}
