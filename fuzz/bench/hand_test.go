package bench

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties"
)

// What is judged without a network is what is judged with one.
func TestHandIsLikeADriver(t *testing.T) {
	faults := append([]*fault.Fault{{Name: "none"}}, samples...)
	for _, f := range faults {
		t.Run(f.Name, func(t *testing.T) {
			s, err := Open(f)
			require.NoError(t, err)
			h := newHand(s)
			shown, steps := 0, 0
			for i := range 400 {
				tr := fuzz.Generate(s.Machine, fuzz.NewSource(11, i), fuzz.GenerateOptions{Conns: 2})
				tr.Steps = whole(inOrder(tr.Steps))
				w := h.begin(tr.Fixture)
				var got properties.Verdict
				for i, st := range tr.Steps {
					v, err := h.step(w, i, st)
					if errors.Is(err, errStranded) {
						tr.Steps = tr.Steps[:i]
						break
					}
					require.NoError(t, err)
					steps++
					got.Violations = append(got.Violations, v.Violations...)
					got.Transitions = append(got.Transitions, v.Transitions...)
				}
				want, err := s.Run(t.Context(), tr)
				require.NoError(t, err)
				require.Equal(t, said(want.Violations), said(got.Violations), "trace %d", i)
				require.Equal(t, want.Transitions, got.Transitions, "trace %d", i)
				shown += len(got.Violations)
			}
			assert.Equal(t, f.Name != "none", shown > 0)
			assert.Greater(t, steps, 8000, "of at most 16000")
		})
	}
}

// inOrder has connection 1 not be opened before connection 0.
func inOrder(steps []model.Step) []model.Step {
	for i := range steps {
		if steps[i].Conn == 0 {
			return steps
		}
		steps[i].Conn = 0
	}
	return steps
}

// whole has every command go out as usual, up to one of which it depends on the server
// how many lines it is.
func whole(steps []model.Step) []model.Step {
	for i := range steps {
		steps[i].Delivery = model.Delivery{}
		raw, ok := steps[i].Cmd.(model.Raw)
		if ok && strings.ContainsAny(strings.ReplaceAll(raw.Bytes, "\r\n", ""), "\r\n") {
			return steps[:i]
		}
	}
	return steps
}

func said(list []model.Violation) (out []string) {
	for _, v := range list {
		out = append(out, v.Key()+": "+v.Got)
	}
	return out
}
