package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/corpus"
)

func (a *app) corpusKnownCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "known REPORT.json|DIR|FILE...",
		Short: "Write the file of known findings from a run",
		Long: `Known writes the file for "imapcheck fuzz --known": the keys of findings, one a
line, each with the clause and the level of its rule. They are those of a report of
--json, of a trace file, of the trace files in a folder (what is unconfirmed is passed
over; in a corpus they are in its folder "findings"), or of another such file.

With --into FILE, the keys that FILE has not come behind what it has: its lines,
comments and order stay. Write beside a key what became of your report of it.`,
		Example: `  imapcheck corpus known findings > known.txt
  imapcheck corpus known report.json --into known.txt`,
		Args: cobra.MinimumNArgs(1),
	}
	var into string
	cmd.Flags().StringVar(&into, "into", "", "add the keys to `FILE`")
	cmd.RunE = func(_ *cobra.Command, args []string) error { return a.corpusKnown(args, into) }
	return cmd
}

func (a *app) corpusKnown(args []string, into string) error {
	keys := map[string]bool{}
	for _, arg := range args {
		if err := addKeys(arg, keys); err != nil {
			return err
		}
	}
	if into == "" {
		_, err := a.out.Write(corpus.FormatKnown(keys))
		return err
	}
	old, err := os.ReadFile(into)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--into: %w", err)
	}
	text, added, err := corpus.AddKnown(old, keys)
	if err != nil {
		return fmt.Errorf("--into %s: %w", into, err)
	}
	if !bytes.Equal(old, text) {
		if err := writeFile(into, text); err != nil {
			return fmt.Errorf("--into: %w", err)
		}
	}
	fmt.Fprintf(a.out, "%s: %d of %d added\n", into, added, len(keys))
	return nil
}

// addKeys adds the keys that an argument names.
func addKeys(arg string, keys map[string]bool) error {
	info, err := os.Stat(arg)
	if err != nil {
		return err
	}
	names := []string{arg}
	if info.IsDir() {
		if names, err = corpus.FolderFiles(arg); err != nil {
			return err
		}
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if filepath.Ext(name) == traceExt || bytes.HasPrefix(b, []byte("imaptrace ")) {
			if b, err = keyInTrace(name, b); err != nil {
				return err
			}
			if b == nil && !info.IsDir() {
				return fmt.Errorf("%s: it is of no finding", name)
			}
		}
		list, err := corpus.ParseKnown(b)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for key := range list {
			keys[key] = true
		}
	}
	return nil
}

// keyInTrace is the key of a trace file's finding, nil if it has none.
func keyInTrace(name string, b []byte) ([]byte, error) {
	f, err := corpus.ParseLenient(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if f.Finding == nil {
		return nil, nil
	}
	return []byte(f.Finding.Key()), nil
}
