package model

import "sort"

// Level is how strongly the RFC demands what a rule checks (RFC 2119).
type Level uint8

// The levels. What is doubtful, or what the RFC only recommends, is SHOULD.
const (
	MUST Level = iota + 1
	SHOULD
)

// String is the word of RFC 2119.
func (l Level) String() string {
	switch l {
	case MUST:
		return "MUST"
	case SHOULD:
		return "SHOULD"
	}
	return "Level(?)"
}

// Rule is one demand of the RFC on a server. A rule is declared once, beside
// the code that checks it.
type Rule struct {
	ID     string // e.g. "expunge-renumbers"
	Clause string // e.g. "RFC 3501 7.4.1", "RFC 6851 3.3"
	Level  Level
	Text   string // what the server has to do, in one sentence
	// On are the commands whose exchanges are held against the rule, UID forms
	// under the plain name; none are all commands, and the greeting.
	On []string
}

var rules = map[string]*Rule{}

// rule declares a rule of RFC 3501 while the package is initialized.
func rule(id, clause string, level Level, text string, on ...string) *Rule {
	return ruleOf(id, "RFC 3501 "+clause, level, text, on...)
}

// ruleOf declares a rule of any RFC.
func ruleOf(id, clause string, level Level, text string, on ...string) *Rule {
	if rules[id] != nil {
		panic("model: rule " + id + " is declared twice")
	}
	r := &Rule{ID: id, Clause: clause, Level: level, Text: text, On: on}
	rules[id] = r
	return r
}

// Rules are all rules, in the order of their ids.
func Rules() []*Rule {
	list := make([]*Rule, 0, len(rules))
	for _, r := range rules {
		list = append(list, r)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
	return list
}

// RuleByID is the rule with that id, of [Rules] or [OrderRules], nil if there is none.
func RuleByID(id string) *Rule {
	for _, r := range orderRules {
		if r.ID == id {
			return r
		}
	}
	return rules[id]
}

// Violation is one broken rule in a transcript.
type Violation struct {
	Rule *Rule
	// Part tells apart the faults that one rule finds: the ABNF rule that a
	// response broke; mostly "".
	Part string
	// Command and State are those of the cause: the command whose answer or
	// whose effect is wrong, and the state that its connection was in.
	Command string
	State   Phase
	// Step is the step of the trace at which the evidence came.
	Step int
	// Got is the evidence, Want what would have been right.
	Got, Want string
}

// ID is the rule's id, with the part behind a colon: "grammar:resp-text-code".
func (v Violation) ID() string {
	if v.Part != "" {
		return v.Rule.ID + ":" + v.Part
	}
	return v.Rule.ID
}

// Key names the bug, the same at any length of the trace: rule, command, state.
func (v Violation) Key() string {
	return v.ID() + "/" + v.Command + "/" + v.State.String()
}
