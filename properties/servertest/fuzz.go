package servertest

import (
	"context"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/guide"
	"github.com/imapcheck/imapcheck/model"
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
// What breaks a rule is made minimal before it is reported, and is the same however often
// the engine tries to make it smaller: give -fuzzminimizetime=100x to "go test -fuzz". The
// engine ends at the first
// failure, and does not begin before the seeds pass: what is known has to be in the file
// of [Known], which Run can write. It gives an input ten seconds; a finding that takes
// more, as a server that hangs does, is reported as it was seen, and made minimal where
// the input is run again. [Seed], [Commands], [Steps] and [Only] are of no use here.
//
// Each process of the engine starts a server, which ends with it. Where they would lead to
// one account, at an [Address] or behind a [Conn] to another process, there has to be one
// only: -parallel=1.
func Fuzz(f *testing.F, newTarget NewTarget, opts ...Option) {
	f.Helper()
	s, err := newSuite(f.Context(), newTarget, opts, false, fuzzFolder)
	if err != nil {
		f.Fatalf("servertest: %v", err)
	}
	f.Cleanup(func() { s.end(f) })
	if name := s.campaign.Target.Name(); strings.HasPrefix(name, "imap") && flagOf("test.fuzz") != "" && flagOf("test.parallel") != "1" {
		f.Fatalf("servertest: the processes of the engine would be in each other's way at %s: give -parallel=1 to go test", name)
	}
	if file := os.Getenv(replayEnv); file != "" {
		s.replay(f, file)
		return
	}
	if isWorker() {
		s.campaign.Session.Timeout = min(s.timeout, mostSilence)
	}
	if !s.noGuide {
		s.checker.Visit = guide.Visit
	}
	machine, o := s.checker.Machine(), fuzz.GenerateOptions{Conns: s.sessions}
	for _, e := range s.seeds(f) {
		// What no octets lead to is of several lines, or of more connections.
		if octets, err := fuzz.Encode(machine, e.File.Trace, o); err == nil {
			f.Add(octets)
		}
	}
	s.test = f.Name()
	f.Fuzz(func(t *testing.T, octets []byte) {
		for _, text := range s.fuzz(t, fuzz.Decode(machine, octets, o)) {
			t.Error(text)
		}
	})
}

// The engine ends a process that takes ten seconds for an input, without a word.
const (
	mostOfInput = 8 * time.Second // for one, findings made minimal
	mostSilence = 3 * time.Second // for a response
)

// fuzz drives the server through a trace, and returns what is to be reported. In a process
// of the engine a finding that there was no time to make minimal, and to confirm, is
// reported as it was seen: the engine keeps its octets, and where those are run again, as
// the engine says, there is no hurry.
func (s *suite) fuzz(t *testing.T, trace model.Trace) (texts []string) {
	ctx := t.Context()
	if isWorker() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, mostOfInput)
		defer cancel()
	}
	findings, err := s.checker.Check(ctx, trace)
	for _, f := range findings {
		texts = append(texts, s.text(f))
	}
	for _, f := range s.doubtful() {
		if err != nil {
			texts = append(texts, s.text(f)+"\n  There was no time to make it minimal: run it again, as said below.\n")
		}
	}
	if err != nil && ctx.Err() == nil {
		t.Fatalf("servertest: %v", trouble{err})
	}
	return texts
}

// isWorker reports whether this process is one of the engine's.
func isWorker() bool { return flagOf("test.fuzzworker") == "true" }

// flagOf is the value of a flag of go test, "" if there is none.
func flagOf(name string) string {
	if f := flag.Lookup(name); f != nil {
		return f.Value.String()
	}
	return ""
}

// seeds are what the engine begins with.
func (s *suite) seeds(f *testing.F) []corpus.Entry {
	f.Helper()
	list := s.regression
	if s.noSeeds {
		return list
	}
	for _, dir := range []string{"seeds", "regressions"} {
		entries, err := corpus.LoadFS(corpus.Data, dir)
		if err != nil {
			f.Fatalf("servertest: %v", err)
		}
		list = append(list, entries...)
	}
	return list
}
