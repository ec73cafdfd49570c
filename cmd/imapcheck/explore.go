package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

// exploreFlags are the flags of "imapcheck explore".
type exploreFlags struct {
	scope         explore.Scope
	depth, states int
	memory        int // megabytes
}

const (
	mostConns     = 2
	mostMailboxes = 2
	mostExplored  = 3 // messages
	defaultMemory = 2000
)

func (a *app) exploreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explore",
		Short: "Visit every state of the model, and check what is claimed of it",
		Long: `Explore is a model checker for the model that judges servers: it visits every state
that a small server can get into, whatever its clients do and whichever of the
answers it chooses that RFC 3501 leaves it, and checks what the RFC says of all of
them: only the seven arrows of section 3 are taken and each is, EXAMINE changes
nothing, message numbers stand still while they are used, the judge blames no right
answer, and so on. A claim that does not hold is shown with a shortest session.

It is small: INBOX and perhaps "a", a few messages, the flags \Deleted and \Seen, and
an alphabet of some fifteen commands, one of them malformed. States that differ by which
connection is which, or by the numbers that the server has chosen, are one.

It stops where a bound is met, or by an interrupt, and says what it has not visited.
What it has visited holds; a claim that needs all of it is "open" then.

Exit status: 0 no claim is refuted, 1 one is, 2 trouble with the command line or the
environment.`,
		Example: `  imapcheck explore
  imapcheck explore --conns 2 --messages 2 --depth 8`,
		Args: cobra.NoArgs,
	}
	f := &exploreFlags{}
	flags := cmd.Flags()
	flags.IntVar(&f.scope.Conns, "conns", 1, fmt.Sprintf("connections (`N`), up to %d", mostConns))
	flags.IntVar(&f.scope.Mailboxes, "mailboxes", 2, fmt.Sprintf("mailboxes (`N`), up to %d: INBOX, and \"a\"", mostMailboxes))
	flags.IntVar(&f.scope.Messages, "messages", 1, fmt.Sprintf("messages (`N`) in all mailboxes together, up to %d; one that is gone counts until all know", mostExplored))
	flags.IntVar(&f.depth, "depth", 0, "go no farther than `N` exchanges; 0 is no bound")
	flags.IntVar(&f.states, "states", 0, "stop at `N` states; 0 is no bound")
	flags.IntVar(&f.memory, "memory", defaultMemory, "stop at about `N` megabytes; 0 is no bound")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.explore(cmd.Context(), f) }
	return cmd
}

func (f *exploreFlags) check() error {
	for _, n := range []struct {
		flag           string
		n, least, most int
	}{
		{flag: "conns", n: f.scope.Conns, least: 1, most: mostConns},
		{flag: "mailboxes", n: f.scope.Mailboxes, least: 1, most: mostMailboxes},
		{flag: "messages", n: f.scope.Messages, most: mostExplored},
	} {
		if n.n < n.least || n.n > n.most {
			return usagef("--%s %d: it is from %d to %d", n.flag, n.n, n.least, n.most)
		}
	}
	for _, n := range []struct {
		flag string
		n    int
	}{{"depth", f.depth}, {"states", f.states}, {"memory", f.memory}} {
		if n.n < 0 {
			return usagef("--%s %d: it cannot be negative", n.flag, n.n)
		}
	}
	return nil
}

func (a *app) explore(ctx context.Context, f *exploreFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	m := model.New()
	fmt.Fprintf(a.err, "exploring the model: %s, %s, at most %s\n", report.Plural(f.scope.Conns, "connection"),
		boxes(f.scope.Mailboxes), report.Plural(f.scope.Messages, "message"))
	start := time.Now()
	p := newExploreProgress(a.err, f.states, start)
	r := explore.Check(explore.NewSystem(m, f.scope, explore.ServerOf(m)), explore.Properties(), explore.Options{
		Limits:   explore.Limits{Depth: f.depth, States: f.states, Memory: f.memory * 1_000_000},
		Stop:     func() bool { return ctx.Err() != nil },
		Progress: p.update,
	})
	p.end()
	return a.explored(&r, time.Since(start))
}

func boxes(n int) string {
	if n == 1 {
		return "1 mailbox"
	}
	return fmt.Sprintf("%d mailboxes", n)
}

// explored writes what was found.
func (a *app) explored(r *explore.Result[*explore.World, model.Exchange], took time.Duration) error {
	style := styleOf(a.out)
	var b strings.Builder
	wide := 0
	for _, v := range r.Verdicts {
		wide = max(wide, len(v.Property.Name))
	}
	for _, v := range r.Verdicts {
		clause := ""
		if v.Property.Clause != "" {
			clause = "(RFC 3501 " + v.Property.Clause + ")"
		}
		answer := fmt.Sprintf("%-8s", v.Answer)
		if v.Answer == explore.Refuted {
			answer = style.Red(answer)
		}
		fmt.Fprintln(&b, strings.TrimRight(fmt.Sprintf("%s %-*s  %s", answer, wide, v.Property.Name, clause), " "))
	}
	for _, v := range r.Verdicts {
		if v.Answer == explore.Refuted && v.Path != nil {
			fmt.Fprintf(&b, "\n%s, a shortest session of %s\n\n%s", style.Bold(v.Property.Name+" is refuted"),
				report.Plural(len(v.Path.Steps), "exchange"), style.Session(explore.Transcript(v.Path), v.Path.Last().Broken))
			if v.Path.Loop >= 0 {
				fmt.Fprintf(&b, "  and so on for ever, from exchange %d\n", v.Path.Loop+1)
			}
		}
	}
	fmt.Fprintf(&b, "\nSummary\n")
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("states", "%d", r.States)
	line("transitions", "%d", r.Transitions)
	line("depth", "%d", r.Depth)
	line("time", "%.1f s (%.0f states/s, %.0f transitions/s)", took.Seconds(), perSecond(r.States, took), perSecond(r.Transitions, took))
	if r.Ended == explore.Complete {
		line("not visited", "nothing: that is all there is")
	} else {
		line("not visited", "%s, and what only they lead to (%s)", report.Plural(r.Frontier, "state"), r.Ended)
	}
	if _, err := io.WriteString(a.out, b.String()); err != nil {
		return err
	}
	if r.Refuted() {
		return errFound
	}
	return nil
}

// exploreProgress tells a person how far a visit is: one live line on a terminal, and
// else a plain line every few seconds.
type exploreProgress struct {
	live  *live // nil for none
	plain plain
}

func newExploreProgress(w io.Writer, states int, start time.Time) *exploreProgress {
	p := &exploreProgress{plain: plain{w: w, start: start, last: start}}
	if _, ok := terminal(w); ok {
		p.live = newLive(w, states, "states")
	}
	return p
}

func (p *exploreProgress) update(c explore.Count) {
	text := fmt.Sprintf("%d transitions, depth %d, %d to visit", c.Transitions, c.Depth, c.Frontier)
	if p.live != nil {
		p.live.bar.Describe(text)
		_ = p.live.bar.Set(c.States)
		return
	}
	if time.Since(p.plain.last) >= plainEvery {
		p.plain.last = time.Now()
		p.plain.say(fmt.Sprintf("%d states, %s", c.States, text))
	}
}

func (p *exploreProgress) end() {
	if p.live != nil {
		p.live.end()
	}
}
