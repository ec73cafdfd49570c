package sessionlog

import (
	"bytes"

	"github.com/imapcheck/imapcheck/model/wire"
)

// stream puts the lines of one side of a connection together to commands or
// responses: a unit goes on behind the lines that announce a literal.
type stream struct {
	side   side
	buf    []byte // the unit so far
	first  int    // its first line
	need   int    // octets of the literal that are not there yet
	within bool   // a literal was announced, and the unit is not at its end
	plus   bool   // the octets of the literal follow unasked
	fresh  bool   // none of them has come
	free   bool   // the size of a literal says nothing: it is one line
	framed wire.Lines
}

// push adds a line. lf says that the line ends in a bare LF, if in a literal; exact,
// that sizes of literals agree with the log, whatever stands behind them. unit is the
// whole command or response, without its CRLF, if the line ends one.
func (s *stream) push(l line, text []byte, lf, exact bool) (unit []byte, done bool, err error) {
	if !s.within {
		s.buf, s.first, s.framed, s.free = s.buf[:0], l.number, wire.Lines{}, false
		if cap(s.buf) > mostSpare {
			s.buf = nil
		}
	}
	behind := s.within && s.need == 0 // a literal that ended with the last line
	if s.within && s.need > 0 && s.free {
		s.need = 0 // whatever the password was
	}
	start, end := len(s.buf), "\r\n"
	if lf && s.need > len(text) {
		end = "\n"
	}
	s.buf = append(append(s.buf, text...), end...)
	if s.fresh = false; s.need > 0 {
		behind = true
		octets := min(s.need, len(s.buf)-start)
		s.need -= octets
		start += octets
		if s.need > 0 || start == len(s.buf) {
			return nil, false, nil
		}
	}
	if rest := s.buf[start:]; behind && !exact && rest[0] != ' ' && rest[0] != ')' && rest[0] != '\r' {
		return nil, false, lineError(l.number, "a literal should end before %s: have line ends been lost?", quote(rest))
	}
	rest, crlf := bytes.CutSuffix(s.buf[start:], []byte("\r\n"))
	if crlf && s.announces(rest) {
		s.within, s.fresh = true, true
		return nil, false, nil
	}
	s.within = false
	if crlf {
		return s.buf[:len(s.buf)-2], true, nil
	}
	return s.buf, true, nil
}

// mostSpare is how large a spent buffer is kept.
const mostSpare = 64 << 10

func (s *stream) announces(line []byte) (ok bool) {
	if s.side == server {
		s.need, ok = s.framed.Literal(line)
		return ok
	}
	s.need, s.plus, ok = wire.CommandLiteral(line)
	return ok
}

// open reports whether the unit goes on in the next line.
func (s *stream) open() bool { return s.within }
