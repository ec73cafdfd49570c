package servertest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/scenarios"
)

// The names of the parts that are no family.
const (
	regressionsPart = "regressions"
	campaignPart    = "campaign"
)

// suite is what Run, Check and Fuzz have in common: one checker, whose target is
// another in every part, and which remembers what it has found.
type suite struct {
	*settings
	start    NewTarget
	campaign *fuzz.Campaign
	checker  *fuzz.Checker
	told     map[*fuzz.Finding]string // the part in which it was reported
	spoken   int                      // findings not confirmed that were spoken of
	test     string                   // the name of the test, "" if there is none
	troubled bool                     // nothing can be said about the server any more
}

// part is what a server is started for.
type part struct {
	name  string
	cases []*sequence
}

// sequence is traces that the server is led through one after the other.
type sequence struct {
	name   string // "" for the part itself
	next   func() (t model.Trace, ok bool)
	always bool // what has been reported elsewhere is a failure here, too
}

// newSuite starts a server to learn what it is like. short says that the campaign is
// to be a short one, and save where traces go if no option says it.
func newSuite(ctx context.Context, start NewTarget, opts []Option, short bool, save string) (*suite, error) {
	o, err := newSettings(opts)
	if err != nil {
		return nil, err
	}
	if o.commands < 0 {
		if o.commands = defaultCommands; short {
			o.commands = shortCommands
		}
	}
	if o.save == "" {
		o.save = save
	}
	s := &suite{settings: o, start: start, told: map[*fuzz.Finding]string{}}
	s.campaign = &fuzz.Campaign{
		Driver: fuzz.Driver{Machine: model.New(), Session: fuzz.SessionOptions{Timeout: o.timeout}},
		Seed:   o.seed, Level: o.level, Known: o.known, Save: o.save, NoShrink: o.noShrink,
	}
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	s.checker = fuzz.NewChecker(s.campaign)
	return s, nil
}

// open starts a server, whose traces the next ones are, and logs in to it once.
func (s *suite) open(ctx context.Context) error {
	t, err := s.start()
	if err == nil && t == nil {
		err = errors.New("there is no target and no error")
	}
	if err != nil {
		return trouble{err}
	}
	s.campaign.Target = t
	if s.campaign.Machine.Profile, err = s.campaign.Probe(ctx); err != nil {
		t.Close()
		return trouble{err}
	}
	return nil
}

// close ends the server.
func (s *suite) close() error {
	if err := s.campaign.Target.Close(); err != nil {
		return trouble{err}
	}
	return nil
}

// parts are those that the options leave, in the order in which they run. What was
// mended once comes first: so it is reported under the name of its file.
func (s *suite) parts() []part {
	var list []part
	if len(s.regression) > 0 {
		list = append(list, part{regressionsPart, s.regressions()})
	}
	for _, f := range scenarios.Families() {
		list = append(list, part{f.Name, []*sequence{s.programs(f)}})
	}
	if s.commands > 0 {
		list = append(list, part{campaignPart, []*sequence{s.random()}})
	}
	return slices.DeleteFunc(list, func(p part) bool { return s.only != nil && !slices.Contains(s.only, p.name) })
}

func (s *suite) regressions() []*sequence {
	var list []*sequence
	for _, e := range s.regression {
		name, err := filepath.Rel(s.folder, e.Path)
		if err != nil {
			name = e.Path
		}
		list = append(list, &sequence{
			name: strings.TrimSuffix(filepath.ToSlash(name), ".trace"), next: each([]model.Trace{e.File.Trace}), always: true,
		})
	}
	return list
}

// programs are those of a family that make sense on the server.
func (s *suite) programs(f scenarios.Family) *sequence {
	var list []model.Trace
	for _, sc := range f.Scenarios {
		if sc.For(s.campaign.Machine.Profile) {
			list = append(list, sc.Program())
		}
	}
	return &sequence{next: each(list)}
}

func each(list []model.Trace) func() (model.Trace, bool) {
	return func() (t model.Trace, ok bool) {
		if len(list) > 0 {
			t, list, ok = list[0], list[1:], true
		}
		return t, ok
	}
}

// random are the traces of the campaign, the last of which is cut so that the number
// of commands is what was asked for. They are those of "imapcheck fuzz" with the seed.
func (s *suite) random() *sequence {
	begin, i := -1, 0
	return &sequence{next: func() (model.Trace, bool) {
		done := s.checker.Report().Commands
		if begin < 0 {
			begin = done
		}
		left := s.commands - (done - begin)
		if left <= 0 {
			return model.Trace{}, false
		}
		t := fuzz.Generate(s.campaign.Machine, fuzz.NewSource(s.seed, i), fuzz.GenerateOptions{Steps: s.steps, Conns: s.sessions})
		t.Steps = t.Steps[:min(len(t.Steps), left)]
		i++
		return t, true
	}}
}

// mostIdle bounds the traces in a row in which the server takes no command.
const mostIdle = 100

// found is a finding as it is reported.
type found struct {
	*fuzz.Finding
	before string // the part that has reported it already, "" for none
}

// check drives the server through the next trace of a part, and returns what is to be
// reported; ok is false when there is none left.
func (s *suite) check(ctx context.Context, name string, q *sequence) (list []found, ok bool, err error) {
	for idle := 0; ; idle++ {
		t, ok := q.next()
		if !ok {
			return nil, false, nil
		}
		if idle == mostIdle {
			return nil, false, fmt.Errorf("%s took no command in %d traces", s.campaign.Target.Name(), idle)
		}
		before := s.checker.Report().Commands
		findings, err := s.checker.Check(ctx, t)
		if err != nil {
			return nil, false, trouble{err}
		}
		for _, f := range findings {
			at, again := s.told[f]
			if !again {
				s.told[f] = name
			} else if !q.always {
				continue
			}
			list = append(list, found{f, at})
		}
		if len(list) > 0 || s.checker.Report().Commands > before {
			return list, true, nil
		}
	}
}

// doubtful are the findings that were not confirmed since it was last asked.
func (s *suite) doubtful() []*fuzz.Finding {
	all := s.checker.Report().Unconfirmed
	list := all[s.spoken:]
	s.spoken = len(all)
	return list
}

// keys are what is known and what was found.
func (s *suite) keys() map[string]bool {
	keys := map[string]bool{}
	for key := range s.known {
		keys[key] = true
	}
	for f := range s.told {
		keys[f.Key] = true
	}
	return keys
}

// trouble is an error of the environment, in the words of this package: those of the
// command line have flags.
type trouble struct{ error }

// Error implements error.
func (t trouble) Error() string { return flags.Replace(t.error.Error()) }

// Unwrap is the error itself.
func (t trouble) Unwrap() error { return t.error }

// flags are those of the command line that errors of targets name.
var flags = strings.NewReplacer(
	"--user", "target.Options.User",
	"--password-file", "Password",
	"--starttls", "target.Options.StartTLS",
	"--ca FILE", "target.Options.CA",
	"--ca", "target.Options.CA",
	"--insecure", "target.Options.Insecure",
	"--i-may-destroy-this-account", "target.Options.Destroy",
)
