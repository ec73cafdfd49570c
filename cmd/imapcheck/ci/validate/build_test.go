package validate

import (
	"archive/zip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// imapd is a user's module: a server that is right but for what FAULT says.
var imapd = map[string]string{
	"go.mod": `module example.com/imapd

go 1.26

require github.com/imapcheck/imapcheck v0.0.0

replace github.com/imapcheck/imapcheck => TOP
`,
	"server/fuzz.go": `//go:build gofuzz

package server

import (
	"os"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/properties/servertest"
)

var fuzzIMAP = servertest.LibFuzzer(servertest.Spec("reference"+os.Getenv("FAULT"), target.Options{}))

func LibFuzzerIMAP(octets []byte) int { return fuzzIMAP(octets) }
`,
	"server/server.go": "package server\n",
	// What stands in for the engine: each file is an input.
	"engine/main.go": `//go:build gofuzz

package main

import (
	"os"

	"example.com/imapd/server"
)

func main() {
	for _, name := range os.Args[1:] {
		b, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		server.LibFuzzerIMAP(b)
	}
}
`,
	// PACKAGE FUNCTION NAME TAGS, as the one of the base image takes them.
	"bin/compile_go_fuzzer": `#!/bin/bash -eu
[ $# = 4 ]
go vet -mod=mod -tags "$4" "$1"
grep -q "^func $2(octets \[\]byte) int" "$(go list -tags "$4" -f '{{.Dir}}' "$1")"/*.go
go build -mod=mod -tags "$4" -o "$OUT/$3" ./engine
`,
}

// goEnv is what Go uses here.
func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

// build.sh leaves the fuzzer and a zip file of seeds, each of which it takes.
func TestBuildScript(t *testing.T) {
	need(t, "zip")
	dir, out := t.TempDir(), t.TempDir()
	abs, err := filepath.Abs(top)
	require.NoError(t, err)
	for name, text := range imapd {
		name = filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
		require.NoError(t, os.WriteFile(name, []byte(strings.Replace(text, "TOP", abs, 1)), 0o700))
	}
	initialize(t, dir, "--kind", "clusterfuzzlite", "--package", "./server")
	env := map[string]string{
		"OUT": out, "SRC": filepath.Dir(dir), "SANITIZER": "address", "GOFLAGS": "-mod=mod",
		"GOCACHE": goEnv(t, "GOCACHE"), "GOMODCACHE": goEnv(t, "GOMODCACHE"), "GOPROXY": goEnv(t, "GOPROXY"),
		"PATH": filepath.Join(dir, "bin") + ":" + os.Getenv("PATH"),
	}
	p := start(t, dir, env, "bash", filepath.Join(dir, ".clusterfuzzlite/build.sh"))
	require.Zero(t, p.wait(t), p.said(t))

	r, err := zip.OpenReader(filepath.Join(out, "fuzz_imap_seed_corpus.zip"))
	require.NoError(t, err)
	defer r.Close()
	var seeds []string
	for _, f := range r.File {
		in, err := f.Open()
		require.NoError(t, err)
		octets, err := io.ReadAll(in)
		require.NoError(t, err)
		require.NotEmpty(t, octets)
		name := filepath.Join(t.TempDir(), filepath.Base(f.Name))
		require.NoError(t, os.WriteFile(name, octets, 0o600))
		seeds = append(seeds, name)
	}
	require.Greater(t, len(seeds), 50)

	// A server that is right passes all of them, one with a bug does not; and they are traces.
	p = start(t, dir, nil, filepath.Join(out, "fuzz_imap"), seeds...)
	assert.Zero(t, p.wait(t), p.said(t))
	p = start(t, dir, map[string]string{"FAULT": "?fault=logout-without-bye"}, filepath.Join(out, "fuzz_imap"), seeds...)
	assert.NotZero(t, p.wait(t))
	assert.Contains(t, p.said(t), "logout-bye/LOGOUT/")
	p = start(t, dir, nil, "imapcheck", append([]string{"corpus", "import"}, seeds...)...)
	assert.Zero(t, p.wait(t), p.said(t))
	assert.NotEmpty(t, files(t, filepath.Join(dir, "corpus-import"), "*.trace"))
}
