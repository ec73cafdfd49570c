package wire

import (
	"io"
	"testing"
)

// loopSource says the same for ever.
type loopSource struct {
	text string
	at   int
}

func (l *loopSource) Read(b []byte) (int, error) {
	n := copy(b, l.text[l.at:])
	l.at = (l.at + n) % len(l.text)
	return n, nil
}

var _ io.Reader = (*loopSource)(nil)

func BenchmarkReader(b *testing.B) {
	for _, c := range []struct{ name, raw string }{
		{"status", "A23 OK [READ-WRITE] SELECT completed"},
		{"exists", "* 172 EXISTS"},
		{"fetch", `* 12 FETCH (FLAGS (\Seen \Deleted) UID 4711 INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 4286)`},
		{"literal", "* 12 FETCH (UID 4711 BODY[HEADER.FIELDS (FROM)] {26}\r\nFrom: <gray@example.com>\r\n)"},
		{"bodystructure", "* 12 FETCH (ENVELOPE " + envelopeOctets + " BODYSTRUCTURE " + fullBody + ")"},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := NewReader(&loopSource{text: c.raw + "\r\n"}, Limits{})
			b.SetBytes(int64(len(c.raw)) + 2)
			b.ReportAllocs()
			for b.Loop() {
				if resp, err := r.Next(); err != nil || resp.Syntax != nil {
					b.Fatal(err, resp.Syntax)
				}
			}
		})
	}
}
