package main

import (
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/imapcheck/imapcheck/corpus/sessionlog"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

// judge judges logs of sessions. Two files in a row, X.in and X.out, are one log.
func (a *app) judge(names []string, level model.Level) error {
	var found error
	for i := 0; i < len(names); i++ {
		name := names[i]
		var halves []string
		if stem, in := strings.CutSuffix(name, ".in"); in && i+1 < len(names) && names[i+1] == stem+".out" {
			i++
			halves = []string{name, names[i]}
		}
		broken, err := a.judgeLog(name, halves, level)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if broken {
			found = errFound
		}
	}
	return found
}

// judgeLog judges one log, and shows the first violation of each key when it is met.
func (a *app) judgeLog(name string, halves []string, level model.Level) (broken bool, err error) {
	exchanges, done, err := a.openLog(name, halves)
	if err != nil {
		return false, err
	}
	defer done()
	s := styleOf(a.out)
	var keys []string
	times := map[string]int{}
	total := 0
	log, err := fuzz.JudgeLog(exchanges, func(x sessionlog.Exchange, v model.Violation) {
		if v.Rule.Level > level {
			return
		}
		total++
		if times[v.Key()]++; times[v.Key()] == 1 {
			keys = append(keys, v.Key())
			fmt.Fprintln(a.out, s.Logged(v, fmt.Sprintf("%s:%d", name, x.LineOf(v.Got))))
		}
	})
	for _, key := range keys {
		if n := times[key]; n > 1 {
			fmt.Fprintf(a.out, "%s: seen %d times\n", key, n)
		}
	}
	if err != nil {
		return total > 0, err
	}
	fmt.Fprintf(a.out, "%s: %s in %s of %s", name, report.Plural(total, "violation"), report.Plural(log.Commands, "command"), report.Plural(log.Sessions, "session"))
	if log.Loose > 0 {
		fmt.Fprintf(a.out, ", %d of them in progress at the same time as others", log.Loose)
	}
	fmt.Fprintln(a.out)
	return total > 0, nil
}

// openLog opens a log, or the two halves of one.
func (a *app) openLog(name string, halves []string) (iter.Seq2[sessionlog.Exchange, error], func(), error) {
	if name == stdinName {
		return sessionlog.Read(a.in), func() {}, nil
	}
	if halves == nil {
		halves = []string{name}
	}
	var files []io.Reader
	var closers []io.Closer
	done := func() {
		for _, c := range closers {
			c.Close()
		}
	}
	for _, half := range halves {
		f, err := os.Open(half)
		if err != nil {
			done()
			return nil, nil, err
		}
		files, closers = append(files, f), append(closers, f)
	}
	if len(files) == 2 {
		return sessionlog.Merge(files[0], files[1]), done, nil
	}
	return sessionlog.Read(files[0]), done, nil
}
