package corpus

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func names(t *testing.T, dir string) []string {
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	var all []string
	for _, e := range list {
		all = append(all, e.Name())
	}
	return all
}

func TestSave(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	f := goldenFiles["full"]()
	path, err := Save(dir, f)
	require.NoError(t, err)
	assert.Regexp(t, `^expunge-renumbers-[0-9a-f]{12}\.trace$`, filepath.Base(path))
	got, err := ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, f, got)

	f.Finding.Found, f.Transcript = "seed=1", nil
	again, err := Save(dir, f)
	require.NoError(t, err)
	assert.Equal(t, path, again, "the name is that of the key and the commands")
	got, err = ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, f, got)

	f.Finding.Rule = "grammar:text"
	other, err := Save(dir, f)
	require.NoError(t, err)
	assert.Regexp(t, `^grammar-text-[0-9a-f]{12}\.trace$`, filepath.Base(other))
	plain, err := Save(dir, goldenFiles["bare"]())
	require.NoError(t, err)
	assert.Equal(t, "trace-761dad9fb02c.trace", filepath.Base(plain))
	assert.ElementsMatch(t, []string{filepath.Base(path), filepath.Base(other), filepath.Base(plain)}, names(t, dir))
}

// What is in the way of Add stays as it is.
func TestAdd(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	f := goldenFiles["bare"]()
	path, written, err := Add(dir, f)
	require.NoError(t, err)
	assert.True(t, written)
	assert.Equal(t, "trace-761dad9fb02c.trace", filepath.Base(path))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(Format(f)), string(text))

	more := build(1, []string{"0 NOOP", "0 ", "1 LOGOUT"})
	other, written, err := Add(dir, more)
	require.NoError(t, err)
	assert.True(t, written)
	assert.NotEqual(t, path, other, "traces that differ in the fixture are two")

	for _, c := range []struct{ there, want string }{
		{"# mine\n" + string(text) + "S1: * BYE\n", ""},
		{"C0: NOOP\n", "save trace: " + path + " is there, with another trace"},
		{string(Format(more)), "save trace: " + path + " is there, with another trace"},
		{"what\n", "save trace: in the way: " + path + ": line 1: "},
	} {
		require.NoError(t, os.WriteFile(path, []byte(c.there), 0o666))
		again, written, err := Add(dir, f)
		assert.False(t, written)
		if c.want == "" {
			assert.NoError(t, err)
			assert.Equal(t, path, again)
		} else {
			assert.ErrorContains(t, err, c.want)
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, c.there, string(text))
	}

	require.NoError(t, os.Remove(path))
	require.NoError(t, os.Symlink(filepath.Join(dir, "elsewhere"), path))
	_, _, err = Add(dir, f)
	assert.EqualError(t, err, "save trace: "+path+" is there, and is no file")
	assert.NoFileExists(t, filepath.Join(dir, "elsewhere"))
	_, _, err = Add(other, f)
	assert.ErrorContains(t, err, "save trace: ")
	f.Finding = &Finding{Rule: "../escape"}
	_, _, err = Add(dir, f)
	assert.EqualError(t, err, `save trace: "../escape" is not the id of a rule`)
}

// The hash depends on each part of what it is of.
func TestSaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, change := range []func(f *File){
		func(*File) {},
		func(f *File) { f.Finding.Command = "NOOP" },
		func(f *File) { f.Finding.State = "Logout" },
		func(f *File) { f.Trace.Steps[0].Conn = 3 },
		func(f *File) { f.Trace.Steps = f.Trace.Steps[1:] },
		func(f *File) { f.Trace.Steps[0].Cmd = f.Trace.Steps[1].Cmd },
	} {
		f := goldenFiles["full"]()
		change(f)
		name, err := fileName(f)
		require.NoError(t, err)
		assert.False(t, seen[name])
		seen[name] = true
	}
}

func TestSaveFails(t *testing.T) {
	dir := t.TempDir()
	f := goldenFiles["full"]()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o666))
	_, err := Save(filepath.Join(dir, "file"), f)
	assert.ErrorContains(t, err, "save trace: ")

	// A folder with the name of the file cannot be replaced.
	name, err := fileName(f)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, name, "x"), 0o777))
	_, err = Save(dir, f)
	assert.ErrorContains(t, err, "save trace: ")
	assert.ElementsMatch(t, []string{"file", name}, names(t, dir), "no temporary file is left")

	f.Finding.Rule = "../escape"
	_, err = Save(dir, f)
	assert.EqualError(t, err, `save trace: "../escape" is not the id of a rule`)
	f.Finding.Rule, f.Finding.Level = "a", "MAY"
	_, err = Save(dir, f)
	assert.ErrorContains(t, err, "save trace: a value that no trace file can hold: line 2: a finding is ")
}

// A folder that cannot be written gives an error, for those whom permissions
// bind.
func TestSaveUnwritable(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o555))
	if probe, err := os.CreateTemp(dir, "probe"); err == nil {
		probe.Close()
		t.Skip("this user may write anywhere")
	}
	_, err := Save(dir, goldenFiles["full"]())
	assert.ErrorContains(t, err, "save trace: ")
	assert.Empty(t, names(t, dir))
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	text := Format(goldenFiles["bare"]())
	for _, name := range []string{"b.trace", "a/c.trace", "a.trace", "a/README.md", "a/x.trace.tmp"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
		require.NoError(t, os.WriteFile(file, text, 0o666))
	}
	entries, err := Load(dir)
	require.NoError(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Path)
		assert.Equal(t, goldenFiles["bare"](), e.File)
	}
	assert.Equal(t, []string{filepath.Join(dir, "a.trace"), filepath.Join(dir, "a", "c.trace"), filepath.Join(dir, "b.trace")}, got)

	_, err = Load(filepath.Join(dir, "none"))
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = ReadFile(filepath.Join(dir, "none"))
	assert.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "c.trace"), []byte("\nwhat\n"), 0o666))
	_, err = Load(dir)
	assert.EqualError(t, err, dir+`: c.trace: line 2: no line of a trace file begins like "what"`)
	_, err = ReadFile(filepath.Join(dir, "c.trace"))
	assert.EqualError(t, err, filepath.Join(dir, "c.trace")+`: line 2: no line of a trace file begins like "what"`)
}

func TestLoadFS(t *testing.T) {
	entries, err := LoadFS(fstest.MapFS{"x/a.trace": {Data: []byte("C0: NOOP\n")}, "y/b.trace": {Data: []byte("junk")}}, "x")
	require.NoError(t, err)
	assert.Equal(t, []Entry{{Path: "x/a.trace", File: build(0, []string{"0 NOOP"})}}, entries)
}

// What is embedded can be read.
func TestData(t *testing.T) {
	for _, dir := range []string{"regressions", "seeds"} {
		_, err := LoadFS(Data, dir)
		assert.NoError(t, err)
		_, err = Data.ReadFile(dir + "/README.md")
		assert.NoError(t, err)
	}
}
