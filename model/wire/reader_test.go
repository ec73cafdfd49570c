package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

// readRaws reads to the first error and returns the Raw of every response.
func readRaws(r *Reader) (raws []string, err error) {
	for {
		resp, err := r.Next()
		if err != nil {
			if resp.Raw != "" {
				raws = append(raws, resp.Raw)
			}
			return raws, err
		}
		raws = append(raws, resp.Raw)
	}
}

func TestReaderFrames(t *testing.T) {
	for _, c := range []struct {
		name, in string
		raws     []string
		err      error
	}{
		{"nothing", "", nil, io.EOF},
		{"two lines", "* OK a\r\n* OK b\r\n", []string{"* OK a", "* OK b"}, io.EOF},
		{"empty line", "\r\n* OK b\r\n", []string{"", "* OK b"}, io.EOF},
		{"bare LF", "* OK a\n* OK b\r\n", []string{"* OK a\n", "* OK b"}, io.EOF},
		{"bare CR", "* OK a\rb\r\n* OK c\r\n", []string{"* OK a\rb", "* OK c"}, io.EOF},
		{"CR CR LF", "* OK a\r\r\n* OK c\r\n", []string{"* OK a\r", "* OK c"}, io.EOF},
		{"literal", "* LIST () NIL {3}\r\na\r\n\r\n* OK b\r\n", []string{"* LIST () NIL {3}\r\na\r\n", "* OK b"}, io.EOF},
		{"two literals", "* 1 FETCH (BODY[1] {2}\r\n\r\n BODY[2] {0}\r\n)\r\n* OK b\r\n", []string{"* 1 FETCH (BODY[1] {2}\r\n\r\n BODY[2] {0}\r\n)", "* OK b"}, io.EOF},
		{"literal ends in CR, bare LF", "* LIST () NIL {1}\r\n\r\n* OK b\r\n", []string{"* LIST () NIL {1}\r\n\r\n", "* OK b"}, io.EOF},
		{"literal in a broken line", "* LIST (( {3}\r\na\r\n\r\n* OK b\r\n", []string{"* LIST (( {3}\r\na\r\n", "* OK b"}, io.EOF},
		{"literal behind a bare LF", "* LIST () NIL {3}\nabc\r\n", []string{"* LIST () NIL {3}\n", "abc"}, io.EOF},
		{"announced in quotes", "* LIST () NIL \"x\\\" {5}\r\n* OK b\r\n", []string{"* LIST () NIL \"x\\\" {5}", "* OK b"}, io.EOF},
		{"announced behind quotes", "* ID (\"\\\"{1}\" {2}\r\n\r\n)\r\n", []string{"* ID (\"\\\"{1}\" {2}\r\n\r\n)"}, io.EOF},
		{"text of a status", "* OK a {5}\r\nA1 NO b {5}\r\n* BYE {5}\r\n", []string{"* OK a {5}", "A1 NO b {5}", "* BYE {5}"}, io.EOF},
		{"text of a spaced status", "*  OK a {5}\r\n* OK b\r\n", []string{"*  OK a {5}", "* OK b"}, io.EOF},
		{"text of a continuation", "+ a {5}\r\n* OK b\r\n", []string{"+ a {5}", "* OK b"}, io.EOF},
		{"garbage", "hello {5}\r\n{5}\r\n* OK b\r\n", []string{"hello {5}", "{5}", "* OK b"}, io.EOF},
		{"no number", "* LIST {}\r\n* LIST {x5}\r\n* LIST 5}\r\n", []string{"* LIST {}", "* LIST {x5}", "* LIST 5}"}, io.EOF},
		{"charset in a literal", "A1 NO [BADCHARSET (\")\" {5}\r\nUTF-8 {1}\r\nb)] x {5}\r\n* OK b\r\n", []string{"A1 NO [BADCHARSET (\")\" {5}\r\nUTF-8 {1}\r\nb)] x {5}", "* OK b"}, io.EOF},
		{"closed in a line", "* OK a\r\n* OK b", []string{"* OK a", "* OK b"}, io.ErrUnexpectedEOF},
		{"closed in a CRLF", "* OK a\r", []string{"* OK a\r"}, io.ErrUnexpectedEOF},
		{"closed before a literal", "* LIST () NIL {3}\r\n", []string{"* LIST () NIL {3}\r\n"}, io.ErrUnexpectedEOF},
		{"closed in a literal", "* LIST () NIL {3}\r\nab", []string{"* LIST () NIL {3}\r\nab"}, io.ErrUnexpectedEOF},
		{"closed after a literal", "* LIST () NIL {3}\r\nabc", []string{"* LIST () NIL {3}\r\nabc"}, io.ErrUnexpectedEOF},
		{"long", "* OK " + strings.Repeat("x", 3*readAhead) + "\r\n* OK b\r\n", []string{"* OK " + strings.Repeat("x", 3*readAhead), "* OK b"}, io.EOF},
		{"CRLF across the buffer", strings.Repeat("x", readAhead-1) + "\r\n* OK b\r\n", []string{strings.Repeat("x", readAhead-1), "* OK b"}, io.EOF},
		{"long literal", "* LIST () NIL {100000}\r\n" + strings.Repeat("\n", 100000) + "\r\n", []string{"* LIST () NIL {100000}\r\n" + strings.Repeat("\n", 100000)}, io.EOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			raws, err := readRaws(NewReader(strings.NewReader(c.in), Limits{}))
			assert.Equal(t, c.raws, raws)
			assert.Equal(t, c.err, err)
			raws, err = readRaws(NewReader(iotest.OneByteReader(strings.NewReader(c.in)), Limits{}))
			assert.Equal(t, c.raws, raws, "an octet at a time")
			assert.Equal(t, c.err, err, "an octet at a time")
		})
	}
}

func TestReaderParses(t *testing.T) {
	var in bytes.Buffer
	for _, c := range goodResponses {
		in.WriteString(c.raw + "\r\n")
	}
	for name, src := range map[string]io.Reader{
		"at once": bytes.NewReader(in.Bytes()),
		"one":     iotest.OneByteReader(bytes.NewReader(in.Bytes())),
		"half":    iotest.HalfReader(bytes.NewReader(in.Bytes())),
		"dataerr": iotest.DataErrReader(bytes.NewReader(in.Bytes())),
	} {
		r := NewReader(src, Limits{})
		for _, c := range goodResponses {
			got, err := r.Next()
			require.NoError(t, err, name)
			c.want.Raw = c.raw
			require.Equal(t, c.want, got, name)
		}
		_, err := r.Next()
		require.Equal(t, io.EOF, err, name)
	}
}

func TestReaderBareLineEnds(t *testing.T) {
	for in, offset := range map[string]int{
		"* OK a\n":              6,
		"* 1 EXISTS\n":          10,
		"* OK a\rb\r\n":         6,
		"* LIST () NIL a\n":     15,
		"* LIST () NIL {3}\n":   17,
		"* SEARCH 1\r\r\n":      10,
		"* XFOO {1}\r\na\n":     13,
		"* LIST () NIL {0}\r\n": 0, // closed
	} {
		r, err := NewReader(strings.NewReader(in), Limits{}).Next()
		if offset == 0 {
			require.Equal(t, io.ErrUnexpectedEOF, err)
			continue
		}
		require.NoError(t, err)
		require.NotNil(t, r.Syntax, "%q", in)
		assert.Equal(t, "CRLF", r.Syntax.Rule, "%q", in)
		assert.Equal(t, offset, r.Syntax.Offset, "%q", in)
	}
}

func TestReaderSourceError(t *testing.T) {
	boom := errors.New("boom")
	r := NewReader(io.MultiReader(strings.NewReader("* OK a\r\n* OK b"), iotest.ErrReader(boom)), Limits{})
	_, err := r.Next()
	require.NoError(t, err)
	resp, err := r.Next()
	assert.Equal(t, boom, err)
	assert.Equal(t, model.Response{Raw: "* OK b"}, resp)
	_, err = r.Next()
	assert.Equal(t, boom, err, "again")

	_, err = NewReader(stuckSource{}, Limits{}).Next()
	assert.Equal(t, io.ErrNoProgress, err)
	_, err = NewReader(io.MultiReader(strings.NewReader("* LIST {3}\r\n"), stuckSource{}), Limits{}).Next()
	assert.Equal(t, io.ErrNoProgress, err)
}

type stuckSource struct{}

func (stuckSource) Read([]byte) (int, error) { return 0, nil }

// floodSource says its head and then its body for ever, and counts.
type floodSource struct {
	head, body string
	n, turn    int
}

func (f *floodSource) Read(b []byte) (int, error) {
	if f.head != "" {
		n := copy(b, f.head)
		f.head = f.head[n:]
		f.n += n
		return n, nil
	}
	for i := range b {
		b[i] = f.body[f.turn%len(f.body)]
		f.turn++
	}
	f.n += len(b)
	return len(b), nil
}

func TestReaderLimits(t *testing.T) {
	lim := Limits{Line: 20_000, Literal: 50_000, Total: 120_000, Depth: 10}
	for _, c := range []struct {
		name, head, body string
		what             string
		limit, most      int // most octets of Raw
	}{
		{"line", "* OK ", "x", "line", 20_000, 20_000},
		{"line of data", "* SEARCH", " 1", "line", 20_000, 20_000},
		{"line behind a literal", "* XFOO {3}\r\nabc", "x", "line", 20_000, 20_003},
		{"lines of empty literals", "* XFOO ", "{0}\r\n", "line", 20_000, 20_000},
		{"literal", "* XFOO {50001}\r\n", "x", "literal", 50_000, 16},
		{"huge literal", "* XFOO {99999999999999999999999}\r\n", "x", "literal", 50_000, 40},
		{"total", "* XFOO {50000}\r\n" + strings.Repeat("x", 50_000) + "{50000}\r\n" + strings.Repeat("x", 50_000) + "{50000}\r\n", "x", "total", 120_000, 120_000},
		{"depth", "* 1 FETCH (BODYSTRUCTURE " + strings.Repeat("(", 100) + "\r\n", "x", "depth", 10, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := &floodSource{head: c.head, body: c.body}
			r := NewReader(src, lim)
			resp, err := r.Next()
			var le *LimitError
			require.ErrorAs(t, err, &le)
			assert.Equal(t, LimitError{What: c.what, Limit: c.limit}, *le)
			assert.Contains(t, le.Error(), c.what)
			assert.LessOrEqual(t, len(resp.Raw), c.most)
			assert.NotEmpty(t, resp.Raw)
			assert.LessOrEqual(t, src.n, lim.Total+readAhead, "octets read")
			_, again := r.Next()
			assert.Equal(t, err, again)
		})
	}

	t.Run("total below a line", func(t *testing.T) {
		resp, err := NewReader(&floodSource{body: "x"}, Limits{Total: 10}).Next()
		var le *LimitError
		require.ErrorAs(t, err, &le)
		assert.Equal(t, "total", le.What)
		assert.Equal(t, "xxxxxxxxxx", resp.Raw)
	})
	t.Run("at the bounds", func(t *testing.T) {
		in := "* X {4}\r\nabcd\r\n"
		raws, err := readRaws(NewReader(strings.NewReader(in), Limits{Line: 11, Literal: 4, Total: 15}))
		assert.Equal(t, io.EOF, err)
		assert.Equal(t, []string{in[:13]}, raws)
		for _, l := range []Limits{{Line: 10}, {Literal: 3}, {Total: 14}} {
			_, err := readRaws(NewReader(strings.NewReader(in), l))
			assert.IsType(t, (*LimitError)(nil), err, "%+v", l)
		}
	})
}

// A literal that is announced costs nothing before it comes.
func TestReaderAnnouncedLiteralIsFree(t *testing.T) {
	in := "* XFOO {16000000}\r\nabc"
	perRun := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			NewReader(strings.NewReader(in), Limits{}).Next()
		}
	}).AllocedBytesPerOp()
	assert.Less(t, perRun, int64(2*readAhead))
}
