package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// How much of a session a report shows. The trace file has all of it.
const (
	mostRows  = 3 // responses of an ordinary exchange that are all shown
	mostLines = 4 // lines of one text that has literals
)

// session makes a transcript into rows, those marked that broke a rule.
type session struct {
	Style
	violations []model.Violation
	full       bool              // nothing is left out or clipped
	numbered   bool              // the lines bear the number of their connection
	open       []*model.Exchange // whose replies come behind commands of other connections
	rows       []Row
}

// Excerpt is what matters of a transcript in which a rule was broken: long answers
// are cut, and the lines that broke it marked.
func (s Style) Excerpt(t model.Transcript, v model.Violation) string {
	w := session{Style: s, violations: []model.Violation{v}}
	w.transcript(t)
	return w.text()
}

// Rows are the rows of [Style.Excerpt], of which none is wider than the style.
func (s Style) Rows(t model.Transcript, v model.Violation) []Row {
	w := session{Style: s, violations: []model.Violation{v}}
	w.transcript(t)
	return w.rows
}

// Session is all of a transcript, with the lines marked that broke a rule.
func (s Style) Session(t model.Transcript, violations []model.Violation) string {
	w := session{Style: s, violations: violations, full: true}
	w.transcript(t)
	return w.text()
}

func (w *session) transcript(t model.Transcript) {
	for _, x := range t.Exchanges {
		w.numbered = w.numbered || x.Conn != 0
	}
	w.holds(t.Fixture.Messages)
	greeted := map[int]bool{}
	for i := range t.Exchanges {
		x := &t.Exchanges[i]
		again := greeted[x.Conn]
		w.answers(x.Step)
		if greeted[x.Conn] = true; again && x.Cmd == nil {
			w.row(x, "C", "(connects again)", false)
		}
		w.exchange(x, w.full || again)
	}
	w.answers(math.MaxInt)
}

// answers writes the replies that were there when so many commands had begun.
func (w *session) answers(begun int) {
	w.open = slices.DeleteFunc(w.open, func(x *model.Exchange) bool {
		if x.Returned() <= begun {
			w.reply(x)
			return true
		}
		return false
	})
}

// exchange writes a command and what was answered, unless another command was sent
// before. The greeting of a connection that is new is left out if there is nothing to say
// about it.
func (w *session) exchange(x *model.Exchange, greeting bool) {
	blamed := w.blamed(x)
	if x.Cmd != nil {
		text := wire.FormatCommand(x.Cmd)
		if text == "" {
			text = "(nothing but the tag)"
		}
		w.texts(x, "C", text, nil, blamed[-1])
		if d := x.Delivery; d.Way != model.Whole {
			w.aside(x, "", "("+delivered(d)+")", false)
		}
	} else if !greeting && len(blamed) == 0 && x.Reply.End == model.Open && x.Reply.Responses[0].Status == model.OK {
		return
	}
	if x.Returned() > x.Step+1 {
		w.open = append(w.open, x)
		return
	}
	w.reply(x)
}

// reply writes what was answered.
func (w *session) reply(x *model.Exchange) {
	blamed := w.blamed(x)
	rs := x.Reply.Responses
	shown := w.shown(len(rs), blamed)
	for i := 0; i < len(rs); i++ {
		if shown[i] {
			w.texts(x, "S", strings.TrimPrefix(rs[i].Raw, x.Tag+" "), &rs[i], blamed[i])
			continue
		}
		from := i
		for i+1 < len(rs) && !shown[i+1] {
			i++
		}
		w.aside(x, "S", fmt.Sprintf("... (%d more)", i+1-from), false)
	}
	switch x.Reply.End {
	case model.Closed:
		w.row(x, "S", "(closes the connection)", blamed[len(rs)])
	case model.Silent:
		w.row(x, "S", "(says nothing more)", blamed[len(rs)])
	case model.Flooded:
		w.row(x, "S", "(sends more than can be read)", blamed[len(rs)])
	case model.NotTLS:
		w.row(x, "S", "(does not begin TLS)", blamed[len(rs)])
	case model.TLSFailed:
		w.row(x, "S", "(no TLS comes of it)", blamed[len(rs)])
	case model.HungUp:
		w.row(x, "C", "(hangs up)", blamed[len(rs)])
	}
}

// delivered says in words how a command goes out.
func delivered(d model.Delivery) string {
	switch d.Way {
	case model.Octets:
		return "octet by octet"
	case model.Split:
		return "in two writes, the first of " + Plural(d.At, "octet")
	case model.Burst:
		return "in one write with the next"
	case model.CutOff:
		return "of it " + Plural(d.At, "octet") + " at most, and no CRLF"
	}
	return "without waiting for the answer"
}

// shown are the responses of n that are written: the last, those that are to
// blame, and what would leave a gap of one.
func (w *session) shown(n int, blamed map[int]bool) []bool {
	show := make([]bool, n)
	for i := range show {
		show[i] = w.full || n <= mostRows || i == n-1 || blamed[i]
	}
	for i := range show {
		if !show[i] && (i == 0 || show[i-1]) && show[i+1] {
			show[i] = true
		}
	}
	return show
}

// blamed are the responses of x that the violations speak of; the number of
// responses stands for how the connection ended, -1 for no answer at all.
func (w *session) blamed(x *model.Exchange) map[int]bool {
	rows := map[int]bool{}
	for _, v := range w.violations {
		if blames(v, x) {
			rows[culprit(x, v)] = true
		}
	}
	return rows
}

// blames reports whether the evidence of v came with x.
func blames(v model.Violation, x *model.Exchange) bool {
	return v.Step == x.Step && (v.State == model.Unopened) == (x.Cmd == nil)
}

// culprit is the response that the evidence of v is from, as far as its words
// tell, and else how the exchange ended.
func culprit(x *model.Exchange, v model.Violation) int {
	rs := x.Reply.Responses
	best, most := -1, 0
	for i := range rs {
		raw := rs[i].Raw
		if raw == v.Got || strings.TrimPrefix(raw, x.Tag+" ") == v.Got {
			return i
		}
		if n := likeness(raw, v.Got); n > most {
			best, most = i, n
		}
	}
	if best >= 0 {
		return best
	}
	if x.Cmd != nil && !strings.HasPrefix(v.Got, "no ") && !strings.HasPrefix(v.Got, "OK") && x.Reply.End == model.Open {
		// The evidence is in words: it is about the data that was asked for.
		words := strings.Fields(x.Cmd.Name())
		data := words[len(words)-1]
		for i := range rs {
			f := strings.Fields(rs[i].Raw)
			if len(f) < 2 || f[0] != "*" || f[1] != data && (len(f) < 3 || f[2] != data) {
				continue
			}
			if n := 1 + shared(rs[i].Raw, v.Got); n > most {
				best, most = i, n
			}
		}
		if best >= 0 {
			return best
		}
	}
	if x.Reply.End != model.Open {
		return len(rs)
	}
	return len(rs) - 1
}

// shared is how many words of the evidence a response has, quoted or not.
func shared(raw, got string) int {
	n := 0
	for _, word := range strings.Fields(got) {
		if strings.Contains(raw, word) {
			n++
		}
	}
	return n
}

// likeness is how many octets two untagged responses have in common, 0 if they
// do not begin with the same three words.
func likeness(a, b string) int {
	fa, fb := strings.Fields(a), strings.Fields(b)
	for i := range 3 {
		if len(fa) <= i || len(fb) <= i || fa[i] != fb[i] || fa[0] != "*" {
			return 0
		}
	}
	n := 0
	for n < min(len(a), len(b)) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n + 1
}

// texts writes a command or a response, in several rows if it has literals. r is
// nil for a command. A row that breaks the grammar has a caret below the octet.
func (w *session) texts(x *model.Exchange, who, text string, r *model.Response, blamed bool) {
	at := -1 // octet of text that the caret belongs to
	if blamed && r != nil && r.Syntax != nil {
		at = max(0, r.Syntax.Offset-(len(r.Raw)-len(text)))
	}
	lines := strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
	for i, line := range lines {
		here := at >= 0 && (at <= len(line) || i == len(lines)-1)
		switch {
		case w.full || len(lines) <= mostLines || i < mostLines-2 || here || i == len(lines)-1:
			w.line(x, who, line, at, here, blamed)
		case i == mostLines-2:
			w.aside(x, "", fmt.Sprintf("... (%s in all)", Plural(len(text), "octet")), blamed)
		}
		if at -= len(line) + 2; here {
			at = -1
		}
		who = ""
	}
}

// line writes one line of a text, and if here a caret below the octet at.
func (w *session) line(x *model.Exchange, who, line string, at int, here, blamed bool) {
	width := w.Columns() - len(w.head(Row{Conn: x.Conn, Who: "S"}))
	if w.full {
		width = max(width, len(line)*len(`\xHH`))
	}
	shown := Printable(line)
	if strings.HasSuffix(shown, " ") {
		shown = shown[:len(shown)-1] + `\x20`
	}
	if !here {
		w.row(x, who, Clip(shown, width), blamed)
		return
	}
	column := len(Printable(line[:min(at, len(line))]))
	if from := column - width/2; from > 0 && column > width-6 {
		shown, column = "..."+shown[from:], column-from+3
	}
	w.rows = append(w.rows, Row{Conn: x.Conn, Who: who, Text: Clip(shown, width), Blamed: blamed, Caret: column + 1})
}

func (w *session) row(x *model.Exchange, who, text string, blamed bool) {
	w.rows = append(w.rows, Row{Conn: x.Conn, Who: who, Text: text, Blamed: blamed})
}

// aside is a row in the words of the report.
func (w *session) aside(x *model.Exchange, who, text string, blamed bool) {
	w.rows = append(w.rows, Row{Conn: x.Conn, Who: who, Text: text, Blamed: blamed, Aside: true})
}

// holds says what a session begins with.
func (w *session) holds(messages int) {
	if messages > 0 {
		w.rows = append(w.rows, Row{Conn: NoConn, Text: "INBOX holds " + Plural(messages, "message"), Aside: true})
	}
}
