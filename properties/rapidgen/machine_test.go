package rapidgen_test

import (
	"context"
	"flag"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/rapidgen"
)

const knownFile = "../../corpus/known/mem.txt"

// campaign is one against the embedded server, in which the keys of a file are known.
func campaign(t *testing.T, known string) *fuzz.Campaign {
	t.Helper()
	mem, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { mem.Close() })
	d := fuzz.Driver{Target: mem, Machine: model.New()}
	d.Machine.Profile, err = d.Probe(t.Context())
	require.NoError(t, err)
	c := &fuzz.Campaign{Driver: d, Level: model.MUST}
	c.Known, err = corpus.ReadKnown(known)
	require.NoError(t, err)
	return c
}

// set gives a flag a value for a test.
func set(t *testing.T, name string, value any) {
	t.Helper()
	old := flag.Lookup(name).Value.String()
	require.NoError(t, flag.Set(name, fmt.Sprint(value)))
	t.Cleanup(func() { _ = flag.Set(name, old) })
}

// recorder is a test whose failure is looked at.
type recorder struct {
	*testing.T
	log    strings.Builder
	failed bool
}

func (r *recorder) Helper()      {}
func (r *recorder) Failed() bool { return r.failed }
func (r *recorder) Fail()        { r.failed = true }
func (r *recorder) FailNow()     { r.failed = true; runtime.Goexit() }

func (r *recorder) Logf(format string, args ...any) { fmt.Fprintf(&r.log, format+"\n", args...) }
func (r *recorder) Errorf(format string, args ...any) {
	r.Logf(format, args...)
	r.failed = true
}

// fails checks a property that fails, and returns what the test has logged.
func fails(t *testing.T, property func(*rapid.T)) string {
	t.Helper()
	set(t, "rapid.nofailfile", true)
	r := &recorder{T: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		rapid.Check(r, property)
	}()
	<-done
	require.True(t, r.failed)
	return r.log.String()
}

// tally counts the steps of runs.
type tally struct {
	runs, asked, executed int
	short                 int // runs that executed fewer steps than were asked for
	out                   int // runs whose last command was LOGOUT
}

func (n *tally) add(asked int, r fuzz.Result) {
	n.runs++
	n.asked += asked
	n.executed += r.Commands
	if r.Commands < asked {
		n.short++
	}
	if x := r.Transcript.Exchanges; len(x) > 0 && x[len(x)-1].Cmd != nil && x[len(x)-1].Cmd.Name() == "LOGOUT" {
		n.out++
	}
}

func (n *tally) check(t *testing.T, steps int) {
	t.Helper()
	t.Logf("%d runs of %d steps: %d asked for, %d commands executed, %.3f a step; %d ended early, %d with LOGOUT as the last command",
		n.runs, steps, n.asked, n.executed, float64(n.executed)/float64(n.runs*steps), n.short, n.out)
	assert.GreaterOrEqual(t, float64(n.executed), 0.8*float64(n.runs*steps)) // rapid's numbers of steps are geometric
	assert.Zero(t, n.short)
	assert.Less(t, float64(n.out), 0.2*float64(n.runs))
}

// Every step that rapid asks for is executed.
func TestMachineExecutesEveryStep(t *testing.T) {
	if testing.Short() {
		t.Skip("rapid takes fewer steps then")
	}
	const runs, steps = 200, 40
	set(t, "rapid.seed", 3)
	set(t, "rapid.checks", runs)
	set(t, "rapid.steps", steps)
	for _, conns := range []int{1, 3} {
		checker := fuzz.NewChecker(campaign(t, knownFile))
		n := tally{}
		rapid.Check(t, func(t *rapid.T) {
			m := rapidgen.NewMachine(t, checker, fuzz.GenerateOptions{Conns: conns})
			actions, asked := m.Actions(), 0
			command := actions["command"]
			actions["command"] = func(t *rapid.T) {
				asked++
				command(t)
			}
			t.Repeat(actions)
			n.add(asked, m.Result())
		})
		n.check(t, steps)
		assert.Equal(t, runs, checker.Report().Traces)
		assert.Equal(t, n.executed, checker.Report().Commands)
	}
}

func TestTraceExecutesEveryStep(t *testing.T) {
	const runs, steps = 200, 40
	c := campaign(t, knownFile)
	n := tally{}
	traces := rapidgen.Trace(c.Machine, fuzz.GenerateOptions{Steps: steps})
	for seed := range runs {
		trace := traces.Example(seed)
		r, err := c.Driver.Run(t.Context(), trace)
		require.NoError(t, err)
		n.add(len(trace.Steps), r)
	}
	n.check(t, steps)
}

// byes greets every connection with BYE.
type byes struct{ target.Target }

type bye struct{ target.Instance }

func (b byes) Open(ctx context.Context, f model.Fixture) (target.Instance, error) {
	in, err := b.Target.Open(ctx, f)
	return bye{in}, err
}

func (bye) Dial(context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		_, _ = server.Write([]byte("* BYE closed today\r\n"))
	}()
	return client, nil
}

// A server that takes no command does not stall a test, and does not pass it either.
func TestMachineWithAServerThatOnlySaysBye(t *testing.T) {
	c := campaign(t, knownFile)
	c.Target = byes{c.Target}
	checker := fuzz.NewChecker(c)
	set(t, "rapid.seed", 3)
	log := fails(t, func(t *rapid.T) {
		t.Repeat(rapidgen.NewMachine(t, checker, fuzz.GenerateOptions{}).Actions())
	})
	assert.Contains(t, log, "no verdict: mem took no command in 20 walks: * BYE closed today")
	assert.Zero(t, checker.Report().Commands)
}

// What a property fails with is the finding, in the same words at each of rapid's runs.
func TestFailureIsTheFinding(t *testing.T) {
	for name, property := range map[string]func(*rapid.T, *fuzz.Checker){
		"machine": func(t *rapid.T, k *fuzz.Checker) {
			t.Repeat(rapidgen.NewMachine(t, k, fuzz.GenerateOptions{}).Actions())
		},
		"trace": func(t *rapid.T, k *fuzz.Checker) {
			rapidgen.Check(t, k, rapidgen.Trace(k.Machine(), fuzz.GenerateOptions{}).Draw(t, "trace"))
		},
	} {
		c := campaign(t, knownFile)
		c.Known, c.Save = nil, t.TempDir()
		checker := fuzz.NewChecker(c)
		set(t, "rapid.seed", 3)
		set(t, "rapid.shrinktime", "1s") // of no use, and of no harm
		log := fails(t, func(t *rapid.T) { property(t, checker) })
		findings := checker.Report().Findings
		require.NotEmpty(t, findings, name)
		assert.NotContains(t, log, "flaky", name)
		for _, f := range findings {
			if strings.Contains(log, f.Key) {
				assert.Contains(t, log, "shrunk from", name)
				assert.Contains(t, log, "replay:  imapcheck replay "+f.File, name)
				assert.Equal(t, 2, strings.Count(log, "MUST "+f.Key), "%s: what failed, and the log of the last run\n%s", name, log)
			}
		}
	}
}
