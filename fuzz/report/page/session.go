package page

import (
	"strings"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
)

// message is an arrow of a sequence diagram: lines that one side sends in a row.
type message struct {
	Way   string // "c" from the client, "s" from the server, "n" for a note
	Conn  int    // number of its connection; -1 if there is only one
	Lines []line
}

// line is one line, and if an octet in it breaks the grammar that octet and what is behind
// it.
type line struct {
	Text, Octet, Rest string
	Caret             bool
	Blamed, Aside     bool
}

const columns = 1000 // of a line; what is longer is cut

// messages are what matters of the session of a finding.
func messages(f *fuzz.Finding) []message {
	rows := report.Style{Width: columns}.Rows(f.Transcript, f.Violation)
	several := false
	for _, r := range rows {
		several = several || r.Conn > 0
	}
	var list []message
	for _, r := range rows {
		way, conn := "n", -1
		if r.Conn != report.NoConn {
			way = strings.ToLower(r.Who)
			if several {
				conn = r.Conn
			}
		}
		last := len(list) - 1
		if last < 0 || way != "" && (list[last].Way != way || list[last].Conn != conn) || way == "c" {
			list = append(list, message{Way: way, Conn: conn})
			last++
		}
		list[last].Lines = append(list[last].Lines, newLine(r))
	}
	return list
}

func newLine(r report.Row) line {
	l := line{Text: r.Text, Blamed: r.Blamed, Aside: r.Aside}
	at := r.Caret - 1
	if at < 0 || at > len(r.Text) {
		return l
	}
	l.Caret, l.Text, l.Rest = true, r.Text[:at], r.Text[at:]
	n := 1
	if strings.HasPrefix(l.Rest, `\x`) && len(l.Rest) >= len(`\xHH`) {
		n = len(`\xHH`)
	}
	n = min(n, len(l.Rest)) // 0 at the end of the line
	l.Octet, l.Rest = l.Rest[:n], l.Rest[n:]
	return l
}
