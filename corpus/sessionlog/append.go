package sessionlog

import (
	"strconv"
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Append appends a transcript to dst as an exact log. A connection that is opened again
// has another number then. What is not in a log: how a connection ended, and what came
// after it stood in mid-line.
func Append(dst []byte, t model.Transcript) []byte {
	w := writer{dst: append(dst, header+"\n"...), conns: map[int]int{}}
	for i := range t.Exchanges {
		w.exchange(&t.Exchanges[i])
	}
	return w.dst
}

type writer struct {
	dst   []byte
	conns map[int]int // the number in the log of each connection
	next  int
}

func (w *writer) exchange(x *model.Exchange) {
	if _, ok := w.conns[x.Conn]; !ok || x.Cmd == nil {
		w.conns[x.Conn] = w.next
		w.next++
	}
	var client []string // what waits for a continuation request
	if x.Cmd != nil {
		client = commandLines(x)
		client = w.client(x.Conn, client)
	}
	for i := range x.Reply.Responses {
		r := &x.Reply.Responses[i]
		if r.IsCut() {
			break
		}
		w.lines('S', x.Conn, r.Raw)
		if r.Tag == "+" {
			client = w.client(x.Conn, client)
		}
	}
}

// commandLines are the parts of a command, each of which waits for the server to ask for
// it, without the CRLF at their ends.
func commandLines(x *model.Exchange) []string {
	b := wire.AppendCommand(nil, x.Tag, x.Cmd)
	if x.Sent != "" {
		b = []byte(x.Tag + " " + x.Sent + "\r\n")
	}
	var parts []string
	for _, c := range wire.Chunks(b) {
		parts = append(parts, strings.TrimSuffix(string(c), "\r\n"))
	}
	switch c := x.Cmd.(type) {
	case model.Authenticate:
		parts = append(parts, c.Lines...)
	case model.Simple:
		if c.Verb == "IDLE" {
			parts = append(parts, "DONE")
		}
	}
	return parts
}

// client writes the first of the parts, and returns the rest.
func (w *writer) client(conn int, parts []string) []string {
	if len(parts) == 0 {
		return nil
	}
	w.lines('C', conn, parts[0])
	return parts[1:]
}

func (w *writer) lines(kind byte, conn int, text string) {
	for line := range strings.SplitSeq(text, "\r\n") {
		w.dst = append(w.dst, kind)
		w.dst = strconv.AppendInt(w.dst, int64(w.conns[conn]), 10)
		w.dst = append(append(append(w.dst, ": "...), corpus.Escape(line)...), '\n')
	}
}
