package concurrent

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// driver is a driver of a server that is on this machine; without it the test is skipped.
func driver(t testing.TB, spec string) fuzz.Driver {
	t.Helper()
	name, _, _ := strings.Cut(spec, "?")
	name, _, _ = strings.Cut(name, ":")
	for _, i := range target.Known() {
		if i.Spec == name && i.Missing != "" {
			t.Skipf("%s: %s", name, i.Missing)
		}
	}
	server, err := target.Open(spec, target.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	d := fuzz.Driver{Target: server, Machine: model.New(), Session: fuzz.SessionOptions{Timeout: 5 * time.Second}}
	d.Machine.Profile, err = d.Probe(t.Context())
	require.NoError(t, err)
	return d
}

// A MUST that a server is newly said to break is most likely our error: this is the test
// of the judge's soundness. What is in corpus/known was read against the clause.
func TestServersBreakOnlyWhatIsKnown(t *testing.T) {
	for _, c := range []struct {
		spec     string
		commands int
	}{
		{"mem", 5000}, {"dovecot:stdio", 3000}, {"dovecot:stdio?format=mdbox", 1500}, {"dovecot", 1000},
		{"cyrus", 1000}, {"cyrus:daemon", 1000}, {"courier", 1500}, {"mailutils", 1000}, {"gomem1", 2000}, {"gluon", 1500},
	} {
		t.Run(c.spec, func(t *testing.T) {
			d := driver(t, c.spec)
			server, _, _ := strings.Cut(c.spec, "?")
			server, _, _ = strings.Cut(server, ":")
			known, err := corpus.ReadKnown("../../corpus/known/" + server + ".txt")
			require.NoError(t, err)
			rules := map[string]bool{}
			for key := range known {
				rule, _, _ := strings.Cut(key, "/")
				rules[rule] = true
			}
			if server == "dovecot" { // what is known is of another format of mailboxes
				delete(rules, "order-flags")
				delete(rules, "order-messages")
			}
			m, err := suited(t.Context(), &d)
			require.NoError(t, err)
			parts, commands := 0, 0
			for i := uint64(0); commands < c.commands; i++ {
				r, err := Run(t.Context(), &d, Generate(m, rand.New(rand.NewPCG(5, i)), 4))
				require.NoError(t, err)
				parts += len(newAccount(d.Machine, &r.Transcript).parts())
				commands += r.Commands
				for _, v := range r.Violations {
					if rule, _, _ := strings.Cut(v.Key(), "/"); v.Rule.Level != model.MUST || rules[rule] {
						continue
					}
					say := t.Logf // as in a campaign, nothing is claimed that does not show again
					if shownAgain(t, &d, Generate(m, rand.New(rand.NewPCG(5, i)), 4), v.Key()) {
						say = t.Errorf
					}
					say("%s: got %s, want %s\n%s", v.Key(), v.Got, v.Want,
						corpus.Format(&corpus.File{Trace: r.Trace, Transcript: &r.Transcript}))
				}
			}
			assert.Greater(t, parts, commands/10, "it was judged")
		})
	}
}

// shownAgain reports whether a program shows the key in two of ten runs.
func shownAgain(t *testing.T, d *fuzz.Driver, p Program, key string) bool {
	n := 0
	for range 10 {
		r, err := Run(t.Context(), d, p)
		require.NoError(t, err)
		if slices.ContainsFunc(r.Violations, func(v model.Violation) bool { return v.Key() == key }) {
			n++
		}
	}
	return n >= 2
}

// The seed is all that a program depends on.
func TestProgramsAreDeterministic(t *testing.T) {
	of := func(seed uint64) Program {
		return Generate(model.New(), rand.New(rand.NewPCG(seed, 0)), 3)
	}
	assert.Equal(t, of(1), of(1))
	assert.NotEqual(t, of(1), of(2))
}

// The groups of a program can be told from the evidence.
func TestProgramOfTranscript(t *testing.T) {
	f, err := corpus.ParseLenient([]byte("C0: NOOP\nS0: OK a\nC1: NOOP\nC0: CHECK\nS1: OK b\nC1: CLOSE\nS0: OK a\nS1: OK b\nC0: NOOP\nS0: OK a\n"))
	require.NoError(t, err)
	var sizes []int
	for _, g := range Of(f.Trace, f.Transcript).Groups {
		sizes = append(sizes, len(g))
	}
	assert.Equal(t, []int{1, 3, 1}, sizes)
}

// A session stays in IDLE until the others of its group are done.
func TestIdleLasts(t *testing.T) {
	d := driver(t, "mem")
	g := &generator{m: d.Machine}
	for c := range 2 {
		g.login(c)
		g.send(c, named("SELECT", "INBOX"))
	}
	g.p.Groups = append(g.p.Groups, []model.Step{
		{Conn: 0, Cmd: model.Simple{Verb: "IDLE"}},
		{Conn: 1, Cmd: model.Append{Box: model.A("INBOX"), Message: model.FixtureMessage(0)}},
		{Conn: 1, Cmd: model.Append{Box: model.A("INBOX"), Message: model.FixtureMessage(1)}},
	})
	r, err := Run(t.Context(), &d, g.p)
	require.NoError(t, err)
	idle := slices.IndexFunc(r.Transcript.Exchanges, func(x model.Exchange) bool { return x.Cmd != nil && x.Cmd.Name() == "IDLE" })
	require.GreaterOrEqual(t, idle, 0)
	x := r.Transcript.Exchanges[idle]
	assert.Equal(t, model.OK, x.Outcome())
	assert.Equal(t, len(r.Trace.Steps), x.Returned(), "it is the last to end")
	assert.True(t, slices.ContainsFunc(x.Reply.Responses, func(r model.Response) bool { return r.Data == model.Exists{N: 2} }))
}

// All of a group are idle: nobody waits for another.
func TestAllIdle(t *testing.T) {
	d := driver(t, "mem")
	g := &generator{m: d.Machine}
	var group []model.Step
	for c := range 3 {
		g.login(c)
		group = append(group, model.Step{Conn: c, Cmd: model.Simple{Verb: "IDLE"}}, model.Step{Conn: c, Cmd: model.Simple{Verb: "IDLE"}})
	}
	g.p.Groups = append(g.p.Groups, group)
	r, err := Run(t.Context(), &d, g.p)
	require.NoError(t, err)
	assert.Len(t, r.Trace.Steps, 9)
	assert.Empty(t, r.Violations)
}

// BenchmarkJudge is the cost of judging what a program of some 45 commands has shown;
// parts/op is how many orders were looked for.
func BenchmarkJudge(b *testing.B) {
	if os.Getenv("IMAPCHECK_TARGET") == "" {
		b.Setenv("IMAPCHECK_TARGET", "mem")
	}
	d := driver(b, os.Getenv("IMAPCHECK_TARGET"))
	const histories = 50
	var list []model.Transcript
	for i := range uint64(histories) {
		r, err := Run(b.Context(), &d, Generate(d.Machine, rand.New(rand.NewPCG(9, i)), 4))
		require.NoError(b, err)
		list = append(list, r.Transcript)
	}
	parts := 0
	b.ResetTimer()
	for i := range b.N {
		t := &list[i%histories]
		for _, p := range newAccount(d.Machine, t).parts() {
			p.ordered()
			parts++
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "histories/s")
	b.ReportMetric(float64(parts)/float64(b.N), "parts/op")
}
