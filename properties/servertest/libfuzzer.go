package servertest

import (
	"context"
	"fmt"
	"sync"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/guide"
)

// LibFuzzer is the function that libFuzzer and its like call, in one line:
//
//	var fuzzIMAP = servertest.LibFuzzer(newTarget)
//
//	func LibFuzzerIMAP(octets []byte) int { return fuzzIMAP(octets) }
//
// "imapcheck ci init --kind clusterfuzzlite" makes the build of it for ClusterFuzzLite, and
// for OSS-Fuzz. [Fuzz] does not do there: the tools that those have for native fuzz tests put
// another type in the place of *testing.F.
//
// The octets are traces, as those of [Fuzz]. The server is started at the first and serves
// all; a finding is a panic with the text of the finding. What is known is best given by
// [KnownKeys], since the folder in which the engine runs is not that of the package.
// "imapcheck corpus import FILE" makes a trace file of the octets that the engine keeps.
func LibFuzzer(newTarget NewTarget, opts ...Option) func(octets []byte) int {
	start := sync.OnceValue(func() *suite {
		s, err := newSuite(context.Background(), newTarget, opts, false, "")
		if err != nil {
			panic(fmt.Sprintf("servertest: %v", err))
		}
		s.campaign.Session.Timeout = min(s.timeout, mostSilence)
		if !s.noGuide {
			s.checker.Visit = guide.Visit
		}
		return s
	})
	return func(octets []byte) int {
		s := start()
		ctx, cancel := context.WithTimeout(context.Background(), mostOfInput)
		defer cancel()
		findings, err := s.checker.Check(ctx, fuzz.Decode(s.checker.Machine(), octets, fuzz.GenerateOptions{Conns: s.sessions}))
		for _, f := range findings {
			panic(describe(f, "", "the engine keeps the octets: imapcheck corpus import makes a trace file of them"))
		}
		for _, f := range s.doubtful() {
			if err != nil { // there was no time to confirm it
				panic(describe(f, "", "the engine keeps the octets: run them again"))
			}
		}
		if err != nil && ctx.Err() == nil {
			panic(fmt.Sprintf("servertest: %v", trouble{err}))
		}
		return 0
	}
}
