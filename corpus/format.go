package corpus

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Format is the text of a trace file. [Parse] gives back an equal File if f
// keeps to what the fields of [File] demand.
func Format(f *File) []byte { return format(f, nil).buf.Bytes() }

// Line is the number of a line, from 1, in what [Format] makes of f: that of a response of
// an exchange of its transcript. The number of responses stands for how the exchange ended,
// and -1 for the command. It is 0 if there is no such line.
func Line(f *File, exchange, response int) int {
	x := &f.Transcript.Exchanges[exchange]
	w := format(f, x)
	switch n := len(x.Reply.Responses); {
	case response < 0:
		return w.atCommand
	case response > n, response == n && x.Reply.End == model.Open, w.atReply == 0:
		return 0
	}
	return w.atReply + response
}

// format writes f, and marks where the exchange begins.
func format(f *File, mark *model.Exchange) *writer {
	w := &writer{mark: mark, steps: f.Trace.Steps, marks: slices.Clone(f.Marks), seen: map[int]bool{}}
	slices.SortStableFunc(w.marks, func(a, b Mark) int { return cmp.Compare(a.Step, b.Step) })
	w.buf.WriteString("imaptrace v1\n")
	if f.Finding != nil {
		w.finding(f.Finding)
	}
	fmt.Fprintf(&w.buf, "fixture INBOX=%d", f.Trace.Fixture.Messages)
	if f.Delim != "" {
		fmt.Fprintf(&w.buf, " delim=%s", f.Delim)
	}
	if len(f.Caps) > 0 {
		fmt.Fprintf(&w.buf, " caps=%s", strings.Join(f.Caps, ","))
	}
	if f.TLS {
		w.buf.WriteString(" tls=yes")
	}
	w.buf.WriteString("\n\n")
	if f.Transcript != nil {
		list := f.Transcript.Exchanges
		for i := range list {
			if list[i].Cmd == nil {
				w.greeting(list[i:])
			} else {
				w.command(&list[i])
			}
			if list[i].Until > list[i].Step+1 {
				w.open = append(w.open, &list[i])
				w.marksOfStep()
			} else {
				w.reply(&list[i])
			}
		}
	}
	w.stepsTo(len(w.steps))
	w.marksTo(len(w.marks))
	return w
}

// writer writes the lines below the head of a file.
type writer struct {
	buf   bytes.Buffer
	steps []model.Step
	next  int               // number of C lines written
	open  []*model.Exchange // whose replies come behind C lines of other connections
	marks []Mark            // that are not written yet, by step
	seen  map[int]bool      // connections that have a line
	// The exchange that is looked for, and the numbers of its first lines.
	mark               *model.Exchange
	atCommand, atReply int
}

// here is the number of the line that is written next.
func (w *writer) here() int { return bytes.Count(w.buf.Bytes(), []byte("\n")) + 1 }

func (w *writer) finding(f *Finding) {
	fmt.Fprintf(&w.buf, "finding %s      (%s, %s)", escapeField(f.Rule), escapeField(f.Clause), escapeField(f.Level))
	if f.Command != "" || f.State != "" {
		fmt.Fprintf(&w.buf, "   key: %s/%s", escapeField(f.Command), escapeField(f.State))
	}
	if f.Found != "" {
		fmt.Fprintf(&w.buf, "   found: %s", escapeField(f.Found))
	}
	w.buf.WriteByte('\n')
}

// line writes one line of a connection; nothing follows the colon of an empty
// text.
func (w *writer) line(kind byte, conn int, text string) {
	w.seen[conn] = true
	fmt.Fprintf(&w.buf, "%c%d:", kind, conn)
	if text != "" {
		w.buf.WriteByte(' ')
		w.buf.WriteString(text)
	}
	w.buf.WriteByte('\n')
}

// greeting writes what comes before the reply of the first of the exchanges:
// the steps that were passed over, up to the greeting's own or up to one that
// was executed, and whether the connection is opened again.
func (w *writer) greeting(list []model.Exchange) {
	to := list[0].Step
	for _, x := range list[1:] {
		if x.Cmd != nil {
			to = min(to, x.Step)
			break
		}
	}
	w.stepsTo(to)
	if conn := list[0].Conn; w.seen[conn] {
		w.marksOfStep()
		w.line('O', conn, "")
	}
}

// midLine says that the last response was not ended.
const midLine = " in mid-line"

func (w *writer) reply(x *model.Exchange) {
	if x == w.mark {
		w.atReply = w.here()
	}
	for _, r := range x.Reply.Responses {
		w.line('S', x.Conn, formatResponse(r.Raw, x.Tag))
	}
	if x.Reply.End != model.Open {
		end := x.Reply.End.String()
		if n := len(x.Reply.Responses); n > 0 && x.Reply.Responses[n-1].IsCut() {
			end += midLine
		}
		w.line('E', x.Conn, end)
	}
	w.marksOfStep()
}

func (w *writer) command(x *model.Exchange) {
	w.stepsTo(x.Step)
	symbolic := wire.FormatCommand(x.Cmd)
	bound := symbolic
	if x.Step < len(w.steps) {
		symbolic = wire.FormatCommand(w.steps[x.Step].Cmd)
	}
	w.marksOfStep()
	w.replies()
	if x == w.mark {
		w.atCommand = w.here()
	}
	w.line('C', x.Conn, escape(symbolic))
	w.delivery(x.Conn, x.Delivery)
	w.next++
	if bound != symbolic {
		w.line('B', x.Conn, escape(bound))
	}
}

// stepsTo writes the steps before the n-th that were not executed.
func (w *writer) stepsTo(n int) {
	for w.next < min(n, len(w.steps)) {
		w.marksOfStep()
		w.replies()
		st := w.steps[w.next]
		w.line('C', st.Conn, escape(wire.FormatCommand(st.Cmd)))
		w.delivery(st.Conn, st.Delivery)
		w.next++
	}
	w.replies()
}

// replies writes the replies that were there before the next C line.
func (w *writer) replies() {
	open := w.open
	w.open = nil
	for _, x := range open {
		if x.Until <= w.next {
			w.reply(x)
		} else {
			w.open = append(w.open, x)
		}
	}
}

// delivery writes how the command above went out, if not as usual.
func (w *writer) delivery(conn int, d model.Delivery) {
	if d.Way != model.Whole {
		w.line('D', conn, d.String())
	}
}

// marksOfStep writes the marks of the C line above.
func (w *writer) marksOfStep() {
	n := 0
	for n < len(w.marks) && w.marks[n].Step <= w.next {
		n++
	}
	w.marksTo(n)
}

func (w *writer) marksTo(n int) {
	for _, m := range w.marks[:n] {
		fmt.Fprintf(&w.buf, "!! %s step=%d", escapeField(m.Rule), m.Step)
		w.value(" command=", m.Command)
		w.value(" state=", m.State)
		w.value("  got: ", m.Got)
		w.value("  want: ", m.Want)
		w.buf.WriteByte('\n')
	}
	w.marks = w.marks[n:]
}

// value writes a named value that is not empty.
func (w *writer) value(name, s string) {
	if s != "" {
		w.buf.WriteString(name)
		w.buf.WriteString(escapeField(s))
	}
}
