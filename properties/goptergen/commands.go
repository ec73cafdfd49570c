package goptergen

import (
	"context"
	"fmt"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/commands"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/report"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// Commands are for commands.Prop: sequences of steps, each one that the model allows in
// the state that it predicts, against a fresh account each. A step that shows a violation
// that counts falsifies the property, with the finding of the checker as its label. The
// length of a sequence is gopter's, up to MaxSize of the parameters; o.Steps is not used.
func Commands(ctx context.Context, k *fuzz.Checker, o fuzz.GenerateOptions) commands.Commands {
	return protocol{ctx: ctx, checker: k, machine: k.Machine(), options: o}
}

// protocol is a [commands.Commands].
type protocol struct {
	ctx     context.Context
	checker *fuzz.Checker
	machine model.Machine
	options fuzz.GenerateOptions
}

// state is a [commands.State]: what the model predicts.
type state struct {
	fixture   model.Fixture
	predicted model.State
}

// String is the fixture, which is all there is of a state before the first step.
func (s state) String() string { return fmt.Sprintf("INBOX=%d", s.fixture.Messages) }

// server is a [commands.SystemUnderTest].
type server struct {
	walk *fuzz.CheckedWalk
	err  error // why there is no walk
}

// answer is a [commands.Result].
type answer struct {
	finding *fuzz.Finding
	err     error
}

func (p protocol) NewSystemUnderTest(initial commands.State) commands.SystemUnderTest {
	w, err := p.checker.Start(p.ctx, initial.(state).fixture)
	return server{w, err}
}

func (p protocol) DestroySystemUnderTest(s commands.SystemUnderTest) {
	if s := s.(server); s.err == nil {
		s.walk.Close()
	}
}

func (p protocol) GenInitialState() gopter.Gen {
	return func(params *gopter.GenParameters) *gopter.GenResult {
		f := fuzz.NewGenerator(p.machine, source{params.Rng}, p.options).Fixture
		return gopter.NewGenResult(state{f, p.machine.Init(f)}, gopter.NoShrinker)
	}
}

func (p protocol) InitialPreCondition(commands.State) bool { return true }

func (p protocol) GenCommand(s commands.State) gopter.Gen {
	return func(params *gopter.GenParameters) *gopter.GenResult {
		st := fuzz.NextStep(p.machine, s.(state).predicted, source{params.Rng}, max(1, p.options.Conns))
		return gopter.NewGenResult(step{st, p.machine}, gopter.NoShrinker)
	}
}

// step is a [commands.Command].
type step struct {
	model.Step
	machine model.Machine
}

func (c step) Run(s commands.SystemUnderTest) commands.Result {
	under := s.(server)
	if under.err != nil {
		return answer{err: under.err}
	}
	f, err := under.walk.Step(c.Step)
	return answer{f, err}
}

func (c step) NextState(s commands.State) commands.State {
	next := s.(state)
	next.predicted = c.machine.Predict(next.predicted.Clone(), c.Step)
	return next
}

// PreCondition holds of any step: what makes no sense in a state is to be refused.
func (c step) PreCondition(commands.State) bool { return true }

func (c step) PostCondition(_ commands.State, r commands.Result) *gopter.PropResult {
	return verdict(r.(answer).finding, r.(answer).err)
}

// String is the step as a trace file has it.
func (c step) String() string {
	return fmt.Sprintf("C%d: %s", c.Conn, report.Printable(wire.FormatCommand(c.Cmd)))
}
