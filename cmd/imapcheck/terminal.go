package main

import (
	"io"
	"os"

	"golang.org/x/term"

	"github.com/imapcheck/imapcheck/fuzz/report"
)

// mostWidth is how wide a line is on the widest terminal.
const mostWidth = 120

// styleOf looks at what w is. There is colour on a terminal only, and not
// against the user's wish (no-color.org).
func styleOf(w io.Writer) report.Style {
	fd, ok := terminal(w)
	if !ok {
		return report.Style{}
	}
	s := report.Style{Colour: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	if width, _, err := term.GetSize(fd); err == nil && width > 0 {
		s.Width = min(width, mostWidth)
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
