package validate

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rhysd/actionlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// lint are the errors of a workflow: its keys, its expressions, the inputs of its
// actions, and its scripts.
func lint(t *testing.T, name string, text []byte) []*actionlint.Error {
	t.Helper()
	l, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{Shellcheck: need(t, "shellcheck")})
	require.NoError(t, err)
	errs, err := l.Lint(name, text, nil)
	require.NoError(t, err)
	return errs
}

func TestWorkflows(t *testing.T) {
	dirs := map[string]string{"imapcheck's own": filepath.Join(top, ".github")}
	for name, args := range variants {
		dirs[name] = project(t, args...)
	}
	for name, dir := range dirs {
		t.Run(name, func(t *testing.T) {
			list := files(t, dir, "*.yml")
			require.Len(t, list, 2)
			for _, file := range list {
				for _, err := range lint(t, file, read(t, file)) {
					t.Error(err)
				}
			}
		})
	}
}

// The linter sees what it is there for.
func TestLintRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"key":        "on: push\njobs: {a: {runs-on: ubuntu-latest, step: []}}",
		"expression": "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'echo ${{ matrix.x }}'}]}}",
		"input":      "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{uses: actions/checkout@v6, with: {no: 1}}]}}",
		"script":     "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'echo $HOME*'}]}}",
	} {
		assert.NotEmpty(t, lint(t, name+".yml", []byte(text)), name)
	}
}

func TestYAMLParses(t *testing.T) {
	for name, args := range variants {
		dir := project(t, args...)
		list := append(files(t, dir, "*.yml"), files(t, dir, "project.yaml")...)
		require.Len(t, list, 4, name)
		for _, file := range list {
			var v map[string]any
			assert.NoError(t, yaml.UnmarshalStrict(read(t, file), &v), file)
		}
		var p struct {
			Language string   `json:"language"`
			Homepage string   `json:"homepage"`
			Repo     string   `json:"main_repo"`
			Contact  string   `json:"primary_contact"`
			Engines  []string `json:"fuzzing_engines"`
			San      []string `json:"sanitizers"`
		}
		require.NoError(t, yaml.UnmarshalStrict(read(t, filepath.Join(dir, ".imapcheck/oss-fuzz/project.yaml")), &p))
		assert.Equal(t, "go", p.Language)
		assert.Equal(t, "https://git.example/imapd.git", p.Repo)
		assert.Equal(t, "me@example.com", p.Contact)
	}
}

func TestScriptsPassShellcheck(t *testing.T) {
	shellcheck := need(t, "shellcheck")
	dir := project(t, variants["address"]...)
	config := setup(t, dir)
	for _, name := range []string{"shard.sh", "merge.sh"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+config.Data[name]), 0o600))
	}
	scripts := files(t, dir, "*.sh")
	require.Len(t, scripts, 4)
	out, err := exec.Command(shellcheck, scripts...).CombinedOutput()
	assert.NoError(t, err, "%s", out)
}
