// Package scenarios has the sessions that show what every rule is about. In those of
// the folder "rules" one thing is wrong; those of "clean" come close to what is wrong
// and are right. As evidence they hold the judge to what it is to say; as programs
// they lead a server to each rule.
//
// A scenario of "rules" has the id of the rule for a name, and a number if there are
// several. The lines after "# wrong:" are the fault; those after "# right:", comments
// to the reader of trace files, are what would have been right in their place:
//
//	C0: CLOSE
//	# wrong:
//	S0: * 1 EXPUNGE
//	# right:
//	#   S0: * 2 EXISTS
//	S0: OK done
//
// A scenario of "clean" names the rules at SHOULD level that its server departs from,
// each as often as it does, in lines that begin with "# departs:".
package scenarios

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
)

//go:embed rules/*.trace clean/*.trace
var data embed.FS

// Scenario is one session. What File points to is shared and not to be changed.
type Scenario struct {
	Name string
	Rule string // the id of the rule that it breaks, "" for a clean one
	Text string // of the trace file, comments included
	File *corpus.File
}

var all = sync.OnceValue(func() []Scenario {
	list, err := load(data)
	if err != nil {
		panic("scenarios: " + err.Error()) // the files are part of the program
	}
	return list
})

// All are all scenarios, in the order of their names, of which none is there twice.
func All() []Scenario { return slices.Clone(all()) }

// numbered is the end of the name of a second, third, ... scenario of a rule.
var numbered = regexp.MustCompile(`-\d+$`)

func load(fsys fs.FS) ([]Scenario, error) {
	files, err := fs.Glob(fsys, "*/*.trace")
	if err != nil {
		return nil, err
	}
	list := make([]Scenario, 0, len(files))
	for _, file := range files {
		b, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, err
		}
		s := Scenario{Name: strings.TrimSuffix(path.Base(file), ".trace"), Text: string(b)}
		if path.Dir(file) == "rules" {
			s.Rule = numbered.ReplaceAllString(s.Name, "")
		}
		if s.File, err = corpus.Parse(b); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if s.File.Transcript == nil {
			return nil, fmt.Errorf("%s: there is no evidence in it", file)
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Scenario) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// Program is what the client does in the scenario, to be driven against any server.
func (s Scenario) Program() model.Trace { return s.File.Trace }

// Profile is that of the server that the evidence is of.
func (s Scenario) Profile() model.Profile {
	p := model.Profile{Delim: "/", TLS: s.File.TLS, Caps: s.File.Caps}
	if s.File.Delim != "" {
		p.Delim = strings.TrimPrefix(s.File.Delim, "NIL")
	}
	if rs := s.File.Transcript.Exchanges[0].Reply.Responses; len(rs) > 0 {
		p.Preauth = rs[0].Status == model.PREAUTH
	}
	return p
}

// For reports whether the program makes sense on a server with that profile: it has
// the extensions, it greets with PREAUTH or is under TLS if the program relies on
// that, and it has the delimiter if the program is about one that is not "/". What
// is left of a program that does not make sense would be refusals.
func (s Scenario) For(p model.Profile) bool {
	own := s.Profile()
	return (!own.Preauth || p.Preauth) && (!own.TLS || p.TLS) && (own.Delim == "/" || own.Delim == p.Delim) &&
		!slices.ContainsFunc(own.Caps, func(c string) bool { return !p.Has(c) })
}

const (
	wrong     = "# wrong:"
	right     = "# right:"
	rightLine = "#   "
	departs   = "# departs: "
)

// Twin is the text of the scenario with the right answers in the place of the wrong
// ones, without marks, and the number of places where it differs.
func (s Scenario) Twin() (text string, places int) {
	var b strings.Builder
	inWrong, inRight := false, false
	for line := range strings.Lines(s.Text) {
		switch word := strings.TrimSuffix(line, "\n"); {
		case word == wrong:
			inWrong, inRight = true, false
		case word == right:
			inWrong, inRight = false, true
			places++
		case inWrong || strings.HasPrefix(line, "!!"):
		case inRight && strings.HasPrefix(line, rightLine):
			b.WriteString(strings.TrimPrefix(line, rightLine))
		default:
			inRight = false
			b.WriteString(line)
		}
	}
	return b.String(), places
}

// Departs are the ids of the rules at SHOULD level that the server of a clean
// scenario departs from, each as often as it does.
func (s Scenario) Departs() []string {
	list := []string{}
	for line := range strings.Lines(s.Text) {
		if ids, ok := strings.CutPrefix(line, departs); ok {
			list = append(list, strings.Fields(ids)...)
		}
	}
	return list
}
