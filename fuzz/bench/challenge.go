package bench

import (
	"slices"

	"github.com/imapcheck/imapcheck/fuzz/fault"
)

// Challenge are the faults by which the shrinker is measured: of each layer, and of each
// least length, the first that is proven.
func Challenge(record []Bound) (list []*fault.Fault) {
	type kind struct {
		layer fault.Layer
		least int
	}
	seen := map[kind]bool{}
	for _, f := range fault.All() {
		k := kind{f.Layer, f.Least}
		proven := slices.ContainsFunc(record, func(b Bound) bool { return b.Fault == f.Name && b.Proven() && b.AtMost == f.Least })
		if proven && !seen[k] {
			seen[k] = true
			list = append(list, f)
		}
	}
	return list
}
