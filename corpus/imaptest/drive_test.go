package imaptest_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/corpus/imaptest"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// driver is a driver of a target.
func driver(t *testing.T, spec string) *fuzz.Driver {
	t.Helper()
	tg, err := target.Open(spec, target.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { tg.Close() })
	d := &fuzz.Driver{Target: tg, Machine: model.New()}
	d.Machine.Profile, err = d.Probe(t.Context())
	require.NoError(t, err)
	return d
}

// drive runs a script, and compares.
func drive(t *testing.T, d *fuzz.Driver, f *corpus.File) (fuzz.Result, imaptest.Result) {
	t.Helper()
	c, err := imaptest.NewChecker(f, d.Machine.Profile)
	require.NoError(t, err)
	own := *d
	own.Bind = c.Command
	r, err := own.Run(t.Context(), f.Trace)
	require.NoError(t, err)
	return r, c.Result(r.Transcript)
}

// What is expected by RFC 3501 holds, and the model is content, too.
func TestScripts(t *testing.T) {
	for spec, exceptions := range map[string]map[string]string{
		"reference": {},
		"mem":       {"untagged": "untagged:6"}, // it does not list the flags that all mailboxes have
	} {
		d := driver(t, spec)
		for _, name := range scripts(t, "scripts") {
			f := load(t, name)
			r, got := drive(t, d, f)
			for _, v := range r.Violations {
				assert.NotEqual(t, model.MUST, v.Rule.Level, "%s on %s: %s: %s", name, spec, v.Rule.ID, v.Got)
			}
			for _, x := range got.Failures {
				assert.Equal(t, exceptions[filepath.Base(name)], x.At, "%s on %s: %+v", name, spec, x)
			}
			if filepath.Base(name) == "modseq" {
				assert.Equal(t, "modseq:2: the server has no CONDSTORE", got.Skipped)
				continue
			}
			assert.Empty(t, got.Skipped)
			assert.Greater(t, got.Held, 0)

			// Evidence in a file says the same, offline.
			f.Transcript = &r.Transcript
			back, err := corpus.Parse(corpus.Format(f))
			require.NoError(t, err, name)
			c, err := imaptest.NewChecker(back, d.Machine.Profile)
			require.NoError(t, err)
			assert.Equal(t, got, c.Result(*back.Transcript), name)
		}
	}
}

// What is wrong with a script on purpose is told, and nothing else.
func TestWrongScripts(t *testing.T) {
	want := map[string][]imaptest.Failure{
		"completion": {
			{Step: 4, From: 4, At: "completion:3", Want: "NO", Got: "OK STATUS completed"},
			{Step: 5, From: 5, At: "completion:5", Want: "OK [alert]", Got: "OK STATUS completed"},
		},
		"untagged": {
			{Step: 4, From: 4, At: "untagged:4", Want: "* status imaptest (messages 1)", Got: "no such response among 1 untagged"},
			{Step: 4, From: 4, At: "untagged:5", Want: "no * status imaptest (messages $)", Got: "* STATUS imaptest (MESSAGES 0)"},
		},
		"strict": {
			{Step: 4, From: 4, At: "strict:4", Want: "no untagged response but those above", Got: "* STATUS imaptest (MESSAGES 0)"},
		},
		"unbound": {
			{Step: 4, From: 4, At: "unbound:4", Want: "* status imaptest (messages 7 uidnext $next)", Got: "no such response among 1 untagged"},
			{Step: 5, From: 5, At: "unbound:5", Want: "an answer to the command", Got: "it was not sent: $next has no value that can be sent"},
		},
		"sequence": {
			{Step: 9, From: 9, At: "sequence:6", Want: "* $2 expunge", Got: "no such response among 1 untagged"},
			{Step: 11, From: 10, At: "sequence:9", Want: "* 5 exists", Got: "no such response among 1 untagged"},
		},
	}
	d := driver(t, "reference")
	for _, name := range scripts(t, "wrong") {
		r, got := drive(t, d, load(t, name))
		assert.Empty(t, r.Violations, name)
		assert.Equal(t, want[filepath.Base(name)], got.Failures, name)
		delete(want, filepath.Base(name))
	}
	assert.Empty(t, want)
}

// A set-up that fails is no failure of what is behind.
func TestSetUpFails(t *testing.T) {
	f := load(t, "testdata/scripts/lists")
	c, err := imaptest.NewChecker(f, model.Profile{})
	require.NoError(t, err)
	x := model.Exchange{Step: 3, Tag: model.Tag(3), Cmd: f.Trace.Steps[3].Cmd}
	x.Reply.Responses = []model.Response{{Raw: x.Tag + " NO you may not", Tag: x.Tag, Status: model.NO}}
	r := c.Result(model.Transcript{Exchanges: []model.Exchange{x}})
	assert.Equal(t, imaptest.Result{Skipped: "lists:1: the set-up failed at CREATE"}, r)
}

func TestExpectationErrors(t *testing.T) {
	const usage = "behind the place stands ok, no, bad, any, *, !, ?, no-extra, group, variables, set-up, needs or note"
	for text, want := range map[string]string{
		"a":                usage,
		"a hope":           usage,
		"a variables more": usage,
		"a any x":          "nothing follows any",
		"a ok (":           `a "(" without its ")"`,
		"a *":              "no response is expected",
		"a group 0":        "a group has a number of steps",
		"a needs":          "no capability is named",
	} {
		f := &corpus.File{Trace: model.Trace{Steps: []model.Step{{Cmd: model.Simple{Verb: "NOOP"}}}}, Expectations: []corpus.Expectation{{Text: text}}}
		_, err := imaptest.NewChecker(f, model.Profile{})
		assert.EqualError(t, err, fmt.Sprintf("step 1: ?? %s: %s", text, want))
	}
}
