package fault

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

var hostile = []*Fault{
	{
		Name: "open-quote-waits", Layer: Hostile, Clause: "2.2.2", Least: 1,
		Text: "A quoted string that is not closed is waited for.",
		Hear: func(c *Call) { c.Hang = c.Malformed() && model.OpenQuote(firstLine(c.Text)) },
	},
	{
		Name: "open-brace-waits", Layer: Hostile, Clause: "2.2.2", Least: 1,
		Text: "A line that ends in a literal's brace and a number, without the other brace, is waited for.",
		Hear: func(c *Call) {
			before, is := strings.CutSuffix(c.Text, "{5")
			c.Hang = is && strings.HasSuffix(before, " ")
		},
	},
	{
		Name: "open-parenthesis-crashes", Layer: Hostile, Clause: "3.4", Least: 3,
		Text: "The server crashes at a parenthesis that is not closed, with a mailbox selected.",
		Hear: func(c *Call) {
			if c.Malformed() && c.Was.Box != nil && strings.Count(c.Text, "(") > strings.Count(c.Text, ")") {
				c.Crash = "panic: runtime error: index out of range [1] with length 1"
			}
		},
	},
	{
		Name: "no-arguments-crash", Layer: Hostile, Clause: "3.4", Least: 3,
		Text: "The server crashes at a FETCH, STORE or COPY without arguments.",
		Hear: func(c *Call) {
			if c.Was.Box != nil && (c.Text == "FETCH" || c.Text == "STORE" || c.Text == "COPY") {
				c.Crash = "panic: runtime error: index out of range [0] with length 0"
			}
		},
	},
	{
		Name: "empty-command-closes", Layer: Hostile, Clause: "3.4", Least: 1,
		Text: "A tag without a command closes the connection without a word.",
		Tell: func(c *Call) {
			if c.Text == "" && c.Malformed() {
				c.Reply.Responses, c.Reply.End = nil, model.Closed
			}
		},
	},
	{
		Name: "two-spaces-unanswered", Layer: Hostile, Clause: "2.2.2", Least: 1,
		Text: "A command with two spaces in a row gets no answer.",
		Tell: func(c *Call) {
			if c.Malformed() && strings.Contains(firstLine(c.Text), "  ") {
				c.Reply.Responses = nil
			}
		},
	},
	{
		Name: "malformed-closes-mailbox", Layer: Hostile, Clause: "3.3", Least: 4,
		Text: "A malformed FETCH or SEARCH closes the mailbox.",
		Tell: func(c *Call) {
			if c.Malformed() && c.Was.Box != nil && c.Is("FETCH", "SEARCH") {
				*c.Session() = model.Session{Phase: model.Authenticated, TLS: c.Was.TLS}
			}
		},
	},
	{
		Name: "malformed-logs-out", Layer: Hostile, Clause: "3.2", Least: 4,
		Text: "The second malformed command of a client that has logged in logs it out.",
		Tell: func(c *Call) {
			if c.Malformed() && c.Was.Phase >= model.Authenticated {
				if c.Own["malformed"]++; c.Own["malformed"] == 2 {
					*c.Session() = model.Session{Phase: model.NotAuthenticated, TLS: c.Was.TLS}
				}
			}
		},
	},
	{
		Name: "malformed-falls-silent", Layer: Hostile, Clause: "2.2.2", Least: 3,
		Text: "Behind two malformed commands in a row the next is not answered.",
		Hear: func(c *Call) {
			c.Hang = c.Own["malformed"] == 2
			if c.Own["malformed"]++; !c.Malformed() {
				c.Own["malformed"] = 0
			}
		},
	},
	{
		Name: "store-refused-done", Layer: Hostile, Clause: "2.2.2", Least: 4,
		Text: "A STORE with something behind it is answered BAD, and done.",
		Hear: func(c *Call) { c.beginning("STORE", "UID STORE") },
	},
	{
		Name: "names-refused-done", Layer: Hostile, Clause: "2.2.2", Least: 3,
		Text: "A CREATE, DELETE, RENAME, SUBSCRIBE or UNSUBSCRIBE with something behind it is answered BAD, and done.",
		Hear: func(c *Call) { c.beginning("CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE") },
	},
	{
		Name: "malformed-taken", Layer: Hostile, Clause: "2.2.2", Level: model.SHOULD, Least: 2,
		Text: "Something behind the arguments of STATUS is not looked at.",
		Hear: func(c *Call) {
			if cmd := c.shortened(); cmd != nil && cmd.Name() == "STATUS" {
				c.Cmd = cmd
			}
		},
	},
	{
		Name: "recent-refused-done", Layer: Hostile, Clause: "2.3.2", Least: 5,
		Text: `A STORE of \Recent is answered BAD, and takes the other flags away.`,
		Hear: func(c *Call) {
			text, is := strings.CutSuffix(c.Text, `FLAGS (\Recent)`)
			if !is || c.Was.Box == nil || c.Was.ReadOnly {
				return
			}
			if cmd, ok := wire.Spells(strings.TrimRight(text, "+-") + "FLAGS ()"); ok {
				c.also(cmd)
			}
		},
	},
	{
		Name: "literal-empty-unasked", Layer: Hostile, Clause: "7.5", Least: 1,
		Text:    "A literal of no octets is not asked for.",
		Literal: func(_ string, n int, asks bool) (int, bool) { return n, asks && n > 0 },
	},
	{
		Name: "literal-second-unasked", Layer: Hostile, Clause: "7.5", Least: 1,
		Text: "The second literal of a command is not asked for.",
		Literal: func(line string, n int, asks bool) (int, bool) {
			return n, asks && !strings.Contains(line, "}\r\n")
		},
	},
	{
		Name: "literal-large-cut", Layer: Hostile, Clause: "4.3", Least: 1,
		Text:    "Of a literal the first four thousand octets are read, and the rest is the end of the line.",
		Literal: func(_ string, n int, asks bool) (int, bool) { return min(n, 4000), asks },
	},
	{
		Name: "literal-refused-run", Layer: Hostile, Clause: "RFC 7888 4", Level: model.SHOULD, Least: 2,
		Text: "A literal that does not wait is not read when the line has two spaces: its octets are commands.",
		Literal: func(line string, n int, asks bool) (int, bool) {
			if !asks && strings.Contains(line, "  ") {
				return -1, false
			}
			return n, asks
		},
	},
	{
		Name: "line-cut", Layer: Hostile, Clause: "2.2.1", Level: model.SHOULD, Least: 2,
		Text: "A line is read into a thousand octets, and what is left of it is the next line.",
		Lines: func(line string) []string {
			if len(line) <= 1000 {
				return []string{line}
			}
			return []string{line[:1000], line[1000:]}
		},
	},
	{
		Name: "nul-hangs", Layer: Hostile, Clause: "2.2.2", Least: 1,
		Text: "The end of a line is not found behind a NUL.",
		Hear: func(c *Call) { c.Hang = strings.Contains(c.Text, "\x00") },
	},
	{
		Name: "nesting-crash", Layer: Hostile, Clause: "3.4", Least: 1,
		Text: "The server crashes at fifty parentheses in a row.",
		Hear: func(c *Call) {
			if strings.Contains(c.Text, strings.Repeat("(", 50)) {
				c.Crash = "fatal error: stack overflow"
			}
		},
	},
	{
		Name: "number-saturates", Layer: Hostile, Clause: "9 number", Level: model.SHOULD, Least: 3,
		Text: "A number of more than 32 bits in a set or in a search key is taken for the largest that has no more.",
		Hear: func(c *Call) {
			if !c.Malformed() || !c.Is("FETCH", "STORE", "COPY", "SEARCH") {
				return
			}
			text := largeNumber.ReplaceAllStringFunc(c.Text, func(s string) string {
				if n, err := strconv.ParseUint(s, 10, 32); err == nil {
					return strconv.FormatUint(n, 10)
				}
				return "4294967295"
			})
			if cmd, ok := wire.Spells(text); ok {
				c.Cmd = cmd
			}
		},
	},
	{
		Name: "search-nesting-crash", Layer: Hostile, Clause: "3.4", Least: 3,
		Text: "The server crashes at a SEARCH with an OR within an OR.",
		Hear: func(c *Call) {
			if s, is := c.Cmd.(model.Search); is && c.Was.Box != nil && nests(s.Keys, "OR", 2) {
				c.Crash = "panic: search keys nest too deeply"
			}
		},
	},
	{
		Name: "uid-signed", Layer: Hostile, Clause: "7.1.3", Least: 3,
		Text: "A command with a UID of 2^31 or more is taken for malformed.",
		Hear: func(c *Call) {
			if set := setOf(c.Cmd); strings.HasPrefix(c.Name(), "UID ") && largest(set) >= 1<<31 {
				c.Cmd = model.Raw{Bytes: c.Text}
			}
		},
	},
	{
		Name: "uid-range-walked", Layer: Hostile, Clause: "2.2.2", Least: 3,
		Text: "The numbers of a UID range up to 2^32-1 are tried one by one, which does not end.",
		Hear: func(c *Call) {
			for _, r := range setOf(c.Cmd) {
				c.Hang = c.Hang || c.Was.Box != nil && strings.HasPrefix(c.Name(), "UID ") && !r.Single && max(r.From.N, r.To.N) == 1<<32-1
			}
		},
	},
	{
		Name: "origin-beyond-crashes", Layer: Hostile, Clause: "6.4.5", Least: 3,
		Text: "The server crashes at a part of a section that begins behind its end.",
		Hear: func(c *Call) {
			f, is := c.Cmd.(model.Fetch)
			if !is || c.Was.Box == nil || len(c.Was.Told) == 0 {
				return
			}
			for _, item := range f.Items {
				if strings.HasSuffix(item, "]<5000.10>") {
					c.Crash = "panic: runtime error: slice bounds out of range"
				}
			}
		},
	},
	{
		Name: "name-8bit-crash", Layer: Hostile, Clause: "3.4", Least: 2,
		Text: "The server crashes at the name of a mailbox with octets of 8 bits.",
		Hear: func(c *Call) {
			if b, is := c.Cmd.(model.Mailbox); is && c.Was.Phase >= model.Authenticated && eightBit(b.Box.S) {
				c.Crash = "panic: runtime error: index out of range [195] with length 128"
			}
		},
	},
	{
		Name: "base64-open-hangs", Layer: Hostile, Clause: "5.1.3", Least: 2,
		Text: "The end of BASE64 in the name of a mailbox is looked for behind the end of the name.",
		Hear: func(c *Call) {
			b, is := c.Cmd.(model.Mailbox)
			if i := strings.LastIndexByte(b.Box.S, '&'); is && i >= 0 {
				c.Hang = c.Was.Phase >= model.Authenticated && !strings.Contains(b.Box.S[i:], "-")
			}
		},
	},
}

var largeNumber = regexp.MustCompile(`\b[0-9]{10,}\b`)

func eightBit(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\r\n")
	return line
}

// shortened is the command that is left of a malformed one without its last words, nil
// if none is.
func (c *Call) shortened() model.Command {
	if !c.Malformed() {
		return nil
	}
	for text := c.Text; ; {
		i := strings.LastIndexByte(text, ' ')
		if i < 0 {
			return nil
		}
		if text = text[:i]; strings.Contains(text[i:], "\r\n") {
			return nil // of a literal there is nothing to leave out
		}
		if cmd, ok := wire.Spells(text); ok {
			return cmd
		}
	}
}

// beginning has what a malformed command begins with done, if it has one of the names.
func (c *Call) beginning(names ...string) {
	cmd := c.shortened()
	if cmd == nil || c.Was.Phase < model.Authenticated || c.Was.ReadOnly {
		return
	}
	for _, name := range names {
		if cmd.Name() == name {
			c.also(cmd)
		}
	}
}

// also does another command before this one, without a word.
func (c *Call) also(cmd model.Command) {
	c.Account.Answer(c.Machine, model.Exchange{Conn: c.Conn, Tag: c.Tag, Cmd: cmd}, model.Usual)
}

// nests reports whether keys of the name are in each other, so many.
func nests(keys []model.SearchKey, name string, depth int) bool {
	for _, k := range keys {
		left := depth
		if k.Key == name {
			left--
		}
		if left == 0 || nests(k.Keys, name, left) {
			return true
		}
	}
	return false
}

// setOf is the set of a command, nil for none.
func setOf(cmd model.Command) model.Set {
	switch cmd := cmd.(type) {
	case model.Fetch:
		return cmd.Set
	case model.Store:
		return cmd.Set
	case model.Copy:
		return cmd.Set
	}
	return nil
}

// largest is the largest number of a set.
func largest(set model.Set) (n uint32) {
	for _, r := range set {
		n = max(n, r.From.N, r.To.N)
	}
	return n
}
