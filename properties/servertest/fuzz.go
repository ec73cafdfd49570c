package servertest

import (
	"os"
	"testing"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/guide"
)

// fuzzFolder is where Fuzz saves if nothing else is said: what it finds has to outlive
// the run.
const fuzzFolder = "testdata/imapcheck"

// Fuzz is a fuzz test in one line:
//
//	func FuzzIMAP(f *testing.F) { servertest.Fuzz(f, newTarget, servertest.Known("known.txt")) }
//
// The octets that the engine chooses are traces: any octets are one, and what is in the
// corpus of this module, and in the folder of [Regressions], are its seeds. Beside the code of
// this process the engine is shown which transitions of the protocol's automaton the
// server was led through, so that it makes its way also where the server is elsewhere.
//
// What breaks a rule is made minimal before it is reported, so the engine has nothing to
// minimize: give -fuzzminimizetime=1x to "go test -fuzz". The engine ends at the first
// failure, and does not begin before the seeds pass: what is known has to be in the file
// of [Known], which Run can write. [Seed], [Commands], [Steps] and [Only] are of no use here.
//
// Each process of the engine has a server, which ends with it.
func Fuzz(f *testing.F, newTarget NewTarget, opts ...Option) {
	f.Helper()
	s, err := newSuite(f.Context(), newTarget, opts, false, fuzzFolder)
	if err != nil {
		f.Fatalf("servertest: %v", err)
	}
	f.Cleanup(func() { s.end(f) })
	if file := os.Getenv(replayEnv); file != "" {
		s.replay(f, file)
		return
	}
	s.checker.Visit = guide.Visit
	machine, o := s.checker.Machine(), fuzz.GenerateOptions{Conns: s.sessions}
	for _, e := range s.seeds(f) {
		// What no octets lead to is of several lines, or of more connections.
		if octets, err := fuzz.Encode(machine, e.File.Trace, o); err == nil {
			f.Add(octets)
		}
	}
	s.test = f.Name()
	f.Fuzz(func(t *testing.T, octets []byte) {
		findings, err := s.checker.Check(t.Context(), fuzz.Decode(machine, octets, o))
		if err != nil {
			t.Fatalf("servertest: %v", trouble{err})
		}
		for _, found := range findings {
			t.Error(s.text(found))
		}
	})
}

// seeds are what the engine begins with.
func (s *suite) seeds(f *testing.F) []corpus.Entry {
	f.Helper()
	list := s.regression
	for _, dir := range []string{"seeds", "regressions"} {
		entries, err := corpus.LoadFS(corpus.Data, dir)
		if err != nil {
			f.Fatalf("servertest: %v", err)
		}
		list = append(list, entries...)
	}
	return list
}
