package servertest

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
)

// Run checks a server. Its subtests are
//
//   - "regressions", with a subtest for each file of the folder of [Regressions];
//   - one for each family of rules, in which the server is led through the sessions that
//     are about it;
//   - "campaign": random traces, [Commands] of them, whose seed is logged.
//
// Each has a server of its own, and in it a subtest with the name of the rule for
// each finding, which is reported in the first part that shows it. If no server can be
// tested, Run ends with t.Fatal.
//
// The subtests do not run in parallel, and t must not be one that shares its server with
// others that do.
func Run(t *testing.T, newTarget NewTarget, opts ...Option) {
	t.Helper()
	s, err := newSuite(t.Context(), newTarget, opts, testing.Short(), artifacts(t))
	if err != nil {
		t.Fatalf("servertest: %v", err)
	}
	s.test = t.Name()
	if file := os.Getenv(replayEnv); file != "" {
		t.Run("replay", func(t *testing.T) {
			t.Helper()
			s.replay(t, file)
		})
		s.end(t)
		return
	}
	s.end(t)
	for _, p := range s.parts() {
		t.Run(p.name, func(t *testing.T) {
			t.Helper()
			s.run(t, p)
		})
		if s.troubled {
			break // the next would say the same
		}
	}
	if file := os.Getenv(writeKnownEnv); file != "" {
		if err := os.WriteFile(file, corpus.FormatKnown(s.keys()), 0o666); err != nil {
			t.Errorf("servertest: %v", err)
		}
	}
}

// run runs a part on a server of its own.
func (s *suite) run(t *testing.T, p part) {
	t.Helper()
	if err := s.open(t.Context()); err != nil {
		s.troubled = true
		t.Fatalf("servertest: %v", err)
	}
	defer s.end(t)
	if p.name == campaignPart {
		t.Logf("seed %d: %s=%d makes the same traces", s.seed, seedEnv, s.seed)
	}
	for _, q := range p.cases {
		if q.name == "" {
			s.drive(t, p.name, q)
			continue
		}
		t.Run(q.name, func(t *testing.T) {
			t.Helper()
			s.drive(t, p.name+"/"+q.name, q)
		})
		if s.troubled {
			break
		}
	}
}

// end ends the server of a part.
func (s *suite) end(t testing.TB) {
	t.Helper()
	if err := s.close(); err != nil {
		t.Errorf("servertest: %v", err)
	}
}

// drive leads the server through traces, with a subtest for each finding.
func (s *suite) drive(t *testing.T, name string, q *sequence) {
	t.Helper()
	for {
		list, ok, err := s.check(t.Context(), name, q)
		if err != nil {
			s.troubled = true
			t.Fatalf("servertest: %v", err)
		}
		if !ok {
			break
		}
		for _, f := range list {
			t.Run(f.Violation.Rule.ID, func(t *testing.T) {
				t.Helper()
				if f.before != "" {
					t.Error(repeated(f))
				} else {
					t.Error(s.text(f.Finding))
				}
			})
		}
	}
	for _, f := range s.doubtful() {
		t.Logf("%s was seen, and not when the same session was run again", f.Key)
	}
}

// text is a finding as a test reports it.
func (s *suite) text(f *fuzz.Finding) string {
	if f.File == "" {
		return describe(f, "", "not kept: give -artifacts to go test, or use servertest.Save")
	}
	return describe(f, replayEnv+"="+shellWord(f.File)+" go test -run "+shellWord(pattern(s.test)), "")
}

// pattern is that of -run for a test alone.
func pattern(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}

// artifacts is the folder for what a test leaves, "" if nothing of it is kept.
func artifacts(t *testing.T) string {
	if f := flag.Lookup("test.artifacts"); f == nil || f.Value.String() != "true" {
		return ""
	}
	return t.ArtifactDir()
}
