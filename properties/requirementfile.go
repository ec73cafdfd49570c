package properties

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// The file of the matrix has a line for each clause, and under it its
// requirements: a line with two spaces between the fields, then lines that are
// indented, the sentence first:
//
//	= 6.1.3 LOGOUT
//
//	6.1.3-order  MUST  server
//	    The BYE comes before the tagged OK; then the server closes.
//	    rules: logout-bye logout-closes
//
// "as SHOULD" behind the word is the level, where it is not that of the word, and
// a field "covers N" the number of its occurrences, where that is not the usual.
// Lines that begin with "#" are comments.
const (
	clauseMark = "= "
	fieldGap   = "  "
	indent     = "    "
	hanging    = indent + "  "
	textWidth  = 100
)

// fileError is an error at a line of the file, from 1.
type fileError struct {
	line int
	what string
}

func (e fileError) Error() string { return "line " + strconv.Itoa(e.line) + ": " + e.what }

// reqParser reads the file line by line.
type reqParser struct {
	clauses []Clause
	ids     map[string]bool
	line    int
	field   *string // that a line may continue; nil behind a list
	over    bool    // the requirement that was read last is complete
}

// ParseRequirements parses the file of a matrix. An error names the line.
func ParseRequirements(text string) ([]Clause, error) {
	p := reqParser{ids: map[string]bool{}}
	for line := range strings.Lines(text) {
		p.line++
		if err := p.next(strings.TrimSuffix(line, "\n")); err != nil {
			return nil, err
		}
	}
	return p.clauses, p.complete()
}

func (p *reqParser) fail(format string, args ...any) error {
	return fileError{p.line, fmt.Sprintf(format, args...)}
}

func (p *reqParser) next(line string) error {
	switch {
	case strings.HasPrefix(line, "#"):
		return nil
	case line == "":
		return p.complete()
	case strings.HasPrefix(line, clauseMark):
		if err := p.complete(); err != nil {
			return err
		}
		number, title, ok := strings.Cut(strings.TrimPrefix(line, clauseMark), " ")
		if !ok || title == "" {
			return p.fail("a clause is a number and a title")
		}
		p.clauses = append(p.clauses, Clause{Number: number, Title: title})
		return nil
	case strings.HasPrefix(line, indent):
		return p.detail(line)
	}
	if err := p.complete(); err != nil {
		return err
	}
	return p.head(line)
}

// current is the requirement that is being read, nil if there is none.
func (p *reqParser) current() *Requirement {
	if len(p.clauses) == 0 {
		return nil
	}
	rows := p.clauses[len(p.clauses)-1].Requirements
	if len(rows) == 0 {
		return nil
	}
	return &rows[len(rows)-1]
}

// complete ends a requirement.
func (p *reqParser) complete() error {
	if r := p.current(); r != nil && r.Text == "" {
		return p.fail("%s has no sentence", r.ID)
	}
	p.field, p.over = nil, true
	return nil
}

// head reads the first line of a requirement.
func (p *reqParser) head(line string) error {
	if len(p.clauses) == 0 {
		return p.fail("a requirement before the first clause")
	}
	clause := &p.clauses[len(p.clauses)-1]
	fields := strings.Split(line, fieldGap)
	if len(fields) < 3 || len(fields) > 4 {
		return p.fail("a requirement is: id, word, party and perhaps covers, two spaces apart")
	}
	r := Requirement{ID: fields[0]}
	var level string
	r.Word, level, _ = strings.Cut(fields[1], " as ")
	var known, ok bool
	if r.Level, known = words[r.Word]; !known {
		return p.fail("there is no word %q", r.Word)
	}
	switch level {
	case "":
	case model.MUST.String():
		r.Level = model.MUST
	case model.SHOULD.String():
		r.Level = model.SHOULD
	default:
		return p.fail("there is no level %q", level)
	}
	if r.Binds, ok = partyOf(fields[2]); !ok {
		return p.fail("there is no party %q", fields[2])
	}
	r.Covers = usually(r.Word)
	if len(fields) == 4 {
		n, err := strconv.Atoi(strings.TrimPrefix(fields[3], "covers "))
		if err != nil || n < 0 || !strings.HasPrefix(fields[3], "covers ") {
			return p.fail("%q is not: covers and a number", fields[3])
		}
		r.Covers = n
	}
	switch {
	case r.Clause() != clause.Number:
		return p.fail("%s is not of clause %s", r.ID, clause.Number)
	case p.ids[r.ID]:
		return p.fail("there are two of %s", r.ID)
	}
	p.ids[r.ID] = true
	clause.Requirements = append(clause.Requirements, r)
	p.field, p.over = &p.current().Text, false
	return nil
}

// detail reads an indented line.
func (p *reqParser) detail(line string) error {
	if p.current() == nil || p.over {
		return p.fail("an indented line that belongs to no requirement")
	}
	r := p.current()
	if rest, ok := strings.CutPrefix(line, hanging); ok {
		if p.field == nil || p.field == &r.Text {
			return p.fail("a line that goes on nothing")
		}
		return p.goOn(rest)
	}
	rest := strings.TrimPrefix(line, indent)
	switch name, value, _ := strings.Cut(rest, ": "); name {
	case "rules":
		return p.list(&r.Rules, value)
	case "tests":
		return p.list(&r.Tests, value)
	case "unchecked":
		p.field = &r.Unchecked
		rest = value
	default:
		if p.field != &r.Text {
			return p.fail("there is no field here: %q", rest)
		}
		return p.goOn(rest)
	}
	if *p.field != "" {
		return p.fail("a field is there twice")
	}
	return p.goOn(rest)
}

// goOn adds to the field that is being read.
func (p *reqParser) goOn(text string) error {
	if text == "" || text[0] == ' ' {
		return p.fail("lines are indented by %d spaces, or by %d where they go on", len(indent), len(hanging))
	}
	*p.field = strings.TrimPrefix(*p.field+" "+text, " ")
	return nil
}

func (p *reqParser) list(list *[]string, value string) error {
	if *list != nil || value == "" {
		return p.fail("a list that is empty, or there twice")
	}
	*list, p.field = strings.Split(value, " "), nil
	return nil
}

// FormatRequirements is the file of a matrix, as [ParseRequirements] reads it.
func FormatRequirements(clauses []Clause) string {
	var b strings.Builder
	for i, c := range clauses {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(clauseMark + c.Number + " " + c.Title + "\n")
		for k, r := range c.Requirements {
			if k == 0 {
				b.WriteByte('\n')
			}
			b.WriteString(r.format())
		}
	}
	return b.String()
}

func (r Requirement) format() string {
	word := r.Word
	if r.Level != words[r.Word] {
		word += " as " + r.Level.String()
	}
	fields := []string{r.ID, word, r.Binds.String()}
	if r.Covers != usually(r.Word) {
		fields = append(fields, "covers "+strconv.Itoa(r.Covers))
	}
	out := strings.Join(fields, fieldGap) + "\n" + wrap(r.Text, indent)
	if len(r.Rules) > 0 {
		out += indent + "rules: " + strings.Join(r.Rules, " ") + "\n"
	}
	if len(r.Tests) > 0 {
		out += indent + "tests: " + strings.Join(r.Tests, " ") + "\n"
	}
	if r.Unchecked != "" {
		out += wrap("unchecked: "+r.Unchecked, hanging)
	}
	return out
}

// wrap is text in indented lines, all but the first with the given indent.
func wrap(text, next string) string {
	var b strings.Builder
	line := indent
	for i, w := range strings.Fields(text) {
		switch {
		case i == 0:
			line += w
		case len(line)+1+len(w) > textWidth:
			b.WriteString(line + "\n")
			line = next + w
		default:
			line += " " + w
		}
	}
	return b.String() + line + "\n"
}
