package fuzz_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/prop"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/goptergen"
	"github.com/imapcheck/imapcheck/properties/rapidgen"
)

// engine is a test binary that Go's fuzzing engine has put its counters in.
type engine struct {
	binary string
	dir    string // where it runs
}

// buildEngine compiles the tests of a package for fuzzing.
func buildEngine(b *testing.B, pkg string) engine {
	b.Helper()
	e := engine{binary: filepath.Join(b.TempDir(), "fuzz.test"), dir: b.TempDir()}
	out, err := exec.Command("go", "test", "-c", "-fuzz=.", "-o", e.binary, pkg).CombinedOutput()
	require.NoError(b, err, "%s", out)
	return e
}

// done is what an engine has done.
type done struct {
	inputs, commands int
	run              int // inputs that were not skipped
	elapsed          time.Duration
	output           []byte
	kept             []string // the inputs that the engine has kept
}

// fuzz runs a target from an empty cache for so long, or until it fails.
func (e engine) fuzz(b *testing.B, name string, d time.Duration, env ...string) done {
	b.Helper()
	stats, cache := b.TempDir(), b.TempDir()
	cmd := exec.Command(e.binary, "-test.run=^$", "-test.fuzz=^"+name+"$", "-test.fuzztime="+d.String(),
		"-test.fuzzcachedir="+cache, "-test.fuzzminimizetime=100x")
	cmd.Dir = e.dir
	cmd.Env = append(os.Environ(), append(env, "IMAPCHECK_STATS="+stats)...)
	start := time.Now()
	out, err := cmd.CombinedOutput() // it ends with an error if it finds something
	r := done{elapsed: time.Since(start), output: out}
	require.NoError(b, os.RemoveAll(filepath.Join(e.dir, "testdata")))
	r.kept, err = filepath.Glob(filepath.Join(cache, name, "*"))
	require.NoError(b, err)
	files, err := filepath.Glob(filepath.Join(stats, "*"))
	require.NoError(b, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(b, err)
		var inputs, commands, run int
		_, err = fmt.Sscan(string(text), &inputs, &commands, &run)
		require.NoError(b, err, "%s", text)
		r.inputs, r.commands, r.run = r.inputs+inputs, r.commands+commands, r.run+run
	}
	return r
}

// BenchmarkEngines compares what Go's engine gets done with a total decoder, in
// FuzzTrace, and with the same traces drawn by rapid.MakeFuzz, where an input that is
// too short is skipped: commands a minute, and the share of inputs that are run at all.
// IMAPCHECK_TIME is how long each runs, 20s if it is not set.
func BenchmarkEngines(b *testing.B) {
	d := duration(b, 20*time.Second)
	ours, theirs := buildEngine(b, "."), buildEngine(b, "../properties/rapidgen")
	var decoded, drawn done
	for b.Loop() {
		decoded = ours.fuzz(b, "FuzzTrace", d, "IMAPCHECK_SEEDS=none")
		drawn = theirs.fuzz(b, "FuzzMakeFuzz", d)
	}
	perMinute := func(r done) float64 { return float64(r.commands) / r.elapsed.Minutes() }
	perRun := func(r done) float64 { return float64(r.commands) / float64(max(1, r.inputs)) }
	b.ReportMetric(perMinute(decoded), "commands/min")
	b.ReportMetric(perRun(decoded), "commands/input")
	b.ReportMetric(perRun(drawn), "rapid-commands/input")
	b.ReportMetric(perMinute(drawn), "rapid-commands/min")
	b.ReportMetric(perMinute(decoded)/perMinute(drawn), "ratio")
	b.ReportMetric(100*float64(drawn.run)/float64(max(1, drawn.inputs)), "rapid-%-run")
}

// BenchmarkGuide compares what FuzzTrace reaches on a server that Go's engine cannot
// look into, with the model's transitions as coverage and without: transitions that are
// hit by the inputs which the engine has kept in the same time. IMAPCHECK_TARGET is the
// server, dovecot:stdio if it is not set.
func BenchmarkGuide(b *testing.B) {
	spec := cmp.Or(os.Getenv("IMAPCHECK_TARGET"), "dovecot:stdio")
	e := buildEngine(b, ".")
	for _, guide := range []string{"none", "transitions"} {
		b.Run(guide, func(b *testing.B) {
			var hits, kept, commands []int
			for b.Loop() {
				r := e.fuzz(b, "FuzzTrace", duration(b, time.Minute), "IMAPCHECK_SEEDS=none", "IMAPCHECK_TARGET="+spec, "IMAPCHECK_GUIDE="+guide)
				hits, kept, commands = append(hits, transitions(b, spec, r.kept)), append(kept, len(r.kept)), append(commands, r.commands)
			}
			b.ReportMetric(float64(median(hits)), "transitions")
			b.ReportMetric(float64(median(kept)), "inputs-kept")
			b.ReportMetric(float64(median(commands)), "commands")
		})
	}
}

// transitions is how many of those that are reachable the inputs reach.
func transitions(b *testing.B, spec string, inputs []string) int {
	b.Setenv("IMAPCHECK_TARGET", spec)
	checker := checkerOf(b)
	m, hit := checker.Machine(), map[string]bool{}
	for _, file := range inputs {
		text, err := os.ReadFile(file)
		require.NoError(b, err)
		octets, err := corpus.ParseGoFuzz(text)
		require.NoError(b, err)
		r, err := checker.Driver().Run(b.Context(), fuzz.Decode(m, octets, fuzz.GenerateOptions{Conns: 2}))
		require.NoError(b, err)
		for _, t := range r.Transitions {
			hit[t] = true
		}
	}
	return len(slices.DeleteFunc(m.Reachable(), func(t string) bool { return !hit[t] }))
}

// duration is IMAPCHECK_TIME, or what is usual.
func duration(b *testing.B, usual time.Duration) time.Duration {
	d, err := time.ParseDuration(cmp.Or(os.Getenv("IMAPCHECK_TIME"), usual.String()))
	require.NoError(b, err)
	return d
}

// BenchmarkPlanted is how many commands and seconds it takes to find a planted fault in
// the embedded server: the median of the iterations (-benchtime=10x), each of which has
// another seed. Nothing is known but corpus/known, and nobody begins with a corpus.
func BenchmarkPlanted(b *testing.B) {
	e := sync.OnceValue(func() engine { return buildEngine(b, ".") })
	for _, fault := range faultNames {
		for _, how := range []struct {
			name string
			find func(b *testing.B, s *search, seed int)
		}{{"campaign", byCampaign}, {"rapid", byRapid}, {"gopter", byGopter}, {"go-fuzz", nil}} {
			b.Run(fault+"/"+how.name, func(b *testing.B) {
				var commands []int
				var seconds []float64
				for seed := 1; b.Loop(); seed++ {
					if how.find == nil {
						r := e().fuzz(b, "FuzzTrace", 5*time.Minute, "IMAPCHECK_SEEDS=none", "IMAPCHECK_FAULT="+fault)
						require.Contains(b, string(r.output), "MUST", "not found")
						commands, seconds = append(commands, r.commands), append(seconds, r.elapsed.Seconds())
						continue
					}
					s := newSearch(b, fault)
					start := time.Now()
					how.find(b, s, seed)
					require.True(b, s.found, "not found")
					commands, seconds = append(commands, s.commands), append(seconds, time.Since(start).Seconds())
				}
				b.ReportMetric(float64(median(commands)), "commands")
				b.ReportMetric(median(seconds), "seconds")
			})
		}
	}
}

func median[T int | float64](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}

// search looks for anything that is not known, in traces of 40 steps.
type search struct {
	fuzz.Driver
	known    map[string]bool
	commands int
	found    bool
}

func newSearch(b *testing.B, fault string) *search {
	server, err := target.Open("mem", target.Options{})
	require.NoError(b, err)
	b.Cleanup(func() { server.Close() })
	s := &search{Driver: fuzz.Driver{Target: server, Machine: model.New()}, known: known(b, "mem")}
	s.Machine.Profile, err = s.Probe(b.Context())
	require.NoError(b, err)
	s.Target = plant(server, fault)
	return s
}

// clean runs a trace and reports whether it shows nothing new.
func (s *search) clean(t model.Trace) bool {
	r, err := s.Run(context.Background(), t)
	if err != nil {
		panic(err)
	}
	s.commands += r.Commands
	s.found = s.found || slices.ContainsFunc(r.Violations, func(v model.Violation) bool {
		return v.Rule.Level == model.MUST && !s.known[v.Key()]
	})
	return !s.found
}

func byCampaign(_ *testing.B, s *search, seed int) {
	for i := 0; s.clean(fuzz.Generate(s.Machine, fuzz.NewSource(uint64(seed), i), fuzz.GenerateOptions{})); i++ {
	}
}

func byRapid(b *testing.B, s *search, seed int) {
	require.NoError(b, flag.Set("rapid.seed", fmt.Sprint(seed)))
	require.NoError(b, flag.Set("rapid.checks", "100000"))
	require.NoError(b, flag.Set("rapid.shrinktime", "0s"))
	require.NoError(b, flag.Set("rapid.nofailfile", "true"))
	traces := rapidgen.Trace(s.Machine, fuzz.GenerateOptions{})
	ended := make(chan bool)
	go func() { // rapid ends the goroutine of a test that fails
		defer close(ended)
		rapid.Check(quiet{b}, func(t *rapid.T) {
			if !s.found && !s.clean(traces.Draw(t, "trace")) {
				t.Fatalf("found")
			}
		})
	}()
	<-ended
}

// quiet is a benchmark that does not mind what fails.
type quiet struct{ *testing.B }

func (quiet) Name() string          { return "planted" }
func (quiet) Log(...any)            {}
func (quiet) Logf(string, ...any)   {}
func (quiet) Error(...any)          {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fail()                 {}
func (quiet) Fatal(...any)          { runtime.Goexit() }
func (quiet) Fatalf(string, ...any) { runtime.Goexit() }
func (quiet) FailNow()              { runtime.Goexit() }

func byGopter(_ *testing.B, s *search, seed int) {
	p := gopter.DefaultTestParametersWithSeed(int64(seed))
	p.MinSuccessfulTests, p.MaxShrinkCount = 100_000, 0
	p.Rng = rand.New(rand.NewSource(int64(seed)))
	prop.ForAll(s.clean, goptergen.Trace(s.Machine, fuzz.GenerateOptions{})).Check(p)
}
