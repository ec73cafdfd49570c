package servertest

import (
	"context"
	"errors"
)

// Check is [Run] without package testing. The error joins what was found, each a
// [*Failure] ([Failures] lists them), and, behind them, what kept Check from going on:
// an error that is none is no fault of the server. It is nil if nothing was found that
// is not known.
func Check(ctx context.Context, newTarget NewTarget, opts ...Option) error {
	s, err := newSuite(ctx, newTarget, opts, false, "")
	if err != nil {
		return err
	}
	if err := s.close(); err != nil {
		return err
	}
	var failures []error
	for _, p := range s.parts() {
		list, err := s.collect(ctx, p)
		failures = append(failures, list...)
		if err != nil {
			return errors.Join(append(failures, err)...)
		}
	}
	return errors.Join(failures...)
}

// collect runs a part on a server of its own.
func (s *suite) collect(ctx context.Context, p part) (failures []error, err error) {
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for _, q := range p.cases {
		name := p.name
		if q.name != "" {
			name += "/" + q.name
		}
		for {
			list, ok, err := s.check(ctx, name, q)
			if err != nil {
				return failures, err
			}
			for _, f := range list {
				failures = append(failures, &Failure{name, f.Finding})
			}
			if !ok {
				break
			}
		}
	}
	return failures, nil
}

// Failures are those that an error of [Check] joins.
func Failures(err error) []*Failure {
	switch err := err.(type) {
	case *Failure:
		return []*Failure{err}
	case interface{ Unwrap() []error }:
		var list []*Failure
		for _, e := range err.Unwrap() {
			list = append(list, Failures(e)...)
		}
		return list
	}
	return nil
}
