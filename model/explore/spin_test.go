package explore

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/model"
)

// pan is the verifier that Spin makes of a system: programs that know nothing of
// this package but the Promela text.
type pan struct{ dir string }

// spin has Spin write the verifier of a system.
func spin(t testing.TB, g *Guarded) pan {
	t.Helper()
	for _, tool := range []string{"spin", "cc"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed (Debian has it in the packages spin and gcc)", tool)
		}
	}
	p := pan{t.TempDir()}
	f, err := os.Create(filepath.Join(p.dir, "system.pml"))
	require.NoError(t, err)
	require.NoError(t, WritePromela(f, g))
	require.NoError(t, f.Close())
	p.run(t, "spin", "-a", "system.pml")
	return p
}

// compile makes a program of it.
func (p pan) compile(t testing.TB, out string, flags ...string) {
	t.Helper()
	p.run(t, "cc", append(flags, "-w", "-DNOREDUCE", "-o", out, "pan.c")...)
}

// The programs: one that counts, without claims; one that judges claims of states,
// breadth first, so that what it finds is shortest; one that looks for cycles.
const counts, shortest, cycles = "./counts", "./shortest", "./cycles"

// run is the output of a program that has to succeed.
func (p pan) run(t testing.TB, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = p.dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %v: %s", name, args, bytes.TrimSpace(out))
	return string(out)
}

// deep is enough of a stack for a path through all states, and a small hash table.
func deep(states int) []string { return []string{fmt.Sprint("-m", 4*states+100), "-w18", "-n"} }

// count is the number of states, and of transitions: Spin counts the way to the
// initial state, too.
func (p pan) count(t testing.TB, about int) (states, transitions int) {
	t.Helper()
	out := p.run(t, counts, deep(about)...)
	require.Equal(t, 0, number(t, out, `errors: (\d+)`), out)
	require.NotContains(t, out, "max search depth too small")
	return number(t, out, `(\d+) states, stored`), number(t, out, `(\d+) transitions`) - 1
}

// verdict is the answer to a claim, and the number of steps of the run that tells it,
// -1 if none does. Spin is asked about the negation of a Sometimes claim.
func (p pan) verdict(t testing.TB, c Claim, about int) (Answer, int) {
	t.Helper()
	args, program := append(deep(about), "-N", ident(c.Name)), shortest
	if c.Kind == Leads {
		args, program = append(args, "-a"), cycles
	}
	out := p.run(t, program, args...)
	require.NotContains(t, out, "max search depth too small")
	require.Contains(t, out, "("+ident(c.Name)+")", "the claim was not looked at")
	found, steps := number(t, out, `errors: (\d+)`) > 0, -1
	switch {
	case c.Kind == Leads:
	case found:
		steps = number(t, out, `\(at depth (\d+)\)`) + 1 // counted from 0
	default: // the formula has one state
		require.Equal(t, about, number(t, out, `(\d+) states, stored`))
	}
	if found != (c.Kind == Sometimes) {
		return Refuted, steps
	}
	return Holds, steps
}

func number(t testing.TB, text, pattern string) int {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	require.NotNil(t, found, "no %s in: %s", pattern, text)
	n, err := strconv.Atoi(found[1])
	require.NoError(t, err)
	return n
}

// requireSpinAgrees compares the answers to the claims, how long the shortest runs are
// that tell them, and the number of states.
func requireSpinAgrees(t *testing.T, p pan, claims []Claim, r Result[string, string]) {
	t.Helper()
	require.Equal(t, Complete, r.Ended)
	p.compile(t, shortest, "-O0", "-DBFS", "-DSAFETY")
	if slices.ContainsFunc(claims, func(c Claim) bool { return c.Kind == Leads }) {
		p.compile(t, cycles, "-O0")
	}
	for i, c := range claims {
		answer, steps := p.verdict(t, c, r.States)
		require.Equal(t, answer.String(), r.Verdicts[i].Answer.String(), c.Name)
		if path := r.Verdicts[i].Path; c.Kind != Leads {
			require.Equal(t, steps >= 0, path != nil, c.Name)
			require.True(t, path == nil || len(path.Steps) == steps, "%s: %d steps, and %v", c.Name, steps, path)
		}
	}
}

func TestSpinAgrees(t *testing.T) {
	views := Views(2)
	first := &Expr{op: opVar, v: views.Vars[0]}
	views.Claims = append(views.Claims, // whose answers depend on cycles and on where a run ends
		Claim{Name: "a-message-is-removed", Kind: Leads, Of: first.Is(int(msgKept)), Then: first.Is(int(msgGone))},
		Claim{Name: "a-removed-one-is-forgotten", Kind: Leads, Of: first.Is(int(msgGone)), Then: first.Is(int(msgGone)).Not()})
	connection := Connection(everything)
	phase := &Expr{op: opVar, v: connection.Vars[0]}
	connection.Claims = append(connection.Claims,
		Claim{Name: "all-log-out", Kind: Leads, Of: phase.Is(int(model.Selected)), Then: phase.Is(int(model.Logout))})
	open := map[string]bool{"a-message-is-removed": true, "a-removed-one-is-forgotten": true, "all-log-out": true}
	for _, g := range []*Guarded{Connection(model.New()), connection, views, Views(3)} {
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			p, r := spin(t, g), Check(g.System(), g.Properties(), Options{})
			p.compile(t, counts, "-O0", "-DNOCLAIM")
			states, transitions := p.count(t, r.States)
			assert.Equal(t, states, r.States)
			assert.Equal(t, transitions, r.Transitions)
			requireSpinAgrees(t, p, g.Claims, r)
			for _, v := range r.Verdicts {
				want := Holds
				if open[v.Property.Name] { // a client need not do anything
					want = Refuted
				}
				assert.Equal(t, want, v.Answer, v.Property.Name)
			}
		})
	}
}

func TestSpinRefutesBentSystems(t *testing.T) {
	for _, b := range bents {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			g := b.make()
			g.Claims = slices.DeleteFunc(g.Claims, func(c Claim) bool { return c.Kind == Leads && c.Name != b.claim })
			p, r := spin(t, g), Check(g.System(), g.Properties(), Options{})
			requireSpinAgrees(t, p, g.Claims, r)
			i := slices.IndexFunc(g.Claims, func(c Claim) bool { return c.Name == b.claim })
			assert.Equal(t, Refuted, r.Verdicts[i].Answer)
		})
	}
}

// The speed of both, in one run: Spin's, which is compiled C, is the yardstick.
func TestSpinSpeed(t *testing.T) {
	g := Views(5)
	p := spin(t, g)
	p.compile(t, counts, "-O2", "-DNOCLAIM")
	begun := time.Now()
	r := Check(g.System(), nil, Options{})
	ours := time.Since(begun)
	begun = time.Now()
	states, transitions := p.count(t, r.States)
	theirs := time.Since(begun)
	assert.Equal(t, states, r.States)
	assert.Equal(t, transitions, r.Transitions)
	per := func(d time.Duration) int { return int(float64(states) / d.Seconds()) }
	t.Logf("%d states, %d transitions: explore %d states/s, Spin %d states/s", states, transitions, per(ours), per(theirs))
}
