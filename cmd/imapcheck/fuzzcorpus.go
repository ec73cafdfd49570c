package main

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
)

// shardFlag is I/N, with I from 1 to N.
type shardFlag struct{ i, n int }

func (s *shardFlag) String() string {
	if s.n == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.i, s.n)
}

func (s *shardFlag) Type() string { return "I/N" }

func (s *shardFlag) Set(text string) error {
	first, second, _ := strings.Cut(text, "/")
	i, err := strconv.Atoi(first)
	n, err2 := strconv.Atoi(second)
	if err != nil || err2 != nil || i < 1 || i > n {
		return fmt.Errorf("it is I/N, with I from 1 to N")
	}
	s.i, s.n = i, n
	return nil
}

// openCorpus opens the corpus of a campaign, and has findings saved there.
func (f *fuzzFlags) openCorpus() (*corpus.Folder, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	folder, err := corpus.OpenFolder(f.corpus)
	if err == nil && !f.cmd.Flags().Changed("save") {
		f.save = folder.FindingsDir()
	}
	return folder, err
}

// witnesses are traces that have shown known keys, by key: of the corpus, of the folder of
// --save, and those that are built in. Those of a server other than the target are left out,
// but in the corpus, which is of one server.
func (f *fuzzFlags) witnesses(c *fuzz.Campaign) (map[string][]model.Trace, error) {
	if len(c.Known) == 0 {
		return nil, nil
	}
	var list []corpus.Entry
	var mine string // the folder of the corpus's findings
	if c.Corpus != nil {
		list, mine = c.Corpus.Findings, c.Corpus.FindingsDir()
	}
	if f.save != "" && f.save != mine {
		saved, err := corpus.LoadFlat(f.save)
		if err != nil {
			return nil, fmt.Errorf("--save: %w", err)
		}
		list = append(list, ofServer(saved, c.Target.Name())...)
	}
	name, _, _ := strings.Cut(c.Target.Name(), "?")
	name, _, _ = strings.Cut(name, ":")
	if dir := path.Join("regressions", name); isFolder(dir) {
		built, err := corpus.LoadFS(corpus.Data, dir)
		if err != nil {
			return nil, err
		}
		list = append(list, ofServer(built, c.Target.Name())...)
	}
	byKey := map[string][]model.Trace{}
	for _, e := range list {
		if c.CanShow(e.File) {
			key := e.File.Finding.Key()
			byKey[key] = append(byKey[key], e.File.Trace)
		}
	}
	return byKey, nil
}

// isFolder reports whether there is a folder of that name in the built-in corpus.
func isFolder(dir string) bool {
	info, err := fs.Stat(corpus.Data, dir)
	return err == nil && info.IsDir()
}

// ofServer are the findings that were made in the target of that name. The reference server is one,
// whatever is planted in it.
func ofServer(list []corpus.Entry, name string) []corpus.Entry {
	server := func(name string) string {
		if base, _, _ := strings.Cut(name, "?"); base == "reference" {
			return base
		}
		return name
	}
	var out []corpus.Entry
	for _, e := range list {
		if e.File.Finding == nil {
			continue
		}
		for word := range strings.FieldsSeq(e.File.Finding.Found) {
			if made, ok := strings.CutPrefix(word, "target="); ok && server(made) == server(name) {
				out = append(out, e)
				break
			}
		}
	}
	return out
}
