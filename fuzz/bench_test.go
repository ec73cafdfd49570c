package fuzz

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// recording is what was sent in a run: for each connection in its turn, the
// chunks of its commands.
type recording struct {
	fixture  model.Fixture
	sessions [][]recorded
}

type recorded struct {
	tag    []byte
	chunks [][]byte
	auth   [][]byte // the lines of AUTHENTICATE
	logout bool
}

// record keeps the commands of traces that the server completed in order.
func record(b *testing.B, d *Driver, traces int) (list []recording, commands int) {
	for i := range traces {
		t := Generate(d.Machine, NewSource(1, i), GenerateOptions{})
		r, err := d.Run(context.Background(), t)
		require.NoError(b, err)
		rec := recording{fixture: t.Fixture}
		for _, x := range r.Transcript.Exchanges {
			if x.Cmd == nil {
				rec.sessions = append(rec.sessions, nil)
				continue
			}
			if x.Reply.End != model.Open && x.Outcome() == model.NoStatus {
				break
			}
			c := recorded{tag: []byte(x.Tag + " ")}
			c.chunks = wire.Chunks(wire.AppendCommand(nil, x.Tag, x.Cmd))
			if a, ok := x.Cmd.(model.Authenticate); ok {
				for _, l := range a.Lines {
					c.auth = append(c.auth, []byte(l+"\r\n"))
				}
			}
			c.logout = x.Cmd.Name() == "LOGOUT"
			last := len(rec.sessions) - 1
			rec.sessions[last] = append(rec.sessions[last], c)
			commands++
		}
		list = append(list, rec)
	}
	return list, commands
}

// replay is the null client: it sends the recorded octets and only waits for a
// line that begins with "+" or with the tag. It parses and judges nothing.
func replay(b *testing.B, d *Driver, rec recording) {
	in, err := d.Target.Open(context.Background(), rec.fixture)
	require.NoError(b, err)
	defer in.Close()
	for _, session := range rec.sessions {
		conn, err := in.Dial(context.Background())
		require.NoError(b, err)
		lines := bufio.NewReader(conn)
		_, err = lines.ReadSlice('\n')
		require.NoError(b, err)
		for _, c := range session {
			if !c.send(conn, lines) {
				break
			}
		}
		conn.Close()
	}
}

func (c recorded) send(conn net.Conn, lines *bufio.Reader) bool {
	more := append(c.chunks[1:len(c.chunks):len(c.chunks)], c.auth...)
	if _, err := conn.Write(c.chunks[0]); err != nil {
		return false
	}
	for {
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			return false
		}
		line, err := lines.ReadSlice('\n')
		switch {
		case err != nil && err != bufio.ErrBufferFull:
			return false
		case bytes.HasPrefix(line, c.tag):
			return !c.logout
		case len(line) > 0 && line[0] == '+' && len(more) > 0:
			if _, err := conn.Write(more[0]); err != nil {
				return false
			}
			more = more[1:]
		}
	}
}

// BenchmarkWholePath compares the whole path (generate, encode, drive, parse,
// judge) with a null client on the same traces: commands a second of each, in
// turn, and their ratio.
func BenchmarkWholePath(b *testing.B) {
	d := memDriver(b)
	const traces = 200
	recs, sent := record(b, &d, traces)
	var full, null time.Duration
	var commands, replayed int
	for b.Loop() {
		start := time.Now()
		for i := range traces {
			t := Generate(d.Machine, NewSource(1, i), GenerateOptions{})
			r, err := d.Run(context.Background(), t)
			require.NoError(b, err)
			commands += r.Commands
		}
		full += time.Since(start)
		start = time.Now()
		for _, rec := range recs {
			replay(b, &d, rec)
		}
		null += time.Since(start)
		replayed += sent
	}
	fullRate, nullRate := float64(commands)/full.Seconds(), float64(replayed)/null.Seconds()
	b.ReportMetric(fullRate, "commands/s")
	b.ReportMetric(nullRate, "null-commands/s")
	b.ReportMetric(fullRate/nullRate, "ratio")
}

// BenchmarkLongTraces shows that the cost of a command does not grow with the
// length of the trace.
func BenchmarkLongTraces(b *testing.B) {
	d := memDriver(b)
	for _, steps := range []int{50, 500, 5000} {
		b.Run(itoaSteps(steps), func(b *testing.B) {
			commands := 0
			start := time.Now()
			for i := 0; b.Loop(); i++ {
				t := Generate(d.Machine, NewSource(3, i), GenerateOptions{Steps: steps})
				r, err := d.Run(context.Background(), t)
				require.NoError(b, err)
				commands += r.Commands
			}
			b.ReportMetric(float64(commands)/time.Since(start).Seconds(), "commands/s")
		})
	}
}

func itoaSteps(n int) string { return map[int]string{50: "50", 500: "500", 5000: "5000"}[n] }
