package imaptest

import (
	"errors"
	"strings"
	"time"
)

// Message is a message of an mbox.
type Message struct {
	Octets string // lines end in CRLF
	Date   string // the date-time of an APPEND, "" where the mbox has none that can be read
}

// fromLine is how the line before a message begins.
const fromLine = "From "

// ParseMbox reads the messages of an mbox: each behind a line "From WHO DATE", with a blank
// line behind it that is no part of it.
func ParseMbox(text string) ([]Message, error) {
	var list []Message
	var body []string
	end := func() {
		if n := len(list); n > 0 {
			if k := len(body); k > 0 && body[k-1] == "" {
				body = body[:k-1]
			}
			for _, l := range body {
				list[n-1].Octets += l + "\r\n"
			}
		}
		body = nil
	}
	blank := true
	for _, l := range splitLines(text) {
		switch from, ok := strings.CutPrefix(l.text, fromLine); {
		case ok && blank:
			end()
			list = append(list, Message{Date: fromDate(from)})
		case len(list) > 0:
			body = append(body, l.text)
		case l.text != "":
			return nil, errors.New(`an mbox begins with a "From " line`)
		}
		blank = l.text == ""
	}
	end()
	return list, nil
}

// fromDate is the date-time (RFC 3501 section 9) of a From line, without its "From ".
func fromDate(line string) string {
	_, date, _ := strings.Cut(line, " ")
	date = strings.Join(strings.Fields(date), " ")
	for _, layout := range []string{"Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 2006 -0700", "Mon Jan 2 15:04:05 -0700 2006"} {
		if t, err := time.Parse(layout, date); err == nil {
			return t.Format("_2-Jan-2006 15:04:05 -0700")
		}
	}
	return ""
}
