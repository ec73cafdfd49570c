package imaptest

import (
	"errors"
	"fmt"
	"strings"
)

// directive reads a line that is for the reader of the script and not for the server.
func (p *parser) directive(text string) (done bool, err error) {
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "!ifenv", "!ifnenv":
		if rest == "" {
			return true, fmt.Errorf("%s names no variable of the environment", word)
		}
		_, set := p.lookup(rest)
		outer := p.skips()
		p.tests = append(p.tests, test{line: p.n, skip: set != (word == "!ifenv"), outer: outer})
		if !outer {
			p.note("%s %s: it is %s", word, rest, map[bool]string{true: "set", false: "not set"}[set])
		}
		return true, nil
	case "!else", "!endif":
		if len(p.tests) == 0 {
			return true, fmt.Errorf("an %s without its !ifenv", word)
		}
		last := &p.tests[len(p.tests)-1]
		switch {
		case word == "!endif":
			p.tests = p.tests[:len(p.tests)-1]
		case last.second:
			return true, errors.New("a second !else")
		default:
			last.second, last.skip = true, !last.skip
		}
		return true, nil
	}
	if p.skips() {
		return true, nil
	}
	switch word {
	case "!sleep", "!output":
		if p.group == nil || rest == "" {
			return true, fmt.Errorf("%s stands behind a command, and has a value", word)
		}
		if word == "!sleep" {
			p.note("!sleep %s: a trace does not wait", short(rest))
		} else {
			p.group.Output = append(p.group.Output, rest)
		}
		return true, nil
	case "!ordered":
		p.note("!ordered: the order of untagged responses is not compared")
		return true, nil
	}
	if len(word) > 1 && word[0] == '!' {
		return true, fmt.Errorf("there is no directive %q", short(word))
	}
	return false, nil
}

// skips reports whether the lines are passed over.
func (p *parser) skips() bool {
	if len(p.tests) == 0 {
		return false
	}
	t := p.tests[len(p.tests)-1]
	return t.outer || t.skip
}

// command reads a line of a group.
func (p *parser) command(text string) error {
	if len(text) >= 2 && strings.IndexByte("*!?", text[0]) >= 0 && text[1] == ' ' {
		if p.group == nil {
			return errors.New("what is untagged stands behind a command; a trace says nothing of the greeting")
		}
		if _, err := parseLine(text[2:]); err != nil {
			return err
		}
		p.group.Expected = append(p.group.Expected, Untagged{p.n, text[0], text[2:]})
		return nil
	}
	conn, rest := 1, text
	if p.script.Connections > 1 {
		if conn, rest = connOf(text); conn == 0 || conn > p.script.Connections {
			return fmt.Errorf("a command begins with the number of its connection, 1 to %d", p.script.Connections)
		}
	}
	open := p.unanswered() != nil
	// The only connection may be numbered, too, where the tagged line is.
	if n, more := connOf(text); open && n == 1 && p.script.Connections == 1 {
		rest = more
	}
	tag, rest := tagOf(rest)
	reply, isReply := replyOf(rest)
	if open && (tag == 0 || isReply && p.known(tag)) {
		if !isReply || conn-1 != p.group.Conn {
			return fmt.Errorf("the command of line %d has no completion yet", p.unanswered().Line)
		}
		return p.complete(tag, reply)
	}
	if isReply {
		rest, reply.Prefix = reply.Prefix, ""
	}
	return p.begin(conn-1, tag, rest, reply, isReply)
}

// begin reads a command, which may say how it completes.
func (p *parser) begin(conn, tag int, text string, reply Reply, replied bool) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("there is no command")
	}
	c := Command{Line: p.n, Tag: tag, Text: text}
	if replied {
		reply.Line = p.n
		c.Reply = &reply
	}
	if p.unanswered() != nil {
		switch {
		case conn != p.group.Conn:
			return errors.New("commands that go out together are of one connection")
		case p.known(tag):
			return fmt.Errorf("a second tag%d", tag)
		}
	} else {
		p.script.Groups = append(p.script.Groups, Group{Conn: conn})
		p.group = &p.script.Groups[len(p.script.Groups)-1]
	}
	p.group.Commands = append(p.group.Commands, c)
	return nil
}

// known reports whether a command of the group has the tag.
func (p *parser) known(tag int) bool {
	for _, c := range p.group.Commands {
		if c.Tag == tag {
			return true
		}
	}
	return false
}

// complete reads the completion of a command that has none yet.
func (p *parser) complete(tag int, r Reply) error {
	if r.Prefix != "" {
		if r.Status == "" {
			return errors.New(`nothing follows a "" that is the completion`)
		}
		if _, err := parseLine("OK " + r.Prefix); err != nil {
			return err
		}
	}
	for i := range p.group.Commands {
		if c := &p.group.Commands[i]; c.Tag == tag {
			if c.Reply != nil {
				return fmt.Errorf("a second completion of tag%d", tag)
			}
			r.Line = p.n
			c.Reply = &r
			return nil
		}
	}
	return fmt.Errorf("the command of line %d has no completion yet", p.unanswered().Line)
}

// connOf is the number of a connection that a line begins with, 0 for none, and the rest.
func connOf(text string) (int, string) {
	word, rest, _ := strings.Cut(text, " ")
	if n, ok := number(word, maxConns); ok {
		return n, rest
	}
	return 0, text
}

// tagOf is the tagN that a line begins with, 0 for none, and the rest.
func tagOf(text string) (int, string) {
	word, rest, _ := strings.Cut(text, " ")
	if len(word) > 3 && strings.EqualFold(word[:3], "tag") {
		if n, ok := number(word[3:], 1<<20); ok {
			return n, rest
		}
	}
	return 0, text
}

// replyOf is the completion that a line begins with.
func replyOf(text string) (Reply, bool) {
	word, rest, _ := strings.Cut(text, " ")
	status := strings.ToUpper(word)
	switch status {
	case "OK", "NO", "BAD":
		return Reply{Status: status, Prefix: rest}, true
	case `""`:
		return Reply{Prefix: rest}, true
	}
	return Reply{}, false
}
