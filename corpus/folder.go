package corpus

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Folder is a corpus that grows: trace files with evidence, those of findings in a folder
// "findings" below, and, in a file "progress", how many traces of which seeds have been
// run. Each file is written whole or not at all.
type Folder struct {
	Dir string
	// Entries and Findings are the trace files as they were when the folder was opened, in
	// the order of their names.
	Entries, Findings []Entry

	done map[Shard]int
	lock *os.File // nil if the folder was only read
}

// Shard is every n-th trace of a seed: I of N, from 1.
type Shard struct {
	Seed uint64
	I, N int
}

const (
	findingsName    = "findings"
	unconfirmedName = "unconfirmed"
	progressName    = "progress"
	lockName        = ".lock"
)

var errLocked = errors.New("another run is at work in this corpus")

// OpenFolder opens a corpus, which it makes if there is none, and removes what a run that
// was killed has not written to its end. As long as it is open no other process can open
// it. A file that cannot be read is an error, which names it.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	f := &Folder{Dir: dir, lock: file}
	if err := lock(file); err != nil {
		f.Close()
		return nil, fmt.Errorf("corpus %s: %w", dir, err)
	}
	for _, d := range []string{dir, f.FindingsDir(), filepath.Join(f.FindingsDir(), unconfirmedName)} {
		if err := sweep(d); err != nil {
			f.Close()
			return nil, fmt.Errorf("corpus: %w", err)
		}
	}
	if err := f.load(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ReadFolder reads a corpus that there is, and leaves it as it is.
func ReadFolder(dir string) (*Folder, error) {
	f := &Folder{Dir: dir}
	if _, err := os.ReadDir(dir); err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	return f, f.load()
}

// sweep removes files that were being written.
func sweep(dir string) error {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range list {
		if temporary(e.Name()) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

func (f *Folder) load() (err error) {
	if f.Entries, err = LoadFlat(f.Dir); err != nil {
		return err
	}
	if f.Findings, err = LoadFlat(f.FindingsDir()); err != nil {
		return err
	}
	f.done, err = readProgress(filepath.Join(f.Dir, progressName))
	return err
}

// Close lets others open the folder.
func (f *Folder) Close() error {
	if f.lock == nil {
		return nil
	}
	return f.lock.Close()
}

// FindingsDir is the folder of the findings.
func (f *Folder) FindingsDir() string { return filepath.Join(f.Dir, findingsName) }

// Add writes a trace file: see [Save].
func (f *Folder) Add(file *File) error {
	_, err := Save(f.Dir, file)
	return err
}

// Replace writes those entries that have no Path, and then removes those of the folder that
// are not among them.
func (f *Folder) Replace(entries []Entry) error {
	stays := map[string]bool{}
	for _, e := range entries {
		file := e.Path
		if file == "" {
			var err error
			if file, err = Save(f.Dir, e.File); err != nil {
				return err
			}
		}
		stays[file] = true
	}
	for _, e := range f.Entries {
		if !stays[e.Path] {
			if err := os.Remove(e.Path); err != nil {
				return fmt.Errorf("corpus: %w", err)
			}
		}
	}
	return nil
}

// Done is how many traces of the shard have been run.
func (f *Folder) Done(s Shard) int { return f.done[s] }

// SetDone keeps how many traces of the shard have been run.
func (f *Folder) SetDone(s Shard, n int) error {
	if f.done[s] == n {
		return nil
	}
	f.done[s] = n
	return f.saveProgress()
}

func (f *Folder) saveProgress() error {
	if err := replace(filepath.Join(f.Dir, progressName), formatProgress(f.done), true); err != nil {
		return fmt.Errorf("corpus: %w", err)
	}
	return nil
}

const progressLine = "seed %d shard %d/%d traces %d\n"

func formatProgress(done map[Shard]int) []byte {
	shards := slices.SortedFunc(maps.Keys(done), func(a, b Shard) int {
		return cmp.Or(cmp.Compare(a.Seed, b.Seed), cmp.Compare(a.N, b.N), cmp.Compare(a.I, b.I))
	})
	var b bytes.Buffer
	for _, s := range shards {
		fmt.Fprintf(&b, progressLine, s.Seed, s.I, s.N, done[s])
	}
	return b.Bytes()
}

func readProgress(name string) (map[Shard]int, error) {
	done := map[Shard]int{}
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return done, nil
	} else if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		var s Shard
		var traces int
		_, err := fmt.Sscanf(line, progressLine, &s.Seed, &s.I, &s.N, &traces)
		if err != nil || s.I < 1 || s.I > s.N || traces < 0 || fmt.Sprintf(progressLine, s.Seed, s.I, s.N, traces) != line {
			return nil, fmt.Errorf("%s: line %d is not \"seed S shard I/N traces N\"", name, n)
		}
		done[s] = traces
	}
	return done, nil
}

// Files are the paths of the trace files in dir, none of those below it, in order. Names
// with a dot in front are passed over. A folder that is not there has none.
func Files(dir string) ([]string, error) {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	var names []string
	for _, e := range list {
		if !e.IsDir() && filepath.Ext(e.Name()) == ".trace" && e.Name()[0] != '.' {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names, nil
}

// LoadFlat reads the [Files] of dir. The first that cannot be read is an error, which names
// it.
func LoadFlat(dir string) ([]Entry, error) {
	names, err := Files(dir)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, name := range names {
		file, err := ReadFile(name)
		if err != nil {
			return nil, err
		}
		entries = append(entries, Entry{Path: name, File: file})
	}
	return entries, nil
}

// FolderFiles are the paths of the trace files of a corpus, which must be there: its own,
// and those of its findings.
func FolderFiles(dir string) ([]string, error) {
	if _, err := os.ReadDir(dir); err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	names, err := Files(dir)
	if err != nil {
		return nil, err
	}
	findings, err := Files(filepath.Join(dir, findingsName))
	return append(names, findings...), err
}
