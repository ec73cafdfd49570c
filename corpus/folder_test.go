package corpus

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "c")
	f, err := OpenFolder(dir)
	require.NoError(t, err)
	assert.Empty(t, f.Entries)
	_, err = OpenFolder(dir)
	assert.EqualError(t, err, "corpus "+dir+": another run is at work in this corpus")
	s, other := Shard{1, 2, 3}, Shard{1, 1, 1}
	require.NoError(t, f.SetDone(s, 40))
	require.NoError(t, f.SetDone(other, 2))
	require.NoError(t, f.Add(goldenFiles["bare"]()))
	_, err = Save(f.FindingsDir(), goldenFiles["full"]())
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(dir, "progress"))
	require.NoError(t, err)
	assert.Equal(t, "seed 1 shard 1/1 traces 2\nseed 1 shard 2/3 traces 40\n", string(text))
	require.NoError(t, f.Close())

	// What a run leaves that is killed.
	for _, name := range []string{".trace-1.tmp", "findings/.trace-2.tmp", "findings/.imapcheck-3.tmp"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("imaptrace"), 0o600))
	}
	read, err := ReadFolder(dir)
	require.NoError(t, err)
	assert.Len(t, read.Entries, 1)
	assert.FileExists(t, filepath.Join(dir, ".trace-1.tmp"), "who only reads removes nothing")
	f, err = OpenFolder(dir)
	require.NoError(t, err)
	defer f.Close()
	assert.Equal(t, 40, f.Done(s))
	assert.Zero(t, f.Done(Shard{2, 1, 1}))
	require.Len(t, f.Entries, 1)
	assert.Equal(t, goldenFiles["bare"](), f.Entries[0].File)
	require.Len(t, f.Findings, 1)
	assert.Equal(t, goldenFiles["full"](), f.Findings[0].File)
	assert.ElementsMatch(t, []string{".lock", "progress", "findings", filepath.Base(f.Entries[0].Path)}, names(t, dir))
	assert.Len(t, names(t, f.FindingsDir()), 1)
}

func TestFolderThatIsNone(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := OpenFolder(file)
	assert.EqualError(t, err, "corpus: mkdir "+file+": not a directory")
	_, err = ReadFolder(file)
	assert.ErrorContains(t, err, "corpus: ")
	_, err = ReadFolder(filepath.Join(dir, "none"))
	assert.ErrorIs(t, err, os.ErrNotExist)

	for name, text := range map[string]string{
		"a.trace":          "what\n",
		"findings/b.trace": "imaptrace v1\n!! no\n",
		"progress":         "seed 1 shard 3/2 traces 5\n",
	} {
		c := filepath.Join(t.TempDir(), "c")
		corrupt := filepath.Join(c, name)
		require.NoError(t, os.MkdirAll(filepath.Join(c, "findings"), 0o777))
		require.NoError(t, os.WriteFile(corrupt, []byte(text), 0o600))
		for _, open := range []func(string) (*Folder, error){OpenFolder, ReadFolder} {
			_, err := open(c)
			assert.ErrorContains(t, err, corrupt+": line ")
		}
		there, err := os.ReadFile(corrupt)
		require.NoError(t, err)
		assert.Equal(t, text, string(there))
		require.NoError(t, os.Remove(corrupt))
		f, err := OpenFolder(c)
		require.NoError(t, err, "the lock was given back")
		require.NoError(t, f.Close())
	}
}

func TestProgressIsStrict(t *testing.T) {
	name := filepath.Join(t.TempDir(), "progress")
	for text, ok := range map[string]bool{
		"seed 18446744073709551615 shard 1/1 traces 0\n": true, "": true,
		"seed 1 shard 0/1 traces 2\n": false, "seed 1 shard 1/1 traces -2\n": false, "seed 1 shard 1/1 traces 2": false,
		"seed 1 shard 1/1 traces 2 more\n": false, "seed  1 shard 1/1 traces 2\n": false, "\n": false,
	} {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		done, err := readProgress(name)
		assert.Equal(t, ok, err == nil, text)
		if ok {
			assert.Equal(t, text, string(formatProgress(done)))
		}
	}
}

// Of one name and of one key one file stays, whatever the order; what it replaces goes.
func TestMerge(t *testing.T) {
	long, short, other := goldenFiles["full"](), goldenFiles["full"](), goldenFiles["full"]()
	short.Trace.Steps, short.Transcript, short.Marks = short.Trace.Steps[:1], nil, nil
	other.Finding.State = "Logout"
	b, a := goldenFiles["bare"](), goldenFiles["bare"]()
	a.Caps = []string{"IDLE"} // same name
	make := func(entries, findings []*File, done map[Shard]int) *Folder {
		dir := filepath.Join(t.TempDir(), "c")
		f, err := OpenFolder(dir)
		require.NoError(t, err)
		for _, e := range entries {
			require.NoError(t, f.Add(e))
		}
		for _, e := range findings {
			_, err := Save(f.FindingsDir(), e)
			require.NoError(t, err)
			_, err = Save(filepath.Join(f.FindingsDir(), "unconfirmed"), e)
			require.NoError(t, err)
		}
		for s, n := range done {
			require.NoError(t, f.SetDone(s, n))
		}
		require.NoError(t, f.Close())
		f, err = ReadFolder(dir)
		require.NoError(t, err)
		return f
	}
	s := Shard{1, 1, 1}
	one := make([]*File{a}, []*File{long}, map[Shard]int{s: 3, {2, 1, 1}: 1})
	two := make([]*File{b}, []*File{short}, map[Shard]int{s: 5})
	three := make([]*File{build(1, []string{"0 NOOP"})}, []*File{other, long}, nil)
	merged := func(into string, from ...*Folder) map[string]string {
		f, err := OpenFolder(into)
		require.NoError(t, err)
		defer f.Close()
		_, err = Merge(f, from...)
		require.NoError(t, err)
		all := map[string]string{}
		for _, dir := range []string{into, f.FindingsDir(), filepath.Join(f.FindingsDir(), "unconfirmed")} {
			for _, name := range names(t, dir) {
				if b, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
					all[filepath.Base(dir)+"/"+name] = string(b)
				}
			}
		}
		return all
	}
	want := merged(filepath.Join(t.TempDir(), "c"), one, two, three)
	assert.Len(t, want, 2+2+2+2, "two of each kind, the progress and the lock")
	into := filepath.Join(t.TempDir(), "c")
	merged(into, three)
	merged(into, one, three)
	assert.Equal(t, want, merged(into, three, two, one, two))
	assert.Equal(t, want, merged(into, one, two, three))
	assert.Equal(t, want, merged(into))
	assert.Equal(t, "seed 1 shard 1/1 traces 5\nseed 2 shard 1/1 traces 1\n", want["c/progress"])
}

func TestAddKnown(t *testing.T) {
	const check, noop = "state-gating/CHECK/Authenticated", "always-succeeds/NOOP/Selected"
	keys := map[string]bool{check: true, noop: true}
	text, n, err := AddKnown(nil, keys)
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	assert.Equal(t, string(FormatKnown(keys)), string(text))
	again, n, err := AddKnown(text, keys)
	require.NoError(t, err)
	assert.Zero(t, n)
	assert.Equal(t, string(text), string(again))
	const mine = "\n# mine\n" + check + "   # told them\r\n# the end"
	text, n, err = AddKnown([]byte(mine), keys)
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	assert.Equal(t, mine+"\n"+noop+"  # RFC 3501 6.1, MUST\n", string(text))
	for _, bad := range []string{"what", `{"findings":[]}`} {
		_, _, err = AddKnown([]byte(bad), keys)
		assert.Error(t, err)
	}
}
