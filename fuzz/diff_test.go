package fuzz

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// openDriver is a driver for a target, as the command line makes it.
func openDriver(t testing.TB, spec string) Driver {
	t.Helper()
	tg, err := target.Open(spec, target.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { tg.Close() })
	d := Driver{Target: tg, Machine: model.New()}
	d.Machine.Profile, err = d.Probe(context.Background())
	require.NoError(t, err)
	return d
}

// filter is a target whose lines a function rewrites; what it makes "" is not sent.
type filter struct {
	target.Target
	rewrite func(line string) string
}

func (f filter) Open(ctx context.Context, fx model.Fixture) (target.Instance, error) {
	in, err := f.Target.Open(ctx, fx)
	return filterInstance{in, f.rewrite}, err
}

type filterInstance struct {
	target.Instance
	rewrite func(line string) string
}

func (in filterInstance) Dial(ctx context.Context) (net.Conn, error) {
	c, err := in.Instance.Dial(ctx)
	if err != nil {
		return nil, err
	}
	return &filterConn{Conn: c, in: bufio.NewReader(c), rewrite: in.rewrite}, nil
}

type filterConn struct {
	net.Conn
	in      *bufio.Reader
	rewrite func(line string) string
	left    string
	closed  bool
}

func (c *filterConn) Read(b []byte) (int, error) {
	for c.left == "" {
		if c.closed {
			return 0, io.EOF
		}
		line, err := c.in.ReadString('\n')
		if err != nil {
			return 0, err
		}
		c.left = c.rewrite(line)
		c.closed = c.left == lastWord
	}
	n := copy(b, c.left)
	c.left = c.left[n:]
	return n, nil
}

// lastWord closes the connection behind it.
const lastWord = "* BYE no more\r\n"

// replacing is a rewrite by pairs of old and new.
func replacing(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }

// A server is not different from itself, whether it is logged in to or not.
func TestDiffOfOneServer(t *testing.T) {
	for _, specs := range [][]string{{"mem", "mem"}, {"mem", "mem:preauth"}, {"mem:preauth", "mem", "mem"}, {"mem:tls", "mem:tls"}} {
		for conns := 1; conns <= 2; conns++ {
			d := Diff{Seed: 1, Commands: 5000, Level: model.SHOULD, Generate: GenerateOptions{Conns: conns}}
			for _, spec := range specs {
				d.Drivers = append(d.Drivers, openDriver(t, spec))
			}
			r, err := d.Run(context.Background())
			require.NoError(t, err)
			for _, c := range r.Classes {
				t.Errorf("%v: %s\n%s", specs, c.identity(), formatTrace(c.Trace))
			}
			assert.Empty(t, r.Unconfirmed, specs)
			assert.GreaterOrEqual(t, r.Commands, 5000)
			assert.Greater(t, r.Compared, 4000*(len(specs)-1))
		}
	}
}

// A planted difference is found, as what it is, and as nothing else.
func TestDiffFindsWhatIsPlanted(t *testing.T) {
	for _, c := range []struct {
		name    string
		rewrite func(string) string
		want    []string
		steps   int // at most
	}{
		{"a wrong code", replacing("[READ-ONLY]", "[READ-WRITE]"), []string{
			"code-READ-ONLY/EXAMINE/Authenticated violation B examine-read-only-code/EXAMINE/Authenticated",
			"code-READ-WRITE/EXAMINE/Authenticated violation B examine-read-only-code/EXAMINE/Authenticated"}, 1},
		{"a wrong date", replacing("2-Jan-2020 03", "1-Jan-2020 03"), []string{
			"data-FETCH-INTERNALDATE/FETCH/Selected violation B append-date/APPEND/Authenticated"}, 2},
		{"a refusal", replacing("OK SUBSCRIBE", "NO SUBSCRIBE"), []string{"outcome-OK-NO/SUBSCRIBE/Authenticated freedom"}, 1},
		{"NO for BAD", replacing("BAD Unknown command", "NO Unknown command"), []string{
			"outcome-BAD-NO/malformed:no-command/Authenticated violation B strict-syntax/malformed:no-command/Authenticated",
			"outcome-BAD-NO/malformed:arguments/Authenticated freedom", "outcome-BAD-NO/not-allowed/Authenticated freedom"}, 1},
		{"a close", func(line string) string {
			if strings.Contains(line, "OK CHECK") {
				return lastWord
			}
			return line
		}, []string{"close/CHECK/Authenticated freedom", "close/CHECK/Selected freedom"}, 2},
		{"silence", func(line string) string {
			if strings.Contains(line, "OK NOOP") {
				return ""
			}
			return line
		}, []string{"silent/NOOP/Authenticated violation B completes/NOOP/Authenticated"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := openDriver(t, "mem"), openDriver(t, "mem:preauth")
			b.Target = filter{b.Target, c.rewrite}
			d := Diff{Drivers: []Driver{a, b}, Seed: 5, Commands: 2500, Level: model.SHOULD}
			r, err := d.Run(context.Background())
			require.NoError(t, err)
			var got []string
			for _, class := range r.Classes {
				got = append(got, class.identity())
				assert.LessOrEqual(t, len(class.Trace.Steps), c.steps, "%s", formatTrace(class.Trace))
				assert.Equal(t, 3, class.Confirmed)
				assert.Positive(t, class.Count)
			}
			assert.ElementsMatch(t, c.want, got)
		})
	}
}

// planted is a run of which some classes are known to be found.
func planted(t *testing.T) *Diff {
	a, b := openDriver(t, "mem:preauth"), openDriver(t, "mem")
	b.Target = filter{b.Target, replacing("[READ-ONLY]", "[READ-WRITE]", "OK SUBSCRIBE", "NO SUBSCRIBE")}
	return &Diff{Drivers: []Driver{a, b}, Seed: 3, Commands: 1500, Level: model.SHOULD}
}

// The same seed finds the same, at the same command, and shrinks it to the same.
func TestDiffIsReproducible(t *testing.T) {
	var reports []*DiffReport
	for range 2 {
		r, err := planted(t).Run(context.Background())
		require.NoError(t, err)
		require.Len(t, r.Classes, 3)
		reports = append(reports, r)
	}
	assert.Equal(t, reports[0].Commands, reports[1].Commands)
	for i, c := range reports[0].Classes {
		other := reports[1].Classes[i]
		assert.Equal(t, c.identity(), other.identity())
		assert.Equal(t, c.Trace, other.Trace)
		assert.Equal(t, c.Count, other.Count)
		assert.Equal(t, c.FoundAt, other.FoundAt)
	}
}

// Saved are the evidence of the side that is wrong, with the LOGIN that the driver
// has sent, and for the rest the commands. All of them show the classes again.
func TestDiffSaves(t *testing.T) {
	d := planted(t)
	d.Save = t.TempDir()
	r, err := d.Run(context.Background())
	require.NoError(t, err)
	again := planted(t)
	for _, c := range r.Classes {
		f, err := corpus.ReadFile(c.File)
		require.NoError(t, err)
		again.Traces = append(again.Traces, f.Trace)
		if c.Verdict.Violation == nil {
			assert.Nil(t, f.Finding)
			assert.Equal(t, c.Trace, f.Trace)
			continue
		}
		assert.Equal(t, "examine-read-only-code/EXAMINE/Authenticated", f.Finding.Key())
		assert.Equal(t, append([]model.Step{{Cmd: model.LoginStep()}}, c.Trace.Steps...), f.Trace.Steps)
		recheck := JudgeFile(model.New(), f)
		assert.Empty(t, recheck.Lost)
		assert.Empty(t, recheck.New)
		assert.Positive(t, recheck.Same)
	}
	r2, err := again.Run(context.Background())
	require.NoError(t, err)
	require.Len(t, r2.Classes, len(r.Classes))
	for i := range r.Classes {
		assert.Equal(t, r.Classes[i].identity(), r2.Classes[i].identity())
	}
	assert.Equal(t, len(r.Classes), r2.Traces)
}

func TestDiffKnown(t *testing.T) {
	d := planted(t)
	d.Known = map[string]bool{"examine-read-only-code/EXAMINE/Authenticated": true}
	d.Save = t.TempDir()
	r, err := d.Run(context.Background())
	require.NoError(t, err)
	assert.Len(t, r.Classes, 3)
	assert.Zero(t, r.New())
	saved, err := filepath.Glob(filepath.Join(d.Save, "*"))
	require.NoError(t, err)
	assert.Len(t, saved, 1, "known violations are not saved")

	d = planted(t)
	d.NoShrink = true
	r, err = d.Run(context.Background())
	require.NoError(t, err)
	assert.Equal(t, 2, r.New())
}

// A third target is compared with the first, too.
func TestDiffOfThree(t *testing.T) {
	d := planted(t)
	d.Drivers = append(d.Drivers[:1:1], openDriver(t, "mem"), d.Drivers[1])
	r, err := d.Run(context.Background())
	require.NoError(t, err)
	require.Len(t, r.Classes, 3)
	for _, c := range r.Classes {
		assert.Equal(t, 2, c.Other)
	}
	assert.Len(t, r.Greetings, 3)
}

// What does not show again is not claimed.
func TestDiffUnconfirmed(t *testing.T) {
	a, b := openDriver(t, "mem"), openDriver(t, "mem")
	n := 0
	b.Target = filter{b.Target, func(line string) string {
		if strings.Contains(line, "OK [READ-ONLY]") {
			if n++; n%5 == 1 {
				return strings.Replace(line, "READ-ONLY", "READ-WRITE", 1)
			}
		}
		return line
	}}
	d := Diff{Drivers: []Driver{a, b}, Seed: 1, Commands: 2000, Level: model.SHOULD, NoShrink: true}
	r, err := d.Run(context.Background())
	require.NoError(t, err)
	for _, c := range r.Classes {
		assert.Less(t, c.Confirmed, c.Tries, c.identity())
	}
	assert.NotEmpty(t, append(r.Unconfirmed, r.Classes...))
}

// Trouble with the environment is an error, and what was found before is kept.
func TestDiffKeepsClassesWhenATargetFails(t *testing.T) {
	d := planted(t)
	d.Drivers[1].Target = &brokenTarget{Target: d.Drivers[1].Target, left: 25}
	r, err := d.Run(context.Background())
	require.ErrorIs(t, err, errNoServer)
	assert.NotEmpty(t, r.Classes)
}

func TestDiffStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	d := planted(t)
	d.Progress = func(Progress) { cancel() }
	r, err := d.Run(ctx)
	require.NoError(t, err)
	assert.Equal(t, 1, r.Traces)
	assert.True(t, errors.Is(ctx.Err(), context.Canceled))
}

// A server that lets nobody in without STARTTLS is logged in to behind one.
func TestDiffBehindSTARTTLS(t *testing.T) {
	d := Diff{Drivers: []Driver{openDriver(t, "mem"), openDriver(t, "mem:tls")}, Seed: 2, Commands: 1500, Level: model.SHOULD}
	r, err := d.Run(context.Background())
	require.NoError(t, err)
	assert.Greater(t, r.Compared, 1200)
	for _, c := range r.Classes {
		assert.Equal(t, Freedom, c.Verdict.Judgement)
		assert.Contains(t, formatTrace(c.Trace), "STARTTLS", "it is not refused in the same way")
	}
}
