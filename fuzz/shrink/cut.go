package shrink

import (
	"cmp"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/model"
)

// steps are those of the best trace.
func (s *shrinker) steps() []model.Step { return s.result.Trace.Steps }

// failing is the index of the step that shows the failure.
func (s *shrinker) failing() int {
	return min(max(s.result.Failure.Step, 0), len(s.steps())-1)
}

// with is the best trace with other steps, the connections numbered from 0 in
// the order of their first use.
func (s *shrinker) with(steps []model.Step) model.Trace {
	numbers := map[int]int{}
	steps = slices.Clone(steps)
	for i, step := range steps {
		n, ok := numbers[step.Conn]
		if !ok {
			n = len(numbers)
			numbers[step.Conn] = n
		}
		steps[i].Conn = n
	}
	return model.Trace{Fixture: s.result.Trace.Fixture, Steps: steps}
}

// keep tries the steps for which f holds, and cuts the tail if that failed
// earlier than before.
func (s *shrinker) keep(f func(i int, step model.Step) bool) bool {
	var left []model.Step
	for i, step := range s.steps() {
		if f(i, step) {
			left = append(left, step)
		}
	}
	if !s.try(s.with(left)) {
		return false
	}
	s.tail()
	return true
}

// tail cuts what comes behind the step of the failure.
func (s *shrinker) tail() {
	for s.failing() >= 0 && s.failing() < len(s.steps())-1 && s.try(s.with(s.steps()[:s.failing()+1])) {
	}
}

// connections cuts whole connections, then moves the steps of one connection
// to an earlier one.
func (s *shrinker) connections() {
	s.try(s.with(s.steps()))
	for c := s.conns() - 1; c >= 0; c-- {
		if s.conns() > 1 && c < s.conns() {
			s.keep(func(_ int, step model.Step) bool { return step.Conn != c })
		}
	}
	for from := s.conns() - 1; from > 0; from-- {
		for to := range from {
			if s.merge(from, to) {
				break
			}
		}
	}
}

// conns is the number of connections.
func (s *shrinker) conns() int { return connsOf(s.steps()) }

// connsOf is the number of connections, which are numbered from 0.
func connsOf(steps []model.Step) (n int) {
	for _, step := range steps {
		n = max(n, step.Conn+1)
	}
	return n
}

func (s *shrinker) merge(from, to int) bool {
	steps := slices.Clone(s.steps())
	for i := range steps {
		if steps[i].Conn == from {
			steps[i].Conn = to
		}
	}
	return s.try(s.with(steps))
}

// groups cuts steps that have something in common: first the name of the
// command, the most frequent first, then the mailbox.
func (s *shrinker) groups() {
	s.without(s.commandNames())
	if len(s.steps()) == 0 {
		return
	}
	where := boxesOf(s.steps())
	needed := where[s.failing()]
	if s.keep(func(i int, _ model.Step) bool { return touches(where[i], needed) }) {
		return
	}
	for _, box := range distinct(where) {
		if touches(needed, []string{box}) {
			continue
		}
		where := boxesOf(s.steps())
		s.keep(func(i int, _ model.Step) bool { return !slices.Contains(where[i], box) })
	}
}

// fewNames are cut one by one.
const fewNames = 3

// without cuts the commands of these names, or else those of one half of them and then of
// the other.
func (s *shrinker) without(names []string) {
	failing := s.failing()
	cut := func(names []string) bool {
		return s.keep(func(i int, step model.Step) bool { return i == failing || !slices.Contains(names, step.Cmd.Name()) })
	}
	if len(names) <= fewNames {
		for i := range names {
			cut(names[i : i+1])
		}
	} else if !cut(names) {
		s.without(names[:len(names)/2])
		s.without(names[len(names)/2:])
	}
}

// commandNames are the names in the best trace, the most frequent first.
func (s *shrinker) commandNames() []string {
	count := map[string]int{}
	var names []string
	for _, step := range s.steps() {
		name := step.Cmd.Name()
		if count[name]++; count[name] == 1 {
			names = append(names, name)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(count[b], count[a]) })
	return names
}

// touches reports whether a step on the mailboxes of where can matter to those
// of needed. One that is on no mailbox can.
func touches(where, needed []string) bool {
	return len(where) == 0 || slices.ContainsFunc(where, func(box string) bool { return slices.Contains(needed, box) })
}

func distinct(lists [][]string) (out []string) {
	for _, list := range lists {
		for _, v := range list {
			if !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// boxesOf are the mailboxes of each step: those that it names, or else the one
// that its connection has selected.
func boxesOf(steps []model.Step) [][]string {
	out := make([][]string, len(steps))
	selected := map[int][]string{}
	for i, step := range steps {
		name := step.Cmd.Name()
		switch out[i] = named(step.Cmd); {
		case name == "SELECT" || name == "EXAMINE":
			selected[step.Conn] = out[i]
		case model.Valid(name, model.Selected) && !model.Valid(name, model.Authenticated):
			out[i] = append(out[i], selected[step.Conn]...)
		}
		if name == "CLOSE" {
			delete(selected, step.Conn)
		}
	}
	return out
}

// named are the mailboxes that a command names.
func named(c model.Command) (boxes []string) {
	for _, name := range model.BoxNames(c) {
		boxes = append(boxes, model.FoldInbox(name))
	}
	return boxes
}

// chunks cuts halves, quarters and so on, from the end, and at last the steps
// one by one. A size that gets nowhere is tried without the repair at once:
// the smaller ones cost more.
func (s *shrinker) chunks() {
	for size := len(s.steps()) / 2; size > 0; size /= 2 {
		sweep := func() { s.sweep(size) }
		if !s.all(sweep) {
			s.unrepaired(sweep)
		}
	}
}

// sweep cuts chunks of one size. Only a single step may be the failing one.
func (s *shrinker) sweep(size int) {
	end := len(s.steps())
	if size > 1 {
		end = s.failing()
	}
	for end > 0 && !s.over {
		start := max(0, end-size)
		s.keep(func(i int, _ model.Step) bool { return i < start || i >= end })
		end = min(start, len(s.steps()))
	}
}

// standIns cuts what makes a mailbox and uses one that was there before in its
// place: INBOX for a created mailbox, the old name for a renamed one.
func (s *shrinker) standIns() {
	for i := len(s.steps()) - 1; i >= 0; i-- {
		if i >= len(s.steps()) {
			continue
		}
		made, standIn := "", "INBOX"
		switch c := s.steps()[i].Cmd.(type) {
		case model.Rename:
			made, standIn = c.To.S, c.From.S
		case model.Mailbox:
			if c.Verb != "CREATE" {
				continue
			}
			made = c.Box.S
		default:
			continue
		}
		steps := slices.Delete(slices.Clone(s.steps()), i, i+1)
		for j := i; j < len(steps); j++ {
			steps[j].Cmd = mapBoxes(steps[j].Cmd, func(name string) string {
				if name == made || strings.HasPrefix(made, name+"/") { // it made its superiors, too
					return standIn
				}
				return name
			})
		}
		if s.try(s.with(steps)) || len(steps) == 0 {
			continue
		}
		last := &steps[len(steps)-1]
		if c, ok := withSet(last.Cmd, model.Set{{From: model.Star, Single: true}}); ok {
			last.Cmd = c
			s.try(s.with(steps))
		}
	}
}

// mostGiven is how many messages are tried in the place of one that a command adds.
const mostGiven = 3

// given cuts what adds a message to INBOX and has the fixture hold more: one, or as many
// as it takes until one is among them of which the rest holds.
func (s *shrinker) given() {
	for i := len(s.steps()) - 1; i >= 0; i-- {
		if i >= len(s.steps()) || !slices.Contains(added(s.steps()[i].Cmd), "INBOX") {
			continue
		}
		for more := range mostGiven {
			t := s.with(slices.Delete(slices.Clone(s.steps()), i, i+1))
			t.Fixture.Messages += more + 1
			last := s.result.Trace.Fixture.Messages
			if s.try(t) || more > 0 && s.try(later(t, uint32(last), more)) {
				s.tail()
				break
			}
		}
		if i < len(s.steps()) && slices.Contains(added(s.steps()[i].Cmd), "INBOX") {
			t := s.with(slices.Delete(slices.Clone(s.steps()), i, i+1))
			t.Fixture.Messages++
			for k := range t.Steps {
				t.Steps[k].Cmd = ofLast(t.Steps[k].Cmd)
			}
			s.try(t)
		}
	}
}

// later is t with the numbers of messages beyond the first last ones changed.
func later(t model.Trace, last uint32, by int) model.Trace {
	t.Steps = slices.Clone(t.Steps)
	for i := range t.Steps {
		t.Steps[i].Cmd = mapNums(t.Steps[i].Cmd, func(n model.Num) model.Num {
			if n != model.Star && n.N > last {
				n.N = uint32(int64(n.N) + int64(by))
			}
			return n
		})
	}
	return t
}

// added is the mailbox to which a command adds messages.
func added(c model.Command) []string {
	switch c.(type) {
	case model.Append, model.Copy:
		return named(c)
	}
	return nil
}

// plain puts one of the plain commands in the place of the one that shows the failure, or
// of all.
func (s *shrinker) plain() {
	for _, c := range s.o.Plain {
		if model.Valid(c.Name(), model.NotAuthenticated) && len(s.steps()) > 1 && s.try(s.with([]model.Step{{Cmd: c}})) {
			return
		}
	}
	for _, c := range s.o.Plain {
		if s.failing() < 0 {
			return
		}
		steps := slices.Clone(s.steps())
		steps[s.failing()].Cmd = c
		if s.try(s.with(steps)) {
			return
		}
	}
	s.again()
}

// again puts the last command, if it is a plain one, in the place of all.
func (s *shrinker) again() {
	if s.rank.plain == len(s.o.Plain) {
		return
	}
	steps := slices.Clone(s.steps())
	for i := range steps {
		steps[i] = steps[len(steps)-1]
	}
	s.try(s.with(steps))
}

// maxPairs is the length up to which all pairs of steps are tried: 45 runs.
const maxPairs = 10

// pairs cuts two steps that only make sense together, such as CREATE and
// DELETE, when nothing else has helped.
func (s *shrinker) pairs() {
	n := len(s.steps())
	if n > maxPairs {
		return
	}
	for i := n - 1; i > 0; i-- {
		for j := i - 1; j >= 0; j-- {
			if s.keep(func(k int, _ model.Step) bool { return k != i && k != j }) {
				return
			}
		}
	}
}

// latest keeps the last steps, behind the shortest known way to the state before them.
func (s *shrinker) latest() {
	for n := 1; n <= s.failing(); n *= 2 {
		for _, t := range s.o.Shortcut(s.result.Trace, s.failing()+1-n) {
			if s.try(t) {
				s.tail()
				return
			}
		}
	}
}

// shortcuts replaces the way to a state by the shortest known one, for the
// latest state first.
func (s *shrinker) shortcuts() {
	for upTo := len(s.steps()) - 1; upTo > 0 && !s.over; upTo-- {
		for _, t := range s.o.Shortcut(s.result.Trace, upTo) {
			if s.try(t) {
				s.tail()
				upTo = len(s.steps())
				break
			}
		}
	}
}
