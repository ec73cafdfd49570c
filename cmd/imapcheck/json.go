package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

// jsonReport is the schema of --json. Its names are stable: a name may come
// to it, none goes.
type jsonReport struct {
	Version string `json:"version"`
	Seed    uint64 `json:"seed"`
	// Sequences is of "explore": Run of them, of the given depth, were run.
	Sequences *jsonSequences `json:"sequences,omitempty"`
	// Suite is of "explore --cover".
	Suite    *jsonSuite    `json:"suite,omitempty"`
	Target   jsonTarget    `json:"target"`
	Commands int           `json:"commands"`
	Traces   int           `json:"traces"`
	Seconds  float64       `json:"seconds"`
	Coverage jsonCoverage  `json:"coverage"`
	Findings []jsonFinding `json:"findings"`
	// Unconfirmed were seen once, and not when the same trace was run again.
	Unconfirmed []jsonUnconfirmed `json:"unconfirmed"`
	// Fixed are the known keys that are not shown any more.
	Fixed []string `json:"fixed"`
}

type jsonUnconfirmed struct {
	Key  string `json:"key"`
	File string `json:"file"`
}

type jsonTarget struct {
	Name     string `json:"name"`
	Version  string `json:"version,omitempty"`
	Greeting string `json:"greeting"`
}

type jsonCoverage struct {
	Transitions struct {
		Hit    int      `json:"hit"`
		Total  int      `json:"total"`
		Missed []string `json:"missed"`
	} `json:"transitions"`
	Rules struct {
		Exercised int `json:"exercised"`
		Total     int `json:"total"`
	} `json:"rules"`
}

type jsonFinding struct {
	Key            string `json:"key"`
	Rule           string `json:"rule"`
	Clause         string `json:"clause"`
	Level          string `json:"level"`
	Command        string `json:"command"`
	State          string `json:"state"`
	Got            string `json:"got"`
	Want           string `json:"want"`
	Steps          int    `json:"steps"`
	FirstSteps     int    `json:"first_steps"`
	FoundAtCommand int    `json:"found_at_command"`
	Confirmed      string `json:"confirmed"` // "5/5": so many of so many runs
	File           string `json:"file"`      // "" if it was not saved
	Known          bool   `json:"known"`
	// Crash is what is known of a crash of the server.
	Crash string   `json:"crash,omitempty"`
	Trace []string `json:"trace"` // C lines, as trace files have them
}

func (c *campaignResult) json() jsonReport {
	rep := c.Report
	j := jsonReport{
		Version: c.Version, Seed: c.Seed, Target: jsonTarget{c.Target, c.ServerVersion, report.Printable(rep.Greeting)},
		Commands: rep.Commands, Traces: rep.Traces, Seconds: math.Round(rep.Elapsed.Seconds()*1000) / 1000,
		Findings: make([]jsonFinding, 0, len(rep.Findings)), Unconfirmed: []jsonUnconfirmed{},
		Fixed: append([]string{}, rep.Fixed...),
	}
	t, r := &j.Coverage.Transitions, &j.Coverage.Rules
	t.Hit, t.Total, t.Missed = rep.Coverage.Hit, rep.Coverage.Total, append([]string{}, rep.Coverage.Missed...)
	r.Exercised, r.Total = rep.RulesExercised, len(model.Rules())
	for _, f := range rep.Findings {
		v := f.Violation
		j.Findings = append(j.Findings, jsonFinding{
			Key: f.Key, Rule: v.Rule.ID, Clause: v.Rule.Clause, Level: v.Rule.Level.String(),
			Command: v.Command, State: v.State.String(), Got: report.Printable(v.Got), Want: report.Printable(v.Want),
			Steps: len(f.Trace.Steps), FirstSteps: f.FirstSteps, FoundAtCommand: f.FoundAt,
			Confirmed: fmt.Sprintf("%d/%d", f.Confirmed, f.Tries), File: f.File, Known: f.Known, Crash: f.Crash,
			Trace: commandLines(f.Trace),
		})
	}
	if q := c.sequences; q != nil {
		j.Sequences = &jsonSequences{q.Depth, q.Conns, q.run, q.complete, q.Total().String()}
	}
	if q := c.coverage; q != nil {
		j.Suite = q.json(rep.Traces)
	}
	for _, f := range rep.Unconfirmed {
		j.Unconfirmed = append(j.Unconfirmed, jsonUnconfirmed{f.Key, f.File})
	}
	return j
}

// jsonSequences says how many sequences there are: Of is a number that may not fit any
// type of numbers.
type jsonSequences struct {
	Depth    int    `json:"depth"`
	Sessions int    `json:"sessions"`
	Run      int    `json:"run"`
	All      bool   `json:"all"` // of all others one that is the same was run
	Of       string `json:"of"`
}

// jsonSuite says what was covered: of so many transitions, pairs of them, or sequences, all
// or some by each suite.
type jsonSuite struct {
	Cover string `json:"cover"`
	Extra int    `json:"extra"`
	Seed  uint64 `json:"seed"` // of the first suite; 0 if its arguments are not chosen
	Of    int    `json:"of"`
	Run   []int  `json:"run"`
	All   bool   `json:"all"`
}

// commandLines are the C lines of a trace.
func commandLines(t model.Trace) []string {
	lines := make([]string, 0, len(t.Steps))
	for line := range strings.Lines(string(corpus.Format(&corpus.File{Trace: t}))) {
		if strings.HasPrefix(line, "C") {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

// encode is v as indented JSON, with "<" and its like as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// writeJSON writes v to w.
func writeJSON(w io.Writer, v any) error {
	b, err := encode(v)
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// writeReport writes a report in JSON to a file, or to standard output.
func (a *app) writeReport(name string, v any) error {
	if name == stdoutName {
		return writeJSON(a.out, v)
	}
	b, err := encode(v)
	if err == nil {
		err = writeFile(name, b)
	}
	if err != nil {
		return fmt.Errorf("--json: %w", err)
	}
	return nil
}
