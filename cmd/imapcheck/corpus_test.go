package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
)

// bareText is the trace of a file without all that import and export leave behind.
func bareText(t model.Trace) string { return string(corpus.Format(&corpus.File{Trace: t})) }

// builtInTexts are the traces of the built-in corpus, each once.
func builtInTexts(t *testing.T) map[string]bool {
	t.Helper()
	texts := map[string]bool{}
	sources, err := builtIn()
	require.NoError(t, err)
	for _, s := range sources {
		trace, err := s.read()
		require.NoError(t, err)
		texts[bareText(trace)] = true
	}
	require.Greater(t, len(texts), 100)
	return texts
}

// texts are the trace files of a folder, each of which has to be of a plain trace.
func texts(t *testing.T, dir string) map[string]bool {
	t.Helper()
	entries, err := corpus.Load(dir)
	require.NoError(t, err)
	texts := map[string]bool{}
	for _, e := range entries {
		assert.Equal(t, &corpus.File{Trace: e.File.Trace}, e.File, e.Path)
		texts[bareText(e.File.Trace)] = true
	}
	assert.Len(t, texts, len(entries))
	return texts
}

// contents are the files of a folder by their names.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	all := map[string]string{}
	for _, e := range list {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		all[e.Name()] = string(b)
	}
	return all
}

func put(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o777))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o666))
}

// The built-in corpus goes out and comes back, in either form, and nothing is written
// twice.
func TestCorpusThereAndBack(t *testing.T) {
	want := builtInTexts(t)
	for _, target := range []string{"mem", "mem:preauth", "mem:tls"} {
		for _, flag := range []string{"--go-fuzz", "--raw"} {
			t.Run(target+" "+flag, func(t *testing.T) {
				t.Chdir(t.TempDir())
				status, stdout, stderr := invoke("corpus", "export", flag, "a/b", "--target", target)
				require.Equal(t, exitClean, status, stderr)
				assert.Contains(t, stdout, fmt.Sprintf(" traces for %s: %d written to a/b, ", target, len(want)))
				files := contents(t, "a/b")
				require.Len(t, files, len(want))
				for name, text := range files {
					if flag == "--raw" {
						assert.Equal(t, corpus.LibFuzzerName([]byte(text)), name)
					} else {
						assert.Equal(t, corpus.GoFuzzName([]byte(text)), name)
					}
				}

				status, stdout, stderr = invoke("corpus", "import", "a", "--target", target)
				require.Equal(t, exitClean, status, stderr)
				assert.Contains(t, stdout, fmt.Sprintf("\n%d files for %s: %[1]d written to corpus-import, 0 there already\n", len(want), target))
				assert.Equal(t, want, texts(t, "corpus-import"))

				_, stdout, _ = invoke("corpus", "import", "a", "--target", target)
				assert.Contains(t, stdout, fmt.Sprintf(": 0 written to corpus-import, %d there already\n", len(want)))
				_, stdout, _ = invoke("corpus", "export", flag, "a/b", "corpus-import", "--target", target)
				assert.Equal(t, fmt.Sprintf("%d traces for %s: 0 written to a/b, %[1]d there already\n", len(want), target), stdout)
				assert.Equal(t, files, contents(t, "a/b"))
			})
		}
	}
}

// fuzzTarget is a module whose fuzz target notes the octets that it is called with.
const fuzzTarget = `package x

import (
	"os"
	"path/filepath"
	"testing"
)

func FuzzX(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(filepath.Join("out", filepath.Base(t.Name())), b, 0o666); err != nil {
			t.Fatal(err)
		}
	})
}
`

// Go's own engine reads the files, and its target gets the octets.
func TestCorpusForGo(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles a test")
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("there is no go on the path")
	}
	t.Chdir(t.TempDir())
	put(t, "go.mod", "module x\n\ngo 1.26\n")
	put(t, "x_test.go", fuzzTarget)
	require.NoError(t, os.Mkdir("out", 0o777))
	const dir = "testdata/fuzz/FuzzX"
	status, _, stderr := invoke("corpus", "export", "--go-fuzz", dir)
	require.Equal(t, exitClean, status, stderr)
	status, _, stderr = invoke("corpus", "export", "--raw", "raw")
	require.Equal(t, exitClean, status, stderr)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for _, octets := range []string{"", string(every), "\"`\\\n\r\t", "\u00fc\u2028\U0001f600\xff\xc3", strings.Repeat("\x00", 70_000)} {
		text := corpus.FormatGoFuzz([]byte(octets))
		put(t, filepath.Join(dir, corpus.GoFuzzName(text)), string(text))
		put(t, filepath.Join("raw", corpus.LibFuzzerName([]byte(octets))), octets)
	}

	cmd := exec.Command(tool, "test", "-vet=off", "-run", "FuzzX", ".")
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOPROXY=off", "GOTOOLCHAIN=local")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	arrived := map[string]string{}
	for name, octets := range contents(t, "out") {
		assert.Equal(t, corpus.GoFuzzName(corpus.FormatGoFuzz([]byte(octets))), name)
		arrived[corpus.LibFuzzerName([]byte(octets))] = octets
	}
	assert.Equal(t, contents(t, "raw"), arrived)
}

// What an engine finds and what a person writes are imported, alone and together.
func TestCorpusImport(t *testing.T) {
	t.Chdir(t.TempDir())
	const octets = "\x02\x01\xff\x00\x04NOOP\xff\x01\x06LOGOUT"
	want := "imaptrace v1\nfixture INBOX=2\n\nC0: NOOP\nC1: LOGOUT\n"
	put(t, "in/raw", octets)
	put(t, "in/below/string", "go test fuzz v1\r\nstring(`\x02\x01`)")
	put(t, "in/v1", string(corpus.FormatGoFuzz([]byte(octets))))
	put(t, "in/.hidden", "go test fuzz v1\n")
	put(t, "in/.git/config", "go test fuzz v1\n")
	require.NoError(t, os.Symlink("nowhere", "in/link"))
	require.NoError(t, os.Symlink("in", "folder"))
	status, stdout, stderr := invoke("corpus", "import", "folder", "in/raw", "--save", "out")
	assert.Equal(t, exitClean, status, stderr)
	assert.Contains(t, stdout, "\n4 files for mem: 2 written to out, 2 there already\n")
	assert.Regexp(t, `^folder/below/string: out/trace-[0-9a-f]{12}\.trace\n`, stdout)
	assert.Equal(t, map[string]bool{want: true, "imaptrace v1\nfixture INBOX=2\n\n": true}, texts(t, "out"))

	var out, errs strings.Builder
	status = run([]string{"corpus", "import", "-", "--save", "piped"}, strings.NewReader(octets), &out, &errs)
	assert.Equal(t, exitClean, status, errs.String())
	assert.Equal(t, map[string]bool{want: true}, texts(t, "piped"))
	status = run([]string{"corpus", "export", "--raw", "raw", "-"}, strings.NewReader(want), &out, &errs)
	assert.Equal(t, exitClean, status, errs.String())
	assert.Len(t, contents(t, "raw"), 1)
}

// A file with which there is trouble is named in a line of its own, and the others are
// done.
func TestCorpusTroubleWithSome(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "t/good.trace", "C0: NOOP\n")
	put(t, "t/corrupt.trace", "imaptrace v1\nfixture INBOX=x\n")
	put(t, "t/three.trace", "C0: NOOP\nC2: NOOP\n")
	put(t, "t/nine.trace", "C8: NOOP\n")
	put(t, "t/lines.trace", `C0: NOOP\x0D\x0ANOOP`+"\n")
	put(t, "t/taken.trace", "C0: CHECK\n")
	put(t, "t/notes.txt", "no trace\n")
	status, _, stderr := invoke("corpus", "export", "--raw", "alone", "t/taken.trace")
	require.Equal(t, exitClean, status, stderr)
	taken := slices.Collect(maps.Keys(contents(t, "alone")))[0]
	put(t, filepath.Join("raw", taken), "something else")
	status, stdout, stderr := invoke("corpus", "export", "--raw", "raw", "t")
	assert.Equal(t, exitTrouble, status)
	assert.Equal(t, "6 traces for mem: 1 written to raw, 0 there already, 5 failed\n", stdout)
	assert.Equal(t, []string{
		`imapcheck: t/corrupt.trace: line 2: a fixture is INBOX=N, perhaps with delim=C, caps=NAME,NAME and tls=yes, got "fixture INBOX=x"`,
		"imapcheck: t/lines.trace: encode a trace: step 1 is malformed input of more than one line",
		"imapcheck: t/nine.trace: encode a trace: it has 9 connections, more than 2",
		"imapcheck: t/taken.trace: raw/" + taken + " is there, with something else in it",
		"imapcheck: t/three.trace: it has 3 connections: --sessions 3 makes room for them",
	}, strings.Split(strings.TrimSpace(stderr), "\n"))
	assert.Len(t, contents(t, "raw"), 2)
	assert.Equal(t, "something else", contents(t, "raw")[taken])

	status, _, stderr = invoke("corpus", "export", "--raw", "raw3", "t/three.trace", "--sessions", "3")
	assert.Equal(t, exitClean, status, stderr)
	status, _, stderr = invoke("corpus", "import", "raw3", "--save", "three", "--sessions", "3")
	assert.Equal(t, exitClean, status, stderr)
	assert.Equal(t, map[string]bool{"imaptrace v1\nfixture INBOX=0\n\nC0: NOOP\nC2: NOOP\n": true}, texts(t, "three"))

	put(t, "o/number", "go test fuzz v1\nint(3)\n")
	put(t, "o/two", "go test fuzz v1\n[]byte(\"\")\n[]byte(\"\")\n")
	put(t, "o/good", "\x00\x00\xff\x00\x04NOOP")
	put(t, "o/own.trace", "C0: NOOP\n")
	put(t, "o/own", "imaptrace v1\n")
	status, stdout, stderr = invoke("corpus", "import", "o", "--save", "out")
	assert.Equal(t, exitTrouble, status)
	assert.Regexp(t, "^o/good: out/trace-[0-9a-f]{12}\\.trace\n5 files for mem: 1 written to out, 0 there already, 4 failed\n$", stdout)
	assert.Equal(t, []string{
		`imapcheck: o/number: line 2: not []byte("...") or string("..."): "int(3)"`,
		"imapcheck: o/own: it is a trace file already",
		"imapcheck: o/own.trace: it is a trace file already",
		`imapcheck: o/two: line 3: the fuzz target has more than one argument: "[]byte(\"\")"`,
	}, strings.Split(strings.TrimSpace(stderr), "\n"))
}

// What is in the place of a file stays: a link is not followed, a file not replaced.
func TestCorpusReplacesNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "a.trace", "C0: NOOP\n")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"export", "--raw", "raw", "a.trace"}, " is there, and is no file\n"},
		{[]string{"export", "--go-fuzz", "go", "a.trace"}, " is there, and is no file\n"},
		{[]string{"import", "file", "--save", "out"}, " is there, and is no file\n"},
	} {
		put(t, "file", "octets")
		args := append([]string{"corpus"}, c.args...)
		status, _, stderr := invoke(args...)
		require.Equal(t, exitClean, status, stderr)
		dir := map[string]string{"--raw": "raw", "--go-fuzz": "go", "file": "out"}[c.args[1]]
		for name := range contents(t, dir) {
			require.NoError(t, os.Remove(filepath.Join(dir, name)))
			require.NoError(t, os.Symlink("../elsewhere", filepath.Join(dir, name)))
		}
		status, _, stderr = invoke(args...)
		assert.Equal(t, exitTrouble, status)
		assert.Contains(t, stderr, c.want)
		assert.Equal(t, 1, strings.Count(stderr, "\n"))
		assert.NoFileExists(t, "elsewhere")
		list, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, list, 1, "no temporary file is left")
		assert.Equal(t, fs.ModeSymlink, list[0].Type())
	}
}

// A trace that has as many connections as octets have room for, and no more.
func TestMostSessions(t *testing.T) {
	c := &codec{machine: model.New(), options: fuzz.GenerateOptions{Conns: mostSessions}}
	step := func(conn int) model.Trace {
		return model.Trace{Steps: []model.Step{{Conn: conn, Cmd: model.Simple{Verb: "NOOP"}}}}
	}
	octets, err := c.encode(step(mostSessions - 1))
	require.NoError(t, err)
	assert.Equal(t, step(mostSessions-1), c.decode(octets))
	c.options.Conns++
	_, err = fuzz.Encode(c.machine, step(mostSessions), c.options)
	assert.ErrorContains(t, err, fmt.Sprintf("more than %d", mostSessions))
}
