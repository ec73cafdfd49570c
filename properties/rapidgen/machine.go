package rapidgen

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Machine is a state machine for T.Repeat, made anew for each run of a property:
//
//	rapid.Check(t, func(t *rapid.T) {
//		t.Repeat(rapidgen.NewMachine(t, checker, fuzz.GenerateOptions{}).Actions())
//	})
//
// It has one action, which draws a step that the model allows in the predicted state and
// sends it at once. So no draw is thrown away, and of n steps all are executed: behind a
// LOGOUT, or whatever else made the server close, the next step opens the connection
// again. The number of steps is rapid's, -rapid.steps on average.
type Machine struct {
	generator *fuzz.Generator
	source    *source
	walk      *fuzz.CheckedWalk
	steps     *rapid.Generator[step]
	finding   *fuzz.Finding
}

// NewMachine draws the fixture and opens a fresh account, which is released at the end
// of the run. o.Steps is not used.
func NewMachine(t *rapid.T, k *fuzz.Checker, o fuzz.GenerateOptions) *Machine {
	t.Helper()
	m := &Machine{source: &source{}}
	rapid.Custom(func(t *rapid.T) fixture {
		m.source.t = t
		m.generator = fuzz.NewGenerator(k.Machine(), m.source, o)
		return fixture(m.generator.Fixture)
	}).Draw(t, "fixture")
	m.steps = rapid.Custom(func(t *rapid.T) step {
		m.source.t = t
		return step(m.generator.Next())
	})
	var err error
	m.walk, err = k.Start(t.Context(), m.generator.Fixture)
	judge(t, nil, err)
	t.Cleanup(m.walk.Close)
	return m
}

// Actions are those for T.Repeat. The check behind each step fails the test if the
// step has shown a violation that counts; it says the finding that the checker has made
// of it: the same whenever the same steps are run.
func (m *Machine) Actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){"command": m.command, "": m.check}
}

func (m *Machine) command(t *rapid.T) {
	st := m.steps.Draw(t, "command")
	var err error
	m.finding, err = m.walk.Step(model.Step(st))
	judge(t, nil, err)
}

func (m *Machine) check(t *rapid.T) { judge(t, m.finding, nil) }

// Trace has the steps so far.
func (m *Machine) Trace() model.Trace { return m.walk.Trace() }

// Result is the evidence so far, and its judgement.
func (m *Machine) Result() fuzz.Result { return m.walk.Result() }

// fixture is one as rapid's log shows it.
type fixture model.Fixture

// GoString is as a trace file has it.
func (f fixture) GoString() string { return fmt.Sprintf("INBOX=%d", f.Messages) }

// step is one as rapid's log shows it.
type step model.Step

// GoString is as a trace file has it.
func (s step) GoString() string {
	text := fmt.Sprintf("C%d: %s", s.Conn, report.Printable(wire.FormatCommand(s.Cmd)))
	if s.Delivery.Way != model.Whole {
		text += fmt.Sprintf(" D%d: %s", s.Conn, s.Delivery)
	}
	return text
}
