package wire

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

// countingSource counts the octets that were read of it.
type countingSource struct {
	r io.Reader
	n int
}

func (c *countingSource) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += n
	return n, err
}

// FuzzReader feeds a Reader what no server should send. However bad, it
// ends, stays within its bounds, accounts for every octet, and says of a
// response what ParseResponse says of its Raw.
func FuzzReader(f *testing.F) {
	for _, c := range goodResponses {
		f.Add([]byte(c.raw + "\r\n"))
	}
	for _, c := range badResponses {
		f.Add([]byte(strings.Replace(c.raw, "§", "", 1) + "\r\n* OK next\r\n"))
	}
	lim := Limits{Line: 300, Literal: 200, Total: 400, Depth: 8}
	f.Fuzz(func(t *testing.T, in []byte) {
		src := &countingSource{r: bytes.NewReader(in)}
		r := NewReader(src, lim)
		for pos := 0; ; {
			resp, err := r.Next()
			if len(resp.Raw) > lim.Total {
				t.Fatalf("%d octets of a response", len(resp.Raw))
			}
			if cap(r.buf) > 2*readAhead {
				t.Fatalf("%d octets in memory", cap(r.buf))
			}
			rest := in[pos:]
			if !bytes.HasPrefix(rest, []byte(resp.Raw)) {
				t.Fatalf("%q is not what comes at %d", resp.Raw, pos)
			}
			used := src.n - r.src.Buffered() - pos
			pos += used
			var le *LimitError
			switch {
			case errors.As(err, &le):
				return
			case err == io.EOF || err == io.ErrUnexpectedEOF:
				if pos != len(in) || len(resp.Raw) != len(rest) || (err == io.EOF) != (len(rest) == 0) {
					t.Fatalf("%v after %q at %d of %d", err, resp.Raw, pos, len(in))
				}
				return
			case err != nil:
				t.Fatal(err)
			}
			end := string(rest[len(resp.Raw):used])
			if end != "\r\n" && !(end == "" && strings.HasSuffix(resp.Raw, "\n")) {
				t.Fatalf("%q ends in %q", resp.Raw, end)
			}
			if end == "" && resp.Syntax == nil {
				t.Fatalf("%q ends in a bare LF", resp.Raw)
			}
			if again := ParseResponse(resp.Raw); !reflect.DeepEqual(again, resp) {
				t.Fatalf("%+v\nis again\n%+v", resp, again)
			}
			checkSyntax(t, resp.Raw)
		}
	})
}

// checkSyntax checks the offset of a syntax error, and that a response without
// one survives AppendResponse.
func checkSyntax(t *testing.T, raw string) {
	r := ParseResponse(raw)
	if e := r.Syntax; e != nil {
		if e.Offset < 0 || e.Offset > len(raw) || e.Rule == "" || e.Want == "" || (e.Offset == len(raw)) != (e.Got == "end of response") {
			t.Fatalf("%q: %+v", raw, e)
		}
		return
	}
	again := ParseResponse(string(AppendResponse(nil, r)))
	again.Raw = r.Raw
	if !reflect.DeepEqual(r, again) {
		t.Fatalf("%+v\nis again\n%+v", r, again)
	}
}
