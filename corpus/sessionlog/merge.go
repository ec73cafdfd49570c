package sessionlog

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
)

// Merge reads the log of one connection in two files: in is what the server has read,
// out what it has sent, each line with the time in seconds before it. The numbers of
// lines are those of in for the client's and of out for the server's. Of lines of the
// same time the client's comes first: a server answers what it has read.
func Merge(in, out io.Reader) iter.Seq2[Exchange, error] {
	return read(&merged{halves: [2]half{{lines: newLines(in), side: client, name: "in"}, {lines: newLines(out), side: server, name: "out"}}})
}

// half is one of the two files.
type half struct {
	lines *lines
	side  side
	name  string
	head  line   // the next line, if held
	at    []byte // its time
	held  bool
	done  bool
}

// merged takes the earlier line of two files.
type merged struct{ halves [2]half }

func (m *merged) next() (line, error) {
	for i := range m.halves {
		if err := m.halves[i].fill(); err != nil {
			return line{}, err
		}
	}
	c, s := &m.halves[0], &m.halves[1]
	from := c
	if c.done || !s.done && earlier(s.at, c.at) {
		from = s
	}
	if from.done {
		return line{}, io.EOF
	}
	from.held = false
	return from.head, nil
}

// fill reads a line ahead.
func (h *half) fill() error {
	if h.held || h.done {
		return nil
	}
	l, err := h.lines.next()
	if errors.Is(err, io.EOF) {
		h.done = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", h.name, err)
	}
	at, text, found := bytes.Cut(l.whole, []byte(" "))
	if !seconds(at) || !found {
		return fmt.Errorf("%s: %w", h.name, lineError(l.number, "should begin with a time in seconds and a space, got %s", quote(l.whole)))
	}
	l.side, l.text = h.side, text
	h.head, h.at, h.held = l, at, true
	return nil
}

// seconds reports whether a word is a number with a fraction.
func seconds(word []byte) bool {
	whole, fraction, _ := bytes.Cut(word, []byte("."))
	return len(whole) > 0 && digits(whole) && digits(fraction)
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// earlier compares two times of the same clock, which have fractions of the same length.
func earlier(a, b []byte) bool {
	whole, fraction, _ := bytes.Cut(a, []byte("."))
	other, rest, _ := bytes.Cut(b, []byte("."))
	if len(whole) != len(other) {
		return len(whole) < len(other)
	}
	return cmp.Or(bytes.Compare(whole, other), bytes.Compare(fraction, rest)) < 0
}

// quote is a line as evidence, cut after 40 octets.
func quote(b []byte) string {
	if len(b) > 40 {
		return fmt.Sprintf("%q...", b[:40])
	}
	return fmt.Sprintf("%q", b)
}
