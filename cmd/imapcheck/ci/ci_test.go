package ci

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// someones are settings from which files of all kinds can be made.
func someones() Settings {
	return Settings{
		Targets: []Target{{Name: "server", Spec: "imap://127.0.0.1:1143", Known: KnownFile, Flags: []string{"--user", "test"}}},
		Server:  "./imapd", Image: "imapd", Version: "latest", Shards: 3, Commands: 1000, ShortCommands: 100,
		Module: "example.com/imapd", Package: ".", Repository: "https://git.example/imapd.git", Contact: "me@example.com",
	}
}

// nightly are the settings of this repository.
func nightly() Settings {
	at := func(name, spec string, flags ...string) Target {
		return Target{Name: name, Spec: spec, Known: "corpus/known/" + name + ".txt", Flags: flags}
	}
	must := []string{"--level", "must", "--timeout", "5s", "--jobs", "4"}
	return Settings{
		Targets: []Target{at("mem", "mem"), at("dovecot", "dovecot:stdio", must...), at("gomem1", "gomem1", must...)},
		Shards:  4, Commands: 100_000, ShortCommands: 5_000, own: true,
	}
}

// The workflow of this repository is what users get, but for where the servers and the
// program come from. IMAPCHECK_UPDATE=1 writes it.
func TestOwnNightly(t *testing.T) {
	const name = "../../../.github/workflows/nightly.yml"
	files, err := Files(GitHub, nightly())
	require.NoError(t, err)
	require.Len(t, files, 1)
	if os.Getenv("IMAPCHECK_UPDATE") != "" {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, files[0].Text, 0o644))
	}
	is, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, string(files[0].Text), string(is))
	for _, target := range nightly().Targets {
		assert.FileExists(t, filepath.Join("../../..", target.Known))
	}
}

func TestFiles(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range Kinds {
		files, err := Files(kind, someones())
		require.NoError(t, err, kind)
		require.NotEmpty(t, files)
		for _, f := range files {
			assert.True(t, !seen[f.Name] || f.Name == KnownFile, f.Name)
			seen[f.Name] = true
			assert.NotContains(t, string(f.Text), "<%", f.Name)
			assert.NotContains(t, string(f.Text), "<no value>", f.Name)
			assert.True(t, strings.HasSuffix(string(f.Text), "\n") && !strings.HasSuffix(string(f.Text), "\n\n"), f.Name)
			for line := range strings.Lines(string(f.Text)) {
				assert.Equal(t, strings.TrimRight(line, " \t\n"), strings.TrimSuffix(line, "\n"), f.Name)
			}
			assert.Equal(t, f.Name == KnownFile, f.Keep)
			assert.Equal(t, strings.HasSuffix(f.Name, ".sh"), f.Mode&0o111 != 0, f.Name)
		}
		again, err := Files(kind, someones())
		require.NoError(t, err)
		assert.Equal(t, files, again)
	}
	assert.Len(t, seen, 11)
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct {
		kind, want string
		change     func(*Settings)
	}{
		{"gitlab", `no kind "gitlab" (known: github,`, func(*Settings) {}},
		{GitHub, "no target", func(s *Settings) { s.Targets = nil }},
		{GitHub, "one shard", func(s *Settings) { s.Shards = 0 }},
		{Kubernetes, "one command", func(s *Settings) { s.Commands = -1 }},
		{GitHub, "257 jobs are more", func(s *Settings) { s.Shards = 257 }},
		{GitHub, "more than a line", func(s *Settings) { s.Server = "a\nb" }},
		{GitHub, "more than a line", func(s *Settings) { s.Targets[0].Spec = "exec:a\nb" }},
		{GitHub, "no spaces", func(s *Settings) { s.Targets[0].Flags = []string{"--user", "a b"} }},
		{GitHub, "needs no command", func(s *Settings) { s.Targets[0].Spec = "exec:./imapd" }},
		{Kubernetes, "the image", func(s *Settings) { s.Image = "" }},
		{OSSFuzz, "contact", func(s *Settings) { s.Contact = "" }},
		{ClusterFuzzLite, "a Go module", func(s *Settings) { s.Module = "" }},
	} {
		s := someones()
		s.Targets = slices.Clone(s.Targets)
		c.change(&s)
		_, err := Files(c.kind, s)
		assert.ErrorContains(t, err, c.want)
	}
}

func TestAddress(t *testing.T) {
	for spec, want := range map[string][2]string{
		"imap://127.0.0.1:1143": {"127.0.0.1", "1143"},
		"imap://localhost":      {"localhost", "143"},
		"IMAPS://[::1]/":        {"::1", "993"},
		"exec:./imapd :1":       {"", ""},
		"mem":                   {"", ""},
	} {
		target := Target{Spec: spec}
		assert.Equal(t, want, [2]string{target.Host(), target.Port()}, spec)
	}
}

func TestImportPath(t *testing.T) {
	for name, want := range map[string]string{
		".": "example.com/imapd", "./a/b": "example.com/imapd/a/b", "example.com/imapd/c": "example.com/imapd/c",
	} {
		assert.Equal(t, want, Settings{Module: "example.com/imapd", Package: name}.ImportPath())
	}
}

func TestQuoting(t *testing.T) {
	quoted, err := yaml("a\"b\\c: # 'd' <é>\t${{ x }}")
	require.NoError(t, err)
	assert.Equal(t, `"a\"b\\c: # 'd' <é>\t${{ x }}"`, quoted)
	assert.Equal(t, `'it'\''s $HOME'`, shell("it's $HOME"))
}
