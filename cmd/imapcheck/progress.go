package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/imapcheck/imapcheck/fuzz"
)

// progress tells a person how far a campaign is.
type progress interface {
	update(fuzz.Progress)
	say(line string) // a line of its own, which stays
	end()
}

// newProgress writes to w: one live line on a terminal, and else a plain line
// every few seconds. The budget is in commands, 0 if there is none.
func newProgress(w io.Writer, budget int) progress {
	if _, ok := terminal(w); ok {
		return newLive(w, budget, "commands")
	}
	now := time.Now()
	return &plain{w: w, start: now, last: now}
}

// live is a progress bar.
type live struct {
	w   io.Writer
	bar *progressbar.ProgressBar
}

const redraw = 100 * time.Millisecond

// newLive counts things, of which budget is the last; 0 is no end.
func newLive(w io.Writer, budget int, things string) *live {
	total := budget > 0
	if !total {
		budget = -1 // a spinner
	}
	return &live{w, progressbar.NewOptions(budget,
		progressbar.OptionSetWriter(w),
		progressbar.OptionFullWidth(),
		progressbar.OptionUseANSICodes(true),
		progressbar.OptionThrottle(redraw),
		progressbar.OptionShowCount(),
		progressbar.OptionShowTotalBytes(total),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString(things),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionShowDescriptionAtLineEnd(),
		progressbar.OptionSpinnerType(9),
		progressbar.OptionSetTheme(progressbar.ThemeASCII),
		progressbar.OptionClearOnFinish(),
	)}
}

// A terminal that cannot be written to is no reason to end a campaign.
func (l *live) update(p fuzz.Progress) {
	l.bar.Describe(reached(p))
	_ = l.bar.Set(p.Commands)
}

func (l *live) say(line string) {
	_ = l.bar.Clear()
	fmt.Fprintln(l.w, line)
}

func (l *live) end() {
	_ = l.bar.Clear()
	_ = l.bar.Exit()
}

// plain is for logs.
type plain struct {
	w           io.Writer
	start, last time.Time
}

const plainEvery = 5 * time.Second

func (p *plain) update(now fuzz.Progress) {
	if time.Since(p.last) < plainEvery {
		return
	}
	p.last = time.Now()
	p.say(fmt.Sprintf("%d commands, %.0f commands/s, %s", now.Commands, perSecond(now.Commands, time.Since(p.start)), reached(now)))
}

// reached is what a run has found, and how many transitions it has hit, if those
// count.
func reached(p fuzz.Progress) string {
	found := fmt.Sprintf("%d found", p.Findings)
	if p.Total == 0 {
		return found
	}
	return fmt.Sprintf("%d/%d transitions, %s", p.Hit, p.Total, found)
}

func (p *plain) say(line string) { fmt.Fprintln(p.w, line) }
func (p *plain) end()            {}
