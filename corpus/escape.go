package corpus

import "strings"

const upperHex = "0123456789ABCDEF"

// Escape writes the octets of s as a trace file has them: printable ASCII that neither
// begins nor ends with a space, and \xHH for the rest.
func Escape(s string) string { return escape(s) }

// Unescape is the octets that Escape has written as text.
func Unescape(text string) string { return unescape(text) }

// escape writes the octets of s as printable ASCII that neither begins nor
// ends with a space.
func escape(s string) string { return escaped(s, false) }

// escapeField is escape for a value that shares its line with others, which
// two spaces or more keep apart: it never has two spaces in a row.
func escapeField(s string) string { return escaped(s, true) }

func escaped(s string, field bool) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	space := false // the last octet written was a space
	for i := 0; i < len(s); i++ {
		c := s[i]
		bare := c > ' ' && c < 0x7f
		switch c {
		case ' ':
			bare = i > 0 && i < len(s)-1 && !(field && space)
		case '\\':
			_, esc := escapeAt(s, i)
			bare = !esc
		}
		space = bare && c == ' '
		if bare {
			b.WriteByte(c)
		} else {
			writeEscape(&b, c)
		}
	}
	return b.String()
}

// plain reports whether s obviously needs no escape.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '\\' {
			return false
		}
	}
	return true
}

func writeEscape(b *strings.Builder, c byte) {
	b.WriteString(`\x`)
	b.WriteByte(upperHex[c>>4])
	b.WriteByte(upperHex[c&15])
}

// unescape is the octets that the text stands for. It reads any octet's
// escape, also one that escape does not use.
func unescape(text string) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if c, ok := escapeAt(text, i); ok {
			b.WriteByte(c)
			i += 3
		} else {
			b.WriteByte(text[i])
		}
	}
	return b.String()
}

// escapeAt is the octet whose escape is at s[i].
func escapeAt(s string, i int) (byte, bool) {
	if len(s)-i < 4 || s[i] != '\\' || s[i+1] != 'x' {
		return 0, false
	}
	hi, lo := strings.IndexByte(upperHex, s[i+2]), strings.IndexByte(upperHex, s[i+3])
	if hi < 0 || lo < 0 {
		return 0, false
	}
	return byte(hi<<4 | lo), true
}

// formatResponse is the text of an S line. The tag is the exchange's own, ""
// for a greeting.
func formatResponse(raw, tag string) string {
	if tag != "" {
		if rest, ok := strings.CutPrefix(raw, tag+" "); ok && isCompletion(rest) {
			return escape(rest)
		}
	}
	text := escape(raw)
	if isCompletion(raw) {
		var b strings.Builder
		writeEscape(&b, raw[0])
		return b.String() + text[1:]
	}
	return text
}

// parseResponse reads what formatResponse wrote; false if a completion stands
// without its tag and there is none to put.
func parseResponse(text, tag string) (raw string, ok bool) {
	raw = unescape(text)
	if !isCompletion(raw) || text[0] == '\\' {
		return raw, true
	}
	return tag + " " + raw, tag != ""
}

// isCompletion reports whether s begins with OK, NO or BAD as a word.
func isCompletion(s string) bool {
	word, _, _ := strings.Cut(s, " ")
	return word == "OK" || word == "NO" || word == "BAD"
}
