package wire

// Lines tells which lines of a response go on in a literal, for a caller that has the
// response line by line. Its zero value is before the first line.
type Lines struct{ lits literals }

// Literal is the number of octets of the literal that line, the next of the response,
// announces; false if the response ends with it. The line is without its CRLF, and
// has none of the octets of the literal before it.
func (l *Lines) Literal(line []byte) (n int, ok bool) { return l.lits.next(line) }

// CommandLiteral is the number of octets of the literal that a line of a command,
// without its CRLF, announces; false if the command ends with it. plus says that
// nobody waits for a continuation request (RFC 7888).
func CommandLiteral(line []byte) (n int, plus, ok bool) {
	if len(line) == 0 {
		return 0, false, false
	}
	return literalSize(line)
}
