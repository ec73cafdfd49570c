package fuzz_test

import (
	"cmp"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/servertest"
)

// FuzzTrace drives a target through traces of which the engine chooses the octets. What
// is in corpus/known of the target is no failure.
//
//	IMAPCHECK_TARGET    the target, mem if it is not set
//	IMAPCHECK_SESSIONS  connections of a trace, 2 if it is not set
//	IMAPCHECK_SEEDS     "none" leaves out the corpus
//	IMAPCHECK_GUIDE     "none" leaves out the model's transitions as coverage
//	IMAPCHECK_FAULT     one of faults, planted in the target
//	IMAPCHECK_STATS     a folder, where each process keeps its number of runs and of commands
func FuzzTrace(f *testing.F) {
	sessions, err := strconv.Atoi(cmp.Or(os.Getenv("IMAPCHECK_SESSIONS"), "2"))
	require.NoError(f, err)
	options := []servertest.Option{servertest.Sessions(sessions),
		servertest.KnownKeys(slices.Sorted(maps.Keys(known(f, wantedTarget())))...)}
	if os.Getenv("IMAPCHECK_SEEDS") == "none" {
		options = append(options, servertest.NoSeeds())
	}
	if os.Getenv("IMAPCHECK_GUIDE") == "none" {
		options = append(options, servertest.NoGuide())
	}
	servertest.Fuzz(f, openTarget, options...)
}

// wantedTarget is the target that the environment asks for.
func wantedTarget() string { return cmp.Or(os.Getenv("IMAPCHECK_TARGET"), "mem") }

// openTarget opens it.
func openTarget() (target.Target, error) {
	server, err := target.Open(wantedTarget(), target.Options{})
	if err != nil {
		return nil, err
	}
	if fault := os.Getenv("IMAPCHECK_FAULT"); fault != "" {
		server = plant(server, fault)
	}
	if dir := os.Getenv("IMAPCHECK_STATS"); dir != "" {
		server = count(server, filepath.Join(dir, strconv.Itoa(os.Getpid())))
	}
	return server, nil
}

// checkerOf is a checker of the target that the environment asks for.
func checkerOf(tb testing.TB) *fuzz.Checker {
	tb.Helper()
	server, err := openTarget()
	require.NoError(tb, err)
	tb.Cleanup(func() { server.Close() })
	c := &fuzz.Campaign{Driver: fuzz.Driver{Target: server, Machine: model.New()}, Level: model.MUST, Save: tb.TempDir()}
	c.Machine.Profile, err = c.Probe(tb.Context())
	require.NoError(tb, err)
	c.Known = known(tb, wantedTarget())
	return fuzz.NewChecker(c)
}

func fail(t *testing.T, findings []*fuzz.Finding) {
	t.Helper()
	for _, f := range findings {
		t.Errorf("%s", report.Style{}.Finding(f, ""))
	}
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
