package wire

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/imapcheck/imapcheck/model"
)

// Limits bound what one response of a server may cost. A field that is zero
// means its default.
type Limits struct {
	Line    int // octets of a response outside its literals, line ends included; 1<<20
	Literal int // octets of one literal; 16<<20
	Total   int // octets of a response, line ends included; 32<<20
	Depth   int // parentheses that are open at once; 100
}

const (
	defaultLine    = 1 << 20
	defaultLiteral = 16 << 20
	defaultTotal   = 32 << 20
	defaultDepth   = 100

	readAhead = 4 << 10  // what a Reader buffers of its source
	keepSpare = 64 << 10 // how large a spent buffer a Reader keeps
)

// LimitError says that a response exceeded one of the [Limits].
type LimitError struct {
	What  string // "line", "literal", "total" or "depth"
	Limit int    // the bound, in octets or parentheses
}

// Error names the bound.
func (e *LimitError) Error() string {
	return fmt.Sprintf("wire: response exceeds the limit of %d for its %s", e.Limit, e.What)
}

// Reader cuts the octets of a server into responses. It is not safe for
// concurrent use.
type Reader struct {
	src *bufio.Reader
	lim Limits
	buf []byte // the response under construction, if it did not come in one piece
	err error
}

// NewReader is a Reader of r. It may read ahead of the response that it returns.
func NewReader(r io.Reader, l Limits) *Reader {
	def := func(n *int, d int) {
		if *n <= 0 {
			*n = d
		}
	}
	def(&l.Line, defaultLine)
	def(&l.Literal, defaultLiteral)
	def(&l.Total, defaultTotal)
	def(&l.Depth, defaultDepth)
	return &Reader{src: bufio.NewReaderSize(r, readAhead), lim: l}
}

// Expunge reports whether the next response has come already and is an EXPUNGE:
// Next will return it, and not wait.
func (r *Reader) Expunge() bool {
	b, _ := r.src.Peek(r.src.Buffered())
	line, _, whole := bytes.Cut(b, crlf)
	return whole && bytes.HasPrefix(line, []byte("* ")) && bytes.HasSuffix(line, []byte(" EXPUNGE"))
}

// Rest is what follows the response that Next returned last, and is read as
// something else than responses: TLS, behind STARTTLS. The Reader is used no more.
func (r *Reader) Rest() io.Reader { return r.src }

// Next returns the next response. One that breaks the grammar has its Syntax
// set, and the error is nil: the following response begins behind the next CRLF
// or bare LF that is not in a literal. A bare LF is kept in Raw; a CRLF is not.
//
// The error is io.EOF at the end of the stream between two responses, and
// io.ErrUnexpectedEOF within one; a [*LimitError] if a response exceeds a bound;
// else it is the source's own. Raw is then the octets that came, within the
// bounds. After an error Next returns the same error again.
func (r *Reader) Next() (model.Response, error) {
	if r.err != nil {
		return model.Response{}, r.err
	}
	raw, err := r.frame()
	if err != nil {
		r.err = err
		return model.Response{Raw: raw}, err
	}
	resp, deep := parseRaw(raw, r.lim.Depth)
	if deep {
		r.err = &LimitError{What: "depth", Limit: r.lim.Depth}
	}
	return resp, r.err
}

// frame reads the octets of one response.
func (r *Reader) frame() (string, error) {
	line, err := r.src.ReadSlice('\n')
	if err == nil && len(line) <= min(r.lim.Line, r.lim.Total) {
		if body, ok := bytes.CutSuffix(line, crlf); !ok {
			return string(line), nil
		} else if _, ok := announced(body); !ok {
			return string(body), nil
		}
	}
	if cap(r.buf) > keepSpare {
		r.buf = nil
	}
	r.buf = append(r.buf[:0], line...)
	return r.frameLong(err)
}

// frameLong goes on where frame found a response of several pieces: r.buf is the
// first, err what the source said behind it.
func (r *Reader) frameLong(err error) (string, error) {
	start := 0 // of the current line in r.buf
	var inside int
	var lits literals
	for {
		if n := len(r.buf) - inside; n > r.lim.Line {
			return r.exceeded("line", r.lim.Line, len(r.buf)-(n-r.lim.Line))
		}
		if len(r.buf) > r.lim.Total {
			return r.exceeded("total", r.lim.Total, r.lim.Total)
		}
		if err != nil && err != bufio.ErrBufferFull {
			return r.broken(err)
		}
		if err == nil {
			line, ok := bytes.CutSuffix(r.buf[start:], crlf)
			if !ok {
				return string(r.buf), nil
			}
			n, ok := lits.next(line)
			if !ok {
				return string(r.buf[:len(r.buf)-len(crlf)]), nil
			}
			if n > r.lim.Literal {
				return r.exceeded("literal", r.lim.Literal, len(r.buf))
			}
			if n > r.lim.Total-len(r.buf) {
				return r.exceeded("total", r.lim.Total, len(r.buf))
			}
			if err := r.readLiteral(n); err != nil {
				return r.broken(err)
			}
			inside += n
			start = len(r.buf)
		}
		var piece []byte
		piece, err = r.src.ReadSlice('\n')
		r.buf = append(r.buf, piece...)
	}
}

// readLiteral appends the next n octets to r.buf, which grows with what came and
// not with what was announced.
func (r *Reader) readLiteral(n int) error {
	for n > 0 {
		if _, err := r.src.Peek(1); err != nil {
			return err
		}
		piece, _ := r.src.Peek(min(n, r.src.Buffered()))
		r.buf = append(r.buf, piece...)
		r.src.Discard(len(piece))
		n -= len(piece)
	}
	return nil
}

func (r *Reader) exceeded(what string, limit, keep int) (string, error) {
	return string(r.buf[:min(keep, r.lim.Total)]), &LimitError{What: what, Limit: limit}
}

// broken is the end of the source, or its error, behind the octets in r.buf.
func (r *Reader) broken(err error) (string, error) {
	if err == io.EOF && len(r.buf) > 0 {
		err = io.ErrUnexpectedEOF
	}
	return string(r.buf), err
}
