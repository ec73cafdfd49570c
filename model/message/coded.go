package message

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// decodeWords undoes the encoded words (RFC 2047) in UTF-8 of a text in an
// answer: a server may encode anew what it has decoded.
func decodeWords(s string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "=?")
		part := strings.SplitN(rest, "?", 4) // charset, encoding, text, "=" and what follows
		if !found || len(part) != 4 || !strings.HasPrefix(part[3], "=") || !strings.EqualFold(part[0], "utf-8") {
			return b.String() + s
		}
		var text string
		var ok bool
		switch part[1] {
		case "q", "Q":
			text, ok = decodeQ(part[2])
		case "b", "B":
			octets, err := base64.StdEncoding.DecodeString(part[2])
			text, ok = string(octets), err == nil
		}
		if !ok {
			return b.String() + s
		}
		if b.Len() == 0 || strings.TrimSpace(before) != "" {
			b.WriteString(before) // white space between two encoded words is none
		}
		b.WriteString(text)
		s = part[3][1:]
	}
}

// decodeQ undoes the "Q" encoding (RFC 2047 section 4.2).
func decodeQ(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '_':
			b.WriteByte(' ')
		case '=':
			if i+2 >= len(s) {
				return "", false
			}
			c, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil {
				return "", false
			}
			b.WriteByte(byte(c))
			i += 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), true
}
