package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/explore"
)

// exploreFlags are the flags of "imapcheck explore": of the model, and of a target.
type exploreFlags struct {
	exhaustFlags
	drawFlags
	scope  explore.Scope
	states int
	memory int // megabytes
}

// Flags that only the model has, and only a target.
var (
	ofModel  = []string{"mailboxes", "states", "memory", "promela", "mermaid", "dot"}
	ofTarget = []string{"begin", "plain", "save", "known", "write-known", "json", "junit", "sarif", "html", "annotations", "jobs", "duration", "no-shrink", "level",
		"cover", "extra", "steps", "vary", "suites"}
	// and of a target, only a suite, and only sequences to a depth.
	ofSuite = []string{"extra", "steps", "vary", "suites"}
	ofDepth = []string{"depth", "begin", "plain", "sessions", "messages"}
)

const (
	mostConns     = 2
	mostMailboxes = 2
	mostExplored  = 3 // messages
	defaultMemory = 2000
	defaultDepth  = 3 // of a target
)

func (a *app) exploreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explore [TARGET]",
		Short: "Check the model, or lead a server through every sequence to a depth",
		Long: `Without a TARGET, explore is a model checker for the model that judges servers. It
visits every state that a small server can get into, whatever its clients do and
whichever of the answers it chooses that RFC 3501 leaves it, and checks what the
RFC says of all of them: only the seven arrows of section 3 are taken and each is,
EXAMINE changes nothing, message numbers stand still while they are used, the judge
blames no right answer, and so on. A claim that does not hold is shown with a shortest
session.

It is small: INBOX and perhaps "a", a few messages, the flags \Deleted and \Seen, and
an alphabet of some fifteen commands, one of them malformed. States that differ by which
connection is which, or by the numbers that the server has chosen, are one. It stops
where a bound is met, or by an interrupt, and says what it has not visited. What it has
visited holds; a claim that needs all of it is "open" then.

With a TARGET, explore leads the server through every sequence of a small alphabet of
commands to a depth, judges every answer, and shrinks what breaks a rule, as fuzz does.
With several connections, sequences that differ in the order of commands which touch
nothing in common, or in the numbers of connections, are the same to a server: one of
them is run.

With --cover it is a suite instead, that covers every transition or every pair of them of
the automaton of one connection, or is that of the partial W-method: what "imapcheck
corpus generate" writes. --suites N runs N of them, each with arguments of its own.

Exit status: 0 no claim is refuted and nothing new was found, 1 a claim is refuted or a
violation is new, 2 trouble with the command line or the environment.`,
		Example: `  imapcheck explore
  imapcheck explore --sessions 2 --messages 2 --depth 8
  imapcheck explore mem --depth 4 --jobs 2
  imapcheck explore dovecot:stdio --begin select --depth 2 --sessions 2 --jobs 8
  imapcheck explore mem --cover pairs --vary 1 --suites 5`,
		Args: cobra.MaximumNArgs(1),
	}
	f := &exploreFlags{exhaustFlags: exhaustFlags{fuzzFlags: campaignFlags(cmd)}}
	flags := cmd.Flags()
	flags.IntVar(&f.sessions, "sessions", 1, fmt.Sprintf("connections (`K`), up to %d of the model", mostConns))
	flags.IntVar(&f.messages, "messages", 1, fmt.Sprintf("messages (`N`): of the model in all mailboxes together, up to %d; one that is gone counts until all know. Of a target, those that INBOX has at first", mostExplored))
	flags.IntVar(&f.depth, "depth", 0, fmt.Sprintf("exchanges (`N`) of the model, 0 for no bound; commands of a sequence, %d if it is not given", defaultDepth))
	flags.IntVar(&f.scope.Mailboxes, "mailboxes", 2, fmt.Sprintf("mailboxes (`N`) of the model, up to %d: INBOX, and \"a\"", mostMailboxes))
	flags.IntVar(&f.states, "states", 0, "stop at `N` states of the model; 0 is no bound")
	flags.IntVar(&f.memory, "memory", defaultMemory, "stop at about `N` megabytes of states of the model; 0 is no bound")
	flags.StringVar(&f.begin, "begin", "greeting", "`WHERE` a sequence begins, on each connection: greeting, login or select")
	flags.BoolVar(&f.plain, "plain", false, "leave out no sequence")
	f.drawFlags.add(flags)
	f.suite.add(flags, stepsRun)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		target, cover := len(args) > 0, flags.Changed("cover")
		for _, no := range []struct {
			is    bool
			flags []string
			where string
		}{
			{!target, ofTarget, "without a TARGET"},
			{target, ofModel, "with a TARGET"},
			{!cover, ofSuite, "without --cover"},
			{cover, ofDepth, "with --cover"},
		} {
			if i := slices.IndexFunc(no.flags, flags.Changed); no.is && i >= 0 {
				return usagef("--%s means nothing %s", no.flags[i], no.where)
			}
		}
		switch {
		case f.wanted():
			return a.draw(f)
		case len(args) == 0:
			return a.explore(cmd.Context(), f)
		case cover:
			return a.cover(cmd.Context(), &f.exhaustFlags, args[0])
		}
		if !flags.Changed("depth") {
			f.depth = defaultDepth
		}
		return a.exhaust(cmd.Context(), &f.exhaustFlags, args[0])
	}
	return cmd
}

// check looks for bounds that are none.
func (f *exploreFlags) check() error {
	f.scope.Conns, f.scope.Messages = f.sessions, f.messages
	for _, n := range []struct {
		flag           string
		n, least, most int
	}{
		{flag: "sessions", n: f.scope.Conns, least: 1, most: mostConns},
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
