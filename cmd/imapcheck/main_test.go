package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/properties"
)

// invoke runs the program in the current folder.
func invoke(args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = run(args, strings.NewReader(""), &out, &err)
	return status, out.String(), err.String()
}

// found runs a small campaign in a folder of its own and returns the paths of
// its traces.
func found(t *testing.T, args ...string) []string {
	t.Helper()
	t.Chdir(t.TempDir())
	status, _, stderr := invoke(append([]string{"fuzz", "--commands", "1000"}, args...)...)
	require.Equal(t, exitFound, status, stderr)
	files, err := filepath.Glob("findings/*.trace")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func TestEveryCommandHasHelp(t *testing.T) {
	a := &app{}
	var helps func(cmd *cobra.Command)
	helps = func(cmd *cobra.Command) {
		assert.NotEmpty(t, cmd.Short, cmd.Name())
		assert.Greater(t, len(cmd.Long), len(cmd.Short), cmd.Name())
		assert.Contains(t, cmd.Example, cmd.CommandPath())
		status, stdout, stderr := invoke(append(strings.Fields(cmd.CommandPath())[1:], "--help")...)
		assert.Equal(t, exitClean, status)
		assert.Contains(t, stdout, cmd.Long)
		assert.Empty(t, stderr)
		for _, sub := range cmd.Commands() {
			helps(sub)
		}
	}
	for _, cmd := range a.root().Commands() {
		helps(cmd)
	}
	status, stdout, _ := invoke()
	assert.Equal(t, exitClean, status)
	assert.Contains(t, stdout, "fuzz ")
	status, stdout, _ = invoke("corpus")
	assert.Equal(t, exitClean, status)
	assert.Contains(t, stdout, "export ")
}

func TestUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		args []string
		want string
		help string // the command whose help is pointed at
	}{
		{[]string{"fuz"}, `unknown command "fuz", did you mean fuzz?`, ""},
		{[]string{"nothing-like-it"}, `unknown command "nothing-like-it"`, ""},
		{[]string{"--nonsense"}, "unknown flag: --nonsense", ""},
		{[]string{"fuzz", "mem", "mem"}, "accepts at most 1 arg(s), received 2", "fuzz"},
		{[]string{"fuzz", "--seed", "-1"}, `invalid argument "-1" for "--seed"`, "fuzz"},
		{[]string{"fuzz", "--commands", "many"}, `invalid argument "many" for "--commands"`, "fuzz"},
		{[]string{"fuzz", "--commands", "-5"}, "--commands -5", "fuzz"},
		{[]string{"fuzz", "--duration", "soon"}, `invalid argument "soon" for "--duration"`, "fuzz"},
		{[]string{"fuzz", "--duration", "-1s"}, "--duration -1s", "fuzz"},
		{[]string{"fuzz", "--sessions", "0"}, "--sessions 0", "fuzz"},
		{[]string{"fuzz", "--steps", "0"}, "--steps 0", "fuzz"},
		{[]string{"fuzz", "--timeout", "0s"}, "--timeout 0s", "fuzz"},
		{[]string{"fuzz", "--level", "may"}, "must or should", "fuzz"},
		{[]string{"fuzz", "--password", "a", "--password-file", "b"}, "give one of them", "fuzz"},
		{[]string{"fuzz", "--junit", "-"}, "only --json writes to standard output", "fuzz"},
		{[]string{"fuzz", "--junit", "a", "--html", "./a"}, "--html ./a: --junit writes the same file", "fuzz"},
		{[]string{"explore", "--html", "a"}, "--html means nothing without a TARGET", "explore"},
		{[]string{"replay"}, "requires at least 1 arg(s)", "replay"},
		{[]string{"shrink", "a.trace"}, "a --target is needed", "shrink"},
		{[]string{"diff"}, "requires at least 1 arg(s), only received 0", "diff"},
		{[]string{"diff", "mem", "mem", "--commands", "0"}, "--commands 0", "diff"},
		{[]string{"diff", "mem", "mem", "--sessions", "0"}, "--sessions 0", "diff"},
		{[]string{"diff", "mem", "mem", "--steps", "-1"}, "--steps -1", "diff"},
		{[]string{"diff", "mem", "mem", "--level", "may"}, "must or should", "diff"},
		{[]string{"rules", "--json", "--markdown"}, "give one of them", "rules"},
		{[]string{"rules", "--json", "--requirements"}, "give one of them", "rules"},
		{[]string{"corpus", "exp"}, `unknown command "exp", did you mean export?`, "corpus"},
		{[]string{"corpus", "export"}, "--go-fuzz DIR or --raw DIR", "corpus export"},
		{[]string{"corpus", "export", "--raw", ""}, "--go-fuzz DIR or --raw DIR", "corpus export"},
		{[]string{"corpus", "export", "--raw", "a", "--go-fuzz", "b"}, "give one of them", "corpus export"},
		{[]string{"corpus", "export", "--raw", "a", "--sessions", "0"}, "--sessions 0", "corpus export"},
		{[]string{"corpus", "export", "--rare", "a"}, "unknown flag: --rare", "corpus export"},
		{[]string{"corpus", "import"}, "requires at least 1 arg(s)", "corpus import"},
		{[]string{"corpus", "import", ".", "--save", ""}, "--save", "corpus import"},
		{[]string{"corpus", "import", ".", "--sessions", "9"}, "--sessions 9", "corpus import"},
		{[]string{"corpus", "known"}, "requires at least 1 arg(s)", "corpus known"},
		{[]string{"corpus", "list"}, "accepts 1 arg(s), received 0", "corpus list"},
		{[]string{"corpus", "merge"}, "requires at least 1 arg(s)", "corpus merge"},
		{[]string{"corpus", "merge", "."}, "--into DIR", "corpus merge"},
		{[]string{"corpus", "minimize", "a", "b"}, "accepts 1 arg(s), received 2", "corpus minimize"},
		{[]string{"corpus", "check"}, "accepts 1 arg(s), received 0", "corpus check"},
		{[]string{"fuzz", "--shard", "0/4"}, "it is I/N, with I from 1 to N", "fuzz"},
		{[]string{"fuzz", "--shard", "5/4"}, "it is I/N, with I from 1 to N", "fuzz"},
		{[]string{"fuzz", "--shard", "2"}, "it is I/N, with I from 1 to N", "fuzz"},
		{[]string{"fuzz", "--corpus", "a", "--steps", "0"}, "--steps 0", "fuzz"},
		{[]string{"targets", "mem"}, `unknown command "mem" for "imapcheck targets"`, "targets"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			status, stdout, stderr := invoke(c.args...)
			assert.Equal(t, exitTrouble, status)
			assert.Empty(t, stdout)
			lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
			require.Len(t, lines, 2, stderr)
			assert.Contains(t, lines[0], c.want)
			assert.True(t, strings.HasSuffix(lines[1], strings.TrimSpace("imapcheck "+c.help)+" --help"), lines[1])
		})
	}
}

func TestTroubleIsOneLine(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) { require.NoError(t, os.WriteFile(name, []byte(text), 0o600)) }
	write("corrupt.trace", "imaptrace v1\nfixture INBOX=x\n")
	write("bare.trace", "C0: LOGIN user pass\nC0: NOOP\n")
	write("rule.known", "# these are known\nstate-gating/CHECK/Authenticated\nno-such-rule/CHECK/Authenticated\n")
	write("state.known", "state-gating/CHECK/Asleep")
	write("shape.known", "state-gating\n")
	write("comment.known", "state-gating/CHECK/Authenticated  reported upstream\n")
	write("half.known", `{"findings":[{"key":"state-gating/CHECK/Authenticated"}`)
	write("other.known", `{"rules":[]}`)
	write("empty.password", "\n")
	require.NoError(t, os.MkdirAll("bare/.git", 0o700))
	write("bare/notes", "")
	require.NoError(t, os.MkdirAll("rotten", 0o700))
	write("rotten/corrupt.trace", "what\n")
	require.NoError(t, os.MkdirAll("behind", 0o700))
	write("behind/progress", "seed 1\n")
	write("unruly.trace", "imaptrace v1\nfinding no-such-rule      (RFC 3501 9, MUST)   key: NOOP/Selected\nfixture INBOX=0\n\nC0: NOOP\n")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"fuzz", "nix"}, `unknown target "nix" (known: mem,`},
		{[]string{"fuzz", "imap://127.0.0.1:99999"}, "no port"},
		{[]string{"fuzz", "imap://192.0.2.1"}, "--i-may-destroy-this-account"},
		{[]string{"fuzz", "--known", "absent.known"}, "absent.known"},
		{[]string{"fuzz", "--known", "rule.known"}, `rule.known: line 3: there is no rule "no-such-rule"`},
		{[]string{"fuzz", "--known", "state.known"}, `state.known: line 1: there is no state "Asleep"`},
		{[]string{"fuzz", "--known", "shape.known"}, `shape.known: line 1: "state-gating" is not RULE/COMMAND/STATE`},
		{[]string{"fuzz", "--known", "comment.known"}, "comment.known: line 1:"},
		{[]string{"fuzz", "--known", "half.known"}, "half.known: not a report of --json"},
		{[]string{"fuzz", "--known", "other.known"}, "other.known: not a report of --json"},
		{[]string{"fuzz", "--json", "no/such/folder.json"}, "there is no folder no/such"},
		{[]string{"fuzz", "--write-known", "."}, "it is a folder"},
		{[]string{"fuzz", "--junit", "no/such/report.xml"}, "--junit no/such/report.xml: there is no folder no/such"},
		{[]string{"fuzz", "--sarif", "."}, "--sarif .: it is a folder"},
		{[]string{"explore", "mem", "--html", "bare.trace/report.html"}, "--html bare.trace/report.html: there is no folder bare.trace"},
		{[]string{"fuzz", "--password-file", "empty.password"}, "the first line of empty.password is empty"},
		{[]string{"fuzz", "--password-file", "absent"}, "absent"},
		{[]string{"replay", "corrupt.trace"}, "corrupt.trace: line 2: "},
		{[]string{"replay", "corrupt.trace", "--target", "mem"}, "corrupt.trace: line 2: "},
		{[]string{"replay", "absent.trace"}, "absent.trace"},
		{[]string{"replay", "bare.trace"}, "there is no evidence"},
		{[]string{"replay", "bare.trace", "--target", "nix"}, `unknown target "nix"`},
		{[]string{"diff", "mem", "nix"}, `unknown target "nix" (known: mem,`},
		{[]string{"diff", "nix", "mem"}, `unknown target "nix" (known: mem,`},
		{[]string{"diff", "mem", "imap://192.0.2.1"}, "--i-may-destroy-this-account"},
		{[]string{"diff", "mem", "mem", "--trace", "corrupt.trace"}, "corrupt.trace: line 2: "},
		{[]string{"diff", "mem", "mem", "--trace", "absent.trace"}, "absent.trace"},
		{[]string{"diff", "mem", "mem", "--known", "shape.known"}, `shape.known: line 1: "state-gating" is not RULE/COMMAND/STATE`},
		{[]string{"diff", "mem", "mem", "--json", "no/such/folder.json"}, "there is no folder no/such"},
		{[]string{"diff", "mem", "mem", "--json", "."}, "it is a folder"},
		{[]string{"diff", "mem", "mem", "--save", "corrupt.trace"}, "--save: "},
		{[]string{"corpus", "export", "--raw", "a", "absent.trace"}, "absent.trace"},
		{[]string{"corpus", "export", "--raw", "a", "bare"}, "bare: there is no trace file in this folder"},
		{[]string{"corpus", "export", "--raw", "bare.trace"}, "--raw: mkdir bare.trace: not a directory"},
		{[]string{"corpus", "export", "--go-fuzz", "bare.trace/a"}, "--go-fuzz: mkdir bare.trace: not a directory"},
		{[]string{"corpus", "export", "--raw", "a", "--target", "nix"}, `unknown target "nix" (known: mem,`},
		{[]string{"corpus", "import", "absent"}, "absent"},
		{[]string{"corpus", "import", "bare/.git"}, "bare/.git: there is no file in this folder"},
		{[]string{"corpus", "import", "bare", "--save", "bare.trace"}, "--save: mkdir bare.trace: not a directory"},
		{[]string{"corpus", "import", "bare", "--target", "nix"}, `unknown target "nix" (known: mem,`},
		{[]string{"corpus", "known", "absent"}, "absent"},
		{[]string{"corpus", "known", "bare.trace"}, "bare.trace: it is of no finding"},
		{[]string{"corpus", "known", "corrupt.trace"}, "corrupt.trace: line 2: "},
		{[]string{"corpus", "known", "other.known"}, "other.known: not a report of --json"},
		{[]string{"corpus", "known", "unruly.trace"}, `there is no rule "no-such-rule"`},
		{[]string{"corpus", "known", "bare", "--into", "half.known"}, "half.known: it is a report, and no list of keys"},
		{[]string{"corpus", "known", "bare", "--into", "shape.known"}, `--into shape.known: line 1: "state-gating" is not RULE/COMMAND/STATE`},
		{[]string{"corpus", "list", "absent"}, "corpus: open absent"},
		{[]string{"corpus", "list", "bare.trace"}, "bare.trace"},
		{[]string{"corpus", "list", "rotten"}, "rotten/corrupt.trace: line 1: "},
		{[]string{"corpus", "merge", "--into", "a", "absent"}, "corpus: open absent"},
		{[]string{"corpus", "merge", "--into", "bare.trace", "bare"}, "corpus: mkdir bare.trace: not a directory"},
		{[]string{"corpus", "merge", "--into", "a", "rotten"}, "rotten/corrupt.trace: line 1: "},
		{[]string{"corpus", "merge", "--into", "rotten", "bare"}, "rotten/corrupt.trace: line 1: "},
		{[]string{"corpus", "minimize", "absent"}, "corpus: stat absent"},
		{[]string{"corpus", "minimize", "rotten"}, "rotten/corrupt.trace: line 1: "},
		{[]string{"corpus", "check", "absent"}, "corpus: open absent"},
		{[]string{"corpus", "check", "bare", "--target", "nix"}, `unknown target "nix"`},
		{[]string{"fuzz", "--corpus", "bare.trace"}, "corpus: mkdir bare.trace: not a directory"},
		{[]string{"fuzz", "--corpus", "rotten"}, "rotten/corrupt.trace: line 1: "},
		{[]string{"fuzz", "--corpus", "behind"}, `behind/progress: line 1 is not "seed S shard I/N traces N"`},
		{[]string{"shrink", "corrupt.trace", "--target", "mem"}, "corrupt.trace: line 2: "},
		{[]string{"shrink", "bare.trace", "--target", "mem"}, "breaks no rule"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			status, stdout, stderr := invoke(c.args...)
			assert.Equal(t, exitTrouble, status)
			assert.Empty(t, stdout)
			assert.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
			assert.Contains(t, stderr, c.want)
		})
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("taken", nil, 0o600))
	status, stdout, stderr := invoke("fuzz", "--commands", "400", "--save", "taken")
	assert.Equal(t, exitTrouble, status)
	assert.Empty(t, stdout, "nothing is run that could not be kept")
	assert.Equal(t, "imapcheck: --save: mkdir taken: not a directory\n", stderr)
}

func TestRules(t *testing.T) {
	status, stdout, _ := invoke("rules")
	assert.Equal(t, exitClean, status)
	status, asMarkdown, _ := invoke("rules", "--markdown")
	assert.Equal(t, exitClean, status)
	status, asJSON, _ := invoke("rules", "--json")
	assert.Equal(t, exitClean, status)
	var j jsonRules
	require.NoError(t, json.Unmarshal([]byte(asJSON), &j))
	rules := allRules()
	require.Len(t, j.Rules, len(rules))
	of := properties.RequirementsOf(properties.Requirements())
	for i, r := range rules {
		assert.Equal(t, jsonRule{r.ID, r.Clause, r.Level.String(), r.Text, listed(of[r.ID])}, j.Rules[i])
		assert.Contains(t, stdout, r.ID+"  "+r.Clause+", "+r.Level.String())
		assert.Contains(t, asMarkdown, "| `"+r.ID+"` | "+r.Clause)
	}
	for _, line := range summary(properties.Requirements()) {
		assert.Contains(t, stdout, line)
		assert.Contains(t, asMarkdown, line)
	}
}

func TestRequirements(t *testing.T) {
	status, stdout, _ := invoke("rules", "--requirements")
	assert.Equal(t, exitClean, status)
	_, asMarkdown, _ := invoke("rules", "--markdown")
	_, asJSON, _ := invoke("rules", "--json")
	var j jsonRules
	require.NoError(t, json.Unmarshal([]byte(asJSON), &j))
	statuses := map[string]int{}
	for _, r := range j.Requirements {
		statuses[r.Status]++
		assert.Contains(t, stdout, "\n  "+r.ID+"  "+r.Word, r.ID)
		assert.Contains(t, asMarkdown, "\n| "+r.ID+" | "+r.Word, r.ID)
		if r.Status == "checked" {
			assert.NotEmpty(t, append(r.Rules, r.Tests...), r.ID)
			assert.Empty(t, r.Reason, r.ID)
		}
	}
	s := j.Summary
	assert.Equal(t, s.Client, statuses["client"])
	assert.Equal(t, s.Must.Partly+s.Should.Partly, statuses["partly checked"])
	assert.Equal(t, s.Must.Checked+s.Should.Checked, statuses["checked"]+statuses["partly checked"])
	assert.Equal(t, s.Must.Requirements+s.Should.Requirements+s.Client, len(j.Requirements))
	for _, c := range properties.Requirements() {
		assert.Contains(t, stdout, c.Number+"  "+c.Title+"\n")
	}
}

// A row of a table is one line with as many cells as the head has.
func TestRulesMarkdownIsTables(t *testing.T) {
	_, asMarkdown, _ := invoke("rules", "--markdown")
	bars := func(line string) int { return strings.Count(line, "|") - strings.Count(line, `\|`) }
	rows, head := 0, ""
	for line := range strings.Lines(asMarkdown) {
		switch {
		case !strings.HasPrefix(line, "|"):
			head = ""
			continue
		case head == "":
			head = line
		}
		assert.Equal(t, bars(head), bars(line), line)
		rows++
	}
	assert.Greater(t, rows, len(allRules()))
}

func TestTargetsAndVersion(t *testing.T) {
	status, stdout, _ := invoke("targets")
	assert.Equal(t, exitClean, status)
	for _, want := range []string{"mem ", "mem:preauth", "imap://HOST:PORT", "Any other server", passwordEnv} {
		assert.Contains(t, stdout, want)
	}
	status, stdout, _ = invoke("version")
	assert.Equal(t, exitClean, status)
	_, flag, _ := invoke("--version")
	assert.Equal(t, flag, stdout)
	assert.Contains(t, stdout, "imapcheck version ")
}
