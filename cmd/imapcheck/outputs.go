package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz/report/annotation"
	"github.com/imapcheck/imapcheck/fuzz/report/junit"
	"github.com/imapcheck/imapcheck/fuzz/report/page"
	"github.com/imapcheck/imapcheck/fuzz/report/sarif"
)

// reportFlags name the reports that are written for other programs, and for browsers.
type reportFlags struct {
	junit, sarif, html string
	annotations        bool
}

// Of the environment that GitHub gives a job.
const (
	githubActions = "GITHUB_ACTIONS"      // "true" there
	githubSummary = "GITHUB_STEP_SUMMARY" // a file
)

func (f *reportFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.junit, "junit", "", "write a report in JUnit XML to `FILE`: a case a rule")
	flags.StringVar(&f.sarif, "sarif", "", "write a report in SARIF 2.1.0 to `FILE`")
	flags.StringVar(&f.html, "html", "", "write a report to `FILE` as a page in HTML that needs no other file and no network")
	flags.BoolVar(&f.annotations, "annotations", os.Getenv(githubActions) == "true",
		"end the text with workflow commands of GitHub for what is new and what is fixed, and add a summary to $"+githubSummary+" if that is set; on where $"+githubActions+" is true")
	flags.Lookup("annotations").DefValue = "false" // the help is the same everywhere
}

// summary is the file that the summary of the job is added to, "" for none.
func (f *reportFlags) summary() string {
	if !f.annotations {
		return ""
	}
	return os.Getenv(githubSummary)
}

// pause has GitHub take no line for a command until resume is called: a server may have
// sent any. It cannot have sent what ends the pause.
func (f *reportFlags) pause(w io.Writer) (resume func()) {
	if !f.annotations {
		return func() {}
	}
	word := rand.Text()
	fmt.Fprintf(w, "::stop-commands::%s\n", word)
	return func() { fmt.Fprintf(w, "::%s::\n", word) }
}

// output is a file that a campaign leaves behind.
type output struct {
	flag, name string
	make       func(*campaignResult) ([]byte, error)
}

func (f *fuzzFlags) outputs() []output {
	return []output{
		{"write-known", f.writeKnown, func(c *campaignResult) ([]byte, error) { return corpus.FormatKnown(c.keys()), nil }},
		{"json", f.json, func(c *campaignResult) ([]byte, error) { return encode(c.json()) }},
		{"junit", f.reports.junit, func(c *campaignResult) ([]byte, error) { return junit.Format(&c.Campaign) }},
		{"sarif", f.reports.sarif, func(c *campaignResult) ([]byte, error) { return sarif.Format(&c.Campaign) }},
		{"html", f.reports.html, func(c *campaignResult) ([]byte, error) { return page.Format(&c.Campaign) }},
	}
}

// checkOutputs looks for files that could not be written.
func (f *fuzzFlags) checkOutputs() error {
	taken := map[string]string{}
	for _, out := range f.outputs() {
		switch {
		case out.name == "":
			continue
		case out.name == stdoutName && out.flag == "json":
			continue
		case out.name == stdoutName:
			return usagef("--%s -: only --json writes to standard output", out.flag)
		}
		if other, ok := taken[filepath.Clean(out.name)]; ok {
			return usagef("--%s %s: --%s writes the same file", out.flag, out.name, other)
		}
		taken[filepath.Clean(out.name)] = out.flag
		if err := replaceable(out.name); err != nil {
			return fmt.Errorf("--%s %s: %w", out.flag, out.name, err)
		}
	}
	if name := f.reports.summary(); name != "" {
		if err := appendFile(name, nil); err != nil {
			return fmt.Errorf("$%s: %w", githubSummary, err)
		}
	}
	return nil
}

// replaceable sees that a file can be put in the place of that name.
func replaceable(name string) error {
	dir := filepath.Dir(name)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no folder %s", dir)
	}
	switch info, err := os.Stat(name); {
	case err == nil && info.IsDir():
		return errors.New("it is a folder")
	case err == nil && !info.Mode().IsRegular():
		return nil
	}
	return takesFiles(dir)
}

// writeOutputs writes all files that were asked for. That one cannot be written does not
// keep the others from being.
func (a *app) writeOutputs(f *fuzzFlags, result *campaignResult) error {
	var trouble []error
	for _, out := range f.outputs() {
		if out.name == "" {
			continue
		}
		b, err := out.make(result)
		switch {
		case err != nil:
		case out.name == stdoutName:
			_, err = a.out.Write(b)
		default:
			err = writeFile(out.name, b)
		}
		if err != nil {
			trouble = append(trouble, fmt.Errorf("--%s: %w", out.flag, err))
		}
	}
	return errors.Join(trouble...)
}

// annotate writes the workflow commands of GitHub, and the summary of the job.
func (a *app) annotate(w io.Writer, f *fuzzFlags, result *campaignResult) error {
	if !f.reports.annotations {
		return nil
	}
	if _, err := w.Write(annotation.Commands(&result.Campaign)); err != nil {
		return err
	}
	if name := f.reports.summary(); name != "" {
		if err := appendFile(name, annotation.Summary(&result.Campaign)); err != nil {
			return fmt.Errorf("$%s: %w", githubSummary, err)
		}
	}
	return nil
}

// appendFile adds b to a file that may be there already.
func appendFile(name string, b []byte) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

// knownLines are the numbers of the lines of a file of known keys, as corpus.ReadKnown
// reads it, from 1.
func knownLines(name string) (map[string]int, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	lines, n := map[string]int{}, 0
	for line := range strings.Lines(string(b)) {
		n++
		line = strings.TrimPrefix(strings.TrimSpace(line), `"key": `)
		key, _, _ := strings.Cut(line, " #")
		if key = strings.Trim(strings.TrimSpace(key), `",`); lines[key] == 0 {
			lines[key] = n
		}
	}
	return lines, nil
}
