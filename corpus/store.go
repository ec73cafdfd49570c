package corpus

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Entry is a trace file of a folder.
type Entry struct {
	Path string // where it was read
	File *File
}

// ReadFile reads a trace file, also one written by hand: see [ParseLenient].
// Its errors name the file.
func ReadFile(name string) (*File, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("trace file: %w", err)
	}
	f, err := ParseLenient(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

var ruleID = regexp.MustCompile("^" + rulePattern + "$")

// Save writes f to a file of dir, which it creates, and returns its path. The
// name is "<rule>-<hash>.trace", where the hash is of the finding's key and
// the C lines (and "??" lines), and a colon of the rule is a "-": the same finding has the same
// name at any time. A plain trace has "trace" for a rule, and the fixture is in the
// hash, too. A file of that name is replaced at once; after an error there is the old
// one or none. It is an error, too, if f breaks what [File] demands so that it could
// not be read.
func Save(dir string, f *File) (string, error) {
	file, err := save(dir, f, true)
	if err != nil {
		return "", fmt.Errorf("save trace: %w", err)
	}
	return file, nil
}

// Add is [Save], but replaces nothing. A file of that name that has the same trace is
// left as it is, evidence and all; what else is there is an error. It reports whether
// the file was written.
func Add(dir string, f *File) (file string, written bool, err error) {
	name, err := fileName(f)
	if err != nil {
		return "", false, fmt.Errorf("save trace: %w", err)
	}
	file = filepath.Join(dir, name)
	switch info, err := os.Lstat(file); {
	case errors.Is(err, fs.ErrNotExist):
		if file, err = save(dir, f, false); err != nil { // it can be made again
			return "", false, fmt.Errorf("save trace: %w", err)
		}
		return file, true, nil
	case err != nil:
		return "", false, fmt.Errorf("save trace: %w", err)
	case !info.Mode().IsRegular():
		return "", false, fmt.Errorf("save trace: %s is there, and is no file", file)
	}
	there, err := ReadFile(file)
	if err != nil {
		return "", false, fmt.Errorf("save trace: in the way: %w", err)
	}
	program := func(f *File) []byte { return Format(&File{Trace: f.Trace, Expectations: f.Expectations}) }
	if !bytes.Equal(program(there), program(f)) {
		return "", false, fmt.Errorf("save trace: %s is there, with another trace", file)
	}
	return file, false, nil
}

func save(dir string, f *File, lasts bool) (string, error) {
	name, err := fileName(f)
	if err != nil {
		return "", err
	}
	text := Format(f)
	if _, err := Parse(text); err != nil {
		return "", fmt.Errorf("a value that no trace file can hold: %w", err)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	file := filepath.Join(dir, name)
	return file, replace(file, text, lasts)
}

// fileName is the name of f's file, of characters that any file system takes.
func fileName(f *File) (string, error) {
	rule, key := "trace", ""
	if f.Finding != nil {
		rule, key = f.Finding.Rule, f.Finding.Key()
	}
	if !ruleID.MatchString(rule) {
		return "", fmt.Errorf("%q is not the id of a rule", rule)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", key)
	if n := f.Trace.Fixture.Messages; f.Finding == nil && n > 0 {
		fmt.Fprintf(h, "fixture INBOX=%d\n", n)
	}
	for _, st := range f.Trace.Steps {
		fmt.Fprintf(h, "C%d: %s\n", st.Conn, escape(wire.FormatCommand(st.Cmd)))
		if st.Delivery.Way != model.Whole {
			fmt.Fprintf(h, "D%d: %s\n", st.Conn, st.Delivery)
		}
	}
	for _, e := range f.Expectations {
		fmt.Fprintf(h, "?? %d %s\n", e.Step, escape(e.Text))
	}
	return fmt.Sprintf("%s-%x.trace", strings.ReplaceAll(rule, ":", "-"), h.Sum(nil)[:6]), nil
}

// Load reads all *.trace files below dir, in the order of their paths. The
// first that cannot be read is an error, which names it.
func Load(dir string) ([]Entry, error) {
	entries, err := LoadFS(os.DirFS(dir), ".")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	for i := range entries {
		entries[i].Path = filepath.Join(dir, filepath.FromSlash(entries[i].Path))
	}
	return entries, nil
}

// LoadFS is [Load] from a folder of fsys, for example of [Data].
func LoadFS(fsys fs.FS, dir string) ([]Entry, error) {
	var entries []Entry
	err := fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".trace" {
			return err
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		f, err := ParseLenient(b)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		entries = append(entries, Entry{Path: name, File: f})
		return nil
	})
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return entries, err
}
