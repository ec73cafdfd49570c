package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/imapcheck/imapcheck/fuzz/bench"
	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model/wire"
)

// proof is what became of the search for the shortest trace of a fault.
type proof struct {
	bench.Proof
	err error
}

// prove looks for the shortest traces, so many at a time, and writes them in the order of
// the faults.
func (a *app) prove(ctx context.Context, f *benchFlags, faults []*fault.Fault) error {
	record, err := readRecord(f.record)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.err, "looking for the shortest traces of %s\n", report.Plural(len(faults), "fault"))
	proofs := make([]chan proof, len(faults))
	for i := range proofs {
		proofs[i] = make(chan proof, 1)
	}
	ctx, cancel := context.WithCancel(ctx)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer cancel()
	slots := make(chan struct{}, f.jobs)
	workers.Go(func() {
		for i, x := range faults {
			slots <- struct{}{}
			workers.Go(func() {
				p, err := bench.Prove(ctx, x, bench.Bounds{Depth: f.depth, Worlds: f.states, Commands: f.commands})
				proofs[i] <- proof{p, err}
				<-slots
			})
		}
	})
	proven, claimed := 0, 0
	for i := range faults {
		p := <-proofs[i]
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(p.err, bench.ErrNoProof):
			fmt.Fprintf(a.out, "%v\n\n", p.err)
			continue
		case p.err != nil:
			return p.err
		}
		a.proven(&p.Proof)
		if record = bench.With(record, p.Bound()); f.record != "" {
			if err := writeRecord(f.record, record); err != nil {
				return err
			}
		}
		if p.Proven() {
			proven++
			if len(p.Trace.Steps) == p.Fault.Least {
				claimed++
			}
		}
	}
	_, err = fmt.Fprintf(a.out, "%d of %d proven, %d of them as claimed\n", proven, len(faults), claimed)
	return err
}

// readRecord reads the record of a file, which need not be there.
func readRecord(name string) ([]bench.Bound, error) {
	file, err := os.Open(name)
	if name == "" || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("--record: %w", err)
	}
	defer file.Close()
	return bench.ReadRecord(file)
}

func writeRecord(name string, list []bench.Bound) error {
	var b bytes.Buffer
	if err := cmp.Or(bench.WriteRecord(&b, list), os.WriteFile(name, b.Bytes(), 0o644)); err != nil {
		return fmt.Errorf("--record: %w", err)
	}
	return nil
}

// proven writes what is known of a fault, and the shortest trace.
func (a *app) proven(p *bench.Proof) {
	fmt.Fprintln(a.out, p)
	if n := len(p.Trace.Steps); p.Fault.Least != n && n > 0 {
		fmt.Fprintf(a.out, "  it is said to be %d\n", p.Fault.Least)
	}
	for i, st := range p.Trace.Steps {
		if i == 0 {
			fmt.Fprintf(a.out, "    INBOX=%d\n", p.Trace.Fixture.Messages)
		}
		fmt.Fprintf(a.out, "    C%d: %s\n", st.Conn, report.Printable(wire.FormatCommand(st.Cmd)))
	}
	fmt.Fprintln(a.out)
}
