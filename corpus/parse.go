package corpus

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// maxFixture bounds the messages that a file can ask for.
const maxFixture = 1 << 16

// maxConn bounds the numbers of connections.
const maxConn = 999

// Parse reads what [Format] writes, and nothing else: blank lines and comments
// apart, Format of the result is b. An error is one line that begins with
// "line N: ".
func Parse(b []byte) (*File, error) {
	f, err := ParseLenient(b)
	if err != nil {
		return nil, err
	}
	want := slices.Collect(contentLines(Format(f)))
	n := 0
	for got := range contentLines(b) {
		if n == len(want) {
			return nil, lineError(got.n, "nothing should stand here, got %s", quote(got.text))
		}
		if got.text != want[n].text {
			w, g := difference(want[n].text, got.text)
			return nil, lineError(got.n, "should be %s, got %s", w, g)
		}
		n++
	}
	lines := bytes.Count(b, []byte("\n"))
	ended := bytes.HasSuffix(b, []byte("\n"))
	if !ended && len(b) > 0 {
		lines++
	}
	if n < len(want) {
		return nil, lineError(lines+1, "should be %s, got the end of the file", quote(want[n].text))
	}
	if !ended {
		return nil, lineError(lines, "should end in a line feed")
	}
	return f, nil
}

// ParseLenient reads what a person may write by hand: lines that end in CRLF,
// a missing "imaptrace v1" line, a missing fixture (it is then empty), more or
// fewer spaces around the parts of a line, S lines with their own tag written
// out or not directly below their command, words of the head in any case,
// marks in any order, octets that need no escape escaped. Another line is an
// error still, of the same form as those of [Parse].
func ParseLenient(b []byte) (*File, error) {
	p := &parser{file: &File{}, current: map[int]*exchange{}, greetings: map[int][]*exchange{}}
	for line := range contentLines(b) {
		p.n = line.n
		text := strings.Trim(line.text, " \t\r")
		if text == "" || text[0] == '#' {
			continue
		}
		if err := p.line(text); err != nil {
			return nil, lineError(p.n, "%w", err)
		}
	}
	return p.finish()
}

type line struct {
	n    int // from 1
	text string
}

// contentLines are the lines of b that are neither empty nor comments.
func contentLines(b []byte) func(yield func(line) bool) {
	return func(yield func(line) bool) {
		n := 0
		for text := range strings.Lines(string(b)) {
			n++
			text = strings.TrimSuffix(text, "\n")
			if text != "" && text[0] != '#' && !yield(line{n, text}) {
				return
			}
		}
	}
}

func lineError(n int, format string, args ...any) error {
	return fmt.Errorf("line %d: "+format, append([]any{n}, args...)...)
}

// most is how many octets of a line an error shows.
const most = 80

// quote is the text as one short word of an error.
func quote(s string) string {
	if len(s) > most {
		return strconv.QuoteToASCII(s[:most]) + "..."
	}
	return strconv.QuoteToASCII(s)
}

// difference quotes two lines, long ones from shortly before they part.
func difference(a, b string) (string, string) {
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	if from := same - 20; from > 0 && max(len(a), len(b)) > most {
		return "..." + quote(a[from:]), "..." + quote(b[from:])
	}
	return quote(a), quote(b)
}

// exchange is an exchange that is being read.
type exchange struct {
	model.Exchange
	bound int // number of its B line, 0 if there is none
}

func (x *exchange) executed() bool { return len(x.Reply.Responses) > 0 || x.Reply.End != model.Open }

type parser struct {
	n         int // of the line
	file      *File
	head      [3]bool // which lines of the head there were
	exchanges []*exchange
	current   map[int]*exchange   // of each connection
	greetings map[int][]*exchange // of each connection, that no C line follows yet
	markLines []int               // where the marks are
}

// The lines of the head, in their order.
const (
	headVersion = iota
	headFinding
	headFixture
)

// Names of rules, and of the commands and states that violations have.
const (
	rulePattern    = `[A-Za-z0-9][A-Za-z0-9._:-]*`
	namePattern    = `[!-.0-\[\]-~]+` // printable, without "/" and "\"
	commandPattern = namePattern + `(?: ` + namePattern + `)??`
)

var (
	connLine    = regexp.MustCompile(`^([OCDBSEocdbse])(\d+)\s*:`)
	fixtureLine = regexp.MustCompile(`^(?i:fixture\s+INBOX)\s*=\s*(\d+)(?:\s+(?i:delim)\s*=\s*(NIL|[!-.0-~]))?(?:\s+(?i:caps)\s*=\s*(\S+))?(?:\s+(?i:tls)\s*=\s*((?i)yes))?$`)
	findingLine = regexp.MustCompile(`^(?i:finding)\s+(` + rulePattern + `)\s+\((.*?),\s*(?i:(MUST|SHOULD))\)` +
		`(?:\s+(?i:key):\s*(` + commandPattern + `)?/(` + namePattern + `)?)?(?:\s+(?i:found):(.*))?$`)
	markLine = regexp.MustCompile(`^!!\s*(` + rulePattern + `)\s+step=(\d+)` +
		`(?:\s+command=(` + commandPattern + `))?(?:\s+state=(` + namePattern + `))?` +
		`(?:\s\s+got:(.*?))?(?:\s\s+want:(.*))?$`)
)

func (p *parser) line(text string) error {
	if m := connLine.FindStringSubmatch(text); m != nil {
		conn, err := strconv.Atoi(m[2])
		if err != nil {
			return fmt.Errorf("no connection has the number %s", m[2])
		}
		if conn > maxConn {
			return fmt.Errorf("connections have numbers up to %d, not %s", maxConn, m[2])
		}
		return p.conn(strings.ToUpper(m[1])[0], conn, strings.Trim(text[len(m[0]):], " \t"))
	}
	word, rest, _ := strings.Cut(text, " ")
	switch strings.ToLower(word) {
	case "imaptrace":
		return p.version(strings.Trim(rest, " \t"))
	case "finding":
		return p.finding(text)
	case "fixture":
		return p.fixture(text)
	}
	if strings.HasPrefix(text, "!!") {
		return p.mark(text)
	}
	if text, ok := strings.CutPrefix(text, "??"); ok {
		return p.expectation(strings.Trim(text, " \t"))
	}
	return fmt.Errorf("no line of a trace file begins like %s", quote(text))
}

// inHead checks that a line of the head stands where it may.
func (p *parser) inHead(which int) error {
	names := [...]string{"imaptrace", "finding", "fixture"}
	for i := which; i < len(names); i++ {
		switch {
		case !p.head[i]:
		case i == which:
			return fmt.Errorf("a second %q line", names[which])
		default:
			return fmt.Errorf("the %q line is below the %q line", names[which], names[i])
		}
	}
	if len(p.exchanges) > 0 || len(p.file.Marks) > 0 {
		return fmt.Errorf("the %q line is below the head of the file", names[which])
	}
	p.head[which] = true
	return nil
}

func (p *parser) version(v string) error {
	if !strings.EqualFold(v, "v1") {
		return fmt.Errorf("the version is %s, not v1", quote(v))
	}
	return p.inHead(headVersion)
}

func (p *parser) finding(text string) error {
	m := findingLine.FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("a finding is RULE (CLAUSE, MUST or SHOULD) key: COMMAND/STATE found: TEXT, got %s", quote(text))
	}
	p.file.Finding = &Finding{
		Rule: m[1], Clause: value(m[2]), Level: strings.ToUpper(m[3]),
		Command: m[4], State: m[5], Found: value(m[6]),
	}
	return p.inHead(headFinding)
}

func (p *parser) fixture(text string) error {
	m := fixtureLine.FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("a fixture is INBOX=N, perhaps with delim=C, caps=NAME,NAME and tls=yes, got %s", quote(text))
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n > maxFixture {
		return fmt.Errorf("a fixture has at most %d messages, not %s", maxFixture, m[1])
	}
	p.file.Trace.Fixture.Messages, p.file.Delim, p.file.TLS = n, m[2], m[4] != ""
	if p.file.Caps, err = capabilities(m[3]); err != nil {
		return err
	}
	return p.inHead(headFixture)
}

// capabilities are the names of a list with commas, "" for none.
func capabilities(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	caps := strings.Split(text, ",")
	for i, c := range caps {
		if c == "" || strings.ContainsFunc(c, notInAtom) {
			return nil, fmt.Errorf("capabilities are atoms with commas between them, not %s", quote(text))
		}
		caps[i] = strings.ToUpper(c)
	}
	slices.Sort(caps)
	return slices.Compact(caps), nil
}

func notInAtom(r rune) bool { return r >= 0x80 || !model.IsAtomChar(byte(r)) }

func (p *parser) conn(kind byte, conn int, text string) error {
	x := p.current[conn]
	switch kind {
	case 'O':
		if text != "" {
			return fmt.Errorf("nothing follows O%d:, got %s", conn, quote(text))
		}
		p.greeting(conn)
		return nil
	case 'C':
		step := len(p.file.Trace.Steps)
		cmd := wire.ParseCommand(unescape(text))
		p.file.Trace.Steps = append(p.file.Trace.Steps, model.Step{Conn: conn, Cmd: cmd})
		p.begin(model.Exchange{Conn: conn, Step: step, Tag: model.Tag(step), Cmd: cmd})
		for _, g := range p.greetings[conn] {
			g.Step = step
		}
		delete(p.greetings, conn)
		return nil
	case 'D':
		d, ok := model.ParseDelivery(text)
		switch {
		case x == nil || x.Cmd == nil || x.bound > 0 || x.Delivery != (model.Delivery{}) || x.executed():
			return fmt.Errorf("D%d does not stand below its C%d", conn, conn)
		case !ok:
			return fmt.Errorf("a delivery is octets, split N, burst, hangup or cut N, not %s", quote(text))
		}
		x.Delivery, p.file.Trace.Steps[x.Step].Delivery = d, d
		return nil
	case 'B':
		if x == nil || x.Cmd == nil || x.bound > 0 || x.executed() {
			return fmt.Errorf("B%d does not stand below its C%d", conn, conn)
		}
		x.Cmd, x.bound = wire.ParseCommand(unescape(text)), p.n
		return nil
	}
	if x == nil {
		x = p.greeting(conn)
	}
	if x.Reply.End != model.Open {
		return fmt.Errorf("%c%d after E%d", kind, conn, conn)
	}
	if begun := len(p.file.Trace.Steps); x.Cmd != nil && begun > x.Step+1 {
		x.Until = begun
	}
	if kind == 'E' {
		word, cut := strings.CutSuffix(text, midLine)
		last := len(x.Reply.Responses) - 1
		end, ok := model.ParseEnd(word)
		if !ok || cut && last < 0 {
			return fmt.Errorf("an end is closed, silent, flooded, not TLS, TLS failed or hung up, not %s", quote(text))
		}
		if x.Reply.End = end; cut {
			x.Reply.Responses[last] = model.Cut(x.Reply.Responses[last].Raw)
		}
		return nil
	}
	raw, ok := parseResponse(text, x.Tag)
	if !ok {
		return fmt.Errorf("a greeting has no tag that could stand before %s", quote(text))
	}
	x.Reply.Responses = append(x.Reply.Responses, wire.ParseResponse(raw))
	return nil
}

// begin makes x the exchange that the next lines of its connection belong to.
func (p *parser) begin(x model.Exchange) *exchange {
	e := &exchange{Exchange: x}
	p.exchanges = append(p.exchanges, e)
	p.current[x.Conn] = e
	return e
}

// greeting begins a greeting, whose step the next C line will tell.
func (p *parser) greeting(conn int) *exchange {
	g := p.begin(model.Exchange{Conn: conn, Step: -1})
	p.greetings[conn] = append(p.greetings[conn], g)
	return g
}

func (p *parser) mark(text string) error {
	m := markLine.FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("a mark is !! RULE step=N command=NAME state=STATE  got: TEXT  want: TEXT, got %s", quote(text))
	}
	step, err := strconv.Atoi(m[2])
	if err != nil {
		return fmt.Errorf("there is no step %s", m[2])
	}
	p.file.Marks = append(p.file.Marks, Mark{
		Rule: m[1], Step: step, Command: m[3], State: m[4], Got: value(m[5]), Want: value(m[6]),
	})
	p.markLines = append(p.markLines, p.n)
	return nil
}

func (p *parser) expectation(text string) error {
	step := len(p.file.Trace.Steps) - 1
	if step < 0 {
		return errors.New("what is expected stands behind its C line")
	}
	if text == "" {
		return errors.New("nothing is expected behind the ??")
	}
	p.file.Expectations = append(p.file.Expectations, Expectation{Step: step, Text: unescape(text)})
	return nil
}

// value is what an escaped value between spaces stands for.
func value(text string) string { return unescape(strings.Trim(text, " \t")) }

// finish checks what only the whole file can tell, and puts it together.
func (p *parser) finish() (*File, error) {
	f := p.file
	for i, m := range f.Marks {
		if m.Step > len(f.Trace.Steps) {
			return nil, lineError(p.markLines[i], "there is no step %d", m.Step)
		}
	}
	slices.SortStableFunc(f.Marks, func(a, b Mark) int { return cmp.Compare(a.Step, b.Step) })
	for _, x := range p.exchanges {
		if x.Step < 0 {
			x.Step = len(f.Trace.Steps)
		}
	}
	// The greeting of a connection without a command may stand anywhere.
	slices.SortStableFunc(p.exchanges, func(a, b *exchange) int { return cmp.Compare(a.Step, b.Step) })
	for _, x := range p.exchanges {
		if !x.executed() {
			if x.bound > 0 {
				return nil, lineError(x.bound, "B%d has neither S nor E lines", x.Conn)
			}
			continue
		}
		if f.Transcript == nil {
			f.Transcript = &model.Transcript{Fixture: f.Trace.Fixture}
		}
		f.Transcript.Exchanges = append(f.Transcript.Exchanges, x.Exchange)
	}
	return f, nil
}
