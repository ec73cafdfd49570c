package main

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// style is how text is put on a writer: how wide, and whether in colour.
type style struct {
	width  int
	colour bool
}

// The bounds of a line. Off a terminal it has plainWidth columns.
const (
	leastWidth = 60
	plainWidth = 100
	mostWidth  = 120
)

// styleOf looks at what w is. There is colour on a terminal only, and not
// against the user's wish (no-color.org).
func styleOf(w io.Writer) style {
	fd, ok := terminal(w)
	if !ok {
		return style{width: plainWidth}
	}
	s := style{width: plainWidth, colour: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	if width, _, err := term.GetSize(fd); err == nil && width > 0 {
		s.width = max(leastWidth, min(width, mostWidth))
	}
	return s
}

// terminal is the descriptor of w, if it is a terminal.
func terminal(w io.Writer) (fd int, ok bool) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	fd = int(f.Fd())
	return fd, term.IsTerminal(fd)
}

func (s style) paint(code, text string) string {
	if !s.colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s style) bold(text string) string  { return s.paint("1", text) }
func (s style) faint(text string) string { return s.paint("2", text) }
func (s style) red(text string) string   { return s.paint("1;31", text) }
func (s style) amber(text string) string { return s.paint("1;33", text) }

// wrap breaks text into lines of the width; all but the first have the indent.
func (s style) wrap(text, indent string) string {
	return s.wrapWords(strings.Fields(text), indent)
}

func (s style) wrapWords(words []string, indent string) string {
	var b strings.Builder
	column := len(indent)
	for i, word := range words {
		switch {
		case i == 0:
		case column+1+len(word) > s.width:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// printable writes the octets of text as ASCII, those that are not as \xHH.
func printable(text string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if c := text[i]; c >= ' ' && c < 0x7f {
			b.WriteByte(c)
		} else {
			b.WriteString(`\x`)
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// clip shortens a printable text to width columns.
func clip(text string, width int) string {
	if len(text) <= width {
		return text
	}
	return text[:max(0, width-3)] + "..."
}
