package bench

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/fuzz/fault"
)

// Bound is a line of a record: what a [Proof] has come to.
type Bound struct {
	Fault string
	// No trace of fewer than AtLeast commands shows the fault, and one of AtMost does; 0 is
	// none known. The least length is proven where they are the same.
	AtLeast, AtMost        int
	Alphabet, States, Sent int
}

// Bound is the line of a proof.
func (p *Proof) Bound() Bound {
	return Bound{p.Fault.Name, p.None + 1, len(p.Trace.Steps), p.Alphabet, p.Worlds, p.Steps}
}

// Proven reports whether the least length is.
func (b Bound) Proven() bool { return b.AtLeast == b.AtMost }

// recordTitle says what the columns of a record are.
const recordTitle = "# fault at-least at-most alphabet states commands"

// ReadRecord reads what [WriteRecord] wrote.
func ReadRecord(r io.Reader) (list []Bound, err error) {
	for in := bufio.NewScanner(r); ; {
		if !in.Scan() {
			return list, in.Err()
		}
		if strings.HasPrefix(in.Text(), "#") {
			continue
		}
		var b Bound
		if _, err := fmt.Sscan(in.Text(), &b.Fault, &b.AtLeast, &b.AtMost, &b.Alphabet, &b.States, &b.Sent); err != nil {
			return nil, fmt.Errorf("record of proofs: %q: %w", in.Text(), err)
		}
		list = append(list, b)
	}
}

// WriteRecord writes a line for every fault, in their order, those that are gone left out.
func WriteRecord(w io.Writer, list []Bound) error {
	out := recordTitle + "\n"
	for _, f := range fault.All() {
		if i := slices.IndexFunc(list, func(b Bound) bool { return b.Fault == f.Name }); i >= 0 {
			b := list[i]
			out += fmt.Sprintf("%s %d %d %d %d %d\n", b.Fault, b.AtLeast, b.AtMost, b.Alphabet, b.States, b.Sent)
		}
	}
	_, err := io.WriteString(w, out)
	return err
}

// With is the record with another line of a fault.
func With(list []Bound, b Bound) []Bound {
	return append(slices.DeleteFunc(slices.Clone(list), func(old Bound) bool { return old.Fault == b.Fault }), b)
}
