package explore

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// few are commands that meet one another in many ways.
func few() []model.Command {
	a := model.A("a")
	return []model.Command{
		model.Mailbox{Verb: "SELECT", Box: model.A("INBOX")},
		model.Mailbox{Verb: "CREATE", Box: a},
		model.Append{Box: a, Message: "t: a\r\n"},
		model.Store{Set: model.One(1), Op: '+', Flags: []string{`\Deleted`}},
		model.Mailbox{Verb: "SUBSCRIBE", Box: a},
		model.Simple{Verb: "NOOP"},
		model.Simple{Verb: "LOGOUT"},
	}
}

func text(t model.Trace) string {
	var b strings.Builder
	for _, st := range t.Steps {
		fmt.Fprintf(&b, "%d %s\n", st.Conn, wire.FormatCommand(st.Cmd))
	}
	return b.String()
}

func all(p Paths) (list []model.Trace) {
	for t := range p.All() {
		list = append(list, t)
	}
	return list
}

func TestPathsOfOneConnectionAreAll(t *testing.T) {
	p := Paths{Machine: model.New(), Alphabet: few(), Depth: 3}
	seen := map[string]bool{}
	for _, trace := range all(p) {
		require.Len(t, trace.Steps, 3)
		require.False(t, seen[text(trace)], "twice: %s", text(trace))
		seen[text(trace)] = true
	}
	assert.Len(t, seen, 7*7*7)
	assert.Equal(t, big.NewInt(7*7*7), p.Total())
}

// Whatever is left out is the same to a server as what is not: the classes of sequences
// that swaps and other numbers of connections make, found by trying them on all
// sequences, each have one that is taken.
func TestPathsOfTwoConnectionsLeaveOutWhatIsTheSame(t *testing.T) {
	for _, begin := range [][]model.Command{nil, {model.LoginStep()}, {model.LoginStep(), model.Mailbox{Verb: "SELECT", Box: model.A("INBOX")}}} {
		p := Paths{Machine: model.New(), Fixture: model.Fixture{Messages: 1}, Begin: begin, Alphabet: few(), Conns: 2, Depth: 4}
		plain := p
		plain.Plain = true
		classes := map[string]string{} // union-find, by the texts of sequences
		var find func(string) string
		find = func(s string) string {
			if up, ok := classes[s]; ok && up != s {
				classes[s] = find(up)
				return classes[s]
			}
			return s
		}
		f := p.footprints()
		every := all(plain)
		require.Len(t, every, int(p.Total().Int64()))
		n := len(p.begin())
		for _, trace := range every {
			classes[find(text(trace))] = find(text(trace))
			s := p.Machine.Init(p.Fixture)
			for i, st := range trace.Steps {
				if i >= n && i+1 < len(trace.Steps) && st.Conn != trace.Steps[i+1].Conn {
					a, b := f.of(&s, f.action(st)), f.of(&s, f.action(trace.Steps[i+1]))
					if a.apart(b) {
						other := model.Trace{Steps: slices.Clone(trace.Steps)}
						other.Steps[i], other.Steps[i+1] = other.Steps[i+1], other.Steps[i]
						classes[find(text(other))] = find(text(trace))
					}
				}
				s = p.Machine.Predict(s, st)
			}
			if p.told() == 0 {
				other := model.Trace{Steps: slices.Clone(trace.Steps)}
				for i := n; i < len(other.Steps); i++ {
					other.Steps[i].Conn = 1 - other.Steps[i].Conn
				}
				classes[find(text(other))] = find(text(trace))
			}
		}
		wanted := map[string]bool{}
		for s := range classes {
			wanted[find(s)] = true
		}
		taken := map[string]bool{}
		some := all(p)
		for _, trace := range some {
			taken[find(text(trace))] = true
		}
		assert.Equal(t, wanted, taken)
		t.Logf("%d sequences, %d classes, %d taken", len(every), len(wanted), len(some))
		assert.Less(t, len(some), len(every)*3/4)
	}
}

// action is the one of a step.
func (f footprints) action(st model.Step) action {
	for i, c := range f.alphabet {
		if wire.FormatCommand(c) == wire.FormatCommand(st.Cmd) {
			return action{st.Conn, i}
		}
	}
	panic("not of the alphabet")
}
