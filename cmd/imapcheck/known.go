package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
)

// readKnown reads the keys of a --known file: one a line, or a report of
// --json. Errors name the file and the line.
func readKnown(name string) (map[string]bool, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("known findings: %w", err)
	}
	parse := parseKnown
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		parse = parseKnownJSON
	}
	keys, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return keys, nil
}

func parseKnown(b []byte) (map[string]bool, error) {
	keys := map[string]bool{}
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		key := strings.TrimSpace(line)
		if i := strings.Index(key, " #"); i >= 0 {
			key = strings.TrimSpace(key[:i])
		}
		if key == "" || key[0] == '#' {
			continue
		}
		if err := checkKey(key); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		keys[key] = true
	}
	return keys, nil
}

func parseKnownJSON(b []byte) (map[string]bool, error) {
	var report struct {
		Findings *[]struct{ Key string }
	}
	if err := json.Unmarshal(b, &report); err != nil {
		return nil, fmt.Errorf("not a report of --json: %w", err)
	}
	if report.Findings == nil {
		return nil, fmt.Errorf("not a report of --json: it has no findings")
	}
	keys := map[string]bool{}
	for i, f := range *report.Findings {
		if err := checkKey(f.Key); err != nil {
			return nil, fmt.Errorf("finding %d: %w", i+1, err)
		}
		keys[f.Key] = true
	}
	return keys, nil
}

// checkKey finds out whether a violation can have that key at all: a slip of
// the pen would make a known finding new.
func checkKey(key string) error {
	parts := strings.Split(key, "/")
	if len(parts) != 3 {
		return fmt.Errorf("%s is not RULE/COMMAND/STATE", quoted(key))
	}
	if id, _, _ := strings.Cut(parts[0], ":"); model.RuleByID(id) == nil {
		return fmt.Errorf("there is no rule %s", quoted(id))
	}
	for p := model.Unopened; p <= model.Logout; p++ {
		if parts[2] == p.String() {
			return nil
		}
	}
	return fmt.Errorf("there is no state %s", quoted(parts[2]))
}

// formatKnown is a --known file of the findings and of what was known before,
// sorted by key.
func formatKnown(findings []*fuzz.Finding, before map[string]bool) []byte {
	keys := maps.Clone(before)
	for _, f := range findings {
		keys[f.Key] = true
	}
	width := 0
	for key := range keys {
		width = max(width, len(key))
	}
	lines := make([]string, 0, len(keys))
	for key := range keys {
		id, _, _ := strings.Cut(key, "/")
		id, _, _ = strings.Cut(id, ":")
		rule := model.RuleByID(id)
		lines = append(lines, fmt.Sprintf("%-*s  # %s, %s\n", width, key, rule.Clause, rule.Level))
	}
	sort.Strings(lines)
	return []byte("# Findings that are known: imapcheck fuzz --known THIS-FILE\n" + strings.Join(lines, ""))
}

// writeFile puts b in place of the named file, all of it or nothing.
//
// What is there and is no file (a device, a pipe) is written to; a link is
// followed.
func writeFile(name string, b []byte) (err error) {
	if to, err := filepath.EvalSymlinks(name); err == nil {
		name = to
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(name, b, 0o644)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".imapcheck-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(b)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
