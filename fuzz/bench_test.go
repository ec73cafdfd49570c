package fuzz

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
	"github.com/imapcheck/imapcheck/properties"
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
			if isIdle(x.Cmd) {
				c.auth = [][]byte{[]byte("DONE\r\n")}
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
func BenchmarkWholePath(b *testing.B) { wholePath(b, memDriver(b), 200, 1) }

// BenchmarkDovecot is BenchmarkWholePath on a real server, a process a connection,
// with one trace at a time and with eight.
func BenchmarkDovecot(b *testing.B) {
	for _, jobs := range []int{1, 8} {
		b.Run(fmt.Sprintf("jobs=%d", jobs), func(b *testing.B) {
			wholePath(b, managedDriver(b, "dovecot:stdio"), 80, jobs)
		})
	}
}

// wholePath measures the whole path and the null client on the first traces of a
// run, so many at a time.
func wholePath(b *testing.B, d Driver, traces, jobs int) {
	recs, sent := record(b, &d, traces)
	var full, null time.Duration
	var commands, replayed atomic.Int64
	for b.Loop() {
		full += together(traces, jobs, func(i int) {
			t := Generate(d.Machine, NewSource(1, i), GenerateOptions{})
			r, err := d.Run(context.Background(), t)
			require.NoError(b, err)
			commands.Add(int64(r.Commands))
		})
		null += together(traces, jobs, func(i int) { replay(b, &d, recs[i]) })
		replayed.Add(int64(sent))
	}
	fullRate, nullRate := float64(commands.Load())/full.Seconds(), float64(replayed.Load())/null.Seconds()
	b.ReportMetric(fullRate, "commands/s")
	b.ReportMetric(nullRate, "null-commands/s")
	b.ReportMetric(fullRate/nullRate, "ratio")
}

// together calls f with the numbers below n, of which so many run at the same
// time, and is how long that took.
func together(n, jobs int, f func(int)) time.Duration {
	start := time.Now()
	var next atomic.Int64
	var workers sync.WaitGroup
	for range jobs {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				f(int(i))
			}
		})
	}
	workers.Wait()
	return time.Since(start)
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

// BenchmarkLayers compares all layers of the judgement with grammar and dialogue
// alone, over the whole path: commands a second of each, in turn, and their ratio.
func BenchmarkLayers(b *testing.B) {
	all := memDriver(b)
	dialogue := all
	dialogue.Machine.DialogueOnly = true
	const traces = 200
	var spent [2]time.Duration
	var commands [2]int
	for b.Loop() {
		for k, d := range []*Driver{&all, &dialogue} {
			start := time.Now()
			for i := range traces {
				t := Generate(d.Machine, NewSource(1, i), GenerateOptions{})
				r, err := d.Run(context.Background(), t)
				require.NoError(b, err)
				commands[k] += r.Commands
			}
			spent[k] += time.Since(start)
		}
	}
	rate := func(k int) float64 { return float64(commands[k]) / spent[k].Seconds() }
	b.ReportMetric(rate(0), "commands/s")
	b.ReportMetric(rate(1), "dialogue-commands/s")
	b.ReportMetric(rate(0)/rate(1), "ratio")
}

// reading are commands that leave the mailbox its messages.
var reading = []string{"FETCH", "UID FETCH", "STORE", "UID STORE", "SEARCH", "UID SEARCH", "STATUS", "NOOP", "LIST"}

// BenchmarkManyMessages shows that the judgement of a command on a mailbox of 200
// messages takes no longer in a trace of 2,000 commands than in a short one: the
// same commands, in 40 traces and in one.
func BenchmarkManyMessages(b *testing.B) {
	d := memDriver(b)
	const messages = 200
	run := func(steps []model.Step) model.Transcript {
		r, err := d.Run(context.Background(), model.Trace{Fixture: model.Fixture{Messages: messages}, Steps: steps})
		require.NoError(b, err)
		return r.Transcript
	}
	var transcripts [2][]model.Transcript
	enter := []model.Step{{Cmd: model.LoginStep()}, {Cmd: model.Mailbox{Verb: "SELECT", Box: model.A("INBOX")}}}
	var all []model.Step
	for i := range 40 {
		t := Generate(d.Machine, NewSource(5, i), GenerateOptions{Steps: 200, Messages: messages})
		steps := slices.DeleteFunc(t.Steps, func(st model.Step) bool {
			_, raw := st.Cmd.(model.Raw)
			return raw || !slices.Contains(reading, st.Cmd.Name())
		})[:50]
		all = append(all, steps...)
		transcripts[0] = append(transcripts[0], run(slices.Concat(enter, steps)))
	}
	transcripts[1] = append(transcripts[1], run(slices.Concat(enter, all)))
	var spent [2]time.Duration
	var responses [2]int
	for b.Loop() {
		for k, list := range transcripts {
			start := time.Now()
			for _, t := range list {
				properties.Judge(d.Machine, t)
			}
			spent[k] += time.Since(start)
			for _, t := range list {
				for _, x := range t.Exchanges {
					responses[k] += len(x.Reply.Responses)
				}
			}
		}
	}
	rate := func(k int) float64 { return float64(responses[k]) / spent[k].Seconds() }
	b.ReportMetric(rate(0), "short-responses/s")
	b.ReportMetric(rate(1), "long-responses/s")
	b.ReportMetric(spent[0].Seconds()/spent[1].Seconds(), "ratio")
}
