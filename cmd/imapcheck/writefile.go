package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/imapcheck/imapcheck/corpus"
)

// writeFile puts b in place of the named file, all of it or nothing.
//
// What is there and is no file (a device, a pipe) is written to; a link is
// followed.
func writeFile(name string, b []byte) error {
	if to, err := filepath.EvalSymlinks(name); err == nil {
		name = to
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(name, b, 0o644)
	}
	return corpus.WriteFile(name, b)
}

// addFile puts b into a folder under a name that stands for it, and reports whether it
// was written. A file that is there with the same octets stays; what else is there is
// an error, and is not replaced.
func addFile(dir, name string, b []byte) (written bool, err error) {
	file := filepath.Join(dir, name)
	switch info, err := os.Lstat(file); {
	case errors.Is(err, fs.ErrNotExist):
		err = writeFile(file, b)
		return err == nil, err
	case err != nil:
		return false, err
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("%s is there, and is no file", file)
	}
	there, err := os.ReadFile(file)
	if err == nil && !bytes.Equal(there, b) {
		err = fmt.Errorf("%s is there, with something else in it", file)
	}
	return false, err
}

// takesFiles sees that a file can be put into a folder.
func takesFiles(dir string) error {
	f, err := os.CreateTemp(dir, ".imapcheck-*.tmp")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}
