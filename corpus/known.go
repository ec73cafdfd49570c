package corpus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// ReadKnown reads a file of the keys of findings that are known: see
// [ParseKnown]. Its errors name the file.
func ReadKnown(name string) (map[string]bool, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("known findings: %w", err)
	}
	keys, err := ParseKnown(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return keys, nil
}

// ParseKnown reads the keys of findings: one a line, with comments after "#", or a
// report of "imapcheck fuzz --json". A key that no violation can have is an error,
// which names the line.
func ParseKnown(b []byte) (map[string]bool, error) {
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		return parseReport(b)
	}
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

func parseReport(b []byte) (map[string]bool, error) {
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
		return fmt.Errorf("%s is not RULE/COMMAND/STATE", strconv.QuoteToASCII(key))
	}
	if id, _, _ := strings.Cut(parts[0], ":"); model.RuleByID(id) == nil {
		return fmt.Errorf("there is no rule %s", strconv.QuoteToASCII(id))
	}
	for p := model.Unopened; p <= model.Logout; p++ {
		if parts[2] == p.String() {
			return nil
		}
	}
	return fmt.Errorf("there is no state %s", strconv.QuoteToASCII(parts[2]))
}

// FormatKnown is the text of a file of keys, which [ParseKnown] reads: a key a line,
// in order, each with the clause and the level of its rule.
func FormatKnown(keys map[string]bool) []byte {
	return []byte("# Findings that are known: imapcheck fuzz --known THIS-FILE\n" + knownLines(keys))
}

// AddKnown is the text of a file of keys with those behind it that it has not, and how many
// they are. What it has stays as it is. A report of --json is no such file.
func AddKnown(text []byte, keys map[string]bool) (_ []byte, added int, err error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return FormatKnown(keys), len(keys), nil
	}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return nil, 0, errors.New("it is a report, and no list of keys")
	}
	old, err := ParseKnown(text)
	if err != nil {
		return nil, 0, err
	}
	fresh := map[string]bool{}
	for key := range keys {
		if !old[key] {
			fresh[key] = true
		}
	}
	if len(fresh) == 0 {
		return text, 0, nil
	}
	text = bytes.Clone(text)
	if text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	return append(text, knownLines(fresh)...), len(fresh), nil
}

func knownLines(keys map[string]bool) string {
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
	return strings.Join(lines, "")
}
