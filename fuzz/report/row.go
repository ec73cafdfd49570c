package report

import (
	"cmp"
	"strconv"
	"strings"
)

// NoConn is the connection of a row that belongs to none.
const NoConn = -1

// Row is one line of a session.
type Row struct {
	Conn int    // number of the connection, or [NoConn]
	Who  string // "C", "S", or the letters of targets; "" if the row goes on with the one above
	Text string // in printable ASCII
	// Blamed says that it breaks the rule, Aside that it is in the words of the report and
	// nobody sent it.
	Blamed, Aside bool
	Caret         int // the column of Text, from 1, of an octet that breaks the grammar; 0 for none
}

// text is the rows as text: the lines that broke a rule are marked by "!!", and there is a
// caret below the octet.
func (w *session) text() string {
	var b strings.Builder
	for _, r := range w.rows {
		head, text := w.head(r), r.Text
		if r.Aside {
			text = w.Faint(text)
		}
		if r.Blamed {
			head, text = " "+w.Red("!!")+head[3:], w.Bold(text)
		}
		b.WriteString(strings.TrimRight(head+text, " ") + "\n")
		if r.Caret > 0 {
			b.WriteString(strings.Repeat(" ", len(w.head(r))+r.Caret-1) + w.Red("^") + "\n")
		}
	}
	return b.String()
}

// head is what stands before the text of a row.
func (w *session) head(r Row) string {
	const indent = "    "
	if r.Conn == NoConn {
		return indent
	}
	who := cmp.Or(r.Who, "S")
	if w.numbered {
		who += strconv.Itoa(r.Conn)
	}
	head := indent + who + ": "
	if r.Who == "" {
		return strings.Repeat(" ", len(head))
	}
	return head
}
