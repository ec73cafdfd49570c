package report

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"

	"github.com/imapcheck/imapcheck/model"
)

// The columns of a line: those of a style that names none, and the fewest.
const (
	PlainWidth = 100
	LeastWidth = 60
)

// Style is how text is put down: how wide, and whether in colour. The zero Style
// is for what is no terminal.
type Style struct {
	Width  int  // 0 is [PlainWidth]; less than [LeastWidth] is LeastWidth
	Colour bool // by the escape sequences of a terminal
}

// Columns is the width of a line in effect.
func (s Style) Columns() int { return max(LeastWidth, cmp.Or(s.Width, PlainWidth)) }

func (s Style) paint(code, text string) string {
	if !s.Colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold is text that stands out.
func (s Style) Bold(text string) string { return s.paint("1", text) }

// Faint is text that stands back.
func (s Style) Faint(text string) string { return s.paint("2", text) }

// Red is text that says what is wrong.
func (s Style) Red(text string) string { return s.paint("1;31", text) }

// Amber is text that says what is doubtful.
func (s Style) Amber(text string) string { return s.paint("1;33", text) }

// Level is the word for a level, in its colour.
func (s Style) Level(l model.Level) string {
	if l == model.MUST {
		return s.Red(l.String())
	}
	return s.Amber(l.String())
}

// Wrap breaks text into lines of the width; all but the first have the indent.
// Where the first begins, too, something as wide as the indent stands before it.
func (s Style) Wrap(text, indent string) string {
	return s.WrapWords(strings.Fields(text), indent)
}

// WrapWords is [Style.Wrap] of words that may hold spaces, where no line breaks.
func (s Style) WrapWords(words []string, indent string) string {
	var b strings.Builder
	column := len(indent)
	for i, word := range words {
		switch {
		case i == 0:
		case column+1+len(word) > s.Columns():
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

// Printable writes the octets of text as ASCII, those that are not as \xHH.
func Printable(text string) string {
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

// Legible is text from anywhere that is UTF-8 and has no control characters but the ends
// of lines; what is else becomes U+FFFD. XML can hold it, and it does nothing to a terminal.
func Legible(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(text, string(unicode.ReplacementChar)))
}

// Clip shortens a printable text to width columns.
func Clip(text string, width int) string {
	if len(text) <= width {
		return text
	}
	return text[:max(0, width-3)] + "..."
}

// Plural is a number of things, in words.
func Plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
