package fuzz_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
	"github.com/imapcheck/imapcheck/properties/scenarios"
)

// FuzzServerBytes has a client meet a server that sends what it likes: whatever that
// is, the run ends with a verdict, and its evidence alone, by way of a trace file,
// gives the same one. The input is the length of the choices of the trace, in two
// octets, those, and then what the server sends on every connection.
func FuzzServerBytes(f *testing.F) {
	m := model.New()
	m.Profile.Caps = model.Understood([]string{"IDLE", "MOVE", "STARTTLS", "UIDPLUS"})
	for _, s := range ofEachRule() {
		octets, err := fuzz.Encode(m, s.Program(), fuzz.GenerateOptions{Conns: 2})
		if err != nil {
			continue
		}
		in := append(binary.BigEndian.AppendUint16(nil, uint16(len(octets))), octets...)
		for _, x := range s.File.Transcript.Exchanges {
			for _, r := range x.Reply.Responses {
				in = append(append(in, r.Raw...), "\r\n"...)
			}
		}
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		n := 0
		if len(in) >= 2 {
			n, in = int(binary.BigEndian.Uint16(in)), in[2:]
		}
		n = min(n, len(in))
		trace := fuzz.Decode(m, in[:n], fuzz.GenerateOptions{Conns: 2})
		d := fuzz.Driver{Target: hostile(in[n:]), Machine: m}
		r, err := d.Run(t.Context(), trace)
		require.NoError(t, err)
		sameAgain(t, m, trace, r)
	})
}

// ofEachRule are one scenario for each rule, those that seeds are made of: every process
// of the engine makes them before it begins, and runs them.
func ofEachRule() []scenarios.Scenario {
	return slices.DeleteFunc(scenarios.All(), func(s scenarios.Scenario) bool { return s.Name != s.Rule })
}

// sameAgain has the evidence of a run judged again, from a trace file.
func sameAgain(t *testing.T, m model.Machine, trace model.Trace, r fuzz.Result) {
	t.Helper()
	if !slices.ContainsFunc(r.Transcript.Exchanges, func(x model.Exchange) bool { return x.Cmd != nil }) {
		return
	}
	file := &corpus.File{Trace: trace, Transcript: &r.Transcript, Caps: m.Profile.Caps, TLS: m.Profile.TLS}
	for _, v := range r.Violations {
		file.Marks = append(file.Marks, fuzz.Mark(v))
	}
	text := corpus.Format(file)
	again, err := corpus.Parse(text)
	require.NoError(t, err, "%s", text)
	recheck := fuzz.JudgeFile(m, again)
	require.Empty(t, recheck.Lost, "%s", text)
	require.Empty(t, recheck.New, "%s", text)
}

// hostile is a server that sends these octets, whatever the client does, and closes.
type hostile []byte

func (h hostile) Name() string                                                 { return "hostile" }
func (h hostile) Open(context.Context, model.Fixture) (target.Instance, error) { return h, nil }
func (h hostile) Close() error                                                 { return nil }
func (h hostile) User() (name, password string)                                { return model.User, model.Password }
func (h hostile) Dial(context.Context) (net.Conn, error) {
	return hostileConn{Reader: bytes.NewReader(h)}, nil
}

type hostileConn struct {
	net.Conn // nil: what is not here is not called
	*bytes.Reader
}

func (c hostileConn) Read(b []byte) (int, error)     { return c.Reader.Read(b) }
func (hostileConn) Write(b []byte) (int, error)      { return len(b), nil }
func (hostileConn) Close() error                     { return nil }
func (hostileConn) SetDeadline(time.Time) error      { return nil }
func (hostileConn) SetReadDeadline(time.Time) error  { return nil }
func (hostileConn) SetWriteDeadline(time.Time) error { return nil }

// FuzzCommandBytes sends octets in the place of a command: in each of the four states,
// and inside a literal. What is one line is judged, with what is asked for behind it. Of
// what is several, nobody can tell to which the server answers: the run has to end, and
// its evidence has to be kept.
func FuzzCommandBytes(f *testing.F) {
	checker := checkerOf(f)
	added := map[string]bool{}
	for _, s := range ofEachRule() {
		for _, st := range s.Program().Steps {
			if text := wire.FormatCommand(st.Cmd); !added[text] {
				added[text] = true
				f.Add([]byte(text))
			}
		}
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		afterLogout(t, checker, octets)
		for _, trace := range places(octets) {
			if slices.ContainsFunc(trace.Steps, several) {
				r, err := checker.Driver().Run(t.Context(), trace)
				require.NoError(t, err)
				sameText(t, trace, r)
				continue
			}
			findings, err := checker.Check(t.Context(), trace)
			require.NoError(t, err)
			fail(t, findings)
		}
	})
}

// places are traces with the octets where the protocol has different ears for them.
func places(octets []byte) []model.Trace {
	text := string(octets)
	raw := wire.ParseCommand(text)
	literal := model.AString{S: strings.ReplaceAll(text, "\x00", "."), Form: model.Literal}
	inbox := model.A("INBOX")
	before := map[string][]model.Command{
		"Not Authenticated": {raw},
		"Authenticated":     {model.LoginStep(), raw},
		"Selected":          {model.LoginStep(), model.Mailbox{Verb: "SELECT", Box: inbox}, raw},
		"login":             {model.LoginCmd{User: literal, Password: literal}},
		"name":              {model.LoginStep(), model.Mailbox{Verb: "SELECT", Box: literal}},
		"text":              {model.LoginStep(), model.Mailbox{Verb: "SELECT", Box: inbox}, model.Search{Keys: []model.SearchKey{{Key: "BODY", Args: []model.AString{literal}}}}},
		"message":           {model.LoginStep(), model.Append{Box: inbox, Message: "Subject: x\r\n\r\n" + literal.S}, model.Mailbox{Verb: "SELECT", Box: inbox}},
	}
	behind := []model.Command{model.Simple{Verb: "NOOP"}, model.StatusCmd{Box: inbox, Items: []string{"MESSAGES", "UNSEEN"}},
		model.Fetch{Set: model.One(1), Items: []string{"RFC822.SIZE", "BODY.PEEK[TEXT]"}, Paren: true}}
	var list []model.Trace
	for _, place := range []string{"Not Authenticated", "Authenticated", "Selected", "login", "name", "text", "message"} {
		t := model.Trace{Fixture: model.Fixture{Messages: 1}}
		for _, c := range slices.Concat(before[place], behind) {
			t.Steps = append(t.Steps, model.Step{Cmd: c})
		}
		list = append(list, t)
	}
	return list
}

// several reports whether a server may take a step for more than one command, or wait
// for more.
func several(st model.Step) bool {
	raw, ok := st.Cmd.(model.Raw)
	return ok && (raw.Lines() || raw.Waits() || model.Raw{Bytes: strings.TrimRight(raw.Bytes, " \t")}.Waits())
}

// afterLogout sends the octets behind a LOGOUT, at once: whatever they are, they are not
// answered, for in the Logout state the server closes the connection (RFC 3501 section
// 3.4).
func afterLogout(t *testing.T, checker *fuzz.Checker, octets []byte) {
	in, err := checker.Driver().Target.Open(t.Context(), model.Fixture{})
	require.NoError(t, err)
	defer in.Close()
	conn, err := in.Dial(t.Context())
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = conn.Write(slices.Concat([]byte("A1 LOGOUT\r\n"), octets, []byte("\r\nA2 NOOP\r\n")))
	require.NoError(t, err)
	got, err := io.ReadAll(conn)
	require.NoError(t, err, "%q", got)
	_, behind, done := strings.Cut(string(got), "\r\nA1 OK ")
	require.True(t, done, "%q", got)
	require.Equal(t, 1, strings.Count(behind, "\r\n"), "%q", got)
}

// FuzzTraceFile: no text makes a reader of trace files panic; what one of them takes,
// Format writes so that the strict reader gives back the same file, and the judge has
// an opinion of it.
func FuzzTraceFile(f *testing.F) {
	for _, s := range ofEachRule() {
		f.Add([]byte(s.Text))
	}
	golden, err := filepath.Glob("../corpus/testdata/*.trace")
	require.NoError(f, err)
	for _, name := range golden {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		lenient, err := corpus.ParseLenient(b)
		if err != nil {
			_, strict := corpus.Parse(b)
			require.EqualError(t, strict, err.Error())
			return
		}
		text := corpus.Format(lenient)
		again, err := corpus.Parse(text)
		require.NoError(t, err, "%s", text)
		require.Equal(t, lenient, again)
		require.Equal(t, string(text), string(corpus.Format(again)))
		if strict, err := corpus.Parse(b); err == nil {
			require.Equal(t, lenient, strict)
		}
		if lenient.Transcript != nil {
			once, twice := fuzz.JudgeFile(model.New(), lenient), fuzz.JudgeFile(model.New(), again)
			require.Equal(t, len(once.Violations), len(twice.Violations), "%s", text)
		}
	})
}

// sameText has the evidence of a run go through a trace file.
func sameText(t *testing.T, trace model.Trace, r fuzz.Result) {
	t.Helper()
	text := corpus.Format(&corpus.File{Trace: trace, Transcript: &r.Transcript})
	again, err := corpus.Parse(text)
	require.NoError(t, err, "%s", text)
	require.Equal(t, string(text), string(corpus.Format(again)))
}
