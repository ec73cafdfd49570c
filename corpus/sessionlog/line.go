package sessionlog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// side is who has sent a line.
type side byte

const (
	nobody side = iota // the line has no beginning that says it
	client
	server
)

// line is one line of a log.
type line struct {
	number int // in its file, from 1
	side   side
	conn   string // the digits behind "C" or "S"
	text   []byte // without what stands before it, and without the line end; good until the next line
	whole  []byte // with what stands before it
	crlf   bool   // it ends in CRLF
}

// source is where lines come from. At the end it returns io.EOF.
type source interface{ next() (line, error) }

// mostLine bounds the octets of a line.
const mostLine = 64 << 20

// lines reads the lines of one file.
type lines struct {
	src    *bufio.Reader
	number int
	long   []byte
}

func newLines(r io.Reader) *lines { return &lines{src: bufio.NewReaderSize(r, 64<<10)} }

// next is the next line with whole set. A last line without an end is one, too.
func (l *lines) next() (line, error) {
	l.number++
	b, err := l.src.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		l.long = l.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) {
			if l.long = append(l.long, b...); len(l.long) > mostLine {
				return line{}, lineError(l.number, "longer than %d octets", mostLine)
			}
			b, err = l.src.ReadSlice('\n')
		}
		l.long = append(l.long, b...)
		b = l.long
	}
	if err != nil && (!errors.Is(err, io.EOF) || len(b) == 0) {
		return line{}, err
	}
	b = bytes.TrimSuffix(b, []byte("\n"))
	whole, crlf := bytes.CutSuffix(b, []byte("\r"))
	return line{number: l.number, whole: whole, crlf: crlf}, nil
}

// file reads the lines of a log that has both sides.
type file struct{ lines *lines }

func (f file) next() (line, error) {
	l, err := f.lines.next()
	if err == nil {
		l.side, l.conn, l.text = prefix(l.whole)
	}
	return l, err
}

// prefix takes a line apart: a time, "C" or "S", digits, a colon, a space, and the text.
func prefix(whole []byte) (s side, conn string, text []byte) {
	rest := whole
	for range 3 {
		if s, conn, text = sided(rest); s != nobody {
			return s, conn, text
		}
		word, after, found := bytes.Cut(rest, []byte(" "))
		if !found || !isTime(word) {
			break
		}
		rest = after
	}
	return nobody, "", whole
}

func sided(b []byte) (side, string, []byte) {
	if len(b) < 2 || b[0] != 'C' && b[0] != 'S' {
		return nobody, "", nil
	}
	end := 1
	for end < len(b) && '0' <= b[end] && b[end] <= '9' {
		end++
	}
	if end == len(b) || b[end] != ':' {
		return nobody, "", nil
	}
	text := b[end+1:]
	if len(text) > 0 && text[0] != ' ' {
		return nobody, "", nil
	}
	s := client
	if b[0] == 'S' {
		s = server
	}
	return s, string(b[1:end]), bytes.TrimPrefix(text, []byte(" "))
}

// isTime reports whether a word may be a date, a time, or a number of seconds.
func isTime(word []byte) bool {
	digits := 0
	for _, c := range word {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case bytes.IndexByte([]byte(".:,-+TZ[]"), c) < 0:
			return false
		}
	}
	return digits > 0
}

// lineError is an error in a line of the log.
func lineError(number int, format string, args ...any) error {
	return fmt.Errorf("line %d: %s", number, fmt.Sprintf(format, args...))
}
