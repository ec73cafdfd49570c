package servertest

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/scenarios"
)

// Variables of the environment: see the documentation of the package.
const (
	seedEnv       = "IMAPCHECK_SEED"
	replayEnv     = "IMAPCHECK_REPLAY"
	writeKnownEnv = "IMAPCHECK_WRITE_KNOWN"
)

// Option changes what [Run], [Check] and [Fuzz] do. One that makes no sense ends them
// with an error before anything is done.
type Option func(*settings) error

// settings are what the options have made of the defaults.
type settings struct {
	seed       uint64
	seeded     bool
	commands   int // of the campaign; negative if the default is to be used
	steps      int
	sessions   int
	level      model.Level
	known      map[string]bool
	regression []corpus.Entry
	folder     string // of the regressions, "" for none
	save       string // "" for the default
	timeout    time.Duration
	noShrink   bool
	only       []string // parts, nil for all
	noSeeds    bool
	noGuide    bool
}

// The defaults.
const (
	defaultCommands = 5000
	shortCommands   = 500
	defaultSessions = 2
	defaultTimeout  = 10 * time.Second
)

func newSettings(opts []Option) (*settings, error) {
	s := &settings{commands: -1, sessions: defaultSessions, level: model.MUST, known: map[string]bool{}, timeout: defaultTimeout}
	for _, o := range opts {
		if err := o(s); err != nil {
			return nil, err
		}
	}
	if text := os.Getenv(seedEnv); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s is %q, not a number", seedEnv, text)
		}
		s.seed, s.seeded = seed, true
	}
	if !s.seeded {
		var b [4]byte
		_, _ = rand.Read(b[:]) // it does not fail
		s.seed = uint64(binary.BigEndian.Uint32(b[:]))
	}
	return s, nil
}

// Seed is that of the random traces: with the same seed and number of commands they
// are the same. Without it every run has another, and [Run] logs it.
func Seed(n uint64) Option {
	return func(s *settings) error {
		s.seed, s.seeded = n, true
		return nil
	}
}

// Commands is how many random commands the server is led through: 5000, and 500 with
// "go test -short", if it is not given; none if n is 0.
func Commands(n int) Option {
	return func(s *settings) error {
		s.commands = n
		return least("Commands", n, 0)
	}
}

// Steps is the number of commands of a random trace; 40 if it is not given.
func Steps(n int) Option {
	return func(s *settings) error {
		s.steps = n
		return least("Steps", n, 1)
	}
}

// Sessions is the largest number of connections to one account in a random trace; 2 if
// it is not given.
func Sessions(n int) Option {
	return func(s *settings) error {
		s.sessions = n
		return least("Sessions", n, 1)
	}
}

// Level says how grave a finding has to be: [model.MUST], the default, or
// [model.SHOULD] for what the RFC only recommends, or what is doubtful, as well.
func Level(l model.Level) Option {
	return func(s *settings) error {
		if l != model.MUST && l != model.SHOULD {
			return fmt.Errorf("Level(%v): it is MUST or SHOULD", l)
		}
		s.level = l
		return nil
	}
}

// Known names a file with the keys of findings that are not reported: one a line, with
// comments after "#", or what "imapcheck fuzz --json" has written. Run writes one if
// IMAPCHECK_WRITE_KNOWN names it; it need not be there yet then.
func Known(file string) Option {
	return func(s *settings) error {
		keys, err := corpus.ReadKnown(file)
		if errors.Is(err, fs.ErrNotExist) && os.Getenv(writeKnownEnv) != "" {
			return nil
		}
		for key := range keys {
			s.known[key] = true
		}
		return err
	}
}

// KnownKeys are keys of findings that are not reported: "delete-inbox/DELETE/Authenticated".
func KnownKeys(keys ...string) Option {
	return func(s *settings) error {
		for _, key := range keys {
			parsed, err := corpus.ParseKnown([]byte(key))
			if err != nil {
				return fmt.Errorf("KnownKeys(%q): %w", key, err)
			}
			for key := range parsed {
				s.known[key] = true
			}
		}
		return nil
	}
}

// Regressions names a folder of trace files, those of findings that were mended among
// them: the server is led through each, and none may break a rule. For [Fuzz] they are
// seeds.
func Regressions(dir string) Option {
	return func(s *settings) (err error) {
		s.folder = dir
		if s.regression, err = corpus.Load(dir); err == nil && len(s.regression) == 0 {
			err = fmt.Errorf("Regressions(%q): there is no *.trace in it", dir)
		}
		return err
	}
}

// Save names the folder for the trace files of what is found; "testdata/imapcheck" is
// a good one. Without it, [Run] saves them in the test's [testing.T.ArtifactDir], which
// "go test" keeps if it is given -artifacts, and shows the trace where nothing is kept;
// [Check] saves none, and Fuzz uses "testdata/imapcheck".
func Save(dir string) Option {
	return func(s *settings) error {
		if dir == "" {
			return errors.New(`Save(""): it is the name of a folder`)
		}
		s.save = dir
		return nil
	}
}

// Timeout is how long the server may be silent where it has to respond; 10 seconds if it
// is not given. A server that hangs does not take up the run with it: a tenth of it is
// waited at first, and the whole before a hang is reported.
func Timeout(d time.Duration) Option {
	return func(s *settings) error {
		if d <= 0 {
			return fmt.Errorf("Timeout(%v): it has to be more than nothing", d)
		}
		s.timeout = d
		return nil
	}
}

// NoShrink reports the sessions as they were found, without making them minimal.
func NoShrink() Option {
	return func(s *settings) error {
		s.noShrink = true
		return nil
	}
}

// Only leaves out all parts but the named ones: families of rules, as package scenarios
// names them, "regressions" and "campaign". With [Run] the flag -run does it as well.
func Only(parts ...string) Option {
	return func(s *settings) error {
		all := []string{regressionsPart, campaignPart}
		for _, f := range scenarios.Families() {
			all = append(all, f.Name)
		}
		for _, p := range parts {
			if !slices.Contains(all, p) {
				slices.Sort(all)
				return fmt.Errorf("Only(%q): there is no such part; there are %s", p, strings.Join(all, ", "))
			}
		}
		s.only = append(s.only, parts...)
		return nil
	}
}

func least(option string, n, least int) error {
	if cmp.Compare(n, least) < 0 {
		return fmt.Errorf("%s(%d): it has to be at least %d", option, n, least)
	}
	return nil
}

// NoSeeds has [Fuzz] begin without the corpus of this module: with the folder of
// [Regressions] and what the engine keeps itself.
func NoSeeds() Option {
	return func(s *settings) error {
		s.noSeeds = true
		return nil
	}
}

// NoGuide hides from the engine of [Fuzz] which transitions of the protocol's automaton
// the server was led through. It is for measuring what they are worth.
func NoGuide() Option {
	return func(s *settings) error {
		s.noGuide = true
		return nil
	}
}
