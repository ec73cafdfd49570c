package reference

import (
	"fmt"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// spell is the octets of a response, in the spelling of the policy.
func (c *conn) spell(r *model.Response) string {
	octets := string(r.Append(nil))
	p := &c.server.Policy
	if !p.Case && !p.Literals {
		return octets
	}
	w := speller{tag: r.Tag, kind: r.Data, text: r.Text}
	if p.does(c.rand, p.Literals) {
		w.literals = true
	}
	if p.does(c.rand, p.Case) {
		w.letters = func(s string) string {
			if c.rand.IntN(2) == 0 {
				return strings.ToLower(s)
			}
			b := []byte(s)
			for i := range b {
				if c.rand.IntN(2) == 0 {
					b[i] = strings.ToLower(string(b[i]))[0]
				}
			}
			return string(b)
		}
	}
	return w.respell(octets)
}

// speller spells a response in another way that section 9 allows.
type speller struct {
	tag      string
	kind     model.Data
	text     string
	literals bool
	letters  func(string) string // nil leaves them

	out   strings.Builder
	words int    // seen so far, outside of parentheses
	last  string // the last word
	depth int
}

// respell walks over the words and strings of the octets.
func (w *speller) respell(octets string) string {
	head := w.tag + " "
	tail := ""
	if w.kind == nil { // text is what it is
		tail = w.text
	}
	w.out.WriteString(head)
	s := strings.TrimSuffix(strings.TrimPrefix(octets, head), tail)
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '"':
			end := i + 1
			for s[end] != '"' {
				if s[end] == '\\' {
					end++
				}
				end++
			}
			w.quoted(s[i : end+1])
			i = end + 1
		case c == '{':
			var n int
			fmt.Sscanf(s[i:], "{%d}", &n)
			end := i + strings.Index(s[i:], "\r\n") + 2 + n
			w.out.WriteString(s[i:end])
			w.word("")
			i = end
		case model.IsAtomChar(c) || c == ']':
			end := i
			for end < len(s) && (model.IsAtomChar(s[end]) || s[end] == ']') {
				end++
			}
			w.atom(s[i:end])
			i = end
		default:
			switch c {
			case '(':
				w.depth++
			case ')':
				w.depth--
			}
			w.out.WriteByte(c)
			i++
		}
	}
	w.out.WriteString(tail)
	return w.out.String()
}

// word counts what was written.
func (w *speller) word(s string) {
	if w.depth == 0 {
		w.words++
	}
	w.last = s
}

// mailbox reports whether the next word is a mailbox name.
func (w *speller) mailbox() bool {
	switch w.kind.(type) {
	case model.ListData: // LIST () "/" name
		return w.depth == 0 && w.words == 2
	case model.StatusData:
		return w.depth == 0 && w.words == 1
	}
	return false
}

// atom writes an atom: a keyword in other letters, a mailbox name in another form.
func (w *speller) atom(s string) {
	switch {
	case w.mailbox() && w.literals:
		w.literal(s)
	case w.mailbox() || w.letters == nil:
		w.out.WriteString(s)
	default:
		w.out.WriteString(w.letters(s))
	}
	w.word(s)
}

// quoted writes a quoted string, as a literal where section 9 has more than quotes.
func (w *speller) quoted(s string) {
	fixed := strings.EqualFold(w.last, "INTERNALDATE")
	switch strings.ToUpper(s) {
	case `"TEXT"`, `"MESSAGE"`, `"RFC822"`: // media-text, media-message
		fixed = true
	}
	if _, list := w.kind.(model.ListData); list && w.words == 1 || w.kind == nil {
		fixed = true // the delimiter is QUOTED-CHAR
	}
	if _, ok := w.kind.(model.NamespaceData); ok {
		fixed = true
	}
	if fixed || !w.literals {
		w.out.WriteString(s)
	} else {
		w.literal(unquoted(s))
	}
	w.word(s)
}

func (w *speller) literal(s string) { fmt.Fprintf(&w.out, "{%d}\r\n%s", len(s), s) }

// unquoted is what a quoted string says.
func unquoted(s string) string {
	var b strings.Builder
	s = s[1 : len(s)-1]
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
