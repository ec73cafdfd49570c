package imaptest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// check is what can be said of a script without messages.
func (s *Script) check() error {
	if s.needsMessages() {
		return s.build([]Message{{}}).err
	}
	return s.build(nil).err
}

// Trace is the script as a trace file: the set-up, the commands and a LOGOUT, with what is
// expected of the answers. The messages are those of its mbox; an error says that there
// are none, and that it needs some.
func (s *Script) Trace(messages []Message) (*corpus.File, error) {
	if len(messages) == 0 && s.needsMessages() {
		return nil, fmt.Errorf("%s:1: it needs messages: there is neither a %[1]s.mbox nor a default.mbox with any", s.Name)
	}
	b := s.build(messages)
	if b.err != nil {
		return nil, b.err
	}
	return &corpus.File{Trace: b.trace, Expectations: b.expectations()}, nil
}

// needsMessages reports whether a message of the mbox is appended.
func (s *Script) needsMessages() bool {
	if s.State >= Appended && s.Messages != 0 {
		return true
	}
	for _, g := range s.Groups {
		for _, c := range g.Commands {
			if appends(c.Text) {
				return true
			}
		}
	}
	return false
}

// builder makes a trace of a script.
type builder struct {
	*Script
	messages []Message
	next     int // number of the message that is appended next
	trace    model.Trace
	lines    []int // of each step
	expected []corpus.Expectation
	notes    []Note
	bound    map[string]bool // variables that a response has bound
	err      error
}

func (s *Script) build(messages []Message) *builder {
	b := &builder{Script: s, messages: messages, notes: slices.Clone(s.Notes), bound: map[string]bool{}}
	b.setUp()
	logout := false
	for _, g := range s.Groups {
		b.group(g)
		logout = logout || g.logsOut()
		if b.err != nil {
			return b
		}
	}
	if !logout {
		last := s.Groups[len(s.Groups)-1].Commands
		b.step(last[len(last)-1].Line, 0, model.Simple{Verb: "LOGOUT"}, "ok")
	}
	return b
}

// box is the mailbox of the set-up.
func (s *Script) box() string { return cmp.Or(s.Mailbox, boxName) }

// logsOut reports whether the connection is closed behind the group.
func (g Group) logsOut() bool {
	return slices.ContainsFunc(g.Commands, func(c Command) bool { return strings.EqualFold(c.Text, "logout") }) ||
		slices.ContainsFunc(g.Expected, func(u Untagged) bool { return u.Sign == '*' && len(u.Text) >= 3 && sameFold(u.Text[:3], "BYE") })
}

// setUp logs in and makes the mailbox, as far as the state says.
func (b *builder) setUp() {
	if b.State >= Auth {
		for conn := range b.Connections {
			b.step(1, conn, model.LoginStep(), "any") // a connection may be logged in already
		}
	}
	if len(b.Capabilities) > 0 {
		b.step(b.CapLine, 0, model.Simple{Verb: "CAPABILITY"}, "needs "+strings.Join(b.Capabilities, " "))
	}
	box := model.A(b.box())
	if b.State >= Auth {
		b.step(1, 0, model.Mailbox{Verb: "UNSUBSCRIBE", Box: box}, "any")
		b.step(1, 0, model.Mailbox{Verb: "DELETE", Box: box}, "any")
	}
	if b.State >= Created {
		b.step(1, 0, model.Mailbox{Verb: "CREATE", Box: box}, "set-up")
	}
	if b.State >= Appended {
		n := b.Messages
		if n == AllMessages {
			n = len(b.messages)
		}
		for range n {
			b.step(1, 0, b.append(), "set-up")
		}
	}
	if b.State >= Selected {
		for conn := range b.Connections {
			b.step(1, conn, model.Mailbox{Verb: "SELECT", Box: box}, "set-up")
		}
	}
}

// message is the next message of the mbox, the first again behind the last.
func (b *builder) message() Message {
	m := b.messages[b.next%len(b.messages)]
	b.next++
	return m
}

// append appends the next message to the mailbox.
func (b *builder) append() model.Command {
	m := b.message()
	return model.Append{Box: model.A(b.box()), Date: m.Date, Message: m.Octets}
}

// step adds a step, and a line of what is expected of it.
func (b *builder) step(line, conn int, c model.Command, expect string) {
	b.trace.Steps = append(b.trace.Steps, model.Step{Conn: conn, Cmd: c})
	b.lines = append(b.lines, line)
	b.expect(line, expect)
}

// expect adds what is expected of the last step.
func (b *builder) expect(line int, text string) {
	b.expected = append(b.expected, corpus.Expectation{Step: len(b.trace.Steps) - 1, Text: b.place(line) + " " + text})
}

// place is where a line of the script is, as one word.
func (b *builder) place(line int) string {
	word := strings.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7f || r == ':' {
			return '_'
		}
		return r
	}, b.Name)
	return fmt.Sprintf("%s:%d", cmp.Or(word, "_"), line)
}

func (b *builder) note(line int, format string, args ...any) {
	b.notes = append(b.notes, Note{line, fmt.Sprintf(format, args...)})
}

// group adds the commands of a group, and what is expected behind the last.
func (b *builder) group(g Group) {
	first := len(b.trace.Steps)
	for _, c := range g.Commands {
		cmd, names, err := b.command(c, g)
		if err != nil {
			b.err = fmt.Errorf("%s:%d: %w", b.Name, c.Line, err)
			return
		}
		b.step(c.Line, g.Conn, cmd, b.response(completion(*c.Reply)))
		if r := c.Reply; r.Line != c.Line {
			b.expected[len(b.expected)-1].Text = b.place(r.Line) + " " + b.response(completion(*r))
		}
		if len(names) > 0 {
			b.expect(c.Line, "variables")
		}
	}
	b.pipeline(first, g)
	last := g.Commands[len(g.Commands)-1]
	if n := len(g.Commands); n > 1 {
		b.expect(last.Line, fmt.Sprintf("group %d", n))
	}
	for _, u := range g.Expected {
		b.expect(u.Line, string(u.Sign)+" "+b.response(u.Text))
		if u.Sign != '!' {
			b.binds(u.Text)
		}
		if strings.Contains(u.Text, "}\r\n") && strings.Contains(u.Text, "$") {
			b.literalNote(u.Line, u.Text)
		}
	}
	if b.Strict {
		b.expect(last.Line, "no-extra")
	}
	for _, c := range g.Commands {
		b.binds("OK " + c.Reply.Prefix)
	}
}

// response is a response of the script, with the name of another mailbox than the usual.
func (b *builder) response(text string) string {
	list, err := inBox(text, b.box())
	if err != nil || b.box() == boxName {
		return text
	}
	var s strings.Builder
	for _, seg := range list {
		s.WriteString(formatPieces(seg.pieces) + seg.literal)
	}
	return s.String()
}

// completion is the line that says how a command completes.
func completion(r Reply) string {
	return strings.TrimSpace(cmp.Or(strings.ToLower(r.Status), "any") + " " + r.Prefix)
}

// pipeline has commands go out together where a trace can say that.
func (b *builder) pipeline(first int, g Group) {
	steps := b.trace.Steps[first:]
	if len(steps) < 2 {
		return
	}
	noop := func(st model.Step) bool { return st.Cmd == model.Command(model.Simple{Verb: "NOOP"}) }
	for _, st := range steps[1:] {
		if !model.Pipelines(steps[0].Cmd) || !noop(st) {
			b.note(g.Commands[0].Line, "the commands go out one after the other: what a trace sends ahead is NOOP")
			return
		}
	}
	for i := range len(steps) - 1 {
		steps[i].Delivery.Way = model.Burst
	}
}

// binds notes the variables that a response may bind.
func (b *builder) binds(text string) {
	l, err := parseLine(text)
	if err != nil {
		return // it was an error before
	}
	var visit func(ps []pattern)
	visit = func(ps []pattern) {
		for _, p := range ps {
			for _, q := range p.pieces {
				if q.kind == variable || q.kind == modseq {
					b.bound[q.text] = true
				}
			}
			visit(p.list)
		}
	}
	visit(l.args)
}

// command is a command of the script as a step.
func (b *builder) command(c Command, g Group) (model.Command, []string, error) {
	text := c.Text
	if appends(text) {
		if strings.EqualFold(strings.TrimSpace(text), "append") {
			return b.append(), nil, nil
		}
		m := b.message()
		text = fmt.Sprintf("%s {%d}\r\n%s", strings.TrimRight(text, " "), len(m.Octets), m.Octets)
	} else {
		b.literalNote(c.Line, text)
	}
	cmd, names, err := symbolic(text, b.box())
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		if !b.bound[name] {
			return nil, nil, fmt.Errorf("no response before has bound $%s", name)
		}
	}
	if len(g.Output) > 0 {
		cmd = b.output(c.Line, cmd, g.Output)
	}
	return cmd, names, nil
}

// output has a command send what a script says that it sends when the server asks.
func (b *builder) output(line int, cmd model.Command, lines []string) model.Command {
	name := cmd.Name()
	if name == "AUTHENTICATE" {
		return spelled(wire.FormatCommand(cmd) + "\r\n" + strings.Join(lines, "\r\n"))
	}
	if name != "IDLE" || len(lines) > 1 || !strings.EqualFold(lines[0], "DONE") {
		for _, l := range lines {
			b.note(line, "!output %s: it is not sent", short(l))
		}
	}
	return cmd
}

// literalNote notes what looks like a variable in a literal.
func (b *builder) literalNote(line int, text string) {
	list, err := segments(text)
	if err != nil {
		return
	}
	for _, s := range list {
		if i := strings.IndexByte(s.literal, '$'); i >= 0 && i+1 < len(s.literal) && (s.literal[i+1] == '{' || nameLen(s.literal[i+1:]) > 0) {
			b.note(line, "a $ in a literal is no variable")
			return
		}
	}
}

// appends reports whether a command takes a message of the mbox: an APPEND without one.
func appends(text string) bool {
	words := strings.Fields(strings.ToLower(text))
	at, _, _ := nextLiteral(text)
	return len(words) > 0 && words[0] == "append" && at == len(text) && !slices.Contains(words, "catenate")
}

// expectations are those of all steps, the notes behind those of the step above them.
func (b *builder) expectations() []corpus.Expectation {
	list := b.expected
	for _, n := range b.notes {
		step := 0
		for i, line := range b.lines {
			if line <= n.Line {
				step = i
			}
		}
		list = append(list, corpus.Expectation{Step: step, Text: b.place(n.Line) + " note " + n.Text})
	}
	slices.SortStableFunc(list, func(x, y corpus.Expectation) int { return cmp.Compare(x.Step, y.Step) })
	return list
}
