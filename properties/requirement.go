package properties

import (
	_ "embed" // requirements/rfc3501.txt
	"fmt"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// Clause is a section of RFC 3501 with what it requires.
type Clause struct {
	Number       string // "6.3.1"
	Title        string
	Requirements []Requirement
}

// Requirement is one demand of RFC 3501: a row of the matrix.
type Requirement struct {
	// ID is stable: the number of the clause, "-" and a name.
	ID string
	// Word is the word of RFC 2119 that demands it, or [Plain].
	Word string
	// Level is how strongly it binds.
	Level model.Level
	Binds Party
	// Covers is how many occurrences of Word in the clause the row stands for.
	Covers int
	Text   string // in one or two sentences
	// Rules are the ids of the rules, and Tests the names of the Go tests, that
	// find a breach of it.
	Rules, Tests []string
	// Unchecked is why it cannot be checked from outside, or, where there are
	// rules or tests, what of it they leave out.
	Unchecked string
}

// Plain is the word of a requirement that the RFC states without one.
const Plain = "plain"

// Party is whom a requirement binds.
type Party uint8

// The parties. Both are a server and a client alike.
const (
	Server Party = iota + 1
	Client
	Both
)

var parties = [...]string{Server: "server", Client: "client", Both: "both"}

// String is the party in one word.
func (p Party) String() string {
	if int(p) < len(parties) {
		return parties[p]
	}
	return "Party(?)"
}

// Status is how far a requirement is checked.
type Status uint8

// The statuses.
const (
	Unchecked Status = iota + 1
	Partly           // some breaches are found, others cannot be
	Checked
	Exempt // it binds the client alone
)

var statuses = [...]string{Unchecked: "unchecked", Partly: "partly checked", Checked: "checked", Exempt: "client"}

// String is the status in one or two words.
func (s Status) String() string {
	if int(s) < len(statuses) {
		return statuses[s]
	}
	return "Status(?)"
}

// Clause is the number of the clause that the requirement is of.
func (r Requirement) Clause() string {
	clause, _, _ := strings.Cut(r.ID, "-")
	return clause
}

// Status is how far the requirement is checked.
func (r Requirement) Status() Status {
	switch checks := len(r.Rules) + len(r.Tests); {
	case r.Binds == Client:
		return Exempt
	case checks == 0:
		return Unchecked
	case r.Unchecked != "":
		return Partly
	}
	return Checked
}

//go:embed requirements/rfc3501.txt
var rfc3501 string

// Requirements is the matrix: every requirement of RFC 3501, clause by clause.
func Requirements() []Clause {
	clauses, err := ParseRequirements(rfc3501)
	if err != nil {
		panic("properties: requirements/rfc3501.txt: " + err.Error())
	}
	return clauses
}

// RequirementsOf are the ids of the requirements that each rule checks, by the
// id of the rule.
func RequirementsOf(clauses []Clause) map[string][]string {
	of := map[string][]string{}
	for _, c := range clauses {
		for _, r := range c.Requirements {
			for _, id := range r.Rules {
				of[id] = append(of[id], r.ID)
			}
		}
	}
	return of
}

// Tally counts requirements by status.
type Tally struct {
	Rows    int // all of them
	Checked int // those of which breaches are found, Partly included
	Partly  int
}

// Percent is how many of a hundred requirements are checked.
func (t Tally) Percent() float64 {
	if t.Rows == 0 {
		return 100
	}
	return 100 * float64(t.Checked) / float64(t.Rows)
}

// String is the tally in words.
func (t Tally) String() string {
	return fmt.Sprintf("%d server requirements, %d checked (%.1f %%), %d of them in part", t.Rows, t.Checked, t.Percent(), t.Partly)
}

// Summary counts the requirements of the matrix. Those that bind client and
// server count as the server's.
type Summary struct {
	Must, Should Tally // of the server
	Client       int   // rows that bind the client alone
}

// Summarize counts the requirements.
func Summarize(clauses []Clause) Summary {
	var s Summary
	for _, c := range clauses {
		for _, r := range c.Requirements {
			t := &s.Must
			if r.Level == model.SHOULD {
				t = &s.Should
			}
			switch r.Status() {
			case Exempt:
				s.Client++
				continue
			case Partly:
				t.Partly++
				t.Checked++
			case Checked:
				t.Checked++
			}
			t.Rows++
		}
	}
	return s
}

// words are what a requirement can be stated with, and the level that each has
// unless the row says another.
var words = map[string]model.Level{
	"MUST": model.MUST, "MUST NOT": model.MUST, "SHALL": model.MUST, "SHALL NOT": model.MUST, "REQUIRED": model.MUST,
	"SHOULD": model.SHOULD, "SHOULD NOT": model.SHOULD, "RECOMMENDED": model.SHOULD,
	Plain: model.MUST,
}

// usually is the number of occurrences that a row stands for unless it says
// another.
func usually(word string) int {
	if word == Plain {
		return 0
	}
	return 1
}

func partyOf(name string) (Party, bool) {
	i := slices.Index(parties[:], name)
	return Party(max(i, 0)), i > 0
}
