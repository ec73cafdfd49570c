package fuzz

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
)

// mended runs the witnesses of known keys again that the campaign has not seen. A key that
// none of them shows is fixed.
func (c *campaign) mended(ctx context.Context) error {
	for _, key := range slices.Sorted(maps.Keys(c.Known)) {
		rule, _, _ := strings.Cut(key, "/")
		id, _, _ := strings.Cut(rule, ":")
		r := model.RuleByID(id)
		reported := slices.ContainsFunc(c.report.Findings, func(f *Finding) bool { return f.Key == key })
		if len(c.Witnesses[key]) == 0 || reported || r == nil || r.Level > c.Level {
			continue
		}
		f, gone, err := c.witness(ctx, key)
		switch {
		case err != nil:
			return err
		case f != nil:
			if err := c.add(f); err != nil {
				return err
			}
		case gone && !c.seen[key]:
			c.report.Fixed = append(c.report.Fixed, key)
		}
	}
	return nil
}

// witness runs the witnesses of a key until one shows it. The key is gone if all of them
// ran to their ends, as often as a finding is confirmed, and showed nothing like it.
func (c *campaign) witness(ctx context.Context, key string) (f *Finding, gone bool, err error) {
	kin := c.lookFor(key).kin
	gone = true
	tries := 0
	for _, t := range c.Witnesses[key] {
		for range cmp.Or(c.Confirm, ShrinkOptions(c.Machine, t).Confirm) {
			r, err := c.run(ctx, &c.Driver, t)
			if err != nil {
				return nil, false, err
			}
			tries++
			if f := asSeen(key, t, r); f != nil {
				f.TraceIndex, f.FoundAt, f.Confirmed, f.Tries = c.report.Traces, c.report.Commands, 1, tries
				return f, false, nil
			}
			alike := slices.ContainsFunc(r.Violations, func(v model.Violation) bool { return family(v) == kin })
			gone = gone && !alike && r.Commands >= len(t.Steps)
		}
	}
	return nil, gone, nil
}

// CanShow reports whether the trace of a finding, if the target does not show it, tells
// that it was mended: the target greets as the one did that the evidence is of, and offers
// the extensions that it did.
func (d *Driver) CanShow(f *corpus.File) bool {
	p := d.Machine.Profile
	if f.Finding == nil || f.Transcript == nil || f.Transcript.Overlaps() || f.TLS != p.TLS {
		return false
	}
	preauth := slices.ContainsFunc(f.Transcript.Exchanges, func(x model.Exchange) bool {
		return x.Cmd == nil && slices.ContainsFunc(x.Reply.Responses, func(r model.Response) bool { return r.Status == model.PREAUTH })
	})
	return preauth == p.Preauth && !slices.ContainsFunc(f.Caps, func(name string) bool { return !p.Has(name) })
}
