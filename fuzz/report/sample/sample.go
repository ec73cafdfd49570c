// Package sample has campaigns for the tests of the packages that write reports.
package sample

import (
	"fmt"
	"slices"
	"time"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
)

const (
	renamed = `S0: * OK [CAPABILITY IMAP4rev1] ready
C0: LOGIN user pass
S0: OK done
C0: CREATE a
S0: OK done
C0: CREATE a/b
S0: OK done
C0: RENAME a c
S0: OK done
C0: LIST "" *
S0: * LIST () "/" INBOX
S0: * LIST () "/" "a/b"
S0: * LIST () "/" "c"
S0: OK done
`
	malformed = `S0: * OK ready
C0: CAPABILITY
S0: * CAPABILITY IMAP4rev1 \x01
S0: OK done
`
	flagless = `S0: * PREAUTH ready
C0: SELECT INBOX
S0: * 0 EXISTS
S0: * 0 RECENT
S0: * OK [UIDVALIDITY 1] a
S0: * OK [UIDNEXT 1] a
S0: * FLAGS ()
S0: * OK [PERMANENTFLAGS ()] a
S0: OK done
`
	connections = `S0: * OK a
C0: LOGOUT
S0: * BYE a
S0: OK a
E0: closed
O0:
S0: * OK a
C0: NOOP
S0: OK a
S1: hello
E1: closed
C1: NOOP
`
	closed = "S0: * OK a\nC0: NOOP\nE0: closed\n"
	// What a server may send to those who look at a report.
	hostile = `S0: * OK \x1B[31m::error::greeting
C0: CAPABILITY
S0: * CAPABILITY IMAP4rev1 \x00]]></pre></script><img src=x onerror=alert(1)>{{.}}\x1B[31m\xFF\xC3( ::error::%0A|` + "`" + `*
S0: OK done
`
)

// Campaign is one with findings that are new, known, fixed and unconfirmed.
func Campaign() *report.Campaign {
	c := campaign(
		finding(renamed, "rename-inferiors", "findings/rename-inferiors-0123456789ab.trace", 40),
		finding(malformed, "grammar", "findings/grammar-0123456789ab.trace", 12),
		finding(connections, "grammar", "findings/two connections.trace", 40),
		finding(flagless, "flags-list-system", "", 1),
	)
	c.Findings[3].Known = true
	c.Unconfirmed = []*fuzz.Finding{finding(closed, "bye-before-close", "findings/unconfirmed/bye-before-close-0123456789ab.trace", 7)}
	c.Fixed = []string{"state-gating/CHECK/Authenticated"}
	c.Absent = []string{"valid-not-bad/UID COPY/Selected"}
	c.KnownFile, c.KnownLines = "known.txt", map[string]int{c.Findings[3].Key: 7}
	return c
}

// Hostile is one of a server whose answers, version and so on are meant for the readers
// of reports.
func Hostile() *report.Campaign {
	f := finding(hostile, "grammar", "findings/a,b:c%\n]]></a><script>\x00\xff.trace", 1)
	f.Key = "grammar:]]></script>\x00\x1b[31m/A,B:C%/Selected"
	f.Crash = "panic: </pre><script>alert(1)</script>\x00\ngoroutine 1"
	c := campaign(f)
	c.Target, c.ServerVersion = "exec:</title><script>alert(1)</script>", "1.0\x1b[31m\x00\xff]]>|`*[x](javascript:alert(1))"
	c.Report.Greeting = f.Transcript.Exchanges[0].Reply.Responses[0].Raw
	c.Fixed = []string{"grammar:\n::error::</li><script>/A/Selected"}
	c.Again = "--target '</pre><script>'"
	return c
}

// Clean is one that has found nothing, and was interrupted.
func Clean() *report.Campaign {
	c := campaign()
	c.Interrupted, c.Scope = true, "12 of depth 3 were begun, of at most 27: not all"
	return c
}

func campaign(findings ...*fuzz.Finding) *report.Campaign {
	r := &fuzz.Report{
		Greeting: "* OK [CAPABILITY IMAP4rev1] ready", Commands: 12345, Traces: 310, Elapsed: 1500 * time.Millisecond, Findings: findings,
		Coverage: fuzz.Coverage{Hit: 12, Total: 232, Times: map[string]int{
			"Unopened greeting OK": 310, "NotAuthenticated LOGIN ok": 280, "NotAuthenticated LOGIN no": 20, "NotAuthenticated LOGOUT ok": 9,
			"Authenticated SELECT ok": 1234, "Authenticated EXAMINE ok": 99, "Authenticated UID COPY refused": 3,
			"Authenticated CHECK accepted": 2, "Authenticated ? malformed": 5,
			"Selected SELECT ok": 17, "Selected SELECT no": 4, "Selected CLOSE ok": 600, "Selected FETCH ok": 9000,
		}},
	}
	r.RulesExercised = len(r.Coverage.Exercised())
	return &report.Campaign{Report: r, Version: "v1.2.3 go1.26", Target: "mem", ServerVersion: "v2.0.0", Seed: 7, Level: model.SHOULD,
		Program: "imapcheck", Again: "--target mem"}
}

// finding is what breaks a rule in a trace file. It panics if that does not.
func finding(text, rule, file string, first int) *fuzz.Finding {
	f, err := corpus.ParseLenient([]byte(text))
	if err != nil {
		panic(err)
	}
	violations := properties.Judge(model.New(), *f.Transcript).Violations
	i := slices.IndexFunc(violations, func(v model.Violation) bool { return v.Rule.ID == rule })
	if i < 0 {
		panic(fmt.Sprintf("%s is kept: %v", rule, violations))
	}
	return &fuzz.Finding{Key: violations[i].Key(), Violation: violations[i], Trace: f.Trace, Transcript: *f.Transcript, All: violations,
		FirstSteps: first, FoundAt: 3 * first, Confirmed: 5, Tries: 5, File: file}
}
