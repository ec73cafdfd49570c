package servertest

import (
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
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
	ctx, cancel := inTime(t)
	defer cancel()
	s, err := newSuite(ctx, newTarget, opts, testing.Short(), artifacts(t))
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
			s.run(ctx, t, p)
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

// errLate is why Run ends where go test would end it with a panic.
var errLate = errors.New("the -timeout of go test is near: give it more, or, " +
	"if the server hangs, of which each finding takes a minute, less of servertest.Timeout")

// inTime is the context of a run that ends before go test does: by a tenth of the time
// or ten seconds.
func inTime(t *testing.T) (context.Context, context.CancelFunc) {
	end, ok := t.Deadline()
	if !ok {
		return context.WithCancel(t.Context())
	}
	margin := min(time.Until(end)/10, 10*time.Second)
	return context.WithDeadlineCause(t.Context(), end.Add(-margin), errLate)
}

// run runs a part on a server of its own.
func (s *suite) run(ctx context.Context, t *testing.T, p part) {
	t.Helper()
	if err := s.open(ctx); err != nil {
		s.troubled = true
		t.Fatalf("servertest: %v", err)
	}
	defer s.end(t)
	if p.name == campaignPart {
		t.Logf("seed %d: %s=%d makes the same traces", s.seed, seedEnv, s.seed)
	}
	for _, q := range p.cases {
		if q.name == "" {
			s.drive(ctx, t, p.name, q)
			continue
		}
		t.Run(q.name, func(t *testing.T) {
			t.Helper()
			s.drive(ctx, t, p.name+"/"+q.name, q)
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
func (s *suite) drive(ctx context.Context, t *testing.T, name string, q *sequence) {
	t.Helper()
	for {
		list, ok, err := s.check(ctx, name, q)
		if err != nil {
			s.troubled = true
			if context.Cause(ctx) == errLate {
				err = errLate
			}
			s.doubts(t)
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
	s.doubts(t)
}

// doubts tells what was seen and is not claimed.
func (s *suite) doubts(t *testing.T) {
	t.Helper()
	for _, f := range s.doubtful() {
		t.Logf("%s was seen, and not confirmed by running the same session again", f.Key)
	}
}

// text is a finding as a test reports it.
func (s *suite) text(f *fuzz.Finding) string {
	if f.File == "" {
		return describe(f, "", "not kept: give -artifacts to go test, or use servertest.Save")
	}
	return describe(f, replayEnv+"="+report.ShellWord(f.File)+" go test -run "+report.ShellWord(pattern(s.test)), "")
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
	if flagOf("test.artifacts") != "true" {
		return ""
	}
	return t.ArtifactDir()
}
