package model

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Name of malformed input is that of the command it resembles, or "?".
func (c Raw) Name() string {
	words := strings.Fields(strings.ToUpper(firstLine(c.Bytes)))
	if len(words) == 0 {
		return "?"
	}
	name := words[0]
	if name == "UID" && len(words) > 1 {
		name = "UID " + words[1]
	}
	if slices.Contains(CommandNames, name) || extensionOf(name) != nil {
		return name
	}
	return "?"
}

// closes reports whether a liberal server may take the input for a CLOSE or UNSELECT.
func (c Raw) closes() bool { return c.begins("CLOSE", "UNSELECT") }

// begins reports whether a liberal server may take the input for one of the named
// commands, whatever it makes of the rest.
func (c Raw) begins(names ...string) bool {
	s := strings.ToUpper(strings.TrimSpace(c.Bytes))
	return slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(s, name) })
}

// Flaw names in a word what is wrong with malformed input: "open-quote",
// "no-command" (the first word is not an atom), "after-literal" (octets follow
// the last literal), or "arguments".
func (c Raw) Flaw() string {
	line := firstLine(c.Bytes)
	word, rest, _ := strings.Cut(line, " ")
	if strings.EqualFold(word, "UID") {
		word, _, _ = strings.Cut(rest, " ")
	}
	switch {
	case word == "" || !IsAtomChar(word[0]):
		return "no-command"
	case OpenQuote(c.outside()): // for whose end a server may wait
		return "open-quote"
	case !isAtom(word):
		return "no-command"
	case line != c.Bytes:
		return "after-literal"
	}
	return "arguments"
}

// OpenQuote reports whether the end of s is in a quoted string (section 4.3).
func OpenQuote[T string | []byte](s T) bool {
	open := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			open = !open
		case s[i] == '\\' && open:
			i++ // a quoted-special
		}
	}
	return open
}

// Waits reports whether a server may go on waiting for more: a literal is
// announced at the end, and its octets are not all there.
func (c Raw) Waits() bool {
	rest := c.Bytes
	for {
		line, more, found := strings.Cut(rest, "\n")
		n, ok := announced(strings.TrimSuffix(line, "\r"))
		switch {
		case ok && (!found || len(more) < n):
			return true
		case !found:
			return false
		case ok:
			rest = more[n:]
		default:
			rest = more
		}
	}
}

// synchronizing is the number of literals whose octets wait for the server to ask
// for them.
func (c Raw) synchronizing() int {
	n := 0
	for rest, more := c.Bytes, ""; ; rest = more {
		line, after, found := strings.Cut(rest, "\r\n")
		size, ok := announced(line)
		if ok && !strings.HasSuffix(line, "+}") {
			n++
		}
		if !found {
			return n
		}
		if more = after; ok {
			more = after[min(size, len(after)):]
		}
	}
}

// announced is the size of the literal that a line ends in the announcement of. A number that
// is too large for one (section 9) announces a literal all the same to a server that goes on
// to count octets.
func announced(line string) (int, bool) {
	i := strings.LastIndexByte(line, '{')
	if i < 0 || !strings.HasSuffix(line, "}") {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(line[i+1:len(line)-1], "+"), 10, 30) // no input is as large
	return int(n), err == nil || errors.Is(err, strconv.ErrRange)
}

// Lines reports whether a server may take the input for several commands: it
// has a CR or an LF that does not belong to a literal.
func (c Raw) Lines() bool {
	rest := c.Bytes
	for {
		i := strings.IndexAny(rest, "\r\n")
		if i < 0 {
			return false
		}
		n, ok := announced(rest[:i])
		if !ok || !strings.HasPrefix(rest[i:], "\r\n") || len(rest) < i+2+n {
			return true
		}
		rest = rest[i+2+n:]
	}
}

// mimics reports whether the input holds what looks like one of our tags: a server that
// takes a part of it for a command answers with that.
func (c Raw) mimics() bool {
	for i := 1; i < len(c.Bytes); i++ {
		if c.Bytes[i-1] == 'A' && '0' <= c.Bytes[i] && c.Bytes[i] <= '9' {
			return true
		}
	}
	return false
}

// ahead reports whether octets of the input follow without being asked for, those of a
// non-synchronizing literal (RFC 7888).
func (c Raw) ahead() bool { return strings.Contains(c.Bytes, "+}\r\n") }

// plus reports whether the server has literals that do not wait (RFC 7888).
func (m Machine) plus() bool { return m.Profile.Has("LITERAL+") || m.Profile.Has("LITERAL-") }

// outside is the input without the octets of its literals.
func (c Raw) outside() string {
	var b strings.Builder
	rest := c.Bytes
	for {
		line, more, found := strings.Cut(rest, "\r\n")
		b.WriteString(line)
		n, ok := announced(line)
		if !found {
			return b.String()
		}
		if rest = more; ok {
			rest = more[min(n, len(more)):]
		}
	}
}

// octets reports whether the input has an octet that no command may have: section 9
// has CHAR outside of literals, and CHAR8 in them.
func (c Raw) octets() bool {
	return strings.ContainsRune(c.Bytes, 0) || strings.ContainsFunc(c.outside(), notChar)
}

// notChar reports whether r is not CHAR (section 9): a NUL, or an octet of 8 bits.
func notChar(r rune) bool { return r == 0 || r >= 0x80 }

func firstLine(s string) string {
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		return s[:i]
	}
	return s
}
