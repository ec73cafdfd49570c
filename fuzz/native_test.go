package fuzz_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/guide"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// FuzzTrace drives a target through traces of which the engine chooses the octets.
//
//	IMAPCHECK_TARGET    the target, mem if it is not set
//	IMAPCHECK_SESSIONS  connections of a trace, 2 if it is not set
//	IMAPCHECK_SEEDS     "none" leaves out the corpus
//	IMAPCHECK_GUIDE     "none" leaves out the model's transitions as coverage
//	IMAPCHECK_FAULT     one of faults, planted in the target
//	IMAPCHECK_STATS     a folder, where each process keeps its number of runs and of commands
func FuzzTrace(f *testing.F) {
	checker, o := fromEnvironment(f)
	if os.Getenv("IMAPCHECK_SEEDS") != "none" {
		for _, octets := range seeds(f, checker.Machine(), o) {
			f.Add(octets)
		}
	}
	stats := newStats(f)
	f.Fuzz(func(t *testing.T, octets []byte) {
		findings, err := checker.Check(t.Context(), fuzz.Decode(checker.Machine(), octets, o))
		require.NoError(t, err)
		stats.count(t, checker)
		for _, found := range findings {
			t.Errorf("%s", report.Style{}.Finding(found, ""))
		}
	})
}

// fromEnvironment is the checker that the environment asks for, and how traces are
// decoded for it.
func fromEnvironment(tb testing.TB) (*fuzz.Checker, fuzz.GenerateOptions) {
	tb.Helper()
	spec := cmp.Or(os.Getenv("IMAPCHECK_TARGET"), "mem")
	server, err := target.Open(spec, target.Options{})
	require.NoError(tb, err)
	tb.Cleanup(func() { server.Close() })
	c := &fuzz.Campaign{Driver: fuzz.Driver{Target: server, Machine: model.New()}, Level: model.MUST, Save: tb.TempDir()}
	c.Machine.Profile, err = c.Probe(tb.Context())
	require.NoError(tb, err)
	if fault := os.Getenv("IMAPCHECK_FAULT"); fault != "" {
		require.Contains(tb, faults, fault)
		c.Target = plant(server, fault)
	}
	c.Known = known(tb, spec)
	checker := fuzz.NewChecker(c)
	if os.Getenv("IMAPCHECK_GUIDE") != "none" {
		checker.Visit = guide.Visit
	}
	sessions, err := strconv.Atoi(cmp.Or(os.Getenv("IMAPCHECK_SESSIONS"), "2"))
	require.NoError(tb, err)
	return checker, fuzz.GenerateOptions{Conns: sessions}
}

// known are the keys of the findings that are listed for a target.
func known(tb testing.TB, spec string) map[string]bool {
	name, _, _ := strings.Cut(spec, "?")
	name, _, _ = strings.Cut(name, ":")
	b, err := fs.ReadFile(corpus.Data, "known/"+name+".txt")
	if err != nil {
		return nil
	}
	keys, err := corpus.ParseKnown(b)
	require.NoError(tb, err)
	return keys
}

// seeds are the entries of the corpus as octets, but for those of more connections than
// the traces are to have.
func seeds(tb testing.TB, m model.Machine, o fuzz.GenerateOptions) [][]byte {
	var list [][]byte
	for _, dir := range []string{"seeds", "regressions"} {
		entries, err := corpus.LoadFS(corpus.Data, dir)
		require.NoError(tb, err)
		for _, e := range entries {
			if slices.ContainsFunc(e.File.Trace.Steps, func(st model.Step) bool { return st.Conn >= o.Conns }) {
				continue
			}
			octets, err := fuzz.Encode(m, e.File.Trace, o)
			require.NoError(tb, err, e.Path)
			list = append(list, octets)
		}
	}
	return list
}

// stats keeps what a process of the engine has done in a file, for who measures it.
type stats struct {
	file string
	runs int
}

func newStats(tb testing.TB) *stats {
	dir := os.Getenv("IMAPCHECK_STATS")
	if dir == "" {
		return &stats{}
	}
	return &stats{file: filepath.Join(dir, strconv.Itoa(os.Getpid()))}
}

func (s *stats) count(t *testing.T, checker *fuzz.Checker) {
	const often = 100 // runs
	if s.runs++; s.file == "" || s.runs%often != 0 {
		return
	}
	r := checker.Report()
	text := fmt.Sprintf("%d %d %d\n", r.Traces, r.Commands, r.Coverage.Hit)
	require.NoError(t, os.WriteFile(s.file, []byte(text), 0o666))
}
