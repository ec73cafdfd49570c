package wire

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// AppendCommand appends the tag, a space, the command and CRLF to dst. Of an
// Authenticate that is the first line only: each of its Lines waits for a
// continuation request of its own (RFC 3501 6.2.2).
//
// Strings go out in the form of their AString, raised with AString.Legal where
// the form cannot carry the octets. A value that breaks the invariants of its
// type (a STORE with the flag "a b") is written as it is.
func AppendCommand(dst []byte, tag string, c model.Command) []byte {
	dst = append(dst, tag...)
	dst = append(dst, ' ')
	dst = appendBody(dst, c)
	return append(dst, "\r\n"...)
}

// FormatCommand is the command in the RFC's notation, without the tag and the
// final CRLF. A literal has its CRLF and its octets inside; the lines of an
// Authenticate follow its first one, each after a CRLF.
func FormatCommand(c model.Command) string {
	b := appendBody(nil, c)
	if auth, ok := c.(model.Authenticate); ok {
		for _, line := range auth.Lines {
			b = append(append(b, "\r\n"...), line...)
		}
	}
	return string(b)
}

// Chunks splits what AppendCommand built where the client has to wait for a
// continuation request (RFC 3501 4.3): each chunk but the last ends in "{n}"
// CRLF. Nobody waits for one behind "{n+}" (RFC 7888 section 3). Octets inside a
// literal are no boundary, whatever they look like. A literal that the end of the
// input cuts short (malformed Raw) is in the last chunk. The chunks are parts of
// b, never empty, and make up b.
func Chunks(b []byte) [][]byte {
	var chunks [][]byte
	start, pos := 0, 0 // of the chunk; of the octets that are not in a literal
	for {
		eol := bytes.Index(b[pos:], []byte("\r\n"))
		if eol < 0 {
			break
		}
		line := b[pos : pos+eol]
		pos += eol + 2
		n, plus, ok := literalSize(line)
		if !ok {
			continue
		}
		if !plus {
			chunks = append(chunks, b[start:pos])
			start = pos
		}
		pos += min(n, len(b)-pos)
	}
	if start < len(b) {
		chunks = append(chunks, b[start:])
	}
	return chunks
}

// literalSize is the n of a line that ends in "{n}", or in "{n+}", which plus
// says. A number that does not fit stands for more octets than there are: a
// client would wait there too.
func literalSize(line []byte) (n int, plus, ok bool) {
	open := bytes.LastIndexByte(line, '{')
	if open < 0 || line[len(line)-1] != '}' {
		return 0, false, false
	}
	digits, plus := bytes.CutSuffix(line[open+1:len(line)-1], []byte("+"))
	for _, c := range digits {
		if !digit(c) {
			return 0, false, false
		}
	}
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		n = math.MaxInt
	}
	return n, plus, len(digits) > 0
}

// appendBody appends the first line of an Authenticate, all of another command.
func appendBody(dst []byte, c model.Command) []byte {
	switch c := c.(type) {
	case model.Simple:
		return append(dst, c.Verb...)
	case model.StartTLS:
		dst = append(dst, "STARTTLS"...)
		if c.Behind == nil {
			return dst
		}
		return appendBody(append(append(dst, "\r\n"...), model.InjectedTag+" "...), c.Behind)
	case model.LoginCmd:
		return appendStrings(append(dst, "LOGIN"...), c.User, c.Password)
	case model.Authenticate:
		return append(append(dst, "AUTHENTICATE "...), c.Mechanism...)
	case model.Mailbox:
		return appendStrings(append(dst, c.Verb...), c.Box)
	case model.Rename:
		return appendStrings(append(dst, "RENAME"...), c.From, c.To)
	case model.List:
		dst = appendStrings(append(dst, c.Verb...), c.Ref)
		return appendPattern(append(dst, ' '), c.Pattern)
	case model.StatusCmd:
		dst = appendStrings(append(dst, "STATUS"...), c.Box)
		return appendParen(append(dst, ' '), c.Items)
	case model.Append:
		return appendAppend(dst, c)
	case model.Search:
		return appendSearch(dst, c)
	case model.Fetch:
		dst = appendSet(append(dst, c.Name()...), c.Set)
		if c.Paren || len(c.Items) != 1 {
			return appendParen(dst, c.Items)
		}
		return append(dst, c.Items[0]...)
	case model.Store:
		return appendStore(dst, c)
	case model.Copy:
		dst = appendSet(append(dst, c.Name()...), c.Set)
		return appendString(dst, c.Box)
	case model.Enable:
		dst = append(dst, "ENABLE"...)
		for _, name := range c.Caps {
			dst = append(append(dst, ' '), name...)
		}
		return dst
	case model.UIDExpunge:
		return append(append(dst, "UID EXPUNGE "...), c.Set.String()...)
	case model.Experimental:
		dst = append(dst, c.Verb...)
		if c.Args != "" {
			dst = append(append(dst, ' '), c.Args...)
		}
		return dst
	case model.Raw:
		return append(dst, c.Bytes...)
	}
	return dst
}

func appendAppend(dst []byte, c model.Append) []byte {
	dst = appendStrings(append(dst, "APPEND"...), c.Box)
	if c.Flags != nil {
		dst = appendParen(append(dst, ' '), c.Flags)
	}
	if c.Date != "" {
		dst = append(append(append(dst, ` "`...), c.Date...), '"')
	}
	return appendLiteral(append(dst, ' '), c.Message, c.Plus)
}

func appendStore(dst []byte, c model.Store) []byte {
	dst = appendSet(append(dst, c.Name()...), c.Set)
	if c.Op != 0 {
		dst = append(dst, c.Op)
	}
	dst = append(dst, "FLAGS"...)
	if c.Silent {
		dst = append(dst, ".SILENT"...)
	}
	dst = append(dst, ' ')
	if c.Paren || len(c.Flags) == 0 {
		return appendParen(dst, c.Flags)
	}
	return append(dst, strings.Join(c.Flags, " ")...)
}

// appendSet appends the set between spaces.
func appendSet(dst []byte, s model.Set) []byte {
	dst = append(append(dst, ' '), s.String()...)
	return append(dst, ' ')
}

func appendParen(dst []byte, words []string) []byte {
	dst = append(append(dst, '('), strings.Join(words, " ")...)
	return append(dst, ')')
}

// appendStrings appends each string after a space.
func appendStrings(dst []byte, list ...model.AString) []byte {
	for _, a := range list {
		dst = appendString(append(dst, ' '), a)
	}
	return dst
}

func appendString(dst []byte, a model.AString) []byte {
	a = a.Legal()
	switch a.Form {
	case model.Atom:
		return append(dst, a.S...)
	case model.Quoted:
		return appendQuoted(dst, a.S)
	}
	return appendLiteral(dst, a.S, a.Form == model.LiteralPlus)
}

// appendPattern appends a list-mailbox, whose atoms may hold wildcards.
func appendPattern(dst []byte, a model.AString) []byte {
	if a.Form == model.Atom && a.S != "" && strings.IndexFunc(a.S, notInList) < 0 {
		return append(dst, a.S...)
	}
	return appendString(dst, a)
}

func notInList(r rune) bool { return r >= 0x80 || !listChar(byte(r)) }

func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

func appendLiteral(dst []byte, s string, plus bool) []byte {
	dst = strconv.AppendInt(append(dst, '{'), int64(len(s)), 10)
	if plus {
		dst = append(dst, '+')
	}
	return append(append(dst, "}\r\n"...), s...)
}
