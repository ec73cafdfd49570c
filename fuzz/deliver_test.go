package fuzz

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// halves is a connection that keeps what is written to it, and notes the end.
type halves struct {
	pieces
}

func (h *halves) CloseWrite() error {
	h.written = append(h.written, "(end)")
	return h.Conn.(*net.TCPConn).CloseWrite()
}

// Each delivery writes what it says, and hears what the server answers.
func TestDeliver(t *testing.T) {
	literal := model.Mailbox{Verb: "SELECT", Box: model.AString{S: "ab", Form: model.Literal}}
	for _, c := range []struct {
		delivery string
		cmd      model.Command
		answer   string // what the server sends, a line for each that it reads, and the last at the end
		written  []string
		got      string
		end      model.End
	}{
		{"octets", simple("NOOP"), "A1 OK", []string{"A", "1", " ", "N", "O", "O", "P", "\r", "\n"}, "A1 OK\n", model.Open},
		{"split 3", simple("NOOP"), "A1 OK", []string{"A1 NOO", "P\r\n"}, "A1 OK\n", model.Open},
		{"split 0", simple("NOOP"), "A1 OK", []string{"A1 ", "NOOP\r\n"}, "A1 OK\n", model.Open},
		{"split 9", simple("NOOP"), "A1 OK", []string{"A1 NOOP\r\n"}, "A1 OK\n", model.Open},
		{"split 12", literal, "+ go|A1 OK", []string{"A1 SELECT {2}\r\n", "a", "b\r\n"}, "+ go\nA1 OK\n", model.Open},
		{"hangup", simple("NOOP"), "A1 OK|* BYE", []string{"A1 NOOP\r\n", "(end)"}, "A1 OK\n* BYE\n", model.HungUp},
		{"cut 3", simple("NOOP"), "* BYE", []string{"A1 NOO", "(end)"}, "* BYE\n", model.HungUp},
		{"cut 99", simple("NOOP"), "* BYE", []string{"A1 NOOP", "(end)"}, "* BYE\n", model.HungUp},
		{"cut 12", literal, "+ go|* BYE", []string{"A1 SELECT {2}\r\n", "(end)"}, "+ go\n* BYE\n", model.HungUp},
		{"cut 13", literal, "+ go|* BYE", []string{"A1 SELECT {2}\r\n", "a", "(end)"}, "+ go\n* BYE\n", model.HungUp},
		{"cut 13", literal, "A1 NO|* BYE", []string{"A1 SELECT {2}\r\n", "(end)"}, "A1 NO\n* BYE\n", model.HungUp},
		{"hangup", model.Raw{Bytes: "SELECT {9}"}, "+ go|", []string{"A1 SELECT {9}\r\n", "(end)"}, "+ go\n", model.HungUp},
	} {
		t.Run(c.delivery+" "+c.cmd.Name(), func(t *testing.T) {
			d, ok := model.ParseDelivery(c.delivery)
			require.True(t, ok)
			s := dial(t, t.Context(), SessionOptions{Timeout: time.Minute}, func(conn net.Conn, in *bufio.Reader) {
				fmt.Fprint(conn, "* OK hi\r\n")
				for line := range strings.SplitSeq(strings.TrimSuffix(c.answer, "|"), "|") {
					if _, err := in.ReadString('\n'); err == nil || strings.HasPrefix(line, "* BYE") {
						fmt.Fprint(conn, line+"\r\n")
					}
				}
				hold(in)
			})
			_, err := s.Greeting()
			require.NoError(t, err)
			log := &halves{pieces{Conn: s.conn}}
			s.conn = log
			if d.Placed() && strings.HasPrefix(c.delivery, "split 12") {
				d.At = 13 // behind the first octet of the literal
			}
			r, err := s.Deliver("A1", c.cmd, d)
			require.NoError(t, err)
			assert.Equal(t, c.written, log.written)
			assert.Equal(t, c.got, raws(r))
			assert.Equal(t, c.end, r.End)
			if c.end == model.HungUp {
				do(t, s, "A2", simple("NOOP"), model.Closed)
			}
		})
	}
}

// A burst is one write. Each command has the answer with its tag, in whichever order they
// come, and what comes behind the first completion is the next command's.
func TestDeliverBurst(t *testing.T) {
	for answer, want := range map[string][3]string{
		"A1 OK\r\nA2 OK\r\nA3 OK\r\n":                      {"A1 OK\n", "A2 OK\n", "A3 OK\n"},
		"A1 OK\r\n* 1 EXPUNGE\r\nA2 OK\r\nA3 OK\r\n":       {"A1 OK\n", "* 1 EXPUNGE\nA2 OK\n", "A3 OK\n"},
		"A3 OK\r\n* 2 EXISTS\r\nA1 OK\r\nA2 BAD\r\n":       {"* 2 EXISTS\nA1 OK\n", "A2 BAD\n", "A3 OK\n"},
		"A2 OK\r\nA1 OK\r\nA3 OK\r\n* 1 EXPUNGE\r\n* OK\n": {"A1 OK\n", "A2 OK\n", "A3 OK\n* 1 EXPUNGE\n"},
	} {
		s := dial(t, t.Context(), SessionOptions{Timeout: time.Minute}, func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* OK hi\r\n")
			io.ReadFull(in, make([]byte, len("A1 CHECK\r\nA2 NOOP\r\nA3 NOOP\r\n")))
			fmt.Fprint(c, answer)
			hold(in)
		})
		_, err := s.Greeting()
		require.NoError(t, err)
		log := &pieces{Conn: s.conn}
		s.conn = log
		r, err := s.Deliver("A1", simple("CHECK"), model.Delivery{Way: model.Burst}, "A2", "A3")
		require.NoError(t, err)
		got := [3]string{raws(r)}
		for i, tag := range []string{"A2", "A3"} {
			got[i+1] = raws(do(t, s, tag, simple("NOOP"), model.Open))
		}
		assert.Equal(t, want, got)
		assert.Equal(t, []string{"A1 CHECK\r\nA2 NOOP\r\nA3 NOOP\r\n"}, log.written)
	}
}

// The commands of a burst are the NOOPs behind it on the same connection, as far as each
// says so, and none behind what reads what follows in another way.
func TestBurst(t *testing.T) {
	burst := model.Delivery{Way: model.Burst}
	noop := model.Step{Cmd: simple("NOOP")}
	more := model.Step{Cmd: simple("NOOP"), Delivery: burst}
	of := func(c model.Command, next ...model.Step) []string {
		return burstOf(c, burst, next)
	}
	assert.Equal(t, []string{"A2"}, of(simple("CHECK"), noop, noop))
	assert.Equal(t, []string{"A2", "A3"}, of(simple("CHECK"), more, noop, noop))
	assert.Equal(t, []string{"A2"}, of(model.Raw{Bytes: "NOOP ("}, more, model.Step{Cmd: simple("CHECK")}))
	assert.Empty(t, of(simple("CHECK"), model.Step{Conn: 1, Cmd: simple("NOOP")}))
	assert.Empty(t, of(simple("CHECK"), model.Step{Cmd: simple("NOOP"), Delivery: model.Delivery{Way: model.Octets}}))
	for _, text := range []string{"IDLE", "LOGOUT", "STARTTLS", "STARTTLS ", "AUTHENTICATE PLAIN", "FETCH 1 FLAGS", "SELECT {1}\r\na", "SELECT {1+}\r\na", "SELECT {4"} {
		assert.Equal(t, text == "SELECT {4", len(of(wire.ParseCommand(text), noop)) > 0, text)
	}
	assert.Empty(t, burstOf(simple("CHECK"), model.Delivery{}, []model.Step{noop}))
}

func burstOf(c model.Command, d model.Delivery, next []model.Step) []string {
	return burst(0, model.Step{Cmd: c, Delivery: d}, next)
}

// hasty is a server that takes what it has for a command at the end of its input.
type hasty struct{ clerk }

func (hasty) Name() string { return "hasty" }

func (h hasty) Open(context.Context, model.Fixture) (target.Instance, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go h.serve(&lineEnding{Conn: c})
		}
	}()
	return clerkInstance{oneConn{l.Addr().String()}, l}, nil
}

// lineEnding is a connection on which a line end goes before the end.
type lineEnding struct {
	net.Conn
	ended bool
}

func (e *lineEnding) Read(b []byte) (int, error) {
	n, err := e.Conn.Read(b)
	if n == 0 && err == io.EOF && !e.ended {
		e.ended = true
		return copy(b, "\r\n"), nil
	}
	return n, err
}

// A command that is cut off and executed is found, and nothing else of the deliveries
// is left when its trace is minimal.
func TestCutOffShrinks(t *testing.T) {
	c := Campaign{Driver: Driver{Target: hasty{}, Machine: model.New(), Session: SessionOptions{Timeout: time.Minute}}, Level: model.SHOULD}
	step := func(text string, w model.Way, at int) model.Step {
		return model.Step{Cmd: wire.ParseCommand(text), Delivery: model.Delivery{Way: w, At: at}}
	}
	trace := model.Trace{Steps: []model.Step{
		step("NOOP", model.Octets, 0), step("LOGIN user pass", model.Split, 5), step("SUBSCRIBE abcdef", model.Burst, 0),
		step("NOOP", model.Whole, 0), step("LIST abc *", model.CutOff, 7), step("NOOP", model.Octets, 0),
	}}
	f, err := c.Shrink(t.Context(), "cut-off/malformed:cut/Authenticated", trace)
	require.NoError(t, err)
	assert.Equal(t, f.Tries, f.Confirmed)
	text := string(corpus.Format(&corpus.File{Trace: f.Trace}))
	assert.Equal(t, "imaptrace v1\nfixture INBOX=0\n\nC0: LOGIN user pass\nC0: LIST \"\" *\nD0: cut 1\n", text)
}

// Whatever the delivery, go-imap's server is found to do nothing that it does not do
// without, and the evidence is judged offline as it was live.
func TestDeliveriesToMem(t *testing.T) {
	tg, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	d := Driver{Target: tg, Machine: model.New()}
	for _, delivery := range []string{"octets", "split 4", "burst", "hangup", "cut 0", "cut 4", "cut 18", "cut 99"} {
		way, _ := model.ParseDelivery(delivery)
		var trace model.Trace
		for _, text := range []string{"NOOP", "CREATE abc", "STATUS INBOX (MESSAGES)", "APPEND INBOX {6}\r\nt: a\r\n", "STATUS INBOX (MESSAGES)", "DELETE abc", "STATUS abc (MESSAGES)"} {
			trace.Steps = append(trace.Steps, model.Step{Cmd: model.LoginStep()}, model.Step{Cmd: wire.ParseCommand(text), Delivery: way},
				model.Step{Cmd: simple("NOOP")})
		}
		r, err := d.Run(t.Context(), trace)
		require.NoError(t, err)
		f := &corpus.File{Trace: trace, Transcript: &r.Transcript}
		text := corpus.Format(f)
		assert.Empty(t, r.Violations, "%s", text)
		again, err := corpus.Parse(text)
		require.NoError(t, err)
		assert.Equal(t, f, again)
		assert.Empty(t, JudgeFile(d.Machine, again).New)
	}
}
