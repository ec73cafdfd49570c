package fuzz

import (
	"context"
	"errors"
	"iter"
	"net"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
)

func memDriver(t testing.TB) Driver {
	t.Helper()
	mem, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { mem.Close() })
	d := Driver{Target: mem, Machine: model.New()}
	d.Machine.Profile, err = d.Probe(context.Background())
	require.NoError(t, err)
	return d
}

func TestGenerateSameSeedSameTrace(t *testing.T) {
	m := model.New()
	o := GenerateOptions{Steps: 60, Conns: 3}
	for i := range 20 {
		a, b := Generate(m, NewSource(4711, i), o), Generate(m, NewSource(4711, i), o)
		require.Equal(t, a, b)
		require.Len(t, a.Steps, 60)
	}
	assert.NotEqual(t, Generate(m, NewSource(1, 0), o), Generate(m, NewSource(2, 0), o))
}

// A generated trace survives the trace file.
func TestGeneratedTracesParseBack(t *testing.T) {
	m := model.New()
	for i := range 300 {
		trace := Generate(m, NewSource(5, i), GenerateOptions{Conns: 2})
		f, err := corpus.Parse(corpus.Format(&corpus.File{Trace: trace}))
		require.NoError(t, err)
		require.True(t, reflect.DeepEqual(trace, f.Trace), "trace %d:\n%s", i, corpus.Format(&corpus.File{Trace: trace}))
	}
}

// The run of a trace is judged the same live and from the file of its evidence.
func TestOfflineJudgementIsTheSame(t *testing.T) {
	d := memDriver(t)
	for i := range 200 {
		trace := Generate(d.Machine, NewSource(6, i), GenerateOptions{Conns: 1 + i%2})
		r, err := d.Run(context.Background(), trace)
		require.NoError(t, err)
		f, err := corpus.Parse(corpus.Format(&corpus.File{Trace: trace, Transcript: &r.Transcript}))
		require.NoError(t, err)
		require.Equal(t, r.Verdict, properties.Judge(d.Machine, *f.Transcript), "trace %d", i)
	}
}

// Two campaigns with one seed find the same, at the same command, and shrink
// it to the same trace. What is found is on disk and reads back.
func TestCampaignIsReproducible(t *testing.T) {
	run := func(dir string) *Report {
		c := Campaign{Driver: memDriver(t), Seed: 7, Commands: 8000, Level: model.SHOULD, Save: dir}
		r, err := c.Run(context.Background())
		require.NoError(t, err)
		return r
	}
	dir := t.TempDir()
	a, b := run(dir), run(dir)
	require.NotEmpty(t, a.Findings)
	require.Len(t, b.Findings, len(a.Findings))
	for i, f := range a.Findings {
		g := b.Findings[i]
		assert.Equal(t, f.Key, g.Key)
		assert.Equal(t, f.Trace, g.Trace, f.Key)
		assert.Equal(t, f.FoundAt, g.FoundAt, f.Key)
		assert.Equal(t, f.File, g.File, f.Key)
		assert.Equal(t, f.Tries, f.Confirmed, f.Key)
		if f.hangs() {
			assert.Equal(t, confirmHang, f.Tries, f.Key)
		} else {
			assert.Equal(t, 5, f.Tries, f.Key)
		}
		file, err := corpus.ReadFile(f.File)
		require.NoError(t, err)
		assert.Equal(t, f.Key, file.Finding.Key())
		judged := JudgeFile(model.New(), file)
		assert.Empty(t, judged.Lost, f.Key)
		assert.Empty(t, judged.New, f.Key)
	}
	saved, err := filepath.Glob(filepath.Join(dir, "*.trace"))
	require.NoError(t, err)
	assert.Len(t, saved, len(a.Findings))
}

// The acceptance figures of the main job: coverage of the automaton and length
// of the shrunk traces.
func TestCampaignCoversAndShrinks(t *testing.T) {
	c := Campaign{Driver: memDriver(t), Seed: 7, Commands: 20000, Level: model.MUST}
	r, err := c.Run(context.Background())
	require.NoError(t, err)
	assert.GreaterOrEqual(t, float64(r.Coverage.Hit), 0.95*float64(r.Coverage.Total), "missed: %v", r.Coverage.Missed)
	assert.Len(t, r.Coverage.Missed, r.Coverage.Total-r.Coverage.Hit)
	assert.GreaterOrEqual(t, len(r.Findings), 8)
	var lengths []int
	for _, f := range r.Findings {
		assert.Equal(t, model.MUST, f.Violation.Rule.Level)
		lengths = append(lengths, len(f.Trace.Steps))
	}
	slices.Sort(lengths)
	assert.LessOrEqual(t, lengths[len(lengths)/2], 5, "lengths %v", lengths)
	assert.Empty(t, r.Unconfirmed)
}

func TestCampaignKnown(t *testing.T) {
	c := Campaign{Driver: memDriver(t), Seed: 7, Commands: 2000, Level: model.SHOULD, NoShrink: true}
	first, err := c.Run(context.Background())
	require.NoError(t, err)
	require.NotZero(t, first.New())
	c.Known = map[string]bool{}
	for _, f := range first.Findings {
		c.Known[f.Key] = true
	}
	c.Save = t.TempDir()
	second, err := c.Run(context.Background())
	require.NoError(t, err)
	assert.Len(t, second.Findings, len(first.Findings))
	assert.Zero(t, second.New())
	saved, err := filepath.Glob(filepath.Join(c.Save, "*"))
	require.NoError(t, err)
	assert.Empty(t, saved, "known findings are not saved again")
}

func TestCampaignStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := Campaign{Driver: memDriver(t), Seed: 1, Level: model.MUST, NoShrink: true,
		Progress: func(p Progress) {
			if p.Traces == 3 {
				cancel()
			}
		}}
	r, err := c.Run(ctx)
	require.NoError(t, err)
	assert.Equal(t, 3, r.Traces)
}

// brokenTarget fails after some traces, as an environment may.
type brokenTarget struct {
	target.Target
	left int
}

var errNoServer = errors.New("no server")

func (b *brokenTarget) Open(ctx context.Context, f model.Fixture) (target.Instance, error) {
	if b.left--; b.left < 0 {
		return nil, errNoServer
	}
	return b.Target.Open(ctx, f)
}

// Trouble with the environment is an error, and what was found before is kept.
func TestCampaignKeepsFindingsWhenTheTargetFails(t *testing.T) {
	d := memDriver(t)
	d.Target = &brokenTarget{Target: d.Target, left: 60}
	dir := t.TempDir()
	var announced []string
	c := Campaign{Driver: d, Seed: 7, Level: model.SHOULD, Save: dir, NoShrink: true,
		Found: func(f *Finding) { announced = append(announced, f.File) }}
	r, err := c.Run(context.Background())
	require.ErrorIs(t, err, errNoServer)
	require.NotEmpty(t, r.Findings)
	for _, file := range announced {
		_, err := corpus.ReadFile(file)
		assert.NoError(t, err)
	}
}

// flakyTarget greets wrongly in its third trace, and rightly ever after.
type flakyTarget struct {
	target.Target
	opened int
	broken error // from the fourth trace on
}

type wrongGreeting struct{ target.Instance }

func (f *flakyTarget) Open(ctx context.Context, fx model.Fixture) (target.Instance, error) {
	f.opened++
	if f.opened > 3 && f.broken != nil {
		return nil, f.broken
	}
	in, err := f.Target.Open(ctx, fx)
	if f.opened == 3 && err == nil {
		return wrongGreeting{in}, nil
	}
	return in, err
}

func (wrongGreeting) Dial(context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		_, _ = server.Write([]byte("* BAD day\r\n"))
	}()
	return client, nil
}

// What does not show again is not claimed, but its evidence is kept.
func TestUnconfirmedViolationIsKept(t *testing.T) {
	d := memDriver(t)
	d.Target = &flakyTarget{Target: d.Target}
	c := Campaign{Driver: d, Seed: 7, Commands: 200, Level: model.MUST, Save: t.TempDir(), NoShrink: true, Generate: GenerateOptions{Steps: 1}}
	r, err := c.Run(context.Background())
	require.NoError(t, err)
	require.NotEmpty(t, r.Unconfirmed)
	assert.Equal(t, "greeting/greeting/Unopened", r.Unconfirmed[0].Key)
	for _, f := range r.Findings {
		assert.NotEqual(t, "greeting", f.Violation.Rule.ID)
	}
	file, err := corpus.ReadFile(r.Unconfirmed[0].File)
	require.NoError(t, err)
	assert.Equal(t, "unconfirmed", filepath.Base(filepath.Dir(r.Unconfirmed[0].File)))
	assert.Contains(t, file.Finding.Found, "confirmed=0/0")
}

// If the environment fails while a finding is made minimal, it is kept as it was
// seen, unconfirmed.
func TestFindingIsKeptWhenShrinkingFails(t *testing.T) {
	d := memDriver(t)
	d.Target = &flakyTarget{Target: d.Target, broken: errNoServer}
	c := Campaign{Driver: d, Seed: 7, Commands: 200, Level: model.MUST, Save: t.TempDir(), Generate: GenerateOptions{Steps: 1}}
	r, err := c.Run(context.Background())
	require.ErrorIs(t, err, errNoServer)
	require.Len(t, r.Unconfirmed, 1)
	assert.Equal(t, "greeting/greeting/Unopened", r.Unconfirmed[0].Key)
	_, err = corpus.ReadFile(r.Unconfirmed[0].File)
	assert.NoError(t, err)
}

// byeTarget greets every connection with BYE.
type byeTarget struct{ target.Target }

type byeInstance struct{ target.Instance }

func (b byeTarget) Open(ctx context.Context, f model.Fixture) (target.Instance, error) {
	in, err := b.Target.Open(ctx, f)
	return byeInstance{in}, err
}

func (byeInstance) Dial(context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		_, _ = server.Write([]byte("* BYE closed today\r\n"))
	}()
	return client, nil
}

// A server that takes no command does not keep a campaign for ever.
func TestCampaignEndsIfNoCommandIsTaken(t *testing.T) {
	d := memDriver(t)
	d.Target = byeTarget{d.Target}
	c := Campaign{Driver: d, Commands: 100, Level: model.MUST}
	_, err := c.Run(context.Background())
	require.ErrorContains(t, err, "took no command in 100 traces: * BYE closed today")
}

// A server that closes at once is a finding, not an error.
func TestServerThatOnlyCloses(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	d := memDriver(t)
	d.Target = dialTarget{d.Target, l.Addr().String()}
	r, err := d.Run(context.Background(), model.Trace{Steps: []model.Step{{Cmd: model.Simple{Verb: "NOOP"}}}})
	require.NoError(t, err)
	require.Len(t, r.Violations, 1)
	assert.Equal(t, "bye-before-close/greeting/Unopened", r.Violations[0].Key())
}

// dialTarget is a target whose connections go to an address.
type dialTarget struct {
	target.Target
	addr string
}

func (d dialTarget) Open(ctx context.Context, f model.Fixture) (target.Instance, error) {
	in, err := d.Target.Open(ctx, f)
	return dialInstance{in, d.addr}, err
}

type dialInstance struct {
	target.Instance
	addr string
}

func (d dialInstance) Dial(ctx context.Context) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", d.addr)
}

// A key may be shown for several reasons. That one of them has another name when it is small
// hides no other.
func TestCampaignLooksIntoAKeyAgain(t *testing.T) {
	const key = "search-matches/SEARCH/Selected"
	traces := func(searches ...string) iter.Seq[model.Trace] {
		return func(yield func(model.Trace) bool) {
			for _, s := range searches {
				f, err := corpus.Parse([]byte("imaptrace v1\nfixture INBOX=1\n\nC0: LOGIN user pass\nC0: SELECT INBOX\nC0: " + s + "\n"))
				require.NoError(t, err)
				if !yield(f.Trace) {
					return
				}
			}
		}
	}
	const small, star = "SEARCH UNDELETED SMALLER 0", "SEARCH NOT UID 2,*"
	for _, c := range []struct {
		searches []string
		want     bool
	}{
		{[]string{star}, true},
		{[]string{small}, false},
		{[]string{small, star}, true},
		{[]string{small, small, star}, false}, // the third is not looked into
		{[]string{small, small, star, star}, true},
	} {
		r, err := (&Campaign{Driver: memDriver(t), Level: model.MUST, Traces: traces(c.searches...)}).Run(t.Context())
		require.NoError(t, err)
		has := func(key string) bool {
			return slices.ContainsFunc(r.Findings, func(f *Finding) bool { return f.Key == key })
		}
		assert.Equal(t, c.want, has(key), "%q", c.searches)
		assert.Equal(t, slices.Contains(c.searches, small), has("search-matches:SMALLER/SEARCH/Selected"), "%q", c.searches)
	}
}
