package main

import (
	"fmt"
	"math"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
)

// jsonDiff is the schema of diff --json. Its names are stable: a name may come
// to it, none goes.
type jsonDiff struct {
	Version     string       `json:"version"`
	Seed        uint64       `json:"seed"`
	Targets     []jsonTarget `json:"targets"`  // A, B and so on
	Commands    int          `json:"commands"` // to each target
	Traces      int          `json:"traces"`
	Compared    int          `json:"compared"`     // answers of pairs of targets
	NotCompared int          `json:"not_compared"` // the two were not asked the same
	Seconds     float64      `json:"seconds"`
	Classes     []jsonClass  `json:"classes"`
	// Unconfirmed are the keys of those that were seen once, and not when the same
	// trace was run again.
	Unconfirmed []string `json:"unconfirmed"`
}

type jsonClass struct {
	Key     string `json:"key"`
	Kind    string `json:"kind"`
	Command string `json:"command"`
	State   string `json:"state"`
	Label   string `json:"label"` // violation, unknown, freedom
	A       string `json:"a"`     // the targets that were compared
	B       string `json:"b"`
	// Violation is null unless the label is violation.
	Violation      *jsonViolation `json:"violation"`
	Clause         string         `json:"clause"` // of a freedom, "" if it is not one place
	Count          int            `json:"count"`
	Steps          int            `json:"steps"`
	FirstSteps     int            `json:"first_steps"`
	FoundAtCommand int            `json:"found_at_command"`
	Confirmed      string         `json:"confirmed"` // "3/3": so many of so many runs
	File           string         `json:"file"`      // "" if it was not saved
	Known          bool           `json:"known"`
	Trace          []string       `json:"trace"` // C lines, as trace files have them
	// AnswerA and AnswerB are the answers to the step that differs, normalised.
	Step    int      `json:"step"` // from 1
	AnswerA []string `json:"answer_a"`
	AnswerB []string `json:"answer_b"`
}

type jsonViolation struct {
	Side   string `json:"side"` // A or B
	Target string `json:"target"`
	Key    string `json:"key"`
	Rule   string `json:"rule"`
	Clause string `json:"clause"`
	Level  string `json:"level"`
	Got    string `json:"got"`
	Want   string `json:"want"`
}

func (d *diffResult) json() jsonDiff {
	rep := d.diff
	j := jsonDiff{
		Version: version(), Seed: d.seed, Commands: rep.Commands, Traces: rep.Traces,
		Compared: rep.Compared, NotCompared: rep.NotCompared, Seconds: math.Round(rep.Elapsed.Seconds()*1000) / 1000,
		Classes: make([]jsonClass, 0, len(rep.Classes)), Unconfirmed: []string{},
	}
	for i, name := range d.targets {
		j.Targets = append(j.Targets, jsonTarget{Name: name, Greeting: report.Printable(rep.Greetings[i])})
	}
	for _, c := range rep.Classes {
		j.Classes = append(j.Classes, d.jsonClass(c))
	}
	for _, c := range rep.Unconfirmed {
		j.Unconfirmed = append(j.Unconfirmed, c.Key())
	}
	return j
}

func (d *diffResult) jsonClass(c *fuzz.Class) jsonClass {
	step := c.Steps[c.Step]
	a, b := step.Apart()
	j := jsonClass{
		Key: c.Key(), Kind: c.Kind, Command: c.Command, State: c.State.String(), Label: c.Verdict.Judgement.String(),
		A: d.targets[0], B: d.targets[c.Other], Clause: c.Verdict.Clause, Count: c.Count,
		Steps: len(c.Trace.Steps), FirstSteps: c.FirstSteps, FoundAtCommand: c.FoundAt,
		Confirmed: fmt.Sprintf("%d/%d", c.Confirmed, c.Tries), File: c.File, Known: c.Known,
		Trace: commandLines(c.Trace), Step: c.Step + 1, AnswerA: answerLines(step.A, a), AnswerB: answerLines(step.B, b),
	}
	if v := c.Verdict.Violation; v != nil {
		j.Violation = &jsonViolation{
			Side: "A", Target: d.targets[side(c)], Key: v.Key(), Rule: v.Rule.ID, Clause: v.Rule.Clause,
			Level: v.Rule.Level.String(), Got: report.Printable(v.Got), Want: report.Printable(v.Want),
		}
		if c.Verdict.OfB {
			j.Violation.Side = "B"
		}
	}
	return j
}

// answerLines are the facts in which an answer differs, its completion, and how it
// left the connection.
func answerLines(a *fuzz.Answer, facts []fuzz.Fact) []string {
	lines := []string{}
	if a == nil {
		return lines
	}
	for _, f := range facts {
		head, value, tail := f.Text()
		lines = append(lines, report.Printable(head+value+tail))
	}
	text := a.Outcome.String()
	for _, code := range a.Codes {
		text += " [" + code + "]"
	}
	if text != "" {
		lines = append(lines, text)
	}
	if a.End != model.Open {
		lines = append(lines, "("+a.End.String()+")")
	}
	return lines
}
