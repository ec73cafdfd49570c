package concurrent

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// toy is a small server that is right, but for one fault. What a fault leaves unlocked it
// gives others the time to meet.
type toy struct {
	lostUpdate bool // STORE looks at the flags and sets them later
	sameUID    bool // APPEND looks at UIDNEXT and takes it later
	twice      bool // CREATE looks whether there is a mailbox and makes it later
	lostSub    bool // SUBSCRIBE reads the list and writes it later
	lostAppend bool // EXPUNGE reads the messages and writes those left later
}

func (t *toy) Name() string { return "toy" }
func (t *toy) Close() error { return nil }

func (t *toy) Open(_ context.Context, f model.Fixture) (target.Instance, error) {
	a := &toyAccount{toy: t, boxes: map[string]*toyBox{"INBOX": {next: 1}}}
	for i := range f.Messages {
		a.boxes["INBOX"].add(model.FixtureMessage(i), nil)
	}
	return a, nil
}

type toyAccount struct {
	*toy
	mu    sync.Mutex
	boxes map[string]*toyBox
	subs  []string
	conns []net.Conn
}

type toyBox struct {
	next uint32
	msgs []*toyMsg
}

type toyMsg struct {
	uid   uint32
	size  int
	flags []string
}

func (b *toyBox) add(body string, flags []string) uint32 {
	b.msgs = append(b.msgs, &toyMsg{b.next, len(body), slices.Clone(flags)})
	b.next++
	return b.next - 1
}

func (a *toyAccount) User() (string, string) { return model.User, model.Password }
func (a *toyAccount) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.conns {
		c.Close()
	}
	return nil
}

func (a *toyAccount) Dial(context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	a.mu.Lock()
	a.conns = append(a.conns, server)
	a.mu.Unlock()
	s := &toySession{toyAccount: a, in: bufio.NewReader(server), out: server}
	go func() { defer server.Close(); s.serve() }()
	return client, nil
}

type toySession struct {
	*toyAccount
	in   *bufio.Reader
	out  io.Writer
	box  *toyBox
	mem  []*toyMsg // as the client knows them
	told int
	buf  strings.Builder
}

func (s *toySession) say(format string, args ...any) {
	fmt.Fprintf(&s.buf, format+"\r\n", args...)
}

func (s *toySession) flush() {
	io.WriteString(s.out, s.buf.String())
	s.buf.Reset()
}

// apart gives the others time, in the middle of what should be one act, if fault.
func (s *toySession) apart(fault bool) {
	if fault {
		s.mu.Unlock()
		for range 20 {
			runtime.Gosched()
		}
		s.mu.Lock()
	}
}

func (s *toySession) serve() {
	s.say("* PREAUTH ready")
	s.flush()
	for {
		text, err := s.in.ReadString('\n')
		for err == nil && strings.HasSuffix(text, "}\r\n") {
			digits := strings.TrimSuffix(text[strings.LastIndexByte(text, '{')+1:], "}\r\n")
			n, _ := strconv.Atoi(strings.TrimSuffix(digits, "+"))
			s.say("+ go on")
			s.flush()
			b := make([]byte, n)
			io.ReadFull(s.in, b)
			var rest string
			rest, err = s.in.ReadString('\n')
			text += string(b) + rest
		}
		if err != nil {
			return
		}
		tag, rest, _ := strings.Cut(strings.TrimSuffix(text, "\r\n"), " ")
		c := wire.ParseCommand(rest)
		if c.Name() == "IDLE" {
			s.say("+ idling")
			s.flush()
			s.in.ReadString('\n')
		}
		s.mu.Lock()
		done := s.do(c)
		if !slices.Contains([]string{"FETCH", "STORE", "SEARCH"}, c.Name()) {
			s.news()
		}
		s.mu.Unlock()
		s.say("%s %s", tag, done)
		s.flush()
		if c.Name() == "LOGOUT" {
			return
		}
	}
}

// news tells what others have added and removed.
func (s *toySession) news() {
	if s.box == nil {
		return
	}
	for i := 0; i < len(s.mem); {
		if slices.Contains(s.box.msgs, s.mem[i]) {
			i++
			continue
		}
		s.mem = slices.Delete(s.mem, i, i+1)
		s.told--
		s.say("* %d EXPUNGE", i+1)
	}
	for _, m := range s.box.msgs {
		if !slices.Contains(s.mem, m) {
			s.mem = append(s.mem, m)
		}
	}
	if s.told != len(s.mem) {
		s.told = len(s.mem)
		s.say("* %d EXISTS", s.told)
	}
}

func (s *toySession) each(set model.Set, uid bool, do func(n int, m *toyMsg)) {
	for i, m := range slices.Clone(s.mem) {
		n, last := uint32(i)+1, uint32(len(s.mem))
		if uid {
			n, last = m.uid, s.mem[len(s.mem)-1].uid
		}
		if set.Contains(n, last) {
			do(i+1, m)
		}
	}
}

func (s *toySession) do(c model.Command) string {
	if s.box == nil && !model.Valid(c.Name(), model.Authenticated) {
		return "BAD no"
	}
	switch name := receiver(&model.Exchange{Cmd: c}); {
	case name != "" && s.boxes[name] == nil:
		return "NO [TRYCREATE] no"
	}
	switch c := c.(type) {
	case model.Mailbox:
		return s.mailbox(c.Verb, model.FoldInbox(c.Box.S))
	case model.Rename:
		from, to := s.boxes[c.From.S], s.boxes[c.To.S]
		if from == nil || to != nil {
			return "NO no"
		}
		delete(s.boxes, c.From.S)
		s.boxes[c.To.S] = from
	case model.List:
		if c.Verb == "LSUB" {
			for _, name := range s.subs {
				s.say(`* LSUB () "/" %s`, name)
			}
			return "OK done"
		}
		for name := range s.boxes {
			s.say(`* LIST () "/" %s`, name)
		}
	case model.Append:
		b := s.boxes[model.FoldInbox(c.Box.S)]
		uid := b.next
		s.apart(s.sameUID)
		if s.sameUID {
			b.next = uid
		}
		return fmt.Sprintf("OK [APPENDUID 1 %d] done", b.add(c.Message, c.Flags))
	case model.Copy:
		b := s.boxes[model.FoldInbox(c.Box.S)]
		s.each(c.Set, c.UID, func(_ int, m *toyMsg) { b.add(strings.Repeat("x", m.size), m.flags) })
	case model.Store:
		s.each(c.Set, c.UID, func(n int, m *toyMsg) {
			flags := slices.Clone(m.flags)
			if c.Op == 0 {
				flags = nil
			}
			for _, f := range c.Flags {
				flags = slices.DeleteFunc(flags, func(g string) bool { return strings.EqualFold(f, g) })
				if c.Op != '-' {
					flags = append(flags, f)
				}
			}
			s.apart(s.lostUpdate)
			m.flags = flags
			s.say("* %d FETCH (UID %d FLAGS (%s))", n, m.uid, strings.Join(m.flags, " "))
		})
	case model.Fetch:
		s.each(c.Set, c.UID, func(n int, m *toyMsg) {
			s.say("* %d FETCH (UID %d FLAGS (%s) RFC822.SIZE %d)", n, m.uid, strings.Join(m.flags, " "), m.size)
		})
	case model.Search:
		s.say("* SEARCH")
	case model.StatusCmd:
		if s.boxes[model.FoldInbox(c.Box.S)] == nil {
			return "NO no"
		}
		s.say("* STATUS %s (MESSAGES %d)", c.Box.S, len(s.boxes[model.FoldInbox(c.Box.S)].msgs))
	case model.Simple:
		return s.simple(c.Verb)
	}
	return "OK done"
}

func (s *toySession) simple(verb string) string {
	switch verb {
	case "CAPABILITY":
		s.say("* CAPABILITY IMAP4rev1 IDLE UIDPLUS")
	case "LOGOUT":
		s.say("* BYE now")
	case "EXPUNGE":
		left := slices.DeleteFunc(slices.Clone(s.box.msgs), func(m *toyMsg) bool { return slices.Contains(m.flags, `\Deleted`) })
		s.apart(s.lostAppend)
		s.box.msgs = left
	}
	return "OK done"
}

func (s *toySession) mailbox(verb, name string) string {
	b := s.boxes[name]
	switch verb {
	case "SELECT":
		if s.box, s.mem, s.told = b, nil, -1; b == nil {
			return "NO no"
		}
		s.say(`* FLAGS (\Answered \Flagged \Deleted \Seen \Draft)`)
		s.say("* 0 RECENT")
		s.say("* OK [UIDVALIDITY 1]  ")
		s.say("* OK [UIDNEXT %d]  ", b.next)
		s.say(`* OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)]  `)
		return "OK [READ-WRITE] done"
	case "CREATE":
		s.apart(s.twice)
		if b != nil {
			return "NO no"
		}
		s.boxes[name] = &toyBox{next: 1}
	case "DELETE":
		if b == nil {
			return "NO no"
		}
		delete(s.boxes, name)
	default:
		subs := slices.DeleteFunc(slices.Clone(s.subs), func(n string) bool { return n == name })
		if verb == "SUBSCRIBE" {
			subs = append(subs, name)
		}
		s.apart(s.lostSub)
		s.subs = subs
	}
	return "OK done"
}
