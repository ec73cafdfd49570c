package corpus

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
)

// Merge puts what the corpora have into one, which must be open, and returns how many
// files it has written. Of files of one name the least stays, of findings with one key the
// shortest trace, then the least file; what is behind that is removed when all is written.
// So the order does not matter, nor how often it is done.
func Merge(into *Folder, from ...*Folder) (written int, err error) {
	all := append([]*Folder{into}, from...)
	var entries, findings, unconfirmed []Entry
	for _, f := range all {
		entries, findings = append(entries, f.Entries...), append(findings, f.Findings...)
		more, err := LoadFlat(filepath.Join(f.FindingsDir(), unconfirmedName))
		if err != nil {
			return 0, err
		}
		unconfirmed = append(unconfirmed, more...)
		for s, n := range f.done {
			into.done[s] = max(into.done[s], n)
		}
	}
	for _, group := range []struct {
		dir  string
		list []Entry
		key  bool
	}{
		{into.Dir, entries, false},
		{into.FindingsDir(), findings, true},
		{filepath.Join(into.FindingsDir(), unconfirmedName), unconfirmed, true},
	} {
		n, err := mergeFiles(group.dir, group.list, group.key)
		written += n
		if err != nil {
			return written, err
		}
	}
	if len(into.done) == 0 {
		return written, nil
	}
	return written, into.saveProgress()
}

// chosen is a file that stays.
type chosen struct {
	Entry
	name string // in the folder
	text []byte
}

// mergeFiles has dir hold one file for each name, or for each key of a finding.
func mergeFiles(dir string, list []Entry, byKey bool) (written int, err error) {
	best := map[string]chosen{}
	var order []string
	for _, e := range list {
		name, err := fileName(e.File)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", e.Path, err)
		}
		c := chosen{e, name, Format(e.File)}
		id := "name " + name
		if byKey && e.File.Finding != nil {
			id = "key " + e.File.Finding.Key()
		}
		old, there := best[id]
		if !there {
			order = append(order, id)
		}
		if !there || c.compare(old) < 0 {
			best[id] = c
		}
	}
	stays := map[string]bool{}
	for _, id := range order {
		c := best[id]
		file := filepath.Join(dir, c.name)
		stays[file] = true
		if there, err := os.ReadFile(file); err == nil && bytes.Equal(there, c.text) {
			continue
		}
		if _, err := Save(dir, c.File); err != nil {
			return written, err
		}
		written++
	}
	for _, e := range list {
		if filepath.Dir(e.Path) == filepath.Clean(dir) && !stays[e.Path] {
			if err := os.Remove(e.Path); err != nil {
				return written, fmt.Errorf("corpus: %w", err)
			}
		}
	}
	return written, nil
}

func (c chosen) compare(d chosen) int {
	return cmp.Or(cmp.Compare(len(c.File.Trace.Steps), len(d.File.Trace.Steps)), bytes.Compare(c.text, d.text))
}
