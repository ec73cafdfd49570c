package fuzz

import (
	"bufio"
	"context"
	"crypto/tls"
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
	"github.com/imapcheck/imapcheck/properties"
)

func TestStartTLS(t *testing.T) {
	config, _ := credentials(t)
	const (
		negotiates = "starttls-negotiates/STARTTLS/NotAuthenticated"
		closed     = "starttls-closes/STARTTLS/NotAuthenticated"
		injection  = "starttls-injection/STARTTLS/NotAuthenticated"
		once       = "starttls-once/STARTTLS/NotAuthenticated"
	)
	say := func(text string) func(net.Conn, *bufio.Reader, string) *line {
		return func(c net.Conn, in *bufio.Reader, tag string) *line {
			fmt.Fprint(c, strings.ReplaceAll(text, "TAG", tag))
			return &line{c, in}
		}
	}
	inTheClear := func(c net.Conn, in *bufio.Reader, tag string) *line {
		fmt.Fprintf(c, "%s OK begin\r\n", tag)
		_, _ = in.Peek(in.Buffered() + 1) // the client speaks TLS
		fmt.Fprint(c, "* BAD what is that\r\n")
		return nil
	}
	executes := func(c net.Conn, in *bufio.Reader, tag string) *line {
		fmt.Fprintf(c, "%s OK begin\r\n", tag)
		conn := tls.Server(c, config)
		return &line{conn, bufio.NewReader(io.MultiReader(pending(in), conn))}
	}
	takesForTLS := func(c net.Conn, in *bufio.Reader, tag string) *line {
		fmt.Fprintf(c, "%s OK begin\r\n", tag)
		conn := tls.Server(from{c, io.MultiReader(pending(in), c)}, config)
		return &line{conn, bufio.NewReader(conn)}
	}
	closes := func(c net.Conn, in *bufio.Reader, tag string) *line {
		fmt.Fprintf(c, "%s OK begin\r\n", tag)
		return nil
	}
	tls10 := upgrade(&tls.Config{Certificates: config.Certificates, MaxVersion: tls.VersionTLS10, MinVersion: tls.VersionTLS10})
	noCertificate := upgrade(&tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, io.EOF }})
	demanding := upgrade(&tls.Config{Certificates: config.Certificates, ClientAuth: tls.RequireAnyClientCert})

	for _, c := range []struct {
		name  string
		start func(net.Conn, *bufio.Reader, string) *line
		trace string
		keys  []string
		ends  []model.End // of the commands
	}{
		{"upgrades", upgrade(config), "STARTTLS|NOOP|LOGIN user pass|LOGOUT", nil, []model.End{0, 0, 0, model.Closed}},
		{"upgrades to an old version", tls10, "STARTTLS|NOOP", nil, []model.End{0, 0}},
		{"refuses", say("TAG NO not today\r\n"), "STARTTLS|LOGIN user pass", nil, []model.End{0, 0}},
		{"is advertised and BAD", say("TAG BAD what\r\n"), "STARTTLS", []string{"valid-not-bad/STARTTLS/NotAuthenticated"}, []model.End{0}},
		{"goes on in the clear", inTheClear, "STARTTLS|NOOP", []string{negotiates}, []model.End{model.NotTLS, 0}},
		{"says more in the clear", say("TAG OK begin\r\n* OK now\r\n"), "STARTTLS", []string{negotiates}, []model.End{model.NotTLS}},
		{"says half a line in the clear", say("TAG OK begin\r\n* OK now"), "STARTTLS", []string{negotiates}, []model.End{model.NotTLS}},
		{"closes", closes, "STARTTLS|NOOP", []string{closed}, []model.End{model.Closed, 0}},
		{"has no certificate", noCertificate, "STARTTLS|NOOP", nil, []model.End{model.TLSFailed, 0}},
		{"wants the client's certificate", demanding, "STARTTLS|NOOP|NOOP", nil, []model.End{0, model.Closed, 0}},
		{"executes what is behind", executes, "STARTTLS\r\nx1 NOOP|CAPABILITY|NOOP", []string{injection}, []model.End{0, 0, 0}},
		{"executes LOGIN behind", executes, "STARTTLS\r\nx1 LOGIN user pass|LIST \"\" *", []string{injection}, []model.End{0, 0}},
		{"executes LOGOUT behind", executes, "STARTTLS\r\nx1 LOGOUT|NOOP|NOOP", []string{injection}, []model.End{0, model.Closed, 0}},
		{"executes it, and nobody asks", executes, "STARTTLS\r\nx1 NOOP", nil, []model.End{0}},
		{"throws away what is behind", upgrade(config), "STARTTLS\r\nx1 LOGIN user pass|LIST \"\" *|LOGIN user pass", nil, []model.End{0, 0, 0}},
		{"takes what is behind for TLS", takesForTLS, "STARTTLS\r\nx1 NOOP|NOOP", nil, []model.End{model.Closed, 0}},
		{"closes for what is behind", closes, "STARTTLS\r\nx1 NOOP|NOOP", nil, []model.End{model.Closed, 0}},
		{"refuses for what is behind", say("TAG BAD what\r\n"), "STARTTLS\r\nx1 LOGIN user pass|LOGIN user pass", nil, []model.End{0, 0}},
		{"answers what is behind in the clear", say("TAG OK begin\r\nx1 OK done\r\n"), "STARTTLS\r\nx1 NOOP", nil, []model.End{model.NotTLS}},
		{"begins it twice", upgrade(config), "STARTTLS|STARTTLS|NOOP", []string{once}, []model.End{0, 0, 0}},
		{"begins it after LOGIN", upgrade(config), "LOGIN user pass|STARTTLS|NOOP", []string{"state-gating/STARTTLS/Authenticated"}, []model.End{0, 0, 0}},
		{"reads it liberally", upgrade(config), "STARTTLS |LOGIN user pass", []string{"strict-syntax/malformed:arguments/NotAuthenticated"}, []model.End{0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var trace model.Trace
			for text := range strings.SplitSeq(c.trace, "|") {
				trace.Steps = append(trace.Steps, model.Step{Cmd: wire.ParseCommand(text)})
			}
			machine := model.New()
			d := Driver{Target: clerk{start: c.start}, Machine: machine, Session: SessionOptions{Timeout: time.Minute}}
			r, err := d.Run(t.Context(), trace)
			require.NoError(t, err)
			file := &corpus.File{Trace: trace, Transcript: &r.Transcript}
			text := string(corpus.Format(file))
			var keys []string
			for _, v := range r.Violations {
				keys = append(keys, v.Key())
				file.Marks = append(file.Marks, Mark(v))
			}
			assert.Equal(t, c.keys, keys, text)
			var ends []model.End
			for _, x := range r.Transcript.Exchanges {
				if x.Cmd != nil {
					ends = append(ends, x.Reply.End)
				}
			}
			assert.Equal(t, c.ends, ends, text)

			parsed, err := corpus.Parse(corpus.Format(file))
			require.NoError(t, err)
			judged := JudgeFile(machine, parsed)
			assert.Empty(t, judged.Lost, text)
			assert.Empty(t, judged.New, text)
		})
	}
}

// underTLS is a clerk whose connections are under TLS from the start.
type underTLS struct {
	clerk
	config *tls.Config
}

func (u underTLS) Open(context.Context, model.Fixture) (target.Instance, error) {
	l, err := tls.Listen("tcp", "127.0.0.1:0", u.config)
	if err != nil {
		return nil, err
	}
	return underTLSInstance{u.accept(l)}, nil
}

type underTLSInstance struct{ clerkInstance }

func (i underTLSInstance) Dial(ctx context.Context) (net.Conn, error) {
	return (&tls.Dialer{Config: anyTLS}).DialContext(ctx, "tcp", i.addr)
}

// Where TLS is in effect from the start, a STARTTLS is the second; and the file of the
// evidence says so.
func TestStartTLSUnderTLS(t *testing.T) {
	config, _ := credentials(t)
	k := underTLS{clerk{start: upgrade(config)}, config}
	d := Driver{Target: k, Machine: model.New(), Session: SessionOptions{Timeout: time.Minute}}
	var err error
	d.Machine.Profile, err = d.Probe(t.Context())
	require.NoError(t, err)
	assert.True(t, d.Machine.Profile.TLS)
	const key = "starttls-once/STARTTLS/NotAuthenticated"
	c := Campaign{Driver: d, Level: model.SHOULD}
	f, err := c.Shrink(t.Context(), key, model.Trace{Steps: []model.Step{{Cmd: simple("NOOP")}, {Cmd: model.StartTLS{}}}})
	require.NoError(t, err)
	require.Len(t, f.Trace.Steps, 1)
	file, err := corpus.Parse(corpus.Format(f.TraceFile(1, &d)))
	require.NoError(t, err)
	judged := JudgeFile(model.New(), file)
	assert.Equal(t, 1, judged.Same)
	assert.Empty(t, judged.New)
	assert.Empty(t, judged.Lost)
}

// A server that waits for something else than TLS is silent, and bounded by the
// timeout of the session.
func TestStartTLSSilence(t *testing.T) {
	s := dial(t, t.Context(), SessionOptions{Timeout: 100 * time.Millisecond}, func(c net.Conn, in *bufio.Reader) {
		fmt.Fprint(c, "* OK hi\r\n")
		in.ReadString('\n')
		fmt.Fprint(c, "A1 OK begin\r\n")
		hold(in)
	})
	_, err := s.Greeting()
	require.NoError(t, err)
	r := do(t, s, "A1", model.StartTLS{}, model.Silent)
	assert.Equal(t, "A1 OK begin\n", raws(r))
	do(t, s, "A2", simple("NOOP"), model.Closed)
}

// What is our doing is no evidence: the end of the context, and a certificate that
// the target's configuration does not trust.
func TestStartTLSErrors(t *testing.T) {
	config, _ := credentials(t)
	t.Run("context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := dial(t, ctx, SessionOptions{Timeout: time.Minute}, func(c net.Conn, in *bufio.Reader) {
			fmt.Fprint(c, "* OK hi\r\n")
			in.ReadString('\n')
			fmt.Fprint(c, "A1 OK begin\r\n")
			in.Peek(1)
			cancel()
			hold(in)
		})
		_, err := s.Greeting()
		require.NoError(t, err)
		_, err = s.Do("A1", model.StartTLS{})
		assert.ErrorIs(t, err, context.Canceled)
	})
	t.Run("certificate", func(t *testing.T) {
		in, err := clerk{start: upgrade(config)}.Open(t.Context(), model.Fixture{})
		require.NoError(t, err)
		defer in.Close()
		s, err := Dial(t.Context(), trusting{in, &tls.Config{ServerName: "example.com"}}, 0, SessionOptions{Timeout: time.Minute})
		require.NoError(t, err)
		defer s.Close()
		_, err = s.Greeting()
		require.NoError(t, err)
		_, err = s.Do("A1", model.StartTLS{})
		assert.ErrorContains(t, err, "certificate")
	})
}

// trusting is an instance that says how to speak TLS.
type trusting struct {
	target.Instance
	config *tls.Config
}

func (i trusting) TLS() *tls.Config { return i.config }

func TestStartTLSVerifies(t *testing.T) {
	server, client := credentials(t)
	in, err := clerk{start: upgrade(server)}.Open(t.Context(), model.Fixture{})
	require.NoError(t, err)
	defer in.Close()
	s, err := Dial(t.Context(), trusting{in, client}, 0, SessionOptions{Timeout: time.Minute})
	require.NoError(t, err)
	defer s.Close()
	_, err = s.Greeting()
	require.NoError(t, err)
	do(t, s, "A1", model.StartTLS{}, model.Open)
	r := do(t, s, "A2", simple("NOOP"), model.Open)
	assert.Equal(t, "A2 OK done\n", raws(r))
}

// go-imap's server lets nobody in in the clear, and takes what is behind STARTTLS
// for TLS. That it hangs is seen at once under TLS, too.
func TestSessionWithMemTLS(t *testing.T) {
	s := openMem(t, "mem:tls")
	r := do(t, s, "A1", login, model.Open)
	assert.Equal(t, model.NO, r.Responses[0].Status, raws(r))
	do(t, s, "A2", model.StartTLS{}, model.Open)
	r = do(t, s, "A3", model.StartTLS{}, model.Open)
	assert.Equal(t, model.BAD, r.Responses[0].Status, raws(r))
	r = do(t, s, "A4", login, model.Open)
	assert.Equal(t, model.OK, r.Responses[0].Status, raws(r))
	r = do(t, s, "A5", model.Mailbox{Verb: "SELECT", Box: model.A("INBOX")}, model.Open)
	assert.Contains(t, raws(r), "* 2 EXISTS\n")
	start := time.Now()
	do(t, s, "A6", model.Raw{Bytes: "LIST {4}"}, model.Silent)
	assert.Less(t, time.Since(start), 10*time.Second)

	s = openMem(t, "mem:tls")
	do(t, s, "A1", model.StartTLS{Behind: simple("NOOP")}, model.Closed)
}

// A command that is executed behind STARTTLS is found, and its trace made minimal.
func TestInjectionShrinks(t *testing.T) {
	config, _ := credentials(t)
	k := clerk{start: func(c net.Conn, in *bufio.Reader, tag string) *line {
		fmt.Fprintf(c, "%s OK begin\r\n", tag)
		conn := tls.Server(c, config)
		return &line{conn, bufio.NewReader(io.MultiReader(pending(in), conn))}
	}}
	m := model.Machine{Profile: model.Profile{Delim: "/", Caps: []string{"STARTTLS"}}}
	c := Campaign{Driver: Driver{Target: k, Machine: m, Session: SessionOptions{Timeout: time.Minute}}, Level: model.MUST}
	trace := model.Trace{Steps: []model.Step{
		{Cmd: simple("NOOP")}, {Cmd: model.StartTLS{Behind: model.LoginStep()}}, {Cmd: simple("CAPABILITY")}, {Cmd: simple("NOOP")},
	}}
	f, err := c.Shrink(t.Context(), "starttls-injection/STARTTLS/NotAuthenticated", trace)
	require.NoError(t, err)
	require.Len(t, f.Trace.Steps, 2)
	assert.Equal(t, model.StartTLS{Behind: simple("NOOP")}, f.Trace.Steps[0].Cmd)
	assert.Equal(t, f.Tries, f.Confirmed)
}

// Where STARTTLS is offered it is sent, now and then with a command behind it; where
// nobody is let in without it, hardly a LOGIN goes before it.
func TestGenerateStartTLS(t *testing.T) {
	count := func(p model.Profile) (started, injected, logins, early int) {
		m := model.Machine{Profile: p}
		for i := range 300 {
			trace := Generate(m, NewSource(3, i), GenerateOptions{})
			f, err := corpus.Parse(corpus.Format(&corpus.File{Trace: trace, Caps: p.Caps, TLS: p.TLS}))
			require.NoError(t, err)
			require.Equal(t, trace, f.Trace)
			s := m.Init(trace.Fixture)
			for _, st := range trace.Steps {
				switch c := st.Cmd.(type) {
				case model.StartTLS:
					if p := s.Phase(st.Conn); p != model.Authenticated && p != model.Selected && !m.Secure(s, st.Conn) {
						started++
					}
					if c.Behind != nil {
						injected++
						require.False(t, m.Secure(s, st.Conn), "behind a STARTTLS that begins TLS")
					}
				case model.LoginCmd:
					logins++
					if !m.Secure(s, st.Conn) {
						early++
					}
				}
				s = m.Predict(s, st)
			}
		}
		return started, injected, logins, early
	}
	started, injected, _, _ := count(model.Profile{Delim: "/"})
	assert.Positive(t, started)
	assert.Zero(t, injected)
	many, injected, logins, early := count(model.Profile{Delim: "/", Caps: []string{"STARTTLS"}})
	assert.Greater(t, many, 2*started)
	assert.InDelta(t, many/5, injected, float64(many)/10)
	assert.Greater(t, early, logins/2)
	many, injected, logins, early = count(model.Profile{Delim: "/", Caps: []string{"LOGINDISABLED", "STARTTLS"}})
	assert.Positive(t, injected)
	assert.Less(t, early, logins/2)
	assert.Greater(t, many, logins/2)
	_, injected, _, early = count(model.Profile{Delim: "/", Caps: []string{"LOGINDISABLED", "STARTTLS"}, TLS: true})
	assert.Zero(t, injected)
	assert.Zero(t, early)
}

// go-imap's server does nothing wrong under TLS that it does not do without, and the
// evidence is judged offline as it was live.
func TestCampaignOnMemTLS(t *testing.T) {
	tg, err := target.Open("mem:tls", target.Options{})
	require.NoError(t, err)
	d := Driver{Target: tg, Machine: model.New()}
	d.Machine.Profile, err = d.Probe(t.Context())
	require.NoError(t, err)
	for i := range 100 {
		trace := Generate(d.Machine, NewSource(8, i), GenerateOptions{Conns: 1 + i%2})
		r, err := d.Run(t.Context(), trace)
		require.NoError(t, err)
		f, err := corpus.Parse(corpus.Format(&corpus.File{Trace: trace, Transcript: &r.Transcript}))
		require.NoError(t, err)
		require.Equal(t, r.Verdict, properties.Judge(d.Machine, *f.Transcript), "trace %d", i)
	}
	c := Campaign{Driver: d, Seed: 7, Commands: 20000, Level: model.SHOULD, NoShrink: true}
	r, err := c.Run(t.Context())
	require.NoError(t, err)
	assert.GreaterOrEqual(t, float64(r.Coverage.Hit), 0.95*float64(r.Coverage.Total), "missed: %v", r.Coverage.Missed)
	assert.NotContains(t, r.Coverage.Missed, "NotAuthenticated STARTTLS ok")
	require.NotEmpty(t, r.Findings)
	for _, f := range r.Findings {
		assert.NotContains(t, f.Key, "starttls", "%s", formatTrace(f.Trace))
	}
}

// Whatever command comes in the clear behind STARTTLS, and however the octets of the two
// are cut up, it is not executed under TLS: in one write, in two with the cut at every
// octet, and octet by octet.
func TestInjectionAtEverySegmentation(t *testing.T) {
	t.Run("mem", func(t *testing.T) {
		tg, err := target.Open("mem:tls", target.Options{})
		require.NoError(t, err)
		d := Driver{Target: tg, Machine: model.New()}
		d.Machine.Profile, err = d.Probe(t.Context())
		require.NoError(t, err)
		inject(t, d, 1)
	})
	t.Run("dovecot", func(t *testing.T) {
		d := managedDriver(t, "dovecot")
		require.True(t, d.Machine.Profile.OffersTLS())
		d.Session.Timeout = 5 * time.Second
		inject(t, d, 20)
	})
}

// inject has each command behind STARTTLS, cut at one place in every few, and at the ends of
// the lines.
func inject(t *testing.T, d Driver, every int) {
	for _, behind := range plaintext(d.Machine) {
		text := wire.FormatCommand(behind)
		deliveries := []model.Delivery{{}, {Way: model.Octets}}
		for at := range len(text) + len("\r\n") {
			if first := strings.Index(text, "\r\n"); at%every == 0 || at == first || at == first+1 || at == first+2 || at == len(text) {
				deliveries = append(deliveries, model.Delivery{Way: model.Split, At: at})
			}
		}
		for _, way := range deliveries {
			trace := model.Trace{Fixture: model.Fixture{Messages: 1}, Steps: []model.Step{{Cmd: behind, Delivery: way}, {Cmd: simple("CAPABILITY")},
				{Cmd: model.List{Verb: "LIST", Ref: model.AString{Form: model.Quoted}, Pattern: model.AString{S: "*"}}},
				{Cmd: model.LoginStep()}, {Cmd: model.StatusCmd{Box: model.A("INBOX"), Items: []string{"MESSAGES"}}}}}
			r, err := d.Run(t.Context(), trace)
			require.NoError(t, err)
			for _, v := range r.Violations {
				assert.NotEqual(t, model.MUST, v.Rule.Level, "%s %s: got %s, want %s", way, text, v.Got, v.Want)
			}
		}
	}
}

// plaintext are STARTTLS with each command of the model behind it that is one line.
func plaintext(m model.Machine) (list []model.Command) {
	g := newGenerator(m, NewSource(1, 1))
	g.s = m.Init(model.Fixture{Messages: 1})
	for _, name := range m.Profile.Commands() {
		for {
			text := wire.FormatCommand(g.build(name))
			if name == "AUTHENTICATE" || name == "APPEND" {
				text, _, _ = strings.Cut(text, "\r\n") // of which the line is what comes behind
			}
			if !strings.ContainsAny(text, "\r\n$") {
				list = append(list, wire.ParseCommand("STARTTLS\r\n"+model.InjectedTag+" "+text))
				break
			}
		}
	}
	return list
}
