package corpus

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// temporary reports whether a file of that name is one that was being written.
func temporary(name string) bool {
	return (strings.HasPrefix(name, ".trace-") || strings.HasPrefix(name, ".imapcheck-")) && strings.HasSuffix(name, ".tmp")
}

// WriteFile puts b in place of the named file, all of it or nothing, also if this program
// is killed.
func WriteFile(name string, b []byte) error { return replace(name, b, false) }

// replace puts b in place of the named file: all of it or nothing, also if this program
// is killed, and, if it is to last, the machine.
func replace(name string, b []byte, lasts bool) (err error) {
	dir := filepath.Dir(name)
	temp, err := os.CreateTemp(dir, ".trace-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temp.Name())
		}
	}()
	_, err = temp.Write(b)
	if err == nil && lasts {
		err = temp.Sync()
	}
	if cerr := temp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(temp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(temp.Name(), name)
	}
	if err != nil || !lasts {
		return err
	}
	return syncDir(dir)
}

// syncDir makes the names in a folder last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}
